"""What draws the fans of a line: here the workspace's network; `text_fans` has one that knows the line's text.

Both have `units` to an x-height, and number the points of the line alike: the state of point i predicts it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from ductus import mixture
from ductus.lstm import State
from ductus.mixture import Mixture
from ductus.model import Model
from ductus.sharing import Group
from worker.encoded_line import EncodedLine

Drawn = tuple[np.ndarray, np.ndarray]  # points (g,) of a line, and their paths (g, S, K, 3) in units of the network


class PlainFans:
    """The fans of the workspace's network."""

    def __init__(self, model: Model, line: EncodedLine):
        self._model, self._line = model, line
        self.units = model.units_per_x_height or 1.0

    def encode_slices(self, upto: int) -> Generator[None, None, None]:
        """Compute the states as far as that of point `upto`, with pauses."""
        return self._line.encode_slices(upto)

    def density(self, points: np.ndarray) -> Mixture:
        """Return what the network says about points (g,), whose states are known."""
        return self._model.head(self._states(points))

    def nats(self, point: int) -> tuple[float, float]:
        """Return what the true point costs, its place and its lift, in nats."""
        return cost(self.density(np.array([point])), self._line.points[point])

    def draw_slices(
        self, wanted: np.ndarray, samples: int, steps: int, temperature: float, seed: int
    ) -> Generator[Drawn | None, None, None]:
        """Draw the fans of points (n,), few at first; None is a pause."""

        def groups() -> Generator[Group | None, None, None]:
            for points in in_groups(wanted, self._model.group_size(len(wanted), samples)):
                yield from self.encode_slices(int(points.max()))
                yield Group(points, self._states(points), seeds(seed, points))

        for drawn in self._model.share_groups(groups(), len(wanted), samples, steps, temperature):
            yield drawn and (drawn[0].name, drawn[1])

    def _states(self, points: np.ndarray) -> State:
        return State(self._line.h[points], self._line.c[points])


def in_groups(wanted: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Yield the points (n,) in groups of 1, 2, 4 to `size`."""
    first, many = 0, 1
    while first < len(wanted):
        yield wanted[first : first + many]
        first, many = first + many, min(2 * many, size)


def seeds(seed: int, points: np.ndarray) -> list[list[int]]:
    """Return the seeds of the fans of points (g,)."""
    return [[seed, int(point)] for point in points]


def cost(density: Mixture, truth: np.ndarray) -> tuple[float, float]:
    """Return what a point (3,) costs by its density, its place and its lift, in nats."""
    place = -mixture.log_density(density, truth[None, :2])[0]
    return float(place), float(-mixture.log_lift(density, truth[None, 2])[0])
