"""The arithmetic that takes the time, behind one interface, in the fastest form that this Python has.

Under CPython numpy comes with a BLAS, and `@` is the fastest. In Pyodide numpy has none: there `@` runs as one serial
chain of multiply-adds, and `einsum`, whose inner loop does not wait for one accumulator, is 2.5 times as fast.
"""

from __future__ import annotations

import numpy as np

# einsum's iterator counts its B*K*N products in a signed 32-bit integer under wasm and refuses more than that.
# 503 x 2000 weights allow 2134 rows; 2^31 products are split so that larger networks stay within it too.
MAX_PRODUCTS = 2**31 - 1
MAX_ROWS = 2000
# Rows of a step of 500 cells that take some 5 ms by einsum in a browser; a BLAS is faster still.
SLICE_ROWS = 16


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


if has_blas():
    NAME = "numpy with BLAS"
    matmul = np.matmul
else:
    NAME = "numpy einsum"
    matmul = einsum_matmul


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
