"""The x-height of ink, on writing of known x-height, drawn by formula."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.x_height import guess_x_height, turning_points, x_height


def garlands(count=12, tall=0, height=1.0):
    """Return strokes like u and n, one x-height tall, the first `tall` of them like l (two x-heights)."""
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
        [np.array([[0.0, 0.0], [1e9, 1e-9], [0.0, 0.0]])] * 9,  # extremely long for its height: it is not sampled
        [np.full((5, 2), 3.0)],
    ],
)
def test_too_little_ink_is_reported(strokes):
    found, swings = x_height(strokes)
    assert np.isfinite(found) and found >= 0 and swings < 4


@given(st.floats(1e-3, 1e4), st.integers(1, 30), st.floats(0, 0.4))
def test_a_guess_holds_from_one_letter_to_a_page(height, count, tall):
    strokes = garlands(count, round(tall * count), height)
    assert 0.5 < guess_x_height(strokes) / height < 1.5


@pytest.mark.parametrize(
    ("strokes", "low", "high"),
    [
        ([], 1, 1),
        ([np.zeros((0, 2)), np.array([[3.0, 4.0]])], 1, 1),
        ([np.array([[0.0, 0.0], [7.0, 0.0]])], 7, 7),
        ([np.array([[0.0, 6.0], [2.0, 0.0], [4.0, 6.0]]), np.array([[1.0, 3.0], [3.0, 3.0]])], 2.4, 4),
        ([np.array([[0.0, 0.0], [1e9, 1e-9], [0.0, 0.0]])] * 9, 1e-10, 1e9),
    ],
    ids=["nothing", "a dot", "a dash", "A", "far"],
)
def test_a_guess_is_always_a_size(strokes, low, high):
    assert low <= guess_x_height(strokes) <= high


def test_a_guess_takes_bounded_time():
    """A hundred thousand strokes whose paths are thousands of times as long as they are tall."""
    strokes = [np.array([[0.0, 0.0], [10_000.0, 1.0], [0.0, 0.0]])] * 100_000
    start = time.process_time()
    assert guess_x_height(strokes) > 0
    assert time.process_time() - start < 60
