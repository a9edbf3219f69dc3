"""Ink as .npz, the format of the training data: points (N, 3), offsets (S + 1), writer (S).

numpy's reader allocates what an array's header claims, and zipfile what its directory lists. Here both are checked
against each other, and against bounds, before any memory is allocated for them.
"""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from typing import IO

import numpy as np

from ductus.ink import InkError, as_float32, as_points

MAX_POINTS = 10_000_000  # the largest training file has 7.1 million
MAX_SEQUENCES = 50_000
# An array may be this much larger than what it is packed in, and a megabyte: ink is packed to a half or a third.
MAX_RATIO, FREE_BYTES = 50, 2**20
MAX_DIRECTORY = 4096  # bytes: about sixty members
MAX_HEADER = 4096
# By the version of the format; numpy's own annotations lack max_header_size.
_HEADER_READERS: dict[tuple[int, int], Callable[..., tuple[tuple[int, ...], bool, np.dtype]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
# What zipfile and numpy's header parser raise on invalid files.
FAULTS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, NotImplementedError),
    *(ValueError, TypeError, KeyError, SyntaxError, MemoryError, tokenize.TokenError),
)


def parse(data: bytes) -> list[np.ndarray]:
    """Parse an .npz file: its sequences, each a float64 table (n, 3). Raises InkError with the place."""
    check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            points = _array(archive, "points", "f", lambda shape: len(shape) == 2 and shape[1] == 3)
            offsets = _array(archive, "offsets", "iu", lambda shape: len(shape) == 1 and shape[0] >= 1)
            if "writer.npy" in archive.namelist():
                _array(archive, "writer", "iu", lambda shape: shape == (len(offsets) - 1,))
    except FAULTS as error:
        if isinstance(error, InkError):
            raise
        raise InkError(f"not a readable .npz: {error}") from None
    inside = (offsets >= 0) & (offsets <= len(points))
    if not inside.all():
        raise InkError(f"offsets: number {int(np.argmin(inside))} is not one of its {len(points)} points")
    if len(offsets) > MAX_SEQUENCES + 1:
        raise InkError(f"offsets: {len(offsets) - 1:,} sequences are more than {MAX_SEQUENCES:,}")
    steps = np.diff(offsets.astype(np.int64))
    if offsets[0] != 0 or offsets[-1] != len(points):
        raise InkError("offsets: they do not begin at the first point and end at the last")
    if not (steps > 0).all():
        raise InkError(f"offsets: sequence {int(np.argmin(steps > 0))} has no points")
    tables = np.split(points, offsets[1:-1]) if len(steps) else []
    return [as_points(table, f"sequence {i}") for i, table in enumerate(tables)]


def members(data: bytes) -> list[str]:
    """Return the names of what a zip archive holds. Raises InkError if it cannot be read or has too many."""
    check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.namelist()
    except FAULTS as error:
        raise InkError(f"not a readable .npz: {error}") from None


def render(tables: list[np.ndarray], writer: np.ndarray | None = None) -> bytes:
    """Render tables (n, 3) as .npz, the points as float32; `writer` (S,) numbers their writers, 0 by default.

    Raises InkError if there is not one writer per table.
    """
    ends = np.cumsum([0, *map(len, tables)])
    points = as_float32(np.concatenate([np.zeros((0, 3)), *tables]))  # (N, 3)
    writer = np.zeros(len(tables)) if writer is None else np.asarray(writer)
    if writer.shape != (len(tables),):
        raise InkError(f"there are {len(tables)} sequences and writers of shape {writer.shape}")
    file = io.BytesIO()
    np.savez_compressed(file, points=points, offsets=ends.astype(np.int64), writer=writer.astype(np.int32))
    return file.getvalue()


def read_npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Read the header of a .npy stream, of bounded size: its shape, whether it is in Fortran order, and its type.

    Raises ValueError for an unknown version, and whatever numpy's header parser raises.
    """
    version = np.lib.format.read_magic(file)
    if version not in _HEADER_READERS:
        raise ValueError(f"version {version} cannot be read")
    # numpy reads a header of any length before it looks at max_header_size.
    form = "<H" if version == (1, 0) else "<I"
    length = file.read(struct.calcsize(form))
    (size,) = struct.unpack(form, length)
    if size > MAX_HEADER:
        raise ValueError(f"its header claims {size:,} bytes, more than {MAX_HEADER:,}")
    return _HEADER_READERS[version](io.BytesIO(length + file.read(size)), max_header_size=MAX_HEADER)


def check_directory(data: bytes) -> None:
    """Bound the number of members, because zipfile makes an object of each when it opens the archive.

    Raises InkError if there are too many, or if it is no zip archive.
    """
    end = data[-22:]  # the record that ends an archive, if no comment follows
    if len(end) < 22 or end[:4] != b"PK\x05\x06":
        raise InkError("not an .npz: it does not end like a zip archive")
    (size,) = struct.unpack_from("<L", end, 12)
    if size > MAX_DIRECTORY or data[-42:-38] == b"PK\x06\x07":  # the latter points to a larger kind of directory
        raise InkError("an archive of too many members")


def _array(archive: zipfile.ZipFile, name: str, kinds: str, fits: Callable[[tuple], bool]) -> np.ndarray:
    """Return one array of an archive, after checking its type, shape and size."""
    if f"{name}.npy" not in archive.namelist():
        raise InkError(f"it has no array {name!r}")
    member = archive.getinfo(f"{name}.npy")
    with archive.open(member) as file:
        shape, fortran, dtype = read_npy_header(file)
        if dtype.kind not in kinds or dtype.itemsize > 8 or not fits(shape):
            raise InkError(f"{name}: an array of {dtype} and shape {shape} does not hold ink")
        count = int(np.prod([int(side) for side in shape], dtype=object))
        if count > 3 * MAX_POINTS:
            raise InkError(f"{name}: it claims {count:,} numbers, more than {MAX_POINTS:,} points have")
        if member.file_size != file.tell() + count * dtype.itemsize:
            raise InkError(f"{name}: it claims {count:,} numbers, which is not what the archive holds")
        if member.file_size > MAX_RATIO * member.compress_size + FREE_BYTES:
            raise InkError(
                f"{name}: {member.compress_size:,} bytes claim to hold {member.file_size:,}: no ink is packed so"
            )
        data = file.read()  # grows with what is there, to no more than the size just checked
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
