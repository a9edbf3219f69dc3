"""The head of the network: where the pen goes next, as a mixture of bivariate Gaussians and the chance of a lift.

Graves (2013), section 4.1. One output row is: the lift's logit, then blocks of M numbers each for the weights pi (as
logits), mu1, mu2, sigma1, sigma2 (as logarithms) and rho (as its inverse hyperbolic tangent). The lift's logit grows
with the chance of a lift; in Graves' equation 18 it has the opposite sign. `sample` applies the temperature.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

# Outside +- this a weight file is damaged or hostile; inside it sigma and its square stay finite in float32.
MAX_LOG_SIGMA = 20.0
# Beyond this many sigmas the log-density is as good as minus infinity; the square of this is still a float64.
MAX_SIGMAS = 1e150
# The same in a gradient, where its products with cosh(300) stay finite.
_FAR = 1e70


class Mixture(NamedTuple):
    """The densities for B pens. Weights sum to 1 over M components; lengths are in model units."""

    lift: np.ndarray  # (B,) logit of the chance that the next point is the last of its stroke
    log_pi: np.ndarray  # (B, M) logarithms of the weights
    mu: np.ndarray  # (B, M, 2)
    log_sigma: np.ndarray  # (B, M, 2)
    r: np.ndarray  # (B, M) inverse hyperbolic tangent of the correlation rho


def split(output: np.ndarray) -> Mixture:
    """Return the head's raw output (B, 1 + 6M) as a mixture; Graves (2013), equations 18-22."""
    blocks = output[:, 1:].reshape(len(output), 6, output.shape[1] // 6)  # (B, 6, M)
    log_pi = blocks[:, 0]
    log_pi = log_pi - log_sum_exp(log_pi)[:, None]  # (B, M)
    mu = np.stack([blocks[:, 1], blocks[:, 2]], axis=-1)  # (B, M, 2)
    log_sigma = np.stack([blocks[:, 3], blocks[:, 4]], axis=-1)  # (B, M, 2)
    return Mixture(output[:, 0], log_pi, mu, np.clip(log_sigma, -MAX_LOG_SIGMA, MAX_LOG_SIGMA), blocks[:, 5])


def log_density(mixture: Mixture, offsets: np.ndarray) -> np.ndarray:
    """Return the log-density of the offsets (B, 2), in nats: (B,). Graves (2013), equations 23-25.

    Finite for finite offsets. Computed in float64. The quadratic form is written as a sum of two squares, because its
    textbook form cancels when |rho| is near 1; 1 - rho^2 = 1 / cosh(r)^2 is never formed, because it can round to 0.
    """
    log_sigma = mixture.log_sigma.astype(np.float64)  # (B, M, 2)
    r = mixture.r.astype(np.float64)  # (B, M)
    log_cosh = np.abs(r) + np.log1p(np.exp(-2 * np.abs(r))) - math.log(2)  # (B, M)
    with np.errstate(over="ignore"):  # what overflows is clipped
        z = (offsets[:, None, :] - mixture.mu) * np.exp(-log_sigma)  # (B, M, 2)
    z = np.clip(z, -MAX_SIGMAS, MAX_SIGMAS)
    residual = (z[..., 1] - np.tanh(r) * z[..., 0]) * np.exp(np.minimum(log_cosh, 300.0))  # (B, M)
    residual = np.clip(residual, -MAX_SIGMAS, MAX_SIGMAS)
    log_normal = log_cosh - log_sigma.sum(axis=-1) - math.log(2 * math.pi) - 0.5 * (z[..., 0] ** 2 + residual**2)
    return log_sum_exp(mixture.log_pi + log_normal)


def log_lift(mixture: Mixture, lift: np.ndarray) -> np.ndarray:
    """Return the log-probability of the lifts (B,), each 0 or 1, in nats: (B,). Graves (2013), equation 26."""
    logit = np.where(lift > 0.5, mixture.lift, -mixture.lift).astype(np.float64)  # (B,)
    return -np.logaddexp(0.0, -logit)


def facts(output: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return what the head's raw output (B, 1 + 6M) says about the true points (B, 3): (B, 5) float64.

    The nats of the offset and of the lift, the probability of a lift, and x and y of the offset on average (the mean
    of the mixture).
    """
    mixture = split(output)
    step = (np.exp(mixture.log_pi)[..., None] * mixture.mu).sum(axis=1)  # (B, 2)
    position = -log_density(mixture, points[:, :2])
    lift = np.logaddexp(0.0, np.where(points[:, 2] > 0.5, -1, 1) * mixture.lift.astype(np.float64))  # (B,)
    return np.column_stack([position, lift, lift_probability(mixture), step])


def log_probability_gradient(output: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the derivatives of log p of points (B, 3) by the head's raw output (B, 1 + 6M): (B, 1 + 6M), float64.

    log p is `log_density` and `log_lift` together. Graves (2013), equations 27-37, with the correlation as r =
    artanh(rho): for each component, weighted by its responsibility gamma,

        z = (x - mu) / sigma      e = (z2 - rho z1) cosh r      p1 = e sinh r - z1      p2 = -e cosh r
        d/d logit = gamma - pi    d/d mu = -p / sigma           d/d log sigma = -1 - z p
        d/d r = rho - e (e rho - z1 / cosh r)                   d/d lift = lift - p(lift)
    """
    mixture = split(output.astype(np.float64))
    sigma, r = np.exp(mixture.log_sigma), np.clip(mixture.r, -300, 300)  # (B, M, 2), (B, M)
    cosh, rho = np.cosh(r), np.tanh(r)
    z = np.clip((points[:, None, :2] - mixture.mu) / sigma, -_FAR, _FAR)  # (B, M, 2)
    e = np.clip((z[..., 1] - rho * z[..., 0]) * cosh, -_FAR, _FAR)  # (B, M)
    log_normal = np.log(cosh) - mixture.log_sigma.sum(axis=-1) - 0.5 * (z[..., 0] ** 2 + e**2)
    terms = mixture.log_pi + log_normal  # (B, M), without the constant
    gamma = np.exp(terms - log_sum_exp(terms)[:, None])  # (B, M)
    by_z = np.stack([e * np.sinh(r) - z[..., 0], -e * cosh], axis=-1)  # (B, M, 2)
    inside = np.abs(mixture.log_sigma) < MAX_LOG_SIGMA  # (B, M, 2); beyond, sigma is a constant
    by_mu, by_sigma = -by_z / sigma, np.where(inside, -1 - z * by_z, 0)  # (B, M, 2)
    by_r = rho - e * (e * rho - z[..., 0] / cosh)  # (B, M)
    blocks = [by_mu[..., 0], by_mu[..., 1], by_sigma[..., 0], by_sigma[..., 1], by_r]
    parts = [gamma - np.exp(mixture.log_pi), *(gamma * block for block in blocks)]
    return np.concatenate([points[:, 2:] - lift_probability(mixture)[:, None], *parts], axis=1)


def lift_probability(mixture: Mixture) -> np.ndarray:
    """Return the probability that the next point is the last of its stroke: (B,)."""
    return _logistic(mixture.lift)


def ellipses(mixture: Mixture) -> np.ndarray:
    """Return each component's one-sigma ellipse: (B, M, 5) float64 of x, y, semi-axes a >= b, and the angle of a.

    Lengths are in model units, from the pen; the angle is in radians, from the x axis towards the y axis, in
    (-pi/2, pi/2]. The two-sigma ellipse has twice the axes. The axes are the square roots of the covariance's
    eigenvalues; b comes from the determinant, (a b)^2 = (sigma1 sigma2)^2 (1 - rho^2) = (sigma1 sigma2 / cosh r)^2,
    because their difference cancels where |rho| is near 1.
    """
    sigma = np.exp(mixture.log_sigma.astype(np.float64))  # (B, M, 2)
    r = mixture.r.astype(np.float64)  # (B, M)
    covariance = np.tanh(r) * sigma[..., 0] * sigma[..., 1]  # (B, M)
    mean = (sigma**2).mean(axis=-1)  # (B, M), of the two variances
    half = (sigma[..., 0] ** 2 - sigma[..., 1] ** 2) / 2  # (B, M)
    a = np.sqrt(mean + np.hypot(half, covariance))  # (B, M)
    b = sigma[..., 0] * sigma[..., 1] / np.cosh(np.clip(r, -300, 300)) / a  # (B, M)
    b = np.minimum(a, b)  # for a circle rounding may make it the longer one
    angle = np.arctan2(covariance, half) / 2  # (B, M)
    return np.concatenate([mixture.mu.astype(np.float64), np.stack([a, b, angle], axis=-1)], axis=-1)


def sample(output: np.ndarray, temperature: float, uniforms: np.ndarray) -> np.ndarray:
    """Sample points (dx, dy, lift) for B pens, S for each, pen by pen: (B * S, 3), float64.

    `output` (B, 1 + 6M) is the head's raw output. `uniforms` (B * S, 4), in [0, 1), decide the component, the lift
    and the two normal numbers (Box-Muller). The temperature T is applied as in the 2016 article: pi becomes pi^(1/T),
    renormalised, sigma becomes sigma T, and the lift is unchanged. (Graves' bias b, equations 61-62, multiplies sigma
    by exp(-b) instead.) T = 0 gives the mean of the most likely component.

    Only the sampled components are computed (equations 18-22), because a fan waits for this at every step.

    Raises ValueError for a temperature that is negative or not finite.
    """
    check_temperature(temperature)
    pens, rows = len(output), len(uniforms)
    samples = rows // max(1, pens)
    blocks = output[:, 1:].reshape(pens, 6, output.shape[1] // 6)  # (B, 6, M)
    if temperature == 0:
        chosen = np.repeat(blocks[:, 0].argmax(axis=1), samples)  # (B * S,)
    else:
        log_pi = blocks[:, 0].astype(np.float64)  # (B, M), shifted so that each row's largest is 0
        log_pi -= log_pi.max(axis=1, keepdims=True)
        # A component exp(-700) times as likely is never drawn; with less the quotient might overflow.
        pi = np.exp(np.maximum(log_pi, -700 * temperature) / temperature)  # (B, M)
        cumulative = pi.cumsum(axis=1)[:, None]  # (B, 1, M)
        threshold = uniforms[:, 0].reshape(pens, samples, 1) * cumulative[..., -1:]  # (B, S, 1)
        chosen = (cumulative[..., :-1] <= threshold).sum(axis=2).ravel()  # (B * S,)
    pen = np.arange(rows) // max(1, samples)
    component = blocks[pen, :, chosen].astype(np.float64)  # (B * S, 6)
    mu, log_sigma, r = component[:, 1:3], component[:, 3:5], component[:, 5]
    sigma = np.exp(np.minimum(np.maximum(log_sigma, -MAX_LOG_SIGMA), MAX_LOG_SIGMA)) * temperature  # (B * S, 2)
    radius = np.sqrt(-2 * np.log1p(-uniforms[:, 2]))  # (B * S,)
    angle = 2 * np.pi * uniforms[:, 3]  # (B * S,)
    z = np.empty((rows, 2))
    z[:, 0] = radius * np.cos(angle)
    # The second has the correlation rho with the first.
    z[:, 1] = np.tanh(r) * z[:, 0] + radius * np.sin(angle) / np.cosh(np.minimum(np.abs(r), 300))
    points = np.empty((rows, 3))
    points[:, :2] = mu + sigma * z
    points[:, 2] = uniforms[:, 1] < _logistic(output[:, 0])[pen]
    return points


def check_temperature(temperature: float) -> None:
    """Raise ValueError unless the temperature is a finite number, 0 or more."""
    if not (math.isfinite(temperature) and temperature >= 0):
        raise ValueError(f"the temperature must be a finite number, 0 or more, not {temperature!r}")


def _logistic(logit: np.ndarray) -> np.ndarray:
    """Return the probability of a logit, without overflow, in float64."""
    return np.exp(-np.logaddexp(0.0, -logit.astype(np.float64)))


def log_sum_exp(terms: np.ndarray) -> np.ndarray:
    """Return log(sum(exp(terms))) over the last axis, without overflow: (B, M) -> (B,)."""
    largest = terms.max(axis=-1, keepdims=True)  # (B, 1)
    return np.log(np.exp(terms - largest).sum(axis=-1)) + largest[..., 0]
