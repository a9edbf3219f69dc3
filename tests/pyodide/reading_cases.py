"""Cases for points read by the side module, run inside Pyodide by test_backend.py: each against numpy."""

import warnings

import numpy as np
from backend_cases import SIZES, SPECIAL, between_nans, compiled, guards, kinds, networks, size
from drawing_cases import mirror
from intervention_cases import _change

from ductus import cooperative, mixture
from ductus.backend import wasm
from ductus.backend.numpy import NumpyDirections
from ductus.lstm import LSTM, State


def readings(path, seed, count):
    """Return the worst error of random readings, with and without a change of the cells, and the shapes."""
    module, rng, worst, shapes = wasm.load(path), np.random.default_rng(seed), 0.0, []
    for number in range(count):
        units, components = size(rng, low=1, high=503), int(rng.integers(1, 6))
        rows, times = int(rng.choice([0, *SIZES])), int(rng.integers(0, 4))
        rows = 1 if units * units * rows > 1e7 else rows
        exact, plain = networks(rng, units, 1 + 6 * components)
        h, c = np.tanh(rng.normal(0, 1, (rows, units))), rng.normal(0, 1, (rows, units))
        x, truth = rng.normal(0, 2, (times, 3)).astype("f4"), rng.normal(0, 1, (times, 3))
        change = _change(rng, rows, units) if number % 2 else None
        state = State(between_nans(h), between_nans(c))
        before = [part.copy() for part in state]
        with guards():
            after, facts = compiled(module, plain).read(between_nans(x), between_nans(truth, "f8"), state, change)
        assert all((mine == was).all() for mine, was in zip(state, before, strict=True))
        given = State(*(part.astype("f8") for part in before))
        wanted, wanted_facts = exact.read(x.astype("f8"), truth, given, change)
        for mine, numpys in zip((*after, facts), (*wanted, wanted_facts), strict=True):
            assert mine.shape == numpys.shape
            error = np.abs(mine - numpys) / (1 + np.abs(numpys))
            assert not np.isnan(error).any(), (units, components, rows, times)
            worst = max(worst, float(error.max(initial=0.0)))
        shapes.append([units, rows, times, components])
    return worst, shapes


def facts(path, seed, count):
    """Return the worst error of what given outputs of the head say, also NaN, infinities and huge numbers."""
    module, rng, worst = wasm.load(path), np.random.default_rng(seed), 0.0
    warnings.simplefilter("ignore")  # expected here
    for number in range(count):
        components = int(rng.integers(1, 25))
        output = rng.normal(0, 10.0 ** rng.integers(-2, 3), (1, 1 + 6 * components)).astype("f4")
        if number % 2:
            output[0, rng.integers(output.size)] = rng.choice([*SPECIAL, 700, -800])
        truth = np.array([[*rng.normal(0, 10.0 ** rng.integers(-2, 8), 2), rng.integers(2)]])
        plain = mirror(output.size)
        plain.W_y[:], plain.b_y[:] = 0, output[0]
        _, found = module.compile(plain).read(np.zeros((1, 3)), truth, plain.lstm.zero_state(1))
        wanted = mixture.facts(output.astype("f8"), truth)
        np.testing.assert_array_equal(kinds(found[0]), kinds(wanted), err_msg=f"{output} {truth}")
        error = np.where(np.isfinite(wanted), np.abs(found[0] - wanted) / (1 + np.abs(wanted)), 0)
        worst = max(worst, float(error.max()))
    return worst


def splits(path, seed, count):
    """Check that the bits of a row do not depend on which are read beside it, nor on the calls."""
    module, rng, checked = wasm.load(path), np.random.default_rng(seed), 0
    for _ in range(count):
        units, rows, times = int(rng.choice([5, 8, 61, 500])), int(rng.integers(1, 80)), 3
        ours = module.compile(networks(rng, units, 1 + 6 * 3)[1])
        state = State(*rng.normal(0, 1, (2, rows, units)).astype("f4"))
        x, truth = rng.normal(0, 1, (2, times, 3))
        change = _change(rng, rows, units)
        change = type(change)(*(np.repeat(part, rows // len(part), axis=0) for part in change))
        (h, c), whole = ours.read(x, truth, state, change)
        for _ in range(12):
            first, end = np.sort(rng.integers(0, rows + 1, 2))
            some, step = slice(first, end), int(rng.integers(1, times))
            part = State(state.h[some], state.c[some])
            own = type(change)(change.scale[some], change.value[some]) if end > first else None
            part, early = ours.read(x[:step], truth[:step], part, own)
            part, late = ours.read(x[step:], truth[step:], part, own)
            np.testing.assert_array_equal(np.concatenate([early, late]), whole[:, some])
            np.testing.assert_array_equal(part.h, h[some])
            np.testing.assert_array_equal(part.c, c[some])
            checked += end > first
    return int(checked)


def directions(path, seed, count):
    """Return the worst error of random pairs of layers, and their shapes; bits do not depend on the lines beside."""
    module, rng, worst, shapes = wasm.load(path), np.random.default_rng(seed), 0.0, []
    for _ in range(count):
        units, inputs = int(rng.choice([1, 7, 8, 96])), int(rng.choice([1, 15, 192]))
        times, lines = int(rng.choice([0, 1, 20, 300])), int(rng.choice([0, 1, 5, 70]))
        sizes = (inputs, 4 * units), (units, 4 * units), (4 * units,)
        arrays = [[rng.normal(0, 1 / np.sqrt(inputs + units), size) for size in sizes] for _ in range(2)]
        exact, plain = ([LSTM(*each, 0.0, dtype) for each in arrays] for dtype in ("f8", "f4"))
        x = rng.normal(0, 1, (2, times, lines, inputs)).astype("f4")
        with guards():
            ours = module.bidirectional(*plain)
            found = cooperative.run(ours(between_nans(x)))
        assert found.shape == (2, times, lines, units) and found.dtype == np.float32
        wanted = cooperative.run(NumpyDirections(*exact)(x))
        worst = max(worst, float(np.abs(found - wanted).max(initial=0.0)))
        if lines:
            np.testing.assert_array_equal(cooperative.run(ours(x[:, :, -1:])), found[:, :, -1:])
        shapes.append([units, inputs, times, lines])
    return worst, shapes
