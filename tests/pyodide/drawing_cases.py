"""Cases for paths drawn by the side module, run inside Pyodide by test_backend.py: each against numpy."""

import warnings

import numpy as np
from backend_cases import SPECIAL, between_nans, compiled, guards, kinds, networks

from ductus import mixture
from ductus.backend import wasm
from ductus.lstm import LSTM, Network, State

TEMPERATURES = (0.0, 5e-324, 1e-300, 1e-12, 0.01, 0.3, 0.5, 1.0, 1.0, 1.0, 2.0, 1e6, 1e300)
EDGES = (0.0, 2**-53, 0.25, 0.5, 0.75, 1 - 2**-53)  # of the uniforms


def draws(path, seed, count):
    """Return the worst error of points drawn from random networks, and the shapes."""
    module, rng, worst, shapes = wasm.load(path), np.random.default_rng(seed), 0.0, []
    for number in range(count):
        units, components = int(rng.choice([1, 2, 3, 7, 8, 9, 33, 120, 500])), int(rng.integers(1, 21))
        units = 2048 if number == count - 1 else units
        pens, samples = int(rng.choice([0, 1, 1, 2, 3, 8])), int(rng.choice([1, 2, 7, 50, 67]))
        steps = int(rng.integers(0, 6))
        pens, samples = (pens, samples) if units < 500 else (min(pens, 2), min(samples, 7))
        exact, plain = networks(rng, units, 1 + 6 * components)
        fed, own = bool(rng.integers(2)), bool(rng.integers(2))  # go on with points; a state for each sample
        states = pens * samples if own else pens
        h, c = np.tanh(rng.normal(0, 1, (states, units))), rng.normal(0, 1, (states, units))
        x = rng.normal(0, 1, (pens * samples, 3)).astype("f4") if fed else None
        uniforms = rng.random((pens, steps, samples, 4))
        temperature = float(rng.choice([0.0, 0.1, 0.5, 1.0]))
        state = State(between_nans(h), between_nans(c))
        before = [part.copy() for part in state]
        with guards():
            after, paths = compiled(module, plain).draw(
                None if x is None else between_nans(x), state, temperature, between_nans(uniforms, "f8")
            )
        assert paths.shape == (pens, samples, steps, 3) and paths.dtype == np.float32
        assert all((mine == was).all() for mine, was in zip(state, before, strict=True))
        for network in (exact, plain):
            start = State(*(part.astype(network.dtype) for part in before))
            wanted = network.draw(x, start, temperature, uniforms)
            for mine, numpys in zip((*after, paths), (*wanted[0], wanted[1]), strict=True):
                assert mine.shape == numpys.shape
                error = np.abs(mine - numpys) / (1 + np.abs(numpys))
                assert not np.isnan(error).any(), (units, components, pens, samples, steps)
                worst = max(worst, float(error.max(initial=0.0)))
        shapes.append([units, components, pens, samples, steps, fed, own])
    return worst, shapes


def mirror(outputs):
    """Return a network whose head says what its hidden state is."""
    cell = LSTM(np.zeros((3, 4 * outputs)), np.zeros((outputs, 4 * outputs)), np.zeros(4 * outputs), 0.0)
    return Network(cell, np.eye(outputs, dtype="f4"), np.zeros(outputs, "f4"))


def at_edges(uniforms, temperature, rng):
    """Set some uniforms (..., 4) to an edge; not the angle if the temperature is huge: there the sine of pi shows."""
    chosen = rng.random(uniforms.shape) < 0.1
    chosen[..., 3] &= temperature < 10
    uniforms[chosen] = rng.choice(EDGES, chosen.sum())


def samples(path, seed, count):
    """Return the worst relative error of points sampled from given outputs of the head, and how many there were."""
    module, rng, worst, points = wasm.load(path), np.random.default_rng(seed), 0.0, 0
    for _ in range(count):
        components, pens, each = int(rng.integers(1, 25)), int(rng.choice([0, 1, 2, 9])), int(rng.choice([1, 3, 70]))
        output = rng.normal(0, 10.0 ** rng.integers(-2, 3), (pens, 1 + 6 * components)).astype("f4")
        uniforms = rng.random((pens, 1, each, 4))
        temperature = float(rng.choice(TEMPERATURES))
        at_edges(uniforms, temperature, rng)
        ours = module.compile(mirror(output.shape[1]))
        with guards():
            _, found = ours.draw(None, State(output, output), temperature, uniforms)
        with np.errstate(all="ignore"):
            wanted = mixture.sample(output, temperature, uniforms.reshape(-1, 4)).astype("f4")
        found = found.reshape(-1, 3)
        np.testing.assert_array_equal(found[:, 2], wanted[:, 2])
        with np.errstate(invalid="ignore"):  # two infinities
            error = np.where(found == wanted, 0, np.abs(found - wanted) / (1e-6 + np.abs(wanted)))
        worst, points = max(worst, float(error.max(initial=0.0))), points + len(found)
    return worst, points


def special_samples(path, seed, count):
    """Check outputs of the head with NaN, infinities, denormals and huge numbers; return the number of cases."""
    module, rng = wasm.load(path), np.random.default_rng(seed)
    warnings.simplefilter("ignore")  # expected here
    for _ in range(count):
        components = int(rng.integers(1, 6))
        output = rng.normal(0, 1, (1, 1 + 6 * components)).astype("f4")
        for _ in range(int(rng.integers(1, 4))):
            output[0, rng.integers(output.size)] = rng.choice([*SPECIAL, 700, -800])
        uniforms = rng.random((1, 1, 5, 4))
        temperature = float(rng.choice(TEMPERATURES))
        at_edges(uniforms, temperature, rng)
        plain = mirror(output.size)
        plain.W_y[:], plain.b_y[:] = 0, output[0]
        state = plain.lstm.zero_state(1)
        _, found = module.compile(plain).draw(None, state, temperature, uniforms)
        wanted = mixture.sample(output, temperature, uniforms.reshape(-1, 4)).astype("f4")
        found = found.reshape(-1, 3)
        np.testing.assert_array_equal(kinds(found), kinds(wanted), err_msg=f"{output} {temperature} {uniforms}")
        sure = np.isfinite(wanted)
        np.testing.assert_allclose(found[sure], wanted[sure], rtol=1e-6, atol=1e-6)
    return count


def splits(path, seed, count):
    """Check that the bits of a sample do not depend on what is drawn beside it; return the number of splits."""
    module, rng, checked = wasm.load(path), np.random.default_rng(seed), 0
    for _ in range(count):
        units, pens, each, steps = (
            int(rng.choice([5, 8, 61, 500])),
            int(rng.integers(1, 9)),
            int(rng.choice([1, 3, 20])),
            4,
        )
        plain = networks(rng, units, 1 + 6 * 3)[1]
        ours = module.compile(plain)
        state = State(*rng.normal(0, 1, (2, pens, units)).astype("f4"))
        uniforms = rng.random((pens, steps, each, 4))
        (h, c), whole = ours.draw(None, state, 0.8, uniforms)
        h, c = (part.reshape(pens, each, units) for part in (h, c))
        for split in range(1, 1 + min(12, pens * each)):
            # rows of pens, then of samples: at `split` and everywhere
            for some, those in ((slice(0, split), slice(None)), (slice(None), slice(0, split))):
                for pen, sample in ((some, those), (slice(some.stop, None), those), (some, slice(those.stop, None))):
                    part = State(state.h[pen], state.c[pen])
                    (h_part, c_part), paths = ours.draw(None, part, 0.8, uniforms[pen, :, sample])
                    np.testing.assert_array_equal(paths, whole[pen, sample])
                    np.testing.assert_array_equal(h_part, h[pen, sample].reshape(-1, units))
                    np.testing.assert_array_equal(c_part, c[pen, sample].reshape(-1, units))
                    checked += 1
        for step in range(1, steps):  # in two parts, the second with the points drawn last
            between, first = ours.draw(None, state, 0.8, uniforms[:, :step])
            last, second = ours.draw(first[:, :, -1].reshape(-1, 3), between, 0.8, uniforms[:, step:])
            np.testing.assert_array_equal(np.concatenate([first, second], axis=2), whole)
            np.testing.assert_array_equal(last.h, h.reshape(-1, units))
            checked += 1
    return checked
