"""Ink as a drawing: one smooth single-line path a stroke, in an SVG of plain text.

The points of the pen clock are sparse on straights, so they are joined by curves, not by lines: a centripetal
Catmull-Rom spline (E. Catmull, R. Rom, 1974; exponent 1/2, for which C. Yuksel, S. Schaefer, J. Keyser, "On
the parameterization of Catmull-Rom curves", 2009, prove that no piece has a cusp or crosses itself), written
as the cubic Bezier curves that it is made of.  Text out depends on ink in and on nothing else.
"""

from __future__ import annotations

import html  # not xml.sax.saxutils, which brings half of the standard library along: a fifth of a second in a browser
import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ductus.ink import UNITS_PER_X_HEIGHT, InkError, as_stroke

# In x-heights: what looks like a fountain pen on ruled paper.
PEN = 0.09  # width of the line
MARGIN = 0.5  # around the ink
LEADING = 0.8  # between the lowest ink of a line and the highest of the next
FARTHEST = 1e6  # a drawing that large is no writing, and its numbers would not fit the grid
FINENESS = 400  # grid steps to an x-height, at least
# What an x-height is on paper, where a size is asked for: as small letters on paper ruled at 8 mm.
X_HEIGHT_MM = 3.0
# A file of its own has no text around it to take the colour from. As a picture on a dark page it is lighter, but not
# so light that a browser in dark mode, which still shows the file itself on white, would lose it.
COLOUR = "<style>svg:root{color:#222}@media(prefers-color-scheme:dark){svg:root{color:#8c8c8c}}</style>"


class Layer(NamedTuple):
    """Strokes (n, 2) that are drawn alike: their name, colour and opacity, and the width of the pen in x-heights."""

    strokes: list
    name: str = ""
    colour: str = "currentColor"
    opacity: float = 1.0
    pen: float = PEN


def render(
    lines: Sequence[Sequence],
    x_height: float = UNITS_PER_X_HEIGHT,
    title: str = "Handwriting",
    description: str = "",
    baselines: Sequence[float] | None = None,
) -> str:
    """An SVG document of lines of writing, each a list of strokes (n, 2) with y pointing down, one below the other.

    `x_height` is the ink's x-height in its own unit: it scales the pen and the margins. If `baselines` are given,
    each line of writing gets a dashed guide line at that y. Inside a page the ink takes the colour of the text around
    it. Raises InkError for ink that is not finite or farther than FARTHEST x-heights out.
    """
    if not 0 < x_height < math.inf:
        raise InkError(f"an x-height of {x_height} cannot be drawn")
    strokes, rules = _one_below_the_other(lines, x_height, baselines)
    sheet = Sheet(strokes, x_height)
    short = sheet.short
    rule = f'opacity=".4" stroke-width="{short(PEN * x_height / 3)}" stroke-dasharray="{short(x_height / 4)}"'
    guides = [f'<path d="M{short(sheet.left)} {short(y)}H{short(sheet.right)}" {rule}/>' for y in rules]
    return sheet.document(sheet.group(Layer(strokes), guides), title, description)


def render_layers(layers: Sequence[Layer], x_height_mm: float = X_HEIGHT_MM, title: str = "Handwriting") -> str:
    """An SVG document of layers of strokes in x-heights, with y pointing down, all where they are, in millimetres.

    A path a stroke, its centre line, and nothing is filled: as a plotter wants it. Raises InkError as `render` does.
    """
    layers = [
        layer._replace(strokes=[as_stroke(one, f"{layer.name}, stroke {i}") for i, one in enumerate(layer.strokes)])
        for layer in layers
    ]
    sheet = Sheet([stroke for layer in layers for stroke in layer.strokes if len(stroke)])
    body = [text for layer in layers for text in sheet.group(layer)]
    return sheet.document(body, title, x_height_mm=x_height_mm)


class Sheet:
    """What a drawing lies on: large enough for `strokes` (n, 2) and a margin around them, with a grid to round to.

    Raises InkError for ink farther than FARTHEST x-heights out.
    """

    def __init__(self, strokes: Sequence[np.ndarray], x_height: float = 1.0):
        corners = np.concatenate(strokes) if strokes else np.zeros((1, 2))
        if np.abs(corners).max() > FARTHEST * x_height:
            raise InkError(f"there is ink more than {FARTHEST:,.0f} x-heights out")
        edge = MARGIN * x_height
        self.x_height = x_height
        self.left, self.top = corners.min(0) - edge
        self.right, self.bottom = corners.max(0) + edge
        self.digits = min(max(math.ceil(math.log10(FINENESS / x_height)), 0), 9)

    def short(self, value: float) -> str:
        """A number on the grid, in the fewest characters."""
        return _short(round(value * 10**self.digits), self.digits)

    def group(self, layer: Layer, before: Iterable[str] = ()) -> list[str]:
        """A layer's elements, a path a stroke, after some others."""
        name = f'id="{attribute(layer.name)}" ' if layer.name else ""
        opacity = f' opacity="{layer.opacity:.3g}"' if layer.opacity < 1 else ""
        return [
            f'<g {name}fill="none" stroke="{attribute(layer.colour)}" '
            f'stroke-width="{self.short(layer.pen * self.x_height)}" '
            f'stroke-linecap="round" stroke-linejoin="round"{opacity}>',
            *before,
            *(f'<path d="{path_data(stroke, self.digits)}"/>' for stroke in layer.strokes if len(stroke)),
            "</g>",
        ]

    def document(
        self, body: Iterable[str], title: str, description: str = "", x_height_mm: float | None = None
    ) -> str:
        """The whole document, with these elements in it; with `x_height_mm` it has a size in millimetres."""
        width, height = self.right - self.left, self.bottom - self.top
        view = " ".join(map(self.short, (self.left, self.top, width, height)))
        size = ""
        if x_height_mm is not None:
            millimetres = [round(side * x_height_mm / self.x_height, 2) for side in (width, height)]
            size = f' width="{millimetres[0]:g}mm" height="{millimetres[1]:g}mm"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg"{size} viewBox="{view}" role="img">',
                f"<title>{_text(title)}</title>",
                COLOUR,
                *([f"<desc>{_text(description)}</desc>"] if description else []),
                *body,
                "</svg>",
                "",
            ]
        )


def _one_below_the_other(lines, x_height: float, baselines) -> tuple[list[np.ndarray], list[float]]:
    """All strokes of all lines, each line moved down clear of the one before, and the y of their baselines."""
    placed, rules, bottom = [], [], None
    for number, line in enumerate(lines):
        strokes = [as_stroke(stroke, f"line {number}, stroke {i}") for i, stroke in enumerate(line)]
        strokes = [stroke for stroke in strokes if len(stroke)]
        if not strokes:
            continue
        ink = np.concatenate(strokes)
        if np.abs(ink).max() > FARTHEST * x_height:
            raise InkError(f"line {number}: there is ink more than {FARTHEST:,.0f} x-heights out")
        down = 0.0 if bottom is None else bottom + LEADING * x_height - ink[:, 1].min()
        placed += [stroke + np.array([0.0, down]) for stroke in strokes]
        bottom = ink[:, 1].max() + down
        if baselines is not None:
            rules.append(float(baselines[number]) + down)
    return placed, rules


def path_data(stroke, digits: int = 2) -> str:
    """The `d` of an SVG path along a stroke (n, 2), to `digits` decimals; empty for a stroke without points.

    A stroke of one point, or of one place, is a line of no length: a round pen draws it as a dot.
    """
    xy = as_stroke(stroke)
    if not len(xy):
        return ""
    if not np.abs(xy).max() * 10.0**digits < 2**53:
        raise InkError("a coordinate is too large to be drawn")
    moved = np.concatenate([[True], (np.diff(xy, axis=0) != 0).any(1)])
    knots, controls = xy[moved], _controls(xy[moved])
    # Offsets between points of the grid, not rounded offsets: no error adds up along the stroke.
    grid = np.rint(np.concatenate([knots[:1], np.stack([*controls, knots[1:]], 1).reshape(-1, 2)]) * 10**digits)
    grid = grid.astype(np.int64)  # (1 + 3 pieces, 2)
    start = f"M{_short(grid[0, 0], digits)} {_short(grid[0, 1], digits)}"
    if len(knots) == 1:
        return start + "h0"
    corners = np.repeat(grid[:-1:3], 3, axis=0)  # (3 pieces, 2) where the piece of each number begins
    numbers = [_short(value, digits) for value in (grid[1:] - corners).ravel().tolist()]
    return start + "c" + " ".join(numbers).replace(" -", "-")  # a minus sign parts numbers well enough


def _controls(knots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inner Bezier points, twice (n - 1, 2), of the pieces of the spline through distinct knots (n, 2)."""
    if len(knots) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    ends = 2 * knots[:1] - knots[1:2], 2 * knots[-1:] - knots[-2:-1]  # the ends go straight on
    full = np.concatenate([ends[0], knots, ends[1]])  # (n + 2, 2)
    time = np.sqrt(np.hypot(*np.diff(full, axis=0).T))[:, None]  # (n + 1, 1) centripetal: root of the distance
    slope = np.diff(full, axis=0) / time  # (n + 1, 2)
    # velocity at a knot: that of the parabola through it and its two neighbours
    before, after = time[:-1], time[1:]
    velocity = (slope[:-1] * after + slope[1:] * before) / (before + after)  # (n, 2)
    inner = time[1:-1] / 3  # (n - 1, 1)
    return knots[:-1] + velocity[:-1] * inner, knots[1:] - velocity[1:] * inner


def _short(value: int, digits: int) -> str:
    """value / 10**digits in the fewest characters."""
    if not digits:
        return str(value)
    whole, rest = divmod(abs(int(value)), 10**digits)
    text = f"{whole or ''}.{rest:0{digits}d}".rstrip("0").rstrip(".")
    return ("-" if value < 0 else "") + (text or "0")


def attribute(words: str) -> str:
    """`words` for the value of an attribute, between double quotes."""
    return _text(words).replace('"', "&quot;")


def _text(words: str) -> str:
    """`words` for the inside of an element; characters that XML does not have become question marks."""
    return html.escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", words), quote=False)
