"""Figure 1 with the network loaded: it continues the ink from the pen, reproducibly, as the controls say.

The reference is what CPython computes from the same file, ink and seed.
"""

import time

import numpy as np
import pytest

from ductus import ink
from ductus.generation import styles
from tests.conftest import ARTEFACTS, ROOT
from tests.e2e.reader import scribble

TOLERANCE = 1e-4  # model units, between WebAssembly and this machine


def continued(model, record):
    """Return CPython's continuations for the ink and settings of a record: (samples, steps, 3)."""
    state = model.feed(record["points"], model.start())
    return model.continue_(state, record["samples"], record["steps"], record["temperature"], record["seed"])


def test_a_scribble_is_continued_as_cpython_would(sheet, model):
    strokes = [scribble(), scribble(1.2, 25, (4.9, 0.0)), np.array([[5.4, -1.6]])]
    sheet.write(*strokes)
    for there, written in zip(sheet.ink(), strokes, strict=True):
        np.testing.assert_allclose(there["xy"], written, atol=0.02)  # the screen has whole pixels
    record = sheet.prediction(model)
    np.testing.assert_allclose(record["points"], sheet.expected_points(model), atol=1e-6)
    np.testing.assert_allclose(record["offsets"], continued(model, record), atol=TOLERANCE)
    assert record["offsets"].shape == (5, 30, 3)


def test_the_lines_begin_at_the_pen_and_move_on(sheet, model):
    sheet.write(scribble())
    record = sheet.prediction(model)
    end = sheet.ink()[-1]["xy"][-1]
    np.testing.assert_allclose(record["pen"], [*end, 1], atol=1e-9)
    moved = np.abs(record["offsets"][..., :2]).sum(axis=(1, 2)) / model.units_per_x_height
    assert (moved > 0.3).all()


def test_the_canvas_shows_the_lines_of_the_record(sheet, model):
    """Check that each point of every line lies on paint, and that all paint lies on lines."""
    sheet.mode("many")
    sheet.page.click("#clear")
    sheet.write(scribble())
    record = sheet.prediction(model)
    sheet.page.wait_for_timeout(3000)  # until the sets shown while the pen moved have faded
    left, top, scale = sheet.corner()
    box = sheet.page.locator("#continuation canvas.model").bounding_box()
    painted = sheet.painted("model") + np.array([box["x"], box["y"]])
    units = model.units_per_x_height
    strokes = []
    for path in record["offsets"].astype(float) / [units, units, 1]:
        path = np.concatenate([[[*record["pen"][:2], record["pen"][2]]], path])
        strokes += [stroke * scale + [left, top] for stroke in ink.to_strokes(path)[1:]]
    corners = np.concatenate(strokes)
    distance = np.hypot(*(corners[:, None] - painted[None]).transpose(2, 0, 1))  # (points, pixels)
    assert distance.min(axis=1).max() < 3
    # a stroke's pieces are short, so its smoothed line stays close to them
    fine = np.concatenate([np.linspace(a, b, 20) for s in strokes for a, b in zip(s, [*s[1:], s[-1]], strict=True)])
    distance = np.array([np.hypot(*(fine - pixel).T).min() for pixel in painted[:: max(1, len(painted) // 400)]])
    assert distance.max() < 0.15 * scale


def test_while_the_pen_is_down_the_lines_begin_at_its_tip(sheet, model):
    sheet.write(scribble(2.0, 45), lift=False)
    record = sheet.prediction(model)
    assert record["pen"][2] == 0
    np.testing.assert_allclose(record["pen"][:2], sheet.ink()[-1]["xy"][-1], atol=1e-9)
    np.testing.assert_allclose(record["offsets"], continued(model, record), atol=TOLERANCE)
    sheet.page.mouse.up()
    assert sheet.prediction(model)["pen"][2] == 1


def test_seeds_decide(sheet, model):
    sheet.write(scribble())
    first = sheet.prediction(model)
    sheet.page.click("#new-sample")
    assert sheet.setting()["seed"] == 2
    second = sheet.prediction(model)
    assert np.abs(second["offsets"] - first["offsets"]).max() > 0.05
    sheet.seed(1)
    np.testing.assert_array_equal(sheet.prediction(model)["offsets"], first["offsets"])
    sheet.seed(999999)
    sheet.page.click("#new-sample")
    assert sheet.setting()["seed"] == 0
    assert sheet.prediction(model)["seed"] == 0


def test_undo_and_redo_take_the_network_back_and_forth(sheet, model):
    undo, redo = sheet.page.locator("#undo"), sheet.page.locator("#redo")
    sheet.until(lambda: undo.is_disabled() and redo.is_disabled(), "a sheet without history")
    sheet.write(scribble())
    one = sheet.prediction(model)
    sheet.write(scribble(1.5, 30, (5.0, 0.0)))
    two = sheet.prediction(model)
    undo.click()
    np.testing.assert_array_equal(sheet.prediction(model)["offsets"], one["offsets"])
    redo.click()
    np.testing.assert_array_equal(sheet.prediction(model)["offsets"], two["offsets"])
    sheet.until(redo.is_disabled, "redo to be disabled")
    undo.click()
    undo.click()
    sheet.until(undo.is_disabled, "undo to be disabled")
    sheet.until(lambda: not len(sheet.painted("model")) and not len(sheet.painted("ink")), "an empty sheet")
    redo.click()
    np.testing.assert_array_equal(sheet.prediction(model)["offsets"], one["offsets"])


def test_clear_gives_a_network_that_has_seen_nothing(sheet, model):
    sheet.write(scribble())
    first = sheet.prediction(model)
    sheet.write(scribble(3.0, 60, (5.0, 0.3)))
    sheet.prediction(model)
    sheet.page.click("#clear")
    sheet.until(lambda: not len(sheet.painted("model")) and not len(sheet.painted("ink")), "an empty sheet")
    sheet.write(scribble())
    again = sheet.prediction(model)
    np.testing.assert_allclose(again["points"], first["points"], atol=1e-9)
    np.testing.assert_array_equal(again["offsets"], first["offsets"])


def test_clear_amid_a_long_prediction_leaves_the_sheet_empty(sheet):
    sheet.set("steps", 200)
    sheet.set("samples", 12)
    sheet.write(scribble(1.0, 20))
    sheet.page.click("#clear")
    shown = sheet.shown()  # a prediction may have been complete before the click
    sheet.page.wait_for_timeout(2500)
    assert not len(sheet.painted("model"))
    assert sheet.shown() == shown


def test_a_stale_answer_is_dropped(sheet, model):
    """Call the worker's API out of order, as a slow page would: the older task, and a task for older ink."""
    sheet.write(scribble(1.0, 20))
    sheet.prediction(model)  # the page itself has no requests left
    answers = sheet.page.evaluate("""async () => {
        const worker = (await document.querySelector("script[name=ductus]").xworker.ready).sync;
        const { task: old } = await worker.predict("continuation", 2, 5000, 0.5, 1);
        const { task: young } = await worker.predict("continuation", 2, 5000, 0.5, 2);
        const first = await worker.poll_task(old);
        const second = await worker.poll_task(young);
        await worker.set_stroke_count("continuation", 1);
        const third = await worker.poll_task(young);
        return [first, second, third].map(({ done, value }) => [done, value == null]);
    }""")
    assert answers == [[True, True], [False, True], [True, True]]


def test_resizing_keeps_the_ink_and_the_lines(sheet, model):
    sheet.write(scribble())
    before, record = sheet.ink(), sheet.prediction(model)
    reach = np.ptp(sheet.painted("ink")[:, 0]) / sheet.corner()[2]
    for width in (700, 390, 1280):
        sheet.page.set_viewport_size({"width": width, "height": 800})
        sheet.page.wait_for_timeout(300)
        np.testing.assert_array_equal(sheet.ink()[0]["xy"], before[0]["xy"])
        now = np.ptp(sheet.painted("ink")[:, 0]) / sheet.corner()[2]
        assert now == pytest.approx(reach, abs=0.2)
        assert len(sheet.painted("model"))
        canvas = sheet.page.locator("#continuation canvas.ink").evaluate("(c) => [c.width, c.clientWidth]")
        assert canvas[0] == canvas[1] == width
    np.testing.assert_array_equal(sheet.prediction(model)["offsets"], record["offsets"])


def test_a_narrower_sheet_brings_the_end_of_the_ink_along(sheet):
    sheet.write(scribble(14.0, 200))
    sheet.page.set_viewport_size({"width": 390, "height": 800})
    sheet.page.mouse.move(100, 20)  # away from the sheet, which does not move under a pointer
    sheet.until(lambda: 0.2 * 390 < sheet.painted("ink")[:, 0].max() < 0.6 * 390, "the end of the ink in view")


@pytest.mark.parametrize(
    ("name", "value"), [("steps", 5), ("steps", 200), ("temperature", 0.1), ("temperature", 1.5), ("samples", 12)]
)
def test_a_slider_acts_at_once_and_on_nothing_else(sheet, model, name, value):
    sheet.write(scribble())
    sheet.prediction(model)
    before, ink_before = sheet.setting(), sheet.ink()[0]["xy"]
    sheet.set(name, value)
    record = sheet.prediction(model)
    assert record[name] == value
    assert sheet.setting() == before | {name: value}
    np.testing.assert_array_equal(sheet.ink()[0]["xy"], ink_before)
    np.testing.assert_allclose(record["offsets"], continued(model, record), atol=TOLERANCE)


def test_play_draws_new_samples_and_pause_stops(sheet, model):
    sheet.write(scribble())
    sheet.prediction(model)
    sheet.page.click("#play")
    assert sheet.playing()
    sheet.until(lambda: sheet.setting()["seed"] >= 3, "two more sets")
    sheet.page.click("#play")
    seed, record = sheet.setting()["seed"], sheet.prediction(model)
    sheet.page.wait_for_timeout(3500)
    assert sheet.setting()["seed"] == seed
    np.testing.assert_array_equal(sheet.record()["offsets"], record["offsets"])


def test_off_screen_there_are_no_new_samples(sheet, model):
    sheet.write(scribble())
    sheet.prediction(model)
    sheet.page.click("#play")
    sheet.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    sheet.page.wait_for_timeout(500)
    seed = sheet.setting()["seed"]
    sheet.page.wait_for_timeout(4000)
    assert sheet.setting()["seed"] == seed
    assert sheet.playing()
    sheet.page.evaluate("scrollTo(0, 0)")
    sheet.until(lambda: sheet.setting()["seed"] > seed, "a set after scrolling back")


def test_the_example_is_written_and_continued(sheet, model):
    sheet.page.click("#example")
    sheet.until(lambda: len(sheet.ink()) == 3 and not sheet.ink()[-1]["open"], "the example")
    strokes = [stroke["xy"] for stroke in sheet.ink()]
    # the expected values come from the page's drawing: both ends of every stroke, and their lengths
    drawn = sheet.page.evaluate("""() => Array.from(document.querySelectorAll(".ghost path"), (path) => {
        const length = path.getTotalLength();
        const ends = [0, length].map((s) => path.getPointAtLength(s)).map(({x, y}) => [x / 100, y / 100]);
        return [...ends, length / 100];
    })""")
    for stroke, (first, last, length) in zip(strokes, drawn, strict=True):
        np.testing.assert_allclose([stroke[0], stroke[-1]], [first, last], atol=1e-6)
        assert np.hypot(*np.diff(stroke, axis=0).T).sum() == pytest.approx(length, rel=0.02)
    record = sheet.prediction(model)
    np.testing.assert_allclose(record["offsets"], continued(model, record), atol=TOLERANCE)
    sheet.page.screenshot(path=ARTEFACTS / "example.png")


def test_the_readers_pen_takes_over_from_the_example(sheet, model):
    sheet.page.click("#example")
    sheet.until(lambda: sheet.ink() and len(sheet.ink()[0]["xy"]) > 20, "the example's first letter")
    sheet.write(scribble(1.0, 20, (8.0, 0.0)))
    strokes = sheet.ink()
    sheet.page.wait_for_timeout(1000)
    assert [stroke["open"] for stroke in sheet.ink()] == [False, False]
    assert len(strokes) == 2
    np.testing.assert_allclose(strokes[1]["xy"], scribble(1.0, 20, (8.0, 0.0)), atol=0.02)
    sheet.prediction(model)


def test_ink_near_the_edge_moves_the_sheet_and_not_the_ink(sheet, model):
    sheet.page.set_viewport_size({"width": 500, "height": 800})
    reach = (500 - sheet.corner()[0]) / sheet.corner()[2]
    stroke = scribble(reach - 2.5, 150)
    sheet.write(stroke)
    written = time.monotonic()
    end = lambda: sheet.painted("ink")[:, 0].max()  # noqa: E731
    sheet.until(lambda: time.monotonic() > written + 5, "the end of the time in which it would have moved")
    assert end() > 0.7 * 500  # the pointer is still on the sheet
    sheet.page.mouse.move(100, 20)
    sheet.until(lambda: end() < 0.6 * 500, "the sheet to move")
    np.testing.assert_allclose(sheet.ink()[0]["xy"], stroke, atol=0.03)
    # new ink lies where the pen is on the screen
    sheet.pointer("pointerdown", 4.0, 0.0, "mouse")
    sheet.pointer("pointerup", 4.0, 0.0, "mouse")
    painted = sheet.painted("ink")
    box = sheet.page.locator("#continuation canvas.ink").bounding_box()
    place = sheet.places([[4.0, 0.0]])[0] - [box["x"], box["y"]]
    assert np.hypot(*(painted - place).T).min() < 2
    assert sheet.ink()[1]["xy"][0][0] > 5


def test_a_style_is_read_before_the_ink(sheet, model):
    """Feed the ink after each style's line from the shipped file; undo continues from there too."""
    all_styles = styles.parse((ROOT / "weights" / "styles.json").read_bytes(), model.weights.metadata["sha256"])
    sheet.until(sheet.page.locator("#style").is_enabled, "the styles")
    offered = sheet.page.locator("#style option").all_inner_texts()
    assert offered == ["none", *(f"{style.name} (seed {style.seed})" for style in all_styles)]
    sheet.write(scribble())
    sheet.write(scribble(1.5, 30, (5.0, 0.0)))
    plain = sheet.prediction(model)["offsets"]

    def shows(number):
        def current():
            record = sheet.prediction(model)
            state = model.feed(all_styles[number].points, model.start()) if number >= 0 else model.start()
            state = model.feed(record["points"], state)
            expected = model.continue_(state, 5, 30, record["temperature"], record["seed"])
            return np.allclose(record["offsets"], expected, atol=TOLERANCE)

        sheet.until(current, f"continuations in style {number}")

    sheet.page.select_option("#style", "1")
    shows(1)
    sheet.page.click("#undo")
    shows(1)
    sheet.page.click("#redo")
    sheet.page.select_option("#style", "-1")
    shows(-1)
    np.testing.assert_array_equal(sheet.prediction(model)["offsets"], plain)
