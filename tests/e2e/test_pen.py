"""Mouse, touch and pen on the canvas, with constructed pointer events for devices that the browser does not have."""

import numpy as np
import pytest

from tests.e2e.reader import scribble


def stroke_of(pointer_type, pointer_id=7, x=0.5, lift=True, **more):
    """Return the events of a short straight stroke."""
    options = {"pointerType": pointer_type, "pointerId": pointer_id, **more}
    down = {"buttons": 1, **options}
    events = [("pointerdown", x, 0.0, {"button": 0, **down})]
    events += [("pointermove", x + 0.1 * i, -0.1 * i, down) for i in range(1, 6)]
    return [*events, ("pointerup", x + 0.5, -0.5, options)] if lift else events


def line(sheet, *arguments, **more):
    """Write a short straight stroke with constructed events."""
    sheet.pointers(stroke_of(*arguments, **more))


@pytest.fixture
def still(sheet):
    """Return the sheet after every pen has been away for longer than palms are ignored."""
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
    up = ("pointerup", 1.0, -0.5, {"pointerType": "pen", "pointerId": 7})
    still.pointers([up, *stroke_of("touch", pointer_id=9, x=3.0)])
    assert len(still.ink()) == 1
    still.page.wait_for_timeout(900)
    line(still, "touch", pointer_id=10, x=3.0)
    assert len(still.ink()) == 2


def test_a_hovering_pen_counts_as_near(still):
    hover = ("pointermove", 2.0, 0.0, {"pointerType": "pen", "pointerId": 7})
    still.pointers([hover, *stroke_of("touch", pointer_id=8)])
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
    np.testing.assert_allclose(stroke["xy"][-1], [1.0, -0.5], atol=1e-3)  # not the position of the cancelling event
    line(still, "touch", pointer_id=9, x=3.0)
    assert len(still.ink()) == 2


def test_other_buttons_do_not_write(still):
    still.pointer("pointerdown", 1.0, 0.0, "mouse", button=2, buttons=2)
    still.pointer("pointerup", 1.0, 0.0, "mouse", button=2)
    assert still.ink() == []


@pytest.mark.parametrize("first", ["left", "right"])
@pytest.mark.parametrize("released", ["left", "right"])
def test_a_stroke_lasts_as_long_as_its_own_button(still, first, released):
    """Press both buttons of a real mouse in either order, and release them in either order."""
    mouse = still.page.mouse
    places = still.places([[0.5 + 0.5 * i, -0.2 * (i % 2)] for i in range(6)]).tolist()
    mouse.move(*places[0])
    for i, button in ((1, first), (2, "left" if first == "right" else "right")):
        mouse.down(button=button)
        mouse.move(*places[i])
    for i, button in ((3, released), (4, "left" if released == "right" else "right")):
        mouse.move(*places[i])
        mouse.up(button=button)
    mouse.move(*places[5])
    (stroke,) = still.ink()
    assert not stroke["open"]
    begin, end = (0 if first == "left" else 1), (3 if released == "left" else 4)
    on_screen = still.places(stroke["xy"])
    np.testing.assert_allclose(on_screen, places[begin : end + 1], atol=1)
    still.write(scribble(1.0, 20, (4.0, 0.0)))  # and the pen is free again
    assert len(still.ink()) == 2


def test_a_pen_that_leaves_the_window_stays_near_the_sheet_and_the_network_goes_on(still, model):
    far = [[0.3, 0.0], [1.0, -0.5], [-60.0, -3.0], [400.0, 90.0], [1.5, 0.0]]
    still.write(scribble(1.0, 20), np.array(far))
    still.pointer("pointerdown", 2.0, 0.0, "pen", button=0, buttons=1)
    for x in (1e300, -1e300, 2.2):
        still.pointer("pointermove", x, 0.1, "pen", buttons=1)
    still.pointer("pointerup", 2.2, 0.1, "pen")
    xy = np.concatenate([stroke["xy"] for stroke in still.ink()])
    width, height = still.page.locator("#continuation canvas.ink").evaluate("(c) => [c.clientWidth, c.clientHeight]")
    assert np.isfinite(xy).all()
    assert (np.abs(xy) <= np.array([width, height]) / still.corner()[2] + 2).all()
    still.prediction(model)
    assert still.loading()[0] == "done"


def test_the_wheel_does_not_move_the_sheet_under_the_pen(still):
    still.write(scribble(1.0, 20), lift=False)
    still.page.mouse.wheel(0, 300)
    still.page.mouse.up()
    assert still.page.evaluate("scrollY") == 0
    still.page.mouse.wheel(0, 300)
    still.until(lambda: still.page.evaluate("scrollY") > 0, "the page to scroll again")


def test_the_palm_that_came_just_before_the_pen_is_taken_back_by_the_network_too(still, model):
    still.pointers([*stroke_of("touch", pointer_id=8, x=5.0), *stroke_of("touch", pointer_id=9, x=6.0)])
    line(still, "pen", x=1.0)
    (stroke,) = still.ink()
    np.testing.assert_allclose(stroke["xy"][0], [1.0, 0.0], atol=1e-3)
    still.prediction(model)


def test_an_eraser_and_a_menu_that_opens_by_a_long_press_do_nothing(still):
    still.pointer("pointerdown", 1.0, 0.0, "pen", button=5, buttons=32)
    still.pointer("pointermove", 2.0, 0.0, "pen", button=-1, buttons=32)
    still.pointer("pointerup", 2.0, 0.0, "pen", button=5)
    assert still.ink() == []
    still.page.wait_for_timeout(900)
    line(still, "touch", lift=False)
    assert not still.pointer("contextmenu", 1.0, 0.0, "touch")  # false: preventDefault was called
    line(still, "touch")


def test_the_browser_is_kept_from_taking_the_pointer(still):
    assert not still.pointer("pointerdown", 1.0, 0.0, "touch", 8, button=0)  # false: preventDefault was called
    still.pointer("pointerup", 1.0, 0.0, "touch", 8)
    taken = still.page.evaluate(
        "[...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).touchAction === 'none')"
        ".map((e) => e.className)"
    )
    assert set(taken) == {"ink"}  # only sheets take the pointer; everywhere else the page still scrolls


def test_coalesced_samples_are_all_taken(still):
    """Check browsers that return several coalesced samples, none, or do not support them."""
    still.pointer("pointerdown", 0.0, 0.0, "pen", button=0)
    left, top, scale = still.corner()
    count = still.page.evaluate(
        """async ([left, top, scale]) => {
            const canvas = document.querySelector("#continuation canvas.ink");
            const pen7 = {pointerId: 7, pointerType: "pen", buttons: 1};
            const at = (x) => ({...pen7, clientX: left + x * scale, clientY: top});
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
    """Write with Chromium's own touch events, which produce all the usual pointer events."""
    x, y = still.places([[1.0, -0.5]])[0].tolist()
    still.page.touchscreen.tap(x, y)
    (stroke,) = still.ink()
    np.testing.assert_allclose(stroke["xy"][0], [1.0, -0.5], atol=0.03)


def test_the_canvas_is_sharp_at_any_pixel_ratio(visit):
    for ratio in (1, 1.5, 3):
        sheet = visit(device_scale_factor=ratio)
        sheet.write(scribble(2.0, 40))
        size = sheet.page.locator("#continuation canvas.ink").evaluate(
            "(c) => [c.width / c.clientWidth, c.height / c.clientHeight]"
        )
        np.testing.assert_allclose(size, ratio, rtol=0.01)
        sheet.page.close()


def test_ink_follows_the_theme(visit):
    sheet = visit(color_scheme="light").here()
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
