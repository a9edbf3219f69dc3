"""A line without end, wrapped into rows: what the network writes by itself, as a page has it.

The network knows nothing of rows. It goes on to the right for ever, from its own last step; where a row is full, the
jump to the next stroke is left out and the next row begins. So the rows, one after the other, are what `Model.write`
gives with the same seed, save for those jumps.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus import mixture
from ductus.analysis.probing import WORD_GAP
from ductus.lstm import State
from ductus.model import Model
from ductus.x_height import turning_points

# All in x-heights. A row of ordinary writing then has 300 to 450 points, some five short words.
WIDTH = 24.0
# A row that strays up or down by so much is ended too: rows would run into one another.
HEIGHT = 6.0
# What is written on the spot never gets to the edge, and a stroke may never end: so many points are a row anyhow.
MOST = 700
# A row ends after a word if one ends beyond this part of it, else after any stroke.
RAGGED = 0.6
# Points drawn between two pauses: with numpy in WebAssembly about 2 ms.
_DRAWN = 4


class Row(NamedTuple):
    """One row of N points."""

    points: np.ndarray  # (N, 3), model units; the first offset is 0: where a row lies is no part of it
    places: np.ndarray  # (N, 3): x from the row's left edge and y from its baseline, in x-heights, and lift
    above: float  # how far the row reaches above its baseline,
    below: float  # and below it


def write_slices(
    model: Model, state: State, temperature: float, seed, width: float = WIDTH
) -> Generator[Row | None, None, None]:
    """Rows without end, from a state (1, H): yields each Row when it is full, and None to pause in between.

    A row ends at a lift; only a stroke that does not fit into a row at all is cut. Raises ValueError for a bad
    temperature.
    """
    mixture.check_temperature(temperature)
    row: list[_Stroke] = []
    for stroke in _strokes(model, state, temperature, np.random.default_rng(seed), width):
        if stroke is None:
            yield None
            continue
        if row and not _fit([*row, stroke], width):
            whole = _whole_words([*row, stroke], width)
            yield _laid_out(row[:whole])
            row = row[whole:]
            if row and not _fit([*row, stroke], width):
                yield _laid_out(row)
                row = []
        row.append(stroke)


class _Stroke(NamedTuple):
    points: np.ndarray  # (n, 3), model units
    xy: np.ndarray  # (n, 2) in x-heights, from where the first row began


def _strokes(model, state, temperature, rng, width) -> Generator[_Stroke | None, None, None]:
    """The strokes of the line; one that fits into no row is cut in pieces."""
    at = low = high = np.zeros(2)
    points, xy = [], []
    while True:
        x = mixture.sample(model.output(state), temperature, rng.random((1, 4)))  # (1, 3)
        state = model.step(x, state)
        at = at + np.float64(x[0, :2]) / model.units_per_x_height
        low, high = (np.minimum(low, at), np.maximum(high, at)) if points else (at, at)
        if (high - low > [width, HEIGHT]).any():
            yield _Stroke(np.array(points), np.array(xy))
            points, xy, low, high = [], [], at, at
        points.append(x[0])
        xy.append(at)
        if x[0, 2] or len(points) == MOST:
            yield _Stroke(np.array(points), np.array(xy))
            points, xy = [], []
        elif len(points) % _DRAWN == 0:
            yield None


def _fit(strokes: list[_Stroke], width: float) -> bool:
    xy = np.concatenate([stroke.xy for stroke in strokes])  # (n, 2)
    across, down = np.ptp(xy, axis=0)
    return bool(across <= width and down <= HEIGHT and len(xy) <= MOST)


def _whole_words(strokes: list[_Stroke], width: float) -> int:
    """How many of the strokes make whole words, of which the last is no part; all but the last, if none does."""
    left = min(stroke.xy[:, 0].min() for stroke in strokes)
    right, whole = -np.inf, len(strokes) - 1
    for number, stroke in enumerate(strokes):
        if stroke.xy[:, 0].min() > right + WORD_GAP and right - left > RAGGED * width:
            whole = number
        right = max(right, stroke.xy[:, 0].max())
    return whole


def _laid_out(strokes: list[_Stroke]) -> Row:
    points = np.concatenate([stroke.points for stroke in strokes])  # (N, 3)
    points[0, :2] = 0
    xy = np.concatenate([stroke.xy for stroke in strokes])  # (N, 2)
    bottoms = turning_points([stroke.xy for stroke in strokes], 1.0)[1]  # (b, 2)
    baseline = np.median(bottoms[:, 1]) if len(bottoms) else xy[:, 1].max()
    xy = xy - [xy[:, 0].min(), baseline]
    return Row(points, np.column_stack([xy, points[:, 2]]), -float(xy[:, 1].min()), float(xy[:, 1].max()))
