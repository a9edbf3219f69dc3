"""The text network in PyTorch: its parameters by the names of the weight file, its loss, and how it begins.

| name | shape     | meaning                                                              |
|------|-----------|----------------------------------------------------------------------|
| W_wh | (V, 4H)   | from the window (the end mark, then the alphabet) to the gates       |
| W_hk | (H, 3K)   | from the hidden state to the window: blocks of K alpha, beta, kappa  |
| b_k  | (3K,)     | their bias                                                           |
| W_wy | (V, 1+6M) | from the window to the head                                          |

and W_xh, W_hh, b_h, W_hy, b_y as in `ductus.weights`.
"""

from __future__ import annotations

import math

import torch

from ductus.alphabet import SYMBOLS
from ductus.weights.weights import Weights
from weights.training.text.batches import TextBatch
from weights.training.text.recurrence import Recurrence
from weights.training.train.loss import nats
from weights.training.train.network import FORGET_BIAS

GAUSSIANS = 10
LETTER_POINTS = 25  # points a letter, where the window's speed begins
Parameters = dict[str, torch.Tensor]


def begin(base: Weights, seed: int) -> Parameters:
    """Return parameters that write as the plain network `base` does, with a window that has yet to learn."""
    generator = torch.Generator().manual_seed(seed)
    units, head, K = base.units, 1 + 6 * base.components, GAUSSIANS

    def normal(size: float, *shape: int) -> torch.Tensor:
        return size * torch.randn(*shape, generator=generator)

    plain = {name: torch.from_numpy(base.array(name)) for name in ("W_xh", "W_hh", "b_h", "W_hy", "b_y")}
    plain["b_h"][2 * units : 3 * units] += base.metadata["forget_bias"] - FORGET_BIAS
    b_k = torch.zeros(3 * K)
    b_k[:K] = -2.0
    b_k[2 * K :] = math.log(1 / (LETTER_POINTS - 1)) + normal(0.3, K)
    return plain | {
        "W_wh": normal(0.005, SYMBOLS, 4 * units),
        "W_hk": normal(0.01, units, 3 * K),
        "b_k": b_k,
        "W_wy": normal(0.003, SYMBOLS, head),
    }


def run(parameters: Parameters, batch: TextBatch, precision=torch.bfloat16) -> tuple[torch.Tensor, torch.Tensor]:
    """Return nats of position and of lift for every point of the rows, (N,) each, row by row within each step."""
    units = len(parameters["W_hh"])
    forget = torch.zeros(4 * units)
    forget[2 * units : 3 * units] = FORGET_BIAS
    names = ("W_xh", "W_wh", "W_hh")
    layer = [*(parameters[name] for name in names), parameters["b_h"] + forget, parameters["W_hk"], parameters["b_k"]]
    hidden, windows, _ = Recurrence.apply(batch.inputs, batch.codes, *layer, precision)
    real = batch.mask.flatten().nonzero().squeeze(1)  # (N,)
    head = torch.addmm(parameters["b_y"], hidden.flatten(0, 1)[real], parameters["W_hy"])
    head = torch.addmm(head, windows.flatten(0, 1)[real], parameters["W_wy"])  # (N, 1 + 6M)
    return nats(head, batch.points.flatten(0, 1)[real])
