"""Ink as the reader sees it: frames of a few points, each point with where it stands in the line.

A letter has some 27 points of the pen clock, more than reading needs, so `size` points make one step of the network.
No frame has points of two strokes: the last of a stroke is filled up with zeros, so a dot is a frame of its own, and
a frame says the same wherever in the line it begins. A point is five numbers:

    dx, dy     its offset, 1 as large as the root mean square of all offsets
    lift       1 on the last point of a stroke
    height     its place above or below the median of the line: what tells a comma from an apostrophe
    behind     how far it is left of the rightmost point so far: what tells a late dot from the next letter
"""

from __future__ import annotations

import numpy as np

from ductus.ink import UNITS_PER_X_HEIGHT, as_points
from ductus.weights.reader import POINT

_REACH = 4.0  # x-heights; what is farther is as far


def frames(points: np.ndarray, size: int) -> np.ndarray:
    """Return the frames float32 (T, POINT * size) of a line (N, 3) of (dx, dy, lift) in x-heights.

    The first offset does not count. Raises InkError for anything else than finite numbers.
    """
    table = as_points(points)
    if not len(table):
        return np.zeros((0, POINT * size), np.float32)
    offsets = np.clip(table[:, :2], -1e6, 1e6)  # (N, 2)
    offsets[0] = 0
    x, y = np.cumsum(offsets, axis=0).T  # (N,) each
    numbers = np.empty((len(table), POINT))
    numbers[:, :2] = np.clip(offsets, -_REACH, _REACH) * UNITS_PER_X_HEIGHT
    numbers[:, 2] = table[:, 2]
    numbers[:, 3] = np.clip(y - np.median(y), -_REACH, _REACH)
    numbers[:, 4] = np.maximum(x - np.maximum.accumulate(x), -_REACH)
    strokes = np.cumsum(table[:, 2]) - table[:, 2]  # (N,), the number of each point's stroke
    starts = np.flatnonzero(np.diff(strokes, prepend=-1))  # (S,)
    lengths = np.diff(starts, append=len(table))  # (S,)
    counts = -(-lengths // size)  # (S,), frames of each stroke
    first = np.cumsum(counts) - counts  # (S,)
    place = np.arange(len(table)) + np.repeat(first * size - starts, lengths)  # (N,)
    filled = np.zeros((counts.sum() * size, POINT), np.float32)
    filled[place] = numbers
    return filled.reshape(-1, POINT * size)
