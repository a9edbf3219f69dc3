"""WCAG 2.2 AA over the whole page: axe-core, focus, targets, reflow, text. Keys: test_keyboard; colours:
test_contrast; motion: test_motion.
"""

from itertools import pairwise
from pathlib import Path

import axe_playwright_python
import pytest

from tests.e2e.reader import Sheet
from tests.e2e.whole import EACH_MODE, MEDIA, MODES, as_at_first, finished, settle

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']"

# Show the elements that are hidden until an error or a choice, with text in them; define a function that hides them.
UNHIDE = """() => {
    const shy = [...document.querySelectorAll("body [hidden]")];
    const hidden = shy.filter((one) => !one.closest("py-config, canvas, i, .notice"));
    const empty = hidden.filter((one) => !one.textContent.trim());
    for (const one of hidden) one.hidden = false;
    for (const one of empty) one.textContent = "Something went wrong.";
    window.hideAgain = () => {
        for (const one of hidden) one.hidden = true;
        for (const one of empty) one.textContent = "";
    };
}"""
# Open all menus and the notice that the worker has stopped, or close them.
COVERS = """(open) => {
    for (const details of document.querySelectorAll(".save, .notice details")) details.open = open;
    const notice = document.querySelector("#crash-notice");
    notice.hidden = notice.querySelector(".more").hidden = !open;
}"""
# Elements beyond the window's right edge, except in boxes that scroll or clip on purpose.
TOO_WIDE = """() => {
    const edge = document.documentElement.clientWidth + 0.5;
    const cut = (one) => one && one !== document.body
        && (getComputedStyle(one).overflowX !== "visible" && one.getBoundingClientRect().right <= edge
            || cut(one.parentElement));
    const wide = [...document.querySelectorAll("body *")].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.width && box.right > edge && !cut(one.parentElement);
    });
    const name = (one) => `${one.tagName} ${one.id} ${one.className.baseVal ?? one.className}`;
    return [document.documentElement.scrollWidth - document.documentElement.clientWidth, wide.map(name)];
}"""
# Elements with text that is partly hidden because it does not fit into a box that clips.
CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
    const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const other = ".visually-hidden, .mark, svg, option, script, [hidden], textarea, [type=file]";
    if (!words && one.tagName !== "INPUT" || one.closest(other)) return false;
    const style = getComputedStyle(one);
    if (!one.clientWidth || style.visibility === "hidden") return false;
    const box = one.getBoundingClientRect();
    for (let cutter = one; cutter !== document.body; cutter = cutter.parentElement) {
        const {overflowX, overflowY} = getComputedStyle(cutter);
        const inner = cutter === one ? {right: 1e9, bottom: 1e9} : cutter.getBoundingClientRect();
        if (cutter === one && overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1) return true;
        if (cutter === one && overflowY !== "visible" && one.scrollHeight > one.clientHeight + 1) return true;
        if (overflowX === "hidden" && box.right > inner.right + 1) return true;
        if (["hidden", "clip"].includes(overflowY) && box.bottom > inner.bottom + 1) return true;
    }
    return false;
}).map((one) => `${one.tagName} ${one.id} ${one.className} ${one.textContent.slice(0, 40)}`)"""
SPACING = """(on) => {
    const sheet = new CSSStyleSheet();
    const wide = "line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important;";
    if (on) sheet.replaceSync(`* { ${wide} } p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""


@pytest.fixture(scope="module")
def whole(loaded):
    return finished(loaded)


@pytest.fixture
def page(whole):
    yield from as_at_first(whole)


# --- axe-core


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("mode", EACH_MODE)
def test_axe_finds_nothing(page, mode, width):
    page.emulate_media(**MEDIA | MODES[mode])
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(UNHIDE)
    settle(page)
    page.evaluate(f"{AXE};0")  # through the debugger: the policy need not allow a script
    found = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    page.evaluate("hideAgain()")
    # What covers other elements while it is open is checked separately.
    page.evaluate(COVERS, True)
    over = page.evaluate(
        """(tags) => axe.run({include: [["#crash-notice"], [".save"]]},
            {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})""",
        TAGS,
    )
    page.evaluate(COVERS, False)
    assert len(over["passes"]) > 5
    found["violations"] += over["violations"]
    violations = [(rule["id"], [node["target"] for node in rule["nodes"]][:5]) for rule in found["violations"]]
    assert violations == []
    assert len(found["passes"]) > 20


# --- focus and targets


def begin(page):
    """Focus the first element, the skip link, as the Tab key does."""
    page.locator("a.skip").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


STOP = """() => {
    const one = document.activeElement;
    const box = one.getBoundingClientRect();
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    const seen = [[0.5, 0.5], [0.03, 0.2], [0.97, 0.8], [0.03, 0.8], [0.97, 0.2]].some(([x, y]) => {
        const top_one = document.elementFromPoint(left + x * (right - left), top + y * (bottom - top));
        return top_one && (one.contains(top_one) || top_one.contains(one) && top_one.closest("label")
            || top_one.parentElement === one.parentElement);
    });
    const ringed = [one, one.nextElementSibling, one.closest("label")].filter(Boolean).some((some) => {
        const {outlineStyle, outlineWidth} = getComputedStyle(some);
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    });
    return {name: `${one.tagName} ${one.id} ${one.className}`, seen, ringed};
}"""


def stops(page):
    """Return what the Tab key should reach, in the order of the page."""
    return page.evaluate(
        """(focusable) => [...document.querySelectorAll(focusable)].filter((one) => !one.disabled && one.tabIndex >= 0
            && one.checkVisibility({visibilityProperty: true}) && !(one.type === "radio" && !one.checked))
            .map((one) => `${one.tagName} ${one.id} ${one.className}`)""",
        FOCUSABLE,
    )


def walk(page, count):
    """Press Tab `count` times from the first stop and return where the focus went and whether it was visible."""
    begin(page)
    reached = []
    for number in range(count):
        if number:
            page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop["name"].startswith("BODY"):  # after the last one
            break
        reached.append(stop)
    return reached


def test_every_control_is_reached_in_order_and_seen_to_have_the_focus(page):
    page.evaluate("update.textContent = 'A new version is ready'")
    for _ in range(3):  # figures that come into view start to work; their controls or positions change
        wanted = stops(page)
        reached = walk(page, len(wanted))
        if [stop["name"] for stop in reached if stop["seen"]] == wanted:
            break
    page.evaluate("update.textContent = ''")
    assert [stop["name"] for stop in reached] == wanted
    assert len(reached) > 100
    assert [stop["name"] for stop in reached if not stop["ringed"]] == []
    assert [stop["name"] for stop in reached if not stop["seen"]] == []


def test_the_skip_link_skips(page):
    begin(page)
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article') !== null")


@pytest.mark.parametrize("width", [1280, 320])
def test_targets_are_large_enough(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    settle(page)
    small = page.evaluate(
        """(targets) => [...document.querySelectorAll(targets)]
            .map((one) => [one.closest("label") ?? one, one]).filter(([target]) => target.checkVisibility())
            .map(([target, one]) => [target.getBoundingClientRect(), one])
            .filter(([box]) => box.width && (box.width < 24 || box.height < 24))
            .map(([box, one]) => `${one.tagName} ${one.id} ${one.className} ${box.width} x ${box.height}`)""",
        "button, input, select, summary, textarea, .grid, .field, .strip, .paper",
    )
    assert small == []


# --- zoom


def misfits(page):
    """Return what is too wide or clipped, once everything that moves has had time to settle."""
    for _ in range(50):
        found = page.evaluate(TOO_WIDE), page.evaluate(CUT)
        if found == ([0, []], []):
            break
        page.wait_for_timeout(100)
    return found


@pytest.mark.parametrize("width", [640, 320])  # 1280 at 200 % and at 400 %
def test_nothing_is_cut_or_scrolls_sideways_when_zoomed(page, width):
    for before in (1440, 390):
        page.set_viewport_size({"width": before, "height": 800})
        for name in page.evaluate("[...document.querySelectorAll('figure')].map((figure) => figure.id)"):
            Sheet(page).reveal(name)
            page.locator(f"#{name}").scroll_into_view_if_needed()
        settle(page)
        page.set_viewport_size({"width": width, "height": 800})
        settle(page)
        assert misfits(page) == ([0, []], [])


@pytest.mark.parametrize("width", [1280, 320])
def test_wider_spacing_of_text_breaks_nothing(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(SPACING, True)
    settle(page)
    found = misfits(page)
    page.evaluate(SPACING, False)
    assert found == ([0, []], [])


# --- text


def test_the_page_says_what_it_is(page):
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title()
    assert page.locator("header, main, footer").count() == 3
    levels = [
        int(name[1])
        for name in page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => one.tagName)")
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_pictures_say_in_words_what_they_show(page):
    labels = page.evaluate(
        "[...document.querySelectorAll('figure [role=img]')].map((one) => [one.closest('figure').id, one.ariaLabel])"
    )
    assert len(labels) > 20
    assert [label for label in labels if not label[1] or "nothing yet" in label[1] or "not drawn" in label[1]] == []
    numbers = {figure for figure, label in labels if any(letter.isdigit() for letter in label)}
    figures = set(page.evaluate("[...document.querySelectorAll('figure')].map((one) => one.id)"))
    assert figures == numbers
    value = page.inner_text("#cells .readout b")
    assert f"it is {value}." in page.evaluate("document.querySelector('#cells .image').ariaLabel")
