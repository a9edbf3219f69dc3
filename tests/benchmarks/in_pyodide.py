"""The Python contenders of tests/bench.py, numpy and the kernel, inside Pyodide."""

import time
from pathlib import Path

import numpy as np

from ductus import cooperative
from ductus.analysis.tsne import TSNE, affinities
from ductus.backend import numpy
from ductus.lstm import State
from ductus.model import Model
from ductus.weights import file as weight_file

WEIGHTS = "/weights.jb64.gz"
SAMPLES, STEPS, POINTS = 50, 4, 600
BESIDE = 8  # points whose fans are drawn at a time
ITERATIONS = 1000

_einsum = numpy._numpy
_paths = {
    "numpy dot": None,
    "numpy einsum": None,
    "kernel": "/kernel/kernel-simd.wasm",
    "kernel, relaxed": "/kernel/kernel-relaxed.wasm",
    "its routines": "/kernel/kernel-relaxed.wasm",
}
_in_routines = 0.0  # seconds, of "its routines"


def _use(contender):
    numpy._numpy = (np.matmul, "numpy dot") if contender == "numpy dot" else _einsum
    numpy.use(_paths[contender])
    if contender == "its routines":
        routines = numpy._module.routines
        routines.update({name: _timed(routine) for name, routine in routines.items()})


def _timed(routine):
    def call(structure):
        global _in_routines
        begun = time.perf_counter()
        result = routine(structure)
        _in_routines += time.perf_counter() - begun
        return result

    return call


def _fans(model, first, last):
    for start in range(first, last, BESIDE):
        group = slice(start, min(start + BESIDE, last))
        seeds = [[1, i] for i in range(group.start, group.stop)]
        cooperative.run(model.fan_slices(State(_states.h[group], _states.c[group]), SAMPLES, STEPS, 0.5, seeds))


def _workloads(contender):
    _use(contender)
    model, rng = Model(_weights), np.random.default_rng(0)
    network, one = model._network, model.start()
    many, x = State(*(np.repeat(part, SAMPLES, axis=0) for part in one)), rng.normal(0, 1, (SAMPLES, 3))
    return {
        "step": lambda: network.advance(x[:1], one),
        "step of 50": lambda: network.advance(x, many),
        "point of a line": lambda: model.feed(_line[:20], one),
        "fan": lambda: _fans(model, 100, 101),
        "8 fans": lambda: _fans(model, 100, 108),
        "line of fans": lambda: _fans(model, 0, POINTS),
        "t-SNE": lambda: TSNE(iterations=ITERATIONS, settled=0.0).run(_P, 1),
        "matrix product": lambda: numpy.matmul(*_factors),
        "reading the weights": lambda: weight_file.load(_file),
        "making a model of them": lambda: Model(_weights),
    }


_file = Path(WEIGHTS).read_bytes()
_weights = weight_file.load(_file)
_factors = [np.random.default_rng(0).normal(0, 1, shape).astype(np.float32) for shape in ((1000, 503), (503, 2000))]
_things = np.random.default_rng(0).normal(0, 1, (500, 30))
_products = _things @ _things.T
_distances = np.diag(_products)[:, None] + np.diag(_products) - _products - _products.T
np.fill_diagonal(_distances, 0)
_P = affinities(np.maximum(_distances, 0), 50)
numpy.use(_paths["kernel, relaxed"])
_line = Model(_weights).write(POINTS, 0.5, 1).astype(np.float64)
_states = Model(_weights).line_states(_line)
_work = {contender: _workloads(contender) for contender in _paths}


def measure(contender, workload, least):
    """Milliseconds a call, over at least `least` ms; of "its routines" what passed within the side module only."""
    global _in_routines
    _use(contender)
    call = _work[contender][workload]
    if least:
        call()
    _in_routines, begun, calls = 0.0, time.perf_counter(), 0
    while not calls or time.perf_counter() - begun < least / 1e3:
        call()
        calls += 1
    took = _in_routines if contender == "its routines" else time.perf_counter() - begun
    return 1e3 * took / calls
