"""Guidance: a text network keeps to its text more strictly than a draw from its own prediction would.

Two pens write the same points. The first one's window reads the text; the second one's is beyond its end and finds
nothing, and where there is ink to write on from, that pen does not know it. So the second foresees what ink does in
general, and what it foresees less than the first is there because of the text and the hand. With the strength g a
point x is drawn from

    p(x | text) (p(x | text) / p(x))^g

as classifier-free guidance does for diffusion (Ho and Salimans 2022, equation 6). The product of two mixtures has no
simple form. So several candidates are drawn from p(x | text) at a temperature, and one of them is chosen with chances
in proportion to the ratio's power (sampling and importance resampling, Rubin 1988). Candidates are weighed by the
densities as they are, without the temperature.
"""

from __future__ import annotations

import numpy as np

from ductus import mixture

STRENGTH = 3.0
CANDIDATES = 8
UNIFORMS = 4 * CANDIDATES + 1  # that decide a point
# Where the second window is, in characters: far beyond any text, and exact in float32.
BEYOND = 2.0**20


def sample(outputs: np.ndarray, temperature: float, strength: float, uniforms: np.ndarray) -> np.ndarray:
    """Return one of the CANDIDATES as a point (1, 3), float64.

    `outputs` (2, 1 + 6M) is what the head says with the text and without. Of the `uniforms` (UNIFORMS,), in [0, 1),
    four decide each candidate, as in `mixture.sample`, and the last one decides among them.

    Raises ValueError for a temperature or a strength that is negative or not finite.
    """
    check_strength(strength)
    points = mixture.sample(outputs[:1], temperature, uniforms[:-1].reshape(CANDIDATES, 4))  # (C, 3)
    densities = mixture.split(np.repeat(outputs, CANDIDATES, axis=0))  # (2C, ...)
    both = np.tile(points, (2, 1))  # (2C, 3)
    nats = mixture.log_density(densities, both[:, :2]) + mixture.log_lift(densities, both[:, 2])
    preference = strength * (nats[:CANDIDATES] - nats[CANDIDATES:])  # (C,)
    chances = np.exp(preference - preference.max()).cumsum()  # (C,)
    chosen = int((chances[:-1] <= uniforms[-1] * chances[-1]).sum())
    return points[chosen : chosen + 1]


def check_strength(strength: float) -> None:
    """Raise ValueError unless the strength is a finite number, 0 or more."""
    if not (np.isfinite(strength) and strength >= 0):
        raise ValueError(f"the guidance must be a finite number, 0 or more, not {strength!r}")
