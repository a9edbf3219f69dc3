"""Which past ink a prediction depends on: the line read again without each of its earlier strokes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np

from ductus import mixture
from ductus.analysis.saliency import check_point
from ductus.ink import as_points
from ductus.lstm import State
from ductus.model import MAX_INPUT, Model


class Removal(NamedTuple):
    """What changes at a point without each of P earlier strokes. All in nats.

    first, end (P,): the stroke's points, up to but without `end`. nats (P,): how much less likely the true point is
    without it, log p(point) with the stroke less log p without. fan (P,): the same for S paths of K points that the
    network drew from the whole line at T = 1, on average, all K points together. That estimates how far the two
    distributions of paths are apart: the Kullback-Leibler divergence, at least 0 but for chance.
    """

    first: np.ndarray
    end: np.ndarray
    nats: np.ndarray
    fan: np.ndarray


def earlier_strokes(points: np.ndarray, point: int) -> list[tuple[int, int]]:
    """Return the strokes of a line (N, 3) that end before a point: the first point of each, and one after its last.

    One that is all the ink before the point is left out: without it there is no line.
    """
    ends = np.flatnonzero(points[:point, 2]) + 1
    return [(a, b) for a, b in zip([0, *ends.tolist()], ends.tolist(), strict=False) if (a, b) != (0, point)]


def without(points: np.ndarray, first: int, end: int) -> np.ndarray:
    """Return a line (N, 3) without the points from `first` to before `end`; the rest stays where it is on the paper.

    So the next point's offset is from the last point before. If there is none it becomes the line's first, which is
    reached as the first one was.
    """
    rest = points[end:].copy()
    if len(rest):
        rest[0, :2] = points[first : end + 1, :2].sum(axis=0) if first else points[0, :2]
    return np.concatenate([points[:first], rest])


def removal_slices(
    model: Model, points: np.ndarray, states: State, point: int, samples: int, steps: int, seed: int
) -> Generator[int, None, Removal]:
    """Take each earlier stroke away from what comes before a point of a line (N, 3), and measure what changes there.

    `states` (N, H) are those of the line, up to that point at least. The paths are those of `Model.continue_` with
    the seed [seed, point]. Pauses every few milliseconds, yielding how many strokes are done. Raises InkError for a
    point beyond the line, ValueError for invalid counts.
    """
    line = as_points(points)
    check_point(line, point)
    strokes = earlier_strokes(line, point)
    here = State(states.h[point : point + 1], states.c[point : point + 1])
    paths = yield from _told(model.continue_slices(here, samples, steps, 1.0, [seed, point]), 0)
    paths = paths.astype(np.float64)  # (S, K, 3)
    after = yield from _read(model, line, states, point, strokes)  # (P, H)
    whole = yield from _told(_log_p(model, here, line[point], paths), 0)
    nats, fan = np.empty((2, len(strokes)))
    for row, (first, end) in enumerate(strokes):
        truth, ways = line[point].copy(), paths
        if end == point:  # the pen comes from where the line ended before the stroke
            moved = line[first:end, :2].sum(axis=0)
            truth[:2] += moved
            ways = paths.copy()
            ways[:, :1, :2] += moved
        state = State(after.h[row : row + 1], after.c[row : row + 1])
        part = yield from _told(_log_p(model, state, truth, ways), row)
        nats[row], fan[row] = whole[0] - part[0], whole[1] - part[1]
        yield row + 1
    edges = np.array(strokes, np.int64).reshape(-1, 2)
    return Removal(edges[:, 0], edges[:, 1], nats, fan)


def _told(slices: Generator[Any, None, Any], done: int) -> Generator[int, None, Any]:
    """Return the same task with `done` as its progress."""
    try:
        while True:
            next(slices)
            yield done
    except StopIteration as end:
        return end.value


def _read(
    model: Model, line: np.ndarray, states: State, point: int, strokes: list[tuple[int, int]]
) -> Generator[int, None, State]:
    """Return the states (P, H) at a point after the line without each of these strokes; yields 0.

    Each begins from the known state before its stroke; they are read side by side, each from its stroke's end on.
    """
    first = [a for a, _ in strokes]
    h, c = states.h[first].copy(), states.c[first].copy()  # (P, H)
    inputs = np.clip(line, -MAX_INPUT, MAX_INPUT)
    edges = [end for _, end in strokes]
    for row, end in enumerate(edges):
        stop = min(edges[row + 1] if row + 1 < len(edges) else point, point)
        together = max(1, model.backend.slice_rows * model.backend.slice_steps // max(2, row + 1))
        for begin in range(end, stop, together):
            times = min(begin + together, stop) - begin
            x = np.repeat(inputs[begin : begin + times, None], row + 1, axis=1)  # (t, rows, 3)
            if begin == end:
                x[0, row] = np.clip(without(line, *strokes[row])[first[row]], -MAX_INPUT, MAX_INPUT)
            trace = model.trace(x, State(h[: row + 1], c[: row + 1]))
            h[: row + 1], c[: row + 1] = trace.h[-1], trace.c[-1]
            yield 0
    return State(h, c)


def _log_p(
    model: Model, state: State, truth: np.ndarray, paths: np.ndarray
) -> Generator[None, None, tuple[float, float]]:
    """Return log p of a point (3,) and the mean log p of paths (S, K, 3), from one state (1, H), in nats."""
    samples, steps, _ = paths.shape
    rows = max(1, model.backend.slice_rows)
    total = np.zeros(samples)
    point = float(_log_density(model, state, truth[None])[0])
    for first in range(0, samples, rows):
        some, own = paths[first : first + rows], state
        for step in range(steps):
            if step:
                own = model.step(np.clip(some[:, step - 1], -MAX_INPUT, MAX_INPUT), own)  # (s, H)
            total[first : first + rows] += _log_density(model, own, some[:, step])
            yield
    return point, float(total.mean())


def _log_density(model: Model, state: State, points: np.ndarray) -> np.ndarray:
    """Return log p of points (B, 3) from as many states, or from one for all: (B,)."""
    output = np.broadcast_to(model.output(state), (len(points), model.W_y.shape[1]))
    density = mixture.split(output)
    return mixture.log_density(density, points[:, :2]) + mixture.log_lift(density, points[:, 2])
