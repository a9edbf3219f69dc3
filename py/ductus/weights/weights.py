"""The network's numbers: five arrays and what has to be known about them. (`weightfile` loads and saves them.)

The arrays, with H units and M mixture components (letters as in Graves 2013, section 2):

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
from typing import Any

import numpy as np

from ductus.weights import text as text_weights
from ductus.weights.quantise import LARGEST, Quantised, quantise

MAX_UNITS = 2048  # four times the network here; beyond it one pen step takes a browser longer than a frame
MAX_MIXTURES = 256
# (allowed types, must it be there) for what a file's metadata says beside its arrays
_METADATA = {
    "name": ((str,), True),
    "licence": ((str, type(None)), True),
    "units": ((int,), True),
    "mixtures": ((int,), True),
    "forget_bias": ((int, float), True),
    "units_per_x_height": ((int, float, type(None)), True),
    "pen_clock": ((dict, type(None)), True),
    "training": ((dict, type(None)), True),
    "network": ((str,), False),  # `ductus.weights.text` has this and the next two
    "alphabet": ((str,), False),
    "window": ((dict,), False),
    "sha256": ((str,), False),
}


class WeightsError(ValueError):
    """Weights that cannot be used; the message names the line, the array and the row where there is one."""


def shapes(units: int, mixtures: int) -> dict[str, tuple[int, ...]]:
    """The arrays of a network of this size, in file order: name -> shape."""
    gates, head = 4 * units, 1 + 6 * mixtures
    return {
        "W_xh": (3, gates),
        "W_hh": (units, gates),
        "b_h": (gates,),
        "W_hy": (units, head),
        "b_y": (head,),
    }


def all_shapes(metadata: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the arrays of the network that checked metadata are of, the text network's own included."""
    return shapes(metadata["units"], metadata["mixtures"]) | text_weights.shapes(metadata)


class Weights:
    """A network's arrays (float32 or `Quantised`, by name) and its metadata. Not changed once made.

    Raises WeightsError if a name, a shape, a number or the metadata is not what `shapes` and the table above say.
    """

    def __init__(self, arrays: dict[str, np.ndarray | Quantised], metadata: dict[str, Any]):
        self.metadata = check_metadata(metadata)
        expected = all_shapes(self.metadata)
        if set(arrays) != set(expected):
            raise WeightsError(f"the arrays are {sorted(arrays)}, not {sorted(expected)}")
        self.arrays = {name: _check_array(name, arrays[name], shape) for name, shape in expected.items()}
        self.metadata["sha256"] = self.digest()

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> Weights:
        """Weights from plain arrays of any float type, taken as float32."""
        return cls({name: np.asarray(array, np.float32) for name, array in arrays.items()}, metadata)

    @property
    def parameters(self) -> int:
        """How many weights there are in all."""
        return sum(math.prod(shape) for shape in all_shapes(self.metadata).values())

    @property
    def units(self) -> int:
        """H, the number of LSTM cells."""
        return self.metadata["units"]

    @property
    def mixtures(self) -> int:
        """M, the number of mixture components."""
        return self.metadata["mixtures"]

    def array(self, name: str, dtype=np.float32) -> np.ndarray:
        """One array as plain numbers, shaped as `shapes` says."""
        array = self.arrays[name]
        return array.dequantise(dtype) if isinstance(array, Quantised) else array.astype(dtype)

    def quantise(self) -> Weights:
        """The same network with its matrices in 8 bits; vectors stay float32, for they are 0.2 % of the file."""
        arrays = {
            name: quantise(array) if not isinstance(array, Quantised) and array.ndim == 2 else array
            for name, array in self.arrays.items()
        }
        return Weights(arrays, self.metadata)

    def digest(self) -> str:
        """SHA-256 of the payload: of each array in file order its scales (float64), then its values, as bytes."""
        payload = hashlib.sha256()
        for array in self.arrays.values():
            if isinstance(array, Quantised):
                payload.update(row_scales(array).astype("<f8").tobytes())
                payload.update(array.values.tobytes())
            else:
                payload.update(array.astype("<f4").tobytes())
        return payload.hexdigest()


def by_column(array: Quantised) -> bool:
    """Do the scales go by column (else by row, or one for all)?"""
    return array.scale.ndim == 2 and array.scale.shape[1] > 1


def row_scales(array: Quantised) -> np.ndarray:
    """The scales as the file has them: one a column (C,), or else one a row (R,)."""
    if by_column(array):
        return array.scale[0]
    rows = array.values.shape[0] if array.values.ndim == 2 else 1
    return np.broadcast_to(np.ravel(array.scale), (rows,))


def check_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """A copy that holds only the known keys. Raises WeightsError that names the key which is missing or wrong."""
    if not isinstance(metadata, dict):
        raise WeightsError("the metadata is no JSON object")
    checked = {}
    for key, (types, required) in _METADATA.items():
        if key not in metadata:
            if required:
                raise WeightsError(f"the metadata does not say {key!r}")
            continue
        value = metadata[key]
        if isinstance(value, bool) or not isinstance(value, types):
            raise WeightsError(f"metadata: {key!r} is {value!r:.40}")
        checked[key] = value
    for key, most in (("units", MAX_UNITS), ("mixtures", MAX_MIXTURES)):
        if not 1 <= checked[key] <= most:
            raise WeightsError(f"metadata: {key!r} is {checked[key]!r:.40}, it must lie in 1..{most}")
    scale = checked["units_per_x_height"]
    if not _finite(checked["forget_bias"]) or not (scale is None or (_finite(scale) and scale > 0)):
        raise WeightsError("metadata: forget_bias and units_per_x_height must be finite, the latter positive")
    if fault := text_weights.fault(checked):
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
        if numbers.dtype != np.int8 or numbers.min() < -LARGEST:
            raise WeightsError(f"{name}: 8-bit values must lie in -{LARGEST}..{LARGEST}")
        if not (np.isfinite(array.scale).all() and (array.scale > 0).all()):
            raise WeightsError(f"{name}: a scale must be a positive number")
        return Quantised(np.ascontiguousarray(numbers), np.asarray(array.scale, np.float64))
    if not np.isfinite(numbers).all():
        raise WeightsError(f"{name}: holds a NaN or an infinity")
    return np.ascontiguousarray(numbers, np.float32)
