"""Fans over a line as a drawing: every sampled way a path of its own, in the colours that it has on the page."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus.formats.svg import X_HEIGHT_MM, Layer, Sheet, attribute
from ductus.ink import InkError

# So many steps make some 10 MB of text; a drawing programme wants no more.
MAX_STEPS = 400_000
# In x-heights: the line of a way and that of the ink; the radius of a ring at no chance of a lift, and how much more
# it is at certainty (js-shims/fans/fans.js).
WAY, INK, RINGS = 0.018, 0.03, (0.014, 0.105)


class Fans(NamedTuple):
    """Ways (g, S, K, 2) in x-heights from places (g, 2), each of S samples and K steps, and how they are drawn.

    bins (g, S, K) are indices of `colours`, or larger where a step is not drawn; strengths (g, K) are opacities;
    lifts (g,) the chance that the pen is lifted at the place.
    """

    origins: np.ndarray
    ways: np.ndarray
    bins: np.ndarray
    strengths: np.ndarray
    lifts: np.ndarray
    colours: list[str]


def render_slices(strokes: list[np.ndarray], fans: Fans, title: str) -> Generator[None, None, str]:
    """An SVG document of a line's strokes (n, 2) and fans over them, in millimetres, with pauses.

    One path holds the steps of one sample of all fans that have one number and one colour, so that many samples on
    one place add up, as they do on the page. Raises InkError for more than MAX_STEPS, for ways not finite.
    """
    count, samples, steps = fans.bins.shape
    if fans.bins.size > MAX_STEPS:
        raise InkError(
            f"{fans.bins.size:,} steps are too many for a drawing, {MAX_STEPS:,} the most: fewer ways or shorter ones"
        )
    if not np.isfinite(fans.ways).all():
        raise InkError("a fan is not finite")
    drawn = fans.bins < len(fans.colours)  # (g, S, K)
    sheet = Sheet([*strokes, *([fans.ways[drawn]] if drawn.any() else [])])
    scale = 10**sheet.digits
    starts = np.concatenate(
        [np.broadcast_to(fans.origins[:, None, None], (count, samples, 1, 2)), fans.ways[:, :, :-1]], axis=2
    )  # (g, S, K, 2)
    begins = np.rint(starts * scale).astype(np.int64)
    offsets = np.rint(fans.ways * scale).astype(np.int64) - begins  # (g, S, K, 2)
    body = ['<g id="fans" fill="none" stroke-linecap="round" ' + f'stroke-width="{sheet.short(WAY)}">']
    for step in reversed(range(steps)):  # the last are the palest, and lie below
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
    body += sheet.group(Layer(strokes, "line", pen=INK))
    radii = RINGS[0] + RINGS[1] * np.sqrt(fans.lifts)  # (g,)
    circles = [
        f'<circle cx="{sheet.short(x)}" cy="{sheet.short(y)}" r="{sheet.short(r)}"/>'
        for (x, y), r in zip(fans.origins.tolist(), radii.tolist(), strict=True)
    ]
    body += [f'<g id="lifts" fill="none" stroke="currentColor" stroke-width="{sheet.short(WAY)}">', *circles, "</g>"]
    return sheet.document(body, title, x_height_mm=X_HEIGHT_MM)


def _grid(pair: list[int], scale: int) -> str:
    """Two whole numbers of 1 / scale."""
    digits = round(math.log10(scale))
    return " ".join(f"{number / scale:.{digits}f}".rstrip("0").rstrip(".") or "0" for number in pair)
