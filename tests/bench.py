#!/usr/bin/env python3
"""How fast it is, measured in Chromium: python3 tests/bench.py (--help says what can be asked for)

Two things. The arithmetic: in one page the kernel, numpy, plain JavaScript and onnxruntime-web take turns, and the
browser's own limits with them (tests/benchmarks/arithmetic.py). And what a reader waits for: browsers of their own,
turn and turn about with bare Pyodide and numpy (tests/benchmarks/start.py). Medians of the rounds; the table in
Markdown goes to the standard output. Other work on the machine shows in every number, so compare what stands in one
table and nothing else. It asserts nothing. Needs the environment of tests/run.py, and npm for onnxruntime-web.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "py")]

from playwright.sync_api import sync_playwright  # noqa: E402

from serving.server import listen  # noqa: E402
from tests.benchmarks import arithmetic, live, second, start, visit  # noqa: E402
from tests.conftest import BROWSER_FLAGS  # noqa: E402
from tests.run import find_browser  # noqa: E402

COLUMNS = ("numpy dot", "numpy einsum", "plain JavaScript", "onnxruntime-web", "kernel", "kernel, relaxed")
ROWS = {
    "step": "one step and its head",
    "step of 50": "the same, 50 pens at once",
    "point of a line": "20 points fed",
    "fan": "fan, 50 ways of 4 steps",
    "8 fans": "8 fans",
    "line of fans": "600 fans: a whole line",
    "matrix product": "1000 x 503 times 503 x 2000",
    "t-SNE": "t-SNE, 500 cells, 1000 iterations",
}
# A browser's own start goes on for a while after it can be driven, and a reader's is long over.
SETTLED_S = 2
# What one call of each workload takes at least: so many multiply-adds, hyperbolic tangents, floats read, divisions.
H, OUTPUTS = 500, 121
FROM_STATE, FROM_INPUT, HEAD = H * 4 * H, 3 * 4 * H, H * OUTPUTS  # of a row
TANGENTS = 5 * H
ROW = FROM_STATE + FROM_INPUT + HEAD
# A fan's 50 ways share the first of its three steps, as far as it depends on the state only, and all have one head.
FAN = (2 * 50 + 1) * FROM_STATE + 3 * 50 * FROM_INPUT + (3 * 50 + 1) * HEAD
FAN_TANGENTS = 3 * 50 * TANGENTS
PAIRS = H * (H - 1) / 2
# Of t-SNE a pair takes twelve operations and a division, where a multiply-add counts as two; a tenth of the
# iterations is in float64, of which half as many go at a time.
TSNE_PAIRS = PAIRS * (900 + 2 * 100)


def limits(middle: dict, kernel: str) -> dict[str, float]:
    """The least milliseconds each workload could take in this browser, by the limit that binds it.

    Arithmetic from registers, as if every number were there in time. Of one pen alone the reading of the weights
    takes longer, and the arithmetic can go on meanwhile. Python's own time is not in it, nor a fan's sampling.
    """
    which = "limit, relaxed" if "relaxed" in kernel else "limit"
    multiply_add = 2 * middle["multiply-adds"][which] / 800_000  # ms for one, in vectors of four
    division = middle["divisions"][which] / 400_000
    tangent = middle["tangents"][which] / 400_000
    row = ROW * multiply_add + TANGENTS * tangent
    one = max(row, middle["reading"][which])
    fan = FAN * multiply_add + FAN_TANGENTS * tangent
    return {
        "step": one,
        "point of a line": 20 * one,
        "step of 50": 50 * row,
        "fan": fan,
        "8 fans": 8 * fan,
        "line of fans": 600 * fan,
        "matrix product": 1000 * 503 * 2000 * multiply_add,
        "t-SNE": TSNE_PAIRS * max(6 * 2 * middle["multiply-adds"]["limit"] / 800_000, division),
    }


def table(middle: dict[str, dict[str, float]]) -> str:
    """The arithmetic in Markdown: milliseconds, and how the faster build compares."""
    bounds = limits(middle, "kernel, relaxed")
    heads = ["milliseconds", *COLUMNS, "limit", "against einsum", "against onnxruntime", "against the limit"]
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)]]
    for row, name in ROWS.items():
        times, best = middle[row], middle[row]["kernel, relaxed"]
        compared = [times.get("numpy einsum"), times.get("onnxruntime-web")]
        lines.append(
            [name, *(number(times.get(column)) for column in COLUMNS), number(bounds[row])]
            + [f"{other / best:.1f} x faster" if other else "" for other in compared]
            + [f"{best / bounds[row]:.2f} x"]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None) -> str:
    """Three digits that count; nothing for nothing."""
    return "" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def visits(playwright, site, count: int) -> dict:
    """What a reader waits for: medians and ranges over so many visits, each in a browser of its own."""
    results = {}
    for _ in range(count):
        for measure in (start.bare, start.first, visit.visit, live.live):
            browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
            time.sleep(SETTLED_S)
            for name, value in measure(browser, site).items():
                results.setdefault(name, []).append(value)
            browser.close()
    middle = {name: round(statistics.median(v), 1) for name, v in results.items()}
    spread = {name: [round(min(v), 1), round(max(v), 1)] for name, v in results.items()}
    pairs = zip(results["first_prediction"], results["bare_pyodide_numpy"], strict=True)
    ratio = round(statistics.median(ours / bare for ours, bare in pairs), 3)
    return {"visits": count, "median": middle, "range": spread, "first_prediction_to_bare": ratio}


def _listen(port) -> None:
    with listen("127.0.0.1", 0, ROOT) as site:
        port.send(site.url)
        site.serve_forever()


@contextlib.contextmanager
def served() -> Iterator[SimpleNamespace]:
    """serve.py's server, `url` its address, in a process of its own: it is not to wait for what measures."""
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
    parser.add_argument("--rounds", type=int, default=7, help="of the arithmetic; 0 leaves it out")
    parser.add_argument("--visits", type=int, default=7, help="each in a browser of its own; 0 leaves them out")
    parser.add_argument("--second", type=int, default=0, help="rounds of a whole line of fans in two Pythons at once")
    parser.add_argument("-o", "--output", type=Path, help="a JSON file for all the numbers")
    options = parser.parse_args()
    results = {}
    with served() as site, sync_playwright() as playwright:
        if options.rounds:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
            found = arithmetic.measure(browser, site, options.rounds)
            middle = arithmetic.medians(found)
            bounds = {kernel: limits(middle, kernel) for kernel in arithmetic.KERNELS}
            results["arithmetic"] = {"milliseconds": middle, "limits": bounds, "rounds": found}
            print(table(middle))
            browser.close()
        if options.visits:
            results["visits"] = visits(playwright, site, options.visits)
            print(json.dumps(results["visits"], indent=1))
        if options.second:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
            results["second"] = second.second(browser, site, options.second)
            print(json.dumps(results["second"], indent=1))
            browser.close()
    if options.output:
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
