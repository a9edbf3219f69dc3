"""How long a reader waits for the page, against bare Pyodide and numpy. For tests/bench.py; all in milliseconds.

First times are from the beginning of the navigation, by the page's own clock.
"""

import json
import math
import time
from pathlib import Path

from tests.e2e.reader import Sheet, scribble

ROOT = Path(__file__).resolve().parents[2]

WATCH = """
window.tasks = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({type: "longtask", buffered: true});
window.handled = [];
new PerformanceObserver((list) => {
    for (const {name, processingEnd, startTime} of list.getEntries())
        if (name.startsWith("pointer")) handled.push(processingEnd - startTime);
}).observe({type: "event", durationThreshold: 16, buffered: true});
document.addEventListener("DOMContentLoaded", () => {
    const shown = () => (window.firstShown ??= performance.now());
    new MutationObserver(shown).observe(document.querySelector("#writing"), {attributeFilter: ["data-shown"]});
});
const blank = setInterval(() => {
    const canvas = document.querySelector("canvas.ink");
    if (!canvas || canvas.width === 300) return;  // a canvas is 300 wide until the pen takes it in hand
    clearInterval(blank);
    window.penReady = performance.now();
}, 1);
window.gaps = [];
let last = performance.now();
requestAnimationFrame(function frame(now) { gaps.push(now - last); last = now; requestAnimationFrame(frame); });
"""
# [time, x, y] of every pointer event on the sheet, and of the first painting of every set of continuations: of a set
# that is where it begins, so that it tells the newest event that went into it.
TRACE = """async () => {
    const {Surface} = await import("./js-shims/draw.js");
    const {pen} = await import("./js-shims/boot.js");
    const paint = Surface.prototype.paths;
    const seen = new WeakSet();
    window.moves = [];
    window.sets = [];
    Surface.prototype.paths = function (paths, ...more) {
        paint.call(this, paths, ...more);
        if (!seen.has(paths)) sets.push([performance.now(), paths.table[0], paths.table[1]]);
        seen.add(paths);
    };
    document.querySelector("canvas.ink").addEventListener("pointermove", () => {
        if (pen.writing) moves.push([performance.now(), ...pen.strokes[pen.count - 1].xy.slice(-2)]);
    });
}"""
# As little as Pyodide and numpy in a worker can be started with; `started` is when they are there.
BARE = """<!doctype html><script>
const source = `import("FOLDERpyodide.mjs").then(async ({loadPyodide}) => {
    const python = await loadPyodide({packages: ["numpy"]});
    python.runPython("import numpy");
    postMessage("done");
})`;
const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
const worker = new Worker(url, {type: "module"});
const started = new Promise((done) => (worker.onmessage = () => done(performance.now())));
</script>"""


def bare(browser, site):
    """Pyodide and numpy in a worker, and nothing else: what no page of this kind can do without."""
    page = browser.new_page()
    version = json.loads((ROOT / "runtime.lock.json").read_text())["parts"]["pyodide"]["version"]
    html = BARE.replace("FOLDER", f"{site.url}runtime/pyodide-{version}/")
    page.route(site.url + "bare.html", lambda route: route.fulfill(content_type="text/html", body=html))
    page.goto(site.url + "bare.html")
    return {"bare_pyodide_numpy": page.evaluate("started")}


def visit(browser, site):
    """One visit: the pen, the network, a line of writing."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(WATCH)
    page.goto(site.url, wait_until="commit")
    page.wait_for_selector("canvas.ink")
    sheet, found = Sheet(page), {}
    found["pen_ready"] = sheet.until(lambda: page.evaluate("window.penReady"), "the pen")
    sheet.write(scribble(0.5, 4))
    found["first_prediction"] = sheet.until(lambda: page.evaluate("window.firstShown"), "the first prediction")
    page.keyboard.press(" ")
    page.wait_for_timeout(500)
    page.evaluate("tasks.length = gaps.length = handled.length = 0")
    page.evaluate(TRACE)
    for word in range(4):
        sheet.write(scribble(2.0, 60, (1.0 + 2.5 * word, 0)))
    shown, begun = sheet.shown(), time.monotonic()
    sheet.until(lambda: sheet.shown() > shown, "the prediction after the pen")
    found["pen_up_to_full_prediction"] = 1000 * (time.monotonic() - begun)
    found |= {
        "longest_task_while_writing": page.evaluate("Math.max(0, ...tasks)"),
        "longest_frame_while_writing": page.evaluate("Math.max(0, ...gaps)"),
        "slowest_pointer_event": page.evaluate("Math.max(0, ...handled)"),
    }
    waits = sorted(answered(*page.evaluate("[moves, sets]")))
    found["pen_to_lines_median"] = waits[len(waits) // 2]
    found["pen_to_lines_p95"] = waits[int(0.95 * len(waits))]
    return found


def answered(moves, sets):
    """For each pointer event the time until a set was painted that this event or a later one had gone into."""
    times, places = [m[0] for m in moves], [m[1:] for m in moves]
    newest = []  # (when painted, number of the newest event in it)
    for painted, *place in sets:
        gone_in = [i for i, p in enumerate(places) if times[i] < painted and math.dist(p, place) < 1e-4]
        newest += [(painted, gone_in[-1])] if gone_in else []
    for i, begun in enumerate(times):
        later = [painted for painted, number in newest if number >= i]
        if later:
            yield min(later) - begun
