"""Read ink with a network: one teacher-forced pass gives every point's nats and what calibration needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np

from ductus import mixture
from ductus.lstm import State
from ductus.mixture import Mixture
from ductus.model import Model

_ROWS = 128  # read side by side
_erfc = np.frompyfunc(math.erfc, 1, 1)


class Reading(NamedTuple):
    """The network's predictions of N points, float64 (N,) each, and some of its states.

    position and lift are in nats; pit_x and pit_y are the quantiles of dx and dy in their marginal distributions, 0
    to 1; lift_probability is the predicted probability of a lift. states: point number -> the state (1, H) that
    predicts it.
    """

    position: np.ndarray
    lift: np.ndarray
    pit_x: np.ndarray
    pit_y: np.ndarray
    lift_probability: np.ndarray
    states: dict[int, State]

    @property
    def total(self) -> np.ndarray:
        """Position and lift together: (N,)."""
        return self.position + self.lift


def read(
    model: Model,
    points: np.ndarray,
    offsets: np.ndarray,
    wanted: Collection[int] = (),
    progress: Callable[[float], None] = lambda share: None,
) -> Reading:
    """Read rows points[offsets[s]:offsets[s+1]] of points (N, 3) in model units.

    Each row starts from the zero state after one zero input, its first point counts. `wanted` are the numbers of the
    points whose states are returned; `progress` is called with the share of the points done.
    """
    values = np.empty((5, len(points)))
    keep = np.zeros(len(points), bool)
    keep[list(wanted)] = True
    states: dict[int, State] = {}
    order = np.argsort(-np.diff(offsets), kind="stable")  # the longest first, so that finished rows are at the end
    done = 0
    for first in range(0, len(order), _ROWS):
        rows = order[first : first + _ROWS]
        lengths = np.diff(offsets)[rows]
        state = model.start(len(rows))
        for t in range(lengths[0]):
            running = int((lengths > t).sum())
            index = offsets[rows[:running]] + t  # (B,)
            state = State(state.h[:running], state.c[:running])
            for row in np.flatnonzero(keep[index]):
                states[int(index[row])] = State(state.h[row : row + 1].copy(), state.c[row : row + 1].copy())
            density, truth = model.head(state), points[index]  # truth (B, 3)
            values[0, index] = -mixture.log_density(density, truth[:, :2])
            values[1, index] = -mixture.log_lift(density, truth[:, 2])
            values[2:4, index] = marginal_cdf(density, truth[:, :2]).T
            values[4, index] = mixture.lift_probability(density)
            state = model.step(truth, state)
        done += int(lengths.sum())
        progress(done / len(points))
    return Reading(*values, states)


def marginal_cdf(density: Mixture, offsets: np.ndarray) -> np.ndarray:
    """Return the probabilities that dx and dy are below those of the offsets (B, 2): float64 (B, 2).

    For a sample of the mixture each is uniform (the probability integral transform; A. P. Dawid, 1984).
    """
    pi = np.exp(density.log_pi.astype(np.float64))  # (B, M)
    sigma = np.exp(density.log_sigma.astype(np.float64))  # (B, M, 2)
    below = 0.5 * _erfc((density.mu - offsets[:, None, :]) / (sigma * math.sqrt(2))).astype(np.float64)  # (B, M, 2)
    return np.einsum("bm,bmi->bi", pi, below)
