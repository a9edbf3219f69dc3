"""The time to the first prediction, compared with bare Pyodide and numpy. For tests/bench.py; milliseconds.

From the start of the navigation, by the page's own clock. The page is not queried while it starts, and no frames are
requested: on two processors both would add to the measurement, and only in the page that shows more.
"""

import json
from pathlib import Path

from tests.e2e.reader import Sheet, scribble

ROOT = Path(__file__).resolve().parents[2]

WATCH = """
const seen = (selector, attribute, what) => new Promise((resolve) =>
    document.addEventListener("DOMContentLoaded", () => {
        const element = document.querySelector(selector);
        const look = () => what(element) && resolve(performance.now());
        new MutationObserver(look).observe(element, {attributes: true, attributeFilter: [attribute]});
        look();
    }));
// A canvas is 300 wide until the pen has set it up.
window.penReady = seen("canvas.ink", "width", (canvas) => canvas.width !== 300);
window.firstShown = seen("#continuation", "data-shown", (figure) => figure.dataset.shown);
"""
# The minimum for starting Pyodide and numpy in a worker; `started` is when they are ready.
BARE = """
const source = `import("FOLDERpyodide.mjs").then(async ({loadPyodide}) => {
    const python = await loadPyodide({packages: ["numpy"]});
    python.runPython("import numpy");
    postMessage("done");
})`;
const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
const worker = new Worker(url, {type: "module"});
window.started = new Promise((done) => (worker.onmessage = () => done(performance.now())));
"""


def bare(browser, site):
    """Measure Pyodide and numpy in a worker and nothing else: the minimum for any page of this kind."""
    page = browser.new_page()
    version = json.loads((ROOT / "runtime.lock.json").read_text())["parts"]["pyodide"]["version"]
    page.add_init_script(BARE.replace("FOLDER", f"{site.url}runtime/pyodide-{version}/"))
    page.goto(site.url + "nothing")  # a 404 page of the same origin
    return {"bare_pyodide_numpy": page.evaluate("started")}


def first(browser, site):
    """Measure a visit until the pen is ready and, with a few points of ink, until the first prediction."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(WATCH)
    page.goto(site.url, wait_until="commit")
    found = {"pen_ready": page.evaluate("penReady")}
    Sheet(page).write(scribble(0.5, 4))
    return found | {"first_prediction": page.evaluate("firstShown")}
