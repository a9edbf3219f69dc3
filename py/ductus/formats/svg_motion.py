"""Ink as an SVG drawing that writes itself, stroke after stroke, as the pen did.

Each path is one dash as long as itself, moved in by a CSS animation whose keyframes are the points of the pen clock,
so the pen is slow in bends and fast on straights. The animation runs once. A reader who prefers reduced motion, and a
program without CSS, has the finished drawing, which is that of svg.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ductus.formats.svg import PEN_WIDTH, X_HEIGHT_MM, Drawing, Layer, inner_points
from ductus.ink import InkError, as_stroke

# The pace at which the page writes: a quick hand, about two letters a second.
POINTS_PER_S = 60.0
MAX_POINTS = 20_000  # five minutes, and a megabyte of keyframes
SAMPLES = 12  # of the speed along a cubic piece: its length to about a thousandth


def render(
    layers: Sequence[Layer],
    x_height_mm: float = X_HEIGHT_MM,
    title: str = "Handwriting",
    points_per_s: float = POINTS_PER_S,
) -> str:
    """Return an animated SVG document of layers of strokes (n, 2) in x-heights, written one layer after the other.

    The strokes consist of points of the pen clock. Each takes 1 / `points_per_s`, so N points take N / points_per_s
    seconds. Raises InkError for more than MAX_POINTS, and as `svg.render_layers` does.
    """
    layers = [
        layer._replace(strokes=[as_stroke(one, f"{layer.name}, stroke {i}") for i, one in enumerate(layer.strokes)])
        for layer in layers
    ]
    strokes = [stroke for layer in layers for stroke in layer.strokes if len(stroke)]
    count = sum(map(len, strokes))
    if count > MAX_POINTS:
        raise InkError(f"{count:,} points are too many for an animation, at most {MAX_POINTS:,}: save a part of them")
    drawing = Drawing(strokes)
    rules, body, begun = [], [], 0
    for layer in layers:
        head, *paths, foot = drawing.group(layer)
        body.append(head)
        drawn = [stroke for stroke in layer.strokes if len(stroke)]
        for path, stroke in zip(paths, drawn, strict=True):
            name = f"s{len(rules)}"
            rules.append(_rule(name, stroke, begun / points_per_s, points_per_s, layer.pen))
            body.append(path.replace("<path ", f'<path class="{name}" pathLength="{_along(stroke)[-1]:.3f}" ', 1))
            begun += len(stroke)
        body.append(foot)
    style = "<style>@media(prefers-reduced-motion:no-preference){\n" + "\n".join(rules) + "\n}</style>"
    return drawing.document([style, *body], title, x_height_mm=x_height_mm)


def _rule(name: str, stroke: np.ndarray, begin: float, points_per_s: float, pen: float) -> str:
    """Return the CSS that writes a stroke (n, 2): its point i is reached (i + 1) / points_per_s after `begin`."""
    along = _along(stroke)  # (n,)
    # Before its first point the dash ends so far before the path that its round end is not seen.
    left = np.concatenate([[along[-1] + pen], along[-1] - along])  # (n + 1,)
    times = np.linspace(0, 100, len(left))
    frames = "".join(f"{time:.4g}%{{stroke-dashoffset:{rest:.3f}}}" for time, rest in zip(times, left, strict=True))
    dash = f"{along[-1]:.3f} {along[-1] + 2 * pen:.3f}"
    timing = f"{len(stroke) / points_per_s:.6g}s linear {begin:.6g}s both"
    return f".{name}{{stroke-dasharray:{dash};animation:{name} {timing}}}@keyframes {name}{{{frames}}}"


def _along(stroke: np.ndarray) -> np.ndarray:
    """Return how far along its curve each point of a stroke (n, 2) lies, (n,); a dot has the length of its mark."""
    moved = np.concatenate([[True], (np.diff(stroke, axis=0) != 0).any(1)])
    knots = stroke[moved]
    if len(knots) < 2:
        return np.full(len(stroke), PEN_WIDTH)
    first, second = inner_points(knots)
    ends = np.stack([knots[:-1], first, second, knots[1:]])  # (4, pieces, 2)
    t = ((np.arange(SAMPLES) + 0.5) / SAMPLES)[:, None, None]  # the midpoint rule
    sides = 3 * np.diff(ends, axis=0)  # (3, pieces, 2)
    speed = (1 - t) ** 2 * sides[0] + 2 * t * (1 - t) * sides[1] + t**2 * sides[2]  # (SAMPLES, pieces, 2)
    lengths = np.hypot(speed[..., 0], speed[..., 1]).mean(0)  # (pieces,)
    return np.concatenate([[0.0], np.cumsum(lengths)])[np.cumsum(moved) - 1]
