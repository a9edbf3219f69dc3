"""What the cells track: how each cell goes with what the pen does, over the ink in use.

A cell's row i is the state that predicts point i, so it is set beside point i: what the network has ready when the
pen makes that step. Only "just lifted" looks back, to the point before. Three kinds of number come of it:

r    Pearson's correlation with a quantity, -1 to 1; 0 for a cell that never changes.
R    the same for a direction, which has no sign: the correlation with that mean of its cosine and its sine which fits
     the cell best, 0 to 1 (Mardia, 1976: "linear-circular correlation").
AUC  for an event, the chance that the cell is higher at a point where it happens than at one where it does not, ties
     counting half: 0 to 1, and 0.5 for a cell that tells nothing (Hanley and McNeil, 1982: the statistic of Mann and
     Whitney, over the number of pairs).

A cell shown with its sign turned has -r instead of r and 1 - AUC instead of AUC.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from ductus import cooperative
from ductus.analysis.cell_order import check_values
from ductus.ink import UNITS_PER_X_HEIGHT, as_points
from ductus.model import FARTHEST_INPUT

# The white that parts two words, in x-heights: it cuts 1,500 rows of the training text into words of 4.6 letters.
WORD_GAP = 1.1
# What is compared, and what kind of number comes of it.
KINDS = {
    "x": "r",
    "y": "r",
    "dx": "r",
    "dy": "r",
    "direction": "R",
    "curvature": "r",
    "position_in_word": "r",
    "lift_to_come": "AUC",
    "just_lifted": "AUC",
}
# Cell values compared between two pauses: a few milliseconds in a browser.
_VALUES = 5000


def quantities(points: np.ndarray, units_per_x_height: float | None = None) -> dict[str, np.ndarray]:
    """What the pen does at each point of a line (N, 3) in model units: the names of KINDS -> float64 (N,).

    x, y              where the point lies, from the beginning of the line, y down
    dx, dy            the step that leads to it
    direction         of that step, in radians from -pi to pi; 0 is to the right, pi / 2 down
    curvature         how far the pen turns into that step from the one before, in radians from -pi to pi, positive
                      if clockwise on the paper: the curvature times the length of a step, which unlike the curvature
                      itself stays small where a step is tiny
    position_in_word  how far to the right of the first point of its word; a new word begins where white of more than
                      WORD_GAP x-heights parts a stroke from all before it in the word
    lift_to_come      1 if the point is the last of its stroke
    just_lifted       1 if the point before is

    What leads to the first point of a stroke is no step but a jump, far longer, which would decide every correlation.
    So dx, dy and direction are NaN there, and a curvature needs two steps; nor has a step of length 0 a direction.
    Raises InkError if the points are none.
    """
    points = np.clip(as_points(points), -FARTHEST_INPUT, FARTHEST_INPUT)  # as the network takes them
    xy = np.cumsum(points[:, :2], axis=0)  # (N, 2)
    lift = points[:, 2]
    before = np.concatenate([[0.0], lift[:-1]])[: len(lift)]  # (N,)
    drawn = before == 0  # (N,)
    drawn[:1] = False
    step = np.where(drawn[:, None], points[:, :2], np.nan)  # (N, 2)
    direction = np.where(np.hypot(*step.T) > 0, np.arctan2(step[:, 1], step[:, 0]), np.nan)  # (N,)
    turn = np.diff(direction, prepend=np.nan)  # (N,)
    return {
        "x": xy[:, 0],
        "y": xy[:, 1],
        "dx": step[:, 0],
        "dy": step[:, 1],
        "direction": direction,
        "curvature": np.arctan2(np.sin(turn), np.cos(turn)),
        "position_in_word": _in_word(xy, lift, WORD_GAP * (units_per_x_height or UNITS_PER_X_HEIGHT)),
        "lift_to_come": lift,
        "just_lifted": before,
    }


def _in_word(xy: np.ndarray, lift: np.ndarray, gap: float) -> np.ndarray:
    """How far each of the places (N, 2) lies from where its word began: (N,)."""
    result = np.empty(len(xy))
    ends = np.flatnonzero(lift) + 1
    begin, right = 0.0, -np.inf
    for first, end in zip([0, *ends], [*ends, len(xy)], strict=True):
        x = xy[first:end, 0]
        if not len(x):
            continue
        if x.min() > right + gap:
            begin, right = x[0], -np.inf
        right = max(right, x.max())
        result[first:end] = x - begin
    return result


def correlations(cells: np.ndarray, quantity: np.ndarray) -> np.ndarray | None:
    """Pearson's r (H,) of each of the cells (N, H) with a quantity (N,), over the points where that is a number.

    None if there are fewer than three such points or the quantity is the same at all of them. 0 for a constant cell.
    """
    known = ~np.isnan(quantity)
    x, y = quantity[known], cells[known].astype(np.float64)  # (n,), (n, H)
    if len(x) < 3 or np.ptp(x) == 0:
        return None
    return _unit(x) @ _unit(y)


def circular_correlations(cells: np.ndarray, angle: np.ndarray) -> np.ndarray | None:
    """How well each of the cells (N, H) goes with an angle (N,) in radians: R (H,), 0 to 1; None, 0 as above.

    R is the correlation with that a cos(angle) + b sin(angle) which fits the cell best.
    """
    known = ~np.isnan(angle)
    angle, y = angle[known], cells[known].astype(np.float64)  # (n,), (n, H)
    if len(angle) < 3 or np.ptp(angle) == 0:
        return None
    cosine, sine = _unit(np.cos(angle)), _unit(np.sin(angle))  # (n,) each
    rest = sine - (cosine @ sine) * cosine  # what the sine says beyond the cosine
    rest = _unit(rest) if np.linalg.norm(rest) > 1e-6 else np.zeros(len(rest))  # nothing, but for rounding
    y = _unit(y)
    return np.minimum(np.hypot(cosine @ y, rest @ y), 1.0)


def _unit(x: np.ndarray) -> np.ndarray:
    """Columns (n,) or (n, H) less their means, of length 1; 0 where a column is constant but for rounding."""
    size = np.abs(x).max(axis=0)
    x = x - x.mean(axis=0)
    x = x / np.where(peak := np.abs(x).max(axis=0), peak, 1)  # so that no square underflows
    return np.where(peak > 1e-12 * size, x / np.sqrt(np.maximum((x**2).sum(axis=0), 1)), 0.0)


def areas(cells: np.ndarray, event: np.ndarray) -> np.ndarray | None:
    """AUC (H,) of the cells (N, H) for an event (N,) of 0 and 1; None if it always or never happens.

    By ranks, of which ties share the middle, as Mann and Whitney's statistic asks for.
    """
    happens = event > 0
    n1 = int(happens.sum())
    n0 = len(event) - n1
    if not n0 or not n1:
        return None
    columns = np.sort(cells.T, axis=1)  # (H, N)
    result = np.empty(len(columns))
    for cell, (column, values) in enumerate(zip(columns, cells[happens].T, strict=True)):  # (N,), (n1,)
        below, up_to = np.searchsorted(column, values), np.searchsorted(column, values, "right")  # (n1,) each
        rank_sum = (below.sum() + up_to.sum() + n1) / 2  # ranks count from 1
        result[cell] = (rank_sum - n1 * (n1 + 1) / 2) / (n0 * n1)
    return result


_MEASURES = {"r": correlations, "R": circular_correlations, "AUC": areas}


def track(
    lines: Sequence[tuple[np.ndarray, np.ndarray]], units_per_x_height: float | None = None
) -> dict[str, np.ndarray | None]:
    """`track_slices` in one go."""
    return cooperative.run(track_slices(lines, units_per_x_height))


def track_slices(
    lines: Sequence[tuple[np.ndarray, np.ndarray]], units_per_x_height: float | None = None
) -> Generator[int, None, dict[str, np.ndarray | None]]:
    """For lines, each its points (N, 3) in model units and its cells (N, H), what every cell tracks.

    The value is a table: each name of KINDS -> float64 (H,) of that kind, or None where this ink cannot tell (it has
    too few points, or nothing of the sort happens in it). All lines count as one long one, each measured from its own
    beginning. Yields the number of cells done. Raises InkError for points that are none, ValueError for cells that
    are none or do not match the points.
    """
    if not lines:
        raise ValueError("there are no lines")
    for points, cells in lines:
        if cells.ndim != 2 or len(cells) != len(points) or cells.shape[1] != lines[0][1].shape[1]:
            raise ValueError("the cells are not one row for each point, or not of one width")
    check_values([cells for _, cells in lines])
    each = [quantities(points, units_per_x_height) for points, _ in lines]
    pen = {name: np.concatenate([one[name] for one in each]) for name in KINDS}  # (N,) each
    count, units = len(pen["x"]), lines[0][1].shape[1]
    block = max(1, _VALUES // max(1, count))
    found: dict[str, list] = {name: [] for name in KINDS}
    for first in range(0, units, block):
        some = np.concatenate([cells[:, first : first + block] for _, cells in lines])  # (N, B)
        for name, kind in KINDS.items():
            found[name].append(_MEASURES[kind](some, pen[name]))
        yield first + some.shape[1]
    return {name: np.concatenate(parts) if parts and parts[0] is not None else None for name, parts in found.items()}


def strength(name: str, values: np.ndarray) -> np.ndarray:
    """How much numbers (H,) of the table say, 0 to 1, whatever their kind: |r|, R or |2 AUC - 1|. For sorting."""
    return np.abs(2 * values - 1) if KINDS[name] == "AUC" else np.abs(values)
