"""The page's input and output: menus, downloads, drops, links, networks."""

import base64
import re
import zlib

import numpy as np

from page.storage import permalink
from tests.e2e.reader import scribble
from tests.e2e.test_fans import Figure, small

STROKES = (scribble(1.6, 40), scribble(0.9, 25, (2.4, 0.0)))

# An image file's size, and the number of pixels of each colour, the most frequent first.
COLOURS = """async (data) => {
    const image = new Image();
    image.src = "data:image/png;base64," + data;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    const found = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 400);
    const colours = found.map(([c, count]) => [c & 255, (c >> 8) & 255, (c >> 16) & 255, count]);
    return {size: [image.width, image.height], colours};
}"""
# Drag something over the page and drop it there if `falls`: is the drop zone shown meanwhile, and afterwards?
DRAG = """([files, where, falls]) => {
    const carried = new DataTransfer();
    for (const [name, data] of files) {
        carried.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
    }
    const target = document.querySelector(where);
    const send = (kind, more) =>
        target.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: carried, ...more}));
    const shown = () => document.querySelector("#drop").checkVisibility();
    const seen = [];
    send("dragenter", {});
    seen.push(shown());
    send("dragleave", {relatedTarget: document.body});
    const prevented = !send("dragover", {}); // otherwise the browser would open the file
    seen.push(shown() && prevented);
    if (falls) send("drop", {});
    else send("dragleave", {relatedTarget: null});
    seen.push(shown());
    return seen;
}"""
HEAT = """async () => {
    const {views} = await import("./js-shims/cells/cells.js");
    const view = (name) => {
        const {columns, display, map, cell} = views.get(name);
        return {units: columns.units, count: columns.count, length: columns.length, rows: display.units, cell,
                order: Array.from(display.order), row: map.row};
    };
    return Object.fromEntries(["cells", "cells-live", "pca"].map((name) => [name, view(name)]));
}"""


class Page:
    """The shared page: menus, downloads, drops, messages."""

    def __init__(self, sheet):
        self.sheet, self.page = sheet, sheet.page

    def menu(self, figure):
        """Open the figure's menu."""
        menu = self.page.locator(f"#{figure} details.save")
        if menu.get_attribute("open") is None:
            menu.locator("summary").click()
        return menu

    def save(self, figure, what):
        """Click a button of the figure's menu and return the file's name and its bytes."""
        menu = self.menu(figure)
        with self.page.expect_download(timeout=120_000) as info:
            menu.locator("button", has=self.page.locator("b", has_text=re.compile(f"^{what}$"))).click()
        name = info.value.suggested_filename
        self.sheet.until(lambda: f"Saved as {name}" in menu.locator("output").inner_text(), "what was saved")
        menu.locator("summary").click()
        return name, info.value.path().read_bytes()

    def drop(self, *files, where="#text p", falls=True):
        """Drag files, (name, bytes) each, over the page and return when the drop zone was shown."""
        carried = [[name, base64.b64encode(data).decode()] for name, data in files]
        return self.page.evaluate(DRAG, [carried, where, falls])

    def dropped(self, *files, **where):
        """Drop files and return the message about them."""
        if self.page.locator("#dropped").is_visible():
            self.page.click("#dropped button")
        assert self.drop(*files, **where) == [True, True, False]

        def said():
            words = self.page.locator("#dropped output").inner_text()
            return "" if words.startswith("Reading ") else words

        return self.sheet.until(said, "the message")

    def colours(self, png):
        """Return a picture's size, and {colour: pixels}."""
        found = self.page.evaluate(COLOURS, base64.b64encode(png).decode())
        return found["size"], {tuple(colour): count for *colour, count in found["colours"]}

    def chip(self):
        """Return what the chip of the fans says of the line that they show."""
        return self.page.locator("#fans-line").evaluate("(one) => one.selectedOptions[0].textContent")

    def line(self):
        """Return the points (N, 3), in x-heights and lifts, of the line that the fans show."""
        places = self.page.evaluate(
            """async () => Array.from((await import("./js-shims/fans/fans.js")).views.get("fans").places)"""
        )
        return np.reshape(places, (-1, 3))


def paged(sheet):
    """For a fixture: yield the shared page as a Page; then close what is open and restore the page's network."""
    page = sheet.page
    yield Page(sheet)
    page.evaluate("document.querySelectorAll('details.save[open] summary').forEach((one) => one.click())")
    if page.locator("#dropped").is_visible():
        page.click("#dropped button")
    if page.locator("#own-weights .back").is_visible():
        page.click("#own-weights .back")
        sheet.until(page.locator("#style").is_enabled, "the page's own network")


def with_ink(page, model):
    """Return the page with two strokes on the sheet, and the fans over them."""
    page.sheet.write(*STROKES)
    small(Figure(page.sheet, "fans")).show().settled(len(page.sheet.expected_points(model)))
    page.sheet.corner()  # back to the sheet, which predicts only while it is visible
    return page


# Values that differ from every control's default.
ELSEWHERE = {
    **{
        "seed": 77,
        "steps": 25,
        "temperature": 0.35,
        "samples": 3,
        "style": -1,
        "shown-line": "model",
        "cell": 93,
        "step": 11,
    },
    **{"generation-seed": 0, "generation-temperature": 0.1, "generation-style": -1, "fans-line": "straight"},
    **{"fans-seed": 0, "fans-samples": 10, "fans-steps": 1, "fans-temperature": 0.1, "cell-order-seed": 0},
    **{"cell-order-metric": "percentile", "cell-order-perplexity": 5, "cells-order": "sorted", "cells-scale": "cell"},
    **{"grid": "lines", "probing-quantity": "x"},
}


def deflated(text):
    """Return the fragment of a link with this JSON."""
    digits = base64.urlsafe_b64encode(zlib.compress(text.encode())).rstrip(b"=").decode()
    return permalink.fragment_of(digits)


def made_elsewhere(network):
    """Return a link and its contents: the ink, and the settings by their controls."""
    ink = [permalink.on_grid(stroke.ravel().tolist(), [0.052] * len(stroke)) for stroke in STROKES]
    return deflated(permalink.render(network, ELSEWHERE, ink)), ink, ELSEWHERE


def predicted(model, record):
    """Return the offsets that CPython computes from a record's ink, settings and seed."""
    state = model.feed(record["points"], model.start())
    return model.continue_(state, *(record[name] for name in ("samples", "steps", "temperature", "seed")))


def going_to(address, before=lambda page: None):
    """For `open_sheet`: return a function that goes to this address instead of the site's."""

    def go(page):
        before(page)
        goto = page.goto
        page.goto = lambda url, **how: goto(address, **how)

    return go
