"""Small integers as text, one character each, so that a weight file stays small where the host does not compress it.

Weights are small far more often than large. In base64 they cost 8/6 bytes each, and base64 again inside a JB64
record; gzip cannot undo two layers of it. Here the 93 values nearest 0 are the printable ASCII characters that JSON
need not escape, a byte each, and the others two: a file of our network is a ninth smaller than with base64 in base64.
"""

from __future__ import annotations

import numpy as np

from ductus.weights.quantise import LARGEST

_ASCII = [code for code in range(0x20, 0x7F) if chr(code) not in '"\\']  # 93 of them
_BESIDE = (2 * LARGEST + 1 - len(_ASCII)) // 2  # values on either side that need a letter from beyond ASCII
# The code point of each value from -127 to 127, in order.
_CODES = np.array(
    [*range(0x100, 0x100 + _BESIDE), *_ASCII, *range(0x100 + _BESIDE, 0x100 + 2 * _BESIDE)], np.uint16
)  # (255,)
_NONE = -LARGEST - 1
_VALUES = np.full(1 << 16, _NONE, np.int8)  # of every 16-bit code, so that none needs to be held within bounds
_VALUES[_CODES] = np.arange(-LARGEST, LARGEST + 1)


def encode(values: np.ndarray) -> str:
    """Values (n,) in -127..127 as n characters."""
    return _CODES[values.astype(np.int16) + LARGEST].astype("<u2").tobytes().decode("utf-16-le")


def decode(text: str) -> np.ndarray:
    """The values (n,), int8, of n characters. Raises ValueError at a character that stands for none."""
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2")  # (n,): beyond 16 bits there is no value
    values = _VALUES[codes]  # by index, which takes half as long as numpy.take in WebAssembly
    place = int(values.argmin()) if len(values) else 0
    if len(values) and values[place] == _NONE:
        raise ValueError(f"character {place}, {text[place]!r}, stands for no value")
    return values
