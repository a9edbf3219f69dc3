"""Measure the model unit of ink, in units per x-height: `python -m weights.training.data.unit FILE.npz ...`."""

from __future__ import annotations

import sys

import numpy as np

from weights.training.data import dataset


def units_per_x_height(ink: dataset.Dataset) -> float:
    """Return 1 / the root mean square of all dx and dy of ink in x-heights, without each row's first point.

    dx and dy are pooled: the mean is that of (dx^2 + dy^2) / 2.
    """
    body = np.ones(len(ink.points), bool)
    body[ink.offsets[:-1]] = False
    return 1 / float(np.sqrt(np.mean(ink.points[body, :2].astype(np.float64) ** 2)))


if __name__ == "__main__":
    try:
        print(f"{units_per_x_height(dataset.load(sys.argv[1:])):.4f}")
    except (dataset.DataError, OSError) as error:
        sys.exit(f"unit: {error}")
