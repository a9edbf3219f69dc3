"""The page's main functions in Firefox and in WebKit; tests/e2e tests much more of it, in Chromium."""

import threading

import numpy as np
import pytest

from tests.e2e.asked import array, run
from tests.e2e.hosts import Host
from tests.e2e.reader import scribble
from tests.e2e.test_continuation import TOLERANCE, continued
from tests.e2e.test_generation import LEFT, check_drawn
from tests.e2e.visit import STORED
from tests.support.servers import answering

SHORT, LONG = scribble(1.2, 25, (4.9, 0.0)), scribble()
# The kernel that this browser should use: the fastest that it accepts.
BEST = """async () => {
    for (const name of ["relaxed", "simd"]) {
        const bytes = await (await fetch(`js-shims/kernel/kernel-${name}.wasm`)).arrayBuffer();
        if (WebAssembly.validate(bytes)) return `WebAssembly SIMD (${name === "simd" ? "plain" : name})`;
    }
    return "numpy einsum";
}"""
ASKED = """performance.getEntriesByType("resource").map(({name}) => name)"""
ERRORS = """[...document.querySelectorAll(".error, #crash-notice")]
    .filter((it) => !it.hidden).map((it) => it.innerText)"""


def test_ink_written_before_loading_survives_a_reload(opened, model):
    """Test the pen without Python, the page's program, storage, and the network that then reads the ink."""
    opened.until(lambda: opened.enabled("#start-fresh"), "the page's program")
    opened.write(LONG, SHORT)
    ink = opened.ink()
    for there, written in zip(ink, [LONG, SHORT], strict=True):
        np.testing.assert_allclose(there["xy"], written, atol=0.02)  # the screen has whole pixels
    stored = lambda: opened.page.evaluate(STORED).get("ink continuation", "")  # noqa: E731
    opened.until(lambda: len(stored().split("\n")) == 1 + 2 * 2, "both strokes in the browser's storage")
    opened.until(lambda: opened.says("#autosave-status") == "Saved in this browser.", "the message that it is saved")
    opened.page.reload()
    opened.until(lambda: len(opened.ink()) == 2, "the earlier ink")
    for there, before in zip(opened.ink(), ink, strict=True):
        np.testing.assert_array_equal(there["xy"], before["xy"])
        assert there["width"] == before["width"]
    opened.ready()
    opened.pause()
    record = opened.prediction(model)
    np.testing.assert_allclose(record["offsets"], continued(model, record), atol=TOLERANCE)


def test_everything_loads_from_the_same_origin_without_errors(sheet, site):
    sheet.until(lambda: sheet.enabled("#generation-style"), "the styles")
    asked = sheet.page.evaluate(ASKED)
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith((site.url, "blob:", "data:"))] == []
    assert sheet.page.evaluate(ERRORS) == []
    assert sheet.page.complaints() == []


def test_the_fastest_kernel_that_the_browser_accepts_is_used_and_named(sheet):
    sheet.reveal("note-weights")
    assert sheet.says("[data-model=kernel]") == sheet.page.evaluate(BEST)


def test_a_scribble_is_continued_as_cpython_would(sheet, model):
    sheet.write(LONG, SHORT)
    record = sheet.prediction(model)
    np.testing.assert_allclose(record["offsets"], continued(model, record), atol=TOLERANCE)
    assert record["offsets"].shape == (5, 30, 3)
    sheet.until(lambda: len(sheet.painted("model")) > 100 and len(sheet.painted("ink")) > 500, "both layers")


def test_undo_and_redo_take_the_network_back_and_forth(sheet, model):
    sheet.write(LONG)
    one = sheet.prediction(model)
    sheet.write(SHORT)
    two = sheet.prediction(model)
    assert two["points"].shape != one["points"].shape
    sheet.click("#undo")
    np.testing.assert_array_equal(sheet.prediction(model)["offsets"], one["offsets"])
    sheet.click("#redo")
    np.testing.assert_array_equal(sheet.prediction(model)["offsets"], two["offsets"])


def test_figure_2_writes_what_the_network_would(sheet, model):
    def rows():
        """Return the number of points of each row."""
        return sheet.page.evaluate("[...document.querySelectorAll('.row-button')].map((row) => +row.dataset.points)")

    sheet.click("#generation-new-sample")
    sheet.until(lambda: not rows(), "an empty page")
    sheet.set("generation-pace", 600)
    sheet.click("#generation-play")
    sheet.until(rows, "a row")
    sheet.pause("#generation-play")
    seed = int(sheet.page.evaluate("document.getElementById('generation-seed').value"))
    expected = run(sheet.page, "generation.write", 1, style=-1, temperature=0.5, seed=seed)[0][0]
    row = {name: array(expected[name], -1, 3) for name in ("points", "places")}
    assert rows()[0] == len(row["points"])
    check_drawn(model, model.start(), row, 0.5, seed)
    scale = sheet.page.evaluate(
        "(() => { const it = generation.querySelector('canvas'); return it.clientWidth / it.dataset.across; })"
    )
    y = float(sheet.page.evaluate("document.querySelector('.row-button').style.getPropertyValue('--y')"))
    painted = sheet.pixels("#generation canvas")
    places = (row["places"][1:, :2] + [LEFT, y]) * scale
    assert max(np.hypot(*(painted - place).T).min() for place in places) < 2


def test_the_heatmap_shows_the_cells_of_the_ink(sheet, model):
    sheet.write(LONG, SHORT)
    expected = model.cells(sheet.expected_points(model))  # (N, 500)
    sheet.set("cells-line", "ink")
    sheet.see("cells")
    sheet.until(lambda: sheet.shown_in("cells")["values"].shape == expected.shape, "the scribble's cells")
    np.testing.assert_allclose(sheet.shown_in("cells")["values"], expected, atol=2e-4)
    sheet.see("cells")  # painting may have continued
    sheet.assert_painted("cells", expected, [0, 1, 40, len(expected) - 1])


@pytest.mark.slow
def test_styles_that_come_late_are_no_broken_styles(opened, built_site):
    """Test a slow host: WebKit ends parsing, and runs scripts, while the stylesheet still loads."""
    opened.ready()  # leave no page that still loads
    with answering(Host(built_site.root)) as host:
        host.held["css/ductus.css"] = threading.Event()
        late = threading.Timer(3, host.held["css/ductus.css"].set)
        late.start()
        opened.page.goto(host.url)
        opened.until(lambda: opened.loading()[0] != "loading", "the network")
        assert opened.loading()[0] == "done", opened.loading()
