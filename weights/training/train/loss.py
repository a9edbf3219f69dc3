"""The negative log-likelihood of ink under the head's mixture, in nats a point.

Graves 2013, "Generating sequences with recurrent neural networks", equations 23-26.
"""

from __future__ import annotations

import math

import torch
from torch.nn.functional import softplus


def nats(head: torch.Tensor, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the position and lift loss of every point, two tensors (...).

    head (..., 1+6M): lift logit, then blocks of M: pi logit, mu1, mu2, log sigma1, log sigma2, atanh rho;
    points (..., 3) = dx, dy, lift in the same unit as mu. Float32 is enough: nothing here cancels.
    """
    lift, mixture = head[..., 0], head[..., 1:]
    pi, mu1, mu2, log_sigma1, log_sigma2, r = mixture.unflatten(-1, (6, -1)).unbind(-2)  # (..., M) each
    x = (points[..., 0:1] - mu1) * torch.exp(-log_sigma1)
    y = (points[..., 1:2] - mu2) * torch.exp(-log_sigma2)
    # With rho = tanh r: 1 / sqrt(1 - rho^2) = cosh r, so the part of x that y does not explain, divided by its
    # deviation, is x cosh r - y sinh r, and log(1 - rho^2) = -2 log cosh r. No two nearly equal terms are subtracted.
    unexplained = x * torch.cosh(r) - y * torch.sinh(r)
    log_cosh = r.abs() + softplus(-2 * r.abs()) - math.log(2)
    log_density = -0.5 * (unexplained.square() + y.square()) - log_sigma1 - log_sigma2 + log_cosh
    position = torch.logsumexp(pi, -1) - torch.logsumexp(pi + log_density, -1) + math.log(2 * math.pi)
    return position, softplus(lift) - points[..., 2] * lift
