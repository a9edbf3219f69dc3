"""Exact t-SNE to one dimension: similar items come to lie close together on a line.

L. van der Maaten and G. Hinton, "Visualizing Data using t-SNE", JMLR 9 (2008); the equations are theirs. The descent
is that of their reference implementation and of tsnejs, which the 2016 article used: momentum, a gain for each item,
early exaggeration. Nothing is approximated: 500 cells have only 250,000 pairs.

Long computations are generators that pause every few milliseconds; a caller cancels one by not resuming it.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ductus import cooperative
from ductus.backend import Backend, default

# The relative error of the perplexity.
TOLERANCE = 1e-7
# ln(beta) is searched for in +-LIMIT, where the unit of squared distance is a row's mean distance beyond its nearest
# neighbour. So distances closer than about 1e-10 of that count as equal, and rounding errors do not order duplicates.
_LIMIT = 23.0
# Newton's method needs six or seven rounds; bisection between +-LIMIT would need 35.
_ROUNDS = 80
# Pairs whose affinities are searched for at once: a few milliseconds in a browser.
_PAIRS = 8192
MAX_ITERATIONS = 1_000_000
# Spread of the initial places: small enough that all start as one cluster, which attraction sorts before it splits.
_INITIAL_SPREAD = 1e-4


def affinities(squared_distances: np.ndarray, perplexity: float) -> np.ndarray:
    """Run `affinities_slices` to its end."""
    return cooperative.run(affinities_slices(squared_distances, perplexity))


def affinities_slices(squared_distances: np.ndarray, perplexity: float) -> Generator[int, None, np.ndarray]:
    """Return joint probabilities p_ij (n, n), float64, of items at squared distances (n, n); yields the rows done.

    p_ij = (p_j|i + p_i|j) / 2n (van der Maaten and Hinton, section 3.1). The perplexity is the effective number of
    neighbours, from 1 to n - 1; fewer than two items have no pairs, and any perplexity is accepted. Raises ValueError
    if the distances are not a symmetric array of finite, nonnegative numbers, or the perplexity is out of range.
    """
    n = check_distances(squared_distances)
    check_perplexity(perplexity, n)
    conditional = np.zeros((n, n))
    for first in range(0, n if n > 1 else 0, block := max(1, _PAIRS // max(n, 1))):
        rows = np.arange(first, min(first + block, n))
        conditional[rows] = conditional_probabilities(squared_distances[rows], rows, perplexity)
        yield int(rows[-1]) + 1
    conditional += conditional.T.copy()
    conditional /= max(conditional.sum(), 1)  # the sum is 2n
    return conditional


def conditional_probabilities(squared_distances: np.ndarray, own: np.ndarray, perplexity: float) -> np.ndarray:
    """Return p_j|i (B, n) for B rows i of squared distances (B, n), in which `own` (B,) is each row's own column.

    p_j|i is proportional to exp(-beta_i d_ij^2), equation 1 with beta_i = 1 / (2 sigma_i^2), where beta_i gives the
    row the perplexity exp(H(P_i)). It is found by Newton's method for ln(beta_i), with
    dH / d ln(beta) = -beta^2 Var(d^2), kept between bounds by bisection.

    An item with more equally near neighbours than the perplexity cannot reach it: they share its row evenly, as they
    do where all distances are equal.
    """
    index = np.arange(len(own))
    d = squared_distances.astype(np.float64)  # (B, n), a copy
    d[index, own] = np.inf
    d -= d.min(axis=1, keepdims=True)  # changes no p_j|i, and keeps exp in range
    d[index, own] = 0
    unit = d.sum(axis=1) / (d.shape[1] - 1)  # (B,)
    d /= np.where(unit > 0, unit, 1)[:, None]
    target = math.log(perplexity)
    low, high = np.full((2, len(own)), [[-_LIMIT], [_LIMIT]])  # (B,) each
    log_beta = np.zeros(len(own))  # (B,)
    for _ in range(_ROUNDS):
        beta = np.exp(log_beta)  # (B,)
        p = np.exp(-beta[:, None] * d)  # (B, n)
        p[index, own] = 0
        total = p.sum(axis=1)
        p /= total[:, None]
        mean = np.einsum("ij,ij->i", p, d)
        excess = np.log(total) + beta * mean - target  # of the entropy H(P_i), (B,)
        searching = (np.abs(excess) > TOLERANCE) & (high - low > TOLERANCE)
        if not searching.any():
            break
        low = np.where(excess > 0, log_beta, low)
        high = np.where(excess < 0, log_beta, high)
        variance = np.einsum("ij,ij,ij->i", p, d, d) - mean**2
        with np.errstate(all="ignore"):  # where the row is flat there is no slope, and the interval is halved below
            newton = log_beta + excess / (beta**2 * variance)
        inside = (newton > low) & (newton < high)
        log_beta = np.where(searching, np.where(inside, newton, (low + high) / 2), log_beta)
    return p


def divergence(P: np.ndarray, y: np.ndarray) -> float:
    """Return KL(P || Q) in nats, equation 2, of joint probabilities P (n, n) and places y (n,), q_ij by equation 4.

    0 if there are no pairs.
    """
    return information(P) + cross_entropy(P, y)


def information(P: np.ndarray) -> float:
    """Return the part of the divergence that does not depend on the places: the sum of p_ij ln p_ij."""
    p = P[P > 0]
    return float(np.dot(p, np.log(p)))


def cross_entropy(P: np.ndarray, y: np.ndarray) -> float:
    """Return the rest of the divergence, -sum of p_ij ln q_ij for places y (n,), in float64; 0 without pairs."""
    y = y.astype(np.float64)
    spread = (y[:, None] - y) ** 2  # (n, n)
    similarity = 1 / (1 + spread)  # q_ij before it is normalised
    similarity.ravel()[:: len(y) + 1] = 0
    normaliser = similarity.sum()
    return float(np.einsum("ij,ij->", P, np.log1p(spread)) + math.log(normaliser)) if normaliser > 0 else 0.0


@dataclass(frozen=True)
class Embedding:
    """The result of a number of iterations: the places (n,) of the items on the line, centred on 0."""

    iteration: int
    places: np.ndarray
    P: np.ndarray
    information: float

    @cached_property
    def kl(self) -> float:
        """KL(P || Q) in nats, without exaggeration; computing it takes as long as a few iterations."""
        return self.information + cross_entropy(self.P, self.places)


@dataclass(frozen=True)
class TSNE:
    """The settings of the descent. The defaults are those of the 2016 article, except `settled`.

    On a line a descent may end in a local minimum: with these defaults some 3 of 100 runs over the cells of a trained
    network ended more than 3 % above the best seed's divergence. So the divergence is shown, and another seed is
    worth a try.

    Raises ValueError for settings out of range.
    """

    perplexity: float = 50.0  # the effective number of neighbours: a tenth of its 500 cells
    iterations: int = 4000  # at most
    learning_rate: float = 10.0  # a tenth of the paper's: on a line items block each other
    exaggeration: float = 4.0  # of P at first, so that tight clusters form early, with room to move between them
    exaggerated: int = 100  # iterations
    momentum: float = 0.5  # small at first, while directions still change ...
    final_momentum: float = 0.8  # ... and larger once the order is found and only distances settle,
    momentum_switch: int = 250  # from this iteration on
    # The run ends when the gradient's norm is below this (the value is scikit-learn's), checked only after the
    # exaggeration and the switch, because it is as small in the initial cluster. The article ran all 4,000
    # iterations; 500 cells settle after some 500, and from then on only rounding errors move them.
    settled: float = 1e-7

    def __post_init__(self):
        check_perplexity(self.perplexity)
        if not 0 <= self.iterations <= MAX_ITERATIONS:
            raise ValueError(f"{self.iterations} iterations cannot be run, only 0 to {MAX_ITERATIONS:,}")
        if not (0 < self.learning_rate <= 1e4 and 1 <= self.exaggeration <= 1e3 and self.exaggerated >= 0):
            raise ValueError("the learning rate or the exaggeration is out of range")
        if not (0 <= self.momentum < 1 and 0 <= self.final_momentum < 1):
            raise ValueError("a momentum must be from 0 up and less than 1")

    def run(self, P: np.ndarray, seed: int, dtype=np.float32, backend: Backend | None = None) -> Embedding:
        """Run `run_slices` to its end."""
        return cooperative.run(self.run_slices(P, seed, dtype, backend))

    def run_slices(
        self, P: np.ndarray, seed: int, dtype=np.float32, backend: Backend | None = None
    ) -> Generator[Embedding, None, Embedding]:
        """Place items with joint probabilities P (n, n) on a line, from random places.

        Yields the initial embedding, then one after every iteration (every few if the backend makes them cheap), and
        returns the last one.

        The exaggerated iterations always use float64: they start in a cluster about 1e-4 wide, where the rounding
        errors of float32 would decide the order. The rest use `dtype`: float32 is faster, and gave the same order as
        float64 in all of 16 runs over 500 cells of a trained network (four metrics, four seeds).
        """
        backend, n = backend or default(), len(P)
        rest = max(self.exaggerated, self.momentum_switch)
        y = np.random.default_rng(seed).standard_normal(n) * _INITIAL_SPREAD  # (n,), from PCG64
        known = information(P)
        embedding = Embedding(0, y.copy(), P, known)
        yield embedding
        descent = backend.descent(y, np.zeros(n), np.ones(n), P.astype(np.float64))
        done = 0
        for end in sorted({min(self.iterations, end) for end in (self.exaggerated, self.momentum_switch, np.inf)}):
            if done >= self.exaggerated:
                arrays = (descent.y, descent.velocity, descent.gain, descent.P)
                descent = backend.descent(*(array.astype(dtype, copy=False) for array in arrays))
            how = {
                "exaggeration": self.exaggeration if done < self.exaggerated else 1.0,
                "rate": self.learning_rate,
                "momentum": self.momentum if done < self.momentum_switch else self.final_momentum,
                "settled": self.settled if done >= rest else 0.0,
            }
            while done < end:
                wanted = int(min(descent.slice, end - done))
                took = descent.iterate(wanted, **how)
                done += took
                if took:
                    embedding = Embedding(done, descent.y.copy(), P, known)
                    yield embedding
                if took < wanted:
                    return embedding
        return embedding


def check_perplexity(perplexity: float, n: int | None = None) -> None:
    """Raise ValueError if the perplexity is invalid, or too large for n items."""
    if not 1 <= perplexity < math.inf:
        raise ValueError(f"the perplexity is {perplexity}, and must be a number from 1 up")
    if n is not None and n > 1 and perplexity > n - 1:
        raise ValueError(f"a perplexity of {perplexity:g} is too large for {n}: it may be at most {n - 1}")


def check_distances(squared_distances: np.ndarray) -> int:
    """Return the number n of items of squared distances (n, n). Raises ValueError if they are invalid."""
    n = len(squared_distances)
    if squared_distances.shape != (n, n):
        raise ValueError(f"distances of shape {squared_distances.shape} are not square")
    if not np.isfinite(squared_distances).all() or (squared_distances < 0).any():
        raise ValueError("a squared distance is negative or not finite")
    if not np.array_equal(squared_distances, squared_distances.T) or squared_distances.diagonal().any():
        raise ValueError("the distances are not symmetric, or an item has a distance from itself")
    return n
