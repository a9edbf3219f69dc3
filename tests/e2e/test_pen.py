"""Mouse, touch and pen on the canvas, by constructed pointer events where a browser under test has no such device."""

import numpy as np
import pytest

from tests.e2e.reader import scribble


def line(sheet, pointer_type, pointer_id=7, x=0.5, lift=True, **more):
    """A short straight stroke, by constructed events."""
    sheet.pointer("pointerdown", x, 0.0, pointer_type, pointer_id, button=0, buttons=1, **more)
    for i in range(1, 6):
        sheet.pointer("pointermove", x + 0.1 * i, -0.1 * i, pointer_type, pointer_id, buttons=1, **more)
    if lift:
        sheet.pointer("pointerup", x + 0.5, -0.5, pointer_type, pointer_id, **more)


@pytest.fixture
def still(sheet):
    """The sheet, with every pen gone for longer than a palm is ignored."""
    sheet.page.wait_for_timeout(900)
    return sheet


@pytest.mark.parametrize("pointer_type", ["mouse", "touch", "pen"])
def test_every_pointer_writes(still, pointer_type):
    line(still, pointer_type, pressure=0.5)
    (stroke,) = still.ink()
    assert not stroke["open"]
    np.testing.assert_allclose(stroke["xy"][[0, -1]], [[0.5, 0], [1.0, -0.5]], atol=1e-3)
    assert len(still.painted("ink")) > 20


def test_pressure_makes_the_line_wide(still):
    widths = {}
    for force in (0.1, 0.9):
        line(still, "pen", x=8 * force, pressure=force)
        widths[force] = still.ink()[-1]["width"]
    assert min(widths[0.9]) > 2 * max(widths[0.1])


def test_a_mouse_and_a_pen_without_pressure_write_a_middling_line(still):
    line(still, "mouse", pressure=0.9)
    line(still, "pen", x=2.0, pressure=0)
    line(still, "pen", x=4.0, pressure=0.5)
    mouse, dumb, middling = (stroke["width"] for stroke in still.ink())
    assert set(mouse) == set(dumb) == set(middling)


def test_the_palm_is_no_ink_while_a_pen_is_near_or_was_just_now(still):
    line(still, "pen", lift=False)
    line(still, "touch", pointer_id=8, x=3.0)
    still.pointer("pointerup", 1.0, -0.5, "pen")
    line(still, "touch", pointer_id=9, x=3.0)
    assert len(still.ink()) == 1
    still.page.wait_for_timeout(900)
    line(still, "touch", pointer_id=10, x=3.0)
    assert len(still.ink()) == 2


def test_a_hovering_pen_counts_as_near(still):
    still.pointer("pointermove", 2.0, 0.0, "pen")
    line(still, "touch", pointer_id=8)
    assert still.ink() == []


def test_a_palm_that_came_before_the_pen_is_taken_back(still):
    line(still, "touch", pointer_id=8, lift=False)
    line(still, "pen", x=3.0)
    still.pointer("pointerup", 1.0, -0.5, "touch", 8)
    (stroke,) = still.ink()
    np.testing.assert_allclose(stroke["xy"][0], [3.0, 0.0], atol=1e-3)


def test_a_second_finger_does_not_write(still):
    line(still, "touch", pointer_id=8, lift=False)
    line(still, "touch", pointer_id=9, x=4.0)
    still.pointer("pointermove", 1.5, -0.5, "touch", 8)
    still.pointer("pointerup", 1.5, -0.5, "touch", 8)
    (stroke,) = still.ink()
    np.testing.assert_allclose(stroke["xy"][-1], [1.5, -0.5], atol=1e-3)


@pytest.mark.parametrize("kind", ["pointercancel", "lostpointercapture"])
def test_a_pointer_that_is_taken_away_leaves_its_ink(still, kind):
    line(still, "touch", pointer_id=8, lift=False)
    still.pointer(kind, 0.0, 0.0, "touch", 8)
    (stroke,) = still.ink()
    assert not stroke["open"]
    np.testing.assert_allclose(stroke["xy"][-1], [1.0, -0.5], atol=1e-3)  # not where the cancelling event says
    line(still, "touch", pointer_id=9, x=3.0)
    assert len(still.ink()) == 2


def test_other_buttons_do_not_write(still):
    still.pointer("pointerdown", 1.0, 0.0, "mouse", button=2, buttons=2)
    still.pointer("pointerup", 1.0, 0.0, "mouse", button=2)
    assert still.ink() == []


def test_the_browser_is_kept_from_taking_the_pointer(still):
    assert not still.pointer("pointerdown", 1.0, 0.0, "touch", 8, button=0)  # false: its default was prevented
    still.pointer("pointerup", 1.0, 0.0, "touch", 8)
    taken = still.page.evaluate(
        "[...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).touchAction === 'none')"
        ".map((e) => e.className)"
    )
    assert set(taken) == {"ink", "hand"}  # sheets to write on; the page still scrolls everywhere else


def test_coalesced_samples_are_all_taken(still):
    """A browser that hands over several samples at once, one that hands over none, and one that cannot."""
    still.pointer("pointerdown", 0.0, 0.0, "pen", button=0)
    left, top, scale = still.corner()
    count = still.page.evaluate(
        """async ([left, top, scale]) => {
            const canvas = document.querySelector("#continuation canvas.ink");
            const at = (x) => ({pointerId: 7, pointerType: "pen", clientX: left + x * scale, clientY: top});
            const move = (x, samples) => {
                const event = new PointerEvent("pointermove", {...at(x), bubbles: true});
                Object.defineProperty(event, "getCoalescedEvents", {value: samples});
                canvas.dispatchEvent(event);
            };
            move(0.3, () => [0.1, 0.2, 0.3].map((x) => new PointerEvent("pointermove", at(x))));
            move(0.4, () => []);
            move(0.5, undefined);
            const {pen} = await import("./js-shims/boot/boot.js");
            return pen.strokes[pen.count - 1].xy.length / 2;
        }""",
        [left, top, scale],
    )
    still.pointer("pointerup", 0.5, 0.0, "pen")
    assert count == 6
    np.testing.assert_allclose(still.ink()[0]["xy"][:, 0], np.arange(6) / 10, atol=1e-3)


def test_real_touch_writes(still):
    """Chromium's own touch events, with all that the browser makes of them."""
    x, y = still.places([[1.0, -0.5]])[0].tolist()
    still.page.touchscreen.tap(x, y)
    (stroke,) = still.ink()
    np.testing.assert_allclose(stroke["xy"][0], [1.0, -0.5], atol=0.03)


def test_the_canvas_is_sharp_at_any_pixel_ratio(open_sheet):
    for ratio in (1, 1.5, 3):
        sheet = open_sheet(device_scale_factor=ratio)
        sheet.write(scribble(2.0, 40))
        size = sheet.page.locator("#continuation canvas.ink").evaluate(
            "(c) => [c.width / c.clientWidth, c.height / c.clientHeight]"
        )
        np.testing.assert_allclose(size, ratio, rtol=0.01)
        sheet.page.close()


def test_ink_follows_the_theme(open_sheet):
    sheet = open_sheet(color_scheme="light")
    sheet.write(scribble(2.0, 40))
    colour = """(c) => {
        const {data} = c.getContext("2d").getImageData(0, 0, c.width, c.height);
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) return [...data.slice(i, i + 3)];
    }"""
    light = sheet.page.locator("#continuation canvas.ink").evaluate(colour)
    sheet.page.emulate_media(color_scheme="dark")
    sheet.page.wait_for_timeout(100)
    dark = sheet.page.locator("#continuation canvas.ink").evaluate(colour)
    assert sum(dark) > sum(light) + 100
