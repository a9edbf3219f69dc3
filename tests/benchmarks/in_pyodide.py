"""The Python contenders of tests/bench.py, numpy and the side modules, inside Pyodide."""

import time
from pathlib import Path

import numpy as np

from ductus import cooperative
from ductus.analysis.tsne import TSNE, affinities
from ductus.backend import wasm
from ductus.backend.numpy import NumpyBackend
from ductus.lstm import State
from ductus.model import Model
from ductus.text_network import TextNetwork, codes
from ductus.weights import file as weight_file

WEIGHTS, TEXT_WEIGHTS = "/weights.jb64.gz", "/text-weights.jb64.gz"
TEXT = "The points of a text, one after the other"
SAMPLES, STEPS, POINTS = 50, 4, 600
BESIDE = 8  # points whose fans are drawn together
ITERATIONS = 1000

_in_routines = 0.0  # seconds, of "its routines"


def _timed(routine):
    def call(structure):
        global _in_routines
        started = time.perf_counter()
        result = routine(structure)
        _in_routines += time.perf_counter() - started
        return result

    return call


def _with_dot():
    backend = NumpyBackend()
    backend.matmul = np.matmul
    return backend


def _with_timed_routines():
    backend = wasm.load("/kernel/kernel-relaxed.wasm")
    backend.routines = {name: _timed(routine) for name, routine in backend.routines.items()}
    return backend


def draw_fans(model, first, last):
    for start in range(first, last, BESIDE):
        group = slice(start, min(start + BESIDE, last))
        seeds = [[1, i] for i in range(group.start, group.stop)]
        cooperative.run(model.fan_slices(State(_states.h[group], _states.c[group]), SAMPLES, STEPS, 0.5, seeds))


def draw_text(network, state, points):
    rng, text, x = np.random.default_rng(1), codes(TEXT), np.zeros((1, 3))
    while points > 0:  # as a text is written: to the next lift
        work = network.writing(x, state, text, np.inf, 0.5, 0, rng.random((min(points, 16), 4)))
        states, drawn = cooperative.run(work.here())
        state, x, points = states.take(np.array([-1])), drawn[-1:], points - len(drawn)


def _workloads(contender):
    backend = _backends[contender]
    text_network = TextNetwork(_text_weights, backend=backend)
    text_state = text_network.start(TEXT)
    model, rng = Model(_weights, backend=backend), np.random.default_rng(0)
    network, one = model._network, model.start()
    many, x = State(*(np.repeat(part, SAMPLES, axis=0) for part in one)), rng.normal(0, 1, (SAMPLES, 3))
    return {
        "step": lambda: network.advance(x[:1], one),
        "step of 50": lambda: network.advance(x, many),
        "point of a line": lambda: model.feed(_line[:20], one),
        "continuation": lambda: model.continue_(one, 1, 100, 0.5, 1),
        "point of a text": lambda: draw_text(text_network, text_state, 20),
        "fan": lambda: draw_fans(model, 100, 101),
        "8 fans": lambda: draw_fans(model, 100, 108),
        "line of fans": lambda: draw_fans(model, 0, POINTS),
        "t-SNE": lambda: TSNE(iterations=ITERATIONS, settled=0.0).run(_P, 1, backend=backend),
        "matrix product": lambda: backend.matmul(*_factors),
        "reading the weights": lambda: weight_file.load(_file),
        "making a model of them": lambda: Model(_weights, backend=backend),
    }


_file = Path(WEIGHTS).read_bytes()
_weights = weight_file.load(_file)
_text_weights = weight_file.load(Path(TEXT_WEIGHTS).read_bytes())
_factors = [np.random.default_rng(0).normal(0, 1, shape).astype(np.float32) for shape in ((1000, 503), (503, 2000))]
_things = np.random.default_rng(0).normal(0, 1, (500, 30))
_products = _things @ _things.T
_distances = np.diag(_products)[:, None] + np.diag(_products) - _products - _products.T
np.fill_diagonal(_distances, 0)
_P = affinities(np.maximum(_distances, 0), 50)
_backends = {
    "numpy dot": _with_dot(),
    "numpy einsum": NumpyBackend(),
    "kernel": wasm.load("/kernel/kernel-simd.wasm"),
    "kernel, relaxed": wasm.load("/kernel/kernel-relaxed.wasm"),
    "its routines": _with_timed_routines(),
}
model = Model(_weights, backend=_backends["kernel, relaxed"])
_line = model.write(POINTS, 0.5, 1).astype(np.float64)
_states = model.line_states(_line)
_work = {contender: _workloads(contender) for contender in _backends}


def measure(contender, workload, least):
    """Return milliseconds per call over at least `least` ms; "its routines" is only the time in the side module."""
    global _in_routines
    call = _work[contender][workload]
    if least:
        call()
    _in_routines, started, calls = 0.0, time.perf_counter(), 0
    while not calls or time.perf_counter() - started < least / 1e3:
        call()
        calls += 1
    took = _in_routines if contender == "its routines" else time.perf_counter() - started
    return 1e3 * took / calls
