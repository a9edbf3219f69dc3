"""First and later visits to a built site, from the browser's own cache alone and with the service worker.

For tests/bench.py; milliseconds until the first prediction. Every round is a new profile for each of the two, on a
host with the headers of GitHub Pages in a process of its own; a visit lasts until everything is cached.
"""

import multiprocessing
import tempfile
import time
from pathlib import Path

from tests.benchmarks.start import WATCH
from tests.conftest import BROWSER_FLAGS
from tests.e2e.hosts import Host
from tests.e2e.reader import Sheet, scribble
from tests.run import find_browser
from tests.support.servers import answering

WAYS = {"HTTP cache": "block", "service worker": "allow"}
VISITS = ("first", "second", "third")
# The browser caches compiled code some seconds after it ran.
STAY_S = 8
KEPT = "navigator.serviceWorker.ready.then(() => true)"


def _serve(folder, port):
    with answering(Host(folder)) as host:
        port.send(host.url)
        port.recv()


def measure(playwright, folder: Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Return {way: {visit: milliseconds of each round}}; `folder` is a built site."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(folder, there), daemon=True)
    process.start()
    url = here.recv()
    found = {way: {visit: [] for visit in VISITS} for way in WAYS}
    try:
        for turn in range(rounds):
            for way in list(WAYS)[:: 1 if turn % 2 else -1]:
                with tempfile.TemporaryDirectory() as profile:
                    for visit in VISITS:
                        found[way][visit].append(_visit(playwright, profile, url, WAYS[way]))
    finally:
        process.terminate()
    return found


def _visit(playwright, profile, url, workers):
    """Start a browser on this profile, load the page until the first prediction, and stay until all is cached."""
    browser = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=find_browser(),
        args=BROWSER_FLAGS,
        viewport={"width": 1280, "height": 800},
        service_workers=workers,
    )
    time.sleep(2)  # a browser is still starting for a while after it can be driven
    page = browser.new_page()
    page.add_init_script(WATCH)
    page.goto(url, wait_until="commit")
    page.evaluate("penReady")
    Sheet(page).write(scribble(0.5, 4))
    shown = page.evaluate("firstShown")
    if workers == "allow":
        page.evaluate(KEPT)
    page.wait_for_timeout(1000 * STAY_S)
    browser.close()
    return shown
