"""Beautify: ink with a part of the network's hand in it, found point by point while it is written.

The ink is taken for what somebody meant, seen through a tremor: a Gaussian of standard deviation tau in both
directions. If the next step was drawn from the network's mixture p and then shaken so, to be seen as u, its mean is

    E[step | u] = sum_k w_k ((1 - G_k) u + G_k mu_k),    G_k = tau^2 (Sigma_k + tau^2)^-1,
    w_k ~ pi_k N(u; mu_k, Sigma_k + tau^2)

(H. Robbins, "An empirical Bayes approach to statistics", 1956; by Tweedie's formula, which is given there, it is also
u + tau^2 grad log p_tau(u), a step uphill in the landscape of p blurred by tau). So each step is the blend
(1 - strength) yours + strength the network's, with a strength for each hill and each direction: much where the hill
is narrow and the network sure, little where it is wide. Only the hills that the pen may be on count. `strength` is
what it is for a hill as wide as TYPICAL. What comes of it is fed back to the network as if it had been written.

The article's drawer held a blend of 0.2 yours + 0.8 a sample at temperature 0.1, whose steps simply followed on one
another. That drifts off, for the errors of all steps add up; and a bit of each is nobody's hand, which the network
finds less likely than either. Here `u` is the pen's step less PULL times how far the blend is off by then:

    D_i = (1 - PULL) D_{i-1} + (E[step | u_i] - u_i),    |D_i| <= REACH / PULL,

as no step is moved by more than REACH. Where the pen comes down is the writer's affair: a stroke begins where it did.
Measured on the first 150 points of every 430th row of the training text from the 100th on, shaken by 0.08 x-heights:
shaken, they cost the network -2.2 nats a point, unshaken -2.6; blended at strength 0.5 -3.2, and then they lay 0.12
x-heights from the ink in the mean. The article's blend cost -1.9 nats a point, and lay 1.3 x-heights off.
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

# Model units. The hills inside strokes are half as wide along their longer axis (median 0.05 to 0.07 in human lines),
# so that 0.5 lets the network decide four fifths of most steps.
TYPICAL = 0.1
# The share of the distance to the ink that each step makes good: a third of a letter on, most of it is gone.
PULL = 0.12
# Model units, 0.15 x-heights: the most that a step is moved. A far hill cannot carry the pen away.
REACH = 0.5
# The most ink that is followed: its states take 16 MB.
LONGEST = 4000


class Blend(NamedTuple):
    """Ink blended: places (N, 3), x and y in x-heights and the lift; nats (N,), what each point cost the network."""

    places: np.ndarray
    nats: np.ndarray


def tremor(strength: float) -> float:
    """The tau, in model units, that gives a round hill as wide as TYPICAL this strength. Raises ValueError."""
    if not 0 <= strength < 1:
        raise ValueError(f"the strength must be at least 0 and less than 1, not {strength!r}")
    return TYPICAL * math.sqrt(strength / (1 - strength))


def meant(density: Mixture, seen: np.ndarray, tau: float) -> np.ndarray:
    """E[step | seen]: what a pen (one: B = 1) meant by a step (2,), in model units, if its tremor is tau; (2,).

    Worked in float64, and never by a difference that cancels: the determinant of Sigma + tau^2 is
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
    """Follows ink, and blends what is new of it; what it has blended once it does not touch again."""

    def __init__(self, model: Model, strength: float):
        """Raises ValueError for a strength that is none, and for a model without a scale."""
        if model.units_per_x_height is None:
            raise ValueError("these weights do not say how large an x-height is")
        self._model, self._tau = model, tremor(strength)
        self._ink = np.zeros((0, 3))  # (N, 3) model units and lift: what was blended
        self._blended: list[np.ndarray] = []  # (2,) model units each
        self._nats: list[float] = []
        self._states: list[State] = [model.start()]  # before each point, and after the last
        self._version = 0

    def follow_slices(self, places: np.ndarray) -> Generator[None, None, Blend | None]:
        """The ink at these places (N, 3), x and y in x-heights and the lift, blended; None if asked anew meanwhile.

        Pauses after every point. Costs the time of what is new alone: all before the first point that differs from
        the last call's stays as it is. Raises InkError for more than LONGEST points and for places that are none.
        """
        if len(places) > LONGEST:
            raise InkError(f"{len(places):,} points are too many, {LONGEST:,} can be followed")
        if not np.isfinite(places).all():
            raise InkError("a place is not finite")
        units = self._model.units_per_x_height
        ink = places * [units, units, 1]  # (N, 3)
        self._version += 1
        version = self._version
        self._go_back(ink)
        for i in range(len(self._blended), len(ink)):
            self._take(ink, i)
            yield
            if version != self._version:
                return None
        xy = np.reshape(self._blended, (-1, 2)) / units
        return Blend(np.column_stack([xy, ink[:, 2]]), np.array(self._nats))

    def _go_back(self, ink: np.ndarray) -> None:
        """Forgets all from the first point on that is not as it was."""
        most = min(len(ink), len(self._blended))
        differ = (ink[:most] != self._ink[:most]).any(axis=1)  # (most,)
        same = int(differ.argmax()) if differ.any() else most
        del self._blended[same:], self._nats[same:], self._states[same + 1 :]
        self._ink = ink

    def _take(self, ink: np.ndarray, i: int) -> None:
        """Blends point i."""
        state = self._states[i]
        density = self._model.head(state)
        if i == 0:
            step = np.zeros(2)  # where a line begins on the paper is no part of it
            self._blended.append(ink[0, :2])
        else:
            pen = self._blended[-1]
            step = ink[i, :2] - pen
            if not ink[i - 1, 2]:
                seen = ink[i, :2] - ink[i - 1, :2] - PULL * (pen - ink[i - 1, :2])
                moved = meant(density, seen, self._tau) - seen
                step = seen + moved * min(1.0, REACH / max(np.hypot(*moved), 1e-12)) if self._tau else step
            self._blended.append(pen + step)
        point = np.array([[*step, ink[i, 2]]])  # (1, 3)
        cost = mixture.log_density(density, point[:, :2]) + mixture.log_lift(density, point[:, 2])
        self._nats.append(-float(cost[0]))
        self._states.append(self._model.step(point, state))
