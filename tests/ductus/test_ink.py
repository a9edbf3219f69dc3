"""Strokes <-> offsets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.ink import InkError, as_float32, to_points, to_strokes
from tests.support.inks import anywhere, points, strokes


@given(st.lists(strokes, max_size=5))
def test_strokes_come_back(lines):
    table = to_points(lines)
    start = lines[0][0] if lines else (0, 0)
    back = to_strokes(table, start)
    assert len(back) == len(lines)
    for stroke, other in zip(lines, back, strict=True):
        np.testing.assert_allclose(other, stroke, atol=1e-12 * len(table) * 30)


@given(st.lists(points(anywhere), min_size=1, max_size=5))
def test_a_table_says_where_each_stroke_ends(lines):
    table = to_points(lines)
    assert table.shape == (sum(map(len, lines)), 3) and table.dtype == np.float64
    assert table[0, :2].tolist() == [0, 0]
    assert np.flatnonzero(table[:, 2]).tolist() == (np.cumsum([len(line) for line in lines]) - 1).tolist()
    joined = np.concatenate(lines)
    np.testing.assert_array_equal(table[1:, :2], np.diff(joined, axis=0))


def test_an_example_by_hand():
    table = to_points([[[5, 5], [6, 7]], [], [[8, 8]]])
    assert table.tolist() == [[0, 0, 0], [1, 2, 1], [2, 1, 1]]
    assert [stroke.tolist() for stroke in to_strokes(table, (5, 5))] == [[[5, 5], [6, 7]], [[8, 8]]]


def test_an_unfinished_stroke_is_kept():
    assert [len(stroke) for stroke in to_strokes([[1, 0, 1], [1, 0, 0], [1, 0, 0]])] == [1, 2]


def test_no_ink():
    assert to_points([]).shape == to_points([[]]).shape == (0, 3)
    assert to_strokes(np.zeros((0, 3))) == [] and to_strokes([]) == []


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([[[0, 0]], [[0, 0], [np.nan, 0]]], "stroke 1, point 1"),
        ([[[0, np.inf]]], "stroke 0, point 0"),
        ([[[0, 0, 0]]], "stroke 0"),
        ([[0, 1]], "stroke 0"),
        ([[[0, 1], [2]]], "stroke 0"),
        ([[["a", "b"]]], "stroke 0"),
        ([[[10**400, 0]]], "stroke 0"),
        ([[[-1e308, 0], [1e308, 0]]], "point 1"),
    ],
)
def test_bad_strokes_are_named(lines, place):
    with pytest.raises(InkError, match=place):
        to_points(lines)


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ([[0, 0, 0], [0, 0, 0.5]], "point 1"),
        ([[0, 0, 2]], "point 0"),
        ([[0, 0, 0], [0, np.nan, 1]], "point 1"),
        ([[0, 0, np.nan]], "point 0"),
        ([[0, 0]], "triples"),
        ([0, 0, 0], "triples"),
        ("ink", "triples"),
        ([[1e308, 0, 0], [1e308, 0, 0]], "point 1"),
    ],
)
def test_bad_tables_are_named(table, place):
    with pytest.raises(InkError, match=place):
        to_strokes(table)


def test_float32_that_is_too_small_for_the_ink():
    assert as_float32([[0.1, 0, 1]]).dtype == np.float32
    with pytest.raises(InkError, match="point 1"):
        as_float32([[0, 0, 0], [1e39, 0, 1]])
