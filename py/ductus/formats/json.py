"""Ink as JSON: a list of [dx, dy, lift], a list of such lists, or {"strokes": [[[x, y], ...], ...]}.

An object may also have an "x_height", in the unit of its strokes, and "continuations" by a network, each a list of
strokes. They are not ink, so they are not read back.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np

from ductus.ink import InkError, as_float32, as_points, as_stroke
from ductus.safe_json import json_depth

SHAPES = 'JSON ([[dx, dy, lift], ...] or {"strokes": [[[x, y], ...], ...]})'
MAX_DEPTH = 16
MAX_STROKES = 100_000  # 2,000 lines of writing
MAX_TEXTS = 1_000_000  # keys and other texts, which ink does not need but files of other programs have
MAX_LISTS = 1_100_000  # one per point; bounding lists and commas bounds the memory


def from_value(value) -> tuple[list, bool, float | None]:
    """Return the ink of a JSON value: its sequences, whether they are strokes, and their stated x-height or None.

    Sequences are either tables (N, 3) of float64, or one list of strokes (n, 2). Raises InkError with the place.
    """
    if isinstance(value, dict):
        if "strokes" not in value:
            keys = ", ".join(repr(key[:20]) for key in list(value)[:5]) or "none"
            raise InkError(f'the object has no "strokes" (its keys: {keys}); what is read is {SHAPES}')
        strokes = value["strokes"]
        if not isinstance(strokes, list):
            raise InkError('"strokes" is not a list')
        if len(strokes) > MAX_STROKES:
            raise InkError(f"it has {len(strokes):,} strokes, more than {MAX_STROKES:,}")
        x_height = value.get("x_height")
        if x_height is not None and not (type(x_height) is float and 0 < x_height < math.inf):
            raise InkError('"x_height" is not a height')
        return [[_stroke(stroke, f"stroke {i}") for i, stroke in enumerate(strokes)]], True, x_height
    if not isinstance(value, list):
        raise InkError(f"neither a list nor an object; what is read is {SHAPES}")
    if not value:
        return [], False, None
    first = value[0]
    if not isinstance(first, list):
        raise InkError(f"ink, point 0: it is not a list of 3 numbers; what is read is {SHAPES}")
    if not first or isinstance(first[0], list):
        return [_table(table, f"sequence {i}") for i, table in enumerate(value)], False, None
    return [_table(value, "ink")], False, None


def render(tables: list[np.ndarray]) -> str:
    """Render one table (N, 3) of (dx, dy, lift), or several, in the fewest digits that give the same float32."""
    rows = [[[_short(dx), _short(dy), int(lift)] for dx, dy, lift in table] for table in map(as_float32, tables)]
    return json.dumps(rows[0] if len(rows) == 1 else rows, separators=(",", ":")) + "\n"


def render_strokes(strokes: list, x_height: float, continuations: Sequence[list] = ()) -> str:
    """Render strokes (n, 2) as drawn, and their x-height in their own unit; numbers have five decimals."""
    value = {"x_height": x_height, "strokes": _rounded(strokes, "stroke")}
    if continuations:
        value["continuations"] = [_rounded(some, f"continuation {i}, stroke") for i, some in enumerate(continuations)]
    return json.dumps(value, separators=(",", ":")) + "\n"


def _rounded(strokes: list, name: str) -> list:
    return [(as_stroke(stroke, f"{name} {i}").round(5) + 0.0).tolist() for i, stroke in enumerate(strokes)]


def _short(value: np.float32) -> float | int:
    number = float(str(value))
    return int(number) if number.is_integer() and abs(number) < 1e9 else number


def _table(value, name: str) -> np.ndarray:
    return as_points(rows(value, 3, name), name)


def _stroke(value, name: str) -> np.ndarray:
    return as_stroke(rows(value, 2, name), name)


def rows(value, width: int, name: str) -> np.ndarray:
    """Return lists of `width` numbers as an array (n, width). Raises InkError for any other value."""
    if not isinstance(value, list):
        raise InkError(f"{name}: it is not a list of points")
    for i, row in enumerate(value):
        if not isinstance(row, list) or len(row) != width or any(type(number) is not float for number in row):
            raise InkError(f"{name}, point {i}: it is not {width} numbers")
    return np.array(value, np.float64).reshape(-1, width)


def parse_value(data: bytes):
    """Parse a JSON text of bounded size; every number becomes a float. Raises InkError that says what is wrong."""
    if data.count(b"[") + data.count(b"{") > MAX_LISTS or data.count(b",") > 4 * MAX_LISTS:
        raise InkError(f"it has more than {MAX_LISTS:,} points")
    if data.count(b'"') > 2 * MAX_TEXTS:
        raise InkError(f"it has more than {MAX_TEXTS:,} texts")
    if json_depth(data) > MAX_DEPTH:
        raise InkError(f"lists are nested more than {MAX_DEPTH} deep")

    def constant(text: str):
        raise InkError(f"{text} is not a number")

    def unique(pairs: list) -> dict:
        table = dict(pairs)
        if len(table) < len(pairs):
            raise InkError("an object has the same key twice")
        return table

    try:
        text = data.decode("utf-8-sig")
        return json.loads(text, parse_int=float, parse_constant=constant, object_pairs_hook=unique)
    except UnicodeDecodeError as error:
        raise InkError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise InkError(f"not JSON: {error}") from None
