"""Load and save ink files: every form of the table in forms.py in; .npz, .json, .inkml and .svg out.

    .npz    points (N, 3) of dx, dy, lift; offsets (S + 1), where each of the S sequences begins and ends in points;
            writer (S), optional: the number of each sequence's writer
    .json   a list of [dx, dy, lift] (a list of such lists for several sequences), or {"strokes": [[[x, y], ...]]}
    .inkml  traces (inkml.py)

A file is told apart by its content, never by its name. Unless stated otherwise, ink is in model units and has been
resampled by the pen clock. Files are untrusted: the sizes that they claim are checked before memory is allocated for
them.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from ductus.formats import forms, inkml, json, npz, svg
from ductus.formats.content import MAX_BYTES, ParsedInk
from ductus.ink import UNITS_PER_X_HEIGHT, InkError, as_points, to_points, to_strokes
from ductus.resample import MAX_COORDINATE, PenClock, resample
from ductus.x_height import x_height as estimate_x_height

# Resampled points of a file, 2,000 lines of writing: two distant places alone give a hundred thousand.
MAX_POINTS = 1_000_000
# An estimated x-height within this factor of the model unit's is compatible with ink in model units: one line of
# writing does not determine its x-height better (over 35 writers, a line each: 0.64 to 2.24 times the true one).
MAX_SCALE_ERROR = 2.25
MIN_SWINGS = 8  # vertical swings of the pen, about three letters, for an estimate to be used


def load(
    source: str | Path | bytes,
    units_per_x_height: float | None,
    in_x_heights: bool = False,
    raw: bool = False,
    clock: PenClock | None = None,
    x_height: float | None = None,
    name: str | None = None,
) -> list[np.ndarray]:
    """Load an ink file: its sequences, each a float64 table (N, 3) of (dx, dy, lift) in model units.

    `source` is a path, or the bytes of a file with this `name`, which errors mention. `units_per_x_height`
    is the model's unit; None for a network without one, which only accepts ink in its own unit. `in_x_heights`: the
    ink's unit is its x-height. `x_height`: the ink's x-height in its own unit (pixels, for example). `raw`: the ink
    comes from a pen or mouse and has to be resampled by the pen `clock`.

    Raw strokes of unknown unit are taken to be in model units unless the size of their letters contradicts it: then
    their x-height is estimated from the pen's vertical swings.

    Raises InkError, naming file and place, if the file is invalid; OSError if it cannot be read.
    """
    name, data = _read(source, name)
    try:
        ink = forms.parse(data)
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
    """Save one table (N, 3) of (dx, dy, lift), or a list of them, as .npz, .json, .inkml or .svg.

    The unit is the points' own; `units_per_x_height` scales the pen of an .svg and is stated in an .inkml. An .npz
    also holds `writer` (S,), zeros by default. .json and .npz hold float32. .inkml and .svg hold strokes, so an
    unfinished last stroke becomes a finished one. The file is written completely or not at all.
    Raises InkError for invalid points and for any other suffix.
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
    """Return the name of a file and its content. Raises InkError if it is larger than MAX_BYTES."""
    if isinstance(source, bytes):
        name, data = name or "ink", source
    else:
        name = name or str(source)
        with Path(source).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InkError(f"{name}: it is larger than {MAX_BYTES:,} bytes")
    return name, data


def _in_model_units(ink: ParsedInk, units, in_x_heights, raw, clock, x_height) -> list[np.ndarray]:
    if units is None:
        if in_x_heights or raw or x_height is not None:
            raise InkError(
                "this network knows neither x-heights nor a pen clock: it only accepts ink in its own units"
            )
        return [_table(ink, sequence, 1.0) for sequence in ink.sequences]
    if in_x_heights and x_height is not None:
        raise InkError("its unit cannot be both its x-height and another: give only one of the two")
    if in_x_heights:
        x_height = 1.0
    elif x_height is None:
        x_height = ink.x_height
    elif not 0 < x_height < math.inf:
        raise InkError(f"{x_height} is not a valid x-height")
    if x_height is None and raw and ink.coordinates:
        x_height = _estimate(ink.sequences, units)
    x_height = x_height or units
    if not raw:
        return [_table(ink, sequence, units / x_height) for sequence in ink.sequences]
    tables, left = [], MAX_POINTS
    for i, sequence in enumerate(ink.sequences):
        tables.append(_resample(sequence, f"sequence {i}", x_height, units, clock, left))
        left -= len(tables[-1])
    return tables


def _table(ink: ParsedInk, sequence, scale: float) -> np.ndarray:
    """Return a sequence as a table (N, 3), its lengths times `scale`."""
    table = to_points(sequence) if ink.coordinates else sequence
    if scale != 1.0:
        with np.errstate(over="ignore"):
            table = as_points(table * [scale, scale, 1.0])
    return table


def _resample(sequence, name: str, x_height: float, units: float, clock: PenClock | None, left: int) -> np.ndarray:
    """Resample raw ink, a table (N, 3) or a list of strokes: (M, 3) in model units, at most `left` points."""
    finished = True
    if isinstance(sequence, np.ndarray):
        finished = not len(sequence) or bool(sequence[-1, 2])
        sequence = to_strokes(sequence)
    strokes = []
    for i, stroke in enumerate(sequence):
        try:
            with np.errstate(over="ignore"):
                strokes.append(resample(stroke / x_height, clock) * units)
        except InkError as error:
            raise InkError(f"{name}, stroke {i}: {error}") from None
        left -= len(strokes[-1])
        if left < 0:
            raise InkError(f"{name}, stroke {i}: with it the pen clock would make more than {MAX_POINTS:,} points")
    points = to_points(strokes)  # (M, 3), in model units
    points[-1:, 2] = finished
    return points


def _estimate(sequences: list[list[np.ndarray]], units: float) -> float:
    """Estimate the x-height of raw strokes in their unit; `units` unless the estimate contradicts it."""
    strokes = [stroke for sequence in sequences for stroke in sequence]
    if any(np.abs(stroke).max() > MAX_COORDINATE for stroke in strokes):
        raise InkError(f"a coordinate is farther out than {MAX_COORDINATE:.0e}; state its x-height")
    height, swings = estimate_x_height(strokes)
    plausible = swings < MIN_SWINGS or units / MAX_SCALE_ERROR <= height <= units * MAX_SCALE_ERROR
    return units if plausible else height
