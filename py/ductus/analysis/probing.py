"""Probe the cells: how strongly each cell is related to a quantity of the pen's movement, over the ink in use.

Row i of the cells is the state that predicts point i, so it is compared with point i: what the network holds when the
pen makes that step. Only "just lifted" refers to the point before. Four statistics are used:

r    Pearson's correlation with a quantity, -1 to 1; 0 for a constant cell.
R    for an angle: the correlation with the linear combination of its cosine and sine that fits the cell best, 0 to 1
     (Mardia, 1976: "linear-circular correlation").
S    for steadiness: the cosine of the angle between the cell and a constant, its mean over its root mean square;
     -1 or 1 for a cell that never changes, 0 for one whose mean is 0.
AUC  for an event: the probability that the cell is higher at a point where it happens than at one where it does not,
     ties counting half: 0 to 1, and 0.5 for an uninformative cell (Hanley and McNeil, 1982: the statistic of Mann and
     Whitney, over the number of pairs).

A cell shown with its sign flipped has -r instead of r, -S instead of S and 1 - AUC instead of AUC.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from ductus import cooperative
from ductus.analysis.cell_order import check_values
from ductus.analysis.words import word_starts
from ductus.ink import UNITS_PER_X_HEIGHT, as_points
from ductus.model import MAX_INPUT

# The quantities, and the statistic by which each is compared with the cells.
STATISTICS = {
    "x": "r",
    "y": "r",
    "dx": "r",
    "dy": "r",
    "direction": "R",
    "curvature": "r",
    "position_in_word": "r",
    "lift_to_come": "AUC",
    "just_lifted": "AUC",
    "steady": "S",
}
# Cell values compared between two pauses: a few milliseconds in a browser.
_VALUES = 5000


def quantities(points: np.ndarray, units_per_x_height: float | None = None) -> dict[str, np.ndarray]:
    """Return the quantities at each point of a line (N, 3) in model units: the names of STATISTICS -> float64 (N,).

    x, y              the place of the point, from the start of the line, y down
    dx, dy            the step that leads to it
    direction         of that step, in radians from -pi to pi; 0 is to the right, pi / 2 down
    curvature         the angle from the previous step to this one, in radians from -pi to pi, positive if clockwise
                      on the paper: the curvature times the length of a step, which unlike the curvature itself stays
                      small where a step is tiny
    position_in_word  the distance to the right of the first point of its word (see `words.word_starts`)
    lift_to_come      1 if the point is the last of its stroke
    just_lifted       1 if the point before is
    steady            1: what a steady cell is compared with

    The first point of a stroke is reached by a jump, much longer than a step, which would dominate every correlation.
    So dx, dy and direction are NaN there. A curvature needs two steps, and a step of length 0 has no direction.
    Raises InkError if the points are invalid.
    """
    points = np.clip(as_points(points), -MAX_INPUT, MAX_INPUT)  # as the network takes them
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
        "position_in_word": _in_word(xy[:, 0], lift, units_per_x_height or UNITS_PER_X_HEIGHT),
        "lift_to_come": lift,
        "just_lifted": before,
        "steady": np.ones(len(lift)),
    }


def _in_word(x: np.ndarray, lift: np.ndarray, x_height: float) -> np.ndarray:
    """Return the distance of each place (N,) from the start of its word: (N,)."""
    if not len(x):
        return np.zeros(0)
    starts = word_starts(x, lift, x_height)  # (W,)
    return x - np.repeat(x[starts], np.diff(np.append(starts, len(x))))


def correlations(cells: np.ndarray, quantity: np.ndarray) -> np.ndarray | None:
    """Return Pearson's r (H,) of each of the cells (N, H) with a quantity (N,), over the points where it is not NaN.

    None if there are fewer than three such points or the quantity is constant. 0 for a constant cell.
    """
    known = ~np.isnan(quantity)
    x, y = quantity[known], cells[known].astype(np.float64)  # (n,), (n, H)
    if len(x) < 3 or np.ptp(x) == 0:
        return None
    return _unit(x) @ _unit(y)


def circular_correlations(cells: np.ndarray, angle: np.ndarray) -> np.ndarray | None:
    """Return R (H,), 0 to 1, of each of the cells (N, H) with an angle (N,) in radians; None and 0 as above.

    R is the correlation with the a cos(angle) + b sin(angle) that fits the cell best (Mardia, 1976).
    """
    known = ~np.isnan(angle)
    angle, y = angle[known], cells[known].astype(np.float64)  # (n,), (n, H)
    if len(angle) < 3 or np.ptp(angle) == 0:
        return None
    cosine, sine = _unit(np.cos(angle)), _unit(np.sin(angle))  # (n,) each
    rest = sine - (cosine @ sine) * cosine  # the part of the sine orthogonal to the cosine
    rest = _unit(rest) if np.linalg.norm(rest) > 1e-6 else np.zeros(len(rest))  # only rounding errors
    y = _unit(y)
    return np.minimum(np.hypot(cosine @ y, rest @ y), 1.0)


def _unit(x: np.ndarray) -> np.ndarray:
    """Centre columns (n,) or (n, H) and scale them to length 1; 0 where a column is constant up to rounding."""
    size = np.abs(x).max(axis=0)
    x = x - x.mean(axis=0)
    x = x / np.where(peak := np.abs(x).max(axis=0), peak, 1)  # so that no square underflows
    return np.where(peak > 1e-12 * size, x / np.sqrt(np.maximum((x**2).sum(axis=0), 1)), 0.0)


def auc(cells: np.ndarray, event: np.ndarray) -> np.ndarray | None:
    """Return the AUC (H,) of the cells (N, H) for an event (N,) of 0 and 1; None if it always or never happens.

    Computed from ranks, where ties share their mean rank (Mann and Whitney's statistic).
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


def steadiness(cells: np.ndarray, constant: np.ndarray) -> np.ndarray | None:
    """Return S (H,), the cosine of each of the cells (N, H) with a constant (N,); None without points."""
    y = cells.astype(np.float64)  # (N, H)
    y = y / np.where(peak := np.abs(y).max(axis=0, initial=0), peak, 1)  # so that no square underflows
    length = np.linalg.norm(y, axis=0) * np.linalg.norm(constant)  # (H,)
    return constant @ y / np.where(length, length, 1) if len(y) else None


_FUNCTIONS = {"r": correlations, "R": circular_correlations, "AUC": auc, "S": steadiness}


def probe(
    lines: Sequence[tuple[np.ndarray, np.ndarray]], units_per_x_height: float | None = None
) -> dict[str, np.ndarray | None]:
    """Run `probe_slices` to its end."""
    return cooperative.run(probe_slices(lines, units_per_x_height))


def probe_slices(
    lines: Sequence[tuple[np.ndarray, np.ndarray]], units_per_x_height: float | None = None
) -> Generator[int, None, dict[str, np.ndarray | None]]:
    """Probe every cell of lines, each given as its points (N, 3) in model units and its cells (N, H).

    The value maps each name of STATISTICS to that statistic, float64 (H,), or to None where the ink does not
    determine it (too few points, or the event does not happen). All lines count as one long one, each measured from
    its own start. Yields the number of cells done. Raises InkError for invalid points, ValueError for cells that are
    invalid or do not match the points.
    """
    if not lines:
        raise ValueError("there are no lines")
    for points, cells in lines:
        if cells.ndim != 2 or len(cells) != len(points) or cells.shape[1] != lines[0][1].shape[1]:
            raise ValueError("the cells are not one row for each point, or not of one width")
    check_values([cells for _, cells in lines])
    each = [quantities(points, units_per_x_height) for points, _ in lines]
    pen = {name: np.concatenate([one[name] for one in each]) for name in STATISTICS}  # (N,) each
    count, units = len(pen["x"]), lines[0][1].shape[1]
    block = max(1, _VALUES // max(1, count))
    found: dict[str, list] = {name: [] for name in STATISTICS}
    for first in range(0, units, block):
        some = np.concatenate([cells[:, first : first + block] for _, cells in lines])  # (N, B)
        for name, statistic in STATISTICS.items():
            found[name].append(_FUNCTIONS[statistic](some, pen[name]))
        yield first + some.shape[1]
    return {name: np.concatenate(parts) if parts and parts[0] is not None else None for name, parts in found.items()}


def effect(name: str, values: np.ndarray) -> np.ndarray:
    """Return a quantity's statistic (H,) as an effect (H,), -1 to 1, 0 if it says nothing: r, R, S or 2 AUC - 1."""
    return 2 * values - 1 if STATISTICS[name] == "AUC" else values


def strength(name: str, values: np.ndarray) -> np.ndarray:
    """Return the strength (H,), 0 to 1, of a quantity's statistic (H,): the magnitude of `effect`. For sorting."""
    return np.abs(effect(name, values))
