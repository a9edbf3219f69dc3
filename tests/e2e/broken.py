"""Visits to a built site of which one file is broken: does the page work, or say which file it is?"""

import contextlib
import fnmatch
import time

from playwright.sync_api import Error as PlaywrightError

from tests.e2e.hosts import Host
from tests.e2e.reader import PATIENCE_S, Sheet
from tests.support.servers import answering

# Until the page names the file: three times what it takes at most, for a machine on which other tests run.
LIMIT_S = 90
AT_ONCE = 6
STATE = "[document.querySelector('#loading')?.dataset.state, document.body?.innerText]"
INK = """async () => {
    const {pen} = await import("./js-shims/boot/pens.js");
    return pen.count;
}"""
# Without these no ink can be taken: the pens and what they import.
PEN = ("index.html", "js-shims/boot/pens.js", "js-shims/ink/*", "js-shims/canvas/*")


class Visit:
    """One visit in a context of its own, to a site with one file broken in one of `hosts.WAYS`.

    `outcome` is "works", "named", or what went wrong; None while that is open.
    """

    def __init__(self, browser, folder, name, way):
        self.name, self.way, self.outcome, self.text = name, way, None, ""
        self._answering = contextlib.ExitStack()
        self.host = self._answering.enter_context(answering(Host(folder)))
        self.host.broken[name] = way
        self._context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
        self._page = self._context.new_page()
        self._page.goto(self.host.url, wait_until="commit")
        self._start = time.monotonic()

    def look(self):
        """Look at the page once, and end the visit if there is an outcome."""
        try:
            state, self.text = self._page.evaluate(STATE)
        except PlaywrightError:  # the document is being replaced
            state = None
        passed = time.monotonic() - self._start
        if state == "done":
            self.outcome = "works"
        elif self.name in (self.text or ""):  # the article names no file by its path
            self.outcome = "named" if passed < LIMIT_S else f"named after {passed:.0f} s: {self.said()}"
        elif passed > (PATIENCE_S if state == "loading" else LIMIT_S):  # it may still work, on a busy machine
            self.outcome = f"silent: {self.said()}"
        if self.outcome in ("works", "named") and not any(fnmatch.fnmatch(self.name, pen) for pen in PEN):
            self._write()
        if self.outcome:
            self.close()

    def said(self):
        """Return what stands where loading is shown."""
        place = self._page.locator("#loading")
        return place.inner_text(timeout=1000) if place.count() else self.text

    def _write(self):
        """Write a stroke in the middle of the sheet; without styles nothing may be seen of it."""
        before = self._page.evaluate(INK)
        sheet = self._page.locator("#continuation canvas.ink")
        sheet.scroll_into_view_if_needed()  # without styles it is far down
        box = sheet.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
        self._page.mouse.move(x, y)
        self._page.mouse.down()
        self._page.mouse.move(x + 60, y + 20, steps=3)
        self._page.mouse.up()
        styled = not self.name.endswith(".css")
        if self._page.evaluate(INK) != before + 1 or (styled and not len(Sheet(self._page).painted("ink"))):
            self.outcome += ", but no ink is taken"

    def close(self):
        """End the visit."""
        self._context.close()
        self._answering.close()


def outcomes(browser, folder, cases, at_once=AT_ONCE, tell=lambda visit: None):
    """Make a visit for each case, (name, way), several at once; return {case: outcome}."""
    waiting, open_visits, found = list(cases), [], {}
    try:
        while waiting or open_visits:
            while waiting and len(open_visits) < at_once:
                open_visits.append(Visit(browser, folder, *waiting.pop(0)))
            for visit in open_visits:
                visit.look()
            for visit in [visit for visit in open_visits if visit.outcome]:
                open_visits.remove(visit)
                found[visit.name, visit.way] = visit.outcome
                tell(visit)
            time.sleep(0.1)
    finally:
        for visit in open_visits:
            visit.close()
    return found


def requested(browser, folder):
    """Return the paths of the files that a visit to the whole site asks for."""
    with answering(Host(folder)) as host:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
        page = context.new_page()
        page.goto(host.url)
        sheet = Sheet(page)
        sheet.ready()
        sheet.until(lambda: page.locator("#style").is_enabled(), "the styles")
        context.close()
        return sorted({name for name, _ in host.asked})
