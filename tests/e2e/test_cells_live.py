"""The live cells: a column for every point while the pen moves, as CPython computes it for the same ink."""

import numpy as np
import pytest

from ductus import ink
from ductus.resample import resample
from tests.e2e.cells import Cells, scribbled
from tests.e2e.reader import scribble


class Live(Cells):
    """The live cells: `write` writes on its sheet."""

    def corner(self):
        """Return where the line of writing starts on the screen, and the pixels per x-height."""
        box = self.page.locator("#cells-live .mark").bounding_box()
        return box["x"], box["y"] + box["height"], box["height"]

    def strokes(self):
        """Return the strokes on the sheet (n, 2), and for each whether it is open."""
        found = self.page.evaluate("""async () => {
            const {livePen} = await import("./js-shims/boot/boot.js");
            return livePen.strokes.slice(0, livePen.count).map(({xy, open}) => [xy, open]);
        }""")
        return [(np.reshape(xy, (-1, 2)), is_open) for xy, is_open in found]

    def points(self, model):
        """Return the ink as the model's expected input: (N, 3)."""
        strokes = self.strokes()
        if not strokes:
            return np.zeros((0, 3))
        points = ink.to_points([resample(xy, model.clock) for xy, _ in strokes])
        points[-1, 2] = not strokes[-1][1]
        return points * [model.units_per_x_height, model.units_per_x_height, 1]

    def columns(self, model):
        """Wait until there is a column for each point of the ink and return the cells from CPython: (N + 1, H)."""
        points = self.points(model)
        self.until(lambda: len(self.shown_in("cells-live")["values"]) == len(points) + 1, "a column for each point")
        self.page.wait_for_timeout(200)
        return np.concatenate([model.cells(points), model.feed(points, model.start()).c])


@pytest.fixture(scope="module")
def cells(loaded, model):
    """Return the page with the cell order, which the live cells adopt."""
    page = scribbled(loaded, model)
    page.by("sorted")
    return page


@pytest.fixture
def live(cells):
    """Return the page at the live cells with an empty sheet."""
    live = Live(cells.page)
    live.reveal("cells-live")
    live.page.evaluate("document.getElementById('cells-live').scrollIntoView()")
    live.page.wait_for_timeout(200)
    live.page.click("#cells-live-clear")
    live.until(lambda: not len(live.shown_in("cells-live")["values"]), "no columns")
    return live


def test_a_column_for_every_point(live, model):
    live.write(scribble(2.0, 40), scribble(1.0, 20, (2.6, 0.0)))
    expected = live.columns(model)
    np.testing.assert_allclose(live.shown_in("cells-live")["values"], expected, atol=2e-4)
    live.assert_painted("cells-live", expected, [0, 10, len(expected) - 1])
    assert live.shown_in("cells-live")["order"] == live.shown_in("cells")["order"]
    assert live.readout("cells-live")[2] == f"after the last of {len(expected) - 1} points"
    live.page.locator("#cells-live-sorted").uncheck()
    live.until(lambda: live.shown_in("cells-live")["order"] == list(range(500)), "the cells by number")
    live.assert_painted("cells-live", expected, [0, 10, len(expected) - 1])
    live.page.locator("#cells-live-sorted").check()


def test_open_columns_are_settled_while_the_pen_goes_on(live, model):
    stroke = scribble(3.0, 60)
    live.write(stroke[:30], lift=False)
    expected = live.columns(model)
    shown = live.shown_in("cells-live")
    np.testing.assert_allclose(shown["values"], expected, atol=2e-4)
    assert 1 <= len(expected) - shown["settled"] <= 7  # the pen clock may still change these points
    for place in live.places(stroke[30:]).tolist():
        live.page.mouse.move(*place)
    live.page.mouse.up()
    expected = live.columns(model)
    np.testing.assert_allclose(live.shown_in("cells-live")["values"], expected, atol=2e-4)
    assert live.shown_in("cells-live")["settled"] == len(expected)


def test_undo_redo_and_clear(live, model):
    live.write(scribble(1.0, 20))
    one = live.columns(model)
    live.write(scribble(1.0, 20, (1.6, 0.0)))
    both = live.columns(model)
    live.page.click("#cells-live-undo")
    live.until(lambda: len(live.shown_in("cells-live")["values"]) == len(one), "the first stroke alone")
    np.testing.assert_allclose(live.shown_in("cells-live")["values"], one, atol=2e-4)
    live.page.locator("#cells-live .paper").focus()
    live.page.keyboard.press("Control+Shift+Z")
    live.until(lambda: len(live.shown_in("cells-live")["values"]) == len(both), "both strokes")
    np.testing.assert_allclose(live.shown_in("cells-live")["values"], both, atol=2e-4)
    live.page.click("#cells-live-clear")
    live.until(lambda: not len(live.shown_in("cells-live")["values"]), "no columns")
    live.write(scribble(1.0, 20))
    np.testing.assert_allclose(live.columns(model), one, atol=1e-6)  # a network without input
    np.testing.assert_allclose(live.shown_in("cells-live")["values"], one, atol=2e-4)


def test_long_writing_scrolls_and_can_be_scrolled_back(live, model):
    for row in range(4):
        live.write(scribble(10.0, 150, (0.2, -0.4 + 0.2 * row)))
    expected = live.columns(model)
    ends = """async () => {
        const {map, columns} = (await import("./js-shims/cells/cells.js")).views.get("cells-live");
        return [map.edge(0), map.edge(columns.count), map.width];
    }"""
    first, last, width = live.page.evaluate(ends)
    assert first < 0 and width - 4 <= last <= width
    live.page.locator("#cells-live .scroller").evaluate("(scroller) => { scroller.scrollLeft = 0; }")
    live.until(lambda: live.page.evaluate(ends)[0] == 0, "the beginning")
    live.assert_painted("cells-live", expected, [0, 50])
    live.page.mouse.click(*live.place("cells-live", 50, 10))
    cell = live.shown_in("cells-live")["order"][10]
    value = live.chosen("cells-live", cell, 50)
    assert value == pytest.approx(live.shown_in("cells-live")["signs"][cell] * expected[50, cell], abs=0.006)
    ring = """() => {
        const canvas = document.querySelector("#cells-live .overlay");
        const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const found = [];
        const {width} = canvas;
        const painted = (i) => data[4 * i + 3] > 40;
        for (let i = 0; i < data.length / 4; i++) if (painted(i)) found.push(i % width, Math.floor(i / width));
        return found;
    }"""
    painted = np.reshape(live.page.evaluate(ring), (-1, 2)).mean(axis=0)
    points = live.points(model)[:51, :2].cumsum(axis=0)[50] / model.units_per_x_height + live.strokes()[0][0][0]
    box = live.page.locator("#cells-live .overlay").bounding_box()
    pan = live.page.evaluate("async () => (await import('./js-shims/boot/boot.js')).livePen.surface.pan")
    corner = np.array([box["x"], box["y"]])
    np.testing.assert_allclose(painted + corner, live.places([points - [pan, 0]])[0], atol=2)


def test_out_of_sight_nothing_is_done(live):
    page = live.page
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(400)
    drawn = """async () => {
        const {views} = await import("./js-shims/cells/cells.js");
        return ["cells", "cells-live"].map((name) => views.get(name).shown);
    }"""
    live.until(lambda: page.evaluate(drawn) == [False] * 2, "both figures out of sight")
    done = page.locator("#cells-live").get_attribute("data-done")
    page.evaluate("""async () => {
        const {livePen} = await import("./js-shims/boot/boot.js");
        livePen.begin(0, 0, 0.5);
        livePen.extend(1, 0, 0.5);
        livePen.end();
    }""")
    page.wait_for_timeout(500)
    assert page.locator("#cells-live").get_attribute("data-done") == done
    page.evaluate("document.getElementById('cells-live').scrollIntoView()")
    live.until(lambda: len(live.shown_in("cells-live")["values"]) > 3, "the stroke's columns")
