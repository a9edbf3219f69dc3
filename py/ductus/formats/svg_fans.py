"""Fans over a line as an SVG drawing, in the colours that they have on the page."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus.formats.svg import NO_INK, X_HEIGHT_MM, Drawing, Layer, attribute
from ductus.ink import InkError

# This many steps make about 10 MB of text, the most that drawing programs handle well.
MAX_STEPS = 400_000
# In x-heights: line widths of the paths and of the ink; the radius of a ring at lift probability 0, and how much it
# grows to probability 1 (js-shims/fans/fans.js).
PATH_WIDTH, INK_WIDTH = 0.018, 0.03
RING_RADIUS, RING_GROWTH = 0.014, 0.105


class FanLayer(NamedTuple):
    """Paths (g, S, K, 2) in x-heights of S samples and K steps each from origins (g, 2), and their style.

    bins (g, S, K) are indices of `colours`, or larger where a step is not drawn; strengths (g, K) are opacities;
    lifts (g,) the probability that the pen is lifted at the origin.
    """

    origins: np.ndarray
    paths: np.ndarray
    bins: np.ndarray
    strengths: np.ndarray
    lifts: np.ndarray
    colours: list[str]


def render_slices(strokes: list[np.ndarray], fans: FanLayer, title: str) -> Generator[None, None, str]:
    """Return an SVG document of a line's strokes (n, 2) and fans over them, sized in millimetres, with pauses.

    One path element holds the steps of one sample of all fans that have one number and one colour, so overlapping
    samples add up, as they do on the page. Raises InkError for more than MAX_STEPS and for paths that are not finite.
    """
    count, samples, steps = fans.bins.shape
    if fans.bins.size > MAX_STEPS:
        raise InkError(
            f"{fans.bins.size:,} steps are too many for a drawing, at most {MAX_STEPS:,}: use fewer or shorter ones"
        )
    if not np.isfinite(fans.paths).all():
        raise InkError("a fan is not finite")
    drawn = fans.bins < len(fans.colours)  # (g, S, K)
    drawing = Drawing([*strokes, *([fans.paths[drawn]] if drawn.any() else [])])
    scale = 10**drawing.digits
    starts = np.concatenate(
        [np.broadcast_to(fans.origins[:, None, None], (count, samples, 1, 2)), fans.paths[:, :, :-1]], axis=2
    )  # (g, S, K, 2)
    begins = np.rint(starts * scale).astype(np.int64)
    offsets = np.rint(fans.paths * scale).astype(np.int64) - begins  # (g, S, K, 2)
    width = drawing.short(PATH_WIDTH)
    body = [f'<g id="fans" {NO_INK}="" fill="none" stroke-linecap="round" stroke-width="{width}">']
    for step in reversed(range(steps)):  # the last steps are the faintest, and lie below
        for strength in np.unique(fans.strengths[:, step]):
            alike = fans.strengths[:, step] == strength  # (g,)
            for sample in range(samples):
                bins = fans.bins[:, sample, step]  # (g,)
                for colour in np.unique(bins[alike & drawn[:, sample, step]]):
                    rows = np.flatnonzero(alike & (bins == colour))
                    numbers = np.concatenate([begins[rows, sample, step], offsets[rows, sample, step]], axis=1)
                    data = "".join(f"M{_grid(row[:2], scale)}l{_grid(row[2:], scale)}" for row in numbers.tolist())
                    stroke = attribute(fans.colours[colour])
                    body.append(f'<path stroke="{stroke}" opacity="{strength:.3g}" d="{data}"/>')
                yield
    body.append("</g>")
    body += drawing.group(Layer(strokes, "line", pen=INK_WIDTH))
    radii = RING_RADIUS + RING_GROWTH * np.sqrt(fans.lifts)  # (g,)
    circles = [
        f'<circle cx="{drawing.short(x)}" cy="{drawing.short(y)}" r="{drawing.short(r)}"/>'
        for (x, y), r in zip(fans.origins.tolist(), radii.tolist(), strict=True)
    ]
    body += [f'<g id="lifts" {NO_INK}="" fill="none" stroke="currentColor" stroke-width="{width}">', *circles, "</g>"]
    return drawing.document(body, title, x_height_mm=X_HEIGHT_MM)


def _grid(pair: list[int], scale: int) -> str:
    """Write two integers divided by `scale`, in the fewest characters."""
    digits = round(math.log10(scale))
    return " ".join(f"{number / scale:.{digits}f}".rstrip("0").rstrip(".") or "0" for number in pair)
