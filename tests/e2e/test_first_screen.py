"""The first screen: it writes at once, gives way to the reader's ink and loses none of it; modes and controls."""

import base64

import numpy as np
import pytest

from tests.conftest import ARTEFACTS
from tests.e2e import asked
from tests.e2e.reader import PAINTED, scribble

# Go to a time, in ms, of the example word's animation.
SEEK = """(time) => {
    const moves = document.querySelector("#continuation .ghost").getAnimations({subtree: true});
    for (const move of moves) {
        move.pause();
        move.currentTime = time;
    }
    return moves.length;
}"""
# Count the pixels of a picture that have the colour of ink.
COUNT = """async (text) => {
    const image = new Image();
    image.src = `data:image/png;base64,${text}`;
    await image.decode();
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    context.fillStyle = getComputedStyle(document.querySelector("#continuation canvas.ink")).color;
    context.fillRect(0, 0, 1, 1);
    const ink = context.getImageData(0, 0, 1, 1).data;
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, image.width, image.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
        if ([0, 1, 2].every((k) => Math.abs(data[i + k] - ink[k]) < 40)) count++;
    }
    return count;
}"""
# How many rows of the window scroll by touch, because nothing in them keeps the browser from it.
FREE = """() => {
    const keeps = (one) => one && (getComputedStyle(one).touchAction === "none" || keeps(one.parentElement));
    const rows = Array.from({length: innerHeight}, (_, y) => y);
    return rows.filter((y) => ![10, 195, 380].some((x) => keeps(document.elementFromPoint(x, y)))).length;
}"""
# Press a pointer on the sheet and see at once, before the next frame, what is left of the demonstration.
PRESS = """async ([x, y]) => {
    const canvas = document.querySelector("#continuation canvas.ink");
    const tell = (kind, clientX, clientY) => canvas.dispatchEvent(new PointerEvent(kind, {
        pointerId: 7, pointerType: "pen", isPrimary: true, bubbles: true, cancelable: true, clientX, clientY,
        button: kind === "pointermove" ? -1 : 0, buttons: kind === "pointerup" ? 0 : 1, pressure: 0.5,
    }));
    const model = document.querySelector("#continuation canvas.model");
    const opaque = () => {
        const {data} = model.getContext("2d").getImageData(0, 0, model.width, model.height);
        return data.filter((value, i) => i % 4 === 3 && value > 40).length;
    };
    const ghost = () => Number(getComputedStyle(document.querySelector("#continuation .ghost")).opacity);
    const before = [ghost(), opaque()];
    tell("pointerdown", x, y);
    const after = [ghost(), opaque()];
    for (let i = 1; i <= 40; i++) tell("pointermove", x + 4 * i, y - (i % 5));
    tell("pointerup", x + 160, y);
    const {pen} = await import("./js-shims/boot/boot.js");
    const strokes = pen.strokes.slice(0, pen.count).map(({xy}) => xy.length / 2);
    return {before, after, strokes};
}"""


def inked(page):
    """Return how many pixels of the first sheet have the colour of ink, as they are on the screen."""
    picture = page.screenshot(clip=page.locator("#continuation .paper").bounding_box())
    return page.evaluate(COUNT, base64.b64encode(picture).decode())


def without_programs(page):
    """Keep both Pythons from starting."""
    page.route("**/pyodide.asm.wasm", lambda route: None)
    page.route("**/micropython.wasm", lambda route: None)


def test_the_word_writes_itself_without_python_and_gives_way_to_a_pen(open_sheet):
    sheet = open_sheet(before=without_programs)
    whole = sheet.until(lambda: (lambda now: now > 600 and now)(inked(sheet.page)), "the word")
    found = []
    for time in (0, 400, 900, 3000):
        assert sheet.page.evaluate(SEEK, time) == 3
        found.append(inked(sheet.page))
    assert found == sorted(found) and found[0] == 0 and 0 < found[1] < 0.7 * whole <= found[3]
    found = sheet.page.evaluate(PRESS, sheet.places([[0.4, -0.4]])[0].tolist())
    assert found["before"][0] == 1 and found["after"][0] == 0
    assert found["strokes"] == [41]  # nothing of the stroke is lost


def test_with_less_motion_the_word_is_there_at_once(open_sheet):
    sheet = open_sheet(before=without_programs, reduced_motion="reduce")
    here = inked(sheet.page)
    assert here > 600
    assert sheet.page.evaluate(SEEK, 0) == 0 and inked(sheet.page) == here


def test_the_network_carries_on_rests_when_paused_and_gives_way(open_sheet):
    sheet = open_sheet()
    page = sheet.page
    pause = page.locator("#demonstration-pause")
    sheet.until(pause.is_visible, "the network to carry on")
    assert sheet.ink() == []  # the demonstration is no ink: it is neither saved nor sent
    sheet.until(lambda: len(sheet.painted("model")) > 100, "its line")
    pause.click()
    assert pause.inner_text() == "Play"
    page.wait_for_timeout(100)
    rested = len(sheet.painted("model"))
    page.wait_for_timeout(400)
    assert len(sheet.painted("model")) == rested
    pause.click()
    sheet.until(lambda: len(sheet.painted("model")) > rested, "the line to go on")
    found = page.evaluate(PRESS, sheet.places([[0.4, -0.4]])[0].tolist())
    assert found["before"][1] > 100 and found["after"] == [0, 0]
    assert found["strokes"] == [41]
    sheet.until(lambda: not pause.is_visible(), "the demonstration's end")
    sheet.until(lambda: sheet.shown() > 0, "the network to answer")


def test_on_a_phone_a_quarter_of_the_screen_scrolls_and_a_scroll_clears_nothing(visit):
    here = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).here()
    page = here.page
    page.evaluate("more.click()")
    page.evaluate("scrollTo(0, 0)")
    height = page.locator("#continuation .paper").bounding_box()["height"]
    assert height <= 0.55 * 844 + 1 and page.locator("#continuation .mark").bounding_box()["height"] >= 44
    for top in (0, 100, 200, 400):
        page.evaluate("(top) => scrollTo(0, top)", top)
        here.until(lambda top=top: page.evaluate("scrollY") == top, "the page to scroll")
        assert page.evaluate(FREE) >= 0.25 * 844
    assert page.evaluate("continuation.dataset.demonstration") == "on" and here.ink() == []


def same(one, other):
    """Return whether two sheets have the same ink, bit for bit."""
    return len(one) == len(other) and all(
        np.array_equal(a["xy"], b["xy"]) and a["width"] == b["width"] for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("how", ["clear", "example", "try-face"])
def test_what_replaces_ink_can_be_undone(sheet, how):
    sheet.write(scribble(1.0, 20), scribble(0.6, 12, (2, 0)))
    ink = sheet.ink()
    sheet.page.click(f"#{how}")
    toast = sheet.page.locator(".toast button")
    sheet.until(toast.is_visible, "the message")
    count = {"clear": 0, "example": 3, "try-face": 4}[how]
    sheet.until(lambda: len(sheet.ink()) == count and not any(s["open"] for s in sheet.ink()), "what replaces it")
    if how == "clear":
        toast.click()
        assert same(sheet.ink(), ink) and not toast.is_visible()
        sheet.page.click("#clear")
    steps = 1 + count

    def press(button):
        for _ in range(steps):
            sheet.until(sheet.page.locator(button).is_enabled, button)
            sheet.page.click(button)

    press("#undo")
    assert same(sheet.ink(), ink)
    press("#redo")
    assert len(sheet.ink()) == count
    press("#undo")
    assert same(sheet.ink(), ink)


def test_modes_sizes_and_themes_lose_no_ink(sheet, model):
    sheet.write(scribble(2.5, 60), scribble(0.6, 12, (3.2, 0)))
    ink = sheet.ink()
    for change in (
        lambda: sheet.mode("many"),
        lambda: sheet.mode("fill"),
        lambda: sheet.page.set_viewport_size({"width": 390, "height": 844}),
        lambda: sheet.page.emulate_media(color_scheme="dark"),
        lambda: sheet.page.click("#full-screen"),
        lambda: sheet.mode("line"),
        lambda: sheet.page.click("#full-screen"),
        lambda: sheet.page.emulate_media(color_scheme="light"),
        lambda: sheet.page.set_viewport_size({"width": 1280, "height": 800}),
    ):
        change()
        assert same(sheet.ink(), ink)
        assert len(sheet.painted("ink")) > 20
    sheet.prediction(model)


def test_the_page_is_filled_in_the_readers_hand_and_without_it_while_held(sheet):
    sheet.page.emulate_media(reduced_motion="reduce")  # whole rows at once
    sheet.write(scribble(5.0, 80), scribble(1.0, 20, (5.6, 0)))
    sheet.mode("fill")
    measured = sheet.page.locator(".measured")
    sheet.until(lambda: "without" in measured.inner_text(), "the measured line")
    given = {"sheet": "continuation", "points": 400, "temperature": 0.45, "seed": 1}
    _, value = asked.run(sheet.page, "priming.measure", **given)
    yours, primed, plain = (f"{asked.array(value[name], -1)[0]:.0f}" for name in ("yours", "primed", "plain"))
    said = measured.inner_text().replace("\u2212", "-")
    assert said == f"slant {yours} \u2192 {primed}\u00b0; {plain}\u00b0 without"
    picture = lambda: np.array(sheet.page.locator("#continuation canvas.model").evaluate(PAINTED))  # noqa: E731
    height = sheet.page.locator("#continuation canvas.model").bounding_box()["height"]
    sheet.until(lambda: sheet.painted("model")[:, 1].max(initial=0) > 0.6 * height, "rows to the foot of the page")
    rows = picture()
    hold = sheet.page.locator("#unprimed")
    hold.hover()
    sheet.page.mouse.down()
    sheet.until(lambda: not np.array_equal(picture(), rows), "the rows without the sample")
    assert hold.get_attribute("aria-pressed") == "true"
    sheet.page.mouse.up()
    sheet.until(lambda: np.array_equal(picture(), rows), "the rows in the reader's hand again")
    hold.focus()
    sheet.page.keyboard.down("Enter")
    sheet.until(lambda: not np.array_equal(picture(), rows), "the same by key")
    sheet.page.keyboard.up("Enter")
    sheet.page.emulate_media(reduced_motion="no-preference")


def test_the_overview_scrolls_back_to_what_was_written(sheet):
    sheet.page.set_viewport_size({"width": 500, "height": 800})
    slider = sheet.page.locator("#continuation .overview input")
    assert not slider.is_visible()
    sheet.write(scribble(11.0, 200))
    sheet.page.mouse.move(100, 20)
    pan = lambda: float(slider.input_value())  # noqa: E731
    sheet.until(lambda: slider.is_visible() and pan() > 1, "the sheet to move")
    ink = sheet.ink()
    slider.focus()
    sheet.page.keyboard.press("Home")
    left = sheet.corner()[0]
    sheet.until(lambda: abs(sheet.painted("ink")[:, 0].min() - left) < 30, "the start of the line in view")
    assert pan() == 0 and same(sheet.ink(), ink)


def test_share_copies_a_link_and_says_so(sheet):
    sheet.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sheet.write(scribble(1.0, 20))
    sheet.page.click("#share")
    toast = sheet.page.locator(".toast")
    sheet.until(lambda: toast.is_visible() and "Copied" in toast.inner_text(), "the message")
    assert "#ductus1=" in sheet.page.evaluate("navigator.clipboard.readText()")


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_of_the_first_screen(sheet, model, theme):
    """Save pictures in tests/artefacts, for visual inspection."""
    sheet.page.emulate_media(color_scheme=theme)
    sheet.page.click("#example")
    sheet.page.click("#more")
    sheet.until(lambda: len(sheet.ink()) == 3 and not sheet.ink()[-1]["open"], "the example")
    sheet.prediction(model)
    for mode in ("line", "fill"):
        sheet.mode(mode)
        for width, height in ((1440, 900), (820, 1180), (390, 844)):
            sheet.page.set_viewport_size({"width": width, "height": height})
            sheet.corner()
            sheet.page.wait_for_timeout(3000)
            sheet.page.screenshot(path=ARTEFACTS / f"first-screen-{mode}-{width}-{theme}.png")
    sheet.page.emulate_media(color_scheme="light")
