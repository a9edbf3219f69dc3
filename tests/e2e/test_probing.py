"""Figure 8: the table and the curves are what CPython measures over one line; a cell chosen is chosen by all."""

import numpy as np
import pytest

from ductus.analysis import probing
from tests.conftest import ARTEFACTS
from tests.e2e.asked import array, run
from tests.e2e.reader import scribble

NUMBER = 0.0051 + 2e-3  # what two digits leave out, and what WebAssembly's arithmetic differs by

TABLE = """() => Array.from(document.querySelectorAll("#probing tbody tr"), (row) => ({
    cell: +row.querySelector("button").textContent,
    rank: +row.querySelector(".rank").textContent,
    chosen: row.getAttribute("aria-current") === "true",
    numbers: Object.fromEntries(Array.from(row.querySelectorAll("td[data-quantity]"),
        (place) => [place.dataset.quantity, place.textContent.replace("\\u2212", "-")])),
    other: row.querySelector(".other").textContent.replace("\\u2212", "-"),
}))"""
# The painted rows of pixels, in device pixels, of a row's curve, in the column of pixels of each point.
CURVE = """([row, count]) => {
    const canvas = document.querySelectorAll("#probing tbody canvas")[row];
    const context = canvas.getContext("2d");
    const columns = [];
    for (let i = 0; i < count; i++) {
        const x = Math.min(Math.floor(((i + 0.5) * canvas.width) / count), canvas.width - 1);
        const {data} = context.getImageData(x, 0, 1, canvas.height);
        columns.push(Array.from({length: canvas.height}, (_, y) => y).filter((y) => data[4 * y + 3] > 40));
    }
    return {columns, height: canvas.height};
}"""


class Probing:
    """Figure 8 on a page."""

    def __init__(self, sheet):
        self.sheet, self.page = sheet, sheet.page

    def table(self):
        """What stands in the table's rows."""
        return self.page.evaluate(TABLE)

    def until_line(self, words):
        """Waits until a line with this name is measured, and compared with the other."""
        self.sheet.until(
            lambda: (
                words in self.page.locator("#probing .found").inner_text()
                and "compared" in self.page.locator("#probing").get_attribute("class")
            ),
            f"the cells over {words}",
        )

    def choose(self, quantity):
        """Chooses what the table is ranked by."""
        done = self.page.evaluate("probing.dataset.done")
        self.page.select_option("#probing-quantity", quantity)
        self.sheet.until(lambda: self.page.evaluate("probing.dataset.done") != done, "the new rank")


@pytest.fixture
def tracks(sheet):
    """The figure in view, over the network's line, ranked by x."""
    if sheet.page.locator("#generation-play").inner_text() == "Pause":
        sheet.page.locator("#generation-play").evaluate("(button) => button.click()")
    tracks = Probing(sheet)
    sheet.page.locator("#probing").evaluate("(figure) => figure.scrollIntoView()")
    sheet.page.select_option("#probing-line", "model")
    sheet.page.fill("#probing-find", "")
    sheet.page.select_option("#probing-quantity", "x")
    tracks.until_line("the network")
    yield tracks
    sheet.page.evaluate("scrollTo(0, 0)")


@pytest.fixture(scope="module")
def truth(loaded, model):
    """(points, cells, table) of the network's line: the page's points, and what CPython makes of them."""
    seed = int(loaded.page.locator("#generation-seed").get_attribute("value"))
    row = run(loaded.page, "generation.write", 1, style=-1, temperature=0.5, seed=seed)[0][0]
    points = array(row["points"], -1, 3)
    cells = model.cells(points)
    return points, cells, probing.probe([(points, cells)], model.units_per_x_height)


def close(text, value):
    return abs(float(text) - value) < NUMBER


@pytest.mark.parametrize("quantity", ["x", "direction", "just_lifted"])
def test_the_table_is_what_cpython_measures(tracks, truth, quantity):
    if quantity != "x":
        tracks.choose(quantity)
    rows, (_, _, table) = tracks.table(), truth
    assert len(rows) in (12, 13)  # twelve, and the chosen cell
    for row in rows:
        assert set(row["numbers"]) == set(probing.STATISTICS)
        for name, text in row["numbers"].items():
            assert close(text, table[name][row["cell"]]), (name, row["cell"])
    strengths = probing.strength(quantity, table[quantity])
    found = strengths[[row["cell"] for row in rows[:12]]]
    np.testing.assert_allclose(found, np.sort(strengths)[::-1][:12], atol=2e-3)
    assert [row["rank"] for row in rows[:12]] == list(range(1, 13))
    tracks.page.locator("#probing").screenshot(path=ARTEFACTS / f"tracks-{quantity}.png")


def test_the_sentences_name_the_best_cells(tracks, truth):
    _, _, table = truth
    items = tracks.page.locator("#probing .best li").all_inner_texts()
    assert len(items) == 4
    for text, name in zip(items, ("x", "y", "lift_to_come", "just_lifted"), strict=True):
        cell = int(text.split()[0])
        strengths = probing.strength(name, table[name])
        assert strengths[cell] == pytest.approx(strengths.max(), abs=2e-3)
        assert close(text.split("=")[1].split(",")[0].replace("\u2212", "-"), table[name][cell])
        assert "over the example word" in text
    assert "Of all 500 cells" in tracks.page.locator("#probing .found").inner_text()


def test_the_curves_are_the_cells(tracks, truth):
    _, cells, _ = truth
    for number, row in enumerate(tracks.table()[:3]):
        shown = tracks.page.evaluate(CURVE, [number, len(cells)])
        curve = cells[:, row["cell"]]
        y = 3 + (curve.max() - curve) / np.ptp(curve) * (shown["height"] - 6)
        missed = [
            i for i, column in enumerate(shown["columns"]) if min((abs(p - y[i]) for p in column), default=99) > 3
        ]
        assert len(missed) < 0.03 * len(cells)


def test_the_other_line_is_measured_too(tracks, model):
    sheet = tracks.sheet
    sheet.page.evaluate("scrollTo(0, 0)")
    sheet.write(scribble(5.0, 110))
    points = sheet.expected_points(model)
    table = probing.probe([(points, model.cells(points))], model.units_per_x_height)
    tracks.page.locator("#probing").evaluate("(figure) => figure.scrollIntoView()")
    best = tracks.page.locator("#probing .best")
    sheet.until(lambda: "over your ink" in best.inner_text(), "a comparison with the ink")
    for row in tracks.table():
        assert close(row["other"], table["x"][row["cell"]])
    tracks.page.select_option("#probing-line", "ink")
    tracks.until_line("your ink")
    sheet.until(lambda: "over the network" in best.inner_text(), "a comparison with the network's line")
    for row in tracks.table():
        assert close(row["numbers"]["x"], table["x"][row["cell"]])
    assert table["just_lifted"] is None  # one stroke: nothing to tell
    assert all(row["numbers"]["just_lifted"] == "" for row in tracks.table())
    assert len(best.locator("li").all()) == 3


def test_heads_rank_and_turn_round(tracks, truth):
    _, _, table = truth
    head = tracks.page.locator("#probing th[data-column=dy]")
    head.locator("button").click()
    tracks.sheet.until(lambda: head.get_attribute("aria-sort") == "descending", "a rank by dy")
    assert tracks.page.input_value("#probing-quantity") == "dy"
    head.locator("button").click()
    tracks.sheet.until(lambda: head.get_attribute("aria-sort") == "ascending", "the rank turned round")
    least = [abs(table["dy"][row["cell"]]) for row in tracks.table()[:12]]
    np.testing.assert_allclose(least, np.sort(np.abs(table["dy"]))[:12], atol=2e-3)
    tracks.page.locator("#probing th[data-column=cell] button").click()
    tracks.sheet.until(lambda: [row["cell"] for row in tracks.table()][:12] == list(range(12)), "the cells in order")
    assert tracks.page.locator("#probing [aria-sort]").count() == 1


def test_a_cell_is_found_and_chosen(tracks):
    page, until = tracks.page, tracks.sheet.until
    page.fill("#probing-find", "37")
    until(lambda: {row["cell"] for row in tracks.table()} == {37, *range(370, 380)}, "the cells that begin with 37")
    page.locator("#probing tbody tr").nth(4).click()
    cell = tracks.table()[4]["cell"]
    until(lambda: [row["cell"] for row in tracks.table() if row["chosen"]] == [cell], "the choice")
    page.fill("#probing-find", "")
    until(lambda: len(tracks.table()) == 13, "all cells")
    assert tracks.table()[12]["cell"] == cell and tracks.table()[12]["chosen"]
    page.locator("#probing tbody button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(lambda: tracks.table()[1]["chosen"], "the second row")
    page.locator("#probing .best button").nth(1).click()
    best = int(page.locator("#probing .best button").nth(1).inner_text())
    until(lambda: [row["cell"] for row in tracks.table() if row["chosen"]] == [best], "the sentence's cell")


def test_more_cells_and_every_width(tracks):
    page = tracks.page
    page.click("#probing-more")
    tracks.sheet.until(lambda: len(tracks.table()) in (24, 25), "more rows")
    for width in (1440, 820, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        assert page.locator("#probing").evaluate("(figure) => figure.scrollWidth <= figure.clientWidth")
        shown = page.locator("#probing tbody tr").first.locator("td[data-quantity]:visible").count()
        assert shown == (9 if width > 960 else 1)
        page.locator("#probing").screenshot(path=ARTEFACTS / f"tracks-{width}.png")
