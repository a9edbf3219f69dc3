"""Cell states as .npy, the form in which `python -m ductus cells` writes them: one float array (N, H)."""

from __future__ import annotations

import os
import tokenize
from pathlib import Path

import numpy as np

from ductus.weights.weights import MAX_UNITS

MAX_VALUES = 2**28  # a gigabyte of float32: half a million points of 500 cells
MAX_HEADER = 4096
# What numpy's header parser raises on a file that is not its own.
_FAULTS = (ValueError, TypeError, KeyError, SyntaxError, OverflowError, EOFError, tokenize.TokenError, RecursionError)
_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class CellsError(ValueError):
    """A file of cells that cannot be used; the message says why."""


def load(path: str | Path) -> np.ndarray:
    """The cells (N, H), float32 or float64, in a .npy file: read-only, and left on the disk until they are looked at.

    Nothing in it is unpickled, and what its header claims is checked against bounds and the file's size before it is
    believed. Raises CellsError if it is no such array, OSError if the file cannot be read.
    """
    with Path(path).open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            if version not in _READERS:
                raise CellsError(f"a .npy version {version} is not read")
            shape, fortran, dtype = _READERS[version](file, max_header_size=MAX_HEADER)
        except _FAULTS as error:
            raise error if isinstance(error, CellsError) else CellsError(f"not a readable .npy: {error}") from None
        offset, size = file.tell(), os.fstat(file.fileno()).st_size
    if len(shape) != 2 or min(shape) < 1 or dtype.kind != "f" or dtype.itemsize not in (4, 8):
        raise CellsError(f"an array of {dtype} and shape {shape} is none of cells: floats, points x cells")
    points, units = map(int, shape)
    if units > MAX_UNITS or points * units > MAX_VALUES:
        raise CellsError(
            f"{points:,} x {units:,} cells are more than are read: {MAX_UNITS:,} cells, {MAX_VALUES:,} values"
        )
    if size != offset + points * units * dtype.itemsize:
        raise CellsError(f"it claims {points:,} x {units:,} cells, which is not what the file holds")
    return np.memmap(path, dtype, "r", offset, (points, units), "F" if fortran else "C")
