"""A link shows the same picture, on this page and elsewhere, and the previous ink is not lost."""

import numpy as np
import pytest

from page.storage import permalink
from tests.e2e.in_and_out import STROKES, deflated, going_to, made_elsewhere, paged, predicted, with_ink
from tests.e2e.reader import scribble


@pytest.fixture
def page(sheet):
    yield from paged(sheet)


@pytest.fixture
def written(page, model):
    return with_ink(page, model)


def link(page):
    """Copy the link and return its address."""
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    menu = page.menu("continuation")
    page.page.evaluate("navigator.clipboard.writeText('')")
    menu.locator("button", has_text="Copy link").click()
    page.sheet.until(lambda: menu.locator("output").inner_text().startswith("Copied:"), "the link")
    menu.locator("summary").click()
    return page.page.evaluate("navigator.clipboard.readText()")


def same(one, other):
    """Return whether two records describe exactly the same prediction."""
    arrays = all(np.array_equal(one[name], other[name]) for name in ("points", "offsets", "pen"))
    return arrays and all(one[name] == other[name] for name in ("samples", "steps", "temperature", "seed"))


def same_ink(one, other):
    """Return whether two sheets have exactly the same strokes."""
    return len(one) == len(other) and all(
        np.array_equal(a["xy"], b["xy"]) and a["width"] == b["width"] for a, b in zip(one, other, strict=True)
    )


def chosen(sheet, cell):
    """Scroll to figure 5, which shows the selection only while it is in view, and wait for the cell."""
    sheet.page.evaluate("document.querySelector('#cells').scrollIntoView()")
    sheet.until(lambda: sheet.page.locator("#cells-cell").input_value() == cell, "the chosen cell")


def open_link(page, address):
    page.page.evaluate("(hash) => { location.hash = hash; }", address.split("#")[1])
    page.sheet.until(lambda: "#ductus" not in page.page.url, "the link to be opened")


def test_a_link_shows_the_very_same_picture(written, model):
    page, sheet = written, written.sheet
    for name, value in {"temperature": 0.35, "samples": 3, "steps": 25}.items():
        sheet.set(name, value)
    sheet.seed(77)
    sheet.reveal("cell-order-metric")
    page.page.select_option("#cell-order-metric", "plain")
    page.page.evaluate("document.querySelector('#cells').scrollIntoView()")
    sheet.reveal("cells")
    page.page.locator("#cells-cell").fill("93")
    sheet.write(scribble(0.4, 12, (4.0, 0.0)))
    page.page.click("#undo")
    free = sheet.ink()
    address = link(page)
    assert len(address) < 1500 and permalink.is_link(address.split("#")[1])
    ink, record = sheet.ink(), sheet.prediction(model)
    for before, after in zip(free, ink, strict=True):  # now on the grid, which makes no visible difference
        assert len(after["xy"]) <= len(before["xy"])
        np.testing.assert_array_equal(after["xy"] * permalink.GRID % 1, 0)
        gaps = np.abs(after["xy"][:, None] - before["xy"][None]).max(-1)
        assert gaps.min(0).max() <= 0.5 / permalink.GRID + 1e-9
    page.page.click("#redo")  # undone strokes can still be restored
    assert len(sheet.ink()) == 3
    page.page.click("#undo")
    assert link(page) == address  # rounding again changes nothing

    page.page.click("#clear")
    mine = scribble(1.1, 33, (0.5, 0.0))
    sheet.write(mine)
    mine = sheet.ink()
    sheet.set("temperature", 0.8)
    sheet.seed(5)
    sheet.reveal("cell-order-metric")
    page.page.select_option("#cell-order-metric", "blurred")
    sheet.reveal("cells")
    page.page.locator("#cells-cell").fill("7")
    page.page.locator("#play").focus()  # a focused field keeps the text as typed
    sheet.corner()
    page.page.wait_for_timeout(1500)  # until that is saved
    open_link(page, address)
    found = sheet.prediction(model)
    assert same(found, record)
    assert all(
        np.array_equal(a["xy"], b["xy"]) and a["width"] == b["width"] for a, b in zip(ink, sheet.ink(), strict=True)
    )
    assert page.page.locator("#cell-order-metric").input_value() == "plain"
    chosen(sheet, "93")

    page.page.click("#restore")  # the reader's own, bit for bit
    sheet.until(lambda: len(sheet.ink()) == 1, "the reader's own ink")
    np.testing.assert_array_equal(sheet.ink()[0]["xy"], mine[0]["xy"])
    assert sheet.ink()[0]["width"] == mine[0]["width"]
    sheet.until(lambda: sheet.setting()["temperature"] == 0.8, "the reader's own settings, which follow the ink")


def test_links_one_after_the_other_lose_no_ink(page, model):
    page.page.click("#start-fresh")
    sheet = page.sheet
    sheet.until(lambda: not sheet.ink(), "an empty sheet")
    sheet.pause()
    sheet.write(STROKES[0])
    one = link(page)
    page.page.click("#clear")
    sheet.write(STROKES[1])
    other = link(page)
    page.page.click("#clear")
    sheet.write(scribble(0.5, 15))
    mine = sheet.ink()
    page.page.wait_for_timeout(500)
    for address in (one, other):  # the first was not changed: it needs no backup, and the backup stays
        open_link(page, address)
        sheet.until(lambda: len(sheet.ink()) == 1, "the ink of the link")
    sheet.write(scribble(0.3, 9, (3, 0)))  # now the reader has changed the ink of the link
    before = sheet.ink()
    open_link(page, one)
    sheet.until(lambda: len(sheet.ink()) == 1, "the ink of the link")
    for own in (before, mine):  # both are in the backup, the newest first
        page.page.click("#restore")
        sheet.until(lambda own=own: same_ink(sheet.ink(), own), "the reader's own ink")


def test_of_two_links_at_once_the_last_one_stays(page):
    """Follow a link while the one before it is still opened: both are, and the address has none any more."""
    sheet = page.sheet
    sheet.write(STROKES[0])
    one = link(page)
    page.page.click("#clear")
    sheet.write(STROKES[1])
    other, ink = link(page), sheet.ink()
    page.page.click("#clear")
    for first, wait in ((one, 0), (one, 1), (one, 5)):
        page.page.evaluate(
            """async ([first, last, wait]) => {
                location.hash = first;
                await new Promise((done) => setTimeout(done, wait));
                location.hash = last;
            }""",
            [first.partition("#")[2], other.partition("#")[2], wait],
        )
        sheet.until(lambda: "#" not in page.page.url and same_ink(sheet.ink(), ink), "the last link's ink")


def test_an_invalid_link_is_refused_with_a_message(page):
    page.sheet.write(STROKES[0])
    message = page.page.locator("#dropped output")
    for fragment, words in {
        "ductus1=ABC": "it is damaged: part of it is missing",
        "ductus9=ABC": "another version of this page",
        "ductus1=AB%20C": "it is damaged: part of it is missing",
        deflated("[]"): "it holds no picture of this page",
        deflated(" " * 200_000): "it holds more than 131072 bytes",
    }.items():
        page.page.evaluate("(hash) => { location.hash = hash; }", fragment)
        page.sheet.until(lambda words=words: words in message.inner_text(), words)
        assert len(page.sheet.ink()) == 1
    page.page.evaluate("history.replaceState(null, '', location.pathname)")


def test_what_is_deflated_comes_back_and_damage_is_noticed(page):
    """Check that a link with a missing or changed character is invalid, and that inflating too much is stopped."""
    found = page.page.evaluate(
        """async (bomb) => {
            const { encode, decode } = await import("./js-shims/io/link_codec.js");
            const wrong = [];
            const squares = Array.from({ length: 4000 }, (_, i) => i * i);
            const texts = ["", "a", "é\u00fc".repeat(50), JSON.stringify(squares)];
            for (const text of texts) if ((await decode(await encode(text), 1e6)) !== text) wrong.push(text);
            const whole = "[3,-2,40,7,52]";
            const digits = await encode(whole);
            // a changed bit that only fills a byte up changes nothing
            const refused = (some) => decode(some, 1e6).then((text) => text === whole || wrong.push(some), () => 0);
            for (let i = 0; i < digits.length; i++) {
                await refused(digits.slice(0, i) + digits.slice(i + 1));
                await refused(digits.slice(0, i) + (digits[i] === "A" ? "B" : "A") + digits.slice(i + 1));
                await refused(digits.slice(0, i));
            }
            await refused(digits + digits);
            const said = await decode(bomb, 1000).catch((error) => error.message);
            return [wrong, said];
        }""",
        deflated(" " * 10_000_000).partition("=")[2],
    )
    assert found == [[], "it holds more than 1000 bytes"]


def test_too_much_ink_for_a_link_is_reported(page):
    rng = np.random.default_rng(0)
    page.page.evaluate(
        """async (xy) => (await import("./js-shims/boot/boot.js")).pen.lay(xy, Array(xy.length / 2).fill(0.052))""",
        (rng.integers(-200, 200, (5000, 2)).cumsum(0) / 200).ravel().tolist(),
    )
    menu = page.menu("continuation")
    menu.locator("button", has_text="Copy link").click()
    words = "are the most that can be relied on to arrive: save it as a file instead"
    page.sheet.until(lambda: words in menu.locator("output").inner_text(), "the message")


def test_a_link_opened_on_a_first_visit(open_sheet, site, model):
    """Open it in another browser: same ink, same paths. An address that names a network elsewhere is refused."""
    asked = []
    fragment, ink, settings = made_elsewhere(model.weights.metadata["sha256"])
    address = f"{site.url}?weights=https://example.org/n.jb64"
    listen = lambda page: page.on("request", lambda request: asked.append(request.url))  # noqa: E731
    sheet = open_sheet(before=going_to(f"{address}#{fragment}", listen))
    sheet.ready()
    message = sheet.page.locator("#own-weights output")
    words = "names a network from https://example.org. Only files of this page"
    sheet.until(lambda: words in message.inner_text(), "the refusal")
    record = sheet.prediction(model)
    assert record["steps"] == 25 and record["temperature"] == 0.35
    np.testing.assert_allclose(record["offsets"], predicted(model, record), atol=2e-3)
    for (xy, widths), there in zip(ink, sheet.ink(), strict=True):
        np.testing.assert_array_equal(there["xy"].ravel(), np.array(xy) / permalink.GRID)
        assert there["width"] == [width / permalink.WIDTHS for width in widths]
    assert sheet.page.url == address
    for name in ("fans-seed", "cell-order-perplexity", "generation-temperature", "fans-samples"):
        assert float(sheet.page.locator(f"#{name}").input_value()) == settings[name]
    chosen(sheet, "93")
    assert not [url for url in asked if url.startswith("https://example.org")]
    assert not sheet.page.locator("#dropped").is_visible()  # the link and its network are valid
