"""What the figures' save menus offer: items for pictures, and for files of ink that the worker writes."""

import js
from shims import save

from page.worker_client import priority_lock

TYPES = {"svg": "image/svg+xml", "inkml": "application/inkml+xml", "json": "application/json"}
HINTS = {
    "SVG": "single lines, for a plotter too",
    "InkML": "the W3C\u2019s format for ink",
    "JSON": "the same for programs",
}
# Least pixels per CSS pixel of a picture of ink, which is drawn again for it.
FINE = 2


def picture(element, name, ratio=0):
    """Return the item that saves a figure's picture; `name()` is the file's name, without "ductus-" and ".png"."""

    async def save_picture():
        parts = element.querySelectorAll("[data-picture]")
        if not parts.length:
            parts = js.Array.of(element.querySelector(".stage") or element.querySelector(".paper"))
        file = f"ductus-{name()}.png"
        await save.picture(parts, max(ratio, js.devicePixelRatio), file)
        return f"Saved as {file}."

    return ("PNG", "the picture, as it is shown", save_picture)


def ink_formats(write, of=""):
    """Return three items, which save ink as SVG, InkML and JSON by `write(form)`, a coroutine function."""
    return [(name + of, HINTS[name], _call(write, name.lower())) for name in ("SVG", "InkML", "JSON")]


def _call(write, form):
    return lambda: write(form)


async def write_file(worker, task, form, arguments, name):
    """Save the file that a task of the worker writes, as "ductus-NAME.FORM"; return a sentence."""
    await worker.ready.wait()
    value = await worker.run_task(task, arguments, priority=priority_lock.NEAR)
    file = f"ductus-{name}.{form}"
    save.file(value.data, TYPES[form], file)
    return f"Saved as {file}."


def line_in_use(state):
    """Return what files call the line that the figures of the cells show."""
    return "ink" if state["line"] == "ink" else "network"


def colour(selector):
    """Return the colour in which an element is drawn."""
    return js.getComputedStyle(js.document.querySelector(selector)).color
