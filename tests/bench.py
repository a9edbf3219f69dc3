#!/usr/bin/env python3
"""How fast it is, measured in Chromium: python3 tests/bench.py [--rounds N] [--visits N] [-o RESULTS.json]

Two things. The arithmetic: in one page the kernel, numpy, plain JavaScript and onnxruntime-web take turns, and the
browser's own limits with them (tests/benchmarks/arithmetic.py). And what a reader waits for: browsers of their own,
turn and turn about with bare Pyodide and numpy (tests/benchmarks/visit.py). Medians of the rounds; the table in
Markdown goes to the standard output. Other work on the machine shows in every number, so compare what stands in one
table and nothing else. It asserts nothing. Needs the environment of tests/run.py, and npm for onnxruntime-web.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "py")]

from playwright.sync_api import sync_playwright  # noqa: E402

from serving.server import listen  # noqa: E402
from tests.benchmarks import arithmetic, live, visit  # noqa: E402
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
# What one call of each workload takes at least: so many floats read, multiply-adds, and divisions.
WEIGHTS = 503 * 2000 + 500 * 121
PAIRS = 500 * 499 / 2
STEP_OPERATIONS = 2 * WEIGHTS
# Of t-SNE a pair takes twelve operations and a division, where a multiply-add counts as two; a tenth of the
# iterations is in float64, of which half as many go at a time.
TSNE_PAIRS = PAIRS * (900 + 2 * 100)
FAN_ROWS = 50 * 2 + 1  # network rows of a fan: the samples share the first of three steps


def limits(middle: dict, kernel: str) -> dict[str, float]:
    """The least milliseconds each workload could take in this browser, by the limit that binds it."""
    which = "limit, relaxed" if "relaxed" in kernel else "limit"
    operation = middle["multiply-adds"][which] / 800_000  # ms for one, in vectors of four
    division = middle["divisions"][which] / 400_000
    per_row = STEP_OPERATIONS * operation
    return {
        "step": middle["reading"][which],
        "point of a line": 20 * middle["reading"][which],
        "step of 50": 50 * per_row,
        "fan": FAN_ROWS * per_row,
        "8 fans": 8 * FAN_ROWS * per_row,
        "line of fans": 600 * FAN_ROWS * per_row,
        "matrix product": 1000 * 2 * 503 * 2000 * operation,
        "t-SNE": TSNE_PAIRS * max(12 * middle["multiply-adds"]["limit"] / 800_000, division),
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
        for measure in (visit.bare, visit.visit, live.live):
            browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
            for name, value in measure(browser, site).items():
                results.setdefault(name, []).append(value)
            browser.close()
    middle = {name: round(statistics.median(v), 1) for name, v in results.items()}
    spread = {name: [round(min(v), 1), round(max(v), 1)] for name, v in results.items()}
    ratio = round(middle["first_prediction"] / middle["bare_pyodide_numpy"], 3)
    return {"visits": count, "median": middle, "range": spread, "first_prediction_to_bare": ratio}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="of the arithmetic; 0 leaves it out")
    parser.add_argument("--visits", type=int, default=3, help="each in a browser of its own; 0 leaves them out")
    parser.add_argument("-o", "--output", type=Path, help="a JSON file for all the numbers")
    options = parser.parse_args()
    results = {}
    with sync_playwright() as playwright, listen("127.0.0.1", 0, ROOT) as site:
        threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True).start()
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
        site.shutdown()
    if options.output:
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
