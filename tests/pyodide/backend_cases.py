"""Cases for the side module, run inside Pyodide by test_backend.py: each against numpy in float64.

The arrays that the side module reads lie between NaNs, those that it writes between guards that are checked later:
so a read beyond an array shows in the results, and a write beyond it in the guards.
"""

import contextlib
import warnings

import numpy as np

from ductus.backend import wasm, wasm_directions, wasm_network, wasm_text
from ductus.backend.numpy import NumpyDescent
from ductus.lstm import LSTM, Network, State

GUARD = 64  # elements before and after every array
SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 50, 65, 66, 67, 121, 129)
SPECIAL = (np.nan, np.inf, -np.inf, 1e-42, -1e-42, 3e38, -3e38, 0.0, -0.0, 1e-30, 20.0, -100.0)


class Guarded:
    """numpy, except that `empty` returns arrays with a guard before and after them."""

    def __init__(self):
        self.buffers = []

    def __getattr__(self, name):
        return getattr(np, name)

    def empty(self, shape, dtype=float):
        size = int(np.prod(shape))
        buffer = np.full(size + 2 * GUARD, 12345, dtype)
        self.buffers.append(buffer)
        return buffer[GUARD : GUARD + size].reshape(shape)

    def broken(self):
        return any((b[:GUARD] != 12345).any() or (b[len(b) - GUARD :] != 12345).any() for b in self.buffers)


@contextlib.contextmanager
def guards():
    """Create the backend's arrays with guards; raise if the side module wrote beyond one."""
    modules = wasm, wasm_directions, wasm_network, wasm_text
    guarded = Guarded()
    for module in modules:
        module.np = guarded
    try:
        yield
    finally:
        for module in modules:
            module.np = np
    assert not guarded.broken(), "the side module wrote beyond an array"


def between_nans(array, dtype=np.float32):
    """Return the same array with NaNs before and after it in memory."""
    buffer = np.full(array.size + 2 * GUARD, np.nan, dtype)
    inside = buffer[GUARD : GUARD + array.size].reshape(array.shape)
    inside[...] = array
    return inside


def size(rng, low=0, high=2000):
    """Return a random size, usually one at which a loop of the side module ends."""
    candidates = [n for n in (0, *SIZES, *range(499, 504), 2000) if low <= n <= high]
    return int(rng.choice(candidates)) if rng.random() < 0.7 else int(rng.integers(low, high + 1))


def products(path, seed, count):
    """Return the worst error of random products, in roundings (2**-24) of the summed magnitudes, and the shapes."""
    module, rng, worst, shapes = wasm.load(path), np.random.default_rng(seed), 0.0, []
    for _ in range(count):
        M, K, N = size(rng, high=130), size(rng), size(rng)
        if M * K * N > 3e7:
            continue
        a, b = rng.normal(0, 1, (M, K)).astype("f4"), rng.normal(0, 1, (K, N)).astype("f4")
        with guards():
            found = module.multiply(between_nans(a), between_nans(b))
        exact = a.astype("f8") @ b.astype("f8")
        summed = np.abs(a).astype("f8") @ np.abs(b).astype("f8") + 1e-30
        assert found.shape == (M, N) and found.dtype == np.float32
        if found.size:
            worst = max(worst, float((np.abs(found - exact) / summed).max() / 2**-24))
        shapes.append([M, K, N])
    return worst, shapes


def networks(rng, units, outputs, spread=None):
    """Return the same random network in float64 and float32."""
    spread = 1 / np.sqrt(units) if spread is None else spread
    shapes = (3, 4 * units), (units, 4 * units), (4 * units,), (units, outputs), (outputs,)
    *cell, W_y, b_y = (rng.normal(0, spread, shape) for shape in shapes)
    return [Network(LSTM(*cell, 1.0, dtype), W_y.astype(dtype), b_y.astype(dtype)) for dtype in ("f8", "f4")]


def compiled(module, plain):
    """Return the side module's form of a network, its arrays between NaNs."""
    ours = module.compile(plain)
    for name in ("W_x", "b", "b_y"):
        array = between_nans(getattr(ours, f"_{name}"))
        setattr(ours, f"_{name}", array)
        setattr(ours._structure, name, array.ctypes.data)
    return ours


def steps(path, seed, count):
    """Return the worst error of steps, heads and traces of random networks, and their shapes."""
    module, rng, worst, shapes = wasm.load(path), np.random.default_rng(seed), 0.0, []
    for _ in range(count):
        units, outputs = size(rng, low=1, high=503), size(rng, low=1, high=130)
        pens, samples, times = int(rng.choice(SIZES)), int(rng.choice([1, 1, 2, 5, 50])), int(rng.integers(0, 4))
        if units * units * pens * samples > 1e7:
            pens = samples = 1
        exact, plain = networks(rng, units, outputs)
        h, c = np.tanh(rng.normal(0, 1, (pens, units))), rng.normal(0, 1, (pens, units))
        x = rng.normal(0, 2, (pens * samples, 3))
        line = rng.normal(0, 2, (times, pens, 3))
        state = State(between_nans(h), between_nans(c))
        before = [part.copy() for part in state]
        with guards():
            ours = compiled(module, plain)
            stepped = ours.step(between_nans(x), state)
            advanced, output = ours.advance(between_nans(x), state)
            traced = ours.trace(between_nans(line), state)
            said = ours.output(state.h)
        state64 = State(*(part.astype("f8") for part in before))
        wanted, wanted_output = exact.advance(x.astype("f4").astype("f8"), state64)
        wanted_trace = exact.trace(line.astype("f4").astype("f8"), state64)
        pairs = [*zip(stepped, wanted, strict=True), *zip(advanced, wanted, strict=True), (output, wanted_output)]
        pairs += [*zip(traced, wanted_trace, strict=True), (said, exact.output(state64.h))]
        pairs += [*zip(state, before, strict=True)]  # the given state is unchanged
        for mine, numpys in pairs:
            assert mine.shape == numpys.shape and mine.dtype == np.float32, (mine.shape, numpys.shape)
            error = np.abs(mine - numpys) / (1 + np.abs(numpys))
            worst = max(worst, float(error.max(initial=0.0)))  # NaN if a NaN was read
            assert not np.isnan(error).any(), (units, outputs, pens, samples)
        shapes.append([units, outputs, pens, samples, times])
    return worst, shapes


def descents(path, seed, count):
    """Return the worst error of t-SNE's gradient, in units of the type's precision, and the sizes."""
    module, rng, worst, sizes = wasm.load(path), np.random.default_rng(seed), 0.0, []
    for dtype in ("f4", "f8"):
        for _ in range(count):
            n = size(rng, low=1, high=503)
            P = rng.random((n, n))
            P += P.T
            np.fill_diagonal(P, 0)
            P /= max(P.sum(), 1e-30)
            arrays = rng.normal(0, 10.0 ** rng.integers(-4, 3), n), rng.normal(0, 1, n), rng.random(n), P
            arrays = [array.astype(dtype) for array in arrays]
            exact = NumpyDescent(*(array.astype("f8") for array in arrays))
            with guards():
                ours = module.descent(*(between_nans(array, dtype) for array in arrays))
                found = ours.gradient(4.0)
            wanted = exact.gradient(4.0)
            y = arrays[0].astype("f8")
            pulls = np.abs(y[:, None] - y) / (1 + (y[:, None] - y) ** 2)
            summed = 4 * (
                4 * (P * pulls).sum(axis=1)
                + pulls.sum(axis=1) / max((1 / (1 + (y[:, None] - y) ** 2)).sum() - n, 1e-30)
            )
            error = np.abs(found - wanted) / (summed + 1e-30)
            worst = max(worst, float(error.max() / np.finfo(dtype).eps))
            assert not np.isnan(error).any(), n
            done = [descent.iterate(5, 4.0, 0.1, 0.5, 0.0) for descent in (ours, exact)]
            assert done == [5, 5]
            tolerance = {"f4": 2e-4, "f8": 1e-10}[dtype]
            # where rounding decides a sign, a gain has two possible values: in 5 iterations the places differ little
            np.testing.assert_allclose(ours.y, exact.y, rtol=0, atol=tolerance * (1 + np.abs(exact.y).max()))
            assert ours.iterate(5, 1.0, 0.1, 0.5, np.inf) == 0
            sizes.append(n)
    return worst, sizes


def kinds(array):
    """Classify each number as NaN, plus or minus infinity, or finite."""
    return np.where(np.isnan(array), 9, np.sign(array) * np.isinf(array))


def special_values(path, seed, count):
    """Check NaN, infinities, denormals and huge numbers against numpy's kinds; return the number of cases."""
    module, rng, checked = wasm.load(path), np.random.default_rng(seed), 0
    warnings.simplefilter("ignore")  # expected here
    for _ in range(count):
        units, outputs, pens = int(rng.choice([1, 3, 8, 13])), 7, int(rng.choice([1, 2, 5]))
        # One special value at a time: otherwise the order of a sum decides between infinity and NaN.
        _, plain = networks(rng, units, outputs)
        h, c, x = rng.normal(0, 1, (pens, units)), rng.normal(0, 1, (pens, units)), rng.normal(0, 1, (pens, 3))
        target = (h, c, x)[rng.integers(3)]
        target[tuple(rng.integers(n) for n in target.shape)] = rng.choice(SPECIAL)
        state = State(h.astype("f4"), c.astype("f4"))
        (found, output), (wanted, wanted_output) = (
            network.advance(x, state) for network in (module.compile(plain), plain)
        )
        for mine, numpys in zip((*found, output), (*wanted, wanted_output), strict=True):
            np.testing.assert_array_equal(kinds(mine), kinds(numpys))
            sure = np.isfinite(numpys)
            np.testing.assert_allclose(mine[sure], numpys[sure], rtol=1e-5, atol=1e-5)
        n = int(rng.choice([2, 3, 9, 50]))
        P = np.full((n, n), 1 / (n * n - n)) * (1 - np.eye(n))
        y, velocity, gain = rng.normal(0, 1, n), np.zeros(n), np.ones(n)
        (y if rng.random() < 0.8 else velocity)[rng.integers(n)] = rng.choice(SPECIAL)
        for dtype in ("f4", "f8"):
            arrays = [array.astype(dtype) for array in (y, velocity, gain, P)]
            ours, plain_one = (make(*(v.copy() for v in arrays)) for make in (module.descent, NumpyDescent))
            np.testing.assert_array_equal(kinds(ours.gradient(1.0)), kinds(plain_one.gradient(1.0)))
            assert ours.iterate(4, 1.0, 1.0, 0.5, 0.0) == plain_one.iterate(4, 1.0, 1.0, 0.5, 0.0)
            np.testing.assert_array_equal(kinds(ours.y), kinds(plain_one.y))
        a, b = rng.normal(0, 1, (9, 6)).astype("f4"), rng.normal(0, 1, (6, 11)).astype("f4")
        (a if rng.random() < 0.5 else b)[rng.integers(6), rng.integers(6)] = rng.choice(SPECIAL)
        np.testing.assert_array_equal(kinds(module.multiply(a, b)), kinds(np.einsum("mk,kn->mn", a, b)))
        checked += 1
    return checked


def tanh_errors(path):
    """Return the errors of the gates' tanh against float64, in a network of one unit; the worst one is relative."""
    module = wasm.load(path)
    # i and o are open, f is shut, so that h = tanh(tanh(g)) of the candidate's input g, which is just x.
    W_x = np.zeros((3, 4))
    W_x[0, 1] = 1
    plain = Network(
        LSTM(W_x, np.zeros((1, 4)), np.array([200.0, 0, -200, 200]), 0.0), np.zeros((1, 1), "f4"), np.zeros(1, "f4")
    )
    x = np.concatenate([np.logspace(-44, 2, 20_000), -np.logspace(-44, 2, 20_000)]).astype("f4")
    inputs = np.zeros((len(x), 3))
    inputs[:, 0] = x
    state = module.compile(plain).step(inputs, plain.lstm.zero_state(len(x)))
    exact = np.tanh(x.astype("f8"))
    normal = np.abs(exact) > 1e-37
    worst = float(np.abs(state.c[normal, 0] / exact[normal] - 1).max())
    tiny = float(np.abs(state.c[~normal, 0] - exact[~normal]).max())
    return worst, tiny, bool((np.abs(state.c) <= 1).all()), float(np.abs(state.h[:, 0] - np.tanh(exact)).max())
