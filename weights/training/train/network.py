"""The network in PyTorch: an LSTM layer, a mixture density head, and the noise that regularises it.

The names of the parameters are also the names of the arrays in checkpoints: they must not change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from weights.training.data import seeds

FORGET_BIAS = 1.0  # added at run time, as in the article's network, and not part of the stored bias


@dataclass(frozen=True)
class Noise:
    """Regularisation by noise, in training only.

    drop_connect: share of the recurrent weights set to 0 for one step (Merity, Keskar, Socher 2018, section 2).
    weight_noise: standard deviation of Gaussian noise on the three matrices for one step (Graves 2013, 3.3).
    dropout: share of the cells hidden from the head, drawn once a row (Gal, Ghahramani 2016).
    jitter: standard deviation, in model units, of the noise on the place of each input point (the target stays), so
    that in free running the network has met small errors like its own; only in a share of the rows, jitter_share, so
    that it also learns from clean ink.
    """

    drop_connect: float = 0.0
    weight_noise: float = 0.0
    dropout: float = 0.0
    jitter: float = 0.0
    jitter_share: float = 1.0


class TorchNetwork(nn.Module):
    """H LSTM units and M mixture components. The gates are in PyTorch's order (i, f, g, o)."""

    def __init__(self, units: int, components: int, seed: int):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weight_ih = nn.Parameter(torch.empty(4 * units, 3))
        self.weight_hh = nn.Parameter(torch.empty(4 * units, units))
        self.bias = nn.Parameter(torch.zeros(4 * units))
        self.weight_out = nn.Parameter(torch.empty(1 + 6 * components, units))
        self.bias_out = nn.Parameter(torch.zeros(1 + 6 * components))
        with torch.no_grad():
            self.weight_ih.normal_(0, 0.3, generator=generator)
            for gate in range(4):
                nn.init.orthogonal_(self.weight_hh[gate * units : (gate + 1) * units], generator=generator)
            self.weight_out.normal_(0, 0.5 / units**0.5, generator=generator)
            self.bias_out[0] = -3.4  # about 3 % of points lift the pen
            # Components with different means specialise sooner.
            self.bias_out[1 + components : 1 + 3 * components].normal_(0, 0.7, generator=generator)
            self.bias_out[1 + 3 * components : 1 + 5 * components] = -0.7

    def forward(
        self, points: torch.Tensor, noise: Noise | None = None, seed=(0, 0), share=(0, 1), precision=torch.float32
    ) -> torch.Tensor:
        """Return the head's output that predicts each point, (T, B, 1+6M), from the zero state after one zero input.

        points (T, B, 3) in model units, each row from its first point on; noise is drawn for seed = (seed, step),
        and for the rows share = (rank, world) of a batch that is split between processes.
        """
        return predict(dict(self.named_parameters()), points, noise or Noise(), seed, share, precision)


def predict(
    weights: dict[str, torch.Tensor],
    points: torch.Tensor,
    noise: Noise,
    seed=(0, 0),
    share=(0, 1),
    precision: torch.dtype = torch.float32,
) -> torch.Tensor:
    """Do what `TorchNetwork.forward` does with any weights of the same names, for example the running average.

    precision is that of the LSTM layer; bfloat16 takes half the time on a CPU that supports it.
    """
    weights = _disturb(weights, noise, seed, points.device)
    units, rows = weights["weight_hh"].shape[1], points.shape[1]
    shifted = torch.cat([torch.zeros_like(points[:1]), points[:-1]])  # (T, B, 3)
    rank, world = share
    if noise.jitter:
        generator = seeds.torch_generator(*seed, seeds.JITTER, points.device)
        places = torch.randn((len(points), rows * world, 2), generator=generator, device=points.device)
        # Noise on the places, not on each offset: errors of offsets would add up to a drift that no ink has.
        places = noise.jitter * places[:, rank::world].diff(dim=0, prepend=torch.zeros_like(points[:1, :, :2]))
        chosen = torch.rand(rows * world, generator=generator, device=points.device) < noise.jitter_share
        places = places * chosen[rank::world, None]
        shifted = shifted + torch.nn.functional.pad(places, (0, 1))  # (T, B, 3)
    start = points.new_zeros((1, rows, units))
    forget = torch.zeros_like(weights["bias"])
    forget[units : 2 * units] = FORGET_BIAS
    # nn.LSTM calls torch.lstm; called directly, its weights may be computed, such as noisy ones.
    layer = [weights["weight_ih"], weights["weight_hh"], weights["bias"], forget]
    hidden, _, _ = torch.lstm(
        shifted.to(precision),
        (start.to(precision), start.to(precision)),
        [array.to(precision) for array in layer],
        has_biases=True,
        num_layers=1,
        dropout=0.0,
        train=torch.is_grad_enabled(),
        bidirectional=False,
        batch_first=False,
    )  # (T, B, H)
    hidden = hidden.to(torch.float32)  # the head's densities are narrow
    if noise.dropout:
        generator = seeds.torch_generator(*seed, seeds.DROPOUT, points.device)
        kept = torch.rand((rows * world, units), generator=generator, device=points.device) >= noise.dropout
        hidden = hidden * (kept[rank::world] / (1 - noise.dropout))
    return torch.nn.functional.linear(hidden, weights["weight_out"], weights["bias_out"])  # (T, B, 1+6M)


def to_arrays(weights: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """Convert to ductus's names, shapes and gate order: W_xh (3, 4H), W_hh (H, 4H), b_h (4H), W_hy (H, 1+6M), b_y."""
    plain = {name: value.detach().to("cpu", torch.float32).numpy() for name, value in weights.items()}
    return {
        "W_xh": np.ascontiguousarray(_reorder(plain["weight_ih"]).T),
        "W_hh": np.ascontiguousarray(_reorder(plain["weight_hh"]).T),
        "b_h": _reorder(plain["bias"]),
        "W_hy": np.ascontiguousarray(plain["weight_out"].T),
        "b_y": plain["bias_out"].copy(),
    }


def _reorder(rows: np.ndarray) -> np.ndarray:
    """Reorder the gates along the first axis from i, f, g, o to i, g, f, o."""
    i, f, g, o = np.split(rows, 4)
    return np.concatenate([i, g, f, o])


def _disturb(
    weights: dict[str, torch.Tensor], noise: Noise, seed: tuple[int, int], device: torch.device
) -> dict[str, torch.Tensor]:
    """Return the weights with one step's noise, the same on every process."""
    weights = dict(weights)
    if noise.weight_noise:
        generator = seeds.torch_generator(*seed, seeds.WEIGHT_NOISE, device)
        for name in ("weight_ih", "weight_hh", "weight_out"):
            disturbance = torch.randn(weights[name].shape, generator=generator, device=device)
            weights[name] = weights[name] + noise.weight_noise * disturbance
    if noise.drop_connect:
        generator = seeds.torch_generator(*seed, seeds.DROP_CONNECT, device)
        shape = weights["weight_hh"].shape
        kept = torch.rand(shape, generator=generator, device=device) >= noise.drop_connect
        weights["weight_hh"] = weights["weight_hh"] * (kept / (1 - noise.drop_connect))
    return weights
