"""95 % intervals by resampling writers, because the points and lines of one writer are not independent.

The percentile bootstrap over clusters (B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8
and 13). With about twenty writers it is a little too narrow; numpy's PCG64 with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

REPLICATES = 2000
_LEVELS = (2.5, 97.5)  # percentiles, the bounds of a 95 % interval


def draws(groups: int, replicates: int = REPLICATES, seed: int = 0) -> np.ndarray:
    """Draw how often each group is in each replicate: int64 (replicates, groups), rows summing to `groups`."""
    return np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), replicates)


def of_sums(sums: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
    """Return {value, low, high} of a statistic of sums over all groups.

    sums (W, k), each group's own; `statistic` maps totals (R, k) to (R,).
    """
    replicates = statistic(draws(len(sums)).astype(np.float64) @ sums)  # (R,)
    return _estimate(statistic(sums.sum(0, keepdims=True))[0], replicates)


def ratio(above: np.ndarray, below: np.ndarray) -> dict[str, float]:
    """Return {value, low, high} of the total of `above` (W,) over that of `below` (W,): a mean over points."""

    def mean(total: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # a replicate without such points: 0 / 0, which is left out
            return total[:, 0] / total[:, 1]

    return of_sums(np.stack([above, below], 1).astype(np.float64), mean)


def of_values(values: np.ndarray, group: np.ndarray, statistic: Callable[[np.ndarray], float]) -> dict[str, float]:
    """Return {value, low, high} of any statistic of values (n, ...) that belong to groups (n,)."""
    groups, index = np.unique(group, return_inverse=True)
    members = [np.flatnonzero(index == g) for g in range(len(groups))]
    replicates = []
    for row in draws(len(groups)):
        chosen = np.concatenate([np.tile(members[g], count) for g, count in enumerate(row) if count])
        replicates.append(statistic(values[chosen]))
    return _estimate(statistic(values), np.array(replicates))


def _estimate(value: float, replicates: np.ndarray) -> dict[str, float]:
    low, high = np.percentile(replicates[np.isfinite(replicates)], _LEVELS)
    return {"value": float(value), "low": float(low), "high": float(high)}
