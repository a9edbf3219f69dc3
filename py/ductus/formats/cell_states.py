"""Cell states as .npy, as the command `cells` writes them: one float array (N, H)."""

from __future__ import annotations

import os
import tokenize
from pathlib import Path

import numpy as np

from ductus.formats.npz import read_npy_header
from ductus.weights.weights import MAX_UNITS

MAX_VALUES = 2**28  # a gigabyte of float32: half a million points of 500 cells
# What numpy's header parser raises on invalid files.
_FAULTS = (ValueError, TypeError, KeyError, SyntaxError, OverflowError, EOFError, tokenize.TokenError, RecursionError)


class CellsError(ValueError):
    """An invalid file of cells; the message says why."""


def load(path: str | Path) -> np.ndarray:
    """Map the cells (N, H), float32 or float64, of a .npy file into memory, read-only.

    Nothing is unpickled, and the header is checked against bounds and the file's size before it is used.
    Raises CellsError if the file is not such an array, OSError if it cannot be read.
    """
    with Path(path).open("rb") as file:
        try:
            shape, fortran, dtype = read_npy_header(file)
        except _FAULTS as error:
            raise CellsError(f"not a readable .npy: {error}") from None
        offset, size = file.tell(), os.fstat(file.fileno()).st_size
    if len(shape) != 2 or min(shape) < 1 or dtype.kind != "f" or dtype.itemsize not in (4, 8):
        raise CellsError(f"an array of {dtype} and shape {shape} does not hold cells: floats, points x cells")
    points, units = map(int, shape)
    if units > MAX_UNITS or points * units > MAX_VALUES:
        raise CellsError(
            f"{points:,} x {units:,} cells are too many: at most {MAX_UNITS:,} cells and {MAX_VALUES:,} values"
        )
    if size != offset + points * units * dtype.itemsize:
        raise CellsError(f"it claims {points:,} x {units:,} cells, which is not what the file holds")
    return np.memmap(path, dtype, "r", offset, (points, units), "F" if fortran else "C")
