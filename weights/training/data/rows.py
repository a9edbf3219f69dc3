"""Turn the strokes of a page into level rows of writing: find the rows, level them, cut and join them.

Strokes are arrays (n, 2), y pointing down. Levelled ink has its x-height as the unit, its baseline on y = 0 and its
left edge at x = 0. The shipped training ink was prepared with these numbers, which were tuned by looking at rows that
were wrong.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ductus.x_height import turning_points

Strokes = list[np.ndarray]

MIN_POINTS, MAX_POINTS = (
    150,
    900,
)  # points of a row, to be a line and not too many steps
MIN_GOAL, MAX_GOAL = 250, 800  # bounds of the random target length


def split_rows(strokes: Strokes, x_height: float) -> list[Strokes]:
    """Cut ink into rows at each carriage return: down by a row and back to the left."""
    rows, row = [], []
    for stroke in strokes:
        if row:
            ink = np.concatenate(row)
            middle = np.median(ink[:, 1])
            below = stroke[:, 1].mean() - middle > 1.6 * x_height and stroke[:, 1].min() > middle
            if below and stroke[:, 0].mean() < ink[:, 0].max() - 1.5 * x_height:
                rows.append(row)
                row = []
        row.append(stroke)
    return [*rows, row] if row else rows


def baseline(strokes: Strokes, x_height: float, tilted: bool = True) -> tuple[float, float]:
    """Return the slope of a row's baseline and its level at x = 0, from the pen's lower turning points.

    The slope is 0 if the row is too short to show one, or is not `tilted`.
    """
    bottoms = turning_points(strokes, x_height)[1]
    ink = np.concatenate(strokes)
    if len(bottoms) < 2:
        return 0.0, float(np.percentile(ink[:, 1], 85))
    slope = 0.0
    if tilted and len(bottoms) >= 8 and np.ptp(ink[:, 0]) > 6 * x_height:
        near = np.ones(len(bottoms), bool)
        for _ in range(4):  # a robust fit: without the points far from the line, such as descenders and dots
            if near.sum() < 6:
                break
            slope, level = np.polyfit(*bottoms[near].T, 1)
            off = bottoms[:, 1] - slope * bottoms[:, 0] - level
            middle = np.median(off[near])
            reach = max(0.35 * x_height, 1.2 * np.median(np.abs(off[near] - middle)))
            near = np.abs(off - middle) < reach
        slope = float(np.clip(slope, -0.25, 0.25))
    # descenders and commas are lower, so the baseline is where the bottoms are densest, not their mean
    levels = np.sort(bottoms[:, 1] - slope * bottoms[:, 0])
    first = np.searchsorted(levels, levels - 0.25 * x_height, "right")
    last = np.searchsorted(levels, levels + 0.25 * x_height, "left")
    densest = int(np.argmax(last - first))
    return slope, float(levels[first[densest] : last[densest]].mean())


def level(strokes: Strokes, x_height: float, tilted: bool = True) -> Strokes:
    """Return the row rotated to be level, with x-height 1, its baseline on y = 0 and its left edge at x = 0."""
    slope, _ = baseline(strokes, x_height, tilted)
    angle = np.arctan(slope)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = [stroke @ turn for stroke in strokes]
    corner = np.array([min(stroke[:, 0].min() for stroke in turned), baseline(turned, x_height, False)[1]])
    return [(stroke - corner) / x_height for stroke in turned]


def is_plain(strokes: Strokes) -> bool:
    """Return whether levelled ink is one row of writing without leaps."""
    heights = np.concatenate(strokes)[:, 1]
    low, high = np.percentile(heights, [1, 99])
    if high > 3.2 or low < -4.0 or heights.max() > 4.5 or heights.min() < -5.5:
        return False
    leaps = np.array([after[0] - before[-1] for before, after in pairwise(strokes)])
    leaps = leaps.reshape(-1, 2)
    return bool((leaps[:, 0] <= 8).all() and (leaps[:, 0] >= -14).all() and (np.abs(leaps[:, 1]) <= 4.5).all())


def gaps(strokes: Strokes) -> np.ndarray:
    """Return how far each stroke starts to the right of all ink before it (negative: overlap); 0 for the first."""
    lefts = np.array([stroke[:, 0].min() for stroke in strokes])
    rights = np.maximum.accumulate([stroke[:, 0].max() for stroke in strokes])
    return np.concatenate([[0.0], lefts[1:] - rights[:-1]])


def pieces(strokes: Strokes) -> list[Strokes]:
    """Cut a row at its widest gap near the middle until no piece has over MAX_POINTS; none if there is no gap."""
    counts = np.array([len(stroke) for stroke in strokes])
    if counts.sum() <= MAX_POINTS:
        return [strokes]
    before = (np.cumsum(counts) - counts) / counts.sum()
    gap = gaps(strokes)
    for edge in (0.38, 0.2):
        near = np.flatnonzero((before > edge) & (before < 1 - edge))
        if len(near) and gap[near].max() > 0.4:
            cut = near[int(np.argmax(gap[near]))]
            return pieces(strokes[:cut]) + pieces(strokes[cut:])
    return []


def word_gap(rows: list[Strokes]) -> float:
    """Return a gap between words, in x-heights, that is clearly wider than this writer's gaps between letters."""
    inner = np.concatenate([np.zeros(1), *(gaps(row)[1:] for row in rows[:60])])
    inner = inner[inner > 0]
    return max(1.3, 2.0 * float(np.percentile(inner, 75))) if len(inner) > 10 else 1.3


def pack(rows: list[Strokes], rng: np.random.Generator, gap: float) -> list[Strokes]:
    """Join rows and words, in order, to rows of MIN_POINTS to MAX_POINTS points; drop the rest."""
    packed, row, count = [], [], 0
    goal = rng.uniform(MIN_GOAL, MAX_GOAL)
    for piece in rows:
        size = sum(map(len, piece))
        if row and count + size > MAX_POINTS:
            if count >= MIN_POINTS:
                packed.append(row)
            row, count, goal = [], 0, rng.uniform(MIN_GOAL, MAX_GOAL)
        shift = gap * float(np.clip(rng.normal(1.0, 0.2), 0.6, 1.6))
        if row:
            end = max(stroke[:, 0].max() for stroke in row)
            start = min(stroke[:, 0].min() for stroke in piece)
            piece = [stroke + np.array([end + shift - start, 0.0]) for stroke in piece]
        row, count = row + piece, count + size
        if count >= max(goal, MIN_POINTS):
            packed.append(row)
            row, count, goal = [], 0, rng.uniform(MIN_GOAL, MAX_GOAL)
    return [*packed, row] if count >= MIN_POINTS else packed
