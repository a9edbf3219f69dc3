"""The page's structure: its budget of words, length and controls; the chip; themes; contents, Lab, bars, help."""

import pytest

from tests.conftest import ARTEFACTS
from tests.e2e.reader import scribble
from tests.e2e.whole import MEDIA, finished, settle

WORDS, CAPTION_WORDS, CONTROLS = 1050, 25, 6
HEIGHTS = {1440: 8500, 390: 11000}
TARGET = 44
# The words of the text outside the Lab, captions and controls; and of each caption, as far as they can be seen.
COUNT = """() => {
    const seen = (root, but) => {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        let words = 0;
        while (walker.nextNode()) {
            const parent = walker.currentNode.parentElement;
            const found = walker.currentNode.data.split(/\\s+/).filter(Boolean);
            if (!parent.closest(`.visually-hidden, ${but}`)) words += found.length;
        }
        return words;
    };
    const captions = [...document.querySelectorAll("article figcaption")].map((one) => [one.id, seen(one, "option")]);
    return {text: seen(document.querySelector("article"), ".lab, figure, fieldset, .anchor"), captions};
}"""
# The controls of each figure that are not behind a disclosure; those of one group of radio buttons are one.
VISIBLE = """() => [...document.querySelectorAll("article figure:not(.lab *)")].filter((one) => one.checkVisibility())
    .map((figure) => {
    const all = [...figure.querySelectorAll(".controls :is(button, input, select), .controls summary")];
    const seen = all.filter((one) => one.checkVisibility() && !one.closest(".best, .more-controls > :not(summary)"));
    return [figure.id, new Set(seen.map((one) => one.name && one.type === "radio" ? one.name : one)).size];
})"""
SMALL = """(least) => [...document.querySelectorAll("article button, article input, article select, article summary")]
    .map((one) => one.closest("label") ?? one).filter((one) => one.checkVisibility())
    .filter((one) => !one.closest(".best, thead, .heaviest, .row-buttons, .visually-hidden"))
    .map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => box.height && box.height < least)
    .map(([one, box]) => `${one.tagName} ${one.id} ${one.className} ${box.height}`)"""
CLOSE = "for (const one of document.querySelectorAll('.lab-section, .more-controls, .drawer')) one.open = false"
CHIPS = "[...document.querySelectorAll('select.chip')].map((one) => one.selectedOptions[0].textContent)"


@pytest.fixture
def page(sheet):
    yield sheet.page
    sheet.page.emulate_media(**MEDIA)


def test_words_and_controls_are_within_the_budget(page, sheet):
    page.evaluate(CLOSE)
    counts = page.evaluate(COUNT)
    assert 500 < counts["text"] <= WORDS
    assert {name: words for name, words in counts["captions"] if words > CAPTION_WORDS} == {}
    for view in ("cells", "cells-live"):
        sheet.reveal(view)
        visible = dict(page.evaluate(VISIBLE))
        assert view in visible and len(visible) == 4
        assert {name: count for name, count in visible.items() if count > CONTROLS} == {}
    sheet.reveal("probing")
    assert dict(page.evaluate(VISIBLE))["probing"] <= CONTROLS
    page.evaluate(CLOSE)


@pytest.mark.parametrize("width", HEIGHTS)
def test_the_page_is_no_longer_than_its_budget(page, width):
    page.evaluate(CLOSE)
    page.set_viewport_size({"width": width, "height": 900})
    settle(page)
    assert 4000 < page.evaluate("document.documentElement.scrollHeight") <= HEIGHTS[width]


def test_targets_are_large_enough_for_a_finger(open_sheet):
    sheet = open_sheet(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    sheet.ready()
    sheet.open_all()
    sheet.reveal("interventions")
    assert sheet.page.evaluate("matchMedia('(pointer: coarse)').matches")
    assert sheet.page.evaluate(SMALL, TARGET) == []
    assert "keys" not in sheet.page.locator("#fans .point-readout").inner_text()  # which a finger has not


def test_the_chip_says_and_changes_which_line_the_figures_show(page, sheet):
    row = "row 1 of the network\u2019s page"
    sheet.until(lambda: set(page.evaluate(CHIPS)) == {row}, "the network's own line, as nobody has written yet")
    sheet.write(scribble(1.2, 30))
    sheet.until(lambda: set(page.evaluate(CHIPS)) == {"your ink"}, "the reader's ink in every figure")
    page.locator("#mixture").scroll_into_view_if_needed()
    point = page.locator("#mixture [data-readout=point]")
    count = page.locator("#mixture-step").get_attribute("max")
    sheet.until(lambda: point.inner_text() == f"{int(count) + 1} of {int(count) + 1}", "the end of the reader's ink")
    page.select_option("#mixture-line", "model")
    assert set(page.evaluate(CHIPS)) == {row}
    sheet.write(scribble(0.9, 25, (2.4, 0.0)))  # what was chosen stays
    assert set(page.evaluate(CHIPS)) == {row}
    page.select_option("#fans-line", "straight")
    assert sorted(set(page.evaluate(CHIPS))) == ["a straight line", row]
    ink = b"<ink><trace>10 40, 20 10, 30 40, 40 10, 50 40</trace></ink>"
    page.set_input_files("#fans-file", {"name": "mine.inkml", "mimeType": "", "buffer": ink})
    sheet.until(lambda: set(page.evaluate(CHIPS)) == {"mine.inkml"}, "the ink of the file in every figure")
    page.click("#fans-own")
    sheet.until(lambda: set(page.evaluate(CHIPS)) == {"your ink"}, "the reader's ink again")


def test_a_figure_of_the_lab_is_made_when_its_section_is_opened(visit, open_sheet):
    sheet = open_sheet()
    page = sheet.page
    sheet.ready()
    assert not page.locator(".lab-section[open]").count()
    assert page.locator("#pca .save").count() == 0 and page.locator("#mixture .save").count() == 1
    page.locator("#lab-pca > summary").click()
    sheet.until(lambda: page.evaluate("pca.dataset.component"), "the components")
    # a link into a closed section opens it
    page.locator("#ref-nats").click()
    sheet.until(page.locator("#note-nats").is_visible, "the note")
    page.evaluate("location.hash = '#cells-live'")
    sheet.until(page.locator("#cells-live").is_visible, "the view that an address names")
    assert not page.locator("#cells").is_visible()


def test_a_chosen_theme_is_kept_and_reaches_pens_and_canvases(visit):
    ground = "getComputedStyle(document.body).getPropertyValue('--page')"
    sheet = visit(color_scheme="light").here()
    page = sheet.page
    sheet.write(scribble(1.2, 30))
    red = lambda: page.locator("#continuation canvas.ink").evaluate(RED)  # noqa: E731
    light, ink = page.evaluate(ground), red()
    page.select_option("#theme", "dark")
    dark = page.evaluate(ground)
    assert dark != light and page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    sheet.until(lambda: abs(red() - ink) > 30, "the ink in the colour of the other theme")
    sheet.until(lambda: "Saved" in page.locator("#autosave-status").inner_text(), "the settings to be saved")
    sheet.again()
    sheet.until(lambda: page.input_value("#theme") == "dark", "the setting")
    assert page.evaluate(ground) == dark and len(sheet.ink()) == 1
    page.emulate_media(color_scheme="dark")
    page.select_option("#theme", "light")
    assert page.evaluate(ground) == light
    page.select_option("#theme", "system")
    assert page.evaluate(ground) == dark
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == light


RED = """(canvas) => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) return data[i];
    return -1;
}"""


def test_contents_bars_and_help(page, sheet):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("scrollTo(0, 0)")
    shown = page.locator("#contents a").first.is_visible
    sheet.until(lambda: not shown(), "no contents over the first screen")
    page.evaluate("document.getElementById('forks').scrollIntoView()")
    current = page.locator("#contents [aria-current]")
    sheet.until(lambda: shown() and current.text_content() == "Forks", "the section that is read")
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.getElementById('forks').scrollIntoView()")
    sheet.until(lambda: not shown(), "a sheet instead")
    page.click("#contents-button")
    page.locator("#contents a", has_text="Inside").click()
    sheet.until(lambda: not shown() and current.text_content() == "Inside", "the section that was chosen")
    page.set_viewport_size({"width": 1440, "height": 900})
    # the bar of a figure
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bar = page.locator("#mixture .figure-bar")
    said = bar.locator("> output")
    bar.get_by_role("button", name="Link").click()
    sheet.until(lambda: said.inner_text().startswith("Copied"), "the link")
    assert page.evaluate("navigator.clipboard.readText()").endswith("/#mixture")
    assert page.request.get(bar.get_by_role("link", name="Code").evaluate("(one) => one.href")).ok
    bar.locator(".full-screen").click()
    sheet.until(lambda: page.evaluate("document.fullscreenElement?.id") == "mixture", "full screen")
    bar.locator(".full-screen").click()
    sheet.until(lambda: page.evaluate("document.fullscreenElement === null"), "the page again")
    # the help
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()
    page.click("#help-button")
    page.click("#help-close")
    assert not page.locator("#help").is_visible()
    page.locator("#seed").focus()
    page.keyboard.press("?")
    assert not page.locator("#help").is_visible()


# The same at the other sizes and themes: for the eye alone, so CI leaves them out.
OTHER_PICTURES = [
    pytest.param(width, theme, marks=pytest.mark.slow)
    for width, theme in ((1440, "dark"), (820, "light"), (820, "dark"), (390, "light"))
]


@pytest.fixture(scope="module")
def whole(loaded):
    return finished(loaded)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark"), *OTHER_PICTURES])
def test_pictures_for_the_eye(whole, width, theme):
    """Save a picture of the first screen and of every figure in tests/artefacts, for visual inspection."""
    page = whole.page
    page.emulate_media(**MEDIA | {"color_scheme": theme})
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("scrollTo(0, 0)")
    settle(page)
    page.screenshot(path=ARTEFACTS / f"first-screen-{width}-{theme}.png")
    for name in page.evaluate("[...document.querySelectorAll('article figure')].map((figure) => figure.id)"):
        whole.reveal(name)
        figure = page.locator(f"#{name}")
        figure.evaluate("(one) => one.scrollIntoView({block: 'center'})")
        settle(page)
        path = ARTEFACTS / f"{name}-{width}-{theme}.png"
        figure.screenshot(path=path)
        assert path.stat().st_size > 5000
    whole.reveal("cells")
    page.emulate_media(**MEDIA)
