"""Contrast of marks and text with their background, in light, dark and forced colours, by style sheet and pixels."""

import base64
import re

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.e2e.test_fans import LOOK
from tests.e2e.whole import EACH_MODE, MEDIA, MODES, as_at_first, finished, settle

# A colour from the style sheet or an element, as [red, green, blue, alpha].
COLOUR = """([selector, property]) => {
    const style = getComputedStyle(document.querySelector(selector));
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = property.startsWith("--") ? style.getPropertyValue(property) : style[property];
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
}"""
# Pictures with visible marks in every mode; and the colours of a canvas's opaque pixels.
PAINTED = [
    "continuation canvas.ink",
    "continuation canvas.model",
    "mixture .overview canvas",
    "cells .key canvas",
    "cells .cross",
]
PAINTED += ["cells .trace", "cells .grid canvas", "probing td canvas", "priming .primed canvas"]
SOLID = """(canvas) => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = new Set();
    for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 200) found.add(data.slice(i, i + 4).join(" "));
    }
    return [...found].map((text) => text.split(" ").map(Number));
}"""


@pytest.fixture(scope="module")
def whole(loaded):
    return finished(loaded)


@pytest.fixture
def page(whole):
    yield from as_at_first(whole)


def luminance(colour):
    """Return the relative luminance of [red, green, blue] bytes (WCAG 2.2)."""
    part = np.asarray(colour[:3], float) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


def contrast(one, other, alpha=1.0):
    """Return the contrast ratio between a colour, mixed by `alpha` into the other, and the other."""
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


@pytest.mark.parametrize("mode", EACH_MODE[:4])
def test_every_mark_with_a_meaning_has_a_contrast_of_three(page, mode):
    source = (ROOT / "py/page/figures/continuation_picture.py").read_text()
    other_alpha = float(re.search(r"^OTHER_ALPHA = ([\d.]+)", source, re.MULTILINE)[1])
    page.emulate_media(**MEDIA | MODES[mode])
    settle(page)
    page_colour, paper = (colour(page, "html", name) for name in ("--page", "--paper"))
    ratios = {}
    for name in ("--ink", "--model", "--focus", "--line", "--muted", "--text", "--low", "--high"):
        ratios[name] = min(contrast(colour(page, "html", name), ground) for ground in (page_colour, paper))
    for canvas in ("ink", "model"):
        ratios[f"canvas {canvas}"] = contrast(colour(page, f"#continuation canvas.{canvas}", "color"), paper)
    faint = float(page.evaluate("getComputedStyle(document.querySelector('#beautify .ink')).opacity"))
    ratios["faint ink"] = contrast(colour(page, "#beautify .ink", "color"), paper, faint)
    other = colour(page, "#continuation canvas.model", "color")
    ratios["other continuations"] = contrast(other, paper, other_alpha)
    for one in (
        "#undo",
        "#play",
        "#style",
        "#seed",
        "label.button",
        ".segments",
        ".heaviest button",
        "#probing-find",
    ):
        ratios[f"border of {one}"] = min(
            contrast(colour(page, one, "borderTopColor"), ground) for ground in (page_colour, paper)
        )
    ratios["guide lines"] = contrast(colour(page, "#continuation .lines", "borderBottomColor"), paper)
    ratios["fit of a curve"] = contrast(colour(page, "#probing canvas", "outlineColor"), page_colour)
    # Where all paths of a fan lie on one another: its full colour, left and right.
    hues, _ = page.evaluate(LOOK, "fans")
    assert len(hues) == 2
    ratios["palest hue of a fan"] = min(contrast(hue, paper) for hue in hues)
    assert {name: ratio for name, ratio in ratios.items() if ratio < 3} == {}


@pytest.mark.parametrize("mode", EACH_MODE[:4])
def test_words_have_a_contrast_of_four_and_a_half(page, mode):
    page.emulate_media(**MEDIA | MODES[mode])
    settle(page)
    grounds = [colour(page, "html", name) for name in ("--page", "--paper")]
    for name in ("--text", "--muted", "--ink", "--model", "--error"):
        assert min(contrast(colour(page, "html", name), ground) for ground in grounds) >= 4.5, name


@pytest.mark.parametrize("mode", EACH_MODE)
def test_what_is_painted_can_be_seen(page, mode):
    """Check by pixels that each picture has marks of sufficient contrast with its actual background."""
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
        ("#continuation canvas.ink", "color", "CanvasText"),
        ("#continuation canvas.model", "color", "Highlight"),
        (".segments :checked + span", "backgroundColor", "Highlight"),
        ("#continuation .paper", "backgroundColor", "Canvas"),
    ):
        np.testing.assert_allclose(colour(page, selector, name), system[wanted], atol=1, err_msg=selector)
    page.evaluate("scrollTo(0, 0)")
    # The browser paints the tracks of sliders: only a screenshot shows their colours.
    picture = page.locator("#temperature").screenshot()
    pixels = shot(page, picture)
    middle = pixels[pixels.shape[0] // 2]
    assert np.mean([contrast(pixel, system["Canvas"]) > 3 for pixel in middle]) > 0.8


def shot(page, png):
    """Return the pixels (height, width, 4) of a picture."""
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
