"""How large writing is: the x-height of ink, estimated from the pen's vertical turning points.

Most vertical swings of a hand go from the baseline to the height of an x and back (every n has four, every e and o
two), so the median of many swings is the x-height, independent of the slope of a single stroke.
"""

from __future__ import annotations

import numpy as np

from ductus.resample import MAX_LENGTH, smooth

# All in estimated x-heights; the training ink was prepared with the same numbers.
EVEN = 0.05  # between the samples in which turning points are looked for
DEVIATION, RADIUS = 1.5, 5  # of the Gaussian on them, in samples: it removes a tablet's jitter but no letter's turn
MIN_PATH = 0.3  # a shorter stroke has no swing worth counting
SWING = 0.15  # the pen has turned when it has come back by this much
MIN_SWINGS = 4  # with fewer an x-height would be a guess
# Of a guess: the swings below which a single stroke's height counts too, and that height in x-heights.
FEW, TALL = 12, 1.82
MAX_STROKES = 20_000  # that are looked at


def turning_points(strokes: list[np.ndarray], unit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where the pen turns vertically, in strokes (n, 2) whose x-height is about `unit`.

    Those are the tops (t, 2), the bottoms (b, 2) and the heights of the swings between them (s,). y points down. The
    ends of a stroke count as turns.
    """
    tops, bottoms, swings = [], [], []
    for stroke in strokes:
        line = _even(stroke, unit)
        if line is None:
            continue
        turns = _turns(line[:, 1].tolist(), SWING * unit)
        heights = line[turns, 1]
        swings.extend(np.abs(np.diff(heights)))
        if len(turns) > 1:
            down = heights[1:] > heights[:-1]
            low = np.concatenate([[not down[0]], down])
            bottoms.extend(line[turns][low])
            tops.extend(line[turns][~low])
    return np.reshape(tops, (-1, 2)), np.reshape(bottoms, (-1, 2)), np.array(swings)


def x_height(strokes: list[np.ndarray]) -> tuple[float, int]:
    """Return the x-height of strokes (n, 2) of one hand, and the number of vertical swings that it is based on.

    With fewer than MIN_SWINGS swings it is guessed from the heights of the strokes, or 0 if they have none.
    """
    tall = np.array([np.ptp(stroke[:, 1]) for stroke in strokes if len(stroke)])
    tall = tall[tall > 0.2 * np.percentile(tall, 90)] if len(tall) else tall  # no dots, no dashes
    if not len(tall):
        return 0.0, 0
    unit, count = 0.6 * float(np.median(tall)), 0
    for _ in range(2):  # the second time with a better unit
        swings = turning_points(strokes, unit)[2]
        if len(swings) < MIN_SWINGS:
            return unit, len(swings)
        swings = swings[swings > 0.25 * np.percentile(swings, 90)]  # smaller ones are parts of a letter
        unit, count = float(np.median(swings)), len(swings)
    return unit, count


def guess_x_height(strokes: list[np.ndarray]) -> float:
    """Return the x-height of strokes (n, 2) of unknown unit, from one letter to pages of writing; always above 0.

    With FEW swings and more it is their median. With fewer it leans, by as much as swings are missing, on the tallest
    stroke: a capital, a digit and most short words have one of TALL x-heights.

    Measured as guessed / true on ink of known x-height, UNIPEN's, up to 300 of each kind and as many writers as there
    are; lower quartile, median, upper quartile:

        small letter         0.68  0.90  1.19      word of 4, 5 letters   0.86  1.03  1.21
        digit                0.93  1.05  1.15      longer word            0.83  0.93  1.08
        capital              0.91  1.03  1.18      row of text            0.91  0.98  1.10
        word of 2 letters    0.86  1.07  1.32      page, 3 to 12 rows     0.95  0.98  1.02
        word of 3 letters    0.90  1.07  1.34      of as many hands       0.95  1.00  1.07
    """
    strokes = [stroke for stroke in strokes if len(stroke)]
    extents = np.array([np.ptp(stroke, axis=0) for stroke in strokes]).reshape(-1, 2)  # (s, 2)
    strokes = _first_pages(strokes, extents)
    guess, swings = x_height(strokes)
    tallest = float(extents[: len(strokes), 1].max(initial=0.0))
    if not guess:  # dots and dashes
        return float(extents.max(initial=0.0)) or 1.0
    lean = 2 / 3 * min(max((FEW - swings) / (FEW - 2), 0.0), 1.0)
    return guess ** (1 - lean) * (tallest / TALL) ** lean


def _first_pages(strokes: list[np.ndarray], extents: np.ndarray) -> list[np.ndarray]:
    """Return the first strokes, as many as bound the work: turning points are looked for at even steps of all."""
    tall = extents[:, 1][extents[:, 1] > 0]
    if not len(tall):
        return strokes[:MAX_STROKES]
    lengths = [np.hypot(*np.diff(stroke, axis=0).T).sum() for stroke in strokes[:MAX_STROKES]]
    enough = np.searchsorted(np.cumsum(lengths), MAX_LENGTH * np.median(tall), "right")
    return strokes[: max(int(enough), 1)]


def _even(stroke: np.ndarray, unit: float) -> np.ndarray | None:
    """Return a stroke as smoothed samples (m, 2) at even steps, or None for one that is too short or too long."""
    pieces = np.hypot(*np.diff(stroke, axis=0).T)
    moved = pieces > 0
    path = np.concatenate([[0.0], np.cumsum(pieces[moved])])
    if moved.sum() < 2 or not MIN_PATH * unit <= path[-1] <= MAX_LENGTH * unit:
        return None
    line = stroke[np.concatenate([[True], moved])]
    places = np.append(np.arange(0.0, path[-1] - 0.5 * EVEN * unit, EVEN * unit), path[-1])
    even = np.stack([np.interp(places, path, axis) for axis in line.T], axis=1)
    return smooth(even, DEVIATION, RADIUS)


def _turns(heights: list[float], threshold: float) -> list[int]:
    """Return the samples at which a line of these heights turns, with its first and last extremes."""
    turns, direction = [0], 0
    for i, height in enumerate(heights):
        gone = height - heights[turns[-1]]
        if direction == 0:
            if abs(gone) > threshold:
                direction = 1 if gone > 0 else -1
                turns.append(i)
        elif direction * gone > 0:
            turns[-1] = i
        elif -direction * gone > threshold:
            turns.append(i)
            direction = -direction
    return turns
