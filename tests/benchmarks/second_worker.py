"""Measure whether a second worker helps: a whole line of fans in one Python and in two. For tests/bench.py."""

import statistics
import time
from pathlib import Path

from tests.conftest import Pyodide

ROOT = Path(__file__).resolve().parents[2]
SETUP = """
import builtins, in_pyodide
in_pyodide.measure("kernel, relaxed", "fan", 100)
builtins.fans = lambda first, last: in_pyodide.draw_fans(in_pyodide.model, first, last)
"""
RUN = """(source) => {
    globalThis.taken = new Promise((done) => setTimeout(() => {
        const started = performance.now();
        pyodide.runPython(source);
        done(performance.now() - started);
    }, 50));
}"""
POINTS = 600


def second(browser, site, rounds):
    """Return {one, two: ms for 600 fans, start: ms to start a Python, heap: its MB}, medians of the rounds.

    The two run in pages, which are equivalent to workers here: each has its own thread, and even its own process.
    """
    pythons, starts = [], []
    for _ in range(2):
        context = browser.new_context()
        started = time.monotonic()
        python = Pyodide(context.new_page, site)
        starts.append(1000 * (time.monotonic() - started))
        python.write("/weights.jb64.gz", (ROOT / "weights" / "ductus-500.jb64.gz").read_bytes())
        python.write("/text-weights.jb64.gz", (ROOT / "weights" / "ductus-text-500.jb64.gz").read_bytes())
        for name in ("kernel-simd.wasm", "kernel-relaxed.wasm"):
            python.write(f"/kernel/{name}", (ROOT / "js-shims" / "kernel" / name).read_bytes())
        python.write("/ductus-py/in_pyodide.py", (ROOT / "tests" / "benchmarks" / "in_pyodide.py").read_bytes())
        python.run(SETUP)
        pythons.append(python)
    found = {"one": [], "two": []}
    for _ in range(rounds):
        for name, parts in (("one", 1), ("two", 2)):
            some = pythons[:parts]
            for number, python in enumerate(some):
                edges = [POINTS * edge // parts for edge in (number, number + 1)]
                python.page.evaluate(RUN, f"fans({edges[0]}, {edges[1]})")
            found[name].append(max(python.page.evaluate("taken") for python in some))
    heap = pythons[0].page.evaluate("pyodide._module.HEAPU8.length / 1e6")
    return {name: statistics.median(times) for name, times in found.items()} | {
        "start": statistics.median(starts),
        "heap": heap,
    }
