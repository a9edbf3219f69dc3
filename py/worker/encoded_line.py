"""A line of ink with the network's state before each of its points, computed once for all figures."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ductus.ink import InkError, as_points
from ductus.lstm import State
from ductus.model import MAX_INPUT, Model
from shared.limits import MAX_LINE_POINTS


class EncodedLine:
    """A line of N points, H cells.

    Attributes: points (N, 3), model units; start (2,), the pen's place before them, and places (N, 3), both x and y
    in x-heights, places with the lift; c and h (N + 1, H), where row i is the state that predicts point i, and the
    last row the state after the line; known, the number of rows computed so far; effects, what silencing a cell
    changes (`ductus.analysis.ablation`), of the cells for which that is known.
    Raises InkError for invalid points, for none, and for more than MAX_LINE_POINTS.
    """

    def __init__(self, model: Model, points: np.ndarray, start=(0.0, 0.0)):
        points = as_points(points)
        if not 0 < len(points) <= MAX_LINE_POINTS:
            raise InkError(f"a line has {len(points):,} points, but must have 1 to {MAX_LINE_POINTS:,}")
        self._model = model
        self.points = points
        self.start = np.array(start, np.float64)  # (2,)
        self.places = points.copy()
        self.places[:, :2] = points[:, :2].cumsum(0) / model.units_per_x_height + start
        self.c, self.h = np.zeros((2, len(points) + 1, model.units), np.float32)  # (N + 1, H) each
        first = model.start()
        self.c[0], self.h[0] = first.c[0], first.h[0]
        self.known = 1
        self.effects: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.points)

    @property
    def origins(self) -> np.ndarray:
        """The pen's place before each point: (N, 2), in x-heights."""
        return np.concatenate([[self.start], self.places[:-1, :2]])

    @property
    def inputs(self) -> np.ndarray:
        """The points as the network takes them: (N, 3)."""
        return np.clip(self.points, -MAX_INPUT, MAX_INPUT)

    def place_before(self, i: int) -> np.ndarray:
        """Return the pen's place before point i, or after the line: (2,), in x-heights."""
        return self.places[i - 1, :2] if i else self.start

    @property
    def cells(self) -> np.ndarray:
        """The cell states that predict the points: (N, H), a view; valid as far as `known`."""
        return self.c[: len(self)]

    def reuse_states(self, old: EncodedLine) -> None:
        """Copy the known states of an earlier line of the same model, as far as both have the same points."""
        shared = min(len(self), len(old))
        differ = (self.points[:shared] != old.points[:shared]).any(axis=1)  # (shared,)
        same = int(differ.argmax()) if differ.any() else shared
        rows = min(same + 1, old.known)
        if rows > self.known:
            self.c[:rows], self.h[:rows], self.known = old.c[:rows], old.h[:rows], rows

    def encode_slices(self, upto: int | None = None) -> Generator[None, None, None]:
        """Compute the states, as far as that of point `upto` (None: all), with pauses."""
        last = len(self) if upto is None else upto
        while self.known <= last:
            end = min(self.known + self._model.slice_points, last + 1)
            inputs = self.inputs[self.known - 1 : end - 1, None]  # (n, 1, 3)
            trace = self._model.trace(inputs, self.state(self.known - 1))
            self.c[self.known : end], self.h[self.known : end] = trace.c[1:, 0], trace.h[1:, 0]
            self.known = end
            yield

    def state(self, i: int) -> State:
        """Return the state that predicts point i, (1, H); it must be known."""
        return State(h=self.h[i : i + 1], c=self.c[i : i + 1])
