"""Before Python is ready, and when loading fails: the pen works, the message is accurate, retry is offered."""

import gzip
import json

import numpy as np
import pytest

from tests.conftest import BROWSER_FLAGS
from tests.e2e.in_and_out import Page
from tests.e2e.reader import Sheet, scribble
from tests.e2e.test_own_network import weight_file
from tests.run import find_browser

TOLERANCE = 1e-4  # model units, between WebAssembly and this machine


def hold(page, pattern):
    """Keep requests waiting; return a function that releases them and all later ones."""
    held = []
    page.route(pattern, lambda route: route.continue_() if held is None else held.append(route))

    def release():
        nonlocal held
        waiting, held = held, None
        for route in waiting:
            route.continue_()

    return release


def test_ink_before_python_is_kept_and_replayed(open_sheet, model):
    releases = []
    sheet = open_sheet(before=lambda page: releases.append(hold(page, "**/*.wasm")))
    sheet.write(scribble(), scribble(1.0, 20, (5.0, 0.0)))
    sheet.write(scribble(0.7, 15, (6.5, 0.0)), lift=False)
    written = sheet.ink()
    assert [stroke["open"] for stroke in written] == [False, False, True]
    assert len(sheet.painted("ink")) > 100
    assert sheet.loading()[0] == "loading"
    assert sheet.page.locator("#clear").is_disabled()  # no enabled button without effect
    releases[0]()
    sheet.ready()
    sheet.pause()
    for there, before in zip(sheet.ink(), written, strict=True):
        np.testing.assert_array_equal(there["xy"], before["xy"])
    record = sheet.prediction(model)
    offsets = model.continue_(
        model.feed(record["points"], model.start()),
        record["samples"],
        record["steps"],
        record["temperature"],
        record["seed"],
    )
    np.testing.assert_allclose(record["offsets"], offsets, atol=TOLERANCE)
    sheet.page.mouse.up()


def test_loading_says_what_and_how_much_and_then_nothing(open_sheet):
    held, watched = [], []  # large files: on a busy machine they would be there before the page is parsed and watched

    def prepare(page):
        page.route("**/*.{wasm,zip,whl,gz}", lambda route: route.continue_() if watched else held.append(route))
        page.add_init_script("""
            window.said = [];
            document.addEventListener("DOMContentLoaded", () => {
                const output = document.querySelector("#loading output");
                const bar = document.querySelector("#loading progress");
                const note = () => said.push([output.value, bar.position]);
                new MutationObserver(note).observe(output, {childList: true});
            });
        """)

    sheet = open_sheet(before=prepare)
    sheet.page.wait_for_load_state("domcontentloaded")
    watched.append(True)
    for route in held:
        route.continue_()
    sheet.ready()
    said = sheet.page.evaluate("said")
    texts = [text for text, _ in said]
    counted = [(text, part) for text, part in said if " of " in text]
    assert any("Python" in text for text, _ in counted) and any("numpy" in text for text, _ in counted)
    assert texts.index("Starting Python") > texts.index(counted[-1][0])
    assert texts[-1] == "Reading the network"
    for text, part in counted:
        done, of, megabytes, unit = text.split(": ")[1].split()
        assert (of, unit) == ("of", "MB")
        rounding = 0.1 / float(megabytes)  # both numbers are rounded to a tenth
        assert part == pytest.approx(float(done) / float(megabytes), abs=rounding)
    assert 14 < float(counted[-1][0].split(" of ")[1].split()[0]) < 18
    sheet.until(
        lambda: sheet.page.evaluate("getComputedStyle(loading).opacity") == "0", "the loading line to disappear"
    )


def corrupt(lines):
    """Return the weight file with one letter changed in the middle of its seventh line."""
    lines = list(lines)
    line = bytearray(lines[6])
    line[len(line) // 2] ^= 1
    lines[6] = bytes(line)
    return gzip.compress(b"\r\n".join(lines), 1)


def fails_on_the_network(sheet, *words):
    sheet.write(scribble())
    written, painted = sheet.ink(), len(sheet.painted("ink"))
    sheet.until(lambda: sheet.loading()[0] == "failed", "the failure")
    text = sheet.loading()[1]
    for word in words:
        assert word in text, text
    assert "Traceback" not in text
    np.testing.assert_array_equal(sheet.ink()[0]["xy"], written[0]["xy"])
    assert len(sheet.painted("ink")) == painted
    sheet.write(scribble(1.0, 20, (5.0, 0.0)))
    assert len(sheet.ink()) == 2  # the pen still works


def test_a_corrupt_network_is_named_and_a_good_one_can_follow(open_sheet, model, weight_lines):
    body = corrupt(weight_lines)
    sheet = open_sheet(before=lambda page: page.route("**/weights/*", lambda route: route.fulfill(body=body)))
    fails_on_the_network(sheet, "line 7", "MD5")
    sheet.page.unroute("**/weights/*")
    sheet.page.get_by_role("button", name="Try again").click()
    sheet.ready()
    sheet.pause()
    assert sheet.prediction(model)["points"].shape == sheet.expected_points(model).shape


def test_a_network_that_does_not_load_is_reported_and_can_be_retried(open_sheet, model):
    sheet = open_sheet(before=lambda page: page.route("**/weights/*", lambda route: route.fulfill(status=404)))
    fails_on_the_network(sheet, "network", "404")
    sheet.page.unroute("**/weights/*")
    sheet.page.get_by_role("button", name="Try again").click()
    sheet.ready()
    sheet.pause()
    sheet.prediction(model)


# tests/e2e/test_broken_files.py has the others, in more ways.
@pytest.mark.parametrize("missing", ["numpy-*.whl", "core.js"])
def test_a_runtime_that_does_not_load_is_reported(open_sheet, missing):
    open_sheet.throws = True  # PyScript does
    sheet = open_sheet(before=lambda page: page.route(f"**/{missing}", lambda route: route.abort()))
    fails_on_the_network(sheet, "Python", "Reload")
    assert not sheet.page.get_by_role("button", name="Try again").is_visible()


def test_an_error_in_the_pages_own_program_is_reported(open_sheet):
    broken = "raise RuntimeError('made for a test')\n"
    sheet = open_sheet(before=lambda page: page.route("**/start.py", lambda route: route.fulfill(body=broken)))
    fails_on_the_network(sheet, "program", "Reload")


def same_ink(sheet, written):
    sheet.until(lambda: len(sheet.ink()) >= len(written), "the ink from before")
    for there, before in zip(sheet.ink(), written, strict=True):
        np.testing.assert_array_equal(there["xy"], before["xy"])


def test_everything_can_be_loaded_again_after_a_failure_and_no_ink_is_lost(open_sheet):
    open_sheet.throws = True  # PyScript does
    sheet = open_sheet(before=lambda page: page.route("**/core.js", lambda route: route.abort()))
    again = sheet.page.get_by_role("button", name="Load everything again")
    sheet.write(scribble())
    sheet.until(lambda: sheet.loading()[0] == "failed", "the failure")
    written = sheet.ink()
    sheet.page.unroute("**/core.js")
    with sheet.page.expect_navigation(wait_until="commit"):
        again.click()
    sheet.ready()
    sheet.pause()
    same_ink(sheet, written)
    sheet.page.reload()
    sheet.ready()
    same_ink(sheet, written)  # once


def test_ink_that_only_the_pens_have_survives_a_reload(open_sheet):
    releases = []
    sheet = open_sheet(before=lambda page: releases.append(hold(page, "**/*.wasm")))
    assert not sheet.page.get_by_role("button", name="Load everything again").is_visible()
    sheet.write(scribble(), scribble(1.0, 20, (5.0, 0.0)))
    written = sheet.ink()
    sheet.page.reload(wait_until="commit")
    same_ink(sheet, written)
    releases[0]()
    sheet.ready()
    same_ink(sheet, written)


INK = b"<ink><trace>0 0, 10 10, 20 0, 30 10</trace></ink>"
NAMES = "[...document.querySelectorAll('#fans .name')].map((name) => name.textContent)"


def early(open_sheet):
    """Return a page whose own program runs, while Python is kept from the worker; and what lets it come."""
    releases = []
    sheet = open_sheet(before=lambda page: releases.append(hold(page, "**/pyodide.asm.wasm")))
    sheet.until(lambda: sheet.page.locator("#start-fresh").is_enabled(), "the page's program")
    return sheet, releases[0]


@pytest.mark.parametrize("how", ["dropped", "picked"])
def test_ink_that_comes_before_the_network_is_read_by_it(open_sheet, how):
    sheet, release = early(open_sheet)
    if how == "dropped":
        said = Page(sheet).dropped(("a.inkml", INK))
        assert said == "a.inkml will be read as soon as the network is there."
    else:
        sheet.page.set_input_files("#fans-file", {"name": "a.inkml", "mimeType": "", "buffer": INK})
    release()
    sheet.ready()
    sheet.until(lambda: sheet.page.evaluate(NAMES) == ["a.inkml"], "the file's ink")
    sheet.until(lambda: sheet.page.locator("#style").is_enabled(), "the styles")  # which come later
    assert sheet.page.evaluate(NAMES) == ["a.inkml"] and sheet.page.locator("#fans-own").is_visible()
    if how == "dropped":
        assert sheet.page.locator("#dropped output").inner_text() == "The figures show the ink of a.inkml now."


def test_an_invalid_file_that_comes_before_the_network_leaves_the_example(open_sheet):
    sheet, release = early(open_sheet)
    Page(sheet).dropped(("a.inkml", b"<ink><trace>0</trace></ink>"))
    release()
    sheet.ready()
    said = sheet.page.locator("#dropped output")
    sheet.until(lambda: said.inner_text().startswith("a.inkml: trace 0"), "what is wrong with the file")
    offered = "document.querySelector('#fans-line option[value=ink]').textContent"
    sheet.until(lambda: sheet.page.evaluate(offered) == "the example word", "the example")
    assert sheet.page.evaluate(NAMES) == [""]


def test_a_network_that_comes_before_the_pages_own_is_used(open_sheet):
    sheet, release = early(open_sheet)
    assert Page(sheet).dropped(("seven.jb64", weight_file(7, 1))).startswith("seven.jb64 will be read")
    release()
    sheet.ready()
    said = sheet.page.locator("#dropped output")
    sheet.until(lambda: said.inner_text().startswith("seven.jb64 is in use: random 7"), "the reader's network")
    sheet.until(lambda: sheet.page.locator("[data-model=units]").first.inner_text() == "7", "its size")


def test_the_network_starts_where_the_browser_keeps_nothing_for_sites(playwright, site, tmp_path, model):
    """There indexedDB.open() does not throw, but its request gets an error event, in the page and in the worker."""
    (tmp_path / "Default").mkdir()
    refused = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(refused))
    how = {"executable_path": find_browser(), "args": BROWSER_FLAGS, "viewport": {"width": 1280, "height": 800}}
    context = playwright.chromium.launch_persistent_context(tmp_path, **how)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site.url)
    assert page.evaluate("() => { try { localStorage; return false } catch { return true } }")
    sheet = Sheet(page)
    sheet.ready()
    sheet.pause()
    sheet.write(scribble())
    sheet.prediction(model)
    context.close()
    assert errors == []
