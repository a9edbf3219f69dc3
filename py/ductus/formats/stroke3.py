"""Drawings of sketch-rnn and Quick, Draw!: stroke-3 and stroke-5, in JSON, .npy and .npz.

D. Ha, D. Eck, "A Neural Representation of Sketch Drawings" (2017), section 3.1. A row of stroke-3 is (dx, dy, lift),
just what a point is here, but in pixels or in the spread of its own data set, and not resampled by the pen clock. A
row of stroke-5 has three states of the pen instead of the lift, one of which is 1: down, lifted after this point, the
drawing has ended. The rows from the end on are padding.

The files of sketch-rnn itself hold a pickle in each array. A pickle is a program, so none is ever loaded.
"""

from __future__ import annotations

import io
import zipfile
from typing import IO, Any

import numpy as np

from ductus.formats import npz
from ductus.formats.content import ParsedInk
from ductus.formats.json import rows
from ductus.ink import InkError, as_points, to_strokes

NPY = b"\x93NUMPY"
MAX_POINTS = 1_000_000  # over all drawings
# The root-mean-square offset from which whole numbers are pixels (that of ink in model units is about 1, see ink.py),
# and the largest offset in pixels.
MIN_PIXELS, MAX_PIXELS = 3.0, 1e6
_PICKLE = (
    "it holds Python objects, a pickle, which can run programs and is never loaded; save the drawings as arrays of "
    "numbers: np.savez(name, *[np.array(drawing, float) for drawing in drawings])"
)


def recognises(value: Any) -> bool:
    """Return whether a JSON value is stroke-5, or stroke-3 in pixels: one drawing, or a list of them.

    Other lists of [dx, dy, lift] are the form that this library writes, in model units (json.py).
    """
    points = [row for drawing in _drawings(value) if isinstance(drawing, list) for row in drawing]
    widths = {len(row) if isinstance(row, list) else 0 for row in points}
    return widths == {5} or (widths == {3} and _in_pixels(points))


def from_value(value: list) -> ParsedInk:
    """Return the drawings of a JSON value that `recognises` takes. Raises InkError that names drawing and point."""
    tables = []
    for number, drawing in enumerate(_drawings(value)):
        name = f"drawing {number}"
        width = len(drawing[0]) if isinstance(drawing, list) and drawing else 3
        tables.append(_points(rows(drawing, width, name), name))
    return _parsed(tables)


def from_npy(data: bytes) -> ParsedInk:
    """Return the drawing of a .npy file, an array (n, 3) or (n, 5). Raises InkError that says why it is none."""
    return _parsed([_points(_read(io.BytesIO(data), len(data), MAX_POINTS, "its array"), "its array")])


def from_npz(data: bytes) -> ParsedInk:
    """Return the drawings of an .npz file, an array each. Raises InkError that names the array."""
    npz.check_directory(data)
    tables, left = [], MAX_POINTS
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                name = f"its array {member.filename.removesuffix('.npy')[:40]!r}"
                with archive.open(member) as file:
                    tables.append(_points(_read(file, member.file_size, left, name), name))
                left -= len(tables[-1])
    except npz.FAULTS as error:
        if isinstance(error, InkError):
            raise
        raise InkError(f"not a readable .npz: {error}") from None
    return _parsed(tables)


def _drawings(value: Any) -> list:
    """Return the drawings of a JSON value, which is a list of them, or one."""
    several = isinstance(value, list) and value and isinstance(value[0], list) and value[0]
    return value if several and isinstance(value[0][0], list) else [value]


def _in_pixels(points: list[list]) -> bool:
    total = 0.0
    for dx, dy, _ in points:
        if type(dx) is not float or type(dy) is not float or dx % 1 or dy % 1:  # infinity % 1 is NaN, which is true
            return False
        if max(abs(dx), abs(dy)) > MAX_PIXELS:
            return False
        total += dx * dx + dy * dy
    return total > 2 * len(points) * MIN_PIXELS**2


def _read(file: IO[bytes], size: int, left: int, name: str) -> np.ndarray:
    """Return an array (n, 3) or (n, 5) of a .npy stream of `size` bytes, after checking its header."""
    try:
        shape, fortran, dtype = npz.read_npy_header(file)
    except npz.FAULTS as error:
        raise InkError(f"{name}: not a readable array: {error}") from None
    if dtype.hasobject:
        raise InkError(f"{name}: {_PICKLE}")
    if dtype.kind not in "iuf" or dtype.itemsize > 8 or len(shape) != 2 or shape[1] not in (3, 5):
        raise InkError(
            f"{name}: an array of {dtype} and shape {shape} is no ink; what is read is stroke-3, an array "
            "(points, 3) of dx, dy, lift, or stroke-5"
        )
    count, width = map(int, shape)
    if not 0 <= count <= left:
        raise InkError(f"{name}: it claims {count:,} points, more than the {MAX_POINTS:,} of a file")
    if size != file.tell() + count * width * dtype.itemsize:
        raise InkError(f"{name}: it claims {count:,} points, which is not what the file holds")
    data = file.read()  # no more than the size just checked
    return np.frombuffer(data, dtype).reshape((count, width), order="F" if fortran else "C").astype(np.float64)


def _points(table: np.ndarray, name: str) -> np.ndarray:
    """Return stroke-3 (n, 3) of stroke-3 or stroke-5. Raises InkError that names the point."""
    if table.shape[1] == 5:
        states = table[:, 2:]  # (n, 3): down, lifted after this point, ended
        valid = ((states == 0) | (states == 1)).all(1) & (states.sum(1) == 1)  # (n,)
        if not valid.all():
            raise InkError(
                f"{name}, point {int(np.argmin(valid))}: its three states of the pen are not one 1 and two 0"
            )
        ended = np.flatnonzero(states[:, 2])
        table = table[: ended[0] if len(ended) else None, [0, 1, 3]]
    elif table.shape[1] != 3:
        raise InkError(f"{name}: its rows have {table.shape[1]} numbers, not 3 (stroke-3) or 5 (stroke-5)")
    return as_points(table, name)


def _parsed(tables: list[np.ndarray]) -> ParsedInk:
    drawings = [to_strokes(table) for table in tables]
    return ParsedInk([strokes for strokes in drawings if strokes], True, foreign=True)
