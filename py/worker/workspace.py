"""All that the worker has in hand: the model, sheets of ink that pens write on, lines taken apart, jobs under way."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import numpy as np

from ductus import ink
from ductus.generation import styles
from ductus.generation.styles import Style, StylesError
from ductus.lstm import State
from ductus.model import Model
from ductus.resample import PenClock, resample
from ductus.weights.weights import Weights
from worker.encoded_line import EncodedLine
from worker.ink_session import InkSession
from worker.scheduler import Scheduler

# Model units to an x-height of a network that does not say it, as that of the 2016 article does not: with so many the
# median step of our pen clock inside a stroke (0.170 x-heights over the lines of weights/styles.json) is that of the
# ink which the article's network learned from (0.45 units over 185 lines).
ASSUMED_UNITS = 2.6


def completed(weights: Weights) -> Weights:
    """The weights; where they do not say how large an x-height is, or of what clock, with what we take it to be."""
    assumed = {"units_per_x_height": ASSUMED_UNITS, "pen_clock": PenClock().to_dict()}
    missing = {name: value for name, value in assumed.items() if weights.metadata[name] is None}
    return Weights(weights.arrays, weights.metadata | missing) if missing else weights


class Workspace:
    """One model and its work. Raises ValueError for a model without a scale of its own."""

    def __init__(self, model: Model, now: Callable[[], float] = time.perf_counter):
        if model.clock is None or model.units_per_x_height is None:
            raise ValueError("these weights do not say how large an x-height is, so they cannot follow a pen")
        self.model = model
        self.scheduler = Scheduler(now)
        self.sheets: dict[str, InkSession] = {}
        self.lines: dict[str, EncodedLine] = {}
        self.styles: list[Style] = []
        self._begins: dict[int, State] = {}  # the states after the styles that were asked for so far

    def sheet(self, name: str) -> InkSession:
        """The sheet of this name, an empty one if nothing was written on it yet."""
        if name not in self.sheets:
            self.sheets[name] = InkSession(self.model)
        return self.sheets[name]

    def line(self, name: str) -> EncodedLine:
        """The line of this name. Raises ValueError if there is none."""
        if name not in self.lines:
            raise ValueError(f"there is no line {name!r} to take apart")
        return self.lines[name]

    def load_styles(self, data: bytes) -> None:
        """Takes a file of styles of this network. Raises StylesError if it is none; the old ones stay then."""
        self.styles = styles.parse(data, self.model.weights.metadata["sha256"])
        self._begins = {}

    def begin_slices(self, style: int) -> Generator[None, None, State]:
        """The state (1, H) that writing in this style begins from, with pauses; style -1 is none.

        Raises StylesError if there is no such style.
        """
        if style == -1:
            return self.model.start()
        if not 0 <= style < len(self.styles):
            raise StylesError(f"there is no style {style}, only {len(self.styles)} of them")
        if style not in self._begins:
            self._begins[style] = yield from styles.state_slices(self.model, self.styles[style].points)
        return self._begins[style]

    def from_points(self, name: str, points: np.ndarray, start=(0.0, 0.0)) -> EncodedLine:
        """Takes points (N, 3), in model units, as the line of this name; what is known of the old one serves on.

        Raises InkError if they are no line; the old one stays then.
        """
        line = EncodedLine(self.model, points, start)
        if name in self.lines:
            line.reuse_states(self.lines[name])
        self.lines[name] = line
        return line

    def from_strokes(self, name: str, strokes: list[np.ndarray]) -> EncodedLine:
        """Takes finished strokes (n, 2), in x-heights as a pen drew them, as this line. Raises InkError."""
        resampled = [resample(stroke, self.model.clock) for stroke in strokes if len(stroke)]
        if not resampled:
            raise ink.InkError("there is no ink to take apart")
        units = self.model.units_per_x_height
        return self.from_points(name, ink.to_points(resampled) * [units, units, 1], resampled[0][0])
