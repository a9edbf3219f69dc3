"""A reader in PyTorch: its parameters by the names of the weight file, its forward pass and its loss.

The recurrence is torch's own: oneDNN's fused LSTM in bfloat16 runs 3 x 96 cells at 90,000 points a second on one
core, forward and back, of which two thirds are the large products; compiled loops could save a tenth at most.
"""

from __future__ import annotations

import torch

from ductus.analysis.ctc import BLANK
from ductus.weights.reader import DIRECTIONS, shapes
from weights.training.reader.batches import ReaderBatch

Parameters = dict[str, torch.Tensor]


def begin(units: int, layers: int, frame: int, seed: int) -> Parameters:
    """Return parameters to begin with: uniform as torch's own, gates that forget little."""
    generator = torch.Generator().manual_seed(seed)
    width = units**-0.5
    parameters = {
        name: width * (2 * torch.rand(*shape, generator=generator) - 1)
        for name, shape in shapes(units, layers, frame).items()
    }
    for name, value in parameters.items():
        if name.startswith("b_") and name != "b_y":
            value[2 * units : 3 * units] += 1.0
    return parameters


def run(
    parameters: Parameters,
    layers: int,
    batch: ReaderBatch,
    precision: torch.dtype = torch.bfloat16,
    dropout: float = 0.0,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Return log-probabilities (T, B, V) of the blank and the characters for each frame; rows may have less frames.

    `dropout` of every layer's outputs are set to 0, chosen by the generator.
    """
    steps = torch.arange(len(batch.frames))[:, None]  # (T, 1)
    backwards = torch.where(steps < batch.lengths, batch.lengths - 1 - steps, steps)  # (T, B)
    seen = batch.frames
    for layer in range(layers):
        both = []
        for direction in DIRECTIONS:
            x = _along(seen, backwards) if direction == "b" else seen
            W_x, W_h, b = (parameters[f"{name}_{direction}{layer}"] for name in ("W_x", "W_h", "b"))
            y = _layer(x, W_x, W_h, b, precision)
            both.append(_along(y, backwards) if direction == "b" else y)
        seen = torch.cat(both, -1)  # (T, B, 2H)
        if dropout:
            kept = torch.rand(seen.shape, generator=generator) >= dropout
            seen = seen * kept / (1 - dropout)
    head = torch.addmm(parameters["b_y"], seen.flatten(0, 1), parameters["W_y"])
    return torch.log_softmax(head, -1).view(*seen.shape[:2], -1)


def loss(log_p: torch.Tensor, batch: ReaderBatch) -> torch.Tensor:
    """Return the rows' nats, summed: CTC (Graves et al. 2006). A row with more characters than frames counts 0."""
    return torch.nn.functional.ctc_loss(
        log_p, batch.codes, batch.lengths, batch.counts, BLANK, reduction="sum", zero_infinity=True
    )


def _along(x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Return x (T, B, F) with its frames in the order of index (T, B)."""
    return torch.gather(x, 0, index[:, :, None].expand_as(x))


def _layer(x: torch.Tensor, W_x: torch.Tensor, W_h: torch.Tensor, b: torch.Tensor, precision) -> torch.Tensor:
    """Return the hidden states (T, B, H) of a layer, whose gates i, g, f, o torch has as i, f, g, o."""
    torchs = [torch.cat([part[i] for i in (0, 2, 1, 3)]) for part in (_gates(W_x), _gates(W_h), _gates(b))]
    zero = x.new_zeros(1, x.shape[1], len(W_h))
    arrays = [torchs[0], torchs[1], torchs[2], torch.zeros_like(torchs[2])]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == torch.bfloat16):
        return torch.lstm(x, (zero, zero), arrays, True, 1, 0.0, True, False, False)[0].float()


def _gates(array: torch.Tensor) -> list[torch.Tensor]:
    """Return the four gates' parts (H, I) of W (I, 4H), or (H,) of a bias."""
    return list(array.t().contiguous().chunk(4)) if array.dim() == 2 else list(array.chunk(4))
