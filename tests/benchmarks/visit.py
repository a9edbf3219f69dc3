"""Latencies of the pen on figure 1's sheet. For tests/bench.py; all in milliseconds."""

import math
import time

from tests.e2e.reader import Sheet, scribble

WATCH = """
window.tasks = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({type: "longtask", buffered: true});
window.handled = [];
new PerformanceObserver((list) => {
    for (const {name, processingEnd, startTime} of list.getEntries())
        if (name.startsWith("pointer")) handled.push(processingEnd - startTime);
}).observe({type: "event", durationThreshold: 16, buffered: true});
window.gaps = [];
let last = performance.now();
requestAnimationFrame(function frame(now) { gaps.push(now - last); last = now; requestAnimationFrame(frame); });
"""
# [time, x, y] of every pointer event on the sheet, and of the first painting of every set of continuations: the place
# of a set is where it starts, which identifies the newest event in it.
TRACE = """async () => {
    const {Surface} = await import("./js-shims/canvas/draw.js");
    const {pen} = await import("./js-shims/boot/boot.js");
    const paint = Surface.prototype.paths;
    const seen = new WeakSet();
    window.moves = [];
    window.sets = [];
    window.lifted = [];  // [time of the release, time of the first ink of the long line after it]
    Surface.prototype.paths = function (paths, ...more) {
        paint.call(this, paths, ...more);
        const now = performance.now();
        if (!seen.has(paths)) sets.push([now, paths.table[0], paths.table[1]]);
        if (!seen.has(paths) && paths.samples === 1 && lifted.length) lifted[lifted.length - 1][1] ??= now;
        seen.add(paths);
    };
    document.querySelector("canvas.ink").addEventListener("pointerup", () => lifted.push([performance.now(), null]));
    document.querySelector("canvas.ink").addEventListener("pointermove", () => {
        if (pen.writing) moves.push([performance.now(), ...pen.strokes[pen.count - 1].xy.slice(-2)]);
    });
}"""


def visit(browser, site):
    """Measure a line of writing, once the network is ready."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(WATCH)
    page.goto(site.url)
    sheet, found = Sheet(page), {}
    sheet.ready()
    sheet.write(scribble(0.5, 4))
    sheet.until(sheet.shown, "the first prediction")
    sheet.pause()
    page.wait_for_timeout(500)
    page.evaluate("document.fonts.ready.then(() => true)")  # they come once, after the network
    page.evaluate("tasks.length = gaps.length = handled.length = 0")
    page.evaluate(TRACE)
    for word in range(4):
        sheet.write(scribble(2.0, 60, (1.0 + 2.5 * word, 0)))
        page.wait_for_timeout(400)
    sheet.write(scribble(2.0, 60, (11.0, 0)))
    shown, started = sheet.shown(), time.monotonic()
    sheet.until(lambda: sheet.shown() > shown, "the prediction after the pen")
    found["pen_up_to_full_prediction"] = 1000 * (time.monotonic() - started)
    found |= {
        "longest_task_while_writing": page.evaluate("Math.max(0, ...tasks)"),
        "longest_frame_while_writing": page.evaluate("Math.max(0, ...gaps)"),
        "slowest_pointer_event": page.evaluate("Math.max(0, ...handled)"),
    }
    waits = sorted(answered(*page.evaluate("[moves, sets]")))
    found["pen_to_lines_median"] = waits[len(waits) // 2]
    up = sorted(first - released for released, first in page.evaluate("lifted") if first)
    found["pen_up_to_long_line_median"], found["pen_up_to_long_line_worst"] = up[len(up) // 2], up[-1]
    found["pen_to_lines_p95"] = waits[int(0.95 * len(waits))]
    return found


def answered(moves, sets):
    """Yield for each pointer event the time until a set was painted that includes this event or a later one."""
    times, places = [m[0] for m in moves], [m[1:] for m in moves]
    newest = []  # (time of painting, number of the newest event in it)
    for painted, *place in sets:
        included = [i for i, p in enumerate(places) if times[i] < painted and math.dist(p, place) < 1e-4]
        newest += [(painted, included[-1])] if included else []
    for i, moved in enumerate(times):
        later = [painted for painted, number in newest if number >= i]
        if later:
            yield min(later) - moved
