"""Line wrap: the endless line that the network writes, wrapped into rows.

The network knows nothing of rows. It continues to the right from its own last step; where a row is full, the jump to
the next stroke is left out and the next row begins. So the rows, one after the other, are what `Model.write` returns
with the same seed, except for those jumps.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus import mixture
from ductus.ink import WORD_GAP
from ductus.lstm import State
from ductus.model import Model, Seed
from ductus.x_height import turning_points

# The maximum width of a row in x-heights. A row of ordinary writing then has 300 to 450 points, about five words.
ROW_WIDTH = 24.0
# The maximum height of a row in x-heights: writing that drifts up or down further would overlap the next row.
MAX_ROW_HEIGHT = 6.0
# The maximum number of points: writing that does not advance never reaches the edge, and a stroke may never end.
MAX_ROW_POINTS = 700
# A row ends after a word if one ends beyond this fraction of the width, otherwise after any stroke.
MIN_FILL = 0.6
# Points sampled between two pauses: about 4 ms with numpy in WebAssembly.
_POINTS = 8


class WrappedRow(NamedTuple):
    """One row of N points."""

    points: np.ndarray  # (N, 3), model units; the first offset is 0: a row's place on the page is not part of it
    places: np.ndarray  # (N, 3): x from the row's left edge and y from its baseline, in x-heights, and lift
    above: float  # the row's extent above its baseline, x-heights
    below: float  # and below it


def write_slices(
    model: Model, state: State, temperature: float, seed: Seed, width: float = ROW_WIDTH
) -> Generator[WrappedRow | None, None, None]:
    """Write rows endlessly from a state (1, H): yields each WrappedRow when it is full, and None to pause in between.

    `seed` is what numpy's default_rng takes; `width` is in x-heights. A row ends at a lift; only a stroke that does
    not fit into a row at all is split. Raises ValueError for an invalid temperature.
    """
    mixture.check_temperature(temperature)
    row: list[_RowStroke] = []
    for stroke in _strokes(model, state, temperature, np.random.default_rng(seed), width):
        if stroke is None:
            yield None
            continue
        if row and not _fit([*row, stroke], width):
            whole = _whole_words([*row, stroke], width)
            yield _lay_out(row[:whole])
            row = row[whole:]
            if row and not _fit([*row, stroke], width):
                yield _lay_out(row)
                row = []
        row.append(stroke)


class _RowStroke(NamedTuple):
    points: np.ndarray  # (n, 3), model units
    xy: np.ndarray  # (n, 2) in x-heights, from the start of the first row


def _strokes(model, state, temperature, rng, width) -> Generator[_RowStroke | None, None, None]:
    """Yield the strokes of the line, with pauses; one that fits into no row is split."""
    at = low = high = np.zeros(2)
    points, xy, last = [], [], None
    while True:
        state, paths = model.draw(last, state, temperature, rng.random((1, _POINTS, 1, 4)))  # (1, 1, _POINTS, 3)
        last = paths[:, 0, -1]  # (1, 3)
        for point in paths[0, 0]:  # (3,)
            at = at + np.float64(point[:2]) / model.units_per_x_height
            low, high = (np.minimum(low, at), np.maximum(high, at)) if points else (at, at)
            if (high - low > [width, MAX_ROW_HEIGHT]).any():
                yield _RowStroke(np.array(points), np.array(xy))
                points, xy, low, high = [], [], at, at
            points.append(point)
            xy.append(at)
            if point[2] or len(points) == MAX_ROW_POINTS:
                yield _RowStroke(np.array(points), np.array(xy))
                points, xy = [], []
        yield None


def _fit(strokes: list[_RowStroke], width: float) -> bool:
    xy = np.concatenate([stroke.xy for stroke in strokes])  # (n, 2)
    across, down = np.ptp(xy, axis=0)
    return bool(across <= width and down <= MAX_ROW_HEIGHT and len(xy) <= MAX_ROW_POINTS)


def _whole_words(strokes: list[_RowStroke], width: float) -> int:
    """Return how many of the strokes before the last one form complete words; all of them if no word ends there."""
    left = min(stroke.xy[:, 0].min() for stroke in strokes)
    right, whole = -np.inf, len(strokes) - 1
    for number, stroke in enumerate(strokes):
        if stroke.xy[:, 0].min() > right + WORD_GAP and right - left > MIN_FILL * width:
            whole = number
        right = max(right, stroke.xy[:, 0].max())
    return whole


def _lay_out(strokes: list[_RowStroke]) -> WrappedRow:
    points = np.concatenate([stroke.points for stroke in strokes])  # (N, 3)
    points[0, :2] = 0
    xy = np.concatenate([stroke.xy for stroke in strokes])  # (N, 2)
    bottoms = turning_points([stroke.xy for stroke in strokes], 1.0)[1]  # (b, 2)
    baseline = np.median(bottoms[:, 1]) if len(bottoms) else xy[:, 1].max()
    xy = xy - [xy[:, 0].min(), baseline]
    return WrappedRow(points, np.column_stack([xy, points[:, 2]]), -float(xy[:, 1].min()), float(xy[:, 1].max()))
