"""Change cells in the workbench, by pointer and by keyboard alone: the numbers are those that CPython computes."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from ductus import intervention, mixture
from ductus.analysis import saliency
from ductus.lstm import State
from page.storage import permalink
from tests.e2e.asked import array, run
from tests.e2e.cells import Cells
from tests.e2e.in_and_out import deflated

POINT = 60
SILENCED = intervention.parse("407:silence", 500)
BAND = """() => {
    const canvas = document.querySelector("#cells .trace");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + 7 * data[i + 1]) % 1000003;
    return sum;
}"""


@pytest.fixture(scope="module")
def page(loaded, model):
    """Return the page with its panel open, over the network's line, at a point in it."""
    page = Cells(loaded.page)
    page.pause()
    page.page.emulate_media(reduced_motion="reduce")
    page.page.evaluate("for (const one of document.querySelectorAll('.drawer')) one.open = false")
    page.page.select_option("#cells-line", "model")
    page.see("cells")
    row = run(page.page, "generation.write", 1, style=-1, temperature=0.5, seed=23)[0][0]
    page.points = array(row["points"], -1, 3)
    go(page)
    page.page.locator("#change-cells summary").click()
    page.until(lambda: page.page.locator("#intervene").is_enabled(), "the panel")
    return page


def go(page):
    """Go to the point by keys."""
    field = page.page.locator("#cells .field")
    field.focus()
    field.press("Home")
    for _ in range(POINT):
        field.press("ArrowRight")


def chips(page):
    """Return what the chips say."""
    return page.page.locator("#interventions .changes li").evaluate_all(
        "(all) => all.map((one) => one.firstChild.textContent)"
    )


def outcome(page, text, model):
    """Wait until the panel tells what CPython finds for interventions; return its words."""
    changes = intervention.parse(text, model.units)
    before, after = model.score(page.points), model.score(page.points, changes)
    states, changed = model.line_states(page.points), model.line_states(page.points, interventions=changes)
    chances = [
        float(mixture.lift_probability(model.head(State(one.h[POINT:][:1], one.c[POINT:][:1])))[0])
        for one in (states, changed)
    ]
    mean = float((after.total - before.total).mean())
    here = float(after.total[POINT] - before.total[POINT])
    signed = [f"{'+' if value >= 0 else ''}{value:.{digits}f}" for value, digits in ((mean, 3), (here, 2))]
    words = f"Over the line: {signed[0]} nats a point. Point {POINT + 1}: {signed[1]} nats, the chance of a lift "
    words += f"{100 * chances[0]:.1f} % \u2192 {100 * chances[1]:.1f} %."
    shown = page.page.locator("#interventions .outcome")
    page.until(lambda: shown.inner_text().replace("\u2212", "-") == words, words)


def test_a_cell_is_silenced_by_pointer_and_the_numbers_are_those_of_cpython(page, model):
    page.page.fill("#cells-cell", "407")
    plain = page.page.evaluate(BAND)
    page.page.click("#intervene")
    assert chips(page) == ["cell 407 silenced"]
    outcome(page, "407:silence", model)
    page.until(lambda: page.page.evaluate(BAND) != plain, "the band on the ink")
    assert "up to" in page.page.locator("#cells .tint").inner_text()
    page.page.check("input[name=intervene-action][value=flip]")
    page.page.check("#intervene-here")
    page.page.click("#intervene")
    outcome(page, f"407:silence;407:flip@{POINT}", model)
    page.page.click("#intervene-undo")
    outcome(page, "407:silence", model)
    page.page.locator("#cells > .figure-bar .save summary").click()
    with page.page.expect_download() as download:
        page.page.locator("#cells > .figure-bar .save button", has_text="JSON").click()
    saved = json.loads(Path(download.value.path()).read_text())
    assert saved["interventions"] == "407:silence" and saved["point"] == POINT
    np.testing.assert_allclose(saved["nats"]["after"], model.score(page.points, SILENCED).total, atol=2e-3)
    page.page.keyboard.press("Escape")
    page.page.click("#intervene-write")
    page.until(lambda: page.page.locator("#interventions .written").is_visible(), "the lines")
    page.page.click("#interventions .changes button")
    page.until(lambda: not chips(page) and not page.page.locator("#cells .tint").is_visible(), "no band")
    page.page.click("#intervene-undo")
    assert chips(page) == ["cell 407 silenced"]
    page.page.click("#intervene-reset")
    assert chips(page) == []


def test_rows_are_chosen_and_clamped_by_keyboard_alone(page, model):
    keyboard, field = page.page.keyboard, page.page.locator("#cells .field")
    page.by("number")
    page.page.fill("#cells-cell", "100")
    field.focus()
    for _ in range(3):
        keyboard.press("Shift+ArrowDown")
    assert page.page.locator("#intervene-what").input_value() == "rows"
    assert page.page.locator("#interventions .rows input").evaluate_all("(all) => all.map((one) => one.value)") == [
        "101",
        "104",
    ]
    page.page.focus("input[name=intervene-action]:checked")
    while page.page.locator("input[name=intervene-action]:checked").input_value() != "clamp":
        keyboard.press("ArrowLeft")
    keyboard.press("Tab")
    keyboard.press("ControlOrMeta+A")
    keyboard.type("-2")
    keyboard.press("Tab")
    if page.page.is_checked("#intervene-here"):
        keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.press("Enter")
    assert chips(page) == ["cells 100 to 103 clamped to \u22122"]
    outcome(page, "100-103:clamp=-2", model)
    keyboard.press("Control+z")
    assert chips(page) == []


def follow(page, model, text):
    """Open a link that holds these interventions."""
    fragment = deflated(permalink.render(model.weights.metadata["sha256"], {"interventions": text}, []))
    page.page.evaluate("(hash) => { location.hash = hash; }", fragment)


def test_a_link_has_the_changes_and_a_bad_one_changes_nothing(page, model):
    follow(page, model, "407:silence;3-5:flip@10")
    page.until(lambda: chips(page) == ["cell 407 silenced", "cells 3 to 5 flipped from point 11"], "the link")
    follow(page, model, "407:explode")
    page.until(lambda: "407:explode" in page.page.locator("body").inner_text(), "why it was not opened")
    assert len(chips(page)) == 2
    follow(page, model, f"{model.units}:silence")
    refused = page.page.locator("#interventions .refused")
    page.until(lambda: f"there is no cell {model.units}" in refused.inner_text(), "which cell there is not")
    page.page.click("#intervene-reset")
    page.until(lambda: not refused.is_visible(), "no complaint")
    page.page.select_option("#cells-line", "model")  # the links had the other settings of a new page
    go(page)


def test_past_ink_colours_the_ink_and_says_how_far_it_reaches(page, model):
    said, plain = page.page.locator("#cells .tint"), page.page.evaluate(BAND)
    page.page.fill("#cells-cell", "211")
    for what, of, named in (("next", "point", "point"), ("lift", "lift", "lift"), ("value", "cell", "cell 211")):
        page.page.select_option("#inside-ink", what)
        found = saliency.saliency(model, page.points, POINT, of, 211)
        half, most = (saliency.reach(found.size, share) for share in (0.5, 0.9))
        words = f"lies in the last {half} points, 90 % in the last {most}."
        page.until(lambda words=words, named=named: words in said.inner_text() and named in said.inner_text(), words)
        assert page.page.evaluate(BAND) != plain
    asked = {"line": "model", "point": POINT, "samples": 20, "steps": 10, "seed": 1}
    found = run(page.page, "intervention.strokes", **asked)[1]
    for what, values in (("stroke", found["nats"]), ("stroke-fan", found["fan"])):
        page.page.select_option("#inside-ink", what)
        most = int(np.argmax(np.abs(array(values, -1))))
        words = f"at point {POINT + 1} changes most without stroke {most + 1}, "
        page.until(lambda words=words: words in said.inner_text(), words)
    page.page.select_option("#inside-ink", "change")


def test_a_family_is_silenced_as_one(page, model):
    options = page.page.locator("#intervene-what option")
    page.until(lambda: options.count() > 2, "families")
    name = options.nth(1).inner_text()
    page.page.select_option("#intervene-what", options.nth(1).get_attribute("value"))
    page.page.check("input[name=intervene-action][value=silence]")
    page.page.uncheck("#intervene-here")
    page.page.click("#intervene")
    shown = page.page.locator("#interventions .outcome")
    said = page.until(lambda: re.match(r"Over the line: ([+\u2212]\d+\.\d+) nats", shown.inner_text()), "the outcome")
    count = int(name.split(": ")[1].split()[0])
    page.page.locator("#cells > .figure-bar .save summary").click()
    with page.page.expect_download() as download:
        page.page.locator("#cells > .figure-bar .save button", has_text="JSON").click()
    page.page.keyboard.press("Escape")
    text = json.loads(Path(download.value.path()).read_text())["interventions"]
    (one,) = intervention.parse(text, model.units)
    assert len(one.cells) == count > 1
    mean = float((model.score(page.points, [one]).total - model.score(page.points).total).mean())
    # Without all these cells the line is far from what the network knows, and roundings grow.
    assert float(said[1].replace("\u2212", "-")) == pytest.approx(mean, rel=0.01)
    page.page.click("#intervene-reset")
    page.page.select_option("#intervene-what", "cell")


def test_what_breaks_can_be_cancelled_and_is_told_on_cards_and_in_the_table(page, model):
    start, bar = page.page.locator("#ablation-start"), page.page.locator("#ablation progress")
    start.click()
    page.until(lambda: float(bar.get_attribute("value") or 0) > 0 or not bar.is_hidden(), "progress")
    start.click()
    page.until(lambda: start.inner_text().startswith("What breaks"), "the end of it")
    assert page.page.locator("#claims .without").first.inner_text() == ""
    start.click()
    page.until(lambda: start.is_hidden(), "all cells")
    page.until(lambda: page.page.locator("#claims .without").first.inner_text(), "the cards")
    base = model.score(page.points).total.mean()
    verdicts = {
        name: np.array(values, int)
        for name, values in run(page.page, "intervention.verdicts", line="model")[1].items()
    }
    for card in page.page.locator("#claims .card").all():
        cell = int(card.locator(".who").inner_text().split()[-1])
        cost = model.score(page.points, intervention.parse(f"{cell}:silence", model.units)).total.mean() - base
        shown = card.locator(".without").inner_text().split()[0].replace("\u2212", "-")
        assert float(shown) == pytest.approx(cost, abs=0.0012)
        quantity = card.get_attribute("data-quantity")
        unused = "nothing changes without it" in card.locator(".note").inner_text()
        assert unused == (verdicts[quantity][cell] < 0)
    page.drawer("cell-table")
    page.page.evaluate("probing.scrollIntoView()")
    page.page.locator("#probing [data-column=without-position] button").click()
    cells = page.page.locator("#probing tbody th button")
    first = page.page.locator("#probing tbody tr").first.locator("[data-measure=position]")
    page.until(lambda: first.inner_text(), "the columns")

    def sorted_by_it():
        column = page.page.locator("#probing tbody [data-measure=position]").all_inner_texts()
        numbers = [abs(float(one.replace("\u2212", "-"))) for one in column[:12]]
        return numbers == sorted(numbers, reverse=True) and numbers[0] > 0.1

    page.until(sorted_by_it, "the cells that cost most")
    assert np.isfinite(int(cells.first.inner_text()))
