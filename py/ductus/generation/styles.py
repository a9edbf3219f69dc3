"""Styles: lines that the network wrote from listed seeds, used as priming sequences.

To write in a style, the network is fed its line and continues. A styles file holds the points of the lines, because
sampling depends on the last bit of the arithmetic, while a given line leads to the same state everywhere:

    {"format": "ductus styles 1", "weights_sha256": "...",
     "styles": [{"name": "plain", "seed": 67, "points": [[dx, dy, lift], ...]}, ...]}

in model units; other keys are ignored. The file is untrusted input.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus.ink import InkError, as_points
from ductus.lstm import State
from ductus.model import Model
from ductus.safe_json import json_depth

FORMAT = "ductus styles 1"
MAX_BYTES = 1 << 20  # thirty times what five styles need
MAX_DEPTH = 8  # the points are nested 5 deep; other keys may be nested deeper
MAX_STYLES, MAX_POINTS, MAX_NAME = 50, 2000, 80
# Points fed between two pauses: about 2 ms with numpy in WebAssembly.
_POINTS = 4


class StylesError(ValueError):
    """An invalid styles file, or one of another network; the message names the place."""


class Style(NamedTuple):
    """A priming sequence."""

    name: str
    seed: int  # from which the network wrote it
    points: np.ndarray  # (N, 3), model units


def parse(data: bytes, sha256: str | None = None) -> list[Style]:
    """Parse a styles file; with `sha256`, its weights must have that hash (`Weights.digest`).

    Raises StylesError if the file is invalid or belongs to other weights.
    """
    if len(data) > MAX_BYTES:
        raise StylesError(f"{len(data):,} bytes are more than {MAX_BYTES:,}")
    if json_depth(data) > MAX_DEPTH:
        raise StylesError(f"it is nested more than {MAX_DEPTH} deep")
    try:
        record = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # bad JSON, bad UTF-8, or a number of too many digits
        raise StylesError(f"not JSON: {error}") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise StylesError(f'its format is not "{FORMAT}"')
    if sha256 is not None and record.get("weights_sha256") != sha256:
        raise StylesError("these styles were written by other weights")
    styles = record.get("styles")
    if not isinstance(styles, list) or len(styles) > MAX_STYLES:
        raise StylesError(f'"styles" is not a list of at most {MAX_STYLES}')
    return [_style(style, f"style {i}") for i, style in enumerate(styles)]


def _style(style, place: str) -> Style:
    if not isinstance(style, dict):
        raise StylesError(f"{place} is not an object")
    name, seed, points = (style.get(key) for key in ("name", "seed", "points"))
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise StylesError(f"{place}: its name is not a text of 1 to {MAX_NAME} characters")
    if type(seed) is not int or seed < 0:
        raise StylesError(f"{place}: its seed is not an integer from 0 up")
    return Style(name, seed, points_of(points, place, StylesError))


def points_of(points, place: str, error: type[ValueError]) -> np.ndarray:
    """Return points (N, 3) of an untrusted JSON; raise `error`, which names the place, if they are invalid."""
    if not isinstance(points, list) or not 0 < len(points) <= MAX_POINTS:
        raise error(f"{place}: it does not have 1 to {MAX_POINTS:,} points")
    for i, row in enumerate(points):
        if not isinstance(row, list) or len(row) != 3 or any(type(number) not in (int, float) for number in row):
            raise error(f"{place}, point {i}: it is not 3 numbers")
    try:
        return as_points(points, place)
    except InkError as fault:
        raise error(str(fault)) from None


def state_slices(model: Model, line: np.ndarray) -> Generator[None, None, State]:
    """Return the state (1, H) after a style's line (N, 3), from which a line of that style starts; with pauses."""
    state = model.start()
    for first in range(0, len(line), _POINTS):
        state = model.feed(line[first : first + _POINTS], state)
        yield
    return state
