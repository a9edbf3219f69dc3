"""How large writing is: the x-height of ink, estimated from the pen's vertical turning points.

Most vertical swings of a hand go from the baseline to the height of an x and back (every n has four of them,
every e and o two), so the middle one of many swings is the x-height, whatever the slope of a single stroke.
"""

from __future__ import annotations

import numpy as np

from ductus.resample import LONGEST, smooth

# All in x-heights, as far as it is known; the recipe that prepared the training ink.
EVEN = 0.05  # between the samples in which turning points are looked for
DEVIATION, RADIUS = 1.5, 5  # of the Gaussian on them, in samples: it removes the tablet's jitter, no letter's turn
SHORTEST = 0.3  # a stroke with less path than this has no swing worth counting
SWING = 0.15  # the pen has turned when it comes back by this much
FEWEST = 4  # swings below which an x-height would be a guess


def turning_points(strokes: list[np.ndarray], unit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the pen turns, in strokes (n, 2) whose x-height is about `unit`.

    Returns the tops (t, 2), the bottoms (b, 2) and the heights of the swings between them (s,).  y points
    down.  The ends of a stroke count as turns.
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
    """The x-height of ink, strokes (n, 2) of one hand, and the number of vertical swings that speak for it.

    Where fewer than FEWEST do, the first is a guess from the heights of the strokes, or 0 if they have none.
    """
    tall = np.array([np.ptp(stroke[:, 1]) for stroke in strokes if len(stroke)])
    tall = tall[tall > 0.2 * np.percentile(tall, 90)] if len(tall) else tall  # no dots, no dashes
    if not len(tall):
        return 0.0, 0
    unit, count = 0.6 * float(np.median(tall)), 0
    for _ in range(2):  # the second time with a unit that is about right
        swings = turning_points(strokes, unit)[2]
        if len(swings) < FEWEST:
            return unit, len(swings)
        swings = swings[swings > 0.25 * np.percentile(swings, 90)]  # what is smaller is within a letter
        unit, count = float(np.median(swings)), len(swings)
    return unit, count


def _even(stroke: np.ndarray, unit: float) -> np.ndarray | None:
    """A stroke as smoothed samples (m, 2) at even steps, or None for one that is too short (or endless)."""
    pieces = np.hypot(*np.diff(stroke, axis=0).T)
    moved = pieces > 0
    path = np.concatenate([[0.0], np.cumsum(pieces[moved])])
    if moved.sum() < 2 or not SHORTEST * unit <= path[-1] <= LONGEST * unit:
        return None
    line = stroke[np.concatenate([[True], moved])]
    places = np.append(np.arange(0.0, path[-1] - 0.5 * EVEN * unit, EVEN * unit), path[-1])
    even = np.stack([np.interp(places, path, axis) for axis in line.T], axis=1)
    return smooth(even, DEVIATION, RADIUS)


def _turns(heights: list[float], least: float) -> list[int]:
    """The samples at which a line of these heights turns, its first and last extremes among them."""
    turns, direction = [0], 0
    for i, height in enumerate(heights):
        gone = height - heights[turns[-1]]
        if direction == 0:
            if abs(gone) > least:
                direction = 1 if gone > 0 else -1
                turns.append(i)
        elif direction * gone > 0:
            turns[-1] = i
        elif -direction * gone > least:
            turns.append(i)
            direction = -direction
    return turns
