"""Wrapping a written text into rows at its spaces. The network itself knows nothing of rows: it writes one long line.

A row takes whole strokes, and ends before a word that does not fit, as far as the window says which word a stroke is
for; only a word that is wider than a row is broken, between two strokes. A row that is full never changes, whatever
is written after it. The jump from one row to the next is left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ductus.ink import to_points
from ductus.x_height import turning_points

GAP = 1.2  # x-heights from the lowest place of a row to the highest of the next, at least
PITCH = 2.6  # x-heights from one baseline to the next, at least
# Turning points at a row's beginning whose median is its baseline: few enough that it soon stays where it is.
_BOTTOMS = 8


class TextRow(NamedTuple):
    """The points first..first + N - 1 of a text as a row."""

    first: int
    places: np.ndarray  # (N, 3): x from the row's left edge and y from its baseline, in x-heights, and lift
    above: float  # the row's extent above its baseline, x-heights
    below: float  # and below it


def wrap(points: np.ndarray, places: np.ndarray, text: str, width: float, first: int = 0) -> list[TextRow]:
    """Return the rows, at most `width` x-heights wide, of a text's points from number `first` on, where a row begins.

    points (N, 3) in x-heights, and places (N,) of the window, are as `generation.text.Writer.since` has them.
    """
    xy = np.cumsum(np.float64(points[:, :2]), axis=0)  # (N, 2)
    if not len(xy):
        return []
    ends = np.append(np.flatnonzero(points[:-1, 2]) + 1, len(xy))  # (S,)
    begins = np.concatenate([[0], ends[:-1]])  # (S,)
    spaces = np.cumsum([character == " " for character in text])  # (U,)
    rows, row, word, most = [], 0, 0, -1  # the strokes that the row and its last word begin with; the word's number
    left, right = np.inf, -np.inf
    for stroke, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        letter = int(np.clip(np.median(places[begin:end]), 0, len(text) - 1))
        if spaces[letter] > most:
            most, word = int(spaces[letter]), stroke
        x = xy[begin:end, 0]
        left, right = min(left, x.min()), max(right, x.max())
        if stroke > row and right - left > width:
            rows.append((row, word if word > row else stroke))
            row = rows[-1][1]
            word = max(word, row)
            x = xy[begins[row] : end, 0]
            left, right = x.min(), x.max()
    rows.append((row, len(ends)))
    lifts = points[:, 2]
    return [
        _lay_out(xy[begins[a] : ends[b - 1]], lifts[begins[a] : ends[b - 1]], first + int(begins[a])) for a, b in rows
    ]


def page(rows: list[TextRow]) -> np.ndarray:
    """Return rows, one below the other, as points (N, 3) in x-heights, their strokes as they were."""
    strokes = [stroke for row in row_strokes(rows) for stroke in row]
    return to_points(strokes) if strokes else np.zeros((0, 3))


def row_strokes(rows: list[TextRow]) -> list[list[np.ndarray]]:
    """Return the strokes (n, 2) of rows, one below the other, in x-heights; the first baseline is y = 0."""
    y, placed = 0.0, []
    for number, row in enumerate(rows):
        if number:
            y += max(PITCH, rows[number - 1].below + GAP + row.above)
        xy = row.places[:, :2] + [0.0, y]
        placed.append([piece for piece in np.split(xy, np.flatnonzero(row.places[:, 2]) + 1) if len(piece)])
    return placed


def _lay_out(xy: np.ndarray, lifts: np.ndarray, first: int) -> TextRow:
    """Return a row of places (N, 2), in x-heights, and lifts (N,)."""
    bottoms = turning_points(np.split(xy, np.flatnonzero(lifts)[:-1] + 1), 1.0)[1][:_BOTTOMS]  # (b, 2)
    baseline = float(np.median(bottoms[:, 1])) if len(bottoms) else float(xy[:_BOTTOMS, 1].max())
    xy = xy - [xy[:, 0].min(), baseline]
    return TextRow(first, np.column_stack([xy, lifts]), -float(xy[:, 1].min()), float(xy[:, 1].max()))
