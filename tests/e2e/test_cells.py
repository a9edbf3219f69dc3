"""The workbench: its canvases show the cells that CPython computes for the same ink, by number and sorted."""

import base64
import itertools
import re

import numpy as np
import pytest

from ductus import cooperative
from ductus.analysis import cell_order, families, probing
from tests.e2e.asked import array, run
from tests.e2e.cells import scribbled

# The worker's cells of a line (N * H), as base64 of float32; null if there is no such line.
LINE = """async (line) => {
    const worker = (await document.querySelector("script[name=ductus]").xworker.ready).sync;
    const found = [];
    try {
        const task = await worker.start_task("cells.columns", {line, first: 0, limit: 3});
        for (let part = {}; !part.done; ) {
            part = await worker.poll_task(task);
            for (const {columns} of part.progress) found.push(...columns);
        }
    } catch {
        return null;
    }
    const bytes = new Uint8Array(Float32Array.from(found).buffer);
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""
# The places of a rectangle, numbered row by row, in the order of a curve over it.
CURVE = """async ([width, height]) => {
    const {hilbertCurve} = await import("./js-shims/cells/cell_grid.js");
    return Array.from(hilbertCurve(width, height));
}"""


@pytest.fixture(scope="module")
def cells(loaded, model):
    return scribbled(loaded, model)


# --- by number


def test_the_heatmap_shows_the_cells_of_the_ink(cells):
    cells.by("number")
    np.testing.assert_allclose(cells.shown_in("cells")["values"], cells.expected, atol=2e-4)
    shown = cells.shown_in("cells")
    assert shown["order"] == list(range(500)) and set(shown["signs"]) == {1}
    cells.assert_painted("cells", cells.expected, [0, 1, 40, len(cells.expected) - 1])
    cells.by("number", "absolute")
    cells.assert_painted("cells", cells.expected, [0, 1, 40, len(cells.expected) - 1], per_cell=False)
    beyond = 100 * (np.abs(cells.expected) > 3).mean()
    assert (
        cells.page.locator("#cells .out-of-range").inner_text() == f"{beyond:.1f} % of the values lie beyond \u00b13"
    )
    cells.by("number")
    assert not cells.page.locator("#cells .out-of-range").is_visible()  # no scale ends at 3


def test_pointing_says_and_a_click_or_a_drag_chooses(cells):
    cells.by("number")
    mouse = cells.page.mouse
    mouse.move(*cells.place("cells", 30, 93))
    mouse.down()
    mouse.up()
    value = cells.chosen("cells", 93, 30)
    assert value == pytest.approx(cells.expected[30, 93], abs=0.006)
    lively = int(np.abs(cells.expected[50]).argmax())
    mouse.move(*cells.place("cells", 50, lively))
    tip = """async () => (await import("./js-shims/cells/cells.js")).views.get("cells").tip?.text"""
    cells.until(lambda: cells.page.evaluate(tip), "the tooltip")
    expected = f"point 51, cell {lively}: {cells.expected[50, lively]:.2f}".replace("-", "\u2212")
    assert cells.page.evaluate(tip) == expected
    assert cells.readout("cells")[1] == 93  # pointing does not select
    mouse.down()
    mouse.move(*cells.place("cells", 60, 210), steps=4)
    mouse.up()
    cells.chosen("cells", 210, 60)


def test_keys_step(cells):
    cells.by("number")
    cells.page.mouse.click(*cells.place("cells", 20, 100))
    cells.chosen("cells", 100, 20)
    cells.page.locator("#cells .field").focus()
    for key, cell, step in (
        ("ArrowRight", 100, 21),
        ("ArrowDown", 101, 21),
        ("PageDown", 111, 21),
        ("ArrowUp", 110, 21),
        ("PageUp", 100, 21),
        ("End", 100, len(cells.expected) - 1),
        ("ArrowRight", 100, len(cells.expected) - 1),
        ("Home", 100, 0),
        ("ArrowLeft", 100, 0),
    ):
        cells.page.keyboard.press(key)
        cells.chosen("cells", cell, step)
    label = cells.page.locator("#cells .image").get_attribute("aria-label")
    low, high = cells.expected[:, 100].min(), cells.expected[:, 100].max()
    assert f"Cell 100 runs from {low:.1f} to {high:.1f}".replace("-", "\u2212") in label
    announcement = f"Cell 100, point 1 of {len(cells.expected)}: "
    status = cells.page.locator("#cells [role=status]")
    cells.until(lambda: status.inner_text().startswith(announcement), "the announcement")
    cells.page.locator("#cells-cell").fill("77")
    cells.chosen("cells", 77, 0)


def test_the_ink_is_coloured_and_chooses_the_moment(cells):
    """Check that each piece has the colour of the value before its end point."""
    cells.by("number")
    cell = int((cells.expected.max(axis=0) - cells.expected.min(axis=0)).argmax())
    cells.page.locator("#cells-cell").fill(str(cell))
    cells.chosen("cells", cell, 0)
    steps = [i for i in (12, 33, 61) if not cells.points[i - 1, 2]]
    where = """async (steps) => {
        const {inkStrip: trace} = (await import("./js-shims/cells/cells.js")).views.get("cells");
        const box = trace.ring.getBoundingClientRect();
        const place = (i) => [
            box.left + (trace.left - trace.shift + trace.place(i)[0] * trace.scale) / devicePixelRatio,
            box.top + (trace.top + trace.place(i)[1] * trace.scale) / devicePixelRatio];
        const context = trace.ink.getContext("2d");
        return steps.map((i) => {
            const [[x0, y0], [x, y]] = [place(i - 1), place(i)];
            const middle = [(x0 + x) / 2 - box.left, (y0 + y) / 2 - box.top].map((v) => v * devicePixelRatio);
            return {at: [x, y], colour: [...context.getImageData(...middle.map(Math.round), 1, 1).data]};
        });
    }"""
    shown = cells.shown_in("cells")
    for step, found in zip(steps, cells.page.evaluate(where, steps), strict=True):
        code = round(127.5 + float(cells.expected[step, cell] / np.abs(cells.expected[:, cell]).max()) * 127.5)
        colour = shown["palette"][code]
        expected = [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255]
        assert np.abs(np.subtract(found["colour"][:3], expected)).max() <= 12, step
        cells.page.mouse.move(*found["at"])
        cells.chosen("cells", cell, step)


def test_the_grid_chooses_a_cell(cells):
    cells.by("number")
    cells.page.mouse.click(*cells.place("cells", 25, 3))
    cells.chosen("cells", 3, 25)
    box = cells.page.locator("#cells .grid canvas").bounding_box()
    across = cells.page.evaluate(
        """async () => (await import("./js-shims/cells/cells.js")).views.get("cells").grid.across"""
    )
    side = (box["width"] - 6) / across
    cells.page.mouse.click(box["x"] + 3 + 2.5 * side, box["y"] + 3 + 1.5 * side)
    cells.chosen("cells", across + 2, 25)


# --- sorted


def test_sorted_rows_have_the_quality_that_the_page_shows(cells):
    """Take the order from the page (rounding decides where t-SNE ends up) and compute its quality here."""
    cells.by("sorted")
    cells.drawer("cell-order")
    shown = cells.shown_in("cells")
    assert sorted(shown["order"]) == list(range(500))
    lines = [cells.expected]
    model_line = cells.page.evaluate(LINE, "model")  # the network's line changes whenever it has written a new one
    if model_line:
        lines.append(np.frombuffer(base64.b64decode(model_line), np.float32).reshape(-1, 500))
    signs = cell_order.signs(lines)
    totals = sum(line.sum(axis=0, dtype=float) for line in lines)
    clear = np.abs(totals) > 1e-2
    np.testing.assert_array_equal(np.array(shown["signs"])[clear], signs[clear])
    distances = cell_order.squared_distances(lines, np.array(shown["signs"]), "percentile")
    ranks = cooperative.run(cell_order.ranks_slices(distances))
    for column, rows in (("before", np.arange(500)), ("after", np.array(shown["order"]))):
        quality = cell_order.quality(ranks, rows)
        text = cells.page.locator(f"#cell-order [data-readout=trust-{column}]").inner_text()
        assert float(text) == pytest.approx(quality.trustworthiness, abs=0.011)
        text = cells.page.locator(f"#cell-order [data-readout=kept-{column}]").inner_text()
        assert float(text.split()[0]) == pytest.approx(100 * quality.preservation, abs=0.15)
    assert quality.trustworthiness > 0.7
    cells.assert_painted("cells", cells.expected, [5, 60])


@pytest.mark.parametrize(("width", "height"), [(1, 1), (8, 8), (17, 30), (16, 32), (5, 3), (3, 40), (23, 22), (2, 1)])
def test_a_curve_goes_over_every_place_from_neighbour_to_neighbour(cells, width, height):
    places = np.array(cells.page.evaluate(CURVE, [width, height]))
    assert sorted(places) == list(range(width * height))
    steps = np.abs(np.diff(np.stack([places % width, places // width]), axis=1))  # (2, n - 1)
    assert steps.max(initial=0) <= 1
    assert (steps.sum(axis=0) == 2).sum() <= 1  # a rectangle of odd and even sides may need one diagonal step
    if width == height == 8:  # Hilbert's curve: each quarter of it is one square, recursively
        for piece in (4, 16):
            for some in places.reshape(-1, piece):
                assert np.ptp(some % 8) == np.ptp(some // 8) == piece**0.5 - 1


def test_the_squares_can_follow_a_curve(cells):
    cells.by("sorted")
    cells.drawer("cell-order")
    cells.page.select_option("#cell-order-grid", "hilbert")
    cells.page.wait_for_timeout(300)
    shown, grid = cells.shown_in("cells"), cells.page.locator("#cells .grid canvas")
    across, down = cells.page.evaluate(
        """async () => {
            const {grid} = (await import("./js-shims/cells/cells.js")).views.get("cells");
            return [grid.across, grid.places.length / grid.across];
        }"""
    )
    places = cells.page.evaluate(CURVE, [across, down])
    box = grid.bounding_box()
    side = (box["width"] - 6) / across
    row = 137
    middle = [3 + (places[row] % across + 0.45) * side, 3 + (places[row] // across + 0.45) * side]
    pixel = grid.evaluate(
        """(canvas, [x, y]) => {
            const ratio = canvas.width / canvas.getBoundingClientRect().width;
            const data = canvas.getContext("2d").getImageData(x * ratio, y * ratio, 1, 1).data;
            return new Uint32Array(data.buffer)[0];
        }""",
        middle,
    )
    some = shown["order"][row]
    value = cells.expected[shown["column"], some] * shown["signs"][some]
    place = round((np.clip(value / np.abs(cells.expected[:, some]).max(), -1, 1) + 1) / 2 * 255)
    assert pixel in shown["palette"][max(0, place - 1) : place + 2]
    cells.page.mouse.click(box["x"] + middle[0], box["y"] + middle[1])
    cells.chosen("cells", some, shown["column"])
    cells.page.select_option("#cell-order-grid", "lines")


def test_rows_are_chosen_in_their_order_and_keep_their_cell_on_the_way_back(cells):
    cells.by("sorted")
    row = 123
    cell = cells.shown_in("cells")["order"][row]
    sign = cells.shown_in("cells")["signs"][cell]
    cells.page.mouse.click(*cells.place("cells", 44, row))
    value = cells.chosen("cells", cell, 44)
    assert value == pytest.approx(sign * cells.expected[44, cell], abs=0.006)
    assert ("sign turned" in cells.page.locator("#cells .readout").inner_text()) == (sign < 0)
    cells.page.locator("#cells .field").focus()
    cells.page.keyboard.press("ArrowDown")  # the next row, not the next number
    cells.chosen("cells", cells.shown_in("cells")["order"][row + 1], 44)
    below = cells.shown_in("cells")["order"][row + 1]
    cells.by("number")
    value = cells.chosen("cells", below, 44)
    assert value == pytest.approx(cells.expected[44, below], abs=0.006)


def test_rows_travel_between_the_orders(cells):
    """Follow them there and back: on the way they are in neither order, and afterwards where they were."""
    cells.by("sorted")
    ends = {"sorted": cells.shown_in("cells")["order"], "number": list(range(500))}
    for order in ("number", "sorted"):
        cells.page.check(f"input[name=cells-order][value={order}]")
        seen = []
        while not seen or seen[-1] != ends[order]:
            seen.append(cells.shown_in("cells")["order"])
            assert len(seen) < 2000
        assert any(some not in ends.values() for some in seen)
        cells.see("cells")
        assert cells.shown_in("cells")["order"] == ends[order]
    assert set(cells.shown_in("cells")["signs"]) == {1, -1}


def test_families_are_named_by_what_their_cells_track(cells, model):
    """Name the page's own pieces of its order here, over the same lines."""
    cells.by("sorted")
    items = cells.page.locator("#cells .families li")
    cells.until(lambda: items.count() > 2, "the families")
    texts, order = items.all_text_contents(), np.array(cells.shown_in("cells")["order"])
    rows = [[int(number) for number in re.search(r"rows (\d+) to (\d+)", text).groups()] for text in texts]
    assert rows[0][0] == 1 and rows[-1][1] == 500
    assert all(end + 1 == first for (_, end), (first, _) in itertools.pairwise(rows))
    lines = [(cells.points, cells.expected)]
    if cells.page.evaluate(LINE, "model"):
        written = array(
            run(cells.page, "generation.write", 1, style=-1, temperature=0.5, seed=23)[0][0]["points"], -1, 3
        )
        lines.append((written, model.cells(written)))
    table = probing.probe(lines, model.units_per_x_height)
    expected = families.name_families(
        table, order, np.array([first - 1 for first, _ in rows]), list(probing.STATISTICS)
    )
    titles = {"": "mixed", "x": "along the line", "y": "height", "dx": "step to the right", "dy": "step down"}
    titles |= {"curvature": "bends", "position_in_word": "place in the word", "lift_to_come": "about to lift"}
    for text, family in zip(texts, expected, strict=True):
        assert text.startswith(titles.get(family.name, family.name.replace("_", " ")) + ": "), text
        assert not family.name or f"median is {family.strength:.2f}" in text
    tops = items.evaluate_all("(items) => items.map((item) => parseFloat(item.style.top))")
    np.testing.assert_allclose(tops, [(first - 1) / 5 for first, _ in rows], atol=0.01)


def test_sorting_can_be_cancelled_and_done_again(cells):
    cells.by("sorted")
    cells.drawer("cell-order")
    before = cells.shown_in("cells")["order"]
    button = cells.page.locator("#cell-order-sort")
    assert button.inner_text() == "Sort again"
    button.click()
    cells.until(lambda: button.inner_text() == "Cancel", "the sorting to begin")
    button.evaluate("(button) => button.click()")
    cells.until(lambda: button.inner_text() == "Sort again", "the sorting to stop")
    cells.by("sorted")
    assert cells.shown_in("cells")["order"] == before
    assert "Not sorted to the end" in cells.page.locator("#cell-order .progress output").inner_text()
    done = cells.page.locator("#cells").get_attribute("data-done")
    cells.page.locator("#cell-order-metric").select_option("plain")
    cells.until(lambda: cells.page.locator("#cells").get_attribute("data-done") != done, "another order")
    cells.by("sorted")
    assert cells.shown_in("cells")["order"] != before
    cells.page.locator("#cell-order-metric").select_option("percentile")
    cells.by("sorted")


def test_without_motion_the_rows_are_there_at_once(cells):
    cells.by("sorted")
    cells.drawer("cell-order")
    cells.page.emulate_media(reduced_motion="reduce")
    seen = set()
    try:
        cells.page.click("#cell-order-new-sample")
        button = cells.page.locator("#cell-order-sort")
        cells.until(lambda: button.inner_text() == "Cancel", "the sorting to begin")
        while button.inner_text() == "Cancel":
            seen.add(tuple(cells.shown_in("cells")["order"]))
        seen.add(tuple(cells.shown_in("cells")["order"]))
    finally:
        cells.page.emulate_media(reduced_motion="no-preference")
    assert len(seen) <= 2
