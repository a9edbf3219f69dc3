"""Read training ink, `.npz` files of offsets in x-heights, and split it by writer.

A file holds `points` float32 (N, 3) = dx, dy, lift; `offsets` int64 (S+1), row s being
points[offsets[s]:offsets[s+1]]; `writer` int32 (S). Several files share one numbering of writers.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PARTS = ("train", "validation", "test")
HELD_OUT = 0.05  # the share of writers in validation, and again in test
MAX_ROW = 4096  # points; a longer row would be unrolled over more steps than a GPU can hold
# Part of every writer's hash. Of the salts ductus-0 .. ductus-7 this one puts about 5 % of the points, of both kinds
# of ink, into each held-out part; it was chosen by those counts, before there was any model.
_SALT = "ductus-3"


class DataError(ValueError):
    """Invalid training ink; the message names the file and the problem."""


@dataclass(frozen=True)
class Dataset:
    """Rows of ink, one after another.

    points float32 (N, 3) in x-heights; offsets int64 (S+1); writer int32 (S); source int32 (S), the file each row
    came from; hashes, a SHA-256 of the arrays of each file (compressing the file again does not change it).
    """

    points: np.ndarray
    offsets: np.ndarray
    writer: np.ndarray
    source: np.ndarray
    hashes: tuple[str, ...]

    @property
    def lengths(self) -> np.ndarray:
        """The number of points of each row, int64 (S)."""
        return np.diff(self.offsets)

    def select(self, rows: np.ndarray) -> Dataset:
        """Return the rows given by index or by mask, in that order."""
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        index = np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Dataset(self.points[index], offsets, self.writer[rows], self.source[rows], self.hashes)

    def windows(self, length: int) -> Dataset:
        """Return the ink with every row cut into rows of at most `length` points."""
        pieces = -(-self.lengths // length)
        row = np.repeat(np.arange(len(self.writer)), pieces)
        piece = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        starts = self.offsets[row] + piece * length
        offsets = np.append(starts, self.offsets[-1])
        return Dataset(self.points, offsets, self.writer[row], self.source[row], self.hashes)


def load(paths: Sequence[str | Path]) -> Dataset:
    """Return all rows of the files. Raises DataError if one is invalid, OSError if it cannot be read."""
    inks = [_load(Path(path), source) for source, path in enumerate(paths)]
    if not inks:
        raise DataError("no ink: name at least one .npz file")
    starts = np.cumsum([0] + [len(ink.points) for ink in inks])
    offsets = [ink.offsets[1:] + start for ink, start in zip(inks, starts[:-1], strict=True)]
    return Dataset(
        np.concatenate([ink.points for ink in inks]),
        np.concatenate([[0], *offsets]),
        np.concatenate([ink.writer for ink in inks]),
        np.concatenate([ink.source for ink in inks]),
        tuple(digest for ink in inks for digest in ink.hashes),
    )


def part_of(writer: int) -> str:
    """Return the part a writer belongs to, by a hash of the number alone: it does not depend on the files loaded."""
    digest = hashlib.sha256(f"{_SALT}:{int(writer)}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return "test" if place < HELD_OUT else "validation" if place < 2 * HELD_OUT else "train"


def part(ink: Dataset, name: str) -> Dataset:
    """Return the rows of the writers of one part. Raises DataError if there are none."""
    if name not in PARTS:
        raise DataError(f"there is no part {name!r}, only {', '.join(PARTS)}")
    writers = [writer for writer in np.unique(ink.writer) if part_of(writer) == name]
    chosen = np.isin(ink.writer, writers)
    if not chosen.any():
        raise DataError(f"none of the {len(np.unique(ink.writer))} writers falls into the part {name!r}")
    return ink.select(chosen)


def pooled_rms(ink: Dataset) -> float:
    """Return the root mean square of all dx and dy together, in x-heights; its inverse is the model unit."""
    return float(np.sqrt(np.square(ink.points[:, :2], dtype=np.float64).mean()))


def _load(path: Path, source: int) -> Dataset:
    try:
        with np.load(path) as file:
            points, offsets, writer = file["points"], file["offsets"], file["writer"]
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, TypeError, IndexError) as error:
        raise DataError(f"{path}: not an .npz of points, offsets and writer ({error})") from error
    if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind != "f":
        raise DataError(f"{path}: points has the shape {points.shape} and type {points.dtype}, not (N, 3) float")
    if offsets.ndim != 1 or offsets.dtype.kind != "i" or len(offsets) < 2 or offsets[0] != 0:
        raise DataError(f"{path}: offsets must be integers that start with 0, one more than there are rows")
    if offsets[-1] != len(points) or (np.diff(offsets) < 1).any() or (np.diff(offsets) > MAX_ROW).any():
        raise DataError(f"{path}: offsets must rise by 1..{MAX_ROW} a row and end at the {len(points)} points")
    if writer.shape != (len(offsets) - 1,) or writer.dtype.kind != "i":
        raise DataError(f"{path}: writer must hold one integer a row")
    if not np.isfinite(points).all() or not np.isin(points[:, 2], (0, 1)).all():
        raise DataError(f"{path}: points must be finite, and lift 0 or 1")
    points, offsets, writer = points.astype("<f4"), offsets.astype("<i8"), writer.astype("<i4")
    digest = hashlib.sha256()
    for array in (points, offsets, writer):
        digest.update(array.tobytes())
    return Dataset(points, offsets, writer, np.full(len(writer), source, np.int32), (digest.hexdigest(),))
