"""A line taken apart: its points, where they lie, and the network's state before each of them, found once for all."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ductus.ink import InkError, as_points
from ductus.lstm import State
from ductus.model import Model

# The longest line that is taken apart: some forty words. Its states take 16 MB.
LONGEST = 4000
# Points fed between two pauses: with numpy in WebAssembly about 2 ms.
FEED = 4


class EncodedLine:
    """A line of N points, H cells.

    Attributes: points (N, 3), model units; start (2,), where the pen was before them, and places (N, 3), both x and y
    in x-heights, places with the lift; c and h (N + 1, H), where row i is the state that predicts point i, and the
    last that after the line; known, how many of their rows are filled.
    Raises InkError for points that are none, and for too many.
    """

    def __init__(self, model: Model, points: np.ndarray, start=(0.0, 0.0)):
        points = as_points(points)
        if not 0 < len(points) <= LONGEST:
            raise InkError(f"a line of {len(points):,} points cannot be taken apart, only one of 1 to {LONGEST:,}")
        self._model = model
        self.points = points
        self.start = np.array(start, np.float64)  # (2,)
        self.places = points.copy()
        self.places[:, :2] = points[:, :2].cumsum(0) / model.units_per_x_height + start
        self.c, self.h = np.zeros((2, len(points) + 1, model.units), np.float32)  # (N + 1, H) each
        self.c[0], self.h[0] = (part[0] for part in _both(model.start()))
        self.known = 1

    def __len__(self) -> int:
        return len(self.points)

    def reuse_states(self, old: EncodedLine) -> None:
        """Takes over what is known of an earlier line of the same model that begins alike."""
        most = min(len(self), len(old))
        differ = (self.points[:most] != old.points[:most]).any(axis=1)  # (most,)
        alike = int(differ.argmax()) if differ.any() else most
        rows = min(alike + 1, old.known)
        if rows > self.known:
            self.c[:rows], self.h[:rows], self.known = old.c[:rows], old.h[:rows], rows

    def slices(self, upto: int | None = None) -> Generator[None, None, None]:
        """Fills the states in, as far as that of point `upto` (None: all), with pauses."""
        last = len(self) if upto is None else upto
        while self.known <= last:
            state = self.state(self.known - 1)
            for _ in range(min(FEED, last + 1 - self.known)):
                state = self._model.feed(self.points[self.known - 1 : self.known], state)
                self.c[self.known], self.h[self.known] = (part[0] for part in _both(state))
                self.known += 1
            yield

    def state(self, i: int) -> State:
        """The state that predicts point i, (1, H); it must be known."""
        return State(h=self.h[i : i + 1], c=self.c[i : i + 1])


def _both(state: State) -> tuple[np.ndarray, np.ndarray]:
    return state.c, state.h
