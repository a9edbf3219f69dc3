"""Cases for changes of the cells in the side module, run inside Pyodide by test_backend.py: each against numpy."""

import numpy as np
from backend_cases import SIZES, between_nans, compiled, guards, networks, size

from ductus.backend import wasm
from ductus.backend.numpy import CellChange
from ductus.lstm import State


def _change(rng, rows, units):
    """A random change whose rows divide `rows`: some cells untouched, silenced, clamped, turned."""
    own = int(rng.choice([n for n in range(1, rows + 1) if rows % n == 0])) if rows else 1
    scale = rng.choice([1.0, 1.0, 0.0, -1.0], (own, units))
    value = np.where(scale == 0, rng.normal(0, 2, (own, units)), -0.0)
    return CellChange(between_nans(scale), between_nans(value))


def changes(path, seed, count):
    """Return the worst error of traces and drawn paths with random changes, and the shapes."""
    module, rng, worst, shapes = wasm.load(path), np.random.default_rng(seed), 0.0, []
    for _ in range(count):
        units, components = size(rng, low=1, high=503), int(rng.integers(1, 5))
        pens, samples, steps = int(rng.choice(SIZES)), int(rng.choice([1, 2, 7])), int(rng.integers(1, 4))
        if units * units * pens * samples > 1e7:
            pens = samples = 1
        exact, plain = networks(rng, units, 1 + 6 * components)
        h, c = np.tanh(rng.normal(0, 1, (pens, units))), rng.normal(0, 1, (pens, units))
        line, uniforms = rng.normal(0, 2, (steps, pens, 3)).astype("f4"), rng.random((pens, steps, samples, 4))
        state, before = State(between_nans(h), between_nans(c)), State(h.astype("f4"), c.astype("f4"))
        traced, drawn = _change(rng, pens, units), _change(rng, pens * samples, units)
        with guards():
            ours = compiled(module, plain)
            trace = ours.trace(between_nans(line), state, traced)
            after, paths = ours.draw(None, state, 0.5, between_nans(uniforms, "f8"), drawn)
            without = ours.trace(line, state), ours.draw(None, state, 0.5, uniforms)
            kept = CellChange(np.ones((1, units), "f4"), np.full((1, units), -0.0, "f4"))
            with_none = ours.trace(line, state, kept), ours.draw(None, state, 0.5, uniforms, kept)
        for mine, theirs in zip(
            (*with_none[0], *with_none[1][0], with_none[1][1]),
            (*without[0], *without[1][0], without[1][1]),
            strict=True,
        ):
            np.testing.assert_array_equal(mine.view("i4"), theirs.view("i4"))  # not one bit
        wanted = exact.trace(line.astype("f8"), State(*(part.astype("f8") for part in before)), traced)
        wanted_after, wanted_paths = plain.draw(None, before, 0.5, uniforms, drawn)
        for mine, numpys in zip((*trace, *after, paths), (*wanted, *wanted_after, wanted_paths), strict=True):
            assert mine.shape == numpys.shape
            error = np.abs(mine - numpys) / (1 + np.abs(numpys))
            assert not np.isnan(error).any(), (units, components, pens, samples, steps)
            worst = max(worst, float(error.max(initial=0.0)))
        shapes.append([units, pens, samples, len(traced.scale), len(drawn.scale)])
    return worst, shapes


def multipliers(path, seed):
    """Return the worst error of products by a fixed matrix, in both types."""
    module, rng, worst = wasm.load(path), np.random.default_rng(seed), 0.0
    for M, K, N in ((1, 2000, 500), (3, 33, 7), (67, 8, 121), (0, 5, 3)):
        a, b = rng.normal(0, 1, (M, K)), rng.normal(0, 1, (K, N))
        for dtype in ("f4", "f8"):
            found = module.multiplier(b.astype(dtype))(a.astype(dtype))
            assert found.shape == (M, N) and found.dtype == dtype
            worst = max(worst, float(np.abs(found - a @ b).max(initial=0.0)) / np.sqrt(K))
    return worst
