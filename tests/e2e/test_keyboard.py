"""The whole page by keyboard: a pen on every sheet, a cursor in every picture, and what a screen reader announces."""

import numpy as np
import pytest

LISTEN = """() => {
    window.heard = [];
    new MutationObserver((changes) => {
        const now = performance.now();
        const LIVE = "[role=status], output:not([aria-live=off])";
        const element = (node) => (node.nodeType === 3 ? node.parentElement : node);
        const places = changes.map(({target}) => element(target)?.closest(LIVE));
        for (const place of new Set(places)) {
            if (!place) continue;
            place.dataset.ear ??= `ear ${Math.random()}`;
            heard.push([now, place.dataset.ear, place.textContent]);
        }
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
PEN = """async ([name, what]) => {
    const boot = await import("./js-shims/boot/boot.js");
    const small = {"cells-live": boot.livePen, beautify: boot.beautifyPen, priming: boot.primingPen};
    const pen = small[name] ?? boot.pen;
    if (what === "clear") pen.clear();
    return {open: pen.open, strokes: pen.strokes.slice(0, pen.count).map(({xy}) => xy), pan: pen.surface.pan};
}"""
CROSS = """(paper) => {
    const cross = paper.querySelector(".crosshair").getBoundingClientRect();
    const mark = paper.querySelector(".mark").getBoundingClientRect();
    const [x, y] = [cross.left + cross.width / 2 - mark.left, cross.top + cross.height / 2 - mark.bottom];
    return [x / mark.height, y / mark.height];
}"""
CHOSEN = """async (name) => {
    const view = (await import("./js-shims/cells/cells.js")).views.get(name);
    const {cell, column} = view;
    return {cell, column, value: view.value(column, cell), row: view.rowOf(cell)};
}"""
# Whether the rows of the cells have reached their targets, and the targets no longer change: rows move in steps.
RESTS = """async () => {
    const {display} = (await import("./js-shims/cells/cells.js")).views.get("cells");
    const aims = [...display.aims];
    await new Promise((resolve) => setTimeout(resolve, 600));
    return display.places.every((place, cell) => place === aims[cell] && place === display.aims[cell]);
}"""
SHEETS = ["continuation", "cells-live", "beautify", "priming"]
# What shows that a sheet's ink has reached the network and its result has returned.
CAME_BACK = {
    "continuation": "Number(continuation.dataset.shown ?? 0)",
    "cells-live": "window['cells-live'].querySelector('.map .image').ariaLabel.includes('nothing yet') ? 0 : 1",
    "beautify": "beautify.querySelector('[data-readout=yours]').textContent === '\u2013' ? 0 : 1",
    "priming": "priming.querySelector('.panel.primed canvas').ariaLabel.includes('nothing yet') ? 0 : 1",
}


class Keys:
    """The shared page, and a reader without a mouse."""

    def __init__(self, sheet):
        self.sheet, self.page = sheet, sheet.page

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def focus(self, selector):
        self.sheet.reveal(selector.split()[0].removeprefix("#"))
        place = self.page.locator(selector)
        place.scroll_into_view_if_needed()
        self.page.evaluate("document.activeElement.blur()")
        place.focus()
        return place

    def pen(self, name, what=""):
        found = self.page.evaluate(PEN, [name, what])
        return found | {"strokes": [np.reshape(xy, (-1, 2)) for xy in found["strokes"]]}

    def listen(self):
        self.page.evaluate("window.heard ? void (heard.length = 0) : 0")
        if not self.page.evaluate("!!window.heard"):
            self.page.evaluate(LISTEN)

    def heard(self):
        return self.page.evaluate("heard")

    def hears(self, *words):
        """Wait until one of these is in the latest announcement of one of the live regions."""

        def announced():
            last = {ear: text for _, ear, text in self.heard()}
            return any(one in text for text in last.values() for one in words)

        self.sheet.until(announced, f"hearing “{words[0]}”, heard {self.heard()[-4:]}")


@pytest.fixture
def keys(sheet):
    """Return a reader with nothing but keys; the sheets are empty."""
    keys = Keys(sheet)
    for name in SHEETS:
        keys.pen(name, "clear")
    keys.listen()
    return keys


@pytest.mark.parametrize("name", SHEETS)
def test_every_sheet_can_be_written_on_with_keys(keys, name):
    before = keys.page.evaluate(CAME_BACK[name])
    paper = keys.focus(f"#{name} .paper")
    assert paper.locator(".crosshair").is_visible()
    start = np.array(paper.evaluate(CROSS))
    keys.press(
        "ArrowRight", "Enter", "Shift+ArrowUp", "ArrowRight", "Alt+ArrowRight", "End", "PageUp", "PageDown", "Home"
    )
    tip = start + np.cumsum(
        [[0.1, 0], [0, -0.5], [0.1, 0], [0.02, 0], [-0.1, 0.1], [0.1, -0.1], [0.1, 0.1], [-0.1, -0.1]], axis=0
    )
    assert keys.pen(name)["open"]
    np.testing.assert_allclose(keys.pen(name)["strokes"], [tip], atol=2e-3)
    np.testing.assert_allclose(paper.evaluate(CROSS), tip[-1], atol=0.03)  # about a pixel
    keys.press("d")
    assert not keys.pen(name)["open"]
    keys.hears("Pen up, ")
    keys.sheet.until(lambda: keys.page.evaluate(CAME_BACK[name]) > before, "what follows from the ink")
    # Another stroke, and undo removes it completely.
    keys.press("ArrowRight", "Enter", "ArrowDown", "Escape")
    assert len(keys.pen(name)["strokes"]) == 1
    keys.hears("Stroke taken back.")
    keys.press("Control+z")
    assert keys.pen(name)["strokes"] == []


def test_the_ink_of_keys_goes_the_way_of_the_pointers(keys, model):
    keys.focus("#continuation .paper")
    keys.press("Enter", *["ArrowUp", "PageUp", "ArrowRight", "PageDown", "ArrowDown", "PageUp"] * 5, "Enter")
    record = keys.sheet.prediction(model)
    np.testing.assert_allclose(record["points"], keys.sheet.expected_points(model), atol=1e-6)


def test_two_arrows_at_once_move_the_pen_diagonally(keys):
    keys.focus("#continuation .paper")
    keys.press("Enter")
    keys.page.keyboard.down("ArrowRight")
    keys.page.keyboard.down("ArrowUp")
    keys.page.keyboard.up("ArrowRight")
    keys.page.keyboard.up("ArrowUp")
    keys.press("ArrowRight", "Enter")
    steps = np.diff(keys.pen("continuation")["strokes"][0], axis=0)
    np.testing.assert_allclose(steps, [[0.1, 0], [0.1, -0.1], [0.1, 0]], atol=1e-6)


def test_the_keyboard_pen_uses_no_other_key(keys):
    page = keys.page
    paper = keys.focus("#continuation .paper")
    keys.press("Enter", "ArrowRight", "ArrowRight")
    playing = keys.sheet.playing()
    keys.press(" ")
    assert keys.sheet.playing() != playing
    keys.press(" ", "a")
    assert keys.sheet.setting()["seed"] == 2
    assert keys.pen("continuation")["open"]
    keys.press("Tab")  # the pen is lifted off the paper
    assert not keys.pen("continuation")["open"]
    assert not paper.locator(".crosshair").is_visible()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.className") == "paper"
    assert paper.locator(".crosshair").is_visible()
    # Once it is put away, or the mouse is used, the arrow keys scroll the page.
    for give_up in (lambda: keys.press("Escape"), lambda: keys.sheet.write([[0.5, -0.5], [1, -0.5]])):
        if not paper.locator(".crosshair").is_visible():
            keys.press("d")
        assert paper.locator(".crosshair").is_visible()
        give_up()
        page.evaluate("scrollTo(0, 0)")
        assert not paper.locator(".crosshair").is_visible()
        keys.press("ArrowDown", "ArrowDown")
        keys.sheet.until(lambda: page.evaluate("scrollY") > 0, "the page to scroll")
    page.evaluate("scrollTo(0, 0)")
    strokes = len(keys.pen("continuation")["strokes"])
    keys.press("d")  # shows it again, at the end of the ink, without writing yet
    assert paper.locator(".crosshair").is_visible()
    assert len(keys.pen("continuation")["strokes"]) == strokes
    np.testing.assert_allclose(paper.evaluate(CROSS), keys.pen("continuation")["strokes"][-1][-1], atol=0.03)


def test_the_pen_stays_on_the_sheet(keys):
    paper = keys.focus("#continuation .paper")
    for key in ("ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"):
        for _ in range(60):
            keys.press(f"Shift+{key}")
        box, cross = paper.bounding_box(), paper.locator(".crosshair").bounding_box()
        for side, size in (("x", "width"), ("y", "height")):
            middle = cross[side] + cross[size] / 2
            assert box[side] < middle < box[side] + box[size]


def words(value):
    """Return a value as it is announced."""
    return f"{'minus ' if value < 0 else ''}{abs(value):.2f}"


def follow(keys, name, how, announcement):
    """Press keys on a picture; check the cursor's cell and point each time, and that they are announced."""
    for key, moved in how.items():
        before = keys.page.evaluate(CHOSEN, name)
        keys.press(key)
        keys.sheet.until(
            lambda before=before: keys.page.evaluate(CHOSEN, name) != before, f"{key} to move the cursor"
        )
        after = keys.page.evaluate(CHOSEN, name)
        assert (after["row"] - before["row"], after["column"] - before["column"]) == moved, key
        keys.hears(announcement(after))


def cell_announcement(chosen):
    return f": {words(chosen['value'])}."


def drawn(keys, name):
    """Scroll to a cell figure and wait until there are values at the cursor."""
    keys.sheet.reveal(name)
    keys.page.locator(f"#{name}").scroll_into_view_if_needed()
    shown = f"document.querySelector('#{name} .readout b').textContent"
    keys.sheet.until(lambda: keys.page.evaluate(shown) not in ("", "\u2026"), f"{name}")


def lined(keys):
    """Wait until the fans have the network's line: before that their keys do nothing."""
    keys.page.locator("#fans .strip").scroll_into_view_if_needed()
    keys.sheet.until(lambda: not keys.page.locator("#fans .waiting").is_visible(), "the network's line")


@pytest.mark.parametrize("order", ["number", "sorted"])
def test_the_cursor_of_a_heatmap_moves_with_keys_and_is_announced(keys, order, name="cells"):
    drawn(keys, name)
    keys.page.check(f"input[name=cells-order][value={order}]")
    if order == "sorted":
        again = keys.page.locator("#cell-order-sort")
        keys.sheet.until(lambda: again.text_content() == "Sort again", "the order")
    keys.sheet.until(lambda: keys.page.evaluate(RESTS), "the rows to come to rest")
    keys.focus(f"#{name} .field")
    keys.press("Home", *["ArrowUp"] * 3)
    keys.press("PageDown", "PageDown")
    keys.hears("point 1 of ")  # where the cursor is, before it moves
    how = {"ArrowRight": (0, 1), "ArrowDown": (1, 0), "ArrowLeft": (0, -1), "ArrowUp": (-1, 0), "PageDown": (10, 0)}
    follow(keys, name, how, cell_announcement)
    chosen = keys.page.evaluate(CHOSEN, name)
    keys.hears(f"Cell {chosen['cell']}")
    across = keys.page.evaluate(
        "async (name) => (await import('./js-shims/cells/cells.js')).views.get(name).grid.across", name
    )
    keys.focus(f"#{name} .grid")
    how = {"ArrowRight": (1, 0), "ArrowDown": (across, 0), "ArrowLeft": (-1, 0), "ArrowUp": (-across, 0)}
    follow(keys, name, how, cell_announcement)


def test_figure_7_is_read_with_keys_as_well(keys):
    keys.focus("#cells-live .paper")
    keys.press("Enter", *["ArrowRight", "ArrowUp", "ArrowUp", "PageDown"] * 4, "Enter")
    drawn(keys, "cells-live")
    keys.focus("#cells-live .field")
    keys.press("Home", "PageDown")
    follow(keys, "cells-live", {"ArrowRight": (0, 1), "ArrowDown": (1, 0), "ArrowUp": (-1, 0)}, cell_announcement)
    keys.press("End")
    keys.hears("after the last of ")


def test_components_are_read_with_keys(keys):
    drawn(keys, "pca")
    keys.focus("#pca .field")
    keys.press("Home")
    how = {"ArrowRight": (0, 1), "ArrowDown": (1, 0), "ArrowUp": (-1, 0), "ArrowLeft": (0, -1)}
    follow(keys, "pca", how, lambda chosen: f": {words(chosen['value'])} standard deviations.")
    keys.focus("#pca .grid")
    follow(keys, "pca", {"ArrowRight": (1, 0), "ArrowLeft": (-1, 0)}, lambda chosen: "of all movement")


def test_fans_and_components_are_stepped_through_and_announced(keys):
    lined(keys)
    keys.focus("#fans .strip")
    keys.press("Home", "ArrowRight", "ArrowRight")
    keys.hears("Point 3 of ")
    keys.hears("chance of lifting.")
    keys.press("Escape")
    keys.page.locator("#mixture").scroll_into_view_if_needed()
    keys.sheet.until(lambda: keys.page.evaluate("mixture.dataset.step !== undefined"), "the mixture")
    keys.focus("#mixture .stage")
    keys.press("Home", "PageDown")
    keys.hears("Point 11 of ")


def test_a_mouse_at_rest_does_not_override_the_keys(keys):
    """Ignore a pointer at rest: browsers report it when a strip scrolls beneath it."""
    lined(keys)
    strip = keys.focus("#fans .strip")
    box = strip.bounding_box()
    middle, height = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    keys.page.mouse.move(middle, height)
    keys.press("Home", "ArrowRight")
    keys.hears("Point 2 of ")
    heights = [height + by for by in range(-60, 61, 4)]  # the line is at one of these heights
    for y in heights:
        place = {"clientX": middle, "clientY": y, "pointerType": "mouse", "bubbles": True}
        strip.locator(".long").dispatch_event("pointermove", place)
    keys.press("ArrowRight")
    keys.hears("Point 3 of ")
    readout = keys.page.locator("#fans .point-readout")
    for y in heights:
        keys.page.mouse.move(middle, y)
    keys.sheet.until(lambda: not readout.inner_text().startswith("Point 3 of "), "the choice to follow the mouse")


def test_saving_is_announced_once_and_not_at_every_stroke(keys):
    for along in (0.2, 1.2, 2.2):
        keys.sheet.write(np.array([[along, -0.5], [along + 0.5, -0.2]]))
        keys.page.wait_for_timeout(400)  # each stroke is saved
    saved = [text for _, _, text in keys.heard() if "Saved" in text]
    assert len(saved) <= 1 and keys.page.inner_text("#autosave-status") == "Saved in this browser."


@pytest.mark.parametrize(
    ("place", "way", "back"),
    [
        ("#cells .field", "ArrowRight", "ArrowLeft"),
        ("#fans .strip", "ArrowRight", "ArrowLeft"),
        ("#continuation .paper", "ArrowRight", "ArrowLeft"),
    ],
)
def test_announcements_are_limited_and_the_last_one_always_comes(keys, place, way, back):
    drawn(keys, "cells")
    lined(keys)
    paper = keys.focus(place)
    if place != "#continuation .paper":
        keys.press("Home")
    for _ in range(3):
        keys.press(*[way] * 12, *[back] * 6)
        keys.page.wait_for_timeout(700)
    where = {"#cells .field": ["point 19 of "], "#fans .strip": ["Point 19 of "]}.get(place)
    if place == "#continuation .paper":
        along = paper.evaluate(CROSS)[0]  # to about a pixel
        where = [f"Pen up, {along + pixel:.1f} x-heights along" for pixel in (-0.03, 0.03)]
    keys.hears(*where)
    times = {}
    for when, ear, _ in keys.heard():
        times.setdefault(ear, []).append(when)
    for some in times.values():
        # One a second, however late a busy page receives some of them.
        assert len(some) <= (some[-1] - some[0]) / 1000 + 2, some
