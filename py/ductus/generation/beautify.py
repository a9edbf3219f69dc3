"""Beautify: blend ink with the network's predictions, point by point while it is written.

The ink is modelled as an intended line plus noise: a Gaussian of standard deviation tau in both directions. If the
next step was drawn from the network's mixture p and then observed with this noise as u, its mean is

    E[step | u] = sum_k w_k ((1 - G_k) u + G_k mu_k),    G_k = tau^2 (Sigma_k + tau^2)^-1,
    w_k ~ pi_k N(u; mu_k, Sigma_k + tau^2)

(H. Robbins, "An empirical Bayes approach to statistics", 1956; by Tweedie's formula, which is given there, it is also
u + tau^2 grad log p_tau(u), a step uphill in the density p blurred by tau). So each step is the blend
(1 - strength) ink + strength network, with a strength per component and direction: large where the component is
narrow and the network certain, small where it is wide. Only components that may contain the pen count. `strength` is
its value for a component of width TYPICAL_SIGMA. The blend is fed back to the network as if it had been written.

The article's figure blended 0.2 of the ink's step and 0.8 of a sample at temperature 0.1. That drifts away, because
the errors of all steps accumulate, and the network finds such a mean of two steps less likely than either. Here `u`
is the pen's step less PULL times the blend's current distance D from the ink:

    D_i = (1 - PULL) D_{i-1} + (E[step | u_i] - u_i),    |D_i| <= MAX_SHIFT / PULL,

as no step is moved by more than MAX_SHIFT. The first point of a stroke is not moved.
Measured on the first 150 points of every 430th row of the training text from the 100th on, with noise of 0.08
x-heights: with noise, they cost the network -2.2 nats a point, without -2.6; blended at strength 0.5, -3.2, at a mean
distance of 0.12 x-heights from the ink. The article's blend cost -1.9 nats a point at a distance of 1.3 x-heights.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus import mixture
from ductus.ink import InkError
from ductus.lstm import State
from ductus.mixture import Mixture
from ductus.model import Model

# Model units. Components inside strokes are half as wide along their longer axis (median 0.05 to 0.07 in human
# lines), so a strength of 0.5 lets the network decide four fifths of most steps.
TYPICAL_SIGMA = 0.1
# The share of the distance to the ink that each step removes: most of it is gone after a third of a letter.
PULL = 0.12
# Model units, 0.15 x-heights: the most that a step is moved, so a distant component cannot carry the pen away.
MAX_SHIFT = 0.5


class Blend(NamedTuple):
    """Blended ink: places (N, 3), x and y in x-heights and the lift; nats (N,), the cost of each point."""

    places: np.ndarray
    nats: np.ndarray


def noise_scale(strength: float) -> float:
    """Return the tau, in model units, at which a round component of width TYPICAL_SIGMA has this strength.

    Raises ValueError for a strength outside [0, 1).
    """
    if not 0 <= strength < 1:
        raise ValueError(f"the strength must be at least 0 and less than 1, not {strength!r}")
    return TYPICAL_SIGMA * math.sqrt(strength / (1 - strength))


def posterior_mean(density: Mixture, seen: np.ndarray, tau: float) -> np.ndarray:
    """Return E[step | seen] (2,) for one pen (B = 1): the intended step, if `seen` (2,) has noise tau; model units.

    Computed in float64, without cancelling differences: the determinant of Sigma + tau^2 is
    (sigma1 sigma2)^2 (1 - rho^2) + tau^2 (sigma1^2 + sigma2^2 + tau^2), with 1 - rho^2 = 1 / cosh(r)^2.
    """
    if tau == 0:
        return np.asarray(seen, np.float64)
    sigma = np.exp(density.log_sigma[0].astype(np.float64))  # (M, 2)
    r = density.r[0].astype(np.float64)  # (M,)
    variance = sigma**2  # (M, 2)
    across = np.tanh(r) * sigma[:, 0] * sigma[:, 1]  # (M,)
    alone = sigma[:, 0] * sigma[:, 1] / np.cosh(np.clip(r, -300, 300))  # (M,) square root of Sigma's determinant
    determinant = alone**2 + tau**2 * (variance.sum(axis=1) + tau**2)  # (M,)
    off = seen - density.mu[0].astype(np.float64)  # (M, 2)
    inverse_off = np.stack(  # (M, 2): (Sigma + tau^2)^-1 off
        [
            (variance[:, 1] + tau**2) * off[:, 0] - across * off[:, 1],
            (variance[:, 0] + tau**2) * off[:, 1] - across * off[:, 0],
        ],
        axis=1,
    )
    inverse_off /= determinant[:, None]
    log_w = density.log_pi[0] - 0.5 * (np.log(determinant) + (off * inverse_off).sum(axis=1))  # (M,)
    w = np.exp(log_w - mixture.log_sum_exp(log_w[None]))  # (M,)
    return seen - tau**2 * (w @ inverse_off)


class Beautifier:
    """Blends ink that grows: each call only computes the points that are new or changed."""

    def __init__(self, model: Model, strength: float):
        """Raise ValueError for an invalid strength, and for a model without a scale."""
        if model.units_per_x_height is None:
            raise ValueError("these weights do not state their units per x-height")
        self._model, self._tau = model, noise_scale(strength)
        self._ink = np.zeros((0, 3))  # (N, 3) model units and lift: the ink blended so far
        self._blended: list[np.ndarray] = []  # (2,) model units each
        self._nats: list[float] = []
        self._states: list[State] = [model.start()]  # before each point, and after the last
        self._version = 0

    def blend_slices(self, places: np.ndarray) -> Generator[None, None, Blend | None]:
        """Blend the ink at places (N, 3), x and y in x-heights and the lift; None if called again meanwhile.

        Pauses after every point. Points before the first one that differs from the last call's are not computed
        again. Raises InkError for places that are not finite.
        """
        if not np.isfinite(places).all():
            raise InkError("a place is not finite")
        units = self._model.units_per_x_height
        ink = places * [units, units, 1]  # (N, 3)
        self._version += 1
        version = self._version
        self._drop_changed(ink)
        for i in range(len(self._blended), len(ink)):
            self._blend_point(ink, i)
            yield
            if version != self._version:
                return None
        xy = np.reshape(self._blended, (-1, 2)) / units
        return Blend(np.column_stack([xy, ink[:, 2]]), np.array(self._nats))

    def _drop_changed(self, ink: np.ndarray) -> None:
        """Drop everything from the first changed point on."""
        shared = min(len(ink), len(self._blended))
        differ = (ink[:shared] != self._ink[:shared]).any(axis=1)  # (shared,)
        same = int(differ.argmax()) if differ.any() else shared
        del self._blended[same:], self._nats[same:], self._states[same + 1 :]
        self._ink = ink

    def _blend_point(self, ink: np.ndarray, i: int) -> None:
        state = self._states[i]
        density = self._model.head(state)
        if i == 0:
            step = np.zeros(2)  # a line's place on the paper is not part of it
            self._blended.append(ink[0, :2])
        else:
            pen = self._blended[-1]
            step = ink[i, :2] - pen
            if not ink[i - 1, 2]:
                seen = ink[i, :2] - ink[i - 1, :2] - PULL * (pen - ink[i - 1, :2])
                moved = posterior_mean(density, seen, self._tau) - seen
                step = seen + moved * min(1.0, MAX_SHIFT / max(np.hypot(*moved), 1e-12)) if self._tau else step
            self._blended.append(pen + step)
        point = np.array([[*step, ink[i, 2]]])  # (1, 3)
        cost = mixture.log_density(density, point[:, :2]) + mixture.log_lift(density, point[:, 2])
        self._nats.append(-float(cost[0]))
        self._states.append(self._model.step(point, state))
