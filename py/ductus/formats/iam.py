"""XML files of the IAM On-Line Handwriting Database, for readers who have obtained them.

Liwicki and Bunke (2005), *IAM-OnDB: an on-line English sentence database acquired from handwritten text on a
whiteboard*, ICDAR. A file is a WhiteboardCaptureSession with a StrokeSet of Strokes of Points, each with x, y and
time, y down, in the sensor's unit. The time is optional: only the order of the points is used.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np

from ductus.formats import safe_xml
from ductus.ink import InkError

ROOT = "WhiteboardCaptureSession"
# A number in such a file: no letters, so neither "nan" nor "1_0" matches, and a bounded number of digits.
_NUMBER = re.compile(r"\s{0,9}[-+]?[0-9]{1,12}(\.[0-9]{0,12})?\s{0,9}", re.ASCII)


def parse(data: bytes) -> list[np.ndarray]:
    """Parse a file: its strokes, each (n, 2) float64 of x, y. Raises InkError that names the stroke and the point."""
    return from_tree(safe_xml.parse(data))


def from_tree(root: ElementTree.Element) -> list[np.ndarray]:
    """Return the strokes of a parsed file, like `parse`."""
    if root.tag != ROOT:
        raise InkError(f"not a line of IAM-OnDB: the root element is <{root.tag[:80]}>, not <{ROOT}>")
    sets = root.findall("StrokeSet")
    if len(sets) != 1:
        raise InkError(f"it has {len(sets)} stroke sets, not one")
    strokes = []
    for number, stroke in enumerate(sets[0].iterfind("Stroke")):
        places = [_place(point, number, i) for i, point in enumerate(stroke.iterfind("Point"))]
        if places:
            strokes.append(np.array(places))
    return strokes


def _place(point: ElementTree.Element, stroke: int, number: int) -> tuple[float, float]:
    x, y = (_coordinate(point.get(axis)) for axis in ("x", "y"))
    if math.isnan(x) or math.isnan(y):
        axis = "x" if math.isnan(x) else "y"
        text = point.get(axis)
        problem = "is missing" if text is None else f"is not a number: {text[:40]!r}"
        raise InkError(f"stroke {stroke}, point {number}: its {axis} {problem}")
    return x, y


def _coordinate(text: str | None) -> float:
    return float(text) if text is not None and _NUMBER.fullmatch(text) else math.nan
