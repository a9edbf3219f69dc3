"""Ink from an SVG drawing: the lines of its paths and basic shapes, in CSS pixels, in the order of the document.

What is read: path, line, polyline, polygon, rect, circle and ellipse, in g, a, switch and svg, with their transform,
viewBox and units. A closed shape is its outline. What a pen does not draw (text, pictures, copies by `use`, what is
hidden) is left out and named. Style sheets are not applied: style and presentation attributes are.

Curves become points within svg_path.TOLERANCE. The file is untrusted: every size is bounded (safe_xml.py).
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from typing import NamedTuple

import numpy as np

from ductus.formats import svg_shapes
from ductus.formats.content import ParsedInk, name_counts
from ductus.formats.svg import LINE, NO_INK, X_HEIGHT
from ductus.formats.svg_path import flatten
from ductus.formats.svg_shapes import IDENTITY, SHAPES, Viewport, compose, fit, length, transform, view_box
from ductus.ink import InkError, as_stroke

NAMESPACE = "http://www.w3.org/2000/svg"
MAX_POINTS = 1_000_000  # over all strokes; 2,000 lines of writing
MAX_STROKES = 50_000
MAX_COORDINATE = 1e12  # pixels: the squares of distances stay exact enough to count the steps of a curve
# Elements that draw nothing where they stand; others that are not read are named.
_NOT_DRAWN = re.compile(
    "defs|symbol|clipPath|mask|marker|pattern|linearGradient|radialGradient|filter|title|desc|metadata|script|style|"
    "view|cursor|font|color-profile|set|animate(Transform|Motion|Color)?"
)
_GROUPS = ("svg", "g", "a", "switch")
_INHERITED = ("visibility", "stroke", "fill")
_RULES = "a style sheet that hides or moves"


class _Style(NamedTuple):
    """What children inherit: whether they are visible, and whether their line and their inside are painted."""

    visible: bool = True
    stroked: bool = False
    filled: bool = True


def from_tree(root: ElementTree.Element) -> ParsedInk:
    """Return the strokes (n, 2) of an SVG document, a list for each line that it states.

    Raises InkError that names the element by its number among those of its name, or says that nothing was drawn.
    """
    if _name(root) != "svg":
        raise InkError(f"not SVG: the root element is <{root.tag[:80]}>")
    reader = _Reader(root)
    reader.walk(root, IDENTITY, _Style(), Viewport(math.nan, math.nan))
    skipped = name_counts(reader.skipped)
    lines = [line for line in reader.lines if line]
    if skipped and not lines:
        raise InkError(f"there is nothing in it that a pen draws, only {skipped}")
    return ParsedInk(lines, True, reader.x_height, foreign=True, skipped=skipped)


def _name(element: ElementTree.Element) -> str:
    """Return the name of an SVG element (files without a namespace are read too), "" for other namespaces."""
    namespace, _, name = element.tag.rpartition("}")
    return name if namespace in ("", "{" + NAMESPACE) else ""


class _Reader:
    """The state of reading: the strokes so far, and what was left out."""

    def __init__(self, root: ElementTree.Element):
        self.lines: list[list[np.ndarray]] = [[]]
        self.skipped: Counter[str] = Counter()
        self.x_height: float | None = None
        self._counts: Counter[str] = Counter()  # of shapes by name, for messages
        self._points = self._strokes = 0
        sheets = [element.text or "" for element in root.iter() if _name(element) == "style"]
        self._has_sheet = any(sheets)
        if any(word in sheet for sheet in sheets for word in ("display", "visibility", "transform")):
            self.skipped[_RULES] += 1

    def walk(self, element, matrix: np.ndarray, style: _Style, viewport: Viewport) -> None:
        """Read an element and its children; `matrix` (2, 3) leads from its parent's user units to pixels."""
        name = _name(element)
        if not name or _NOT_DRAWN.fullmatch(name):
            return
        if name not in _GROUPS and name not in SHAPES:
            self.skipped[f"<{name[:40]}>"] += 1
            return
        self._counts[name] += 1
        properties = _properties(element)
        if properties.get("display") == "none":
            self.skipped[f"hidden <{name}>"] += 1
            return
        if element.get(NO_INK) is not None:
            self.skipped[f"<{name}> that is no ink"] += 1
            return
        if "transform" in properties:
            self.skipped[f"transform in the style of <{name}>"] += 1
        style = _inherit(style, properties)
        try:
            if element.get("transform"):
                matrix = compose(matrix, transform(element.get("transform")))
            if name == "svg":
                matrix, viewport = self._enter(element, matrix, viewport)
            elif name in SHAPES:
                self._shape(name, element, matrix, style, viewport)
        except InkError as error:
            raise InkError(f"<{name}> number {self._counts[name]}: {error}") from None
        if name in _GROUPS:
            if element.get(LINE) is not None:
                self.lines.append([])
            for child in element:
                self.walk(child, matrix, style, viewport)

    def _enter(self, element, matrix: np.ndarray, outer: Viewport) -> tuple[np.ndarray, Viewport]:
        """Return the matrix (2, 3) and the viewport inside an <svg>, by its size, place and viewBox."""
        box = view_box(element.get("viewBox"))
        whole = outer
        root = math.isnan(outer.width)
        if root:  # the window's size is not known: its drawing is shown at its own
            whole = Viewport(*(box[2:] if box else (100.0, 100.0)))
        width = length(element.get("width"), whole.width, whole.width)
        height = length(element.get("height"), whole.height, whole.height)
        if root and box:  # a size that is not stated follows from the other
            wide, high = (_absolute(element.get(side)) for side in ("width", "height"))
            if wide and not high:
                height = width * box[3] / box[2]
            elif high and not wide:
                width = height * box[2] / box[3]
        if not root:
            x, y = length(element.get("x"), whole.width), length(element.get("y"), whole.height)
            matrix = compose(matrix, np.array([[1.0, 0.0, x], [0.0, 1.0, y]]))
        viewport = Viewport(width, height)
        if box and min(width, height) > 0:
            matrix = compose(matrix, fit(box, width, height, element.get("preserveAspectRatio", "")))
            viewport = Viewport(box[2], box[3])
        if root and element.get(X_HEIGHT) is not None:
            height = length(element.get(X_HEIGHT), math.nan) * math.sqrt(abs(np.linalg.det(matrix[:, :2])))
            if not 0 < height < math.inf:
                raise InkError(f"its {X_HEIGHT} is not a height: {element.get(X_HEIGHT)[:40]!r}")
            self.x_height = height
        return matrix, viewport

    def _shape(self, name: str, element, matrix: np.ndarray, style: _Style, viewport: Viewport) -> None:
        if not style.visible:
            self.skipped[f"hidden <{name}>"] += 1
            return
        drawn = svg_shapes.curves(name, element, viewport, MAX_POINTS - self._points)
        for pieces in drawn:
            with np.errstate(over="ignore", invalid="ignore"):
                placed = pieces @ matrix[:, :2].T + matrix[:, 2]  # (k, 4, 2)
            if not (np.abs(placed) <= MAX_COORDINATE).all():
                raise InkError("a coordinate is too large")
            stroke = as_stroke(flatten(placed, MAX_POINTS - self._points))
            self._points += len(stroke)
            self._strokes += 1
            if self._strokes > MAX_STROKES:
                raise InkError(f"the file has more than {MAX_STROKES:,} strokes")
            self.lines[-1].append(stroke)
        # Letters are often saved as their outlines, which no pen follows.
        if drawn and style.filled and not style.stroked and name != "line" and not self._has_sheet:
            self.skipped[f"fill of <{name}> read as outline"] += 1


def _absolute(text: str | None) -> bool:
    return text is not None and not text.strip().endswith("%")


def _properties(element: ElementTree.Element) -> dict[str, str]:
    """Return the properties that decide what is drawn; the style attribute goes before the others."""
    found = {name: element.get(name, "").strip() for name in (*_INHERITED, "display") if element.get(name)}
    for declaration in element.get("style", "").split(";"):
        name, _, value = declaration.partition(":")
        name = name.strip().lower()
        if name in (*_INHERITED, "display", "transform"):
            found[name] = value.replace("!important", "").strip().lower()
    return found


def _inherit(style: _Style, properties: dict[str, str]) -> _Style:
    """Return the style of an element inside one of this style."""
    visible, stroked, filled = style
    visibility, stroke, fill = (properties.get(name, "inherit") for name in _INHERITED)
    return _Style(
        visible if visibility == "inherit" else visibility == "visible",
        stroked if stroke == "inherit" else stroke != "none",
        filled if fill == "inherit" else fill != "none",
    )
