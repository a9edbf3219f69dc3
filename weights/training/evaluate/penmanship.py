"""Measure a line of writing without reading it: sizes, slopes, and whether it is writing at all.

A line is an array (N, 3) of (dx, dy, lift) in x-heights. The same measures apply to human ink and to the network's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ductus.analysis.style_metrics import METRICS, finished_strokes, style_metrics

# A stroke that starts this far, in x-heights, to the right of the word's ink so far starts another word.
WORD_GAP = 0.6
# A line has collapsed if it violates one of these; evaluation.json says how many human lines do.
WINDOW, MIN_WIDTH = 100, 1.5  # WINDOW points in a row narrower than MIN_WIDTH x-heights: scribble on the spot
MAX_STROKE = 400  # points without a lift, about fifteen letters: an endless stroke
DOTS, DOT_POINTS = 10, 2  # DOTS strokes in a row of at most DOT_POINTS points: dots

QUANTILES = (5, 25, 50, 75, 95)
HALF = 200  # points for measuring a style, and as many again in which it should be the same


def measures(lines: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the samples of each measure over all lines, without strokes and words that the end of a line cuts off.

    step_length, inside strokes; jump_length, of the pen in the air; stroke_length, along the ink; stroke_height;
    stroke_points; word_width; and for each line lift_rate, the share of points with a lift, and advance, the width
    per point.
    """
    samples: dict[str, list] = {name: [] for name in MEASURES}
    for line in lines:
        length = np.hypot(*line[:, :2].T.astype(np.float64))[1:]  # (N - 1,) from the second point on
        lifted = line[:-1, 2] > 0.5
        samples["step_length"].append(length[~lifted])
        samples["jump_length"].append(length[lifted])
        finished = finished_strokes(line)
        samples["stroke_length"].append([np.hypot(*np.diff(s, axis=0).T).sum() for s in finished])
        samples["stroke_height"].append([np.ptp(s[:, 1]) for s in finished])
        samples["stroke_points"].append([len(s) for s in finished])
        samples["word_width"].append([right - left for left, right in words(finished)[:-1]])
        samples["lift_rate"].append([line[:, 2].mean()])
        samples["advance"].append([np.ptp(np.cumsum(line[:, 0], dtype=np.float64)) / len(line)])
    return {name: np.concatenate(parts).astype(np.float64) for name, parts in samples.items()}


MEASURES = (
    "step_length",
    "jump_length",
    "stroke_length",
    "stroke_height",
    "stroke_points",
    "word_width",
    "lift_rate",
    "advance",
)


def words(finished: list[np.ndarray]) -> list[tuple[float, float]]:
    """Return the left and right edge of each word: strokes (n, 2) without a gap of WORD_GAP between them."""
    edges: list[tuple[float, float]] = []
    for stroke in finished:
        left, right = float(stroke[:, 0].min()), float(stroke[:, 0].max())
        if edges and left - edges[-1][1] < WORD_GAP:
            edges[-1] = min(edges[-1][0], left), max(edges[-1][1], right)
        else:
            edges.append((left, right))
    return edges


def kept(lines: Sequence[np.ndarray]) -> dict[str, float]:
    """Return how well each line's first HALF points predict the style of the next HALF: correlations over lines.

    Shorter lines do not count. Fewer than three lines give no result, nor does a measure that is the same in all.
    """
    long = [line for line in lines if len(line) >= 2 * HALF]
    if len(long) < 3:
        return {}
    halves = np.array(
        [[style_metrics(line[:HALF]), style_metrics(line[HALF : 2 * HALF])] for line in long]
    )  # (n, 2, 4)
    varies = (halves.std(0) > 1e-6).all(0)  # (4,)
    return {
        name: float(np.corrcoef(halves[:, 0, i], halves[:, 1, i])[0, 1])
        for i, name in enumerate(METRICS)
        if varies[i]
    }


def slope(line: np.ndarray) -> float:
    """Return the slope of the least-squares line of y on x over a line's points, degrees; positive is downwards."""
    x, y = np.cumsum(line[:, :2], axis=0, dtype=np.float64).T
    x, y = x - x.mean(), y - y.mean()
    return float(np.degrees(np.arctan2((x * y).sum(), (x * x).sum())))


def collapse(line: np.ndarray, window: int = WINDOW) -> str | None:
    """Return how the line fails to be writing: "on the spot", "endless stroke" or "dots"; None if it does not.

    The minimum width is in proportion to `window`.
    """
    x = np.cumsum(line[:, 0], dtype=np.float64)
    if len(x) >= window:
        windows = np.lib.stride_tricks.sliding_window_view(x, window)  # (N - window + 1, window)
        if (np.ptp(windows, axis=1) < MIN_WIDTH * window / WINDOW).any():
            return "on the spot"
    ends = np.flatnonzero(line[:, 2] > 0.5)
    lengths = np.diff(ends, prepend=-1, append=len(line) - 1)  # points of each stroke, the unfinished one included
    if lengths.max(initial=0) > MAX_STROKE:
        return "endless stroke"
    short = lengths[:-1] <= DOT_POINTS
    if len(short) >= DOTS and np.lib.stride_tricks.sliding_window_view(short, DOTS).all(1).any():
        return "dots"
    return None


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the two-sample Kolmogorov-Smirnov distance of (n,) and (m,)."""
    everything = np.concatenate([a, b])
    below = [np.searchsorted(np.sort(sample), everything, side="right") / len(sample) for sample in (a, b)]
    return float(np.abs(below[0] - below[1]).max())


def quantiles(sample: np.ndarray) -> dict[str, float]:
    """Return the QUANTILES by name."""
    return dict(zip(map(str, QUANTILES), np.percentile(sample, QUANTILES).tolist(), strict=True))
