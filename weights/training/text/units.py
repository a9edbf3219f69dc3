"""Labelled ink: words, rows of text, digits and capitals, each with what it says.

The file (`.npz`) holds `xy` int16 (N, 2), offsets in 1/800 x-height, y down, a unit's first being its first point's
place from the unit's left edge and the baseline; `lift` uint8 (N); `offsets` int64 (U+1); `writer` int32 (U); `kind`
int8 (U); `chars` uint8 (C) ASCII with `char_offsets` int64 (U+1).
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ductus.alphabet import CODES
from weights.training.data.dataset import PARTS, DataError, part_of

WORD, ROW, DIGIT, CAPITAL = range(4)  # kinds of units
GRID = 800  # steps of the file's integers in one x-height
_ARRAYS = ("xy", "lift", "offsets", "writer", "kind", "chars", "char_offsets")


@dataclass(frozen=True)
class Units:
    """Units of ink in x-heights, only those whose text is in the alphabet.

    xy float32 (N, 2) offsets; lift uint8 (N); starts, lengths int64 (U); writer int32 (U); kind int8 (U); texts, U
    strings; digest, a SHA-256 of the arrays of the whole file.
    """

    xy: np.ndarray
    lift: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    writer: np.ndarray
    kind: np.ndarray
    texts: list[str]
    digest: str

    def places(self, unit: int) -> tuple[np.ndarray, np.ndarray]:
        """Return a unit's points, from its left edge and the baseline in x-heights, (n, 2), and its lifts (n,)."""
        piece = slice(self.starts[unit], self.starts[unit] + self.lengths[unit])
        return np.cumsum(self.xy[piece], axis=0), self.lift[piece]

    def part(self, name: str) -> Units:
        """Return the units of the writers of one part of `dataset.PARTS`. Raises DataError if there are none."""
        if name not in PARTS:
            raise DataError(f"there is no part {name!r}, only {', '.join(PARTS)}")
        parts = {writer: part_of(writer) for writer in np.unique(self.writer).tolist()}
        chosen = np.flatnonzero([parts[writer] == name for writer in self.writer.tolist()])
        if not len(chosen):
            raise DataError(f"none of the {len(parts)} writers is in the part {name!r}")
        return self._select(chosen)

    def _select(self, chosen: np.ndarray) -> Units:
        starts, lengths, writer, kind = (
            array[chosen] for array in (self.starts, self.lengths, self.writer, self.kind)
        )
        texts = [self.texts[unit] for unit in chosen]
        return Units(self.xy, self.lift, starts, lengths, writer, kind, texts, self.digest)


def load(path: str | Path) -> Units:
    """Return the units of a file. Raises DataError if it has another form, OSError if it cannot be read."""
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in _ARRAYS}
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, TypeError) as error:
        raise DataError(f"{path}: not a file of labelled units ({error})") from error
    offsets, char_offsets = arrays["offsets"], arrays["char_offsets"]
    units = len(arrays["writer"])
    if len(offsets) != units + 1 or len(char_offsets) != units + 1 or len(arrays["kind"]) != units:
        raise DataError(f"{path}: the arrays do not have one entry for each of {units} units")
    if offsets[-1] != len(arrays["xy"]) or offsets[-1] != len(arrays["lift"]) or (np.diff(offsets) < 1).any():
        raise DataError(f"{path}: the offsets do not divide the points")
    text = arrays["chars"].tobytes().decode("latin-1")
    texts = [text[char_offsets[unit] : char_offsets[unit + 1]] for unit in range(units)]
    digest = hashlib.sha256()
    for name in _ARRAYS:
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    every = Units(
        arrays["xy"].astype(np.float32) / GRID,
        arrays["lift"],
        offsets[:-1],
        np.diff(offsets),
        arrays["writer"],
        arrays["kind"],
        texts,
        digest.hexdigest(),
    )
    known = [unit for unit, one in enumerate(texts) if one.strip() == one != "" and all(c in CODES for c in one)]
    if not known:
        raise DataError(f"{path}: no unit says anything in the alphabet")
    return every._select(np.array(known))
