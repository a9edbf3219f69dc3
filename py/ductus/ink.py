"""Ink: strokes, the network's points, and the unit of both.

A *stroke* is a float array (n, 2) of x, y with y pointing down, drawn between touching the paper and leaving it. A
*point* of the network is a row (dx, dy, lift): the offset from the previous point, and 1 on the last point of a
stroke. One table (N, 3) holds a whole line of writing; the jump to the next stroke is the offset of that stroke's
first point.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

# The model unit is the root-mean-square offset of the training ink, dx and dy pooled, so that the network's inputs
# and targets have a spread of about 1. Over both training files (20,616 rows, 12.2 M points, in x-heights), without
# the first point of each row: 1 / sqrt(mean((dx^2 + dy^2) / 2)) = 3.2378 units per x-height (3.0382 for the rows of
# text alone, 3.4052 for the joined words alone). `python -m weights.training.data.unit FILE.npz ...` measures it.
UNITS_PER_X_HEIGHT = 3.24
# The white between two words, in x-heights: it cuts 1,500 rows of the training text into words of 4.6 letters.
WORD_GAP = 1.1


class InkError(ValueError):
    """Ink that cannot be used; the message names the file, the stroke or the point."""


def as_stroke(xy, name: str = "stroke") -> np.ndarray:
    """Return `xy` as a finite float64 array (n, 2). Raise InkError, with `name` in its message, if it is invalid."""
    try:
        stroke = np.asarray(xy, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InkError(f"{name}: its points are not pairs of numbers") from None
    if stroke.size == 0:
        return np.zeros((0, 2))
    if stroke.ndim != 2 or stroke.shape[1] != 2:
        raise InkError(f"{name}: its points are not pairs of numbers (an array of shape {stroke.shape})")
    finite = np.isfinite(stroke).all(1)  # (n,)
    if not finite.all():
        raise InkError(f"{name}, point {int(np.argmin(finite))}: its coordinates are not finite")
    return stroke


def as_points(points, name: str = "ink") -> np.ndarray:
    """Return `points` as a finite float64 array (N, 3), each lift 0 or 1. Raise InkError if they are invalid."""
    try:
        table = np.asarray(points, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InkError(f"{name}: its rows are not triples of numbers") from None
    if table.size == 0:
        return np.zeros((0, 3))
    if table.ndim != 2 or table.shape[1] != 3:
        raise InkError(f"{name}: its rows are not triples (dx, dy, lift) (an array of shape {table.shape})")
    good = np.isfinite(table).all(1)  # (N,)
    if not good.all():
        raise InkError(f"{name}, point {int(np.argmin(good))}: its offset is not finite")
    good = (table[:, 2] == 0) | (table[:, 2] == 1)
    if not good.all():
        raise InkError(f"{name}, point {int(np.argmin(good))}: its lift is neither 0 nor 1")
    return table


def as_float32(points) -> np.ndarray:
    """Return a table (N, 3) of (dx, dy, lift) as float32. Raise InkError if an offset is too large for it."""
    with np.errstate(over="ignore"):
        table = np.asarray(points).astype(np.float32)
    as_points(table)
    return table


def to_points(strokes: Iterable) -> np.ndarray:
    """Return strokes, each (n, 2), as one float64 table (N, 3) of (dx, dy, lift) in the strokes' unit.

    The first row is (0, 0, lift): the place of the line on the paper is not part of it. Empty strokes are ignored.
    Raises InkError for points that are not pairs of finite numbers.
    """
    checked = [as_stroke(stroke, f"stroke {i}") for i, stroke in enumerate(strokes)]
    checked = [stroke for stroke in checked if len(stroke)]
    if not checked:
        return np.zeros((0, 3))
    ends = np.cumsum([len(stroke) for stroke in checked]) - 1
    xy = np.concatenate(checked)  # (N, 2)
    points = np.zeros((len(xy), 3))
    with np.errstate(over="ignore"):
        points[1:, :2] = np.diff(xy, axis=0)
    points[ends, 2] = 1.0
    return as_points(points)  # the distance of two finite places can overflow


def to_strokes(points, start: tuple[float, float] = (0.0, 0.0)) -> list[np.ndarray]:
    """Return the strokes, a list of float64 (n, 2), that a table (N, 3) of (dx, dy, lift) draws from `start`.

    The inverse of `to_points`, except for the place of the first point (`start` plus the first offset) and for
    rounding. A last stroke that is not lifted yet is included. Raises InkError for an invalid table.
    """
    table = as_points(points)
    if not len(table):
        return []
    with np.errstate(over="ignore", invalid="ignore"):
        xy = np.cumsum(table[:, :2], axis=0) + np.asarray(start, np.float64)  # (N, 2)
    xy = as_stroke(xy, "ink")
    cuts = np.flatnonzero(table[:, 2]) + 1
    return [stroke for stroke in np.split(xy, cuts) if len(stroke)]
