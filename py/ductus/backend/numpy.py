"""The arithmetic that takes the time, behind one interface, in the fastest form that this Python has.

Under CPython numpy comes with a BLAS, and `@` is the fastest. In Pyodide numpy has none: there `@` runs as one serial
chain of multiply-adds, and `einsum`, whose inner loop does not wait for one accumulator, is 2.5 times as fast. Faster
by far is a side module in WebAssembly SIMD (`kernel_wasm`, js-shims/kernel), which `use` puts in numpy's place, in
float32. What numpy does here is what that is checked against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

# einsum's iterator counts its B*K*N products in a signed 32-bit integer under wasm and refuses more than that.
# 503 x 2000 weights allow 2134 rows; 2^31 products are split so that larger networks stay within it too.
MAX_PRODUCTS = 2**31 - 1
MAX_ROWS = 2000


class KernelError(Exception):
    """A side module that cannot be used; the message says why."""


def has_blas() -> bool:
    """Was this numpy built with a BLAS?"""
    build = np.show_config(mode="dicts").get("Build Dependencies", {})
    return bool(build.get("blas", {}).get("found"))


def einsum_matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a (B, K) @ b (K, N) -> (B, N) by einsum, in blocks of rows that its iterator can count."""
    rows = max(1, min(MAX_ROWS, MAX_PRODUCTS // max(1, b.size)))
    out = np.empty((len(a), b.shape[1]), np.result_type(a, b))  # (B, N)
    for start in range(0, len(a), rows):
        block = slice(start, start + rows)
        np.einsum("bk,kn->bn", a[block], b, out=out[block])
    return out


def tsne_gradient(y: np.ndarray, P: np.ndarray, exaggeration: float, scratch: np.ndarray) -> np.ndarray:
    """The gradient (n,) of KL(exaggeration * P || Q) by the places y (n,) of n things on a line.

    Van der Maaten and Hinton (2008), equations 4 and 5. P (n, n) are the joint probabilities, 0 on the diagonal;
    `scratch` (2, n, n) is overwritten, for to allocate it takes as long as to fill it. All are of one float type.
    """
    difference, similarity = scratch  # (n, n) each
    np.subtract(y[:, None], y, out=difference)
    np.multiply(difference, difference, out=similarity)
    similarity += 1
    np.reciprocal(similarity, out=similarity)
    similarity.ravel()[:: len(y) + 1] = 0  # nothing is its own neighbour; ravel is a view here
    normaliser = max(similarity.sum(), np.finfo(y.dtype).tiny)
    difference *= similarity
    pull = np.einsum("ij,ij->i", P, difference)  # (n,)
    push = np.einsum("ij,ij->i", similarity, difference)  # (n,)
    return 4 * (exaggeration * pull - push / normaliser)


class Descent:
    """A descent of t-SNE on a line under way: places, velocities and gains (n,), of joint probabilities P (n, n)."""

    slice = 1  # iterations that are worth one call

    def __init__(self, y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray):
        """All of one float type; P symmetric, with zeros on its diagonal. The arrays (n,) are changed in place."""
        self.y, self.velocity, self.gain, self.P = y, velocity, gain, P
        self._scratch = np.empty((2, *P.shape), P.dtype)

    def gradient(self, exaggeration: float) -> np.ndarray:
        """`tsne_gradient` where the things are now."""
        return tsne_gradient(self.y, self.P, exaggeration, self._scratch)

    def iterate(self, iterations: int, exaggeration: float, rate: float, momentum: float, settled: float) -> int:
        """So many iterations, or as many as there are before the gradient's norm is below `settled`: how many.

        Jacobs (1988): a thing that goes on downhill takes longer steps, one that overshoots shorter ones. The
        velocity points downhill, so the two signs are alike where it has overshot.
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


_numpy = (np.matmul, "numpy with BLAS") if has_blas() else (einsum_matmul, "numpy einsum")
_module = None  # the side module in use

NAME = _numpy[1]
# Rows of a step of 500 cells that take at most some 5 ms: here by einsum in a browser; a BLAS is faster still.
SLICE_ROWS = 16


def use(path: str | None) -> None:
    """From now on, new models and descents run on the side module in this file; None: on numpy.

    Raises KernelError, and changes nothing, if it does not load or a routine of it disagrees with numpy.
    """
    global NAME, SLICE_ROWS, _module
    if path is None:
        NAME, SLICE_ROWS, _module = _numpy[1], 16, None
        return
    from ductus.backend import wasm  # it takes ctypes, which only Pyodide has to load

    module = wasm.load(path)
    NAME, SLICE_ROWS, _module = module.name, wasm.SLICE_ROWS, module


def use_best(paths: Iterable[str], runs: Callable[[str], bool]) -> str:
    """Uses the first of these side modules that `runs` here and agrees with numpy, or else numpy.

    Says which that is, and what was wrong with those before it.
    """
    faults = []
    for path in paths:
        try:
            if runs(path):
                use(path)
                break
        except KernelError as error:
            faults.append(str(error))
    else:
        use(None)
    return "; ".join([NAME, *faults])


def matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a (B, K) @ b (K, N) -> (B, N)."""
    return _numpy[0](a, b) if _module is None or not _module.takes(a, b) else _module.matmul(a, b)


def network(plain):
    """An `lstm.Network` in its fastest form: the same verbs, the same results to rounding."""
    return plain if _module is None or plain.dtype != np.float32 else _module.network(plain)


def descent(y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray) -> Descent:
    """A `Descent` in its fastest form."""
    return Descent(y, velocity, gain, P) if _module is None else _module.descent(y, velocity, gain, P)
