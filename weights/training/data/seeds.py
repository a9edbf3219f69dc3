"""Random numbers that depend on nothing but the run's seed, the step and what they are for.

So a run that is resumed, or split over processes, draws what the whole run on one process would have drawn.
"""

from __future__ import annotations

import numpy as np
import torch

ORDER, MAPS, GRID, DROP_CONNECT, WEIGHT_NOISE, DROPOUT, JITTER = range(7)  # what the numbers are for


def numpy_generator(seed: int, step: int, purpose: int) -> np.random.Generator:
    """PCG64 for this step and purpose."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, step, purpose])))


def torch_generator(seed: int, step: int, purpose: int, device: torch.device) -> torch.Generator:
    """PyTorch's generator on the device, for this step and purpose."""
    state = np.random.SeedSequence([seed, step, purpose]).generate_state(1, np.uint64)[0]
    return torch.Generator(device).manual_seed(int(state >> 1))
