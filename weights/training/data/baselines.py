"""Score a model without memory: the baseline of a gain in nats a point.

A gain over it does not depend on the unit of the ink, unlike a density. It is fitted to the ink that it scores, which
is the strictest choice; numpy, float64.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Baseline(NamedTuple):
    """Mean nats a point of the two halves."""

    position: float
    lift: float

    @property
    def total(self) -> float:
        """Position and lift together."""
        return self.position + self.lift


def marginal(points: np.ndarray) -> Baseline:
    """Return the score of one Gaussian an axis and one Bernoulli for all points (N, 3)."""
    variance = points[:, :2].var(0, dtype=np.float64)  # (2,)
    return Baseline(float(0.5 * np.log(2 * np.pi * np.e * variance).sum()), _bernoulli(points[:, 2]))


def _bernoulli(lift: np.ndarray) -> float:
    share = float(np.mean(lift, dtype=np.float64))
    return -sum(p * float(np.log(p)) for p in (share, 1 - share) if p > 0)
