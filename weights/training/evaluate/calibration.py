"""Calibration: are the predicted densities as wide, and the predicted probabilities as high, as the ink shows?"""

from __future__ import annotations

import numpy as np

from weights.training.evaluate.reading import Reading

TENTHS = np.linspace(0, 1, 11)


def summary(reading: Reading, lift: np.ndarray, masks: dict[str, np.ndarray]) -> dict:
    """Return the probability integral transform of each axis, overall and by mask, and the lift's reliability.

    lift (N,), 0 or 1, is the truth; masks (N,) name parts of the points.
    """
    parts = {"all": np.ones(len(lift), bool), **masks}
    return {
        axis: {name: transform(values[mask]) for name, mask in parts.items() if mask.any()}
        for axis, values in (("dx", reading.pit_x), ("dy", reading.pit_y))
    } | {"lift": reliability(reading.lift_probability, lift)}


def transform(values: np.ndarray) -> dict:
    """Return how far values (n,) are from uniform on 0..1: the shares of the ten tenths, and the Kolmogorov-Smirnov
    distance, the largest gap between their distribution function and the straight line."""
    shares = np.histogram(np.clip(values, 0, 1), TENTHS)[0] / len(values)
    ordered, steps = np.sort(values), np.arange(len(values) + 1) / len(values)
    distance = max(np.max(steps[1:] - ordered), np.max(ordered - steps[:-1]))
    return {"tenths": shares.tolist(), "distance": float(distance), "points": len(values)}


def reliability(chance: np.ndarray, event: np.ndarray) -> dict:
    """Compare predicted probabilities (n,) with events (n,), 0 or 1.

    `by_chance` has a row for each tenth of the probability (0 to .1, ...), `by_rank` for each tenth of the points in
    the order of their probability. `error` is the mean distance of the two columns over by_chance, weighted by
    points: the expected calibration error of M. P. Naeini, G. F. Cooper, M. Hauskrecht (2015).
    """
    tenth = np.clip(np.digitize(chance, TENTHS[1:-1]), 0, 9)  # (n,)
    rank = np.argsort(np.argsort(chance, kind="stable"), kind="stable") * 10 // len(chance)
    by_chance = _rows(tenth, chance, event)
    error = sum(row["points"] * abs(row["predicted"] - row["happened"]) for row in by_chance) / len(chance)
    return {"by_chance": by_chance, "by_rank": _rows(rank, chance, event), "error": float(error)}


def _rows(group: np.ndarray, chance: np.ndarray, event: np.ndarray) -> list[dict]:
    rows = []
    for g in np.unique(group):
        chosen = group == g
        means = {"predicted": float(chance[chosen].mean()), "happened": float(event[chosen].mean())}
        rows.append({"tenth": int(g), "points": int(chosen.sum()), **means})
    return rows
