"""The fans of a typed text by the network that wrote it: see `fan_sources`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator

import numpy as np

from ductus import mixture
from ductus.cooperative import without_progress
from ductus.generation.text import Primer
from ductus.generation.text_fans import fan_slices, line_states
from ductus.mixture import Mixture
from ductus.text_network import TextNetwork, TextState
from worker.fan_sources import Drawn, cost, in_groups, seeds
from worker.scheduler import POINTS_PER_SLICE


class TextFans:
    """The fans of the network that wrote a line, which knows its text.

    `points` (N, 3) are the line in units of that network, `units` those of a workspace's network to an x-height, in
    which costs are given.
    """

    def __init__(self, network: TextNetwork, points: np.ndarray, text: str, primer: Primer | None, units: float):
        self._network, self._points = network, points
        self.units = network.units_per_x_height or 1.0
        self._shift = 2 * math.log(units / self.units)  # from a density per square of one unit to one of the other
        self._known: list[tuple[TextState, str]] = []  # with what the window looks at
        self._coming = line_states(network, points, text, primer)

    def encode_slices(self, upto: int) -> Generator[None, None, None]:
        """Compute the states as far as that of point `upto`, with pauses."""
        while len(self._known) <= upto:
            for state in itertools.islice(self._coming, min(POINTS_PER_SLICE, upto + 1 - len(self._known))):
                if state is not None:  # that of a point of the line
                    self._known.append(state)
            yield

    def density(self, points: np.ndarray) -> Mixture:
        """Return what the network says about points (g,), whose states are known."""
        return mixture.split(self._network.output(self._states(points)))

    def nats(self, point: int) -> tuple[float, float]:
        """Return what the true point costs, its place and its lift, in nats."""
        place, lift = cost(self.density(np.array([point])), self._points[point])
        return place + self._shift, lift

    def draw_slices(
        self, wanted: np.ndarray, samples: int, steps: int, temperature: float, seed: int
    ) -> Generator[Drawn | None, None, None]:
        """Draw the fans of points (n,), few at first; None is a pause."""
        for points in in_groups(wanted, max(1, self._network.backend.slice_rows // samples)):
            yield from self.encode_slices(int(points.max()))
            texts = [self._known[point][1] for point in points]
            for text in dict.fromkeys(texts):  # those of one context side by side
                own = points[[other == text for other in texts]]
                paths = yield from without_progress(
                    fan_slices(self._network, self._states(own), text, samples, steps, temperature, seeds(seed, own))
                )
                yield own, paths

    def _states(self, points: np.ndarray) -> TextState:
        return TextState.join([self._known[point][0] for point in points])
