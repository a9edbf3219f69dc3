"""The x-height of ink, on writing whose x-height is known because it was drawn by formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.x_height import turning_points, x_height


def garlands(count=12, tall=0, height=1.0):
    """Strokes like u and n, one x-height tall, the first `tall` of them like l (two x-heights)."""
    t = np.linspace(0, 2, 60)
    strokes = []
    for number in range(count):
        size = 2.0 if number < tall else 1.0
        strokes.append(np.stack([number * 2 + t, -size * 0.5 * (1 - np.cos(2 * np.pi * t))], 1) * height)
    return strokes


@given(st.floats(1e-3, 1e4), st.integers(0, 4), st.tuples(st.floats(-50, 50), st.floats(-50, 50)))
def test_the_middle_swing_is_the_x_height(height, tall, shift):
    strokes = [stroke + np.array(shift) * height for stroke in garlands(12, tall, height)]
    found, swings = x_height(strokes)
    assert found == pytest.approx(height, rel=0.05)
    assert swings == 48


def test_turning_points_are_where_the_curve_turns():
    tops, bottoms, swings = turning_points(garlands(1), 1.0)
    np.testing.assert_allclose(tops, [[0.5, -1], [1.5, -1]], atol=0.06)
    np.testing.assert_allclose(bottoms, [[0, 0], [1, 0], [2, 0]], atol=0.06)
    np.testing.assert_allclose(swings, [1, 1, 1, 1], atol=0.07)


def test_jitter_dots_and_dashes_do_not_count():
    rng = np.random.default_rng(1)
    plain = garlands()
    shaky = [stroke + 0.01 * rng.normal(size=stroke.shape) for stroke in plain]
    small = [np.array([[3.0, 5.0]]), np.array([[0, 0], [0.1, 0.02]]), np.array([[0, 0], [5.0, 0.0]])]
    assert x_height(shaky + small)[0] == pytest.approx(x_height(plain)[0], rel=0.05)


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [np.zeros((0, 2))],
        [np.array([[1.0, 2.0]])],
        [np.array([[0.0, 0.0], [9.0, 0.0]])],
        [np.array([[0.0, 0.0], [0.0, 1.0]])],
        [np.array([[0.0, 0.0], [1e9, 1e-9], [0.0, 0.0]])] * 9,  # endless for its height: no samples are made of it
        [np.full((5, 2), 3.0)],
    ],
)
def test_too_little_ink_is_said_to_be_too_little(strokes):
    found, swings = x_height(strokes)
    assert np.isfinite(found) and found >= 0 and swings < 4
