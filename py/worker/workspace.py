"""The worker's state: the model, the sheets of ink being written, the encoded lines and the running tasks."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import numpy as np

from ductus import ink, intervention
from ductus.generation import styles
from ductus.generation.styles import Style, StylesError
from ductus.lstm import State
from ductus.model import Model
from ductus.resample import PenClock, resample
from ductus.weights.weights import Weights
from worker.encoded_line import EncodedLine
from worker.ink_session import InkSession
from worker.scheduler import Scheduler

if TYPE_CHECKING:
    from ductus.analysis.saliency import Backward
    from worker.changed_line import ChangedLine

# Model units per x-height of a network whose weights do not state it, such as the 2016 article's. With this value the
# median step of our pen clock inside a stroke (0.170 x-heights over the lines of weights/styles.json) equals that of
# the ink on which the article's network was trained (0.45 units over 185 lines).
ASSUMED_UNITS_PER_X_HEIGHT = 2.6


def complete_metadata(weights: Weights) -> Weights:
    """Return weights that state a scale and a pen clock: assumed ones where these weights state none."""
    assumed = {"units_per_x_height": ASSUMED_UNITS_PER_X_HEIGHT, "pen_clock": PenClock().to_dict()}
    missing = {name: value for name, value in assumed.items() if weights.metadata[name] is None}
    return Weights(weights.arrays, weights.metadata | missing) if missing else weights


class Workspace:
    """One model and everything computed with it. Raises ValueError for a model without a scale or a pen clock."""

    def __init__(self, model: Model, now: Callable[[], float] = time.perf_counter):
        if model.clock is None or model.units_per_x_height is None:
            raise ValueError("these weights do not say how large an x-height is, so they cannot follow a pen")
        self.model, self.units_per_x_height = model, model.units_per_x_height
        self.scheduler = Scheduler(now)
        self.sheets: dict[str, InkSession] = {}
        self.lines: dict[str, EncodedLine] = {}
        self.styles: list[Style] = []
        self._style_states: dict[int, State] = {}  # of the styles used so far
        self._changed: dict[str, ChangedLine] = {}  # the last one of each line
        self._backward: Backward | None = None

    def sheet(self, name: str) -> InkSession:
        """Return the sheet of this name, a new empty one if there is none."""
        if name not in self.sheets:
            self.sheets[name] = InkSession(self.model)
        return self.sheets[name]

    def line(self, name: str) -> EncodedLine:
        """Return the line of this name. Raises ValueError if there is none."""
        if name not in self.lines:
            raise ValueError(f"there is no line {name!r}")
        return self.lines[name]

    def changed_line(self, name: str, interventions: str) -> ChangedLine:
        """Return the line of this name under interventions, with what was computed of it last time.

        Raises ValueError if there is no such line, and for invalid interventions.
        """
        from worker.changed_line import ChangedLine  # not before the first prediction

        line, parsed = self.line(name), intervention.parse(interventions, self.model.units)
        kept = self._changed.get(name)
        if kept is None or kept.line is not line or kept.interventions != parsed:
            kept = self._changed[name] = ChangedLine(self.model, line, parsed)
        return kept

    def backward(self) -> Backward:
        """Return the backward pass of the model."""
        from ductus.analysis.saliency import Backward  # not before the first prediction

        self._backward = self._backward or Backward(self.model)
        return self._backward

    def load_styles(self, data: bytes) -> None:
        """Load a styles file of this network. Raises StylesError if it is invalid; the current styles are kept."""
        self.styles = styles.parse(data, self.model.weights.metadata["sha256"])
        self._style_states = {}

    def style_state_slices(self, style: int) -> Generator[None, None, State]:
        """Return the state (1, H) from which writing in this style starts, with pauses; -1 is no style.

        Raises StylesError if there is no such style.
        """
        if style == -1:
            return self.model.start()
        if not 0 <= style < len(self.styles):
            raise StylesError(f"there is no style {style}, only {len(self.styles)} of them")
        if style not in self._style_states:
            self._style_states[style] = yield from styles.state_slices(self.model, self.styles[style].points)
        return self._style_states[style]

    def from_points(self, name: str, points: np.ndarray, start=(0.0, 0.0)) -> EncodedLine:
        """Set the line of this name to points (N, 3), in model units, that follow the place `start` in x-heights.

        The states of its previous points are reused as far as the points agree. Raises InkError if the points are
        invalid; the current line is kept.
        """
        line = EncodedLine(self.model, points, start)
        if name in self.lines:
            line.reuse_states(self.lines[name])
        self.lines[name] = line
        return line

    def from_strokes(self, name: str, strokes: list[np.ndarray]) -> EncodedLine:
        """Set the line of this name to finished strokes (n, 2), in x-heights as a pen drew them, resampled.

        Raises InkError if the strokes are invalid; the current line is kept.
        """
        resampled = [resample(stroke, self.model.clock) for stroke in strokes if len(stroke)]
        if not resampled:
            raise ink.InkError("there is no ink")
        units = self.model.units_per_x_height
        return self.from_points(name, ink.to_points(resampled) * [units, units, 1], resampled[0][0])
