"""Describe handwriting by four numbers that tell one writer from another, without reading it.

A line is a table (N, 3) of (dx, dy, lift) in x-heights, y down.
"""

from __future__ import annotations

import numpy as np

METRICS = ("slant", "height", "joining", "advance")


def finished_strokes(line: np.ndarray) -> list[np.ndarray]:
    """Return the places (n, 2) of each finished stroke of a line (N, 3)."""
    places = np.cumsum(line[:, :2], axis=0, dtype=np.float64)  # (N, 2)
    return np.split(places, np.flatnonzero(line[:, 2]) + 1)[:-1]


def style_metrics(line: np.ndarray) -> np.ndarray:
    """Return the metrics of a line (N, 3) in the order of METRICS: float64 (4,).

    slant: degrees by which downstrokes lean to the right, over offsets within 60 degrees of the vertical;
    height: mean height of the strokes; joining: natural logarithm of the points per lift; advance: width per point.
    """
    inside = np.append(False, line[:-1, 2] < 0.5)  # (N,)
    down = line[inside & (line[:, 1] > np.abs(line[:, 0]) / np.sqrt(3)), :2].sum(0, dtype=np.float64)
    finished = finished_strokes(line)
    height = np.mean([np.ptp(stroke[:, 1]) for stroke in finished]) if finished else 0.0
    joining = np.log(len(line) / (1 + line[:, 2].sum()))
    advance = np.ptp(np.cumsum(line[:, 0], dtype=np.float64)) / len(line)
    return np.array([np.degrees(np.arctan2(-down[0], down[1])), height, joining, advance])
