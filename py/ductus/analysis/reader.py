"""The reader: what ink says, by a bidirectional LSTM with CTC (Graves et al. 2009), and how likely it says a text.

Each layer runs over the frames of a line (`analysis.reader_frames`) forwards and backwards, each direction from the
zero state, and reads both directions of the layer before it:

    z_t = x_t W_x + h_(t-1) W_h + b            the cell as in `ductus.lstm`; backwards, t - 1 is t + 1
    x_t = [h_t forwards, h_t backwards]        of the next layer
    log p_t = log softmax(x_t W_y + b_y)       over the blank and the alphabet; `analysis.ctc` makes texts of it
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import numpy as np

from ductus.alphabet import ALPHABET, CODES, transliterate
from ductus.analysis import ctc
from ductus.analysis.reader_frames import frames
from ductus.backend import Backend, default
from ductus.cooperative import run
from ductus.ink import InkError, as_points
from ductus.lstm import LSTM
from ductus.model import pen_clock
from ductus.weights import kinds
from ductus.weights.reader import DIRECTIONS
from ductus.weights.weights import Weights, WeightsError

MAX_POINTS = 20_000  # of a line: some 700 letters
BEAM = 8  # texts that are kept while the most probable one is looked for


class Reading(NamedTuple):
    """What a line says: the text found, and the logarithm of its probability, in nats."""

    text: str
    log_probability: float


class Reader:
    """A reader, in float32 or float64, on a backend (numpy by default).

    As everywhere, points are in model units: `units_per_x_height` of them make an x-height, and `clock` resamples ink
    of a pen for it. Raises WeightsError for weights of another kind, or without that scale.
    """

    def __init__(self, weights: Weights, dtype: np.typing.DTypeLike = np.float32, backend: Backend | None = None):
        weights.require(kinds.READER)
        shape, scale = weights.metadata["reader"], weights.metadata["units_per_x_height"]
        if scale is None:
            raise WeightsError("metadata: a reader must say how large an x-height is")
        self.weights, self.frame, self.dtype = weights, shape["frame"], np.dtype(dtype)
        self.units_per_x_height: float = scale
        self.clock = pen_clock(weights)
        backend = backend or default()
        self._matmul = backend.matmul

        def layer(direction: str, number: int) -> LSTM:
            W_x, W_h, b = (weights.array(f"{name}_{direction}{number}", np.float64) for name in ("W_x", "W_h", "b"))
            return LSTM(W_x, W_h, b, 0.0, dtype, backend)

        both = [[layer(direction, number) for direction in DIRECTIONS] for number in range(shape["layers"])]
        self._inputs = both[0][0].inputs
        self._layers = [backend.bidirectional(*layers) for layers in both]
        self._W_y, self._b_y = weights.array("W_y", dtype), weights.array("b_y", dtype)  # (2H, V), (V,)

    def read(self, points: np.ndarray) -> Reading:
        """Return what a line (N, 3) of (dx, dy, lift) says. Raises InkError if it is invalid or too long."""
        return run(self.read_slices(points))

    def read_slices(self, points: np.ndarray) -> Generator[None, None, Reading]:
        """Do what `read` does, with pauses."""
        (log_p,) = yield from self.log_probabilities_slices([points])
        symbols, found = (yield from ctc.beam_slices(log_p, BEAM))[0]
        return Reading("".join(ALPHABET[symbol - 1] for symbol in symbols).strip(), found)

    def scores(self, lines: Sequence[np.ndarray], text: str) -> list[float]:
        """Return how likely each line (N, 3) says the text, in nats; -inf if it cannot.

        They rank draws of one text, which go through the network side by side. Raises InkError, TextError.
        """
        return run(self.scores_slices(lines, text))

    def scores_slices(self, lines: Sequence[np.ndarray], text: str) -> Generator[None, None, list[float]]:
        """Do what `scores` does, with pauses."""
        symbols = [CODES[character] for character in transliterate(text).rstrip()]
        tables = yield from self.log_probabilities_slices(lines)
        return [ctc.log_probability(table, symbols) for table in tables]

    def log_probabilities(self, lines: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the log-probabilities (T, V) of the symbols in each frame of each line, the blank first.

        Lines are (N, 3). Raises InkError if one is invalid or longer than MAX_POINTS.
        """
        return run(self.log_probabilities_slices(lines))

    def log_probabilities_slices(self, lines: Sequence[np.ndarray]) -> Generator[None, None, list[np.ndarray]]:
        """Do what `log_probabilities` does, with pauses."""
        for line in lines:
            if len(line) > MAX_POINTS:
                raise InkError(f"a line of {len(line):,} points is too long to read; at most {MAX_POINTS:,} are read")
        unit = np.array([self.units_per_x_height, self.units_per_x_height, 1])
        seen = [frames(as_points(line) / unit, self.frame) for line in lines]
        lengths = np.array([len(own) for own in seen], np.int64)  # (B,)
        longest = int(lengths.max(initial=0))
        x = np.zeros((longest, len(seen), self._inputs), self.dtype)  # (T, B, F)
        for line, own in enumerate(seen):
            x[: len(own), line] = own
        steps = np.arange(longest)[:, None]  # (T, 1)
        # Each line is turned round by itself, so that what fills it up comes last in both directions.
        order = np.where(steps < lengths, lengths - 1 - steps, steps), np.arange(len(seen))  # (T, B)
        for layer in self._layers:
            forwards, backwards = yield from layer(np.stack([x, x[order]]))  # (T, B, H) each
            x = np.concatenate([forwards, backwards[order]], axis=2)  # (T, B, 2H)
        y = self._matmul(x.reshape(-1, x.shape[2]), self._W_y)  # (T * B, V)
        y += self._b_y
        np.nan_to_num(y, copy=False)  # weights of a hostile file may sum up to infinities of both signs
        y -= y.max(axis=1, keepdims=True)
        y -= np.log(np.exp(y).sum(axis=1, keepdims=True))
        y = y.reshape(longest, len(seen), len(self._b_y))  # (T, B, V)
        return [y[: lengths[line], line] for line in range(len(seen))]
