"""Rows of a written text: whole words, in order, none too wide, and full ones that no longer change."""

import numpy as np

from ductus import ink
from ductus.generation.text_rows import GAP, PITCH, page, wrap


def zigzag(count, width=1.0, start=0.0):
    """Strokes of letters: each goes down and up."""
    x = np.linspace(0, width * 0.8, 9)
    y = np.array([-1, -0.5, 0, -0.5, -1, -0.5, 0, -0.5, -1])
    return [np.column_stack([start + number * width + x, y]) for number in range(count)]


def letters(text, width=1.0):
    """A text of which each letter is a stroke: its points (N, 3) and places (N,)."""
    strokes, places = [], []
    for number, character in enumerate(text):
        if character != " ":
            strokes += zigzag(1, width, number * width)
            places += [number + 0.5] * 9
    return ink.to_points(strokes), np.array(places)


def words(rows, points, places, text):
    """What each row says."""
    ends = [row.first for row in rows[1:]] + [len(points)]
    numbers = [np.unique(np.floor(places[row.first : end]).astype(int)) for row, end in zip(rows, ends, strict=True)]
    return ["".join(text[n] for n in own) for own in numbers]


def test_rows_end_at_spaces():
    text = "one two three four"
    points, places = letters(text)
    rows = wrap(points, places, text, 8.0)
    assert words(rows, points, places, text) == ["onetwo", "three", "four"]
    for row in rows:
        assert row.places[:, 0].min() == 0 and np.ptp(row.places[:, 0]) <= 8
        assert abs(row.above - 1) < 0.1 and abs(row.below) < 0.1


def test_a_word_that_is_wider_than_a_row_is_broken():
    text = "a bcdefghij k"
    points, places = letters(text)
    rows = wrap(points, places, text, 5.0)
    assert words(rows, points, places, text) == ["a", "bcdef", "ghij", "k"]


def test_full_rows_do_not_change_and_can_be_left_out():
    text = "one two three four five"
    points, places = letters(text)
    whole = wrap(points, places, text, 8.0)
    for count in range(1, len(points)):
        some = wrap(points[:count], places[:count], text, 8.0)
        for row, full in zip(some[:-1], whole, strict=False):
            np.testing.assert_array_equal(row.places, full.places)
    first = whole[1].first
    rest = wrap(points[first:], places[first:], text, 8.0, first)
    assert [row.first for row in rest] == [row.first for row in whole[1:]]
    np.testing.assert_allclose(rest[0].places, whole[1].places, atol=1e-12)
    assert wrap(points[:0], places[:0], text, 8.0) == []


def test_a_page_has_the_rows_below_each_other():
    text = "one two three four"
    points, places = letters(text)
    rows = wrap(points, places, text, 8.0)
    placed = np.cumsum(page(rows)[:, :2], axis=0)
    assert len(placed) == len(points)
    starts = [row.first for row in rows]
    heights = placed[starts, 1]
    np.testing.assert_allclose(np.diff(heights), max(PITCH, GAP + 1))
    assert page([]).shape == (0, 3)
