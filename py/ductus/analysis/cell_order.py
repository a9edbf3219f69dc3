"""The order of cells: those that do alike over a piece of writing come to lie side by side.

Each cell is a signal over the points of one or more lines. Its sign means nothing to the network (turn it over, and
the weights that read it, and nothing changes), so it is fixed first; then a metric says how unlike two signals are,
t-SNE lays the cells out on a line, and where they come to lie is their order. What that order is worth is measured,
beside that of the cells' numbers.

`order_slices` is a generator that pauses every few milliseconds, for a page that shows the rows travel.
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
from ductus.backend import numpy

# The 2016 article's blur along time, which it did not normalise. By itself its scale is of no account; in the metric
# "percentile" it gives what is blurred more weight than what is not.
BLUR = (0.2, 0.4, 1.0, 0.4, 0.2)
WINDOW = 5  # points in a neighbourhood of the metric "percentile"
# How many neighbours the quality looks at. Even, so that in an order as many are on either side and none are tied.
NEIGHBOURS = 10
# A cell's state grows by no more than 1 at each point, so that no ink makes one larger.
LARGEST_VALUE = 1e9
# A sum this small beside the sum of magnitudes is rounding error: a tie.
_TIE = 1e-9
# What is done between two pauses: points made features, feature rows multiplied, rows of distances ranked.
_POINTS, _ROWS, _RANKED = 16, 32, 32
_SUMMED = 4096  # points summed at once, which bounds memory


def blur(x: np.ndarray) -> np.ndarray:
    """Signals (T, H) blurred along time by BLUR, where all of it fits: (T - 4, H)."""
    width = len(x) - len(BLUR) + 1
    return sum(weight * x[lag : lag + width] for lag, weight in enumerate(BLUR))


def sorted_windows(x: np.ndarray) -> np.ndarray:
    """The five values around each point of signals (T, H), smallest first: (5 * (T - 4), H).

    A signal and the same a little later have almost the same windows, and a short peak is not lost in a mean.
    """
    windows = np.lib.stride_tricks.sliding_window_view(x, WINDOW, axis=0)  # (T - 4, H, 5)
    return np.sort(windows, axis=-1).transpose(0, 2, 1).reshape(-1, x.shape[1])


class Part(NamedTuple):
    """Some features of signals (T, H): `make` takes the points t to t + reach to the features of t, rows (F, H)."""

    reach: int
    make: Callable[[np.ndarray], np.ndarray]


# Two cells' distance by a metric is the Euclidean distance of their features.
METRICS: dict[str, tuple[Part, ...]] = {
    "plain": (Part(0, lambda x: x),),
    "blurred": (Part(4, blur),),
    # a Sobolev norm: values and how they change, so that two signals that rise together are near each other
    "blurred-sobolev": (Part(4, blur), Part(5, lambda x: np.diff(blur(x), axis=0))),
    # the article's choice
    "percentile": (Part(4, sorted_windows), Part(8, lambda x: sorted_windows(blur(x)))),
}


def features(x: np.ndarray, metric: str) -> np.ndarray:
    """What a metric compares of the signals (T, H) of one line: (F, H), a column a cell. F is 0 if T is too small."""
    parts = [part.make(x) for part in METRICS[metric] if len(x) > part.reach]
    return np.concatenate([np.empty((0, x.shape[1])), *parts])


def signs(lines: Sequence[np.ndarray]) -> np.ndarray:
    """The sign (H,), 1 or -1, that each cell is shown and compared with, for lines of cells (T_i, H).

    That of its sum over every point of all the lines, so that a cell is positive on the whole. Where the sum is 0 but
    for rounding it is that of the cell's first value other than 0, and 1 if there is none.

    The article took the sum over one line. Fitted on two lines by two writers, the signs agree for 86 % of the cells
    (all pairs of 16 lines); fitted on eight lines and on the other eight, for 94 % (mean of 20 such halvings). Other
    rules are no steadier: by the median, c |c| or c^3 the halves agree for 94 to 95 %, by the skewness for 91 %.
    """
    return _signs(*_totals(lines), lines)


def _totals(lines: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Sums of the cells, and of their magnitudes, over all points: (H,) each."""
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
    """`squared_distances_slices` in one go."""
    return cooperative.run(squared_distances_slices(lines, flip, metric))


def squared_distances_slices(
    lines: Sequence[np.ndarray], flip: np.ndarray, metric: str
) -> Generator[int, None, np.ndarray]:
    """Squared distances (H, H), float64, of the cells of lines (T_i, H), each times its sign in `flip` (H,).

    The features are never all there at once: their products are summed piece by piece. Yields after each piece the
    number of points done. Features that reach over several points never reach from one line into the next. Raises
    ValueError for an unknown metric, and if no line is long enough for any feature.
    """
    if metric not in METRICS:
        raise ValueError(f"there is no metric {metric!r}, only {', '.join(METRICS)}")
    units = len(flip)
    products, found, done = np.zeros((units, units)), 0, 0
    for line in lines:
        for start in range(0, len(line), _POINTS):
            for part in METRICS[metric]:
                piece = line[start : start + _POINTS + part.reach] * flip  # (t, H) float64
                rows = part.make(piece) if len(piece) > part.reach else piece[:0]  # (F, H)
                found += len(rows)
                for first in range(0, len(rows), _ROWS):
                    some = np.ascontiguousarray(rows[first : first + _ROWS])
                    products += numpy.matmul(some.T, some)
                    yield done + start
        done += len(line)
    if not found:
        raise ValueError(f"the ink is too short for the metric {metric!r}")
    norms = products.diagonal()  # (H,)
    # the two products are added first: their sum is exactly symmetric, even if rounding left them apart
    distances = np.maximum(norms[:, None] + norms - (products + products.T), 0)
    np.fill_diagonal(distances, 0)
    return distances


class Quality(NamedTuple):
    """What an order is worth, over so many neighbours of each cell; 1 is best in both.

    trustworthiness (Venna and Kaski, 2001): are cells that lie side by side alike? An order by chance has about 0.5.
    preservation: the share of the cells most like one that lie nearest to it. By chance neighbours / (cells - 1).
    """

    neighbours: int
    trustworthiness: float
    preservation: float


def ranks_slices(distances: np.ndarray) -> Generator[int, None, np.ndarray]:
    """How near each cell is to each other by squared distances (H, H), counted: 0 is itself, 1 the nearest: (H, H).

    Of two equally near the one with the lower number comes first. Yields the rows done.
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
    """How well an order (H,) keeps together what is near by `ranks` (H, H); None for fewer than five cells.

    With few cells fewer neighbours are looked at, for trustworthiness is defined for less than half of them.
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


def oriented(places: np.ndarray, activity: np.ndarray) -> np.ndarray:
    """Places (H,) on a line turned so that those of high activity (H,) come first.

    For t-SNE both ways round are the same. Without any such tendency the lower-numbered of the first and the last
    cell comes first.
    """
    above = activity - activity.mean()
    tendency = float(above @ places)
    if abs(tendency) <= _TIE * float(np.abs(above) @ np.abs(places)):
        order = np.argsort(places, kind="stable")
        tendency = float(order[0] - order[-1])
    return -places if tendency > 0 else places


@dataclass(frozen=True)
class Progress:
    """How far an order is: the stage, how much of it is done, and during the last stage the places themselves."""

    stage: str  # "distances", "affinities", "quality", "places"
    done: int
    total: int
    activity: np.ndarray
    step: tsne.Progress | None = None

    @cached_property
    def order(self) -> np.ndarray | None:
        """The cells (H,) as they lie now, the first first; None as long as they lie nowhere."""
        return None if self.step is None else in_order(oriented(self.step.places, self.activity))

    @property
    def kl(self) -> float | None:
        """The divergence that is being made small, in nats; it takes milliseconds when first asked for."""
        return None if self.step is None else self.step.kl


@dataclass(frozen=True)
class Ordering:
    """The cells in order, and how it came about."""

    order: np.ndarray  # (H,) numbers of the cells, the first first
    signs: np.ndarray  # (H,) 1 or -1
    places: np.ndarray  # (H,) where each cell lies on the line
    kl: float  # nats
    iterations: int  # until it was settled, or as many as were allowed
    before: Quality | None  # of the order of their numbers
    after: Quality | None


def in_order(places: np.ndarray) -> np.ndarray:
    """Which cells lie at these places (H,), from left to right; of two at the same place the lower number first."""
    return np.argsort(places, kind="stable")


def check_values(lines: Sequence[np.ndarray]) -> None:
    """Raises ValueError unless all values of the cells (T_i, H) can be those of a network."""
    if not all(max(line.max(initial=0), -line.min(initial=0)) <= LARGEST_VALUE for line in lines):
        raise ValueError("a cell has a value that no network gives: it is not a number, or far too large")


def order(
    lines: Sequence[np.ndarray], metric: str = "percentile", settings: TSNE | None = None, seed: int = 0
) -> Ordering:
    """`order_slices` in one go."""
    return cooperative.run(order_slices(lines, metric, settings or TSNE(), seed))


def order_slices(
    lines: Sequence[np.ndarray], metric: str, settings: TSNE, seed: int
) -> Generator[Progress, None, Ordering]:
    """The order of the cells of lines (T_i, H) of one network; yields a Progress every few milliseconds.

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
                yield Progress(name, next(slices), whole, activity)
        except StopIteration as end:
            return end.value

    distances = yield from stage("distances", squared_distances_slices(lines, flip, metric), points)
    P = yield from stage("affinities", tsne.affinities_slices(distances, settings.perplexity), units)
    ranks = yield from stage("quality", ranks_slices(distances), units)
    for step in settings.run_slices(P, seed):
        progress = Progress("places", step.iteration, settings.iterations, activity, step)
        yield progress
    return Ordering(
        order=progress.order,
        signs=flip,
        places=oriented(step.places, activity),
        kl=step.kl,
        iterations=step.iteration,
        before=quality(ranks, np.arange(units)),
        after=quality(ranks, progress.order),
    )
