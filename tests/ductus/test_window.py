"""The soft window against Graves' equations, written out in plain Python."""

import math

import numpy as np
import pytest

from ductus import alphabet
from ductus.window import AHEAD, BEHIND, LOG_RANGE, MARGIN, Window


def by_the_equations(W_hk, b_k, h, kappa, text):
    """Equations 46-51 for one pen, number by number: kappa', place, and how much is seen of each character."""
    K, U = len(b_k) // 3, len(text)
    raw = [b_k[j] + sum(h[i] * W_hk[i, j] for i in range(len(h))) for j in range(3 * K)]
    alpha = [math.exp(min(max(r, LOG_RANGE[0]), LOG_RANGE[1])) for r in raw[:K]]
    beta = [math.exp(min(max(r, LOG_RANGE[0]), LOG_RANGE[1])) for r in raw[K : 2 * K]]
    kappa = [old + 1 / (1 + math.exp(-r)) for old, r in zip(kappa, raw[2 * K :], strict=True)]
    place = sum(a * k for a, k in zip(alpha, kappa, strict=True)) / sum(alpha)
    kappa = [min(max(k, place - BEHIND), place + AHEAD) for k in kappa]
    seen = {}
    for u in range(U + 1):  # U is the end mark's place
        if math.floor(place) - BEHIND <= u <= math.floor(place) + AHEAD:
            seen[u] = sum(alpha[k] * math.exp(-beta[k] * (kappa[k] - u) ** 2) for k in range(K))
    return kappa, place, seen


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 2e-5)])
@pytest.mark.parametrize("start", [0.0, 3.4, 11.7, 40.0])
def test_equations(dtype, tolerance, start):
    rng = np.random.default_rng(int(start))
    H, K, B, text = 7, 4, 3, "A window, 12"
    W_hk, b_k = rng.normal(0, 0.6, (H, 3 * K)), rng.normal(0, 1, 3 * K)
    h, kappa = rng.uniform(-1, 1, (B, H)), start + rng.normal(0, 0.5, (B, K))
    window = Window(W_hk, b_k, alphabet.SYMBOLS, dtype)
    view = window.move(h.astype(dtype), kappa.astype(dtype))
    w = window.look(view, alphabet.encode(text, BEHIND, MARGIN))
    assert w.dtype == dtype and w.shape == (B, alphabet.SYMBOLS)
    for pen in range(B):
        kappa_true, place, seen = by_the_equations(W_hk, b_k, h[pen], kappa[pen], text)
        np.testing.assert_allclose(view.kappa[pen], kappa_true, rtol=tolerance)
        np.testing.assert_allclose(view.place[pen], place, rtol=tolerance)
        expected = np.zeros(alphabet.SYMBOLS)
        for u, phi in seen.items():
            expected[alphabet.CODES[text[u]] if u < len(text) else alphabet.END] += phi
        np.testing.assert_allclose(w[pen], expected, rtol=20 * tolerance, atol=tolerance)


def test_the_window_sees_no_farther_than_its_reach():
    """Characters beyond the reach change nothing, to the bit; those within it do."""
    rng = np.random.default_rng(1)
    window = Window(rng.normal(0, 0.3, (5, 6)), np.array([2.0, 1.0, -6.0, -6.0, 0.0, 0.0]), alphabet.SYMBOLS)
    view = window.move(np.zeros((1, 5), np.float32), np.full((1, 2), 6.0, np.float32))
    at = int(view.character[0])
    text = "abcdefghijklmnopqrst"
    plain = window.look(view, alphabet.encode(text, BEHIND, MARGIN))
    for place in range(len(text)):
        other = alphabet.encode(text[:place] + "Z" + text[place + 1 :], BEHIND, MARGIN)
        same = np.array_equal(window.look(view, other), plain)
        assert same == (not at - BEHIND <= place <= at + AHEAD)


def test_no_step_is_longer_than_a_character_and_none_goes_back():
    window = Window(np.zeros((1, 3)), np.array([0, 0, 80.0]), alphabet.SYMBOLS)
    h, kappa = np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32)
    assert window.move(h, kappa).kappa == 1
    window = Window(np.zeros((1, 3)), np.array([0, 0, -80.0]), alphabet.SYMBOLS)
    assert window.move(h, kappa).kappa >= 0


def test_hostile_weights_leave_the_window_on_the_text():
    huge = np.array([[3e38], [-3e38], [3e38]]) * np.ones((3, 6))
    window = Window(huge, np.zeros(6), alphabet.SYMBOLS)
    kappa = np.zeros((1, 2), np.float32)
    with np.errstate(all="ignore"):
        for h in ([1, 1, 1], [-1, 1, -1], [1, 0.5, 1]):
            view = window.move(np.array([h], np.float32), kappa)
            assert np.isfinite(view.place).all() and 0 <= view.place[0] <= 10
            assert np.isfinite(window.look(view, alphabet.encode("abc", BEHIND, MARGIN))).all()
            kappa = view.kappa
