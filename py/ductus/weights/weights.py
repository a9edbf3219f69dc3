"""The network's weights: arrays and their metadata (`weights.file` loads and saves them).

`weights.kinds` names the kinds of networks. A text network has more arrays after those of the plain one
(`weights.text`), a reader has others (`weights.reader`). The plain one's, with H units and M mixture components
(letters as in Graves 2013, section 2):

| name | shape     | meaning                                                                                |
|------|-----------|----------------------------------------------------------------------------------------|
| W_xh | (3, 4H)   | from the input (dx, dy, lift) to the gates i, g, f, o                                  |
| W_hh | (H, 4H)   | from the hidden state to the gates                                                     |
| b_h  | (4H,)     | the gates' bias, without the forget bias of the metadata                               |
| W_hy | (H, 1+6M) | from the hidden state to the head: lift, then blocks pi, mu1, mu2, sigma1, sigma2, rho |
| b_y  | (1+6M,)   | the head's bias                                                                        |
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ductus.weights import reader as reader_weights
from ductus.weights import text as text_weights
from ductus.weights.kinds import ALPHABET, PLAIN, READER, TEXT, WHAT, WRITERS, kind
from ductus.weights.quantise import MAX_VALUE, Quantised, quantise

MAX_UNITS = 2048  # four times this network's; with more, one step takes longer than a frame in a browser
MAX_COMPONENTS = 256
_ALL = (PLAIN, TEXT, READER)
# key of the metadata -> (allowed types, the kinds of networks that have it, whether they must)
_METADATA = {
    "name": ((str,), _ALL, True),
    "licence": ((str, type(None)), _ALL, True),
    "units": ((int,), _ALL, True),
    "mixtures": ((int,), WRITERS, True),
    "forget_bias": ((int, float), WRITERS, True),
    "units_per_x_height": ((int, float, type(None)), _ALL, True),
    "pen_clock": ((dict, type(None)), _ALL, True),
    "training": ((dict, type(None)), _ALL, True),
    "network": ((str,), _ALL, False),
    "alphabet": ((str,), (TEXT, READER), True),
    "window": ((dict,), (TEXT,), True),  # `ductus.weights.text` describes it
    "reader": ((dict,), (READER,), True),  # `ductus.weights.reader` describes it
    "sha256": ((str,), _ALL, False),
}


class WeightsError(ValueError):
    """Weights that cannot be used; the message names the line, the array and the row, if known."""


def shapes(units: int, components: int) -> dict[str, tuple[int, ...]]:
    """Return the arrays of a network of this size, in file order: name -> shape."""
    gates, head = 4 * units, 1 + 6 * components
    return {
        "W_xh": (3, gates),
        "W_hh": (units, gates),
        "b_h": (gates,),
        "W_hy": (units, head),
        "b_y": (head,),
    }


def all_shapes(metadata: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the arrays of a network of any kind with this checked metadata."""
    if kind(metadata) == READER:
        return reader_weights.shapes(metadata["units"], metadata["reader"]["layers"], metadata["reader"]["frame"])
    plain = shapes(metadata["units"], metadata["mixtures"])
    return plain | (text_weights.shapes(metadata) if kind(metadata) == TEXT else {})


class Weights:
    """A network's arrays (float32 or `Quantised`, by name) and its metadata. Immutable.

    Raises WeightsError if a name, a shape, a number or the metadata differs from `shapes` and the table above.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray | Quantised], metadata: dict[str, Any]):
        self.metadata = check_metadata(metadata)
        expected = all_shapes(self.metadata)
        if set(arrays) != set(expected):
            raise WeightsError(f"the arrays are {sorted(arrays)}, not {sorted(expected)}")
        self.arrays = {name: _check_array(name, arrays[name], shape) for name, shape in expected.items()}
        self.metadata["sha256"] = self.digest()

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> Weights:
        """Return weights from arrays of any float type, converted to float32."""
        return cls({name: np.asarray(array, np.float32) for name, array in arrays.items()}, metadata)

    @property
    def parameters(self) -> int:
        """Return the number of weights."""
        return sum(math.prod(shape) for shape in all_shapes(self.metadata).values())

    @property
    def units(self) -> int:
        """Return H, the number of LSTM cells (of a reader, in each direction of each layer)."""
        return self.metadata["units"]

    @property
    def components(self) -> int:
        """Return M, the number of mixture components (the metadata calls it mixtures). A reader has none."""
        return self.metadata.get("mixtures", 0)

    def array(self, name: str, dtype: np.typing.DTypeLike = np.float32) -> np.ndarray:
        """Return one array as floats, with its shape in `shapes`."""
        array = self.arrays[name]
        return array.dequantise(dtype) if isinstance(array, Quantised) else array.astype(dtype)

    def quantise(self, levels: int = MAX_VALUE) -> Weights:
        """Return the network with its matrices in 8 bits, -levels..levels; the vectors, 0.2 % of it, stay float32."""
        arrays = {
            name: quantise(array, levels) if not isinstance(array, Quantised) and array.ndim == 2 else array
            for name, array in self.arrays.items()
        }
        return Weights(arrays, self.metadata)

    def require(self, needed: str) -> None:
        """Raise WeightsError, which says what these weights are of, unless that is a network of the kind needed."""
        if (own := kind(self.metadata)) != needed:
            raise WeightsError(f"these weights are of {WHAT[own]}")

    def digest(self) -> str:
        """Return the SHA-256 of the payload: for each array in file order its scales (float64), then its values."""
        payload = hashlib.sha256()
        for array in self.arrays.values():
            if isinstance(array, Quantised):
                payload.update(row_scales(array).astype("<f8").tobytes())
                payload.update(array.values.tobytes())
            else:
                payload.update(array.astype("<f4").tobytes())
        return payload.hexdigest()


def by_column(array: Quantised) -> bool:
    """Return whether there is one scale per column, rather than per row or one for all."""
    return array.scale.ndim == 2 and array.scale.shape[1] > 1


def row_scales(array: Quantised) -> np.ndarray:
    """Return the scales as the file has them: one per column (C,), or one per row (R,)."""
    if by_column(array):
        return array.scale[0]
    rows = array.values.shape[0] if array.values.ndim == 2 else 1
    return np.broadcast_to(np.ravel(array.scale), (rows,))


def check_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with only the known keys. Raise WeightsError, naming the key, if one is missing or invalid."""
    if not isinstance(metadata, dict):
        raise WeightsError("the metadata is not a JSON object")
    own = kind(metadata)
    if own not in _ALL:
        raise WeightsError(f"metadata: 'network' is {own!r:.40}, a kind that this program does not know")
    checked = {}
    for key, (types, kinds, required) in _METADATA.items():
        if key not in metadata:
            if required and own in kinds:
                raise WeightsError(f"the metadata has no {key!r}")
            continue
        value = metadata[key]
        if isinstance(value, bool) or not isinstance(value, types):
            raise WeightsError(f"metadata: {key!r} is {value!r:.40}")
        if own not in kinds:
            raise WeightsError(f"metadata: {key!r} does not belong to a {own} network")
        checked[key] = value
    for key, largest in (("units", MAX_UNITS), ("mixtures", MAX_COMPONENTS)):
        if not 1 <= checked.get(key, 1) <= largest:
            raise WeightsError(f"metadata: {key!r} is {checked[key]!r:.40}, it must lie in 1..{largest}")
    scale = checked["units_per_x_height"]
    if not _finite(checked.get("forget_bias", 0)) or not (scale is None or (_finite(scale) and scale > 0)):
        raise WeightsError("metadata: forget_bias and units_per_x_height must be finite, the latter positive")
    if checked.get("alphabet", ALPHABET) != ALPHABET:
        raise WeightsError("metadata: the alphabet is not the one that this program uses")
    if fault := {TEXT: text_weights.fault, READER: reader_weights.fault}.get(own, lambda _: None)(checked):
        raise WeightsError(f"metadata: {fault}")
    return checked


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer too large for a float
        return False


def _check_array(name: str, array: np.ndarray | Quantised, shape: tuple[int, ...]) -> np.ndarray | Quantised:
    numbers = array.values if isinstance(array, Quantised) else array
    if numbers.shape != shape:
        raise WeightsError(f"{name} has the shape {numbers.shape}, not {shape}")
    if isinstance(array, Quantised):
        if numbers.dtype != np.int8 or numbers.min() < -MAX_VALUE:
            raise WeightsError(f"{name}: 8-bit values must lie in -{MAX_VALUE}..{MAX_VALUE}")
        if not (np.isfinite(array.scale).all() and (array.scale > 0).all()):
            raise WeightsError(f"{name}: a scale must be a positive number")
        return Quantised(np.ascontiguousarray(numbers), np.asarray(array.scale, np.float64))
    if not np.isfinite(numbers).all():
        raise WeightsError(f"{name}: holds a NaN or an infinity")
    return np.ascontiguousarray(numbers, np.float32)
