"""The basic shapes, lengths and transforms of SVG (SVG 2, chapters 7, 8 and 10)."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

import numpy as np

from ductus.formats import svg_path
from ductus.formats.svg_path import arc_pieces, numbers
from ductus.ink import InkError

# CSS pixels of a unit; em, ex and rem stand for text of the usual 16 pixels.
_PIXELS = {"": 1.0, "px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pt": 96 / 72}
_PIXELS |= {"pc": 16.0, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0}
_SPACE = " \t\r\n\f"
_LENGTH = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)([a-zA-Z]{0,3}|%)")
_TRANSFORM = re.compile(rf"(matrix|translate|scale|rotate|skewX|skewY)[{_SPACE}]*\(([^()]*)\)[{_SPACE},]*")
_COUNTS = {"matrix": (6,), "translate": (1, 2), "scale": (1, 2), "rotate": (1, 3), "skewX": (1,), "skewY": (1,)}
MAX_TRANSFORMS = 1000
IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
SHAPES = ("path", "line", "polyline", "polygon", "rect", "circle", "ellipse")


class Viewport(NamedTuple):
    """The width and height, in user units, that percentages are of."""

    width: float
    height: float

    @property
    def diagonal(self) -> float:
        """Return what a percentage is of that is neither a width nor a height."""
        return math.hypot(self.width, self.height) / math.sqrt(2)


def length(text: str | None, whole: float, otherwise: float = 0.0) -> float:
    """Return a length in user units; a percentage is of `whole`, and without a text it is `otherwise`.

    Raises InkError if it is no length.
    """
    if text is None:
        return otherwise
    match = _LENGTH.fullmatch(text.strip(_SPACE))
    unit = match[2].lower() if match else None
    if match is None or not (unit == "%" or unit in _PIXELS):
        raise InkError(f"{text[:40]!r} is not a length")
    value = float(match[1]) * (whole / 100 if unit == "%" else _PIXELS[unit])
    if not abs(value) <= svg_path.MAX_NUMBER:
        raise InkError(f"a length is larger than {svg_path.MAX_NUMBER:.0e}")
    return value


def transform(text: str) -> np.ndarray:
    """Return the matrix (2, 3) of a transform attribute: a place p becomes matrix @ (p, 1). Raises InkError."""
    matrix, position, text = IDENTITY, 0, text.strip(_SPACE)
    for _ in range(MAX_TRANSFORMS):
        if position == len(text):
            return matrix
        match = _TRANSFORM.match(text, position)
        if match is None:
            break
        values = numbers(match[2], 6)
        if len(values) not in _COUNTS[match[1]]:
            break
        matrix = compose(matrix, _one_transform(match[1], values))
        position = match.end()
    raise InkError(f"its transform {text[:60]!r} cannot be read")


def compose(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Return the matrix (2, 3) that applies `inner`, then `outer`."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.column_stack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def _one_transform(name: str, values: list[float]) -> np.ndarray:
    if name == "matrix":
        return np.array(values).reshape(3, 2).T
    if name == "translate":
        return np.array([[1.0, 0.0, values[0]], [0.0, 1.0, values[1] if len(values) > 1 else 0.0]])
    if name == "scale":
        return np.array([[values[0], 0.0, 0.0], [0.0, values[-1], 0.0]])
    angle = math.radians(values[0] % 360)
    if name == "rotate":
        cos, sin = math.cos(angle), math.sin(angle)
        x, y = values[1:] or (0.0, 0.0)
        return np.array([[cos, -sin, x - cos * x + sin * y], [sin, cos, y - sin * x - cos * y]])
    tan = math.tan(angle)
    return np.array([[1.0, tan, 0.0], [0.0, 1.0, 0.0]] if name == "skewX" else [[1.0, 0.0, 0.0], [tan, 1.0, 0.0]])


def view_box(text: str | None) -> tuple[float, float, float, float] | None:
    """Return a viewBox (left, top, width, height), None if there is none or it is empty. Raises InkError."""
    if text is None:
        return None
    box = numbers(text, 4)
    if len(box) != 4:
        raise InkError(f"its viewBox {text[:60]!r} has {len(box)} numbers, not 4")
    left, top, width, height = box
    return (left, top, width, height) if width > 0 and height > 0 else None


def fit(box: tuple[float, float, float, float], width: float, height: float, aspect: str) -> np.ndarray:
    """Return the matrix (2, 3) that shows a viewBox in a viewport, by its preserveAspectRatio (SVG 2, 8.2)."""
    left, top, wide, high = box
    scales = np.array([width / wide, height / high])
    words = aspect.split() or ["xMidYMid"]
    if words[0] == "none":
        spare = np.zeros(2)
    else:
        scales[:] = scales.max() if words[-1] == "slice" else scales.min()
        spare = np.array([width, height]) - scales * [wide, high]
    part = [{"Min": 0.0, "Max": 1.0}.get(words[0][start : start + 3], 0.5) for start in (1, 5)]
    offset = spare * part - scales * [left, top]
    return np.array([[scales[0], 0.0, offset[0]], [0.0, scales[1], offset[1]]])


def curves(name: str, element: ElementTree.Element, viewport: Viewport, limit: int) -> list[np.ndarray]:
    """Return the curves (k, 4, 2) of an element that is one of SHAPES, at most `limit`, in its own user units.

    A shape whose size is 0 is not drawn, as the standard says. Raises InkError that names what cannot be read.
    """

    def get(attribute: str, whole: float, otherwise: float = 0.0) -> float:
        return length(element.get(attribute), whole, otherwise)

    if name == "path":
        return svg_path.parse(element.get("d", ""), limit)
    if name in ("polyline", "polygon"):
        return _polyline(element.get("points", ""), name == "polygon", limit)
    width, height, diagonal = viewport.width, viewport.height, viewport.diagonal
    if name == "line":
        ends = [[get("x1", width), get("y1", height)], [get("x2", width), get("y2", height)]]
        return [svg_path.lines(np.array(ends))]
    if name == "rect":
        return _rect(element, get("x", width), get("y", height), get("width", width), get("height", height), viewport)
    if name == "circle":
        rx = ry = get("r", diagonal)
    else:
        rx, ry = _radii(element, viewport)
    if min(rx, ry) <= 0:
        return []
    centre = [get("cx", width), get("cy", height)]
    return [arc_pieces(0.0, math.tau) * [rx, ry] + centre]


def _polyline(text: str, closed: bool, limit: int) -> list[np.ndarray]:
    values = numbers(text, 2 * limit)
    if len(values) % 2:
        raise InkError(f"its points are {len(values)} numbers, not pairs")
    places = np.array(values).reshape(-1, 2)
    if closed:
        places = np.concatenate([places, places[:1]])
    return [svg_path.lines(places)] if len(places) > 1 else []


def _radii(element: ElementTree.Element, viewport: Viewport) -> tuple[float, float]:
    """Return rx and ry; one that is not stated is as large as the other."""
    rx, ry = (None if element.get(name) == "auto" else element.get(name) for name in ("rx", "ry"))
    x, y = length(rx, viewport.width, -1.0), length(ry, viewport.height, -1.0)
    if x < 0 and y < 0:
        return 0.0, 0.0
    return (y, y) if x < 0 else (x, x) if y < 0 else (x, y)


def _rect(element, x: float, y: float, width: float, height: float, viewport: Viewport) -> list[np.ndarray]:
    if min(width, height) <= 0:
        return []
    rx, ry = _radii(element, viewport)
    rx, ry = min(rx, width / 2), min(ry, height / 2)
    right, bottom = x + width, y + height
    if not (rx and ry):
        return [svg_path.lines(np.array([[x, y], [right, y], [right, bottom], [x, bottom], [x, y]]))]
    # Clockwise on the screen from the end of the upper left corner: a side, then the corner after it.
    places = [(x + rx, y), (right - rx, y), (right, y + ry), (right, bottom - ry)]
    places += [(right - rx, bottom), (x + rx, bottom), (x, bottom - ry), (x, y + ry), (x + rx, y)]
    centres = [(right - rx, y + ry), (right - rx, bottom - ry), (x + rx, bottom - ry), (x + rx, y + ry)]
    pieces = []
    for side, centre in enumerate(centres):
        pieces.append(svg_path.lines(np.array(places[2 * side : 2 * side + 2])))
        pieces.append(arc_pieces((side - 1) * math.pi / 2, math.pi / 2) * [rx, ry] + centre)
    return [np.concatenate(pieces)]
