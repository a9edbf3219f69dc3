"""Small text networks with random weights, for tests that need some network and no particular one."""

import numpy as np

from ductus.weights import text as text_weights
from ductus.weights.weights import Weights, all_shapes


def random_text_weights(units: int = 12, mixtures: int = 3, gaussians: int = 3, seed: int = 0, **metadata) -> Weights:
    """float32 weights of a network whose window moves on by about a fifth of a character at each point."""
    rng = np.random.default_rng(seed)
    about = {
        "name": "random text",
        "licence": None,
        "units": units,
        "mixtures": mixtures,
        "forget_bias": 1.0,
        "units_per_x_height": 3.0,
        "pen_clock": None,
        "training": None,
        **text_weights.describe(gaussians),
    }
    about |= metadata
    arrays = {name: rng.normal(0, 0.4, shape) for name, shape in all_shapes(about).items()}
    arrays["b_k"][2 * gaussians :] -= 1.4
    return Weights.from_arrays(arrays, about)


def without_a_window(**sizes) -> tuple[Weights, Weights]:
    """A plain network, and a text network that has the same arrays and takes nothing from its window."""
    made = random_text_weights(seed=2, **sizes)
    arrays = {name: made.array(name) for name in made.arrays}
    arrays["W_wh"][:], arrays["W_wy"][:] = 0, 0
    plain = {name: arrays[name] for name in ("W_xh", "W_hh", "b_h", "W_hy", "b_y")}
    about = {
        key: made.metadata[key] for key in made.metadata if key not in ("network", "alphabet", "window", "sha256")
    }
    return Weights.from_arrays(plain, about), Weights.from_arrays(arrays, made.metadata)
