"""The mixtures of a line, one per point, and the density of one of them over a grid (figure A1)."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ductus import mixture
from ductus.lstm import State
from worker.tasks import task
from worker.workspace import Workspace

# Points evaluated between two pauses: about 2 ms with numpy in WebAssembly.
POINTS_PER_SLICE = 48
# Places of a landscape evaluated between two pauses, and the most that one may have.
PLACES_PER_SLICE, MAX_PLACES = 512, 40_000
# Nats below the highest place at which a landscape is clipped: practically zero density.
MIN_NATS = -1000.0
# The view covers this many standard deviations of the whole mixture around the pen, and from MIN_VIEW to MAX_VIEW
# x-heights to either side: a component inside a stroke is as wide as the ink, those after a lift cover a word.
VIEW_DEVIATIONS, MIN_VIEW, MAX_VIEW = 2.0, 0.32, 4.0
# Standard deviation, in points, of the Gaussian that smooths the view's path along the line, and the largest distance
# of the pen and its next place from the view's centre, as a fraction of its radius.
VIEW_SMOOTHING, MAX_OFFSET = 5.0, 0.75


@task
def along(workspace: Workspace, line: str) -> Generator[None, None, dict]:
    """Return all mixtures of a line of N points, M components each; row i is the prediction of point i.

    {count: N, mixtures: M; weights (N, M) float32; ellipses (N, M, 5) float32: see `ductus.mixture.ellipses`, here in
    x-heights, from the pen; pens (N, 2) float32: the pen's place at that time, in x-heights; lifts (N,) float32: the
    probability that point i is the last of its stroke; nats (N,) float32: the cost of the true point; views (N, 3)
    float32: centre and radius of the view, in x-heights}. Raises ValueError if there is no such line.
    """
    encoded, model = workspace.line(line), workspace.model
    count = len(encoded)
    weights, shapes = np.empty((count, model.components)), np.empty((count, model.components, 5))
    lifts, nats = np.empty((2, count))
    for first in range(0, count, POINTS_PER_SLICE):
        rows = slice(first, min(first + POINTS_PER_SLICE, count))
        yield from encoded.encode_slices(rows.stop - 1)
        density = model.head(State(encoded.h[rows], encoded.c[rows]))
        truth = encoded.points[rows]
        weights[rows] = np.exp(density.log_pi)
        shapes[rows] = mixture.ellipses(density)
        lifts[rows] = mixture.lift_probability(density)
        nats[rows] = -mixture.log_density(density, truth[:, :2]) - mixture.log_lift(density, truth[:, 2])
        yield
    shapes[..., :4] /= model.units_per_x_height
    pens = encoded.origins  # (N, 2)
    return {
        "count": count,
        "mixtures": model.components,
        "weights": np.float32(weights),
        "ellipses": np.float32(shapes),
        "pens": np.float32(pens),
        "lifts": np.float32(lifts),
        "nats": np.float32(nats),
        "views": np.float32(views(weights, shapes, pens, encoded.places[:, :2])),
    }


def views(weights: np.ndarray, shapes: np.ndarray, pens: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the view at each point: (N, 3) of its centre x, y and its radius, in x-heights.

    It contains the pen, the true next place and most of the mixture, weights (N, M) and shapes (N, M, 5). Its centre
    moves smoothly along the line; its radius depends on the point alone.
    """
    square = (shapes[..., :4] ** 2).sum(axis=-1)  # (N, M), of each component's distance and both of its axes
    spread = np.sqrt((weights * square).sum(axis=1))  # (N,)
    centres = _smooth((pens + places) / 2)  # (N, 2)
    needed = np.maximum(np.hypot(*(pens - centres).T), np.hypot(*(places - centres).T)) / MAX_OFFSET  # (N,)
    radii = np.maximum(np.clip(VIEW_DEVIATIONS * spread, MIN_VIEW, MAX_VIEW), needed)  # (N,)
    return np.column_stack([centres, radii])


def _smooth(x: np.ndarray) -> np.ndarray:
    """Smooth columns (N, k) by a Gaussian of VIEW_SMOOTHING points; beyond its ends a line repeats its last value."""
    radius = int(3 * VIEW_SMOOTHING)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / VIEW_SMOOTHING) ** 2)
    kernel /= kernel.sum()
    wide = np.pad(x, ((radius, radius), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, "valid") for column in wide.T], axis=1)


@task
def landscape(
    workspace: Workspace,
    line: str,
    point: int,
    left: float,
    top: float,
    right: float,
    bottom: float,
    columns: int,
    rows: int,
) -> Generator[None, None, dict]:
    """Return the predicted density of one point over a grid on the paper, its corners in x-heights.

    {columns, rows, heights (rows, columns) float32: log-density in nats at the centre of each field, from 0 at the
    highest place of the grid down to MIN_NATS}. Raises ValueError for an unknown line or point, and for a grid that
    is empty or has more than MAX_PLACES.
    """
    encoded, point, columns, rows = workspace.line(line), int(point), int(columns), int(rows)
    if not 0 <= point < len(encoded):
        raise ValueError(f"the line has no point {point}")
    if columns < 1 or rows < 1 or columns * rows > MAX_PLACES or not (right > left and bottom > top):
        raise ValueError(f"a grid of {columns} x {rows} is empty or has more than {MAX_PLACES:,} places")
    yield from encoded.encode_slices(point)
    density = workspace.model.head(encoded.state(point))
    x = left + (right - left) * (np.arange(columns) + 0.5) / columns  # (columns,)
    y = top + (bottom - top) * (np.arange(rows) + 0.5) / rows  # (rows,)
    offsets = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) - encoded.origins[point]  # (rows * columns, 2)
    offsets *= workspace.model.units_per_x_height
    heights = np.empty(len(offsets))
    for first in range(0, len(offsets), PLACES_PER_SLICE):
        some = slice(first, first + PLACES_PER_SLICE)
        heights[some] = mixture.log_density(density, offsets[some])
        yield
    heights = np.maximum(heights - heights.max(), MIN_NATS)
    return {"columns": columns, "rows": rows, "heights": np.float32(heights).reshape(rows, columns)}
