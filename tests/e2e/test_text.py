"""Write this: a text typed on the first screen is what the library writes, and what goes wrong loses nothing."""

import gzip
import json
from xml.etree import ElementTree

import numpy as np
import pytest

from ductus.alphabet import transliterate
from ductus.generation.text import write as write_text
from ductus.generation.text_fans import fan
from ductus.model import Model
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from tests.conftest import ROOT
from tests.ductus.test_svg import SVG
from tests.e2e.in_and_out import Page
from tests.e2e.reader import scribble
from tests.e2e.test_fans import TOLERANCE, Figure, small
from tests.e2e.test_links import link, open_link
from tests.e2e.test_own_network import article_file
from tests.support.networks import random_weights
from tests.support.readers import random_reader_weights
from tests.support.text_networks import random_text_weights

NETWORK = TextNetwork(weight_file.load(ROOT / "weights" / "ductus-text-500.jb64.gz"))
MODEL = Model(weight_file.load(ROOT / "weights" / "ductus-500.jb64.gz"))
UNITS = MODEL.units_per_x_height

NOTE = "document.getElementById('text-note').textContent"
TEXT = "continuation.dataset.text ?? ''"
LINE = """async () => {
    const worker = (await document.querySelector("script[name=ductus]").xworker.ready).sync;
    const task = await worker.start_task("text.line", {});
    for (;;) {
        const part = await worker.poll_task(task, true).catch(() => null); // it is being written again
        if (!part || part.done) return Array.from(part?.value.points ?? []);
    }
}"""
WRITE = """async ([text, seed, temperature]) => {
    const worker = (await document.querySelector("script[name=ductus]").xworker.ready).sync;
    const given = {text, sheet: "none", says: "", hand: -1, temperature, seed, draw: 0, width: 44, again: true};
    const task = await worker.start_task("text.write", given);
    while (!(await worker.poll_task(task, true)).done);
}"""


DROP = """(text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], "hand.json"));
    document.body.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def write(sheet):
    """Return a function that types a text, in the mode for it, and waits until it is written."""
    page = sheet.page
    sheet.mode("text")

    def type_text(text, by="fill"):
        field = page.locator("#text-field")
        if by == "fill":
            field.fill(text)
        else:
            field.press_sequentially(text)
        wanted = transliterate(text).rstrip()
        sheet.until(lambda: page.evaluate(TEXT) == wanted, f"{text!r} to be written: {page.evaluate(NOTE)}")

    yield type_text
    page.locator("#text-field").fill("")
    sheet.until(lambda: page.evaluate(TEXT) == "", "an empty text")
    page.select_option("#hand", "-2")


def points(sheet):
    return np.reshape(sheet.page.evaluate(LINE), (-1, 3))


def test_letter_by_letter_is_the_same_as_at_once_and_changing_a_letter_is_undone(sheet, write):
    page = sheet.page
    write("a word", by="letters")
    typed = points(sheet)
    assert len(typed) > 50 and len(sheet.painted("model")) > 50
    page.evaluate(WRITE, ["something else", 1, 0.45])
    page.evaluate(WRITE, ["a word", 1, 0.45])
    np.testing.assert_array_equal(typed, points(sheet))
    write("a ward")
    assert not np.array_equal(typed, points(sheet))
    page.locator("#text-field").press("Control+z")
    sheet.until(lambda: page.evaluate(TEXT) == "a word", "the word again")
    np.testing.assert_array_equal(typed, points(sheet))


def test_what_cannot_be_written_is_a_sentence_and_the_writing_stays(sheet, write):
    page = sheet.page
    write("caf\u00e9")
    assert "\u00e9 as e" in page.evaluate(NOTE)
    before = points(sheet)
    for text, said in (
        ("5 \u20ac", "EURO SIGN"),
        ("\u05e9\u05dc", "right to left"),
        ("a\u0007b", "control character U+0007"),
        ("a" * 10**6, "1,000,000 characters"),
    ):
        page.locator("#text-field").evaluate(
            "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')); }", text
        )
        sheet.until(lambda said=said: said in page.evaluate(NOTE), said)
        assert page.evaluate(TEXT) == "cafe" and page.input_value("#text-field") == text
    np.testing.assert_array_equal(points(sheet), before)
    page.click("#continuation .save summary")
    with page.expect_download() as saved:
        page.locator("#continuation .choices button", has_text="Page, A4").click()
    root = ElementTree.parse(saved.value.path()).getroot()
    assert (root.get("width"), root.get("height")) == ("210mm", "297mm") and list(root.iter(f"{SVG}path"))
    sheet.mode("line")
    assert not page.locator("#continuation .choices button", has_text="Page").first.is_visible()
    page.keyboard.press("Escape")
    sheet.mode("text")


def test_in_the_hand_of_the_ink_which_is_read_and_can_be_corrected(sheet, write):
    page = sheet.page
    write("a word")
    without = points(sheet)
    sheet.write(scribble(3.0, 80))
    read = sheet.until(lambda: page.input_value("#says"), "what the ink says")
    sheet.until(lambda: not np.array_equal(points(sheet), without), "the word in that hand")
    assert len(sheet.ink()) == 1 and page.evaluate(TEXT) == "a word"
    page.fill("#says", "A text that is much longer than that")
    sheet.until(lambda: "Your ink seems to say" in page.evaluate(NOTE), "doubt")
    page.fill("#says", read)
    sheet.until(lambda: "seems to say" not in page.evaluate(NOTE), "no doubt")
    address = link(Page(sheet))
    assert page.input_value("#says") == read
    page.fill("#says", "other words")
    page.locator("#says").blur()
    open_link(Page(sheet), address)
    sheet.until(lambda: page.input_value("#says") == read, "what the link says of its ink")
    with page.expect_download() as saved:
        page.click("#hand-save")
    hand = json.loads(saved.value.path().read_text())["hands"][0]
    assert hand["says"] == read and len(hand["points"]) > 30
    page.set_input_files("#hand-file", saved.value.path())
    sheet.until(lambda: "is loaded" in page.evaluate(NOTE) or page.input_value("#hand") not in ("-2", ""), "the hand")
    assert page.locator("#hand option").last.inner_text() == read
    options = page.locator("#hand option").count()
    sheet.mode("line")
    sheet.page.evaluate(DROP, saved.value.path().read_text())
    sheet.until(lambda: page.locator("#hand option").count() == options + 1, "a dropped hand")
    assert page.locator("#mode-text").is_checked()
    page.set_input_files("#hand-file", ROOT / "weights" / "styles.json")
    sheet.until(lambda: 'format is not "ductus hands 1"' in page.evaluate(NOTE), "why it is no hand")


def test_by_keys_alone_with_the_letter_at_the_caret_marked_and_the_line_in_the_figures(sheet, write):
    page = sheet.page
    write("two words")
    canvas = page.locator("#continuation .alignment")
    page.locator("#text-field").focus()
    page.keyboard.press("Home")
    plain = canvas.screenshot()
    page.keyboard.press("ArrowRight")
    sheet.until(lambda: canvas.screenshot() != plain, "the first letter to be marked")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "text-show":
            break
    page.keyboard.press("Enter")
    sheet.until(lambda: "The figures below show this text" in page.evaluate(NOTE), "the line to be shown")
    chip = page.locator("#mixture-line")
    assert chip.input_value() == "model" and "the text you typed" in chip.inner_text()
    with_and_without_the_text(sheet, "two words")


def with_and_without_the_text(sheet, text):
    """Check the fans of the typed line: they are those of CPython, and a point says what the text is worth."""
    page, figure = sheet.page, small(Figure(sheet, "fans"))
    written = write_text(NETWORK, text, 0.45, 1)
    own = points(sheet)[:100]
    np.testing.assert_allclose(own, written.points[: len(own)], atol=1e-4)  # the units of both networks are the same
    line, count = points(sheet), len(points(sheet))
    plain = figure.show().settled(count)
    starts = np.concatenate([[[0, 0]], line[:-1, :2].cumsum(0)]) / UNITS
    np.testing.assert_allclose(plain["origins"], starts, atol=1e-4)
    page.locator("#fans [value=without]").focus()
    page.keyboard.press("ArrowRight")
    wanted = fan(NETWORK, line, text, 10, 3, 0.5, 7)[..., :2].cumsum(2) / UNITS + starts[:, None, None]
    sheet.until(lambda: not np.array_equal(figure.settled(count)["xy"], plain["xy"]), "the other fans")
    gaps = np.abs(figure.settled(count)["xy"] - wanted).max(axis=(2, 3))  # (N, 10)
    assert np.quantile(gaps, 0.99) < TOLERANCE, np.quantile(gaps, [0.5, 0.9, 0.99, 1])
    figure.strip.focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageDown")
    costs = [f"{NETWORK.score(line, text).total[10]:.2f}", f"{MODEL.score(line).total[10]:.2f}"]
    known, unknown = (cost.replace("-", "\u2212") for cost in costs)
    said = f"The point that came cost {known} nats with the text, {unknown} without it."
    sheet.until(lambda: figure.readout().endswith(said), f"{said} {figure.readout()}")
    page.select_option("#fans-line", "straight")
    sheet.until(lambda: not page.locator("#fans-knows").is_visible(), "no such choice for another line")
    page.select_option("#fans-line", "model")
    page.locator("#fans [value=without]").check()


def test_networks_of_every_kind_in_any_order_and_a_link_to_the_text(sheet, write):
    """A dropped network takes the place of its own kind, the others go on; the link names the one that wrote."""
    page, opened = sheet.page, Page(sheet)
    page.select_option("#hand", "-1")
    write("a word")
    small_writer = random_text_weights(units=8, seed=1, name="small writer")

    def writes(weights, units):
        """Wait until the text is what this network writes, in units of the plain one."""
        network = TextNetwork(weights)
        scale = [units / network.units_per_x_height] * 2 + [1]
        wanted = write_text(network, "a word", 0.45, 1).points[:30] * scale
        there = lambda: (own := points(sheet)).shape >= wanted.shape and np.allclose(own[:30], wanted, atol=1e-3)  # noqa: E731
        sheet.until(there, f"{weights.metadata['name']} to write: {page.evaluate(NOTE)}")

    for name, weights, said, units in (
        ("writer.jb64.gz", small_writer, "small writer writes the texts now", UNITS),
        ("plain.jb64", random_weights(7, 1), "random, 7 cells", 3.0),
        ("reader.jb64", random_reader_weights(), "random reader reads your ink now", 3.0),
        ("model.json", None, ", 50 cells", 2.6),
    ):
        data = article_file(50, 20) if weights is None else b"".join(weight_file.encode(weights))
        assert said in opened.dropped((name, gzip.compress(data) if name.endswith("gz") else data))
        writes(small_writer, units)
    address = link(opened)
    page.click("#dropped button")
    sheet.reveal("own-weights")
    page.click("#own-weights .back")
    sheet.corner()  # what is off the screen does not write
    writes(NETWORK.weights, UNITS)
    page.locator("#text-field").fill("")
    page.locator("#text-field").blur()
    open_link(opened, address)
    said = "The text of this link was written by another network: this one writes it in its own way."
    sheet.until(lambda: page.locator("#dropped output").inner_text() == said, "that sentence")
    assert page.input_value("#text-field") == "a word" and page.input_value("#hand") == "-1"
    writes(NETWORK.weights, UNITS)
    page.click("#dropped button")
