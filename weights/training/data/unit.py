"""The model unit that ink gives, in units to an x-height: `python -m weights.training.unit FILE.npz ...`."""

from __future__ import annotations

import sys

import numpy as np

from weights.training.data import ink_data


def units_per_x_height(ink: ink_data.Ink) -> float:
    """1 / the pooled root-mean-square offset of ink in x-heights, each row's first point left out.

    dx and dy are in one pool: the mean is that of (dx^2 + dy^2) / 2.
    """
    body = np.ones(len(ink.points), bool)
    body[ink.offsets[:-1]] = False
    return 1 / float(np.sqrt(np.mean(ink.points[body, :2].astype(np.float64) ** 2)))


if __name__ == "__main__":
    try:
        print(f"{units_per_x_height(ink_data.load(sys.argv[1:])):.4f}")
    except (ink_data.DataError, OSError) as error:
        sys.exit(f"unit: {error}")
