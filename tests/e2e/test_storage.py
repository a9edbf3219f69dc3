"""Other tabs, and databases that are slow, broken, newer or lost: no ink is lost, and the page says what is going on.

Tests of storage need no network: they stop Python in the worker from starting, so that a page loads fast.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error

from tests.conftest import BROWSER_FLAGS
from tests.e2e.reader import scribble
from tests.e2e.visit import Visit, without_python
from tests.run import find_browser

SAVED = "Saved in this browser."
ONE, TWO, THREE = scribble(1.0, 20), scribble(1.5, 25, (2.0, 0.0)), scribble(0.8, 15, (4.0, 0.0))


@pytest.fixture(params=["reloaded", "closed"])
def ends(request):
    """Return a function that ends a visit in one of two ways and returns the next one."""

    def end(here):
        if request.param == "reloaded":
            return here.again()
        context, url = here.page.context, here.page.url
        here.page.close()
        return tab(context, url)

    return end


def tab(context, url):
    """Open the page in another tab of a browser."""
    page = context.new_page()
    without_python(page)
    page.goto(url)
    return Visit(page).here()


def other_tab(here):
    return tab(here.page.context, here.page.url)


def ink(here):
    return here.inks()["#continuation"]


def all_saved(here):
    """Wait until the page says that all is saved."""
    here.until(lambda: here.words().endswith(SAVED), "the words that all is saved")


# --- other tabs


def test_a_tab_that_closes_with_its_pen_down_overwrites_no_other_tabs_ink(visit, ends):
    mine = visit().here()
    theirs = other_tab(mine)
    theirs.write(TWO)
    all_saved(theirs)
    other = ink(theirs)
    theirs.page.close()
    mine.page.bring_to_front()
    mine.write(ONE, lift=False)
    mine.page.wait_for_timeout(100)  # until the last sample is ink
    written = ink(mine)
    after = ends(mine)
    after.until(lambda: ink(after) == written, "the stroke of the tab that was closed")
    after.until(lambda: after.page.locator("#restore").is_visible(), "the offer to restore the other tab's")
    after.page.click("#restore")
    after.until(lambda: ink(after) == other, "the other tab's ink")


def test_three_tabs_lose_no_ink_and_each_says_whose_is_kept(visit):
    tabs = [visit().here()]
    tabs += [other_tab(tabs[0]), other_tab(tabs[0])]
    inks = []
    for here, stroke in zip(tabs, (ONE, TWO, THREE), strict=True):
        here.page.bring_to_front()
        here.write(stroke)
        all_saved(here)
        inks.append(ink(here))
    for here in tabs[:2]:
        here.until(
            lambda here=here: "kept in Figure 1; the ink here is" in here.words(), "the words that it is another's"
        )
        assert SAVED not in here.words()
    assert "Another tab's ink is kept in the backup" in tabs[2].words()
    found = [ink(tabs[2])]
    for _ in inks[1:]:
        tabs[2].page.click("#restore")
        tabs[2].until(lambda: ink(tabs[2]) not in [*found, []], "the next backup")
        found.append(ink(tabs[2]))
        all_saved(tabs[2])
    assert sorted(found, key=inks.index) == inks


def test_two_tabs_keep_each_others_settings(visit):
    mine = visit().here()
    theirs = other_tab(mine)
    theirs.set("temperature", 0.55)
    theirs.until(lambda: "temperature" in theirs.stored().get("settings", ""), "the setting to be saved")
    theirs.page.close()
    mine.set("steps", 60)
    mine.until(lambda: "steps 60" in mine.stored().get("settings", ""), "the setting to be saved")
    mine.again()
    mine.until(lambda: mine.setting()["temperature"] == 0.55, "the other tab's setting")
    assert mine.setting()["steps"] == 60


# --- databases


# Holds back the answers about the page's database, or has them be errors, until `answer(true)`.
PLAYED = """
    const real = indexedDB.open.bind(indexedDB);
    let failing = MODE === "error";
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    window.answer = () => { failing = false; release(); };
    indexedDB.open = (name, version) => {
        if (!name.startsWith("ductus ")) return real(name, version);
        if (failing) {
            const request = {error: new DOMException("made for a test", "UnknownError")};
            setTimeout(() => request.onerror());
            return request;
        }
        const request = real(name, version);
        Object.defineProperty(request, "onsuccess", {set(then) {
            request.addEventListener("success", () => held.then(() => then()));
        }});
        return request;
    };
"""


@pytest.mark.parametrize(
    ("mode", "words", "writes"),
    [
        ("slow", "does not answer yet", True),
        ("error", "UnknownError", False),
        pytest.param("slow", "does not answer yet", False, marks=pytest.mark.slow),
        pytest.param("error", "UnknownError", True, marks=pytest.mark.slow),
    ],
)
def test_a_database_that_comes_late_has_the_ink_of_both(visit, mode, words, writes):
    before = visit().here()
    before.write(ONE)
    all_saved(before)
    first = ink(before)
    before.page.add_init_script(PLAYED.replace("MODE", repr(mode)))
    here = before.again()
    here.until(lambda: words in here.words(), "the words about the database")
    assert "localStorage" in here.words() and SAVED not in here.words()
    if writes:
        here.write(TWO)
        here.until(
            lambda: here.page.evaluate("localStorage.getItem('ductus / ink continuation')"), "the ink in localStorage"
        )
    written = ink(here)
    assert len(written) == writes
    here.page.evaluate("answer()")
    all_saved(here)
    assert "localStorage" not in here.words()
    assert here.page.evaluate("localStorage.getItem('ductus / ink continuation')") is None
    assert ink(here) == (written if writes else first)
    if writes:
        here.page.click("#restore")
        here.until(lambda: ink(here) == first, "the ink of the earlier visit")


def test_ink_in_the_fallback_is_found_by_the_next_visit(visit):
    here = visit().here()
    here.write(ONE)
    all_saved(here)
    one = ink(here)
    here.page.evaluate("localStorage.setItem('ductus / ink continuation', 'ductus ink 1\\n0.5 0 1 0.5\\n0.05 0.05')")
    here.again()
    here.until(lambda: [stroke["xy"] for stroke in ink(here)] == [[0.5, 0, 1, 0.5]], "the ink of the fallback")
    here.page.click("#restore")
    here.until(lambda: ink(here) == one, "the ink of the database")


def test_a_newer_version_of_the_database_is_named(visit):
    here = visit().here()
    here.write(ONE)
    all_saved(here)
    here.page.evaluate(
        """() => new Promise((resolve) => {
            indexedDB.open("ductus " + location.pathname, 2).onsuccess = (event) => {
                event.target.result.close();
                resolve();
            };
        })"""
    )
    here.until(lambda: "newer version" in here.words(), "the words about the newer version")
    here.write(TWO)
    written = ink(here)
    here.until(lambda: "localStorage" in here.words() and "Saving" not in here.words(), "the ink to be saved")
    here.again()
    here.until(lambda: ink(here) == written, "the ink in the fallback")


def test_a_database_that_is_closed_and_emptied_under_the_page_is_filled_again(visit):
    here = visit().here()
    here.write(ONE)
    here.write_on("#cells-live", ONE)
    here.saved("ink cells-live")
    all_saved(here)
    inks = here.inks()
    devtools = here.page.context.new_cdp_session(here.page)
    origin = here.page.evaluate("location.origin")
    devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb"})
    here.saved("ink continuation")
    here.saved("ink cells-live")
    here.write(TWO)
    inks["#continuation"] = ink(here)
    all_saved(here)
    here.again()
    here.until(lambda: here.inks() == inks, "all ink")


def test_a_database_without_its_store_is_made_again(visit, site):
    def prepare(page):
        page.goto(site.url + "css/base.css")
        page.evaluate(
            """() => new Promise((resolve) => {
                indexedDB.open("ductus /", 1).onsuccess = (event) => {
                    event.target.result.close();
                    resolve();
                };
            })"""
        )

    here = visit(before=prepare).here()
    here.write(ONE)
    all_saved(here)
    written = ink(here)
    here.again()
    here.until(lambda: ink(here) == written, "the ink")


# --- the words


# A tap of the pen: what the page says when it is down, and when it is up again.
TAP = """([x, y]) => {
    const canvas = document.querySelector("#continuation canvas.ink");
    const said = [];
    for (const kind of ["pointerdown", "pointerup"]) {
        canvas.dispatchEvent(new PointerEvent(kind, {
            pointerId: 7, pointerType: "pen", bubbles: true, cancelable: true, clientX: x, clientY: y,
        }));
        said.push(document.querySelector("#autosave-status").innerText);
    }
    return said;
}"""


def test_a_stroke_that_is_not_saved_yet_is_never_called_saved(visit):
    here = visit().here()
    for x in (0.5, 1.0, 1.5):
        said = here.page.evaluate(TAP, here.places([[x, -0.5]])[0].tolist())
        assert said == ["Saving…", "Saving…"]
        all_saved(here)
    here.write(ONE, lift=False)
    here.page.wait_for_timeout(300)
    assert here.words() == "Saving…"
    here.page.mouse.up()
    all_saved(here)


def browser_of(folder):
    """Return the number of the browser's main process that has this profile."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        types = [word for word in command if word.startswith(b"--type=")]
        if f"--user-data-dir={folder}".encode() in command and not types:
            return int(process.name)
    return None


def wait_for_end(folder):
    end = time.monotonic() + 30
    while browser_of(folder) is not None:
        assert time.monotonic() < end, "the browser is still there"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the browser's process in /proc")
def test_what_is_called_saved_survives_the_killing_of_the_whole_browser(playwright, site, tmp_path):
    before = []
    for _ in range(4):
        context = playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=find_browser(), args=BROWSER_FLAGS, viewport={"width": 1280, "height": 800}
        )
        here = tab(context, site.url)
        here.until(lambda here=here, before=before: ink(here) == before, "the ink of the browser that was killed")
        here.write(scribble(0.4, 12, (len(before) % 5, 0.0)), scribble(0.3, 9, (0.5 + len(before) % 5, 0.0)))
        before = ink(here)
        here.until(lambda here=here: here.words() == SAVED, "the word that all is saved")
        os.kill(browser_of(tmp_path), signal.SIGKILL)
        with contextlib.suppress(Error):  # it has ended
            context.close()
        wait_for_end(tmp_path)
