"""Eight bits a weight: a matrix as small integers times a scale for each row, or for each column."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LARGEST = 127  # -128 stays unused, so that the range is symmetric and 0 is exact
_TINY = 1e-300  # a row of weights below this counts as zeros: a 127th part of it might be 0
# Tried for every row and column: clipping its few largest weights may cost less than coarse steps for all others.
_CLIPS = np.linspace(1.0, 0.7, 13)


class Quantised(NamedTuple):
    """An array in 8 bits: weight = values * scale.

    values int8 (R, C) or (n,), in -127..127; scale float64 (R, 1), (1, C), or () for one scale in all.
    """

    values: np.ndarray
    scale: np.ndarray

    def dequantise(self, dtype=np.float32) -> np.ndarray:
        """The weights themselves, shaped like `values`."""
        return (self.values.astype(np.float64) * self.scale).astype(dtype)


def quantise(matrix: np.ndarray) -> Quantised:
    """The matrix (R, C) in 8 bits, with a scale a row or a column, whichever loses less.

    The loss is the squared error in proportion to the weights of the same column. For a column is one sum: a gate of
    a cell, a number of the head, each in a unit of its own, and otherwise the largest ones alone would decide.
    """
    matrix = np.asarray(matrix, np.float64)
    size = np.sqrt(np.mean(matrix**2, axis=0, keepdims=True))  # (1, C)
    size[size < _TINY] = 1.0
    by_row, row_loss = _quantise_axis(matrix, size, axis=1)
    by_column, column_loss = _quantise_axis(matrix, size, axis=0)
    return by_row if row_loss <= column_loss else by_column


def _quantise_axis(matrix: np.ndarray, size: np.ndarray, axis: int) -> tuple[Quantised, float]:
    """The best scales along one axis, and the loss that they leave, `size` (1, C) being that of the columns."""
    largest = np.abs(matrix).max(axis=axis, keepdims=True)  # (R, 1) or (1, C)
    largest[largest < _TINY] = 1.0  # a row of zeros needs some scale
    scale, best = largest / LARGEST, np.full(largest.shape, np.inf)
    for clip in _CLIPS:
        trial = clip * largest / LARGEST
        error = (np.clip(np.rint(matrix / trial), -LARGEST, LARGEST) * trial - matrix) / size  # (R, C)
        loss = (error**2).sum(axis=axis, keepdims=True)  # (R, 1) or (1, C)
        better = loss < best
        scale[better], best[better] = trial[better], loss[better]
    values = np.clip(np.rint(matrix / scale), -LARGEST, LARGEST).astype(np.int8)
    return Quantised(values, scale), float(best.sum())
