"""The table of what the cells track: numbers and curves are what CPython measures over one line."""

import re

import numpy as np
import pytest

from ductus.analysis import claims, probing
from tests.conftest import ARTEFACTS, ROOT
from tests.e2e.asked import array, run
from tests.e2e.reader import scribble

NUMBER = 0.0051 + 2e-3  # rounding to two digits, plus WebAssembly's rounding differences

TABLE = """() => Array.from(document.querySelectorAll("#probing tbody tr"), (row) => ({
    cell: +row.querySelector("button").textContent,
    rank: +row.querySelector(".rank").textContent,
    chosen: row.getAttribute("aria-current") === "true",
    numbers: Object.fromEntries(Array.from(row.querySelectorAll("td[data-quantity]"),
        (place) => [place.dataset.quantity, place.textContent.replace("\\u2212", "-")])),
    worst: row.querySelector(".worst").textContent.replace("\\u2212", "-"),
    other: row.querySelector(".other").textContent.replace("\\u2212", "-"),
}))"""
# The painted pixel rows of a row's curve at each point's pixel column, in device pixels.
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
    """The table on a page."""

    def __init__(self, sheet):
        self.sheet, self.page = sheet, sheet.page

    def table(self):
        """Return the content of the table's rows."""
        return self.page.evaluate(TABLE)

    def until_line(self, words):
        """Wait until a line with this name is measured and compared with the other line."""
        self.sheet.until(
            lambda: (
                words in self.page.locator("#probing .found").inner_text()
                and "compared" in self.page.locator("#probing").get_attribute("class")
            ),
            f"the cells over {words}",
        )

    def choose(self, quantity):
        """Choose the quantity that the table is ranked by."""
        done = self.page.evaluate("probing.dataset.done")
        self.page.select_option("#probing-quantity", quantity)
        self.sheet.until(lambda: self.page.evaluate("probing.dataset.done") != done, "the new rank")


@pytest.fixture
def figure(sheet):
    """Yield the figure in view, over the network's line, ranked by x."""
    if sheet.page.locator("#generation-play").inner_text() == "Pause":
        sheet.page.locator("#generation-play").evaluate("(button) => button.click()")
    figure = Probing(sheet)
    sheet.page.evaluate("document.getElementById('cell-table').open = true")
    sheet.page.locator("#probing").evaluate("(figure) => figure.scrollIntoView()")
    sheet.page.select_option("#probing-line", "model")
    sheet.page.fill("#probing-find", "")
    sheet.page.select_option("#probing-quantity", "x")
    figure.until_line("the network")
    yield figure
    sheet.page.evaluate("scrollTo(0, 0)")


@pytest.fixture(scope="module")
def truth(loaded, model):
    """Return (points, cells, table) of the network's line: the page's points, and CPython's results for them."""
    seed = int(loaded.page.locator("#generation-seed").get_attribute("value"))
    row = run(loaded.page, "generation.write", 1, style=-1, temperature=0.5, seed=seed)[0][0]
    points = array(row["points"], -1, 3)
    cells = model.cells(points)
    return points, cells, probing.probe([(points, cells)], model.units_per_x_height)


def close(text, value):
    """Compare a number of the table; an arrow says that an AUC was turned round."""
    number, _, low = text.partition(" ")
    return abs((1 - float(number) if low else float(number)) - value) < NUMBER


def held(model):
    """Return what the committed file says about the network."""
    data = (ROOT / "weights" / "claims.json").read_bytes()
    return claims.parse(data, model.weights.metadata["sha256"], model.units)


@pytest.mark.parametrize("quantity", ["x", "direction", "just_lifted"])
def test_the_table_is_what_cpython_measures(figure, truth, model, quantity):
    if quantity != "x":
        figure.choose(quantity)
    rows, (_, _, table) = figure.table(), truth
    assert len(rows) in (12, 13)  # twelve, and the selected cell
    for row in rows:
        assert set(row["numbers"]) == set(probing.STATISTICS)
        for name, text in row["numbers"].items():
            assert close(text, table[name][row["cell"]]), (name, row["cell"])
    file = held(model)
    assert [row["cell"] for row in rows[:12]] == list(file.ranks(quantity)[:12])
    assert all(close(row["worst"], file.worst(quantity)[row["cell"]]) for row in rows)
    assert [row["rank"] for row in rows[:12]] == list(range(1, 13))
    figure.page.locator("#probing").screenshot(path=ARTEFACTS / f"probing-{quantity}.png")


def test_the_sentences_name_the_cells_that_hold_best(figure, truth, model):
    _, _, table = truth
    file = held(model)
    items = figure.page.locator("#probing .best li").all_inner_texts()
    assert len(items) == 4
    for text, name in zip(items, ("x", "y", "lift_to_come", "just_lifted"), strict=True):
        cell = int(text.split()[0])
        assert cell == file.ranks(name)[0]
        here, worst = re.search(r"= (\S+), (\S+) at worst", text.replace("\u2212", "-")).groups()
        assert close(here, table[name][cell]) and close(worst, file.worst(name)[cell])
        assert "over the example word" in text
    assert "Of all 500 cells" in figure.page.locator("#probing .found").inner_text()


def test_the_curves_are_the_cells(figure, truth):
    _, cells, _ = truth
    for number, row in enumerate(figure.table()[:3]):
        shown = figure.page.evaluate(CURVE, [number, len(cells)])
        curve = cells[:, row["cell"]]
        y = 3 + (curve.max() - curve) / np.ptp(curve) * (shown["height"] - 6)
        missed = [
            i for i, column in enumerate(shown["columns"]) if min((abs(p - y[i]) for p in column), default=99) > 3
        ]
        assert len(missed) < 0.03 * len(cells)


def test_the_other_line_is_measured_too(figure, model):
    sheet = figure.sheet
    sheet.page.evaluate("scrollTo(0, 0)")
    sheet.write(scribble(5.0, 110))
    points = sheet.expected_points(model)
    table = probing.probe([(points, model.cells(points))], model.units_per_x_height)
    figure.page.locator("#probing").evaluate("(figure) => figure.scrollIntoView()")
    best = figure.page.locator("#probing .best")
    sheet.until(lambda: "over your ink" in best.inner_text(), "a comparison with the ink")
    for row in figure.table():
        assert close(row["other"], table["x"][row["cell"]])
    figure.page.select_option("#probing-line", "ink")
    figure.until_line("your ink")
    sheet.until(lambda: "over the network" in best.inner_text(), "a comparison with the network's line")
    for row in figure.table():
        assert close(row["numbers"]["x"], table["x"][row["cell"]])
    assert table["just_lifted"] is None  # one stroke: undefined
    assert all(row["numbers"]["just_lifted"] == "" for row in figure.table())
    assert len(best.locator("li").all()) == 3


def test_heads_rank_and_turn_round(figure, model):
    head = figure.page.locator("#probing th[data-column=dy]")
    head.locator("button").click()
    figure.sheet.until(lambda: head.get_attribute("aria-sort") == "descending", "the table ranked by dy")
    assert figure.page.input_value("#probing-quantity") == "dy"
    head.locator("button").click()
    figure.sheet.until(lambda: head.get_attribute("aria-sort") == "ascending", "the reversed rank")
    assert [row["cell"] for row in figure.table()[:12]] == list(held(model).ranks("dy")[::-1][:12])
    figure.page.locator("#probing th[data-column=cell] button").click()
    figure.sheet.until(lambda: [row["cell"] for row in figure.table()][:12] == list(range(12)), "the cells in order")
    assert figure.page.locator("#probing [aria-sort]").count() == 1


def test_a_cell_is_found_and_chosen(figure):
    page, until = figure.page, figure.sheet.until
    page.fill("#probing-find", "37")
    until(lambda: {row["cell"] for row in figure.table()} == {37, *range(370, 380)}, "the cells that begin with 37")
    page.locator("#probing tbody tr").nth(4).click()
    cell = figure.table()[4]["cell"]
    until(lambda: [row["cell"] for row in figure.table() if row["chosen"]] == [cell], "the choice")
    page.fill("#probing-find", "")
    until(lambda: len(figure.table()) == 13, "all cells")
    assert figure.table()[12]["cell"] == cell and figure.table()[12]["chosen"]
    page.locator("#probing tbody button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(lambda: figure.table()[1]["chosen"], "the second row")
    page.locator("#probing .best button").nth(1).click()
    best = int(page.locator("#probing .best button").nth(1).inner_text())
    until(lambda: [row["cell"] for row in figure.table() if row["chosen"]] == [best], "the sentence's cell")
    assert page.input_value("#probing-quantity") == "y"  # what the sentence says that it tracks


def test_more_cells_and_every_width(figure):
    page = figure.page
    page.click("#probing-more")
    figure.sheet.until(lambda: len(figure.table()) in (24, 25), "more rows")
    for width in (1440, 820, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        assert page.locator("#probing").evaluate("(figure) => figure.scrollWidth <= figure.clientWidth")
        shown = page.locator("#probing tbody tr").first.locator("td[data-quantity]:visible").count()
        assert shown == (10 if width > 960 else 1)
        page.locator("#probing").screenshot(path=ARTEFACTS / f"probing-{width}.png")
