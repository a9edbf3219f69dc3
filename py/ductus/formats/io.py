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
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import numpy as np

from ductus import cooperative
from ductus.formats import forms, inkml, json, npz, svg, svg_motion
from ductus.formats.content import MAX_BYTES, ParsedInk
from ductus.formats.line_split import split_lines
from ductus.ink import UNITS_PER_X_HEIGHT, InkError, as_points, to_points, to_strokes
from ductus.resample import MAX_COORDINATE, PenClock, resample
from ductus.x_height import guess_x_height
from ductus.x_height import x_height as estimate_x_height

# Resampled points of a file, 2,000 lines of writing: two distant places alone give a hundred thousand.
MAX_POINTS = 1_000_000
# {"strokes": ...} without a size is refused as ink in model units if its letters are larger or smaller than those by
# more than this: one line of writing says its x-height no better (over 35 writers, a line each: 0.64 to 2.24).
MAX_SCALE_ERROR = 2.25
MIN_SWINGS = 8  # vertical swings of the pen, about three letters, for that to be said


def load(
    source: str | Path | bytes,
    units_per_x_height: float | None,
    in_x_heights: bool = False,
    raw: bool = False,
    clock: PenClock | None = None,
    x_height: float | None = None,
    name: str | None = None,
    note: Callable[[str], None] | None = None,
) -> list[np.ndarray]:
    """Load an ink file: its sequences, each a float64 table (N, 3) of (dx, dy, lift) in model units.

    `source` is a path, or the bytes of a file with this `name`, which errors mention. `units_per_x_height` is the
    model's unit; None for a network without one, which only accepts ink in its own unit. `in_x_heights`: the ink's
    unit is its x-height. `x_height`: the ink's x-height in its own unit (pixels, for example). `raw`: the ink comes
    from a pen or mouse and has to be resampled by the pen `clock`; ink of other programs is raw by itself.

    The size of raw strokes that state none is guessed from the ink, and they are split into lines of writing. `note`
    is called with a sentence about what the file also holds and was left out.

    Raises InkError, naming file and place, if the file is invalid; OSError if it cannot be read.
    """
    name, data = _read(source, name)
    try:
        ink = forms.parse(data)
        if ink.skipped and note:
            note(f"{name}: left out: {ink.skipped}")
        return _in_model_units(ink, units_per_x_height, in_x_heights, raw, clock, x_height)
    except InkError as error:
        raise InkError(f"{name}: {error}") from None


def save(
    path: str | Path,
    points: np.ndarray | list[np.ndarray],
    units_per_x_height: float | None = None,
    writer: np.ndarray | None = None,
    title: str = "Handwriting",
    animated: bool = False,
) -> None:
    """Save one table (N, 3) of (dx, dy, lift), or a list of them, as .npz, .json, .inkml or .svg.

    The unit is the points' own; `units_per_x_height` scales the pen of an .svg and is stated in an .inkml. An .npz
    also holds `writer` (S,), zeros by default. An `animated` .svg writes itself, line after line. .json and .npz hold
    float32. .inkml and .svg hold strokes, so an unfinished last stroke becomes a finished one. The file is written
    completely or not at all.
    Raises InkError for invalid points, for any other suffix, and for an animation that is no .svg or too long.
    """
    path = Path(path)
    if animated and path.suffix.lower() != ".svg":
        raise InkError(f"{path}: only an .svg can be animated")
    tables = points if isinstance(points, list | tuple) else [points]
    tables = [as_points(table, f"sequence {i}") for i, table in enumerate(tables)]
    scale = units_per_x_height or UNITS_PER_X_HEIGHT
    match path.suffix.lower():
        case ".npz":
            data = npz.render(tables, writer)
        case ".json":
            data = json.render(tables).encode()
        case ".inkml":
            data = inkml.render([to_strokes(table) for table in tables], units_per_x_height or inkml.UNKNOWN).encode()
        case ".svg" if animated:
            lines = svg.stack([[stroke / scale for stroke in to_strokes(table)] for table in tables])
            layers = [svg.Layer(line, line=number if len(lines) > 1 else None) for number, line in enumerate(lines)]
            data = svg_motion.render(layers, title=title).encode()
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
        if in_x_heights or raw or ink.foreign or x_height is not None:
            raise InkError(
                "this network knows neither x-heights nor a pen clock: it only accepts ink in its own units"
            )
        return [_table(ink, sequence, 1.0) for sequence in ink.sequences]
    if in_x_heights and x_height is not None:
        raise InkError("its unit cannot be both its x-height and another: give only one of the two")
    if in_x_heights:
        x_height = 1.0
    elif x_height is not None and not 0 < x_height < math.inf:
        raise InkError(f"{x_height} is not a valid x-height")
    if raw or ink.foreign:
        x_height = x_height or stated_x_height(ink, units) or guess_size(ink)
        return list(resampled(ink, x_height, units, clock))
    if x_height is None and ink.x_height is None and ink.coordinates:
        _check_scale(ink, units)
    return [_table(ink, sequence, units / (x_height or ink.x_height or units)) for sequence in ink.sequences]


def stated_x_height(ink: ParsedInk, units: float) -> float | None:
    """Return the x-height of ink in its own unit if the file states it, or if the ink is a network's, else None."""
    return ink.x_height or (None if ink.coordinates or ink.foreign else units)


def guess_size(ink: ParsedInk) -> float:
    """Return the x-height of ink in its own unit, guessed from all of it. Raises InkError if it is too far out."""
    strokes = [stroke for sequence in ink.sequences for stroke in _strokes(sequence)]
    if any(len(stroke) and np.abs(stroke).max() > MAX_COORDINATE for stroke in strokes):
        raise InkError(f"a coordinate is farther out than {MAX_COORDINATE:.0e}; state its x-height")
    return guess_x_height(strokes)


def lines_of(ink: ParsedInk, x_height: float) -> list:
    """Return the lines of ink of this x-height in its unit, in the form of `ink.sequences`.

    They are the file's own sequences if it states its x-height; else their strokes are split by where they stand.
    """
    if ink.x_height is not None or not ink.coordinates:
        return ink.sequences
    return [line for sequence in ink.sequences for line in split_lines(sequence, x_height) or [sequence]]


def resampled(ink: ParsedInk, x_height: float, units: float, clock: PenClock | None) -> Iterator[np.ndarray]:
    """Resample the lines of ink of this x-height, each a table (N, 3) in model units; at most MAX_POINTS in all.

    Raises InkError that names the line and the stroke.
    """
    left = MAX_POINTS
    for i, sequence in enumerate(lines_of(ink, x_height)):
        slices = resample_slices(sequence, f"sequence {i}", x_height, units, clock, left)
        table = cooperative.run(slices)
        left -= len(table)
        yield table


def resample_slices(
    sequence, name: str, x_height: float, units: float, clock: PenClock | None, limit: int
) -> Generator[None, None, np.ndarray]:
    """Resample a sequence of raw ink, with pauses: (M, 3) in model units.

    Raises InkError that names the stroke, and before more than `limit` points are made.
    """
    finished = True
    if isinstance(sequence, np.ndarray):
        finished = not len(sequence) or bool(sequence[-1, 2])
    strokes, left = [], limit
    for i, stroke in enumerate(_strokes(sequence)):
        try:
            with np.errstate(over="ignore"):
                strokes.append(resample(stroke / x_height, clock) * units)
        except InkError as error:
            raise InkError(f"{name}, stroke {i}: {error}") from None
        left -= len(strokes[-1])
        if left < 0:
            raise InkError(f"{name}, stroke {i}: with it the pen clock would make more than {limit:,} points")
        if i % 50 == 49:
            yield
    points = to_points(strokes)  # (M, 3), in model units
    points[-1:, 2] = finished
    return points


def _strokes(sequence) -> list[np.ndarray]:
    return to_strokes(sequence) if isinstance(sequence, np.ndarray) else sequence


def _table(ink: ParsedInk, sequence, scale: float) -> np.ndarray:
    """Return a sequence as a table (N, 3), its lengths times `scale`."""
    table = to_points(sequence) if ink.coordinates else sequence
    if scale != 1.0:
        with np.errstate(over="ignore"):
            table = as_points(table * [scale, scale, 1.0])
    return table


def _check_scale(ink: ParsedInk, units: float) -> None:
    """Raise InkError if strokes that state no size cannot be in model units."""
    strokes = [stroke for sequence in ink.sequences for stroke in sequence]
    if any(len(stroke) and np.abs(stroke).max() > MAX_COORDINATE for stroke in strokes):
        return
    height, swings = estimate_x_height(strokes)
    if swings >= MIN_SWINGS and not 1 / MAX_SCALE_ERROR < height / units < MAX_SCALE_ERROR:
        raise InkError(
            f"its letters are about {height:.3g} units tall, the network's {units:.3g}: say --raw for a pen's ink, "
            "--in-x-heights, or --x-height H"
        )
