"""The cell figures on a page, for tests: what they show, and where on the screen."""

import base64

import numpy as np

from tests.e2e.reader import Sheet, scribble

SHOWN = """async (name) => {
    const {views} = await import("./js-shims/cells/cells.js");
    const {columns, display, cell, column, map} = views.get(name);
    const values = new Float32Array(columns.count * columns.units);
    for (let i = 0; i < columns.count; i++)
        for (let k = 0; k < columns.units; k++) values[i * columns.units + k] = columns.at(i, k);
    let bytes = "";
    for (const byte of new Uint8Array(values.buffer)) bytes += String.fromCharCode(byte);
    return {values: btoa(bytes), units: columns.units, order: [...display.order], signs: [...display.signs],
        cell, column, palette: [...display.palette], settled: map.settled ?? 0, limits: [...display.limits]};
}"""
# A figure's state, to compare with a moment later: equal once the figure is at rest.
STATE = """async (name) => {
    const {columns, display} = (await import("./js-shims/cells/cells.js")).views.get(name);
    const {done, sorting} = document.getElementById(name).dataset;
    return {done, sorting, count: columns.count, order: display.order.join(), signs: display.signs.join()};
}"""
# The colours (as numbers) of the heatmap along the centre lines of some columns, at the centre of each row.
PIXELS = """async ([name, wanted]) => {
    const {views} = await import("./js-shims/cells/cells.js");
    const {map, columns} = views.get(name);
    const context = map.image.getContext("2d");
    return wanted.map((column) => {
        const x = Math.floor((map.edge(column) + map.edge(column + 1)) / 2);
        const data = new Uint32Array(context.getImageData(x, 0, 1, map.high).data.buffer);
        return Array.from({length: columns.units}, (_, row) => data[Math.floor((row + 0.5) * map.row)]);
    });
}"""
# The position of a column and a row on the screen.
PLACE = """async ([name, column, row]) => {
    const {views} = await import("./js-shims/cells/cells.js");
    const {map} = views.get(name);
    const box = map.image.getBoundingClientRect();
    return [box.left + (map.edge(column) + map.edge(column + 1)) / 2 / devicePixelRatio,
        box.top + ((row + 0.5) * map.row) / devicePixelRatio];
}"""


class Cells(Sheet):
    """The cell figures on a page."""

    def see(self, name):
        """Scroll to a figure and wait until its work is done and nothing moves."""
        self.reveal(name)
        self.page.evaluate("(name) => document.getElementById(name).scrollIntoView()", name)
        self.page.wait_for_timeout(200)
        self.until(lambda: self.still(name), f"figure {name} to be done")

    def still(self, name):
        """Return whether the figure has finished its work."""
        before = self.page.evaluate(STATE, name)
        self.page.wait_for_timeout(150)
        after = self.page.evaluate(STATE, name)
        return before == after and before["count"] and before.get("done") and before.get("sorting") != "true"

    def by(self, order, scale="cell"):
        """Have the cells shown in an order, "number" or "sorted", and a scale of colours, "cell" or "absolute"."""
        self.page.check(f"input[name=cells-order][value={order}]")
        self.page.check(f"input[name=cells-scale][value={scale}]")
        self.see("cells")
        self.until(lambda: self.arrived(order), "the rows to be in their places")

    def arrived(self, order):
        """Return whether the rows are in an order, with whole signs: on a busy machine they set out late."""
        now = self.page.evaluate(STATE, "cells")
        rows, signs = now["order"].split(","), set(now["signs"].split(","))
        if order == "number":
            return rows == [str(row) for row in range(len(rows))] and signs == {"1"}
        return rows != [str(row) for row in range(len(rows))] and signs <= {"1", "-1"}

    def drawer(self, name):
        """Open a drawer of the workbench."""
        self.page.evaluate("(name) => { document.getElementById(name).open = true; }", name)

    def shown_in(self, name):
        """Return what a figure shows: values (N, H), order, signs, limits (H,), selected cell and column, palette."""
        shown = self.page.evaluate(SHOWN, name)
        values = np.frombuffer(base64.b64decode(shown["values"]), np.float32)
        return shown | {"values": values.reshape(-1, shown["units"])}

    def place(self, name, column, row):
        """Return the screen position of the value in a column and a row."""
        return self.page.evaluate(PLACE, [name, column, row])

    def readout(self, name):
        """Return the figure's readout: (value, cell, words)."""
        value, who, when = self.page.locator(f"#{name} .readout").inner_text().split("\n")
        return float(value.replace("\u2212", "-")), int(who.split()[1].strip(",")), when

    def chosen(self, name, cell, step):
        """Wait until a figure's readout names this cell and this point and return the value in it."""
        words = f"before point {step + 1} of"
        self.until(lambda: self.readout(name)[1] == cell and words in self.readout(name)[2], f"cell {cell}, {words}")
        return self.readout(name)[0]

    def assert_painted(self, name, expected, columns, per_cell=True):
        """Wait until the heatmap's pixels in these columns show values (N, H), in the figure's order and signs.

        Each cell's strongest colour is that of its own peak over all of `expected`, or of 3.
        """
        limits = np.abs(expected).max(axis=0) if per_cell else np.full(expected.shape[1], 3.0)

        def painted():
            shown = self.shown_in(name)
            codes = {colour: code for code, colour in enumerate(shown["palette"])}
            assert len(codes) > 200
            pixels = self.page.evaluate(PIXELS, [name, columns])
            values = (expected[columns] * shown["signs"] / limits)[:, shown["order"]]
            wanted = 127.5 + np.clip(values, -1, 1) * 127.5
            found = [[codes.get(colour, -255) for colour in colours] for colours in pixels]
            return np.abs(found - wanted).max() < 1.6

        self.until(painted, f"columns {columns} of {name}")


def scribbled(sheet, model):
    """Return the page with a scribble on the first sheet, and its cells computed in CPython (`expected`)."""
    page = Cells(sheet.page)
    page.page.set_viewport_size({"width": 1280, "height": 900})
    page.pause()
    page.page.click("#clear")
    page.write(scribble(), scribble(1.2, 25, (4.9, 0.0)))
    page.points = page.expected_points(model)
    page.reveal("cells")
    page.page.locator("#cells-line").select_option("ink")
    page.expected = model.cells(page.points)
    page.see("cells")
    page.until(lambda: page.shown_in("cells")["values"].shape == page.expected.shape, "the scribble's cells")
    page.page.wait_for_timeout(300)
    return page
