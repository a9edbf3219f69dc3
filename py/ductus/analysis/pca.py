"""Principal component analysis of the cells: the directions in which the memory varies most.

The components of cells c (N, H) are the eigenvectors of their covariance (I. T. Jolliffe, "Principal Component
Analysis", 2002). They are computed in slices: Lanczos' method with full reorthogonalisation reduces the covariance to
tridiagonal form; its eigenvalues are found by bisection, all of them in parallel (G. H. Golub and C. F. Van Loan,
"Matrix Computations", 2013, chapter 10 and section 8.4); the eigenvectors of the largest by twisted factorisation (K.
Fernando, "On computing an eigenvector of a tridiagonal matrix", 1997), refined by the Rayleigh-Ritz method.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus import cooperative
from ductus.analysis.cell_order import check_values, signs
from ductus.backend import Backend, default

# Why not numpy.linalg.eigh: in Pyodide, for 500 cells, it takes 140 ms of processor time without a pause (600 ms on
# busy cores), and the worker, which follows the pen, may block for 50 ms at most. These slices took 25 ms there.

# Points multiplied, and Lanczos vectors computed, between two pauses: a few milliseconds in a browser.
_POINTS, _VECTORS = 32, 4
# A relative magnitude below this is rounding error.
_TINY = 1e-12
# Halvings of an interval: then it is as narrow as float64 allows.
_HALVINGS = 52


class PCA(NamedTuple):
    """The K largest of the R components of cells (N, H) with nonzero variance, and the share of variance of all R.

    A component's sign is such that the cells, without subtracting their mean, are positive along it on average: the
    rule of `ductus.analysis.cell_order.signs`.
    """

    share: np.ndarray  # (R,) of the variance, the largest first; they sum to 1
    deviation: np.ndarray  # (K,) standard deviation along each
    vectors: np.ndarray  # (K, H) of length 1: the weight of each cell in it
    scores: np.ndarray  # (N, K): the cells along each at each point, less the mean


def fit(cells: np.ndarray, count: int) -> PCA:
    """Run `fit_slices` to its end."""
    return cooperative.run(fit_slices(cells, count))


def fit_slices(cells: np.ndarray, count: int, backend: Backend | None = None) -> Generator[None, None, PCA]:
    """Return the `count` largest components of cells (N, H), or all if there are fewer; pauses every few ms.

    Raises ValueError for invalid cells, for fewer than two points, and for cells that never change.
    """
    cells = np.asarray(cells)
    if cells.ndim != 2 or len(cells) < 2:
        raise ValueError("components need the cells of two points or more")
    check_values([cells])
    mean, backend = cells.mean(axis=0, dtype=np.float64), backend or default()  # (H,)
    covariance = yield from _covariance(cells, mean, backend)
    if not np.trace(covariance) > 0:
        raise ValueError("the cells never change, so they have no components")
    basis, diagonal, off = yield from _tridiagonal(covariance)  # (m, H), (m,), (m - 1,)
    values = yield from _eigenvalues(diagonal, off)  # (m,) falling
    values = values[values > _TINY * values[0]]
    largest = values[:count]
    inner = yield from _eigenvectors(diagonal, off, largest)  # (m, K)
    vectors = np.linalg.qr(backend.matmul(basis.T.copy(), inner))[0]  # (H, K)
    yield
    # Rayleigh-Ritz: diagonalising within their span removes the rounding errors between neighbours
    turned = np.linalg.eigh(vectors.T @ backend.matmul(covariance, vectors))[1][:, ::-1]  # (K, K)
    vectors = np.ascontiguousarray((vectors @ turned).T)  # (K, H)
    yield
    raw = np.empty((len(cells), len(vectors)))  # (N, K)
    for first in range(0, len(cells), _POINTS):
        raw[first : first + _POINTS] = backend.matmul(
            cells[first : first + _POINTS].astype(np.float64), vectors.T.copy()
        )
        yield
    sign = signs([raw])  # (K,)
    return PCA(
        share=values / values.sum(),
        deviation=np.sqrt(largest),
        vectors=vectors * sign[:, None],
        scores=(raw - raw.mean(axis=0)) * sign,
    )


def components_needed(share: np.ndarray, part: float) -> int:
    """Return how many of the largest components together have this part of the variance, 0 to 1; at most all R."""
    return min(int(np.searchsorted(np.cumsum(share), part - _TINY)) + 1, len(share))


def _covariance(cells: np.ndarray, mean: np.ndarray, backend: Backend) -> Generator[None, None, np.ndarray]:
    total = np.zeros((len(mean), len(mean)))  # (H, H)
    for first in range(0, len(cells), _POINTS):
        some = cells[first : first + _POINTS] - mean  # (n, H) float64
        total += backend.matmul(some.T.copy(), some)
        yield
    return (total + total.T) / (2 * (len(cells) - 1))


def _tridiagonal(matrix: np.ndarray) -> Generator[None, None, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return Q (m, H) with orthonormal rows, and the diagonal (m,) and off-diagonal (m - 1,) of Q matrix Q^T.

    Stops as soon as the span of Q holds all of the matrix, which is positive semidefinite: m may be less than H.
    """
    size, trace = len(matrix), np.trace(matrix)
    rng = np.random.default_rng(0)  # any start will do
    basis = np.empty((size, size))
    diagonal, off = [], []
    q = _orthogonal(rng.normal(size=size), basis[:0])
    while True:
        basis[len(diagonal)] = q
        w = matrix @ q  # (H,)
        diagonal.append(float(q @ w))
        done = len(diagonal)
        if done == size or sum(diagonal) >= trace * (1 - _TINY):
            return basis[:done], np.array(diagonal), np.array(off)
        for _ in range(2):  # "twice is enough" (B. N. Parlett, "The Symmetric Eigenvalue Problem", 1980)
            w = w - basis[:done].T @ (basis[:done] @ w)
        length = float(np.linalg.norm(w))
        if length > _TINY * trace:
            off.append(length)
            q = w / length
        else:  # the Krylov space is exhausted, as with repeated eigenvalues: restart in the rest
            off.append(0.0)
            q = _orthogonal(rng.normal(size=size), basis[:done])
        if done % _VECTORS == 0:
            yield


def _orthogonal(w: np.ndarray, basis: np.ndarray) -> np.ndarray:
    for _ in range(2):
        w = w - basis.T @ (basis @ w)
    return w / np.linalg.norm(w)


def _eigenvalues(diagonal: np.ndarray, off: np.ndarray) -> Generator[None, None, np.ndarray]:
    """Return all eigenvalues (m,) of a tridiagonal matrix, the largest first, each by bisection.

    The number of eigenvalues below x is the number of negative pivots of the matrix less x (Sturm).
    """
    radius = np.abs(np.append(off, 0)) + np.abs(np.append(0, off))  # (m,) Gershgorin's
    low = np.full(len(diagonal), (diagonal - radius).min())  # (m,)
    high = np.full(len(diagonal), (diagonal + radius).max())  # (m,)
    rank = np.arange(len(diagonal))  # (m,) from the smallest
    square, min_pivot = np.append(0, off**2), _min_pivot(diagonal, off)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        pivot, below = np.ones(len(diagonal)), np.zeros(len(diagonal), int)
        for a, b in zip(diagonal, square, strict=True):
            pivot = a - middle - b / pivot
            pivot[np.abs(pivot) < min_pivot] = -min_pivot
            below += pivot < 0
        low, high = np.where(below > rank, low, middle), np.where(below > rank, middle, high)
        yield
    return ((low + high) / 2)[::-1]


def _eigenvectors(diagonal: np.ndarray, off: np.ndarray, values: np.ndarray) -> Generator[None, None, np.ndarray]:
    """Return eigenvectors (m, K) of a tridiagonal matrix for eigenvalues (K,): columns of length 1.

    The matrix less the eigenvalue is factored from above and from below; the two meet where the vector is large.
    """
    size, min_pivot = len(diagonal), _min_pivot(diagonal, off)
    above, under = np.empty((2, size, len(values)))  # (m, K) each
    for pivots, order, before in ((above, range(size), -1), (under, range(size - 1, -1, -1), 1)):
        last = None
        for i in order:
            pivot = diagonal[i] - values
            if last is not None:
                pivot = pivot - off[min(i, i + before)] ** 2 / pivots[last]
            pivot[np.abs(pivot) < min_pivot] = -min_pivot
            pivots[i], last = pivot, i
        yield
    meet = np.abs(above + under - (diagonal[:, None] - values)).argmin(axis=0)  # (K,)
    z = np.zeros((size, len(values)))  # (m, K)
    z[meet, np.arange(len(values))] = 1
    for i in range(size - 2, -1, -1):
        z[i] = np.where(i < meet, -off[i] * z[i + 1] / above[i], z[i])
    yield
    for i in range(1, size):
        z[i] = np.where(i > meet, -off[i - 1] * z[i - 1] / under[i], z[i])
    yield
    return z / np.linalg.norm(z, axis=0)


def _min_pivot(diagonal: np.ndarray, off: np.ndarray) -> float:
    """Return the smallest magnitude allowed for a pivot, to avoid division by 0."""
    return np.finfo(float).eps ** 2 * max(np.abs(diagonal).max(), np.abs(off).max(initial=0), 1e-200)
