"""Families of cells: stretches of their order whose signals are alike, named by what their cells track.

The order is cut where the cells are most alike within the pieces. The cuts are the best possible ones (W. D. Fisher,
"On grouping for maximum homogeneity", 1958): dynamic programming minimises the sum of squared distances of all
signals, scaled to length 1, from the mean of their piece.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import numpy as np

from ductus.analysis.probing import strength
from ductus.backend import Backend, default

# Pieces at first, and the fewest cells of one. Neighbouring pieces of one name become one family.
PIECES, MIN_CELLS = 8, 10
# A family has the name of the quantity of which it holds most: the share of its cells among the TOP part of all by
# their strength, over TOP. Less than MIN_EXCESS, or a median strength below MIN_STRENGTH, is no name.
TOP, MIN_EXCESS, MIN_STRENGTH = 0.2, 1.3, 0.3
# Work between two pauses: points multiplied, rows of the order.
_POINTS, _ROWS = 32, 8


class Family(NamedTuple):
    """Rows `first` to `end` of the order (`end` not included), and what their cells track."""

    first: int
    end: int
    name: str  # of a quantity, or "" for none
    excess: float  # how many times as often as by chance its cells are among the TOP part
    strength: float  # the median of its cells


def cuts_slices(
    lines: Sequence[np.ndarray], order: np.ndarray, signs: np.ndarray, backend: Backend | None = None
) -> Generator[None, None, np.ndarray]:
    """Return the first rows (P,) of the pieces of an order (H,) of the cells of lines (T_i, H); the first is 0.

    `signs` (H,) is what each cell is multiplied by.
    """
    units, matmul = len(order), (backend or default()).matmul
    products = np.zeros((units, units))
    for line in lines:
        for start in range(0, len(line), _POINTS):
            some = np.ascontiguousarray((line[start : start + _POINTS] * signs)[:, order], np.float64)  # (t, H)
            products += matmul(some.T.copy(), some)
            yield
    length = np.sqrt(np.maximum(products.diagonal(), 0))
    length = np.where(length > 0, length, 1)
    inner = np.zeros((units + 1, units + 1))  # of all pairs of rows before these two
    inner[1:, 1:] = (products / length / length[:, None]).cumsum(axis=0).cumsum(axis=1)
    return (yield from _best_cuts(inner, max(1, min(PIECES, units // MIN_CELLS)), MIN_CELLS))


def _best_cuts(inner: np.ndarray, pieces: int, fewest: int) -> Generator[None, None, np.ndarray]:
    """Return the best cuts, given the sum of the inner products of the rows before i and before j, (H + 1, H + 1)."""
    units = len(inner) - 1
    before = np.arange(units + 1)
    best = np.full((pieces, units + 1), np.inf)  # the least cost of the rows before i, by number of pieces
    back = np.zeros((pieces, units + 1), int)  # where the last of these begins
    for end in range(1, units + 1):
        size = end - before[:end]  # (end,) of a piece from each row up to `end`
        within = inner[end, end] + inner.diagonal()[:end] - 2 * inner[end, :end]
        cost = np.where((size >= fewest) | (pieces == 1), size - within / size, np.inf)
        best[0, end] = cost[0]
        if pieces > 1:
            whole = best[:-1, :end] + cost  # (pieces - 1, end)
            back[1:, end] = whole.argmin(axis=1)
            best[1:, end] = whole.min(axis=1)
        if end % _ROWS == 0:
            yield
    cuts, end = [0], units
    for piece in range(pieces - 1, 0, -1):
        end = int(back[piece, end])
        cuts.append(end)
    return np.array(sorted(cuts))


def name_families(
    table: dict[str, np.ndarray | None], order: np.ndarray, cuts: np.ndarray, names: Sequence[str]
) -> list[Family]:
    """Name the pieces of an order (H,) by a table of `probing.probe`; only quantities in `names` are considered."""
    strengths = {name: strength(name, values) for name in names if (values := table[name]) is not None}
    bars = {name: np.quantile(values, 1 - TOP) for name, values in strengths.items()}
    families: list[Family] = []
    for first, end in zip(cuts, [*cuts[1:], len(order)], strict=True):
        found = _named(strengths, bars, order, int(first), int(end))
        if families and families[-1].name == found.name:
            found = _named(strengths, bars, order, families.pop().first, found.end, found.name)
        families.append(found)
    return families


def _named(strengths, bars, order, first, end, only=None) -> Family:
    cells, best = order[first:end], Family(first, end, "", 0.0, 0.0)
    for name, values in strengths.items():
        excess = float((values[cells] > bars[name]).mean() / TOP)
        median = float(np.median(values[cells]))
        holds = excess >= MIN_EXCESS and median >= MIN_STRENGTH
        if name == only or (only is None and holds and excess > best.excess):
            best = Family(first, end, name, excess, median)
    return best
