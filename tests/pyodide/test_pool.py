"""The pool's real workers, in Chromium: fans, ablation and texts have the bits that they have without them."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Between two slices the page's own loop runs, in which the answers come.
RUN = """async ([path, worker]) => {
    pyodide.globals.set("where", pyodide.toPy([path, worker]));
    pyodide.runPython("import pool_cases; pool_cases.start(*where)");
    for (;;) {
        const counts = pyodide.runPython("pool_cases.more()");
        if (counts) return counts.toJs();
        await new Promise((resolve) => setTimeout(resolve));
    }
}"""


@pytest.mark.parametrize("build", ["simd", "relaxed"])
def test_workers_draw_and_read_the_same_bits(pyodide, site, build):
    name = f"kernel-{build}.wasm"
    pyodide.write(f"/kernel/{name}", (ROOT / "js-shims" / "kernel" / name).read_bytes())
    pyodide.write("/ductus-py/pool_cases.py", Path(__file__).with_name("pool_cases.py").read_bytes())
    for module in ("networks", "text_networks"):
        pyodide.write(f"/ductus-py/{module}.py", (ROOT / "tests" / "support" / f"{module}.py").read_bytes())
    for module in ("pool", "pool_workers"):
        pyodide.write(f"/ductus-py/worker/{module}.py", (ROOT / "py" / "worker" / f"{module}.py").read_bytes())
    counts = pyodide.page.evaluate(RUN, [f"/kernel/{name}", site.url + "js-shims/kernel/pool_worker.js"])
    assert len(counts) == 11 and min(counts) > 0
