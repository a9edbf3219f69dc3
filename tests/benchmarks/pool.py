"""What a pool of workers gives fans and ablation: measured on this machine's cores, simulated for more. All in ms.

A line's fans, and the silencing of its cells, are computed through the worker's API in the real page, once with the
pool and once where Python can start no worker, in long slices, as while no pen moves; nothing draws them. The
simulation follows `ductus.sharing.share` with the recorded times of the parts of a fan.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from tests.conftest import Pyodide
from tests.e2e.reader import Sheet
from worker.pool import AHEAD_POINTS, MAX_WORKERS
from worker.scheduler import LONG_SLICE_S

ROOT = Path(__file__).resolve().parents[2]
FANS, SAMPLES, STEPS, BESIDE = 600, 50, 4, 8
ABLATED, CELLS, TOGETHER = 400, 500, 125  # points of a line, its cells, and those of one task of the figure
RUN = """async ([points, samples, steps, seed]) => {
    const {last} = await import("./js-shims/boot/worker.js");
    const run = async (kind, values) => {
        const task = await last().call("start_task", kind, values);
        while (!(await last().call("poll_task", task, true)).done);
    };
    await run("lines.from_points", {line: "bench", points});
    const known = new Uint8Array(points.length / 3);
    const begun = performance.now();
    const at = {left: 0, right: 1, focus: 0};
    await run("fans.sample", {line: "bench", samples, steps, temperature: 0.5, seed, known, ...at});
    return performance.now() - begun;
}"""
# Silence every cell over the first points of a line, as the figure asks for it.
ABLATE = """async ([points, cells, together]) => {
    const {last} = await import("./js-shims/boot/worker.js");
    const run = async (kind, values) => {
        const task = await last().call("start_task", kind, values);
        while (!(await last().call("poll_task", task, true)).done);
    };
    await run("lines.from_points", {line: "bench", points});
    const begun = performance.now();
    for (let first = 0; first < cells; first += together)
        await run("intervention.ablate", {line: "bench", first, last: Math.min(first + together, cells)});
    return performance.now() - begun;
}"""
ROUND_TRIP = """async () => {
    const {last} = await import("./js-shims/boot/worker.js");
    const begun = performance.now();
    for (let i = 0; i < 200; i++) await last().call("poll_task", 0);
    return (performance.now() - begun) / 200;
}"""
# How many fans figure 3 has, once it has all.
WHOLE = """async () => {
    const {done, places} = (await import("./js-shims/fans/fans.js")).views.get("fans");
    return done && done === places.length / 3 ? done : 0;
}"""
# Workers that answer bytes of a draw's size, started from a worker (nested) or from the page (with a port).
ECHO = """onmessage = ({data, ports}) => {
    const port = ports[0] ?? globalThis;
    if (ports[0]) port.onmessage = (event) => port.postMessage(event.data.slice(0, 2400));
    if (ports[0]) port.postMessage(0);
    else postMessage(data.length ? data.slice(0, 2400) : 0);
};"""
OUTER = """onmessage = async ({data: [nested, echo]}) => {
    const bytes = new Uint8Array(12000);
    const begun = performance.now();
    let inner;
    if (nested) inner = new Worker(echo);
    else inner = await new Promise((done) => {
        onmessage = ({ports}) => done(ports[0]);
        postMessage("a worker, please");
    });
    const ask = (what) => new Promise((done) => {
        inner.onmessage = done;
        if (what !== null) inner.postMessage(what);
    });
    await ask(nested ? 0 : null);
    const started = performance.now() - begun;
    const times = [];
    for (let i = 0; i < 300; i++) {
        const before = performance.now();
        await ask(bytes);
        times.push(performance.now() - before);
    }
    times.sort((a, b) => a - b);
    postMessage([started, times.reduce((a, b) => a + b) / 300, times[285]]);
};"""
HAND_OVER = """async ([echo, outer, nested, busy]) => {
    const url = (text) => URL.createObjectURL(new Blob([text], {type: "text/javascript"}));
    let painting = busy;
    requestAnimationFrame(function frame() {
        const end = performance.now() + 12;
        while (painting && performance.now() < end);
        if (painting) requestAnimationFrame(frame);
    });
    const worker = new Worker(url(outer));
    const answer = new Promise((done) => {
        worker.onmessage = ({data}) => {
            if (Array.isArray(data)) return done(data);
            const {port1, port2} = new MessageChannel();
            new Worker(url(echo)).postMessage(0, [port2]);
            worker.postMessage(0, [port1]);
        };
    });
    worker.postMessage([nested, url(echo)]);
    const found = await answer;
    painting = false;
    worker.terminate();
    return found;
}"""


def measure(launch, site, rounds: int, log=print) -> dict:
    """Return what was measured and what follows for more cores; `launch()` starts a browser."""
    browser = launch()
    pages = {name: open_page(browser, site, name == "without") for name in ("without", "with")}
    line = points_of_a_line()
    fans, ratio, found = alternated(pages, rounds, log, lambda number: (RUN, [line, SAMPLES, STEPS, number]))
    ablated = [line[: 3 * ABLATED], CELLS, TOGETHER]
    silenced, of_silenced, all_silenced = alternated(pages, rounds, log, lambda _: (ABLATE, ablated))
    trip = pages["with"].evaluate(ROUND_TRIP)
    browser.close()
    browser = launch()
    drawing = painted(browser, site)
    hand_over = hand_overs(browser.new_page(), site, rounds)
    parts, ready = recorded(browser, site, rounds)
    parts |= {"round trip": trip, "hand-over": hand_over["nested"][1], "drawing": drawing}
    browser.close()
    return {
        "600 fans": fans,
        "times as fast": ratio,
        "rounds": found,
        "500 cells silenced over 400 points": silenced,
        "silenced, times as fast": of_silenced,
        "silenced, rounds": all_silenced,
        "started, answer on average, 95 in 100": hand_over,
        "worker with module and weights": ready,
        "parts": parts,
        "simulated": {
            cores: [simulate(min(cores - 1, MAX_WORKERS), parts | page) for page in ({"drawing": 0.0}, {})]
            for cores in (1, 2, 4, 8, 16)
        },
    }


def alternated(pages, rounds: int, log, what) -> tuple[dict[str, float], float, dict[str, list[float]]]:
    """Return medians of what takes place in the pages in turn, the median of their ratios, and all rounds."""
    found = {name: [] for name in pages}
    for number in range(rounds + 1):
        for name in list(pages)[:: -1 if number % 2 else 1]:
            took = pages[name].evaluate(*what(number))
            if number:  # the first round starts the workers
                found[name].append(took)
                log(f"{name} the pool: {took:.0f} ms", file=sys.stderr, flush=True)
    ratios = [a / b for a, b in zip(found["without"], found["with"], strict=True)]
    return {name: statistics.median(times) for name, times in found.items()}, statistics.median(ratios), found


def open_page(browser, site, refused, width=1280, height=800):
    """Open the page, paused; with `refused` its Python can start no workers."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(site.url)
    sheet = Sheet(page)
    sheet.ready()
    sheet.pause()
    if refused:
        page.workers[0].evaluate("Worker = undefined")
    return page


def painted(browser, site) -> float:
    """Return the milliseconds of the page's thread for each fan of figure 3: its share of the calls, and drawing."""
    page = open_page(browser, site, False)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def busy():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1e3 * next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    before = busy()
    page.evaluate("document.getElementById('fans').scrollIntoView()")
    fans = Sheet(page).until(lambda: page.evaluate(WHOLE), "the fans")
    took = busy() - before
    page.close()
    return took / fans


def points_of_a_line() -> list[float]:
    """Return a line that the network wrote, as the worker takes it."""
    from ductus.model import Model
    from ductus.weights import file as weight_file

    model = Model(weight_file.load(ROOT / "weights" / "ductus-500.jb64.gz"))
    return model.write(FANS, 0.5, 1).astype(float).ravel().tolist()


def hand_overs(page, site, rounds: int) -> dict:
    """Return [ms to start, mean and 95th percentile of a hand-over with its answer] of each kind of worker."""
    blank = site.url + "blank.html"
    page.route(blank, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(blank)
    kinds = [(nested, busy) for busy in (False, True) for nested in (True, False)]
    found = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind in kinds:
            found[kind].append(page.evaluate(HAND_OVER, [ECHO, OUTER, *kind]))
    names = {(True, False): "nested", (False, False): "the page's"}
    names |= {(True, True): "nested, the page busy", (False, True): "the page's, the page busy"}
    return {names[kind]: [statistics.median(column) for column in zip(*found[kind], strict=True)] for kind in kinds}


def recorded(browser, site, rounds: int) -> tuple[dict[str, float], float]:
    """Return the milliseconds of the parts, in Pyodide in a page, and of a worker's start with module and weights."""
    python = Pyodide(browser.new_context().new_page, site)
    python.write("/weights.jb64.gz", (ROOT / "weights" / "ductus-500.jb64.gz").read_bytes())
    python.write("/text-weights.jb64.gz", (ROOT / "weights" / "ductus-text-500.jb64.gz").read_bytes())
    for name in ("kernel-simd.wasm", "kernel-relaxed.wasm"):
        python.write(f"/kernel/{name}", (ROOT / "js-shims" / "kernel" / name).read_bytes())
    for path in [*(ROOT / "py" / "worker").rglob("*.py"), *(ROOT / "py" / "shared").rglob("*.py")]:
        python.write(f"/ductus-py/{path.relative_to(ROOT / 'py').as_posix()}", path.read_bytes())
    for name in ("in_pyodide.py", "in_pool.py"):
        python.write(f"/ductus-py/{name}", (ROOT / "tests" / "benchmarks" / name).read_bytes())
    python.run(f"import js\njs.poolWorker = {site.url + 'js-shims/kernel/pool_worker.js'!r}")
    found = python.run("import in_pool\nin_pool.parts()")

    def awaited(begin, ask):
        python.run(f"import in_pool\nin_pool.{begin}()")
        while not (answer := python.run(f"import in_pool\nin_pool.{ask}()")):
            python.page.wait_for_timeout(50)
        return answer

    found |= {"answer": awaited("watch_answers", "answers")}
    return found, statistics.median(awaited("start", "started") for _ in range(rounds))


def simulate(workers: int, parts: dict[str, float]) -> float:
    """Return the milliseconds that 600 fans take with this many workers beside Python, as `share` divides them.

    The page draws what it got before it polls again: so it and Python take turns, and need one core together.
    """
    now, waiting, finished, unsent, sent = 0.0, FANS, 0, 0, 0
    ends: list[list[float]] = [[] for _ in range(workers)]  # when each worker's calls will be answered
    arrived = 0  # answers that wait for Python
    now += FANS * parts["encoding a point"]
    slice_begun = now
    here = parts["uniforms"] + parts["rows"]
    hand = parts["uniforms"] + parts["preparing"] + parts["posting"]
    while finished < FANS:
        while waiting and any(len(own) * SAMPLES * STEPS < AHEAD_POINTS for own in ends):
            own = min(ends, key=len)
            now += hand
            own.append(max([now + parts["hand-over"], *own[-1:]]) + parts["rows"])
            waiting -= 1
        if now - slice_begun + here >= 1e3 * LONG_SLICE_S:  # the page polls: meanwhile answers are taken
            now, sent = now + parts["round trip"] + sent * parts["drawing"], 0
            for own in ends:
                while own and own[0] <= now:
                    own.pop(0)
                    arrived += 1
                    now += parts["answer"]
            slice_begun = now
        finished, unsent, arrived = finished + arrived, unsent + arrived, 0
        if waiting:
            waiting -= 1
        elif any(ends):
            max(ends, key=lambda own: own[-1] if own else 0).pop()  # drawn here as well
        elif finished < FANS:
            raise AssertionError("fans are missing")
        else:
            break
        now += here
        finished, unsent = finished + 1, unsent + 1
        while unsent >= BESIDE or (unsent and finished == FANS):
            part = min(BESIDE, unsent)
            unsent, sent = unsent - part, sent + part
            now += parts["progress of 8"]
    return now + sent * parts["drawing"]
