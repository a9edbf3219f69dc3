"""The cost of eight bits: the same lines under two files of one network, and how many weights are clipped."""

from __future__ import annotations

import numpy as np

from ductus.weights.quantise import MAX_VALUE, Quantised
from ductus.weights.weights import Weights
from weights.training.data.dataset import Dataset
from weights.training.evaluate import bootstrap


def loss(ink: Dataset, ours: np.ndarray, theirs: np.ndarray) -> dict:
    """Return how many more nats a point `ours` (N,) has than `theirs` (N,), paired line by line."""
    difference = np.add.reduceat(ours - theirs, ink.offsets[:-1])  # (S,)
    index = np.unique(ink.writer, return_inverse=True)[1]
    a_line = difference / ink.lengths  # (S,)
    return {
        "lines": len(difference),
        "points": len(ours),
        "total": bootstrap.ratio(np.bincount(index, difference), np.bincount(index, ink.lengths)),
        "line_median": float(np.median(a_line)),
        "line_largest": float(np.abs(a_line).max()),
    }


def clip_rates(weights: Weights, exact: Weights | None = None) -> dict[str, dict]:
    """Return for each array in 8 bits the share of its weights at the end of their scale.

    With the original float32 weights, also the share beyond it (which clipping changed by more than rounding does)
    and the largest error.
    """
    report: dict[str, dict] = {}
    for name, array in weights.arrays.items():
        if not isinstance(array, Quantised):
            continue
        report[name] = {"at_the_end": float((np.abs(array.values.astype(int)) == MAX_VALUE).mean())}
        if exact is not None:
            true = exact.array(name, np.float64)
            report[name]["clipped"] = float((np.abs(true) > (MAX_VALUE + 0.5) * array.scale).mean())
            report[name]["largest_error"] = float(np.abs(array.dequantise(np.float64) - true).max())
    return report
