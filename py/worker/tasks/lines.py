"""Lines for the figures: ink that a pen wrote, in strokes, or a line given as points."""

from __future__ import annotations

import numpy as np

from worker.encoded_line import EncodedLine
from worker.tasks import task
from worker.workspace import Workspace


@task
def from_strokes(workspace: Workspace, line: str, strokes: list, after=()):
    """Set a line to strokes, flat arrays of x, y, x, y ... in x-heights; see `describe`. Raises InkError.

    `after` is what the network wrote after them, flat places of x, y in x-heights and lift, the pen's place first.
    """
    xy = [np.reshape(np.asarray(stroke, np.float64), (-1, 2)) for stroke in strokes]
    yield
    made = workspace.from_strokes(line, xy)
    places = np.reshape(np.asarray(after, np.float64), (-1, 3))  # (1 + M, 3)
    if len(places) > 1:
        units = workspace.units_per_x_height
        steps = np.diff(places, axis=0) * [units, units, 1]  # (M, 3)
        steps[:, 2] = places[1:, 2]
        made = workspace.from_points(line, np.concatenate([made.points, steps]), made.start)
    return describe(made)


@task
def from_points(workspace: Workspace, line: str, points):
    """Set a line to points, flat dx, dy, lift in model units; see `describe`. Raises InkError."""
    yield
    return describe(workspace.from_points(line, np.reshape(np.asarray(points, np.float64), (-1, 3))))


def describe(line: EncodedLine) -> dict:
    """Return {count: N, places: (N, 3) float32 of x, y in x-heights and lift, points: (N, 3) float32 in model units,
    start: (2,) float32, the pen's place before the first point, in x-heights}.
    """
    return {
        "count": len(line),
        "places": np.float32(line.places),
        "points": np.float32(line.points),
        "start": np.float32(line.start),
    }
