"""Ink in files: .npz, .json, .inkml, .xml in; the first three and .svg out.

    .npz    points (N, 3) of dx, dy, lift; offsets (S + 1), where each of the S sequences begins and ends in points;
            writer (S), optional: whose hand it is
    .json   a list of [dx, dy, lift] (a list of such lists for several sequences), or {"strokes": [[[x, y], ...]]}
    .inkml  traces (inkml.py)
    .xml    a line of the IAM On-Line Handwriting Database (iamxml.py)

Where nothing else is said, ink is in model units and has been through the pen clock.  A file is hostile until parsed:
whatever sizes it claims are checked before anything is allocated for them.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ductus.formats import iam, inkml, json, npz, svg
from ductus.ink import UNITS_PER_X_HEIGHT, InkError, as_points, to_points, to_strokes
from ductus.resample import FARTHEST, PenClock, resample
from ductus.x_height import x_height as estimate_x_height

MAX_BYTES = 64 * 2**20
# That the pen clock may make of a file: of two far places it makes a hundred thousand. 2,000 lines of writing.
MAX_POINTS = 1_000_000
# An estimated x-height within this factor of the model unit's does not contradict that the ink is in model units: one
# line of writing tells its x-height no better (over 35 writers, a line each: 0.64 to 2.24 times the true one).
DOUBT = 2.25
ENOUGH = 8  # swings of the pen, about three letters, before an estimate is believed


class _Ink(NamedTuple):
    """What a file holds: sequences, each either a table (N, 3) of offsets or a list of strokes (n, 2)."""

    sequences: list
    coordinates: bool = False  # strokes, not offsets
    x_height: float | None = None  # in the ink's own unit, where the file states it


def load(
    source: str | Path | bytes,
    units_per_x_height: float | None,
    in_x_heights: bool = False,
    raw: bool = False,
    clock: PenClock | None = None,
    x_height: float | None = None,
    name: str | None = None,
) -> list[np.ndarray]:
    """The sequences of an ink file, each a float64 table (N, 3) of (dx, dy, lift) in model units.

    `source` is a path, or the bytes of a file with this `name`, whose suffix says what it is.  `units_per_x_height`
    is the model's unit; None for a network without one, which takes ink only as it is.  `in_x_heights` says that the
    ink's unit is its x-height, `x_height` that its x-height is so many of its own units (pixels, say), and `raw` that
    it comes from a pen or mouse and still has to go through the clock.

    Raw strokes about whose unit nothing is said, by the file or here, are taken to be in model units unless their
    letters are of another size altogether: then their x-height is estimated from the pen's vertical swings.

    Raises InkError, naming file and place, for a file that is not such ink; OSError where it cannot be read.
    """
    name, data = _read(source, name)
    try:
        ink = _parse(data, Path(name).suffix.lower())
        return _in_model_units(ink, units_per_x_height, in_x_heights, raw, clock, x_height)
    except InkError as error:
        raise InkError(f"{name}: {error}") from None


def save(
    path: str | Path,
    points: np.ndarray | list[np.ndarray],
    units_per_x_height: float | None = None,
    writer: np.ndarray | None = None,
    title: str = "Handwriting",
) -> None:
    """Write one table (N, 3) of (dx, dy, lift), or a list of them, as .npz, .json, .inkml or .svg.

    The unit is the points' own; `units_per_x_height` scales the pen of an .svg and is stated in an .inkml.  An .npz
    also gets `writer` (S,), zeros if it is not given.  .json and .npz hold float32.  .inkml and .svg hold what is to
    be seen, so that a last stroke that was not lifted is a stroke like any other.  The file is whole or not there at
    all.  Raises InkError for points that are none and for a suffix that is none of these.
    """
    path = Path(path)
    tables = points if isinstance(points, list | tuple) else [points]
    tables = [as_points(table, f"sequence {i}") for i, table in enumerate(tables)]
    scale = units_per_x_height or UNITS_PER_X_HEIGHT
    match path.suffix.lower():
        case ".npz":
            data = npz.render(tables, writer)
        case ".json":
            data = json.render(tables).encode()
        case ".inkml":
            data = inkml.render([to_strokes(table) for table in tables], units_per_x_height).encode()
        case ".svg":
            data = svg.render([to_strokes(table) for table in tables], scale, title).encode()
        case _:
            raise InkError(f"{path}: its name must end in .json, .inkml, .npz or .svg")
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(data)
    partial.replace(path)


def _read(source: str | Path | bytes, name: str | None) -> tuple[str, bytes]:
    """A name for a file and what is in it, no more than MAX_BYTES."""
    if isinstance(source, bytes):
        name, data = name or "ink", source
    else:
        name = name or str(source)
        with Path(source).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InkError(f"{name}: it is larger than {MAX_BYTES:,} bytes")
    return name, data


def _parse(data: bytes, suffix: str) -> _Ink:
    match suffix:
        case ".npz":
            return _Ink(npz.parse(data))
        case ".json":
            return _Ink(*json.parse(data))
        case ".inkml":
            traces = inkml.parse(data)
            return _Ink(traces.lines, True, traces.x_height)
        case ".xml":
            return _Ink([iam.parse(data)], True)
    raise InkError("its name must end in .npz, .json, .inkml or .xml")


def _in_model_units(ink: _Ink, units, in_x_heights, raw, clock, x_height) -> list[np.ndarray]:
    if units is None:
        if in_x_heights or raw or x_height is not None:
            raise InkError(
                "this network knows neither x-heights nor a pen clock: it takes ink in its own units, as it is"
            )
        return [_table(ink, sequence, 1.0) for sequence in ink.sequences]
    if in_x_heights and x_height is not None:
        raise InkError("its unit cannot be both its x-height and another: give one of the two")
    if in_x_heights:
        x_height = 1.0
    elif x_height is None:
        x_height = ink.x_height
    elif not 0 < x_height < math.inf:
        raise InkError(f"{x_height} is no x-height")
    if x_height is None and raw and ink.coordinates:
        x_height = _estimate(ink.sequences, units)
    x_height = x_height or units
    if not raw:
        return [_table(ink, sequence, units / x_height) for sequence in ink.sequences]
    tables, left = [], MAX_POINTS
    for i, sequence in enumerate(ink.sequences):
        tables.append(_clocked(sequence, f"sequence {i}", x_height, units, clock, left))
        left -= len(tables[-1])
    return tables


def _table(ink: _Ink, sequence, scale: float) -> np.ndarray:
    """A sequence as a table (N, 3) in units that are 1 / scale of its own."""
    table = to_points(sequence) if ink.coordinates else sequence
    if scale != 1.0:
        with np.errstate(over="ignore"):
            table = as_points(table * [scale, scale, 1.0])
    return table


def _clocked(sequence, name: str, x_height: float, units: float, clock: PenClock | None, most: int) -> np.ndarray:
    """Raw ink, a table (N, 3) or a list of strokes, as the points (M, 3), `most` of them, of the pen clock."""
    finished = True
    if isinstance(sequence, np.ndarray):
        finished = not len(sequence) or bool(sequence[-1, 2])
        sequence = to_strokes(sequence)
    clocked = []
    for i, stroke in enumerate(sequence):
        try:
            with np.errstate(over="ignore"):
                clocked.append(resample(stroke / x_height, clock) * units)
        except InkError as error:
            raise InkError(f"{name}, stroke {i}: {error}") from None
        most -= len(clocked[-1])
        if most < 0:
            raise InkError(f"{name}, stroke {i}: with it the pen clock would make more than {MAX_POINTS:,} points")
    points = to_points(clocked)  # (M, 3), in model units
    points[-1:, 2] = finished
    return points


def _estimate(sequences: list[list[np.ndarray]], units: float) -> float:
    """The x-height of raw strokes of unknown unit, in that unit: the model unit's if nothing speaks against it."""
    strokes = [stroke for sequence in sequences for stroke in sequence]
    if any(np.abs(stroke).max() > FARTHEST for stroke in strokes):
        raise InkError(f"a coordinate is farther out than {FARTHEST:.0e}; say what its x-height is")
    height, swings = estimate_x_height(strokes)
    doubtful = swings < ENOUGH or units / DOUBT <= height <= units * DOUBT
    return units if doubtful else height
