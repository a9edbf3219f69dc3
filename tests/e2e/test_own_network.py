"""All figures use the reader's own network; the page's network is restored unchanged."""

import base64
import json

import numpy as np
import pytest

from ductus import cooperative
from ductus.analysis import claims
from ductus.model import Model
from ductus.weights import file
from tests.e2e.in_and_out import HEAT, STROKES, going_to, made_elsewhere, paged, predicted
from tests.e2e.test_fans import Figure, small
from tests.support.networks import random_weights
from worker.workspace import complete_metadata


@pytest.fixture
def page(sheet):
    yield from paged(sheet)


def article_file(units, mixtures, seed=0):
    """Return a network in the format of the 2016 article."""
    rng = np.random.default_rng(seed)

    def row(count):
        return base64.b64encode(np.clip(rng.normal(127, 25, count), 0, 254).astype(np.uint8)).decode()

    head, gates = 1 + 6 * mixtures, 4 * units
    rows = lambda count, width: [row(width) for _ in range(count)]  # noqa: E731
    return json.dumps([rows(units, head), row(head), rows(3, gates), rows(units, gates), row(gates)]).encode()


def weight_file(units, mixtures, **metadata):
    spread = 0.3 / max(1, units / 100) ** 0.5
    weights = random_weights(units, mixtures, seed=units, spread=spread, name=f"random {units}", **metadata)
    return b"".join(file.encode(weights.quantise()))


NETWORKS = {
    "seven.jb64": (7, 1, weight_file(7, 1)),
    "hundred.jb64": (100, 5, weight_file(100, 5, units_per_x_height=3.1)),
    "model.json": (50, 20, article_file(50, 20)),
    "large.jb64": (640, 33, weight_file(640, 33)),
}


def follows(page, figure, units, mixtures, points):
    """Wait until a figure shows a network of this shape over a line of `points` points."""
    until, element = page.sheet.until, page.page.locator(f"#{figure}")
    heat = lambda: page.page.evaluate(HEAT)[figure]  # noqa: E731
    if figure == "cells":
        until(lambda: (heat()["units"], heat()["count"]) == (units, points), figure)
        assert heat()["rows"] == units and sorted(heat()["order"]) == list(range(units))
        settled = element.locator(".progress output")
        until(lambda: settled.text_content().startswith("Settled"), "an order")
    if figure == "probing":
        element.scroll_into_view_if_needed()
        until(lambda: f"Of all {units} cells" in element.locator(".found").inner_text(), "the table")
    if figure == "pca":
        until(lambda: heat()["units"] == min(24, units, points), "pca")
        assert element.locator(".heaviest button:visible").count() == min(8, units)
    if figure == "mixture":
        label = element.locator(".scene canvas")
        until(lambda: f" {mixtures} components around" in label.get_attribute("aria-label"), "the mixture")
    if figure == "fans":
        small(Figure(page.sheet, figure)).settled(points)


@pytest.mark.parametrize("name", NETWORKS)
def test_all_figures_follow_the_readers_own_network(page, name):
    units, mixtures, data = NETWORKS[name]
    sheet = page.sheet
    sheet.write(*STROKES)
    page.sheet.reveal("cells")
    page.page.locator("#cells-cell").fill("6")
    sheet.corner()  # figure 1 predicts only while it is in view
    ink = sheet.ink()
    words = page.dropped((name, data))
    assert words.startswith(f"{name} is in use: ") and f", {units} cells and {mixtures} mixture component" in words
    assert "Its file does not say" in words  # because no network here has a pen clock
    own = Model(complete_metadata(file.load(data)))
    record = sheet.prediction(own)  # the ink was fed to it
    for before, after in zip(ink, sheet.ink(), strict=True):
        np.testing.assert_array_equal(before["xy"], after["xy"])
    np.testing.assert_allclose(record["offsets"], predicted(own, record), atol=2e-3, rtol=1e-3)
    facts = page.page.evaluate(
        "() => [...document.querySelectorAll('[data-model]')].map((e) => [e.dataset.model, e.textContent])"
    )
    assert {value for key, value in facts if key == "units"} == {str(units)}
    assert {value for key, value in facts if key == "mixtures"} == {str(mixtures)}
    assert not page.page.locator("#style").is_visible() and not page.page.locator("#generation-style").is_visible()
    page.page.select_option("#cells-line", "ink")
    for figure in ("probing", "mixture", "pca", "fans", "cells"):
        page.sheet.reveal(figure)
        page.page.evaluate("(id) => document.getElementById(id).scrollIntoView({block: 'center'})", figure)
        follows(page, figure, units, mixtures, len(record["points"]))
        errors = page.page.locator(f"#{figure} .error:visible")
        assert not errors.count(), errors.all_inner_texts()
    assert page.page.locator("#cells-cell").get_attribute("max") == str(units - 1)
    cells = np.array(own.cells(record["points"]))
    drawn = page.page.evaluate("""async () => {
        const {columns} = (await import("./js-shims/cells/cells.js")).views.get("cells");
        return Array.from({length: columns.units}, (_, cell) => columns.at(columns.count - 1, cell));
    }""")
    np.testing.assert_allclose(drawn, cells[-1], atol=1e-3)
    page.page.select_option("#cells-line", "model")


def test_what_the_cells_of_another_network_track_is_measured_if_the_reader_wants(page):
    """Cancel it once, then let it come to its end; the numbers are the library's."""
    data = NETWORKS["seven.jb64"][2]
    page.dropped(("seven.jb64", data))
    page.sheet.write(*STROKES)
    page.page.evaluate("document.getElementById('claims').scrollIntoView({block: 'center'})")
    button, about = page.page.locator("#claims-compare"), page.page.locator("#claims .compared")
    cards = page.page.locator("#claims .card:enabled")
    page.sheet.until(
        lambda: button.is_visible() and cards.count() and "this line alone" in about.inner_text(), "cards"
    )
    assert not page.page.locator("#claims .worst").first.inner_text()
    button.click()
    page.sheet.until(lambda: button.inner_text() == "Cancel", "the measuring to begin")
    button.click()
    page.sheet.until(lambda: button.inner_text() == "Compare with other lines", "it to be cancelled")
    button.click()
    page.sheet.until(lambda: "20 other lines" in about.inner_text(), "the claims")
    own = Model(complete_metadata(file.load(data)))
    found = claims.measure(own, cooperative.run(claims.other_lines_slices(own, [])))
    for card in cards.all():
        kind = card.get_attribute("data-quantity")
        assert int(card.locator(".who").text_content()) == np.argmax(found.least[kind])
    assert not button.is_visible() and not page.page.locator("#claims progress").is_visible()


def test_back_to_the_network_of_the_page(page, model):
    """Check that the prediction, the styles and the text are as before."""
    page.dropped(("hundred.jb64", NETWORKS["hundred.jb64"][2]))
    assert page.page.locator("[data-model=units]").first.inner_text() == "100"
    page.sheet.write(*STROKES)
    back = page.page.locator("#own-weights .back")
    back.click()
    message = page.page.locator("#own-weights output")
    page.sheet.until(lambda: message.inner_text() == "The network that came with the page is in use.", "the network")
    page.sheet.corner()
    record = page.sheet.prediction(model)
    np.testing.assert_allclose(record["offsets"], predicted(model, record), atol=2e-3)
    assert not back.is_visible()
    assert page.page.locator("#style").is_enabled() and page.page.locator("#style option").count() > 2
    assert page.page.locator("[data-model=units]").first.inner_text() == "500"
    page.page.click("#own-weights .again")  # to compare the two
    page.sheet.until(lambda: "hundred.jb64 is in use" in message.inner_text(), "the reader's network again")
    assert page.page.locator("[data-model=units]").first.inner_text() == "100"


def test_a_network_that_the_address_names(open_sheet, site):
    """Load it from the page's own site; a link made with another network says so."""
    _, _, data = NETWORKS["hundred.jb64"]
    serve = lambda page: page.route("**/own/hundred.jb64", lambda route: route.fulfill(body=data))  # noqa: E731
    fragment, *_ = made_elsewhere("00c0ffee" * 8)
    sheet = open_sheet(before=going_to(f"{site.url}?weights=own/hundred.jb64#{fragment}", serve))
    sheet.ready()
    message = sheet.page.locator("#own-weights output")
    sheet.until(lambda: "hundred.jb64 is in use: random 100, 100 cells" in message.inner_text(), "the network")
    own = Model(complete_metadata(file.load(data)))
    record = sheet.prediction(own)
    np.testing.assert_allclose(record["offsets"], predicted(own, record), atol=2e-3, rtol=1e-3)
    assert "This link was made with another network" in sheet.page.locator("#dropped output").inner_text()
