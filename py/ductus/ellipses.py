"""The components of a mixture as ellipses: what a figure draws of a Gaussian."""

from __future__ import annotations

import numpy as np

from ductus.mixture import Mixture


def ellipses(mixture: Mixture) -> np.ndarray:
    """The one-sigma ellipse of each component: (B, M, 5) float64 of x, y, semi-axes a >= b, and the angle of a.

    Lengths are in model units, from the pen; the angle is in radians, from the x axis towards the y axis, in
    (-pi/2, pi/2]. The two-sigma ellipse has twice the axes. The axes are the square roots of the covariance's
    eigenvalues; b comes from the determinant, (a b)^2 = (sigma1 sigma2)^2 (1 - rho^2) = (sigma1 sigma2 / cosh r)^2,
    for their difference would cancel where |rho| is near 1.
    """
    sigma = np.exp(mixture.log_sigma.astype(np.float64))  # (B, M, 2)
    r = mixture.r.astype(np.float64)  # (B, M)
    across = np.tanh(r) * sigma[..., 0] * sigma[..., 1]  # (B, M), the covariance
    mean = (sigma**2).mean(axis=-1)  # (B, M), of the two variances
    half = (sigma[..., 0] ** 2 - sigma[..., 1] ** 2) / 2  # (B, M)
    a = np.sqrt(mean + np.hypot(half, across))  # (B, M)
    b = sigma[..., 0] * sigma[..., 1] / np.cosh(np.clip(r, -300, 300)) / a  # (B, M)
    b = np.minimum(a, b)  # of a circle rounding may make it the longer one
    angle = np.arctan2(across, half) / 2  # (B, M)
    return np.concatenate([mixture.mu.astype(np.float64), np.stack([a, b, angle], axis=-1)], axis=-1)
