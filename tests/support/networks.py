"""Small networks with random weights, and random lines."""

import numpy as np

from ductus.weights.weights import Weights, shapes


def random_weights(units: int = 12, mixtures: int = 3, seed: int = 0, spread: float = 0.4, **metadata) -> Weights:
    """Draw float32 weights from a normal distribution; keyword arguments go into the metadata."""
    rng = np.random.default_rng(seed)
    arrays = {name: rng.normal(0, spread, shape) for name, shape in shapes(units, mixtures).items()}
    about = {
        "name": "random",
        "licence": None,
        "units": units,
        "mixtures": mixtures,
        "forget_bias": 1.0,
        "units_per_x_height": 3.0,
        "pen_clock": None,
        "training": None,
    }
    return Weights.from_arrays(arrays, about | metadata)


def random_line(points: int, seed: int = 0, spread: float = 1.0) -> np.ndarray:
    """Draw a line (N, 3) of normal offsets with occasional lifts, the last point lifted."""
    rng = np.random.default_rng(seed)
    line = np.column_stack([rng.normal(0, spread, (points, 2)), rng.random(points) < 0.1])
    line[-1:, 2] = 1
    return line
