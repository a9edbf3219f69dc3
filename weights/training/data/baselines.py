"""What a model without memory scores: the yardsticks that a gain in nats a point is measured against.

A gain over them does not depend on the unit of the ink, unlike a density. Both are fitted to the ink they score,
which is the strictest choice; numpy, float64.
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
        """Their sum."""
        return self.position + self.lift


def marginal(points: np.ndarray) -> Baseline:
    """One Gaussian an axis and one Bernoulli for points (N, 3), all points alike."""
    offsets = points[:, :2].astype(np.float64)
    return Baseline(_gaussian(offsets - offsets.mean(0)), _bernoulli(points[:, 2]))


def linear(points: np.ndarray, offsets: np.ndarray) -> Baseline:
    """Each offset from the offset before it by least squares, one fit after a lift and one inside a stroke.

    points (N, 3), row s being points[offsets[s]:offsets[s+1]]; before a row's first point stands a zero input, as for
    the network. Residuals are Gaussian, one variance an axis and a fit; the lift is a Bernoulli.
    """
    targets = points[:, :2].astype(np.float64)
    before = np.vstack([np.zeros((1, 3)), points[:-1].astype(np.float64)])  # (N, 3)
    before[offsets[:-1]] = 0
    total = 0.0
    for pen in (0, 1):
        chosen = before[:, 2] == pen
        if not chosen.any():
            continue
        inputs = np.column_stack([np.ones(chosen.sum()), before[chosen, :2]])  # (n, 3)
        fit = np.linalg.lstsq(inputs, targets[chosen], rcond=None)[0]  # (3, 2)
        total += _gaussian(targets[chosen] - inputs @ fit) * chosen.sum()
    return Baseline(total / len(points), _bernoulli(points[:, 2]))


def _gaussian(residuals: np.ndarray) -> float:
    """Mean nats of residuals (n, 2) under Gaussians of their own variances, one an axis."""
    return float(0.5 * np.log(2 * np.pi * np.e * np.square(residuals).mean(0)).sum())


def _bernoulli(lift: np.ndarray) -> float:
    share = float(np.mean(lift, dtype=np.float64))
    return -sum(p * float(np.log(p)) for p in (share, 1 - share) if p > 0)
