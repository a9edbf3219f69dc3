"""An error in its own place: what failed, in words, with a report that the reader can copy and pass on."""

import asyncio

import js

from page.ui.elements import make
from page.worker_client.watchdog import report


def place_of(element):
    """Return where an element shows its errors: its own `.error`, not that of a figure inside it; None if nowhere."""
    return element.querySelector(":scope > .error") or element.querySelector(".error")


def name_of(element):
    """Return what the caption of the figure that an element is, or is part of, calls it."""
    caption = element.closest("figure").querySelector("figcaption b") if element.closest("figure") else None
    return caption.textContent.rstrip(".") if caption else element.id


def show(element, words, error=None, network=None):
    """Show `words` in an element's place for errors, "" to hide it; with an error also a button that copies a report.

    The report has no ink in it: the figure, the error with its traceback, the page, the browser and the network.
    """
    place = place_of(element)
    if not place:
        return
    place.textContent = words
    place.hidden = not words
    if not words or error is None:
        return
    parts = [("Ductus", js.location.origin + js.location.pathname), ("Figure", name_of(element))]
    parts += [("Error", str(error).strip().split("\n")), ("Browser", js.navigator.userAgent)]
    if network:
        parts.append(("Network", f"{network.name}, {network.units} cells, {network.kernel}"))
    parts.append(("Seconds since the page was opened", str(int(js.performance.now() / 1000))))
    _add_button(place, report(parts))


def _add_button(place, text):
    place.append(" ")
    button = make("button", place, "Copy a report", type="button")
    copying = []  # the task, for as long as it runs

    async def copy():
        try:
            await js.navigator.clipboard.writeText(text)
            button.textContent = "Copied"
        except Exception:  # the browser does not allow it: the reader can
            area = make("textarea", place, text, readonly="", rows="6", aria_label="The report")
            button.remove()
            area.focus()
            area.select()

    def clicked(event):
        copying.append(asyncio.create_task(copy()))

    button.addEventListener("click", clicked)
