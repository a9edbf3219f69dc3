"""The reference backend: numpy alone.

In CPython numpy comes with a BLAS, and `@` is the fastest product. In Pyodide it has none: there `@` runs as one
serial chain of multiply-adds, and `einsum`, whose inner loop does not wait for one accumulator, is 2.5 times as fast.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import cache
from typing import NamedTuple

import numpy as np

# einsum's iterator counts its B*K*N products in a signed 32-bit integer under wasm and refuses more than that.
# 503 x 2000 weights allow 2134 rows; 2^31 products are split so that larger networks stay within it too.
MAX_PRODUCTS = 2**31 - 1
MAX_ROWS = 2000


class BackendError(Exception):
    """A backend that cannot be used; the message says why."""


class State(NamedTuple):
    """The memory of an LSTM: hidden state h (B, H) and cell state c (B, H)."""

    h: np.ndarray
    c: np.ndarray


class CellChange(NamedTuple):
    """What is done to the cells in each step, for R rows or groups of rows: c' = scale * c + value, and h' from that.

    scale (R, H) is 1, 0 or -1. Where it is 1 and value is -0.0, no bit of c changes.
    """

    scale: np.ndarray
    value: np.ndarray


def check_change(change: CellChange, rows: int, units: int) -> int:
    """Return how many rows in turn share a row of the change. Raise ValueError if it does not fit."""
    own = len(change.scale)
    if change.scale.shape != change.value.shape or change.scale.shape[1:] != (units,) or not own or rows % own:
        raise ValueError(f"a change {change.scale.shape} of the cells does not fit {rows} rows of {units}")
    return rows // own


class NumpyBackend:
    """The arithmetic in numpy: what every other backend is checked against."""

    def __init__(self):
        self.slice_rows, self.slice_steps = (66, 4) if has_blas() else (16, 1)
        # a (B, K) @ b (K, N) -> (B, N); an attribute, so that a product costs no call besides its own
        self.matmul, self.name = (np.matmul, "numpy with BLAS") if has_blas() else (einsum_matmul, "numpy einsum")

    def multiplier(self, b: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return a function of a (B, K) that returns a @ b: (B, N). For a b (K, N) that is used many times."""
        return lambda a: self.matmul(a, b)

    def compile(self, network):
        """Return the network itself: it is written in numpy."""
        return network

    def compile_text(self, layer):
        """Return the layer itself: it is written in numpy."""
        return layer

    def bidirectional(self, forwards, backwards) -> NumpyDirections:
        """Return what runs two `lstm.LSTM`s of one shape, each in its direction."""
        return NumpyDirections(forwards, backwards)

    def descent(self, y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray) -> NumpyDescent:
        """Return a descent of t-SNE from these places."""
        return NumpyDescent(y, velocity, gain, P)


@cache
def has_blas() -> bool:
    """Return whether this numpy was built with a BLAS."""
    build = np.show_config(mode="dicts").get("Build Dependencies", {})
    return bool(build.get("blas", {}).get("found"))


def einsum_matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a (B, K) @ b (K, N): (B, N), by einsum, in blocks of rows that its iterator can count."""
    rows = max(1, min(MAX_ROWS, MAX_PRODUCTS // max(1, b.size)))
    out = np.empty((len(a), b.shape[1]), np.result_type(a, b))  # (B, N)
    for start in range(0, len(a), rows):
        block = slice(start, start + rows)
        np.einsum("bk,kn->bn", a[block], b, out=out[block])
    return out


def tsne_gradient(y: np.ndarray, P: np.ndarray, exaggeration: float, scratch: np.ndarray) -> np.ndarray:
    """Return the gradient (n,) of KL(exaggeration * P || Q) with respect to the places y (n,) of n items on a line.

    Van der Maaten and Hinton (2008), equations 4 and 5. P (n, n) holds the joint probabilities, 0 on the diagonal;
    `scratch` (2, n, n) is overwritten, because allocating it takes as long as filling it. All have one float type.
    """
    difference, similarity = scratch  # (n, n) each
    np.subtract(y[:, None], y, out=difference)
    np.multiply(difference, difference, out=similarity)
    similarity += 1
    np.reciprocal(similarity, out=similarity)
    similarity.ravel()[:: len(y) + 1] = 0  # no item is its own neighbour; ravel is a view here
    normaliser = max(similarity.sum(), np.finfo(y.dtype).tiny)
    difference *= similarity
    pull = np.einsum("ij,ij->i", P, difference)  # (n,)
    push = np.einsum("ij,ij->i", similarity, difference)  # (n,)
    return 4 * (exaggeration * pull - push / normaliser)


class NumpyDescent:
    """A running descent of t-SNE on a line: places y, velocities and gains (n,), joint probabilities P (n, n)."""

    slice = 1  # iterations worth one call

    def __init__(self, y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray):
        """All have one float type; P is symmetric, with zeros on its diagonal. The arrays (n,) change in place."""
        self.y, self.velocity, self.gain, self.P = y, velocity, gain, P
        self._scratch = np.empty((2, *P.shape), P.dtype)

    def gradient(self, exaggeration: float) -> np.ndarray:
        """Return the gradient (n,) at the current places."""
        return tsne_gradient(self.y, self.P, exaggeration, self._scratch)

    def iterate(self, iterations: int, exaggeration: float, rate: float, momentum: float, settled: float) -> int:
        """Run at most this many iterations, until the gradient's norm is below `settled`; return the number done.

        Jacobs (1988): an item that keeps going downhill takes longer steps, one that overshoots takes shorter ones.
        The velocity points downhill, so the two signs are equal after overshooting.
        """
        y, velocity, gain = self.y, self.velocity, self.gain  # (n,) each
        for done in range(iterations):
            gradient = self.gradient(exaggeration)  # (n,)
            if np.linalg.norm(gradient) < settled:
                return done
            overshot = np.sign(gradient) == np.sign(velocity)
            gain[:] = np.maximum(np.where(overshot, gain * 0.8, gain + 0.2), 0.01)
            velocity[:] = momentum * velocity - rate * gain * gradient
            y += velocity
            y -= y.sum() / max(len(y), 1)
        return iterations


class NumpyDirections:
    """Two LSTM layers of one shape, I inputs and H cells, side by side, each from the zero state.

    A step costs as much for numpy's calls as for arithmetic, so both directions share them, and there are few: the
    gates i, f, o stand side by side; halved, as `lstm.LSTM` has them, their logistic function is 0.5 + 0.5 tanh, and
    a 1 added to all three leaves c and h twice as large.
    """

    _steps = 16  # between two pauses

    def __init__(self, forwards, backwards):
        self._matmul, self.dtype, inputs = forwards.matmul, forwards.dtype, forwards.inputs
        i, g, f, o = np.split(np.stack([layer.W for layer in (forwards, backwards)]), 4, axis=2)  # (2, I + H, H)
        W = np.concatenate([i, f, o, g], axis=2)  # (2, I + H, 4H)
        self._W_x, self._W_h = W[:, :inputs].copy(), 0.5 * W[:, inputs:]
        i, g, f, o = np.split(np.stack([layer.b for layer in (forwards, backwards)]), 4, axis=1)  # (2, H)
        self._b = np.concatenate([i, f, o, g], axis=1)  # (2, 4H)

    def __call__(self, x: np.ndarray) -> Generator[None, None, np.ndarray]:
        """Return the hidden states (2, T, B, H) for x (2, T, B, I), with pauses."""
        _, longest, lines, width = x.shape
        H = self._W_h.shape[1]
        z = np.empty((longest, 2, lines, 4 * H), self.dtype)
        for direction in range(2):
            flat = np.ascontiguousarray(x[direction]).reshape(-1, width)  # (T * B, I)
            products = self._matmul(flat, self._W_x[direction]) + self._b[direction]
            z[:, direction] = products.reshape(longest, lines, 4 * H)
            yield
        hidden = np.zeros((longest + 1, 2, lines, H), self.dtype)
        c, new = np.zeros((2, 2, lines, H), self.dtype)  # (2, B, H) each
        y = np.empty((2, lines, 4 * H), self.dtype)
        i, f, o, g = (y[..., gate * H : (gate + 1) * H] for gate in range(4))  # (2, B, H) each, views of y
        sigmoids = y[..., : 3 * H]
        for t in range(longest):
            if has_blas():
                np.matmul(hidden[t], self._W_h, out=y)
            else:
                np.einsum("dbk,dkn->dbn", hidden[t], self._W_h, out=y)
            y += z[t]
            np.tanh(y, out=y)
            np.add(sigmoids, 1, out=sigmoids)
            np.multiply(c, f, out=c)
            np.multiply(i, g, out=new)
            np.add(c, new, out=c)
            np.multiply(c, 0.5, out=c)
            np.tanh(c, out=new)
            np.multiply(new, o, out=hidden[t + 1])
            if t % self._steps == self._steps - 1:
                yield
        hidden *= 0.5
        return hidden[1:].swapaxes(0, 1)
