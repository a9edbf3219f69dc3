"""Cases for the text network in the side module, run inside Pyodide by test_backend.py: each against numpy."""

import warnings

import numpy as np
from backend_cases import SPECIAL, between_nans, guards, kinds

from ductus import alphabet
from ductus.backend import default, wasm
from ductus.lstm import LSTM, State
from ductus.text_network import TextLayer, TextState
from ductus.text_network import codes as codes_of
from ductus.window import View, Window


def steps(path, seed, count):
    """Return the worst error of steps and points of random networks with a window, and their shapes."""
    module, rng, worst, shapes = wasm.load(path), np.random.default_rng(seed), 0.0, []
    for number in range(count):
        units, components, K = int(rng.choice([1, 5, 8, 100])), int(rng.integers(1, 21)), int(rng.integers(1, 13))
        units = 2048 if number == count - 1 else units
        V, pens, outputs = alphabet.SYMBOLS, int(rng.choice([0, 1, 1, 3, 70])), 1 + 6 * components
        sizes = (3 + V, 4 * units), (units, 4 * units), (4 * units,), (units, 3 * K), (3 * K,)
        sizes = *sizes, (units + V, outputs), (outputs,)
        arrays = [rng.normal(0, 1 / np.sqrt(units + V), shape) for shape in sizes]
        arrays[4][2 * K :] -= rng.uniform(-2, 2)  # how fast the window moves
        exact, plain = (text_layer(arrays, dtype) for dtype in ("f8", "f4"))
        codes = codes_of("ab C. defghi"[: rng.integers(1, 12)])
        with guards():
            ours = module.compile_text(plain)
        states = [text_rest(layer, pens) for layer in (plain, exact, plain)]
        for _ in range(int(rng.integers(1, 30)) if units < 2048 else 2):
            x, uniforms = rng.normal(0, 1, (pens, 3)).astype("f4"), rng.random((pens, 4))
            with guards():
                states[0], found = ours.draw(between_nans(x), states[0], codes, 0.7, between_nans(uniforms, "f8"))
            for place, layer in ((1, exact), (2, plain)):
                states[place], wanted = layer.draw(x, states[place], codes, 0.7, uniforms)
                mine = *states[0][:3], *states[0].view, ours.output(states[0]), found
                numpys = *states[place][:3], *states[place].view, layer.output(states[place]), wanted
                for a, b in zip(mine, numpys, strict=True):
                    assert a.shape == b.shape and a.dtype == np.float32
                    error = np.abs(a - b) / (1 + np.abs(b))
                    assert not np.isnan(error).any()
                    worst = max(worst, float(error.max(initial=0.0)))
        stepped = ours.step(x, states[0], codes)
        again, _ = ours.draw(x, states[0], codes, 0.7, uniforms)
        np.testing.assert_array_equal(stepped.h, again.h)
        np.testing.assert_array_equal(stepped.w, again.w)
        last = np.arange(pens)[-1:]  # a pen's bits do not depend on those beside it
        alone = ours.step(x[last], states[0].take(last), codes)
        np.testing.assert_array_equal(alone.h, stepped.h[last])
        np.testing.assert_array_equal(alone.w, stepped.w[last])
        shapes.append([units, components, K, pens])
    return worst, shapes


def written(path, seed, count):
    """Write with random networks, in pieces and against numpy; return the worst error and how the pieces ended."""
    module, rng, worst, ends = wasm.load(path), np.random.default_rng(seed), 0.0, dict.fromkeys(ENDS, 0)
    V = alphabet.SYMBOLS
    for number in range(count):
        units, components, K = int(rng.choice([1, 5, 8, 100])), int(rng.integers(1, 21)), int(rng.integers(1, 13))
        outputs, pens, strength = 1 + 6 * components, 1 + number % 2, 2.0 * (number % 2)
        sizes = (3 + V, 4 * units), (units, 4 * units), (4 * units,), (units, 3 * K), (3 * K,)
        sizes = *sizes, (units + V, outputs), (outputs,)
        arrays = [rng.normal(0, 1 / np.sqrt(units + V), shape) for shape in sizes]
        arrays[4][2 * K :] -= rng.uniform(-2, 2)  # how fast the window moves
        arrays[6][0] -= 3.5  # a lift is rare
        plain = text_layer(arrays, "f4")
        ours, codes, x = module.compile_text(plain), codes_of("ab C. defghi"), rng.normal(0, 1, (1, 3)).astype("f4")
        rest = text_rest(plain, pens)
        rest.view.kappa[1:] = 2.0**20  # the second pen sees no text
        chances = rng.random((20, 4 * 8 + 1 if pens == 2 else 4))
        limit = float(rng.choice([4, 6, 8, np.inf]))
        with guards():
            how = rest, codes, limit, 0.7, strength
            states, points = ours.write(between_nans(x), *how, between_nans(chances, "f8"))
            fed = np.concatenate([x, points[:-1]])
            traced = ours.trace(between_nans(fed), rest, codes, limit)
        wanted = plain.trace(fed[: len(points)], rest, codes, limit)
        again = plain.write(x, *how, chances)[1]
        for mine, numpys in zip((*states[:3], *states.view), (*wanted[:3], *wanted.view), strict=True):
            worst = max(worst, float((np.abs(mine - numpys) / (1 + np.abs(numpys))).max(initial=0.0)))
        assert len(points) == len(again) and len(states.h) == pens * len(points)
        worst = max(worst, float((np.abs(points - again) / (1 + np.abs(again))).max(initial=0.0)))
        pieces, state, at, done = [], rest, x, 0
        while done < len(points):  # the same bits, whatever the pieces
            some = chances[done : done + int(rng.integers(1, 6))]
            each, drawn = ours.write(at, state, codes, limit, 0.7, strength, some)
            pieces.append(drawn)
            state, at, done = each.take(np.arange(len(each.h))[-pens:]), drawn[-1:], done + len(drawn)
        if pieces:
            np.testing.assert_array_equal(np.concatenate(pieces), points)
            np.testing.assert_array_equal(state.h, states.h[-pens:])
            np.testing.assert_array_equal(traced.c, states.c)
        ends["limit" if len(points) < len(chances) else "uniforms"] += 1
    return worst, ends


ENDS = "limit", "uniforms"


def text_layer(arrays, dtype):
    """Return a `TextLayer` with these arrays: W_x, W_h, b, W_hk, b_k, W_y, b_y."""
    W_x, W_h, b, W_hk, b_k, W_y, b_y = arrays
    window = Window(W_hk, b_k, alphabet.SYMBOLS, dtype)
    return TextLayer(LSTM(W_x, W_h, b, 1.0, dtype), window, W_y.astype(dtype), b_y.astype(dtype), default())


def text_rest(layer, pens):
    """Return the zero state."""
    h, c = np.zeros((2, pens, layer.lstm.units), layer.dtype)
    kappa, zero = np.zeros((2, pens, layer.window.gaussians), layer.dtype)
    w = np.zeros((pens, layer.window.symbols), layer.dtype)
    return TextState(h, c, w, View(zero, zero, kappa, zero[:, :1].sum(axis=1)))


def special_values(path, seed, count):
    """Check that no input makes the window look beyond the text; return the number of cases."""
    module, rng = wasm.load(path), np.random.default_rng(seed)
    warnings.simplefilter("ignore")  # expected here
    K, V = 3, alphabet.SYMBOLS
    sizes = (3 + V, 16), (4, 16), (16,), (4, 3 * K), (3 * K,), (4 + V, 7), (7,)
    for _ in range(count):
        arrays = [rng.normal(0, 0.3, shape) for shape in sizes]
        target = arrays[rng.integers(len(arrays))]
        target[tuple(rng.integers(n) for n in target.shape)] = rng.choice([*SPECIAL, -1e4, 1e4])
        layer = text_layer(arrays, "f4")
        rest = text_rest(layer, 1)
        kappa = np.float32(rng.choice([0, 3.5, 50, 1e6, 3e9, 1e30, np.inf, -np.inf, np.nan], (1, K)))
        rest = rest._replace(view=rest.view._replace(kappa=kappa))
        codes = between_nans(np.arange(9) % V, "f8").astype(np.int64)
        with guards():
            state, _ = module.compile_text(layer).draw(np.zeros((1, 3)), rest, codes, 1.0, rng.random((1, 4)))
        wanted = layer.lstm.step(np.zeros((1, 3 + V), "f4"), State(rest.h, rest.c))
        np.testing.assert_array_equal(kinds(state.h), kinds(wanted.h))
        if np.isfinite(kappa).all() and (kappa < 1e6).all():
            view = layer.window.move(wanted.h, kappa)
            np.testing.assert_array_equal(kinds(state.view.place), kinds(view.place))
            np.testing.assert_array_equal(kinds(state.w), kinds(layer.window.look(view, codes)))
    return count
