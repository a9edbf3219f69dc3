"""Augmentation: a random linear map for each row, and noise that makes the data's grid continuous again.

Both act on offsets, so the order of strokes and the pen lifts stay as they were written.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from weights.training.data import seeds


@dataclass(frozen=True)
class Augmentation:
    """How much a row may change; each number is a maximum, and changes are uniform between minus and plus it.

    scale and stretch (width against height) are logarithms, slant is dx per dy, rotation is in radians. grid is the
    width in x-heights of the uniform noise on every offset, a row's first point included: the ink lies on a grid
    of 1/780 (text) or 1/871 (words), and without noise a density could grow without bound at the grid's points.
    """

    scale: float = 0.1
    slant: float = 0.15
    rotation: float = 0.02
    stretch: float = 0.06
    grid: float = 1 / 800


def maps(augmentation: Augmentation, rows: int, seed: int, step: int) -> np.ndarray:
    """Return a linear map for each row, float64 (rows, 2, 2): rotation @ slant @ stretch and scale, for (dx, dy)."""
    generator = seeds.numpy_generator(seed, step, seeds.MAPS)
    scale, slant, rotation, stretch = (
        limit * generator.uniform(-1, 1, rows)
        for limit in (augmentation.scale, augmentation.slant, augmentation.rotation, augmentation.stretch)
    )
    wide, high = np.exp(scale + stretch / 2), np.exp(scale - stretch / 2)
    cos, sin = np.cos(rotation), np.sin(rotation)
    # [[cos, -sin], [sin, cos]] @ [[1, slant], [0, 1]] @ [[wide, 0], [0, high]]
    columns = [cos * wide, (cos * slant - sin) * high, sin * wide, (sin * slant + cos) * high]
    return np.stack(columns, 1).reshape(rows, 2, 2)
