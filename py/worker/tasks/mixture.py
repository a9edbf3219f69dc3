"""The mixtures of a line, one for each of its points, and the landscape that one of them makes (figure A1)."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ductus import mixture
from ductus.ellipses import ellipses
from ductus.lstm import State
from worker.tasks import task
from worker.tasks.fans import origins
from worker.workspace import Workspace

# Rows through the head between two pauses: with numpy in WebAssembly about 2 ms.
ROWS = 48
# Places of a landscape between two pauses, likewise, and the most that one has.
PLACES, MOST_PLACES = 512, 40_000
# So many nats below the highest place is as good as nothing, and still a float32.
LOWEST = -1000.0
# What is looked at: so many standard deviations of the whole mixture around the pen, and never less or more than so
# many x-heights to either side of it: a hill inside a stroke is as wide as the ink, those after a lift cover a word.
DEVIATIONS, NEAREST, FARTHEST = 2.0, 0.32, 4.0
# Standard deviation, in points, of the Gaussian that smooths the way of the view along the line, and how far from the
# middle of it the pen and its next place may be, as a part of its reach.
STEADY, INSIDE = 5.0, 0.75


@task
def along(workspace: Workspace, line: str) -> Generator[None, None, dict]:
    """All mixtures of a line of N points, M components each, in one go. Row i is what was foreseen of point i.

    {count: N, mixtures: M; weights (N, M) float32; ellipses (N, M, 5) float32: see `ductus.ellipses`, here in
    x-heights, from the pen; pens (N, 2) float32: where the pen is then, in x-heights; lifts (N,) float32: the chance
    that point i is the last of its stroke; nats (N,) float32: what the true point cost; views (N, 3) float32: the
    place to look at, and how far around it, in x-heights}. Raises ValueError if there is no such line.
    """
    the_line, model = workspace.line(line), workspace.model
    count = len(the_line)
    weights, shapes = np.empty((count, model.mixtures)), np.empty((count, model.mixtures, 5))
    lifts, nats = np.empty((2, count))
    for first in range(0, count, ROWS):
        rows = slice(first, min(first + ROWS, count))
        yield from the_line.slices(rows.stop - 1)
        density = model.head(State(the_line.h[rows], the_line.c[rows]))
        truth = the_line.points[rows]
        weights[rows] = np.exp(density.log_pi)
        shapes[rows] = ellipses(density)
        lifts[rows] = mixture.lift_probability(density)
        nats[rows] = -mixture.log_density(density, truth[:, :2]) - mixture.log_lift(density, truth[:, 2])
        yield
    shapes[..., :4] /= model.units_per_x_height
    pens = origins(the_line)  # (N, 2)
    return {
        "count": count,
        "mixtures": model.mixtures,
        "weights": np.float32(weights),
        "ellipses": np.float32(shapes),
        "pens": np.float32(pens),
        "lifts": np.float32(lifts),
        "nats": np.float32(nats),
        "views": np.float32(views(weights, shapes, pens, the_line.places[:, :2])),
    }


def views(weights: np.ndarray, shapes: np.ndarray, pens: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Where to look at each point: (N, 3) of x, y and how far around it, in x-heights.

    It takes in the pen, the true next place and most of the mixture, weights (N, M) and shapes (N, M, 5). Its middle
    moves smoothly along the line; how far it reaches is a matter of the point alone, and changes as much as that.
    """
    square = (shapes[..., :4] ** 2).sum(axis=-1)  # (N, M), of each component's distance and both of its axes
    spread = np.sqrt((weights * square).sum(axis=1))  # (N,)
    middles = _steady((pens + places) / 2)  # (N, 2)
    needed = np.maximum(np.hypot(*(pens - middles).T), np.hypot(*(places - middles).T)) / INSIDE  # (N,)
    reach = np.maximum(np.clip(DEVIATIONS * spread, NEAREST, FARTHEST), needed)  # (N,)
    return np.column_stack([middles, reach])


def _steady(x: np.ndarray) -> np.ndarray:
    """Columns (N, k) under a Gaussian of STEADY points along them; beyond its ends a line stays as it is there."""
    radius = int(3 * STEADY)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / STEADY) ** 2)
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
    """The density of what was foreseen of one point, over a grid on the paper, its corners in x-heights.

    {columns, rows, heights (rows, columns) float32: nats, from 0 at the highest place of the grid down to LOWEST;
    each at the middle of its field}. Raises ValueError for no such line or point, and for a grid that
    is too fine or none.
    """
    the_line, point, columns, rows = workspace.line(line), int(point), int(columns), int(rows)
    if not 0 <= point < len(the_line):
        raise ValueError(f"the line has no point {point}")
    if columns < 1 or rows < 1 or columns * rows > MOST_PLACES or not (right > left and bottom > top):
        raise ValueError(f"there is no grid of {columns} x {rows}")
    yield from the_line.slices(point)
    density = workspace.model.head(the_line.state(point))
    x = left + (right - left) * (np.arange(columns) + 0.5) / columns  # (columns,)
    y = top + (bottom - top) * (np.arange(rows) + 0.5) / rows  # (rows,)
    offsets = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) - origins(the_line)[point]  # (rows * columns, 2)
    offsets *= workspace.model.units_per_x_height
    heights = np.empty(len(offsets))
    for first in range(0, len(offsets), PLACES):
        heights[first : first + PLACES] = mixture.log_density(density, offsets[first : first + PLACES])
        yield
    heights = np.maximum(heights - heights.max(), LOWEST)
    return {"columns": columns, "rows": rows, "heights": np.float32(heights).reshape(rows, columns)}
