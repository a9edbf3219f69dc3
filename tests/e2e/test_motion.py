"""Every animation can be paused, and stops where the reader prefers reduced motion."""

import numpy as np
import pytest

from tests.e2e.whole import MEDIA, as_at_first, finished, settle

# A hash of each canvas's content.
PICTURES = """() => Object.fromEntries([...document.querySelectorAll("canvas")].map((canvas, number) => {
    const {width, height} = canvas;
    let hash = width * 31 + height;
    if (width && height) {
        const words = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer);
        for (let i = 0; i < words.length; i++) hash = (Math.imul(hash, 31) + words[i]) | 0;
    }
    return [`${canvas.closest("figure")?.id} ${canvas.className} ${number}`, hash];
}))"""


@pytest.fixture(scope="module")
def whole(loaded):
    return finished(loaded)


@pytest.fixture
def page(whole):
    yield from as_at_first(whole)


def rests(whole, figure=""):
    """Wait until no picture (of that figure) changes for longer than figure 1 shows a set."""
    page = whole.page

    def same():
        before = page.evaluate(PICTURES)
        page.wait_for_timeout(2500)
        after = page.evaluate(PICTURES)
        return not [name for name in before if name.startswith(figure) and before[name] != after.get(name)]

    whole.until(same, "the page to be at rest")


def test_everything_that_moves_can_be_paused(page, whole):
    page.set_viewport_size({"width": 1280, "height": 20000})  # all figures on the screen at once
    settle(page)
    rests(whole)
    still = page.evaluate(PICTURES)
    page.click("#play")
    page.click("#generation-play")
    page.click("#mixture-play")
    for name in ("continuation", "generation", "mixture"):
        whole.until(
            lambda name=name: any(
                now != still[one] for one, now in page.evaluate(PICTURES).items() if one.startswith(name + " ")
            ),
            f"{name} to move",
        )
    for button in ("#play", "#generation-play", "#mixture-play"):
        page.click(button)
    rests(whole)


def test_less_motion_asked_for_while_the_page_is_open_stops_it(page, whole):
    page.set_viewport_size({"width": 1280, "height": 20000})
    page.click("#play")
    page.click("#generation-play")
    page.click("#mixture-play")
    page.emulate_media(**MEDIA | {"reduced_motion": "reduce"})
    rests(whole)
    for button, does in (("#play", "Play"), ("#generation-play", "Next page"), ("#mixture-play", "Play")):
        assert page.inner_text(button) == does


def test_with_less_motion_nothing_moves_unasked_and_loading_is_announced_briefly(open_sheet):
    listen = """() => addEventListener("DOMContentLoaded", () => {
        window.heard = [];
        const place = document.querySelector("#loading-status");
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
    sheet.more()
    page.click("#example")
    sheet.until(lambda: sheet.shown() > 0, "a prediction")
    assert not sheet.playing()
    rests(sheet, "continuation ")
    assert sheet.setting()["seed"] == 1
