"""Small readers with random weights, for tests that need some reader and no particular one."""

import numpy as np

from ductus.weights import reader as reader_weights
from ductus.weights.weights import Weights, all_shapes


def random_reader_weights(units: int = 7, layers: int = 2, frame: int = 3, seed: int = 0, **metadata) -> Weights:
    """float32 weights of a reader; what it reads is no language."""
    rng = np.random.default_rng(seed)
    about = {
        "name": "random reader",
        "licence": None,
        "units": units,
        "units_per_x_height": 3.0,
        "pen_clock": None,
        "training": None,
        **reader_weights.describe(layers, frame),
    }
    about |= metadata
    arrays = {name: rng.normal(0, 0.8, shape) for name, shape in all_shapes(about).items()}
    return Weights.from_arrays(arrays, about)
