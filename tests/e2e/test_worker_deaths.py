"""Deaths of the worker: it is replaced, with all the ink; what it died of is named and never repeated by itself."""

import re

import numpy as np

from tests.conftest import ROOT
from tests.e2e.in_and_out import Page
from tests.e2e.reader import scribble

# It is busy until the page has asked for the next slice: between two calls nothing could be blamed.
DIES_AT_THE_NEXT_CALL = """setTimeout(() => {
    const end = Date.now() + 500;
    while (Date.now() < end);
    throw new Error("made for a test");
})"""
INK = b'{"strokes": [[[0, 0], [9, 9]]]}'


def pythons(page):
    """Return the workers that run Python: not those that only calculate for one."""
    return [worker for worker in page.workers if worker.url.startswith("blob:")]


def impatient(page):
    """Make the page treat a worker as dead after four seconds without an answer."""
    text = (ROOT / "py" / "page" / "worker_client" / "watchdog.py").read_text()
    assert text.count("\nHANG = ") == 1
    page.route(
        "**/worker_client/watchdog.py", lambda route: route.fulfill(body=re.sub(r"\nHANG = \d+", "\nHANG = 4", text))
    )


def test_a_worker_that_dies_is_replaced_and_one_that_dies_again_is_explained(open_sheet, model):
    sheet = open_sheet(before=impatient)
    sheet.ready()
    sheet.pause()
    page, errors = sheet.page, open_sheet.errors
    sheet.write(scribble(), scribble(1.0, 20, (5.0, 0.0)))
    sheet.prediction(model)
    written = sheet.ink()
    notice = page.locator("#crash-notice")

    # It crashes while it draws fans.
    sheet.set("fans-samples", 200)
    page.locator("#fans").scroll_into_view_if_needed()
    sheet.until(page.locator("#fans .progress").is_visible, "the fans to be under way")
    worker = pythons(page)[0]
    worker.evaluate(DIES_AT_THE_NEXT_CALL)
    sheet.until(notice.is_visible, "the notice")
    assert "made for a test" in notice.inner_text() and "Your ink is safe" in notice.inner_text()
    sheet.until(lambda: not notice.is_visible(), "another worker")
    assert len(pythons(page)) == 1 and pythons(page)[0] is not worker
    # What it died of is not repeated by itself, and named; the reader can have it tried again.
    again = page.locator("p.error[role=alert] button:visible")
    sheet.until(lambda: again.count() == 1, "what it died of")
    assert "made for a test" in again.locator("..").inner_text()
    again.press("Enter")
    page.locator("#fans").scroll_into_view_if_needed()
    sheet.until(lambda: page.locator("#fans").get_attribute("data-done"), "all the fans")
    assert not any(page.locator("p.error[role=alert]:visible").all_inner_texts())
    sheet.corner()
    sheet.write(scribble(1.0, 20, (7.0, 0.0)))  # the new worker receives this and all earlier ink
    sheet.prediction(model)
    for there, before in zip(sheet.ink(), written, strict=False):
        np.testing.assert_array_equal(there["xy"], before["xy"])

    # Soon after, it hangs.
    pythons(page)[0].evaluate("setTimeout(() => { for (;;); })")
    sheet.more()
    page.click("#new-sample")
    sheet.until(lambda: page.locator("#crash-notice-retry").is_visible(), "the explanation")
    assert "stopped twice now at Figure 1 (" in notice.inner_text() and "not answered" in notice.inner_text()
    assert "It is not tried again by itself" in page.locator("#continuation p.error[role=alert]").inner_text()
    report = page.locator("#crash-notice textarea").input_value()
    for words in ("made for a test", "not answered", "Chrome", "pyodide-314.0.3", "ductus-500", "predict"):
        assert words in report
    for stroke in sheet.ink():
        assert str(stroke["xy"][3, 0])[:8] not in report
    sheet.write(scribble(1.0, 20, (8.5, 0.0)))
    assert len(sheet.ink()) == 4  # the pen still works

    page.click("#crash-notice-retry")
    sheet.until(lambda: not notice.is_visible(), "a third worker")
    sheet.prediction(model)
    errors.clear()  # the error that the test caused, and PyScript's reports of it


# What comes of the call that begins to read a file, of the worker in use: no answer at all, or a late one.
READING = """async (ms) => {
    const worker = (await import("./js-shims/boot/worker.js")).last();
    const call = worker.call.bind(worker);
    const late = () => new Promise((resolve) => ms === null || setTimeout(resolve, ms));
    worker.call = (name, ...values) => {
        if (name !== "begin_task" || values[0] !== "files.load") return call(name, ...values);
        return worker.settled((resolve, reject) => late().then(() => call(name, ...values)).then(resolve, reject));
    };
}"""


def test_a_file_that_the_worker_died_of_is_named_and_not_read_again(open_sheet, model):
    sheet = open_sheet(before=impatient)
    sheet.ready()
    sheet.page.evaluate(READING, None)
    page = Page(sheet)
    worker = pythons(sheet.page)[0]
    words = page.dropped(("poison.json", INK))
    assert words.startswith("poison.json: the network stopped at this (it has not answered for")
    notice = sheet.page.locator("#crash-notice")
    if notice.is_visible():
        assert "The network has stopped at poison.json (" in notice.inner_text()
    sheet.until(lambda: not notice.is_visible(), "another worker")
    assert pythons(sheet.page) != [worker] and len(pythons(sheet.page)) == 1
    assert sheet.page.locator("#fans .error.file").inner_text() == words
    assert sheet.page.locator("#fans .name").inner_text() != "poison.json"  # the next worker did not get it
    sheet.corner()
    sheet.write(scribble())
    sheet.prediction(model)
    assert page.dropped(("poison.json", INK)) == "The figures show the ink of poison.json now."  # the reader asked


def test_the_reading_of_a_file_is_shown_and_can_be_cancelled(open_sheet):
    sheet = open_sheet()
    sheet.ready()
    sheet.page.evaluate(READING, 3000)
    page = Page(sheet)
    output, button = sheet.page.locator("#dropped output"), sheet.page.locator("#dropped button")
    page.drop(("long.json", INK))
    sheet.until(lambda: output.inner_text() == "Reading long.json\u2026", "the message")
    assert button.inner_text() == "Cancel"
    button.press("Enter")
    sheet.until(lambda: output.inner_text() == "long.json: it was not read to its end", "the message")
    assert button.inner_text() == "Close"
    button.press("Enter")
    assert not button.is_visible()
    assert sheet.page.locator("#fans .name").inner_text() != "long.json"
