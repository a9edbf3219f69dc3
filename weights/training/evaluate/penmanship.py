"""What can be measured on a line of writing without reading it: sizes, slopes, and whether it is writing at all.

A line is a table (N, 3) of (dx, dy, lift) in x-heights. All of it is applied to human ink and to the network's alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ductus.analysis.style_metrics import HAND, hand, strokes

# A stroke that begins this far, in x-heights, to the right of all ink of the word so far begins another word.
WORD_GAP = 0.6
# A line has collapsed if it fails one of these; how many human lines do, evaluation.json says.
WINDOW, NARROWEST = 100, 1.5  # some so many points in a row cover less than so many x-heights: scribble on the spot
LONGEST_STROKE = 400  # points without a lift, some fifteen letters: one endless stroke
DOTS, DOT = 10, 2  # so many strokes in a row of at most so many points: dots

QUANTILES = (5, 25, 50, 75, 95)
HALF = 200  # points in which a hand is seen, and again as many in which it should still be the same


def measures(lines: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The samples of each measure over all lines; a stroke or word that the end of a line cuts off does not count.

    step_length, inside strokes; jump_length, of the pen in the air; stroke_length, along the ink; stroke_height;
    stroke_points; word_width; and of each line lift_rate, the share of points with a lift, and advance, the width
    for each point.
    """
    samples: dict[str, list] = {name: [] for name in MEASURES}
    for line in lines:
        length = np.hypot(*line[:, :2].T.astype(np.float64))[1:]  # (N - 1,) from the second point on
        lifted = line[:-1, 2] > 0.5
        samples["step_length"].append(length[~lifted])
        samples["jump_length"].append(length[lifted])
        finished = strokes(line)
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
    """The left and right edge of each word: a run of strokes (n, 2) with no gap of WORD_GAP between their inks."""
    edges: list[tuple[float, float]] = []
    for stroke in finished:
        left, right = float(stroke[:, 0].min()), float(stroke[:, 0].max())
        if edges and left - edges[-1][1] < WORD_GAP:
            edges[-1] = min(edges[-1][0], left), max(edges[-1][1], right)
        else:
            edges.append((left, right))
    return edges


def kept(lines: Sequence[np.ndarray]) -> dict[str, float]:
    """How well each line's first HALF points foretell the hand of the next HALF: by HAND, correlations over lines.

    Lines that are shorter do not count; fewer than three lines tell nothing, nor does a measure that is the same in
    all of them.
    """
    long = [line for line in lines if len(line) >= 2 * HALF]
    if len(long) < 3:
        return {}
    halves = np.array([[hand(line[:HALF]), hand(line[HALF : 2 * HALF])] for line in long])  # (n, 2, 4)
    varies = (halves.std(0) > 1e-6).all(0)  # (4,)
    return {
        name: float(np.corrcoef(halves[:, 0, i], halves[:, 1, i])[0, 1]) for i, name in enumerate(HAND) if varies[i]
    }


def slope(line: np.ndarray) -> float:
    """By how many degrees the line falls (below 0: rises): the least-squares line of y on x over its points."""
    x, y = np.cumsum(line[:, :2], axis=0, dtype=np.float64).T
    x, y = x - x.mean(), y - y.mean()
    return float(np.degrees(np.arctan2((x * y).sum(), (x * x).sum())))


def collapse(line: np.ndarray, window: int = WINDOW) -> str | None:
    """In what way the line is no writing: "on the spot", "endless stroke", "dots", or None if it is.

    A shorter `window` has its narrowest width shrunk with it.
    """
    x = np.cumsum(line[:, 0], dtype=np.float64)
    if len(x) >= window:
        windows = np.lib.stride_tricks.sliding_window_view(x, window)  # (N - window + 1, window)
        if (np.ptp(windows, axis=1) < NARROWEST * window / WINDOW).any():
            return "on the spot"
    ends = np.flatnonzero(line[:, 2] > 0.5)
    lengths = np.diff(ends, prepend=-1, append=len(line) - 1)  # points of each stroke, the unfinished one included
    if lengths.max(initial=0) > LONGEST_STROKE:
        return "endless stroke"
    short = lengths[:-1] <= DOT
    if len(short) >= DOTS and np.lib.stride_tricks.sliding_window_view(short, DOTS).all(1).any():
        return "dots"
    return None


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """The two-sample Kolmogorov-Smirnov distance of (n,) and (m,): the widest gap of their distribution functions."""
    everything = np.concatenate([a, b])
    below = [np.searchsorted(np.sort(sample), everything, side="right") / len(sample) for sample in (a, b)]
    return float(np.abs(below[0] - below[1]).max())


def quantiles(sample: np.ndarray) -> dict[str, float]:
    """The QUANTILES, by name."""
    return dict(zip(map(str, QUANTILES), np.percentile(sample, QUANTILES).tolist(), strict=True))
