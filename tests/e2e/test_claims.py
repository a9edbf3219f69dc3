"""The cards: which cell holds best at what, by the committed file, and what it does on this line, by CPython."""

import numpy as np
import pytest

from ductus.analysis import claims, probing
from tests.conftest import ARTEFACTS, ROOT
from tests.e2e.asked import array, run
from tests.e2e.cells import Cells

KINDS = ("x", "y", "direction", "just_lifted", "lift_to_come", "steady")
CARDS = """() => Array.from(document.querySelectorAll("#claims .card"), (card) => ({
    kind: card.dataset.quantity,
    cell: card.querySelector(".who").textContent,
    here: card.querySelector(".here").textContent.replace("\\u2212", "-"),
    worst: card.querySelector(".worst").textContent.replace("\\u2212", "-"),
    chosen: card.getAttribute("aria-pressed") === "true",
    note: card.querySelector(".note").textContent,
    painted: card.querySelector("canvas").getContext("2d").getImageData(0, 0, 99, 99).data.some((byte) => byte),
}))"""
INK = """() => {
    const canvas = document.querySelector("#cells .trace");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return Array.from(data.subarray(0, 1e6)).join();
}"""
IN_VIEW = """() => {
    const {top, bottom} = document.querySelector("#cells .ink-bar").getBoundingClientRect();
    return top >= -1 && bottom <= innerHeight + 1;
}"""


@pytest.fixture(scope="module")
def page(loaded):
    """Return the page at its cards, over the network's line, without motion."""
    page = Cells(loaded.page)
    page.pause()
    page.page.emulate_media(reduced_motion="reduce")
    page.page.select_option("#cells-line", "model")
    page.see("cells")
    page.until(lambda: page.page.locator("#claims .card:enabled").count() == len(KINDS), "six cards")
    return page


def chosen(page, kind):
    return page.until(lambda: [card["kind"] for card in page.page.evaluate(CARDS) if card["chosen"]] == [kind], kind)


def test_each_card_has_the_cell_that_holds_best_and_two_numbers(page, model):
    file = claims.parse((ROOT / "weights/claims.json").read_bytes(), model.weights.metadata["sha256"], model.units)
    row = run(page.page, "generation.write", 1, style=-1, temperature=0.5, seed=23)[0][0]
    points = array(row["points"], -1, 3)
    table = probing.probe([(points, model.cells(points))], model.units_per_x_height)
    cards = page.page.evaluate(CARDS)
    assert [card["kind"] for card in cards] == list(KINDS)
    for card in cards:
        kind, cell = card["kind"], int(card["cell"])
        assert cell == np.argmax(file.least[kind])
        here, worst = table[kind][cell], file.worst(kind)[cell]
        if probing.STATISTICS[kind] == "AUC" and file.signs[kind][cell] < 0:
            here, worst = 1 - here, 1 - worst
            assert card["note"].startswith("low ")
        assert float(card["here"].split()[0]) == pytest.approx(here, abs=0.0071)
        assert float(card["worst"].split()[0]) == pytest.approx(worst, abs=0.0071)
        assert card["painted"]
    assert "20 other lines" in page.page.locator("#claims .compared").inner_text()


def test_a_card_colours_the_ink_that_is_in_view_and_ranks_the_table(page):
    for kind in ("y", "lift_to_come"):
        before = page.page.evaluate(INK)
        page.page.click(f"#claims .card[data-quantity={kind}]")
        chosen(page, kind)
        page.until(lambda before=before: page.page.evaluate(INK) != before, "ink in other colours")
        assert page.page.evaluate(IN_VIEW)
        assert page.page.input_value("#probing-quantity") == kind
        cell = next(card["cell"] for card in page.page.evaluate(CARDS) if card["chosen"])
        assert page.page.input_value("#cells-cell") == cell


def test_the_ink_stays_in_view_where_the_table_is_read(page):
    page.drawer("cell-table")
    page.page.evaluate("probing.scrollIntoView()")
    page.until(lambda: page.page.locator("#probing tbody tr").count() > 10, "the table")
    before = page.page.evaluate(INK)
    page.page.locator("#probing tbody tr").nth(3).click()
    page.until(lambda: page.page.evaluate(INK) != before, "ink in other colours")
    assert page.page.evaluate(IN_VIEW)


def test_a_link_in_the_text_leads_to_the_ink_and_colours_it(page):
    link = page.page.locator("a[data-probe=steady]")
    page.page.evaluate("scrollTo(0, 0)")
    assert not page.page.evaluate(IN_VIEW)
    link.evaluate("(link) => link.click()")  # as from the keyboard, far from the figure
    chosen(page, "steady")
    page.until(lambda: page.page.evaluate(IN_VIEW), "the ink in view")


def test_cards_and_families_at_every_width(page):
    for theme, width in (("light", 1440), ("dark", 820), ("light", 390)):
        page.page.emulate_media(color_scheme=theme)
        page.page.set_viewport_size({"width": width, "height": 900})
        page.see("cells")
        assert page.page.locator("#cells").evaluate("(figure) => figure.scrollWidth <= figure.clientWidth")
        page.page.screenshot(path=ARTEFACTS / f"cells-{theme}-{width}.png")
    page.page.emulate_media(color_scheme="light")
