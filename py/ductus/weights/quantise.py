"""Eight bits a weight: a matrix as small integers times a scale for each row or each column, and those as text.

Small weights are far more frequent than large ones. In base64 they cost 8/6 bytes each, and base64 again inside a
JB64 record; gzip cannot undo two layers of it. In the text here the 93 values nearest 0 are the printable ASCII
characters that JSON need not escape, one byte each, and the others take two: our network's file is a ninth smaller
than with base64 in base64.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MAX_VALUE = 127  # -128 stays unused, so that the range is symmetric and 0 is exact
_TINY = 1e-300  # a row of smaller weights counts as zeros: a 127th of it might be 0
# Tried for every row and column: clipping the few largest weights may cost less than coarse steps for all others.
_CLIPS = np.linspace(1.0, 0.7, 13)

_ASCII = [code for code in range(0x20, 0x7F) if chr(code) not in '"\\']  # 93 of them
_BESIDE = (2 * MAX_VALUE + 1 - len(_ASCII)) // 2  # values on either side that need a letter beyond ASCII
# The code point of each value from -127 to 127, in order.
_CODES = np.array(
    [*range(0x100, 0x100 + _BESIDE), *_ASCII, *range(0x100 + _BESIDE, 0x100 + 2 * _BESIDE)], np.uint16
)  # (255,)
_NO_VALUE = -MAX_VALUE - 1
_VALUES = np.full(1 << 16, _NO_VALUE, np.int8)  # for every 16-bit code, so that no index needs a check
_VALUES[_CODES] = np.arange(-MAX_VALUE, MAX_VALUE + 1)


class Quantised(NamedTuple):
    """An array in 8 bits: weight = values * scale.

    values int8 (R, C) or (n,), in -127..127; scale float64 (R, 1), (1, C), or () for a single scale.
    """

    values: np.ndarray
    scale: np.ndarray

    def dequantise(self, dtype: np.typing.DTypeLike = np.float32) -> np.ndarray:
        """Return the weights, shaped like `values`."""
        return (self.values.astype(np.float64) * self.scale).astype(dtype)


def quantise(matrix: np.ndarray, levels: int = MAX_VALUE) -> Quantised:
    """Return the matrix (R, C) in 8 bits, with one scale per row or per column, whichever loses less.

    The values lie in -levels..levels; fewer make the file smaller, since values near 0 take less of it.

    The loss is the squared error relative to the weights of the same column, because each column is a sum of its own
    (a gate of a cell, a number of the head) with its own unit; otherwise the largest columns alone would decide.
    """
    matrix = np.asarray(matrix, np.float64)
    size = np.sqrt(np.mean(matrix**2, axis=0, keepdims=True))  # (1, C)
    size[size < _TINY] = 1.0
    by_row, row_loss = _quantise_axis(matrix, size, 1, levels)
    by_column, column_loss = _quantise_axis(matrix, size, 0, levels)
    return by_row if row_loss <= column_loss else by_column


def _quantise_axis(matrix: np.ndarray, size: np.ndarray, axis: int, levels: int) -> tuple[Quantised, float]:
    """Return the matrix with the best scales along one axis, and its loss; `size` (1, C) is that of the columns."""
    largest = np.abs(matrix).max(axis=axis, keepdims=True)  # (R, 1) or (1, C)
    largest[largest < _TINY] = 1.0  # a row of zeros needs a scale too
    scale, best = largest / levels, np.full(largest.shape, np.inf)
    for clip in _CLIPS:
        trial = clip * largest / levels
        error = (np.clip(np.rint(matrix / trial), -levels, levels) * trial - matrix) / size  # (R, C)
        loss = (error**2).sum(axis=axis, keepdims=True)  # (R, 1) or (1, C)
        better = loss < best
        scale[better], best[better] = trial[better], loss[better]
    values = np.clip(np.rint(matrix / scale), -levels, levels).astype(np.int8)
    return Quantised(values, scale), float(best.sum())


def to_text(values: np.ndarray) -> str:
    """Return values (n,) in -127..127 as n characters."""
    return _CODES[values.astype(np.int16) + MAX_VALUE].astype("<u2").tobytes().decode("utf-16-le")


def from_text(text: str) -> np.ndarray:
    """Return the values (n,), int8, of n characters. Raise ValueError at a character that stands for no value."""
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2")  # (n,): beyond 16 bits there is no value
    values = _VALUES[codes]  # by index, which takes half as long as numpy.take in WebAssembly
    place = int(values.argmin()) if len(values) else 0
    if len(values) and values[place] == _NO_VALUE:
        raise ValueError(f"character {place}, {text[place]!r}, stands for no value")
    return values
