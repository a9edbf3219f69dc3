"""WCAG 2.2 AA over the whole page: axe-core, focus, reflow, contrast, forced colours, motion. Keys: test_keyboard."""

import base64
from itertools import pairwise
from pathlib import Path

import axe_playwright_python
import numpy as np
import pytest

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MEDIA = {"color_scheme": "light", "forced_colors": "none", "reduced_motion": "no-preference"}
MODES = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "forced colours, dark": {"forced_colors": "active", "color_scheme": "dark"},
    "reduced motion": {"reduced_motion": "reduce"},
}
FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']"

# Shows what is hidden until something goes wrong or is chosen, with words in it; leaves a function that hides it.
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
# Opens all menus, and the notice that the worker has stopped; or closes them.
COVERS = """(open) => {
    for (const details of document.querySelectorAll("details")) details.open = open;
    stopped.hidden = stopped.querySelector(".more").hidden = !open;
}"""
# What reaches beyond the window's right edge, save what lies in a box that scrolls or cuts on purpose.
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
# Elements with words of their own of which a part cannot be seen, for it does not fit in a box that cuts.
CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
    const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const other = ".unseen, .mark, svg, option, script, [hidden], textarea, [type=file]";
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
# A colour of the style sheet, or of an element, as [red, green, blue, alpha].
COLOUR = """([selector, property]) => {
    const style = getComputedStyle(document.querySelector(selector));
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = property.startsWith("--") ? style.getPropertyValue(property) : style[property];
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
}"""
# Pictures of which something is to be seen in every mode; and the colours of a canvas's pixels that cover.
PAINTED = [
    "writing canvas.ink",
    "writing canvas.model",
    "mixtures .whole canvas",
    "cells .key canvas",
    "cells .cross",
]
PAINTED += ["cells .trace", "cells .grid canvas", "tracks td canvas", "priming .primed canvas"]
SOLID = """(canvas) => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = new Set();
    for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 200) found.add(data.slice(i, i + 4).join(" "));
    }
    return [...found].map((text) => text.split(" ").map(Number));
}"""
# A hash of what each canvas of the page shows.
PICTURES = """() => Object.fromEntries([...document.querySelectorAll("canvas")].map((canvas, number) => {
    const {width, height} = canvas;
    let hash = width * 31 + height;
    if (width && height) {
        const words = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer);
        for (const word of words) hash = (Math.imul(hash, 31) + word) | 0;
    }
    return [`${canvas.closest("figure")?.id} ${canvas.className} ${number}`, hash];
}))"""


@pytest.fixture(scope="module")
def whole(loaded):
    """The page with ink on every sheet and every figure at the end of its work, paused."""
    page = loaded.page
    loaded.pause()
    page.click("#example")
    loaded.until(lambda: len(loaded.ink()) == 3 and not loaded.ink()[-1]["open"], "the word")
    loaded.until(lambda: loaded.shown() > 0, "a prediction")
    for name in ("live", "beautify", "priming"):
        page.locator(f"#{name}-example").click()
        page.locator(f"#{name}").scroll_into_view_if_needed()
        loaded.until(lambda name=name: "nothing yet" not in said(page, name), name)
    waits = {
        "writes": "Number(writes.dataset.rows) > 0",
        "fans": "!document.querySelector('#fans .long').ariaLabel.includes('not drawn')",
        "ink-fans": "!document.querySelector('#ink-fans .long').ariaLabel.includes('not drawn')",
        "cells": "document.querySelector('#cells .readout b').textContent > ''",
        "sorted": "document.querySelector('#sorted .quality').hidden === false",
        "tracks": "document.querySelector('#tracks .best').children.length > 0",
        "mixtures": "mixtures.dataset.step !== undefined",
        "components": "components.dataset.component !== undefined",
    }
    for name, done in waits.items():
        page.locator(f"#{name}").scroll_into_view_if_needed()
        loaded.until(lambda done=done: page.evaluate(done), name)
    for button in ("#writes-play", "#mixtures-play"):
        if page.inner_text(button) == "Pause":
            page.click(button)
    return loaded


def said(page, name):
    """The text alternatives of a figure's pictures."""
    return page.evaluate(
        "(name) => [...window[name].querySelectorAll('[role=img]')].map((one) => one.ariaLabel).join()", name
    )


@pytest.fixture
def page(whole):
    """The page of `whole`, 1280 x 800, light, with all motion."""
    whole.page.set_viewport_size({"width": 1280, "height": 800})
    yield whole.page
    whole.page.emulate_media(**MEDIA)


def settle(page):
    """Lets the page lay itself out: observers and two frames."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
    )


# --- axe-core


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing(page, mode, width):
    page.emulate_media(**MEDIA | MODES[mode])
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(UNHIDE)
    settle(page)
    page.evaluate(f"{AXE};0")  # by the debugger's way: no script that the policy would have to allow
    found = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    page.evaluate("hideAgain()")
    # What lies over other things while it is open: looked at for itself.
    page.evaluate(COVERS, True)
    over = page.evaluate(
        """(tags) => axe.run({include: [["#stopped"], ["details"]]},
            {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})""",
        TAGS,
    )
    page.evaluate(COVERS, False)
    assert len(over["passes"]) > 5
    found["violations"] += over["violations"]
    told = [(rule["id"], [node["target"] for node in rule["nodes"]][:5]) for rule in found["violations"]]
    assert told == []
    assert len(found["passes"]) > 20


# --- focus and targets


def begin(page):
    """The focus on the first thing there is, the link that skips, as if it had come there by key."""
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
    """What the Tab key should reach, in the order of the page."""
    return page.evaluate(
        """(focusable) => [...document.querySelectorAll(focusable)].filter((one) => !one.disabled && one.tabIndex >= 0
            && one.checkVisibility({visibilityProperty: true}) && !(one.type === "radio" && !one.checked))
            .map((one) => `${one.tagName} ${one.id} ${one.className}`)""",
        FOCUSABLE,
    )


def walk(page, count):
    """Presses Tab so often, from the first stop on; where that led, and whether it could be seen there."""
    begin(page)
    reached = []
    for number in range(count):
        if number:
            page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop["name"].startswith("BODY"):  # past the last one
            break
        reached.append(stop)
    return reached


def test_every_control_is_reached_in_order_and_seen_to_have_the_focus(page):
    page.evaluate("update.textContent = 'A new version is ready'")
    for _ in range(3):  # figures that come into view go to work, and then have other controls or places
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
    """What is too wide or cut, once everything that moves into its new place has had the time to."""
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


# --- contrast


def luminance(colour):
    """Relative luminance of [red, green, blue] bytes (WCAG 2.2)."""
    part = np.asarray(colour[:3], float) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


def contrast(one, other, alpha=1.0):
    """The contrast ratio of a colour, mixed by `alpha` into the other, and that other."""
    mixed = np.multiply(one[:3], alpha) + np.multiply(other[:3], 1 - alpha)
    lighter, darker = sorted((luminance(mixed), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def colour(page, selector, name):
    *rgb, alpha = page.evaluate(COLOUR, [selector, name])
    assert alpha, (selector, name)
    return (
        np.array(rgb)
        if alpha == 255
        else np.array(rgb) * alpha / 255 + (1 - alpha / 255) * colour(page, "html", "--paper")
    )


@pytest.mark.parametrize("mode", ["light", "dark", "forced colours", "forced colours, dark"])
def test_every_mark_with_a_meaning_has_a_contrast_of_three(page, mode):
    from page import constants

    page.emulate_media(**MEDIA | MODES[mode])
    settle(page)
    desk, paper = (colour(page, "html", name) for name in ("--desk", "--paper"))
    ratios = {}
    for name in ("--ink", "--model", "--focus", "--line", "--quiet", "--text", "--low", "--high"):
        ratios[name] = min(contrast(colour(page, "html", name), ground) for ground in (desk, paper))
    for canvas in ("ink", "model"):
        ratios[f"canvas {canvas}"] = contrast(colour(page, f"#writing canvas.{canvas}", "color"), paper)
    faint = float(page.evaluate("getComputedStyle(document.querySelector('#beautify .hand')).opacity"))
    ratios["faint ink"] = contrast(colour(page, "#beautify .hand", "color"), paper, faint)
    other = colour(page, "#writing canvas.model", "color")
    ratios["other continuations"] = contrast(other, paper, constants.OTHER_ALPHA)
    for one in ("#undo", "#play", "#style", "#seed", "label.button", ".segments", ".heaviest button", "#tracks-find"):
        ratios[f"border of {one}"] = min(
            contrast(colour(page, one, "borderTopColor"), ground) for ground in (desk, paper)
        )
    ratios["guide lines"] = contrast(colour(page, "#writing .lines", "borderBottomColor"), paper)
    ratios["fit of a curve"] = contrast(colour(page, "#tracks canvas", "outlineColor"), desk)
    # The fan that is looked at: its first step, at the strength and in every colour that it is painted with.
    fan = page.evaluate(
        """async () => {
            const view = (await import("./js-shims/fans.js")).views.get("fans");
            return {colours: view.colours, strength: 1 / view.strengths[0] * view.strengths[0]};
        }"""
    )
    hues = [[int(part) for part in hue[4:-1].split()] for hue in fan["colours"]]
    assert len(hues) == 12
    ratios["palest hue of a fan"] = min(contrast(hue, paper, fan["strength"]) for hue in hues)
    assert {name: ratio for name, ratio in ratios.items() if ratio < 3} == {}


@pytest.mark.parametrize("mode", ["light", "dark", "forced colours", "forced colours, dark"])
def test_words_have_a_contrast_of_four_and_a_half(page, mode):
    page.emulate_media(**MEDIA | MODES[mode])
    settle(page)
    grounds = [colour(page, "html", name) for name in ("--desk", "--paper")]
    for name in ("--text", "--quiet", "--ink", "--model", "--bad"):
        assert min(contrast(colour(page, "html", name), ground) for ground in grounds) >= 4.5, name


@pytest.mark.parametrize("mode", MODES)
def test_what_is_painted_can_be_seen(page, mode):
    """By the pixels: each picture has marks of enough contrast on the ground that it really has."""
    page.emulate_media(**MEDIA | MODES[mode])
    paper = colour(page, "html", "--paper")
    for picture in PAINTED:
        place = page.locator(f"#{picture}").first
        place.scroll_into_view_if_needed()
        settle(page)
        found = [contrast(one, paper, one[3] / 255) for one in place.evaluate(SOLID)]
        assert max(found, default=1) >= 3, picture


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_the_systems_own_are_used(page, scheme):
    page.emulate_media(**MEDIA | {"forced_colors": "active", "color_scheme": scheme})
    settle(page)
    system = {}
    for name in ("Canvas", "CanvasText", "Highlight"):
        page.evaluate("(name) => document.documentElement.style.setProperty('--probe', name)", name)
        system[name] = colour(page, "html", "--probe")
    assert contrast(system["CanvasText"], system["Canvas"]) > 15
    for selector, name, wanted in (
        ("#writing canvas.ink", "color", "CanvasText"),
        ("#writing canvas.model", "color", "Highlight"),
        (".segments :checked + span", "backgroundColor", "Highlight"),
        ("#writing .paper", "backgroundColor", "Canvas"),
    ):
        np.testing.assert_allclose(colour(page, selector, name), system[wanted], atol=1, err_msg=selector)
    page.evaluate("scrollTo(0, 0)")
    # The tracks of sliders are painted by the browser: what they look like only a picture tells.
    picture = page.locator("#temperature").screenshot()
    pixels = shot(page, picture)
    middle = pixels[pixels.shape[0] // 2]
    assert np.mean([contrast(pixel, system["Canvas"]) > 3 for pixel in middle]) > 0.8


def shot(page, png):
    """The pixels (height, width, 4) of a picture."""
    found = page.evaluate(
        """async (text) => {
            const image = new Image();
            image.src = `data:image/png;base64,${text}`;
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.width, image.height];
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            return [image.height, image.width, [...context.getImageData(0, 0, image.width, image.height).data]];
        }""",
        base64.b64encode(png).decode(),
    )
    return np.reshape(found[2], (found[0], found[1], 4))


# --- motion


def rests(whole, figure=""):
    """Waits until no picture (of that figure) changes any more for longer than a set of figure 1 stands."""
    page = whole.page

    def same():
        before = page.evaluate(PICTURES)
        page.wait_for_timeout(2500)
        after = page.evaluate(PICTURES)
        return not [name for name in before if name.startswith(figure) and before[name] != after.get(name)]

    whole.until(same, "the page to be still")


def test_everything_that_moves_can_be_paused(page, whole):
    page.set_viewport_size({"width": 1280, "height": 20000})  # all figures on the screen at once
    settle(page)
    rests(whole)
    still = page.evaluate(PICTURES)
    page.click("#play")
    page.click("#writes-play")
    page.click("#mixtures-play")
    for name in ("writing", "writes", "mixtures"):
        whole.until(
            lambda name=name: any(
                now != still[one] for one, now in page.evaluate(PICTURES).items() if one.startswith(name + " ")
            ),
            f"{name} to move",
        )
    for button in ("#play", "#writes-play", "#mixtures-play"):
        page.click(button)
    rests(whole)


def test_less_motion_asked_for_while_the_page_is_open_stops_it(page, whole):
    page.set_viewport_size({"width": 1280, "height": 20000})
    page.click("#play")
    page.click("#writes-play")
    page.click("#mixtures-play")
    page.emulate_media(**MEDIA | {"reduced_motion": "reduce"})
    rests(whole)
    for button, does in (("#play", "Play"), ("#writes-play", "Next page"), ("#mixtures-play", "Play")):
        assert page.inner_text(button) == does


def test_with_less_motion_nothing_moves_by_itself_and_loading_is_told_in_few_words(open_sheet):
    listen = """() => addEventListener("DOMContentLoaded", () => {
        window.heard = [];
        const place = document.querySelector("#loading-said");
        const hear = () => heard.push([performance.now(), place.textContent]);
        new MutationObserver(hear).observe(place, {childList: true});
    })"""
    sheet = open_sheet(lambda page: page.add_init_script(f"({listen})()"), reduced_motion="reduce")
    sheet.ready()
    page = sheet.page
    sheet.until(lambda: page.evaluate("heard.at(-1)?.[1]") == "The network is ready.", "the end of loading")
    times = [when for when, _ in page.evaluate("heard")]
    assert np.all(np.diff(times) > 500), times
    assert not any(any(letter.isdigit() for letter in text) for _, text in page.evaluate("heard"))
    page.click("#example")
    sheet.until(lambda: sheet.shown() > 0, "a prediction")
    assert not sheet.playing()
    rests(sheet, "writing ")
    assert sheet.setting()["seed"] == 1


# --- words


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
