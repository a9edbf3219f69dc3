"""Ink as an SVG drawing: one smooth path per stroke, its centre line.

The points of the pen clock are sparse on straights, so they are joined by curves, not by lines: a centripetal
Catmull-Rom spline (E. Catmull, R. Rom, 1974; exponent 1/2, for which C. Yuksel, S. Schaefer, J. Keyser, "On
the parameterization of Catmull-Rom curves", 2009, prove that no piece has a cusp or crosses itself), written as cubic
Bezier curves. The same ink always gives the same text.
"""

from __future__ import annotations

import html  # not xml.sax.saxutils, which brings half of the standard library along: a fifth of a second in a browser
import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ductus.ink import UNITS_PER_X_HEIGHT, InkError, as_stroke

# In x-heights: the proportions of a fountain pen on ruled paper.
PEN_WIDTH = 0.09
MARGIN = 0.5  # around the ink
LEADING = 0.8  # between the lowest ink of a line and the highest of the next
MAX_DISTANCE = 1e6  # a larger drawing is not writing, and its numbers would not fit the grid
GRID_PER_X_HEIGHT = 400  # the minimum resolution of coordinates
DOT = 10  # steps of that grid: at most a fortieth of an x-height
# Millimetres of an x-height in drawings that have a size: that of small letters on paper ruled at 8 mm.
X_HEIGHT_MM = 3.0
# A file opened by itself inherits no text colour. On a dark page the ink is lighter, but still visible where a
# browser in dark mode shows the file on white.
COLOUR = "<style>svg:root{color:#222}@media(prefers-color-scheme:dark){svg:root{color:#8c8c8c}}</style>"


# Attributes by which svg_read.py finds the ink again: the x-height in user units, the number of the line of writing
# that a group holds, and a group that is no ink.
X_HEIGHT, LINE, NO_INK = "data-x-height", "data-line", "data-no-ink"


class Layer(NamedTuple):
    """Strokes (n, 2) of one style: name, colour, opacity, and the width of the pen in x-heights.

    `line` is the number of the line of writing that they are, if there are several; `ink` is false for what was not
    written by the hand that the drawing shows.
    """

    strokes: list
    name: str = ""
    colour: str = "currentColor"
    opacity: float = 1.0
    pen: float = PEN_WIDTH
    line: int | None = None
    ink: bool = True


def render(
    lines: Sequence[Sequence],
    x_height: float = UNITS_PER_X_HEIGHT,
    title: str = "Handwriting",
    description: str = "",
    baselines: Sequence[float] | None = None,
) -> str:
    """Return an SVG document of lines of writing, each a list of strokes (n, 2), y down, one line below another.

    `x_height` is the ink's x-height in its own unit: it scales the pen and the margins. With `baselines`, each line
    of writing gets a dashed guide at that y. Inside a page the ink has the colour of the surrounding text.
    Raises InkError for ink that is not finite or farther than MAX_DISTANCE x-heights from the origin.
    """
    if not 0 < x_height < math.inf:
        raise InkError(f"an x-height of {x_height} cannot be drawn")
    placed, rules = _stack_lines(lines, x_height, baselines)
    drawing = Drawing([stroke for line in placed for stroke in line], x_height)
    short = drawing.short
    rule = f'opacity=".4" stroke-width="{short(PEN_WIDTH * x_height / 3)}" stroke-dasharray="{short(x_height / 4)}"'
    guides = [
        f'<path {NO_INK}="" d="M{short(drawing.left)} {short(y)}H{short(drawing.right)}" {rule}/>' for y in rules
    ]
    layers = [Layer(line, line=number if len(placed) > 1 else None) for number, line in enumerate(placed)]
    body = [*drawing.group(layers[0] if layers else Layer([]), guides)]
    body += [text for layer in layers[1:] for text in drawing.group(layer)]
    return drawing.document(body, title, description)


def render_layers(layers: Sequence[Layer], x_height_mm: float = X_HEIGHT_MM, title: str = "Handwriting") -> str:
    """Return an SVG document of layers of strokes in x-heights, y down, at their places, sized in millimetres.

    One unfilled path per stroke, its centre line, as plotters need it. Raises InkError as `render` does.
    """
    layers = [
        layer._replace(strokes=[as_stroke(one, f"{layer.name}, stroke {i}") for i, one in enumerate(layer.strokes)])
        for layer in layers
    ]
    drawing = Drawing([stroke for layer in layers for stroke in layer.strokes if len(stroke)])
    body = [text for layer in layers for text in drawing.group(layer)]
    return drawing.document(body, title, x_height_mm=x_height_mm)


def stack(lines: Sequence[Sequence], x_height: float = 1.0) -> list[list[np.ndarray]]:
    """Return lines of writing, each a list of strokes (n, 2), moved below one another; those without ink vanish.

    Raises InkError as `render` does.
    """
    return _stack_lines(lines, x_height, None)[0]


class Drawing:
    """The box of a drawing, which holds `strokes` (n, 2) and a margin, and the grid to which it is rounded.

    Raises InkError for ink farther than MAX_DISTANCE x-heights from the origin.
    """

    def __init__(self, strokes: Sequence[np.ndarray], x_height: float = 1.0):
        corners = np.concatenate(strokes) if strokes else np.zeros((1, 2))
        if np.abs(corners).max() > MAX_DISTANCE * x_height:
            raise InkError(f"there is ink more than {MAX_DISTANCE:,.0f} x-heights from the origin")
        edge = MARGIN * x_height
        self.x_height = x_height
        self.left, self.top = corners.min(0) - edge
        self.right, self.bottom = corners.max(0) + edge
        self.digits = min(max(math.ceil(math.log10(GRID_PER_X_HEIGHT / x_height)), 0), 9)

    def short(self, value: float) -> str:
        """Round a number to the grid and write it in the fewest characters."""
        return _short(round(value * 10**self.digits), self.digits)

    def group(self, layer: Layer, before: Iterable[str] = ()) -> list[str]:
        """Return a layer's elements, one path per stroke, after the elements `before`."""
        name = f'id="{attribute(layer.name)}" ' if layer.name else ""
        opacity = f' opacity="{layer.opacity:.3g}"' if layer.opacity < 1 else ""
        kind = "" if layer.line is None else f'{LINE}="{layer.line}" '
        kind += "" if layer.ink else f'{NO_INK}="" '
        return [
            f'<g {name}{kind}fill="none" stroke="{attribute(layer.colour)}" '
            f'stroke-width="{self.short(layer.pen * self.x_height)}" '
            f'stroke-linecap="round" stroke-linejoin="round"{opacity}>',
            *before,
            *(f'<path d="{path_data(stroke, self.digits)}"/>' for stroke in layer.strokes if len(stroke)),
            "</g>",
        ]

    def document(
        self, body: Iterable[str], title: str, description: str = "", x_height_mm: float | None = None
    ) -> str:
        """Return the document of these elements; with `x_height_mm` it has a size in millimetres."""
        width, height = self.right - self.left, self.bottom - self.top
        view = " ".join(map(self.short, (self.left, self.top, width, height)))
        size = ""
        if x_height_mm is not None:
            millimetres = [round(side * x_height_mm / self.x_height, 2) for side in (width, height)]
            size = f' width="{millimetres[0]:g}mm" height="{millimetres[1]:g}mm"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg"{size} viewBox="{view}" {X_HEIGHT}="{self.x_height:.9g}" '
                'role="img">',
                f"<title>{_text(title)}</title>",
                COLOUR,
                *([f"<desc>{_text(description)}</desc>"] if description else []),
                *body,
                "</svg>",
                "",
            ]
        )


def _stack_lines(lines, x_height: float, baselines) -> tuple[list[list[np.ndarray]], list[float]]:
    """Return the strokes of each line that has some, moved below the line before, and the y of their baselines."""
    placed, rules, bottom = [], [], None
    for number, line in enumerate(lines):
        strokes = [as_stroke(stroke, f"line {number}, stroke {i}") for i, stroke in enumerate(line)]
        strokes = [stroke for stroke in strokes if len(stroke)]
        if not strokes:
            continue
        ink = np.concatenate(strokes)
        if np.abs(ink).max() > MAX_DISTANCE * x_height:
            raise InkError(f"line {number}: there is ink more than {MAX_DISTANCE:,.0f} x-heights from the origin")
        down = 0.0 if bottom is None else bottom + LEADING * x_height - ink[:, 1].min()
        placed.append([stroke + np.array([0.0, down]) for stroke in strokes])
        bottom = ink[:, 1].max() + down
        if baselines is not None:
            rules.append(float(baselines[number]) + down)
    return placed, rules


def path_data(stroke, digits: int = 2) -> str:
    """Return the `d` of an SVG path along a stroke (n, 2), to `digits` decimals; empty for a stroke without points.

    A stroke of one point, or of one place, is a line of DOT steps of the grid: a round pen draws it as a dot, and a
    plotter's program does not leave it out, as it does with a line of length 0.
    Raises InkError if a coordinate is not finite or too large.
    """
    xy = as_stroke(stroke)
    if not len(xy):
        return ""
    if not np.abs(xy).max() * 10.0**digits < 2**53:
        raise InkError("a coordinate is too large to be drawn")
    moved = np.concatenate([[True], (np.diff(xy, axis=0) != 0).any(1)])
    knots, controls = xy[moved], inner_points(xy[moved])
    # Offsets between points of the grid, not rounded offsets, so errors do not accumulate along the stroke.
    grid = np.rint(np.concatenate([knots[:1], np.stack([*controls, knots[1:]], 1).reshape(-1, 2)]) * 10**digits)
    grid = grid.astype(np.int64)  # (1 + 3 pieces, 2)
    start = f"M{_short(grid[0, 0], digits)} {_short(grid[0, 1], digits)}"
    if len(knots) == 1:
        return start + "h" + _short(DOT, digits)
    corners = np.repeat(grid[:-1:3], 3, axis=0)  # (3 pieces, 2) the start of each number's piece
    numbers = [_short(value, digits) for value in (grid[1:] - corners).ravel().tolist()]
    return start + "c" + " ".join(numbers).replace(" -", "-")  # a minus sign separates numbers


def inner_points(knots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the inner Bezier points, twice (n - 1, 2), of the pieces of the spline through distinct knots (n, 2)."""
    if len(knots) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    ends = 2 * knots[:1] - knots[1:2], 2 * knots[-1:] - knots[-2:-1]  # the ends go straight on
    full = np.concatenate([ends[0], knots, ends[1]])  # (n + 2, 2)
    time = np.sqrt(np.hypot(*np.diff(full, axis=0).T))[:, None]  # (n + 1, 1) centripetal: root of the distance
    slope = np.diff(full, axis=0) / time  # (n + 1, 2)
    # the velocity at a knot is that of the parabola through it and its two neighbours
    before, after = time[:-1], time[1:]
    velocity = (slope[:-1] * after + slope[1:] * before) / (before + after)  # (n, 2)
    inner = time[1:-1] / 3  # (n - 1, 1)
    return knots[:-1] + velocity[:-1] * inner, knots[1:] - velocity[1:] * inner


def _short(value: int, digits: int) -> str:
    """Write value / 10**digits in the fewest characters."""
    if not digits:
        return str(value)
    whole, rest = divmod(abs(int(value)), 10**digits)
    text = f"{whole or ''}.{rest:0{digits}d}".rstrip("0").rstrip(".")
    return ("-" if value < 0 else "") + (text or "0")


def attribute(words: str) -> str:
    """Escape `words` for the value of an attribute in double quotes."""
    return _text(words).replace('"', "&quot;")


def _text(words: str) -> str:
    """Escape `words` for the content of an element; characters that XML forbids become question marks."""
    return html.escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", words), quote=False)
