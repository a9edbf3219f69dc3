"""Figure 2: the network fills the page with writing, reproducibly for a seed, and its rows can be selected.

A free run depends on the last bit of the arithmetic, so CPython is fed the page's points and samples each next one.
"""

import numpy as np
import pytest

from ductus import mixture
from ductus.generation import styles
from tests.conftest import ARTEFACTS, ROOT
from tests.e2e.asked import array, run
from tests.e2e.reader import PAINTED, scribble

TOLERANCE = 2e-3  # model units, between WebAssembly and this machine, after some hundreds of steps
# In one call: a row that leaves between finding it and measuring it is nowhere.
BOTTOMS = "[...document.querySelectorAll('.row-button')].map((row) => row.getBoundingClientRect().bottom)"
LEFT = 1.0  # the left edge of the rows, in x-heights


class Writer:
    """Figure 2 on a page."""

    def __init__(self, sheet):
        self.sheet, self.page = sheet, sheet.page

    def show(self):
        """Scroll to the figure."""
        self.page.locator("#generation").evaluate("(figure) => figure.scrollIntoView()")

    def rows(self):
        """Return how many rows are finished."""
        return int(self.page.evaluate("generation.dataset.rows ?? 0"))

    def points(self):
        """Return the points of the finished rows on the page."""
        return self.page.eval_on_selector_all(".row-button", "(rows) => rows.map((row) => +row.dataset.points)")

    def until_rows(self, count):
        """Wait for at least `count` finished rows, then pause."""
        self.sheet.until(lambda: self.rows() >= count, f"{count} rows")
        self.pause()

    def play(self):
        if self.page.locator("#generation-play").inner_text() == "Play":
            self.page.click("#generation-play")

    def pause(self):
        if self.page.locator("#generation-play").inner_text() == "Pause":
            self.page.locator("#generation-play").evaluate("(button) => button.click()")

    def painted(self):
        """Return the painted pixels (n, 2), in CSS pixels from the corner of the page."""
        return np.reshape(self.page.locator("#generation canvas").evaluate(PAINTED), (-1, 2))

    def expected_rows(self, count, style=-1, temperature=0.5, seed=1):
        """Return the first rows for these settings from the worker: dicts with points and places (N, 3)."""
        progress = run(self.page, "generation.write", count, style=style, temperature=temperature, seed=seed)[0]
        for row in progress:
            row["points"], row["places"] = (array(row[name], -1, 3) for name in ("points", "places"))
        return progress[:count]


@pytest.fixture
def writer(sheet):
    """Yield the figure in its initial state, paused, at its fastest pace."""
    sheet.until(lambda: sheet.page.locator("#generation-style").is_enabled(), "the styles")
    writer = Writer(sheet)
    writer.pause()
    sheet.set("generation-pace", 600)
    sheet.set("generation-temperature", 0.5)
    sheet.page.select_option("#generation-style", "-1")
    sheet.page.fill("#generation-seed", "2")
    writer.show()
    sheet.until(lambda: not writer.points(), "an empty page")
    sheet.page.fill("#generation-seed", "1")
    yield writer
    writer.pause()
    sheet.page.evaluate("scrollTo(0, 0)")


def drawn(model, state, points, temperature, seed):
    """Yield the network's sample after each point (N, 3) except the last, with the uniforms of a seed."""
    chances = np.random.default_rng(seed)
    for number, point in enumerate(points):
        x = mixture.sample(model.output(state), temperature, chances.random((1, 4)))  # (1, 3)
        yield x[0]
        state = model.step(point[None] if number else x, state)  # a row's first point lacks the jump


def check_drawn(model, state, row, temperature, seed):
    """Assert that the first row's points are those that CPython draws; the first offset is not part of the row."""
    expected = np.array(list(drawn(model, state, row["points"], temperature, seed)))
    np.testing.assert_allclose(row["points"][1:], expected[1:], atol=TOLERANCE)
    assert row["points"][0, 2] == expected[0, 2]


def test_the_page_is_what_the_network_writes(writer, model):
    writer.play()
    writer.until_rows(2)
    rows = writer.expected_rows(2)
    assert writer.points()[:2] == [row["count"] for row in rows]
    check_drawn(model, model.start(), rows[0], 0.5, 1)
    for row in rows:
        assert np.ptp(row["places"][:, 0]) <= 24 + 1e-4
        moves = np.diff(row["places"][:, :2], axis=0) * model.units_per_x_height
        np.testing.assert_allclose(moves, row["points"][1:, :2], atol=1e-3)
    writer.page.locator("#generation").screenshot(path=ARTEFACTS / "writes.png")


def test_the_rows_are_on_the_canvas_where_their_buttons_are(writer):
    writer.play()
    writer.until_rows(2)
    painted = writer.painted()
    scale = writer.page.locator("#generation canvas").evaluate(
        "(canvas) => canvas.clientWidth / canvas.dataset.across"
    )
    lines = writer.page.eval_on_selector_all(
        ".row-button", "(rows) => rows.map((row) => +row.style.getPropertyValue('--y'))"
    )
    scroll = float(writer.page.locator(".row-buttons").evaluate("(box) => box.style.getPropertyValue('--scroll')"))
    for y, row in zip(lines, writer.expected_rows(2), strict=False):
        places = (row["places"][1:, :2] + [LEFT, y - scroll]) * scale
        assert max(np.hypot(*(painted - place).T).min() for place in places) < 2
        ink = painted[np.abs(painted[:, 1] - (y - scroll) * scale) < 0.4 * scale, 0]
        assert abs(ink.max() - places[:, 0].max()) < 1.2 * scale or ink.max() < places[:, 0].max()


def test_seed_style_and_variation_decide_and_pace_does_not(writer, model):
    page, until = writer.page, writer.sheet.until
    writer.play()
    writer.until_rows(2)
    first = writer.points()[:2]
    page.click("#generation-new-sample")
    until(lambda: not writer.points(), "an empty page")
    assert page.input_value("#generation-seed") == "2"
    writer.sheet.set("generation-pace", 300)
    page.fill("#generation-seed", "1")
    writer.play()
    until(lambda: len(writer.points()) >= 2, "two rows")
    assert writer.points()[:2] == first
    all_styles = styles.parse((ROOT / "weights" / "styles.json").read_bytes(), model.weights.metadata["sha256"])
    page.select_option("#generation-style", "1")
    writer.sheet.set("generation-pace", 600)
    until(lambda: writer.points() not in ([], first), "a row in a style")
    writer.pause()
    row = writer.expected_rows(1, style=1)[0]
    assert writer.points()[0] == row["count"]
    check_drawn(model, model.feed(all_styles[1].points, model.start()), row, 0.5, 1)


def taken(page):
    """Return cell 0 over the line in use, from the worker."""
    value = run(page, "probing.curves", line="model", quantity="x", cells=[0])[1]
    return array(value["cells"], -1)


def test_a_row_is_chosen_by_key_and_by_pointer(writer, model):
    writer.play()
    writer.until_rows(2)
    rows = writer.expected_rows(2)
    writer.page.locator("#generation .stage").focus()
    writer.page.keyboard.press("ArrowDown")
    writer.page.keyboard.press("ArrowDown")
    writer.page.keyboard.press("Enter")
    status = writer.page.locator("#generation-status")
    writer.sheet.until(lambda: "Line 2" in status.inner_text(), "the second line")
    np.testing.assert_allclose(taken(writer.page), model.cells(rows[1]["points"])[:, 0], atol=1e-3)
    writer.page.locator(".row-button").first.click()
    writer.sheet.until(lambda: "Line 1" in status.inner_text(), "the first line")
    np.testing.assert_allclose(taken(writer.page), model.cells(rows[0]["points"])[:, 0], atol=1e-3)
    pressed = writer.page.eval_on_selector_all(".row-button", "(rows) => rows.map((row) => row.ariaPressed)")
    assert pressed[:2] == ["true", "false"]


def test_pause_holds_and_off_screen_nothing_is_written(writer):
    writer.play()
    writer.until_rows(1)
    writer.page.wait_for_timeout(300)
    before = writer.painted()
    writer.page.wait_for_timeout(700)
    np.testing.assert_array_equal(writer.painted(), before)
    writer.play()
    writer.page.evaluate("scrollTo(0, 0)")
    writer.page.wait_for_timeout(300)
    rows, before = writer.rows(), writer.painted()
    writer.page.wait_for_timeout(1500)
    assert writer.rows() == rows
    np.testing.assert_array_equal(writer.painted(), before)
    writer.show()
    writer.sheet.until(lambda: writer.rows() > rows, "another row")
    assert writer.page.locator("#generation-play").inner_text() == "Pause"


def test_keys_play_and_take_another_seed(writer):
    writer.page.locator("#generation .stage").focus()
    writer.page.keyboard.press("a")
    assert writer.page.input_value("#generation-seed") == "2"
    writer.page.keyboard.press(" ")
    assert writer.page.locator("#generation-play").inner_text() == "Pause"
    writer.page.keyboard.press(" ")
    assert writer.page.locator("#generation-play").inner_text() == "Play"


def test_rows_leave_at_the_top_when_the_page_is_full(writer):
    writer.page.set_viewport_size({"width": 390, "height": 800})
    writer.show()
    writer.play()
    writer.sheet.until(lambda: writer.rows() >= 8, "eight rows")
    assert len(writer.points()) < 8
    ys = writer.page.evaluate(BOTTOMS)
    top = writer.page.locator("#generation .stage").bounding_box()["y"]
    assert min(ys) > top
    assert writer.page.evaluate("document.documentElement.scrollWidth") <= 390
    writer.page.locator("#generation").screenshot(path=ARTEFACTS / "generation-narrow.png")


def test_with_less_motion_a_page_stands_at_once(open_sheet):
    sheet = open_sheet(reduced_motion="reduce")
    sheet.write(scribble())  # not continued, because figure 1 is out of view before that
    writer = Writer(sheet)
    writer.show()
    sheet.ready()
    button = sheet.page.locator("#generation-play")
    assert button.inner_text() == "Next page"
    sheet.until(lambda: writer.rows() >= 4, "a page")
    sheet.page.wait_for_timeout(2500)
    rows, points = writer.rows(), writer.points()
    seed = int(sheet.page.input_value("#generation-seed"))
    expected = [row["count"] for row in writer.expected_rows(rows, seed=seed)]
    assert points == expected
    sheet.page.wait_for_timeout(500)
    assert writer.rows() == rows
    button.click()
    sheet.until(lambda: writer.rows() > rows and writer.points() != points, "the next page")
    assert "Line 1" in sheet.page.locator("#generation-status").inner_text()
