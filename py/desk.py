"""All that the worker has in hand: the model, sheets of ink that pens write on, lines taken apart, jobs under way."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from ductus import ink
from ductus.clock import resample
from ductus.model import Model
from line import Line
from running import Jobs
from session import Session


class Desk:
    """One model and its work. Raises ValueError for a model without a scale of its own."""

    def __init__(self, model: Model, now: Callable[[], float] = time.perf_counter):
        if model.clock is None or model.units_per_x_height is None:
            raise ValueError("these weights do not say how large an x-height is, so they cannot follow a pen")
        self.model = model
        self.jobs = Jobs(now)
        self.sheets: dict[str, Session] = {}
        self.lines: dict[str, Line] = {}

    def sheet(self, name: str) -> Session:
        """The sheet of this name, an empty one if nothing was written on it yet."""
        if name not in self.sheets:
            self.sheets[name] = Session(self.model)
        return self.sheets[name]

    def line(self, name: str) -> Line:
        """The line of this name. Raises ValueError if there is none."""
        if name not in self.lines:
            raise ValueError(f"there is no line {name!r} to take apart")
        return self.lines[name]

    def take(self, name: str, points: np.ndarray, start=(0.0, 0.0)) -> Line:
        """Takes points (N, 3), in model units, as the line of this name; what is known of the old one serves on.

        Raises InkError if they are no line; the old one stays then.
        """
        line = Line(self.model, points, start)
        if name in self.lines:
            line.learn_from(self.lines[name])
        self.lines[name] = line
        return line

    def take_strokes(self, name: str, strokes: list[np.ndarray]) -> Line:
        """Takes finished strokes (n, 2), in x-heights as a pen drew them, as this line. Raises InkError."""
        resampled = [resample(stroke, self.model.clock) for stroke in strokes if len(stroke)]
        if not resampled:
            raise ink.InkError("there is no ink to take apart")
        units = self.model.units_per_x_height
        return self.take(name, ink.to_points(resampled) * [units, units, 1], resampled[0][0])
