"""What the fans offer to save."""

from page.files import exports
from page.files.save_menu import Menu

# The worker's name of a line -> what its file is called.
FILE_NAMES = {"model": "network", "ink": "ink", "straight": "straight"}


def offer_files(figure, context):
    """Add the menu that saves the fans, their picture and their line."""
    worker, element = context.worker, figure.element

    def name():
        kind = "text" if figure.with_text else FILE_NAMES[figure.name]
        return f"fans-{kind}-seed{context.state[element.id + '-seed']}"

    async def save_fans():
        arguments = {"line": figure.name, "title": "All the ways it could have gone on: " + name()}
        for what in ("points", "ways", "bins", "lifts", "weights", "strengths", "air", "colours"):
            arguments[what] = getattr(figure.whole, what)
        return await exports.write_file(worker, "export.fans", "svg", arguments, name())

    async def save_line(form):
        kind = FILE_NAMES[figure.name]
        arguments = {
            "line": figure.name,
            "form": form,
            "colour": exports.colour(f"#{element.id} .trace"),
            "title": f"A line of writing ({kind}), as the network of Ductus reads it",
        }
        return await exports.write_file(worker, "export.line", form, arguments, f"line-{kind}")

    items = exports.pictures(element, name)
    items.insert(0, ("SVG", "the line and its fans, true paths", save_fans))
    Menu(element, items + exports.ink_formats(save_line, " of the line"))
