"""What the figures' save menus offer: items for pictures, and for files of ink that the worker writes."""

import js
from shims import save

from page.worker_client import priority_lock

TYPES = {"svg": "image/svg+xml", "inkml": "application/inkml+xml", "json": "application/json"}
TYPES["motion"] = TYPES["svg"]
HINTS = {
    "SVG": "single lines, for a plotter too",
    "Animated SVG": "it writes itself",
    "InkML": "the W3C\u2019s format for ink",
    "JSON": "the same for programs",
}
FORMS = [("SVG", "svg"), ("Animated SVG", "motion"), ("InkML", "inkml"), ("JSON", "json")]
# Least pixels per CSS pixel of a picture of ink, which is drawn again for it.
FINE = 2


def pictures(element, name, ratio=0):
    """Return two items, which save and copy a figure's picture; `name()` is between "ductus-" and ".png"."""

    def shown():
        parts = element.querySelectorAll("[data-picture]")
        if not parts.length:
            parts = js.Array.of(element.querySelector(".stage") or element.querySelector(".paper"))
        return parts, max(ratio, js.devicePixelRatio)

    async def save_picture():
        file = f"ductus-{name()}.png"
        parts, fine = shown()
        await save.picture(parts, fine, file)
        return f"Saved as {file}."

    async def copy_picture():
        parts, fine = shown()
        try:
            await save.copyPicture(parts, fine)
        except Exception:
            return "This browser does not let the page copy pictures. Save it as PNG instead."
        return "Copied."

    png = ("PNG", "the picture, as it is shown", save_picture)
    return [png, ("Copy picture", "the same, to paste", copy_picture)]


def ink_formats(write, of=""):
    """Return an item for each of FORMS, which saves ink by `write(form)`, a coroutine function."""
    return [(name + of, HINTS[name], _call(write, form)) for name, form in FORMS]


def _call(write, form):
    return lambda: write(form)


async def write_file(worker, task, form, arguments, name):
    """Save the file that a task of the worker writes, as "ductus-NAME" with its suffix; return a sentence."""
    await worker.ready.wait()
    value = await worker.run_task(task, arguments, priority=priority_lock.NEAR)
    file = f"ductus-{name}-animated.svg" if form == "motion" else f"ductus-{name}.{form}"
    save.file(value.data, TYPES[form], file)
    return f"Saved as {file}."


def line_in_use(state):
    """Return what files call the line that the figures of the cells show."""
    return "ink" if state["line"] == "ink" else "network"


def colour(selector):
    """Return the colour in which an element is drawn."""
    return js.getComputedStyle(js.document.querySelector(selector)).color
