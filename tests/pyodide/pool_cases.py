"""The cases of test_pool.py, inside Pyodide: what real workers draw and read as well, against what is done here."""

import js
import networks
import numpy as np
import text_networks

from ductus.analysis import ablation
from ductus.backend import wasm
from ductus.generation.best_draw import best_slices
from ductus.generation.text import Primer, write
from ductus.lstm import State
from ductus.model import Model
from ductus.text_network import TextNetwork
from worker import pool, pool_workers

pool.MIN_POINTS = 0
# Units, components, pens, samples, steps: sizes that no loop of the side module divides among them.
SHAPES = ((5, 3, 40, 1, 3), (8, 3, 7, 66, 1), (61, 1, 9, 20, 5), (500, 20, 24, 50, 4), (500, 20, 3, 200, 2))
TEXT, PRIMER = "some words of a text", Primer(networks.random_line(40, 3), "in a hand")
_running = None


class Counting(pool_workers.PoolWorker):
    """A worker that counts the results that it gave, not the networks that it took."""

    results = 0

    def __init__(self, path, answered, failed):
        def counted(number, data):
            Counting.results += len(data) > 0
            answered(number, data)

        super().__init__(path, counted, failed)


def start(path, worker):
    """Draw the fans of all shapes, and silence cells, in one pool of two workers; `more` does so in slices."""
    global _running
    js.poolWorker = worker
    _running = _all(path)


def more():
    """Run one slice; return None, or at the end how many results the workers gave for each shape, drawn and read."""
    try:
        next(_running)
    except StopIteration as end:
        return end.value


def _all(path):
    backend, counts = wasm.load(path), []
    shared = pool.Pool(lambda *callbacks: Counting(path, *callbacks), 3)
    rng = np.random.default_rng(1)
    for units, components, pens, samples, steps in SHAPES:
        weights = networks.random_weights(units, components, seed=units, spread=0.1)
        alone, model = Model(weights, backend=backend), Model(weights, backend=backend, pool=shared)
        states = State(*rng.normal(0, 0.5, (2, pens, units)).astype(np.float32))
        seeds = [[7, i] for i in range(pens)]
        Counting.results = before = 0
        for _ in range(3):
            fans = yield from model.fan_slices(states, samples, steps, 0.8, seeds)
            np.testing.assert_array_equal(fans, _whole(alone, states, samples, steps, seeds))
        while not Counting.results > before:  # a busy machine: until one has been there in time
            yield from model.fan_slices(states, samples, steps, 0.8, seeds)
        counts.append(Counting.results)
        rows = ablation.silenced([[cell] for cell in range(min(units, 40))])
        line = networks.random_line(30)
        base = _end(ablation.predictions_slices(model, line))
        wanted, before = _end(ablation.effects_slices(alone, base, rows)), Counting.results
        while not Counting.results > before:
            effects = yield from ablation.effects_slices(model, base, rows)
            np.testing.assert_array_equal(effects, wanted)
        counts.append(Counting.results - before)
    weights = text_networks.random_text_weights(units=61, seed=1)
    alone, network = TextNetwork(weights, backend=backend), TextNetwork(weights, backend=backend, pool=shared)
    wanted = [write(alone, TEXT, 0.8, [3, draw] if draw else 3, PRIMER) for draw in range(5)]
    before = Counting.results
    while not Counting.results > before:
        reader = Reader()
        line, number = yield from best_slices(network, reader, TEXT, 0.8, 3, 5, PRIMER)
        np.testing.assert_array_equal(line.points, wanted[number].points)
        for ours, theirs in zip(reader.lines, wanted, strict=True):
            np.testing.assert_array_equal(ours, theirs.points)
    counts.append(Counting.results - before)
    return counts


class Reader:
    """A reader that keeps the lines, and finds the third most likely."""

    units_per_x_height = 3.0

    def scores_slices(self, lines, text):
        yield
        self.lines = [np.float32(line) for line in lines]
        return [float(draw == 2) for draw in range(len(lines))]


def _whole(model, states, samples, steps, seeds):
    return _end(model.fan_slices(states, samples, steps, 0.8, seeds))


def _end(slices):
    while True:
        try:
            next(slices)
        except StopIteration as end:
            return end.value
