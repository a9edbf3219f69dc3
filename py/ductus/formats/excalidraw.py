"""Freehand strokes of Excalidraw's files (.excalidraw, and what it puts on the clipboard).

The form is its own JSON schema: an object with a "type" and a list of "elements". A freehand element ("freedraw", in
its first versions "draw") has points relative to its x and y, turned about the middle of their box by its angle in
radians, y down. Other elements are no pen's ink and are left out and named; deleted ones are left out in silence, as
the program itself does.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from ductus.formats import json
from ductus.formats.content import ParsedInk, name_counts
from ductus.ink import InkError, as_stroke

TYPES = ("excalidraw", "excalidraw/clipboard", "excalidrawlib")
_FREEHAND = ("freedraw", "draw")


def recognises(value: Any) -> bool:
    """Return whether a JSON value is a file of Excalidraw."""
    return isinstance(value, dict) and value.get("type") in TYPES


def from_value(value: dict) -> ParsedInk:
    """Return the strokes (n, 2) of a file of Excalidraw. Raises InkError that names the element and the point."""
    elements = value.get("elements")
    if not isinstance(elements, list):
        raise InkError('an Excalidraw file without a list of "elements"')
    strokes, skipped = [], Counter()
    for number, element in enumerate(elements):
        if not isinstance(element, dict):
            raise InkError(f"element {number}: it is not an object")
        if element.get("isDeleted") is True:
            continue
        kind = element.get("type")
        if kind in _FREEHAND:
            strokes.append(_stroke(element, f"element {number}"))
        else:
            skipped[kind if isinstance(kind, str) else "element without a type"] += 1
    words = name_counts(skipped)
    strokes = [stroke for stroke in strokes if len(stroke)]
    if words and not strokes:
        raise InkError(f"an Excalidraw file without freehand strokes, only {words}")
    return ParsedInk([strokes], True, foreign=True, skipped=words)


def _stroke(element: dict, name: str) -> np.ndarray:
    points = json.rows(element.get("points"), 2, name)
    if not len(points):
        return points
    x, y, angle = (element.get(key, 0.0) for key in ("x", "y", "angle"))
    for key, number in (("x", x), ("y", y), ("angle", angle)):
        if type(number) is not float or not abs(number) < 1e9:
            raise InkError(f"{name}: its {key} is not a number of a place on paper")
    cos, sin = math.cos(angle), math.sin(angle)
    with np.errstate(over="ignore", invalid="ignore"):
        middle = (points.min(0) + points.max(0)) / 2
        turned = (points - middle) @ np.array([[cos, sin], [-sin, cos]]) + middle
        return as_stroke(turned + np.array([x, y]), name)
