"""Principal components of the cells: directions in which the memory moves, by how much of its movement lies in each.

The components of cells c (N, H) are the eigenvectors of their covariance (I. T. Jolliffe, "Principal Component
Analysis", 2002). numpy's own solver would hold up a browser for a second without a pause, so they are found piece by
piece: Lanczos' method, with every vector made orthogonal to all before it, brings the covariance into tridiagonal
form; its eigenvalues come by bisection, all of them side by side (G. H. Golub and C. F. Van Loan, "Matrix
Computations", 2013, chapter 10 and section 8.4); eigenvectors of the largest by twisted factorisation (K. Fernando,
"On computing an eigenvector of a tridiagonal matrix", 1997), and the last digits by Rayleigh and Ritz.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus import cooperative
from ductus.analysis.cell_order import check_values, signs
from ductus.backend import numpy

# Points multiplied, and Lanczos vectors made, between two pauses: a few milliseconds in a browser.
_POINTS, _VECTORS = 32, 8
# What is smaller beside the whole is rounding error.
_TINY = 1e-12
# Halvings of an interval: then it is as narrow as a float64 says.
_HALVINGS = 52


class Components(NamedTuple):
    """The K largest components of cells (N, H), and how much of all movement lies in each of all.

    A component's sign is that by which the cells, not less their mean, lie positive along it on the whole: the rule
    of `ductus.order.signs`.
    """

    share: np.ndarray  # (R,) of all that are not zero, the largest first; they sum to 1
    deviation: np.ndarray  # (K,) standard deviation along each
    vectors: np.ndarray  # (K, H) of length 1: what each cell weighs in it
    scores: np.ndarray  # (N, K): where the cells are along each at each point, less the mean


def find(cells: np.ndarray, count: int) -> Components:
    """`find_slices` in one go."""
    return cooperative.run(find_slices(cells, count))


def find_slices(cells: np.ndarray, count: int) -> Generator[None, None, Components]:
    """The `count` largest components of cells (N, H), or all if there are fewer; pauses every few milliseconds.

    Raises ValueError for cells that are none, for less than two points, and for cells that never change.
    """
    cells = np.asarray(cells)
    if cells.ndim != 2 or len(cells) < 2:
        raise ValueError("components need the cells of two points or more")
    check_values([cells])
    mean = cells.mean(axis=0, dtype=np.float64)  # (H,)
    covariance = yield from _covariance(cells, mean)
    if not np.trace(covariance) > 0:
        raise ValueError("the cells never change, so they have no components")
    basis, diagonal, beside = yield from _tridiagonal(covariance)  # (m, H), (m,), (m - 1,)
    values = yield from _eigenvalues(diagonal, beside)  # (m,) falling
    values = values[values > _TINY * values[0]]
    largest = values[:count]
    inner = _eigenvectors(diagonal, beside, largest)  # (m, K)
    yield
    vectors = np.linalg.qr(numpy.matmul(basis.T.copy(), inner))[0]  # (H, K)
    yield
    # within the space that they span, what is left of rounding between neighbours is put right
    turned = np.linalg.eigh(vectors.T @ numpy.matmul(covariance, vectors))[1][:, ::-1]  # (K, K)
    vectors = np.ascontiguousarray((vectors @ turned).T)  # (K, H)
    yield
    raw = np.empty((len(cells), len(vectors)))  # (N, K)
    for first in range(0, len(cells), _POINTS):
        raw[first : first + _POINTS] = numpy.matmul(
            cells[first : first + _POINTS].astype(np.float64), vectors.T.copy()
        )
        yield
    sign = signs([raw])  # (K,)
    return Components(
        share=values / values.sum(),
        deviation=np.sqrt(largest),
        vectors=vectors * sign[:, None],
        scores=(raw - raw.mean(axis=0)) * sign,
    )


def needed(share: np.ndarray, part: float) -> int:
    """How many of the largest components hold this part, 0 to 1, of all movement; all of them for more than all."""
    return min(int(np.searchsorted(np.cumsum(share), part - _TINY)) + 1, len(share))


def _covariance(cells: np.ndarray, mean: np.ndarray) -> Generator[None, None, np.ndarray]:
    total = np.zeros((len(mean), len(mean)))  # (H, H)
    for first in range(0, len(cells), _POINTS):
        some = cells[first : first + _POINTS] - mean  # (n, H) float64
        total += numpy.matmul(some.T.copy(), some)
        yield
    return (total + total.T) / (2 * (len(cells) - 1))


def _tridiagonal(matrix: np.ndarray) -> Generator[None, None, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Q (m, H) with orthonormal rows, and Q matrix Q^T: its diagonal (m,) and what stands beside that (m - 1,).

    Ends as soon as nothing is left of the matrix, positive semidefinite, outside: m may be less than H.
    """
    size, trace = len(matrix), np.trace(matrix)
    rng = np.random.default_rng(0)  # any start will do
    basis = np.empty((size, size))
    diagonal, beside = [], []
    q = _orthogonal(rng.normal(size=size), basis[:0])
    while True:
        basis[len(diagonal)] = q
        w = matrix @ q  # (H,)
        diagonal.append(float(q @ w))
        done = len(diagonal)
        if done == size or sum(diagonal) >= trace * (1 - _TINY):
            return basis[:done], np.array(diagonal), np.array(beside)
        for _ in range(2):  # "twice is enough" (B. N. Parlett, "The Symmetric Eigenvalue Problem", 1980)
            w = w - basis[:done].T @ (basis[:done] @ w)
        length = float(np.linalg.norm(w))
        if length > _TINY * trace:
            beside.append(length)
            q = w / length
        else:  # all that the start can reach has been seen: there is more where values coincide
            beside.append(0.0)
            q = _orthogonal(rng.normal(size=size), basis[:done])
        if done % _VECTORS == 0:
            yield


def _orthogonal(w: np.ndarray, basis: np.ndarray) -> np.ndarray:
    for _ in range(2):
        w = w - basis.T @ (basis @ w)
    return w / np.linalg.norm(w)


def _eigenvalues(diagonal: np.ndarray, beside: np.ndarray) -> Generator[None, None, np.ndarray]:
    """All eigenvalues (m,) of a tridiagonal matrix, the largest first, each in an interval that is halved and halved.

    How many are less than x is how many of the pivots of the matrix less x are negative (Sturm).
    """
    radius = np.abs(np.append(beside, 0)) + np.abs(np.append(0, beside))  # (m,) Gershgorin's
    low = np.full(len(diagonal), (diagonal - radius).min())  # (m,)
    high = np.full(len(diagonal), (diagonal + radius).max())  # (m,)
    rank = np.arange(len(diagonal))  # (m,) from the smallest
    square, least = np.append(0, beside**2), _least(diagonal, beside)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        pivot, below = np.ones(len(diagonal)), np.zeros(len(diagonal), int)
        for a, b in zip(diagonal, square, strict=True):
            pivot = a - middle - b / pivot
            pivot[np.abs(pivot) < least] = -least
            below += pivot < 0
        low, high = np.where(below > rank, low, middle), np.where(below > rank, middle, high)
        yield
    return ((low + high) / 2)[::-1]


def _eigenvectors(diagonal: np.ndarray, beside: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Eigenvectors (m, K) of a tridiagonal matrix for eigenvalues (K,): columns, of length 1.

    The matrix less the value is factored from above and from below; the two meet where the vector is large.
    """
    size, least = len(diagonal), _least(diagonal, beside)
    above, under = np.empty((2, size, len(values)))  # (m, K) each
    for pivots, order, before in ((above, range(size), -1), (under, range(size - 1, -1, -1), 1)):
        last = None
        for i in order:
            pivot = diagonal[i] - values
            if last is not None:
                pivot = pivot - beside[min(i, i + before)] ** 2 / pivots[last]
            pivot[np.abs(pivot) < least] = -least
            pivots[i], last = pivot, i
    meet = np.abs(above + under - (diagonal[:, None] - values)).argmin(axis=0)  # (K,)
    z = np.zeros((size, len(values)))  # (m, K)
    z[meet, np.arange(len(values))] = 1
    for i in range(size - 2, -1, -1):
        z[i] = np.where(i < meet, -beside[i] * z[i + 1] / above[i], z[i])
    for i in range(1, size):
        z[i] = np.where(i > meet, -beside[i - 1] * z[i - 1] / under[i], z[i])
    return z / np.linalg.norm(z, axis=0)


def _least(diagonal: np.ndarray, beside: np.ndarray) -> float:
    """What a pivot is at least, so that nothing is divided by 0."""
    return np.finfo(float).eps ** 2 * max(np.abs(diagonal).max(), np.abs(beside).max(initial=0), 1e-200)
