"""Random numbers that depend only on the run's seed, the step and their purpose.

A run that is resumed, or split between processes, draws the same numbers as one whole run on one process.
"""

from __future__ import annotations

import numpy as np
import torch

ORDER, MAPS, GRID, DROP_CONNECT, WEIGHT_NOISE, DROPOUT, JITTER = range(7)  # purposes


def numpy_generator(seed: int, step: int, purpose: int) -> np.random.Generator:
    """Return PCG64 for this step and purpose."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, step, purpose])))


def torch_generator(seed: int, step: int, purpose: int, device: torch.device) -> torch.Generator:
    """Return PyTorch's generator on the device, for this step and purpose."""
    state = np.random.SeedSequence([seed, step, purpose]).generate_state(1, np.uint64)[0]
    return torch.Generator(device).manual_seed(int(state >> 1))
