"""Order cells so that those with similar signals lie side by side.

Each cell is a signal over the points of one or more lines. Its sign means nothing to the network (negate it and the
weights that read it, and nothing changes), so the sign is fixed first. Then a metric gives the distance between two
signals, t-SNE places the cells on a line, and their places give the order. The quality of that order is measured, and
compared with the order of the cells' numbers.

`order_cells_slices` is a generator that pauses every few milliseconds, so a page can show the rows move.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ductus import cooperative
from ductus.analysis import tsne
from ductus.analysis.tsne import TSNE
from ductus.backend import Backend, default

# The 2016 article's blur along time, which it did not normalise. Its scale only matters in the metric "percentile",
# where it gives the blurred signal more weight than the raw one.
BLUR = (0.2, 0.4, 1.0, 0.4, 0.2)
WINDOW = 5  # points in a neighbourhood of the metric "percentile"
# Neighbours that the quality counts. Even, so that an order has equally many on either side and no ties.
NEIGHBOURS = 10
# A cell's state changes by at most 1 at each point, so no ink makes a larger one.
MAX_VALUE = 1e9
# A sum this small beside the sum of magnitudes is rounding error: a tie.
_TIE = 1e-9
# Work between two pauses: points turned into features, feature rows multiplied, rows of distances ranked.
_POINTS, _ROWS, _RANKED = 16, 32, 32
_SUMMED = 4096  # points summed at once, which bounds memory


def blur(x: np.ndarray) -> np.ndarray:
    """Blur signals (T, H) along time by BLUR, without padding: (T - 4, H)."""
    width = len(x) - len(BLUR) + 1
    return sum(weight * x[lag : lag + width] for lag, weight in enumerate(BLUR))


def sorted_windows(x: np.ndarray) -> np.ndarray:
    """Return the five values around each point of signals (T, H), in ascending order: (5 * (T - 4), H).

    A signal and its slightly delayed copy have almost the same windows, and a short peak is not lost in a mean.
    """
    windows = np.lib.stride_tricks.sliding_window_view(x, WINDOW, axis=0)  # (T - 4, H, 5)
    return np.sort(windows, axis=-1).transpose(0, 2, 1).reshape(-1, x.shape[1])


class Feature(NamedTuple):
    """One part of a metric's features: `make` maps the points t to t + reach to the features of t, rows (F, H)."""

    reach: int
    make: Callable[[np.ndarray], np.ndarray]


# The distance of two cells by a metric is the Euclidean distance of their features.
METRICS: dict[str, tuple[Feature, ...]] = {
    "plain": (Feature(0, lambda x: x),),
    "blurred": (Feature(4, blur),),
    # a Sobolev norm: values and their changes, so that two signals that rise together are near each other
    "blurred-sobolev": (Feature(4, blur), Feature(5, lambda x: np.diff(blur(x), axis=0))),
    # the article's choice
    "percentile": (Feature(4, sorted_windows), Feature(8, lambda x: sorted_windows(blur(x)))),
}


def signs(lines: Sequence[np.ndarray]) -> np.ndarray:
    """Return the sign (H,), 1 or -1, with which each cell of lines (T_i, H) is shown and compared.

    It is the sign of the cell's sum over all points of all lines, so a cell is positive on average. Where the sum is
    0 up to rounding, it is the sign of the cell's first nonzero value, and 1 if there is none.

    The article took the sum over one line. Fitted on two lines by two writers, the signs agree for 86 % of the cells
    (all pairs of 16 lines); fitted on eight lines and on the other eight, for 94 % (mean of 20 such halvings). Other
    rules are no more stable: by the median, c |c| or c^3 the halves agree for 94 to 95 %, by the skewness for 91 %.
    """
    return _signs(*_totals(lines), lines)


def _totals(lines: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Sum the cells, and their magnitudes, over all points: (H,) each."""
    total, magnitude = np.zeros((2, lines[0].shape[1]))  # (H,) each
    for line in lines:
        for start in range(0, len(line), _SUMMED):
            block = line[start : start + _SUMMED].astype(np.float64)  # (t, H)
            total += block.sum(axis=0)
            magnitude += np.abs(block, out=block).sum(axis=0)
    return total, magnitude


def _signs(total: np.ndarray, magnitude: np.ndarray, lines: Sequence[np.ndarray]) -> np.ndarray:
    result = np.where(total < 0, -1.0, 1.0)  # (H,)
    for cell in np.flatnonzero(np.abs(total) <= _TIE * magnitude):
        values = (line[:, cell] for line in lines)
        first = next((some[0] for column in values if len(some := column[column != 0])), 1.0)
        result[cell] = -1.0 if first < 0 else 1.0
    return result


def squared_distances(lines: Sequence[np.ndarray], flip: np.ndarray, metric: str) -> np.ndarray:
    """Run `squared_distances_slices` to its end."""
    return cooperative.run(squared_distances_slices(lines, flip, metric))


def squared_distances_slices(
    lines: Sequence[np.ndarray], flip: np.ndarray, metric: str, backend: Backend | None = None
) -> Generator[int, None, np.ndarray]:
    """Return squared distances (H, H), float64, of the cells of lines (T_i, H), each times its sign in `flip` (H,).

    The features are never held all at once: their products are summed piece by piece. Features that span several
    points never reach from one line into the next. Yields the number of points done after each piece.
    Raises ValueError for an unknown metric, and if no line is long enough for any feature.
    """
    if metric not in METRICS:
        raise ValueError(f"there is no metric {metric!r}, only {', '.join(METRICS)}")
    units, matmul = len(flip), (backend or default()).matmul
    products, found, done = np.zeros((units, units)), 0, 0
    for line in lines:
        for start in range(0, len(line), _POINTS):
            for feature in METRICS[metric]:
                piece = line[start : start + _POINTS + feature.reach] * flip  # (t, H) float64
                rows = feature.make(piece) if len(piece) > feature.reach else piece[:0]  # (F, H)
                found += len(rows)
                for first in range(0, len(rows), _ROWS):
                    some = np.ascontiguousarray(rows[first : first + _ROWS])
                    products += matmul(some.T, some)
                    yield done + start
        done += len(line)
    if not found:
        raise ValueError(f"the ink is too short for the metric {metric!r}")
    norms = products.diagonal()  # (H,)
    # adding the two products first makes their sum exactly symmetric, even if rounding left them different
    distances = np.maximum(norms[:, None] + norms - (products + products.T), 0)
    np.fill_diagonal(distances, 0)
    return distances


class Quality(NamedTuple):
    """The quality of an order over a number of neighbours of each cell; 1 is best in both.

    trustworthiness (Venna and Kaski, 2001): are cells that lie side by side similar? About 0.5 for a random order.
    preservation: the share of a cell's nearest cells that lie nearest to it; neighbours / (cells - 1) at random.
    """

    neighbours: int
    trustworthiness: float
    preservation: float


def ranks_slices(distances: np.ndarray) -> Generator[int, None, np.ndarray]:
    """Rank each cell's distance to every other by squared distances (H, H): 0 is itself, 1 the nearest: (H, H).

    Of two equally near cells the one with the lower number comes first. Yields the rows done.
    """
    n = len(distances)
    result = np.empty((n, n), np.int32)
    for first in range(0, n, _RANKED):
        block = distances[first : first + _RANKED].copy()  # (B, H)
        rows = np.arange(len(block))
        block[rows, first + rows] = -1
        by_distance = np.argsort(block, axis=1, kind="stable")
        result[first + rows[:, None], by_distance] = np.arange(n)
        yield first + len(block)
    return result


def quality(ranks: np.ndarray, order: np.ndarray) -> Quality | None:
    """Return how well an order (H,) keeps cells together that are near by `ranks` (H, H); None for under five cells.

    With few cells fewer neighbours count, because trustworthiness is defined for less than half of the cells.
    """
    n = len(order)
    k = min(NEIGHBOURS, (n - 1) // 2 // 2 * 2)
    if k < 2:
        return None
    start = np.clip(np.arange(n) - k // 2, 0, n - 1 - k)  # (H,) of the k + 1 positions around each, itself included
    near = order[start[:, None] + np.arange(k + 1)]  # (H, k + 1)
    rank = ranks[order[:, None], near]  # (H, k + 1)
    too_far = np.maximum(rank - k, 0).sum()
    kept = ((rank >= 1) & (rank <= k)).sum()
    return Quality(k, float(1 - 2 * too_far / (n * k * (2 * n - 3 * k - 1))), float(kept / (n * k)))


def orient(places: np.ndarray, activity: np.ndarray) -> np.ndarray:
    """Flip places (H,) on a line if needed, so that cells of high activity (H,) come first.

    t-SNE does not tell the two directions apart. Without a tendency, the lower-numbered of the first and the last
    cell comes first.
    """
    above = activity - activity.mean()
    tendency = float(above @ places)
    if abs(tendency) <= _TIE * float(np.abs(above) @ np.abs(places)):
        order = by_place(places)
        tendency = float(order[0] - order[-1])
    return -places if tendency > 0 else places


@dataclass(frozen=True)
class OrderProgress:
    """The progress of an order: the stage, how much of it is done, and in the last stage the embedding so far."""

    stage: str  # "distances", "affinities", "quality", "places"
    done: int
    total: int
    activity: np.ndarray
    embedding: tsne.Embedding | None = None

    @cached_property
    def order(self) -> np.ndarray | None:
        """The cells' numbers (H,) in their current order; None before the last stage."""
        return None if self.embedding is None else by_place(orient(self.embedding.places, self.activity))

    @property
    def kl(self) -> float | None:
        """The divergence being minimised, in nats; the first access takes milliseconds."""
        return None if self.embedding is None else self.embedding.kl


@dataclass(frozen=True)
class CellOrder:
    """The cells in order, and how the order was found."""

    order: np.ndarray  # (H,) numbers of the cells, in order
    signs: np.ndarray  # (H,) 1 or -1
    places: np.ndarray  # (H,) where each cell lies on the line
    kl: float  # nats
    iterations: int  # until it settled, or the most allowed
    before: Quality | None  # of the order of the cells' numbers
    after: Quality | None


def by_place(places: np.ndarray) -> np.ndarray:
    """Return the numbers of the cells at these places (H,) from left to right; at a tie the lower number first."""
    return np.argsort(places, kind="stable")


def check_values(lines: Sequence[np.ndarray]) -> None:
    """Raise ValueError unless all values of the cells (T_i, H) can come from a network."""
    if not all(max(line.max(initial=0), -line.min(initial=0)) <= MAX_VALUE for line in lines):
        raise ValueError("a cell has a value that no network gives: it is not a number, or far too large")


def order_cells(
    lines: Sequence[np.ndarray], metric: str = "percentile", settings: TSNE | None = None, seed: int = 0
) -> CellOrder:
    """Run `order_cells_slices` to its end."""
    return cooperative.run(order_cells_slices(lines, metric, settings or TSNE(), seed))


def order_cells_slices(
    lines: Sequence[np.ndarray], metric: str, settings: TSNE, seed: int, backend: Backend | None = None
) -> Generator[OrderProgress, None, CellOrder]:
    """Return the order of the cells of lines (T_i, H) of one network; yields progress every few milliseconds.

    Raises ValueError if the lines are not arrays of cell states, of one width, are too short for the metric, or have
    too few cells for the perplexity.
    """
    lines = [np.asarray(line) for line in lines]
    if not lines or any(line.ndim != 2 or line.shape[1] != lines[0].shape[-1] for line in lines):
        raise ValueError("the cells are not one or more arrays of points x cells, of one width")
    check_values(lines)
    units, points = lines[0].shape[1], sum(map(len, lines))
    tsne.check_perplexity(settings.perplexity, units)
    total, magnitude = _totals(lines)
    flip = _signs(total, magnitude, lines)
    activity = total * flip / max(points, 1)  # (H,) the mean of each cell as it is shown

    def stage(name, slices, whole):
        try:
            while True:
                yield OrderProgress(name, next(slices), whole, activity)
        except StopIteration as end:
            return end.value

    distances = yield from stage("distances", squared_distances_slices(lines, flip, metric, backend), points)
    P = yield from stage("affinities", tsne.affinities_slices(distances, settings.perplexity), units)
    ranks = yield from stage("quality", ranks_slices(distances), units)
    for embedding in settings.run_slices(P, seed, backend=backend):
        progress = OrderProgress("places", embedding.iteration, settings.iterations, activity, embedding)
        yield progress
    return CellOrder(
        order=progress.order,
        signs=flip,
        places=orient(embedding.places, activity),
        kl=embedding.kl,
        iterations=embedding.iteration,
        before=quality(ranks, np.arange(units)),
        after=quality(ranks, progress.order),
    )
