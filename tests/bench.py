#!/usr/bin/env python3
"""Benchmarks in Chromium: python3 tests/bench.py (--help lists the options)

Arithmetic: in one page the kernel, numpy, plain JavaScript, onnxruntime-web and the browser's own limits alternate
(tests/benchmarks/arithmetic.py). Visits: how long a reader waits, each time in a new browser, alternating with bare
Pyodide and numpy (tests/benchmarks/start.py). Fans: how long until those of a line are on the screen, against the
backend's own time for them (tests/benchmarks/fans.py). Prints medians of the rounds, and the table in Markdown. Other
work on the machine affects every number, so compare only numbers of one table. Nothing is asserted. Needs the
environment of tests/run.py, and npm for onnxruntime-web.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "py")]

from playwright.sync_api import sync_playwright  # noqa: E402

from serve import build  # noqa: E402
from serving.bytecode import compile_once  # noqa: E402
from serving.server import listen  # noqa: E402
from tests.benchmarks import (  # noqa: E402
    arithmetic,
    fans,
    heatmap,
    live,
    panel,
    pool,
    second_visit,
    second_worker,
    start,
    training,
    typed,
    visit,
)
from tests.conftest import BROWSER_FLAGS  # noqa: E402
from tests.run import find_browser  # noqa: E402

COLUMNS = (
    *("numpy dot", "numpy einsum", "plain JavaScript", "onnxruntime-web"),
    *("kernel", "kernel, relaxed", "its routines", "limit"),
)
LIMITS = "routines against the limit", "all against the limit"
ROWS = {
    "step": "one step and its head",
    "step of 50": "the same, 50 pens at once",
    "point of a line": "20 points fed",
    "continuation": "a line of 100 points",
    "point of a text": "20 points of a text",
    "fan": "fan, 50 samples of 4 steps",
    "8 fans": "8 fans",
    "line of fans": "600 fans: a whole line",
    "matrix product": "1000 x 503 times 503 x 2000",
    "t-SNE": "t-SNE, 500 cells, 1000 iterations",
}
# A browser is still starting for a while after it can be driven; a reader's browser is not.
SETTLED_S = 2


def table(found: dict[str, dict[str, list[float]]]) -> str:
    """Return the arithmetic as a Markdown table: milliseconds and ratios to the faster build, all medians."""
    heads = ["milliseconds", *COLUMNS, "against einsum", "against onnxruntime", *LIMITS]
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)]]
    for row, name in ROWS.items():
        rounds, best = found[row], found[row]["kernel, relaxed"]
        times = [number(middle(rounds.get(column))) for column in COLUMNS]
        faster = [ratio(rounds.get(rival), best) for rival in ("numpy einsum", "onnxruntime-web")]
        compared = [f"{times_as_fast:.1f} x faster" if times_as_fast else "" for times_as_fast in faster]
        limits = [f"{ratio(rounds[column], rounds['limit']):.2f} x" for column in ("its routines", "kernel, relaxed")]
        lines.append([name, *times, *compared, *limits])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def middle(rounds: list[float] | None) -> float | None:
    """Return the median of the rounds, or None."""
    return statistics.median(rounds) if rounds else None


def ratio(ours: list[float] | None, theirs: list[float]) -> float | None:
    """Return the median of the ratios, round by round: a slow round slows both."""
    return middle([a / b for a, b in zip(ours, theirs, strict=True)] if ours else None)


def number(value: float | None) -> str:
    """Return three significant digits; an empty string for None."""
    return "" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def training_table(found: dict[str, dict[str, list[float]]], threads: int) -> str:
    """Return training's layers as lines of a Markdown table: milliseconds, and the ratio to their products alone."""
    cells = ((name, parts["all"], parts["products"]) for name, parts in found.items())
    lines = (
        [name, threads, number(middle(ours)), number(middle(limit)), f"{ratio(ours, limit):.2f} x"]
        for name, ours, limit in cells
    )
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def machine() -> dict:
    """Return what the numbers depend on: processor, cores, load of the last minute, system."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor()
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "load": load,
        "system": platform.platform(),
    }


def visits(playwright, site, count: int) -> dict:
    """Return medians and ranges over `count` visits, each in a new browser."""
    results = {}
    for _ in range(count):
        for measure in (start.bare, start.first, visit.visit, live.live, heatmap.heatmap):
            browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
            time.sleep(SETTLED_S)
            for name, value in measure(browser, site).items():
                results.setdefault(name, []).append(value)
            browser.close()
    medians = {name: round(middle(values), 1) for name, values in results.items()}
    spread = {name: [round(min(values), 1), round(max(values), 1)] for name, values in results.items()}
    waited = round(ratio(results["first_prediction"], results["bare_pyodide_numpy"]), 3)
    return {"visits": count, "median": medians, "range": spread, "first_prediction_to_bare": waited}


def _listen(port) -> None:
    with listen("127.0.0.1", 0, ROOT) as site:
        port.send(site.url)
        site.serve_forever()


@contextlib.contextmanager
def served() -> Iterator[SimpleNamespace]:
    """Run serve.py's server in its own process, so that it does not wait for the measuring; yield its `url`."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_listen, args=(there,), daemon=True)
    process.start()
    try:
        yield SimpleNamespace(url=here.recv())
    finally:
        process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="of the arithmetic; 0: none")
    parser.add_argument("--visits", type=int, default=7, help="each in a new browser; 0: none")
    parser.add_argument("--second", type=int, default=0, help="rounds of a whole line of fans in two Pythons at once")
    parser.add_argument("--fans", type=int, default=3, help="rounds of a whole line of fans on the screen; 0: none")
    parser.add_argument("--later", type=int, default=0, help="rounds of first and later visits to a built site")
    parser.add_argument("--training", type=int, default=0, help="rounds of training's layers; needs PyTorch")
    parser.add_argument("--pool", type=int, default=0, help="rounds of fans and ablation, with and without the pool")
    parser.add_argument("--typed", type=int, default=0, help="rounds of a typed text, with and without the pool")
    parser.add_argument("--panel", type=int, default=0, help="cells to silence in the workbench's panel")
    parser.add_argument("-o", "--output", type=Path, help="a JSON file for all numbers")
    options = parser.parse_args()
    results = {"machine": machine()}
    print(json.dumps(results["machine"]))
    if options.training:
        results["training"] = {}
        for threads in (1, os.cpu_count() or 1):
            found = training.measure(options.training, threads)
            results["training"][threads] = found
            print(training_table(found, threads))
    in_page = ("rounds", "visits", "second", "pool", "fans", "later", "panel", "typed")
    if any(getattr(options, name) for name in in_page):
        results |= in_browser(options)
    if options.output:
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def in_browser(options: argparse.Namespace) -> dict:
    """Measure what runs in Chromium; print and return it."""
    results = {}
    compile_once(ROOT, lambda text: print(text, file=sys.stderr))  # a visit without it takes 1.4 times as long
    with served() as site, sync_playwright() as playwright:

        def launch():
            browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
            time.sleep(SETTLED_S)
            return browser

        if options.rounds:
            browser = launch()
            print(f"Chromium {browser.version}")
            found = arithmetic.measure(browser, site, options.rounds)
            results["arithmetic"] = found
            print(table(found))
            browser.close()
        if options.visits:
            results["visits"] = visits(playwright, site, options.visits)
            print(json.dumps(results["visits"], indent=1))
        if options.second:
            browser = launch()
            results["second"] = second_worker.second(browser, site, options.second)
            print(json.dumps(results["second"], indent=1))
            browser.close()
        if options.pool:
            results["pool"] = pool.measure(launch, site, options.pool)
            print(json.dumps(results["pool"], indent=1))
        if options.fans:
            browser = launch()
            results["fans"] = fans.fans(browser, site, options.fans)
            print(json.dumps(results["fans"], indent=1))
            browser.close()
        if options.typed:
            browser = launch()
            results["typed"] = typed.typed(browser, site, options.typed)
            print(json.dumps(results["typed"], indent=1))
            browser.close()
        if options.panel:
            browser = launch()
            results["panel"] = panel.panel(browser, site, options.panel)
            for name, waits in results["panel"].items():
                print(f"| {name} | {number(middle(waits))} | {number(sorted(waits)[int(0.95 * (len(waits) - 1))])} |")
            browser.close()
        if options.later:
            results["later visits"] = later_visits(playwright, options.later)
    return results


def later_visits(playwright, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Measure first and later visits; print milliseconds and ratios to the first visit of the same round."""
    with tempfile.TemporaryDirectory() as folder:
        build(ROOT, Path(folder) / "site")
        found = second_visit.measure(playwright, Path(folder) / "site", rounds)
    for way, visited in found.items():
        for visit_, times in visited.items():
            print(f"| {way} | {visit_} | {number(middle(times))} | {ratio(times, visited['first']):.2f} x |")
    return found


if __name__ == "__main__":
    main()
