"""The weight file of the 2016 article "Four Experiments in Handwriting with a Neural Network".

A JSON list of five arrays: output weights, output bias, input weights, recurrent weights, bias. A matrix is a list of
base64 strings, one a row; a vector is one string. A byte b stands for the weight (b - 127) / 127 x the array's scale;
the scales are not in the file but in the article's code, and the value 255 is never used.
"""

from __future__ import annotations

import base64
import json

import numpy as np

from ductus.weights.quantise import MAX_VALUE, Quantised
from ductus.weights.weights import MAX_UNITS

MAX_BYTES = 16 * 1024 * 1024  # the article's own file has 1.4 MB
_ARRAYS = (
    ("W_hy", 1.5),
    ("b_y", 2.5),
    ("W_xh", 2.0),
    ("W_hh", 0.8),
    ("b_h", 1.5),
)  # in file order, with scales
# Lists if every array is one, and texts of the largest network; base64 has neither bracket nor comma.
_MAX_LISTS, _MAX_TEXTS = 1 + 5, 2 + 3 + 2 * MAX_UNITS


class ArticleError(ValueError):
    """The file is not the article's list of five arrays; the message names the array and the row, if known."""


def parse(data: bytes) -> tuple[dict[str, Quantised], dict]:
    """Return the file's arrays, by our names, and the metadata that its network had in the article's code.

    Raises ArticleError. Each array must be a rectangle; otherwise `Weights` checks the shapes.
    """
    if len(data) > MAX_BYTES:
        raise ArticleError(f"more than {MAX_BYTES} bytes")
    # Counted first, because 16 MB of brackets and commas would become a gigabyte of empty lists.
    if data.count(b"[") > _MAX_LISTS or b"{" in data or data.count(b",") > _MAX_TEXTS:
        raise ArticleError("not a list of five arrays: it holds more than those")
    try:
        parts = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        raise ArticleError(f"not JSON ({error})") from None
    if not (isinstance(parts, list) and len(parts) == len(_ARRAYS)):
        raise ArticleError("not a list of five arrays")
    arrays = {}
    for part, (name, scale) in zip(parts, _ARRAYS, strict=True):
        values = _matrix(part, name) if name.startswith("W") else _row(part, name)
        arrays[name] = Quantised(values, np.float64(scale / MAX_VALUE))
    units = arrays["W_hh"].values.shape[0]
    components = (arrays["b_y"].values.size - 1) // 6
    return arrays, {
        "name": "2016 article layout",
        "licence": None,
        "units": units,
        "mixtures": components,
        "forget_bias": 1.0,  # added at run time by the article's code
        "units_per_x_height": None,  # its unit is 40 raw units of its data set, which has no fixed x-height
        "pen_clock": None,
        "training": None,
    }


def _matrix(part, name: str) -> np.ndarray:
    if not (isinstance(part, list) and part):
        raise ArticleError(f"{name}: a matrix is a list of base64 rows")
    rows = [_row(row, f"{name}, row {index}") for index, row in enumerate(part)]
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ArticleError(f"{name}, row {index}: {len(row)} bytes where row 0 has {len(rows[0])}")
    return np.stack(rows)  # (R, C)


def _row(text, place: str) -> np.ndarray:
    if not isinstance(text, str):
        raise ArticleError(f"{place}: not a base64 string")
    try:
        raw = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except ValueError as error:
        raise ArticleError(f"{place}: bad base64 ({error})") from None
    if raw.size == 0 or raw.max() == 255:
        raise ArticleError(f"{place}: empty" if raw.size == 0 else f"{place}: byte 255 stands for no weight")
    return (raw.astype(np.int16) - MAX_VALUE).astype(np.int8)  # (C,)
