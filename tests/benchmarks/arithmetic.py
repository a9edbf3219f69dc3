"""Compare the kernel with its alternatives in one page, in alternating order: forwards, then backwards."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from tests.benchmarks import limits
from tests.conftest import Pyodide

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
# Minimum milliseconds of a measurement; 0: one call, because it takes long.
MIN_MS = {"t-SNE": 0, "line of fans": 0, "reading the weights": 0}
KERNELS = ("kernel", "kernel, relaxed", "its routines")
PYTHON = ("numpy dot", "numpy einsum", *KERNELS)
WORKLOADS = {
    "step": (*PYTHON, "plain JavaScript", "onnxruntime-web", "limit"),
    "step of 50": (*PYTHON, "plain JavaScript", "onnxruntime-web", "limit"),
    "point of a line": (*PYTHON[1:], "limit"),
    "continuation": (*PYTHON[1:], "limit"),
    "point of a text": (*PYTHON[1:], "limit"),
    "fan": (*PYTHON[1:], "limit"),
    "8 fans": (*PYTHON[1:], "limit"),
    "t-SNE": (*PYTHON[1:], "plain JavaScript", "limit"),
    "matrix product": (*PYTHON, "limit"),
    "reading the weights": PYTHON[1:2],
    "making a model of them": PYTHON[1:],
}
ONCE = {"line of fans": (*KERNELS, "limit")}  # several seconds each: not in every round
# In a page without cross-origin isolation clocks have a resolution of 0.1 ms.
ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}


def measure(browser, site, rounds: int, log=print) -> dict[str, dict[str, list[float]]]:
    """Return milliseconds per call: {workload: {contender: one number per round}}."""
    pyodide = Pyodide(browser.new_page, site, ISOLATED)
    page = pyodide.page
    prepare(pyodide)
    folder = f"{site.url}rivals/"
    rivals = f"{folder}rivals.js"
    with tempfile.TemporaryDirectory() as scratch:
        serve(page, folder, rival_files(Path(scratch)))
        page.evaluate("async ([url, folder]) => await (await import(url)).onnx(folder)", [rivals, folder])
        page.evaluate(
            "async ([url, bytes]) => await (await import(url)).limits(bytes)",
            [rivals, list(limits.build(Path(scratch)))],
        )

    def one(contender, workload):
        least = MIN_MS.get(workload, 0 if workload in ONCE else 20)
        if contender in PYTHON:
            return pyodide.run(f"import in_pyodide\nin_pyodide.measure({contender!r}, {workload!r}, {least})")
        if contender == "limit":
            return limits.bounds({what: in_page("limit", what, 20) for what in limits.OPERATIONS})[workload]
        return in_page(contender, workload, least)

    def in_page(*what):
        source = "async ([url, ...rest]) => await (await import(url)).measure(...rest)"
        return page.evaluate(source, [rivals, *what])

    found = {workload: {contender: [] for contender in them} for workload, them in (WORKLOADS | ONCE).items()}
    for number in range(rounds):
        for workload, contenders in WORKLOADS.items():
            for contender in contenders[:: -1 if number % 2 else 1]:
                found[workload][contender].append(one(contender, workload))
        log(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    for number in range(min(rounds, 3)):
        for workload, contenders in ONCE.items():
            for contender in contenders[:: -1 if number % 2 else 1]:
                found[workload][contender].append(one(contender, workload))
    page.close()
    return found


def prepare(pyodide: Pyodide) -> None:
    """Give Pyodide the contenders of in_pyodide.py and what they need, and import them."""
    for name in ("kernel-simd.wasm", "kernel-relaxed.wasm"):
        pyodide.write(f"/kernel/{name}", (ROOT / "js-shims" / "kernel" / name).read_bytes())
    pyodide.write("/weights.jb64.gz", (ROOT / "weights" / "ductus-500.jb64.gz").read_bytes())
    pyodide.write("/text-weights.jb64.gz", (ROOT / "weights" / "ductus-text-500.jb64.gz").read_bytes())
    pyodide.write("/ductus-py/in_pyodide.py", (HERE / "in_pyodide.py").read_bytes())
    pyodide.run("import in_pyodide")


def rival_files(folder: Path) -> dict[str, bytes]:
    """Return rivals.js and the files it needs: the newest onnxruntime-web, through npm, and a network for it."""
    subprocess.run(["npm", "pack", "--silent", "onnxruntime-web"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    names = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
    files = {name: (folder / "package" / "dist" / name).read_bytes() for name in names}
    return files | {"rivals.js": (HERE / "rivals.js").read_bytes(), "step.onnx": onnx_model()}


def serve(page, url: str, files: dict[str, bytes]) -> None:
    """Serve these files to the page under this URL."""
    types = {".wasm": "application/wasm", ".onnx": "application/octet-stream"}

    def answer(route):
        name = route.request.url.removeprefix(url).split("?")[0]
        kind = types.get(Path(name).suffix, "text/javascript")
        route.fulfill(body=files[name], headers={"Content-Type": kind, **ISOLATED})

    page.route(f"{url}**", answer)


def onnx_model(units: int = 500, outputs: int = 121) -> bytes:
    """Return a step and the head, with random weights, as an ONNX graph of standard operators."""
    rng = np.random.default_rng(0)
    shapes = {"W": (3 + units, 4 * units), "b": (4 * units,), "Wy": (units, outputs), "by": (outputs,)}
    weights = [numpy_helper.from_array(rng.normal(0, 0.05, s).astype(np.float32), n) for n, s in shapes.items()]
    node = helper.make_node
    nodes = [
        node("Concat", ["x", "h"], ["xh"], axis=1),
        node("Gemm", ["xh", "W", "b"], ["z"]),
        node("Split", ["z"], ["zi", "zg", "zf", "zo"], axis=1, num_outputs=4),
        *(node("Sigmoid", [f"z{gate}"], [gate]) for gate in "ifo"),
        node("Tanh", ["zg"], ["g"]),
        node("Mul", ["c", "f"], ["kept"]),
        node("Mul", ["i", "g"], ["new"]),
        node("Add", ["kept", "new"], ["c_out"]),
        node("Tanh", ["c_out"], ["t"]),
        node("Mul", ["t", "o"], ["h_out"]),
        node("Gemm", ["h_out", "Wy", "by"], ["y"]),
    ]
    value = helper.make_tensor_value_info
    inputs = [value(name, TensorProto.FLOAT, ["B", size]) for name, size in (("x", 3), ("h", units), ("c", units))]
    sizes = (("h_out", units), ("c_out", units), ("y", outputs))
    results = [value(name, TensorProto.FLOAT, ["B", size]) for name, size in sizes]
    graph = helper.make_graph(nodes, "step", inputs, results, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return model.SerializeToString()
