"""Graves' soft window over the characters of a text (2013, section 5.1, equations 46-51).

K Gaussians look at the characters; their centres kappa only move forward. From the hidden state h:

    alpha, beta = exp(h W_hk + b_k)                     equations 48-50; the exponents are bounded
    kappa' = kappa + 1 / (1 + exp(-(h W_hk + b_k)))     equation 51 has exp, which this is for slow steps
    phi_u = sum_k alpha_k exp(-beta_k (kappa'_k - u)^2) equation 46
    w = sum_u phi_u onehot(character u)                 equation 47

Two things are not as in Graves. No step is longer than one character, so none is skipped. And the window has a place,
sum(alpha kappa') / sum(alpha). It reaches only AHEAD characters beyond that, rounded down, and BEHIND before it, in
training too: so what was written does not depend on characters that come later. No centre may be farther from the
place either, so that one which sees nothing cannot pull it away over a long text.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ductus.backend import Backend, default
from ductus.weights.text import AHEAD, BEHIND, LOG_RANGE

MARGIN = 2 * BEHIND + AHEAD + 1  # codes after a text, so that a window beyond its end finds nothing


class View(NamedTuple):
    """Where the window of B pens is: alpha, beta, kappa (B, K), and place (B,), in characters from 0."""

    alpha: np.ndarray
    beta: np.ndarray
    kappa: np.ndarray
    place: np.ndarray

    @property
    def character(self) -> np.ndarray:
        """The character at its place, int64 (B,); the end mark or beyond it is the text's length or more."""
        return np.floor(self.place).astype(np.int64)


class Window:
    """A window of K Gaussians on a layer of H cells."""

    def __init__(
        self,
        W_hk: np.ndarray,  # (H, 3K), blocks of K alpha, beta, kappa
        b_k: np.ndarray,  # (3K,)
        symbols: int,  # V: the end mark and the alphabet
        dtype=np.float32,
        backend: Backend | None = None,  # of the matrix product; numpy by default
    ):
        self.W_hk, self.b_k = W_hk.astype(dtype), b_k.astype(dtype)
        self.gaussians, self.symbols, self.dtype = len(b_k) // 3, symbols, np.dtype(dtype)
        self.behind, self.ahead, self.log_range = BEHIND, AHEAD, LOG_RANGE
        self.matmul = (backend or default()).matmul
        self._near = np.arange(-BEHIND, AHEAD + 1)  # (J,)

    def move(self, h: np.ndarray, kappa: np.ndarray) -> View:
        """Return where the window is after a step: h (B, H), kappa (B, K) before it. Equations 48-51."""
        K = self.gaussians
        raw = self.matmul(h, self.W_hk)  # (B, 3K)
        raw += self.b_k
        np.nan_to_num(raw, copy=False)  # weights of a hostile file may sum up to infinities of both signs
        alpha, beta = (np.exp(np.clip(part, *LOG_RANGE)) for part in (raw[:, :K], raw[:, K : 2 * K]))  # (B, K)
        kappa = kappa + (0.5 + 0.5 * np.tanh(0.5 * raw[:, 2 * K :]))  # (B, K)
        place = (alpha * kappa).sum(axis=1) / alpha.sum(axis=1)  # (B,)
        kappa = np.clip(kappa, place[:, None] - BEHIND, place[:, None] + AHEAD)
        return View(alpha, beta, kappa, place)

    def reach(self, view: View) -> np.ndarray:
        """Return how many characters of its text each pen's window may have seen, int64 (B,)."""
        return view.character + self.ahead + 1

    def weights(self, view: View) -> np.ndarray:
        """Return phi (B, J): how much the window sees of the J characters from BEHIND to AHEAD. Equation 46."""
        u = (view.character[:, None] + self._near).astype(self.dtype)  # (B, J)
        distance = view.kappa[:, :, None] - u[:, None]  # (B, K, J)
        return (view.alpha[:, :, None] * np.exp(-view.beta[:, :, None] * distance**2)).sum(axis=1)

    def look(self, view: View, codes: np.ndarray) -> np.ndarray:
        """Return w (B, V). Equation 47.

        codes int64 (BEHIND + U + margin,), from `alphabet.encode` with BEHIND before and at least `MARGIN` after.
        """
        phi = self.weights(view)  # (B, J)
        first = np.minimum(view.character, len(codes) - len(self._near))  # (B,)
        seen = np.zeros((len(phi), self.symbols + 1), self.dtype)  # (B, V + 1), the last for what is no character
        pens = np.arange(len(phi))
        for place in range(len(self._near)):
            seen[pens, codes[first + place]] += phi[:, place]
        return seen[:, :-1]
