"""Pages of writing drawn by formula, split into their lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.formats.line_split import split_lines
from tests.ductus.test_x_height import garlands


def page(counts, spacing=3.0, slope=0.0, scale=1.0):
    """Return strokes of rows, from top to bottom, and the row of each; a third of them are tall."""
    strokes, rows = [], []
    for row, count in enumerate(counts):
        for stroke in garlands(count, count // 3):
            x, y = stroke[:, 0], stroke[:, 1] + row * spacing
            strokes.append(np.stack([x, y + slope * x], 1) * scale)
            rows.append(row)
    return strokes, rows


def split(strokes, scale=1.0):
    """Return the numbers of the strokes of each line."""
    numbers = {stroke.tobytes(): i for i, stroke in enumerate(strokes)}
    return [[numbers[stroke.tobytes()] for stroke in line] for line in split_lines(strokes, scale)]


def of_rows(rows):
    return [[i for i, row in enumerate(rows) if row == one] for one in sorted(set(rows))]


@given(
    st.lists(st.integers(4, 20), min_size=1, max_size=8),
    st.floats(2.5, 5),
    st.floats(-0.05, 0.05),
    st.floats(1e-3, 1e3),
)
def test_rows_stay_rows(counts, spacing, slope, scale):
    strokes, rows = page(counts, spacing, slope, scale)
    assert split(strokes, scale) == of_rows(rows)


def test_dots_and_crosses_that_come_later_stay_in_their_line():
    strokes, _ = page([9, 9], 3.0)
    marks = [np.array([[4.5, -1.6]]), np.array([[8.0, -1.1], [9.0, -1.2]]), np.array([[17.0, 0.1], [17.1, 0.4]])]
    assert split([*strokes[:9], *marks, *strokes[9:]]) == [list(range(12)), list(range(12, 21))]


def test_a_line_that_is_continued_later_is_one():
    strokes, rows = page([9, 9, 9])
    order = [*range(5), *range(9, 27), *range(5, 9)]
    found = split([strokes[i] for i in order])
    assert [sorted(order[i] for i in line) for line in found] == of_rows(rows)


def test_lines_are_given_from_top_to_bottom_each_in_the_order_of_writing():
    strokes, _ = page([5, 5])
    upwards = [*strokes[5:], *strokes[:5]]
    assert split(upwards) == [[5, 6, 7, 8, 9], [0, 1, 2, 3, 4]]


@pytest.mark.parametrize("strokes", [[], [np.zeros((0, 2))], [[], []]])
def test_no_ink_has_no_lines(strokes):
    assert split_lines(strokes, 1.0) == []


def test_many_dots_at_many_heights_are_a_bounded_number_of_lines():
    rng = np.random.default_rng(2)
    strokes = list(rng.uniform(0, 1e5, (5000, 1, 2)))
    lines = split_lines(strokes, 1.0)
    assert sum(map(len, lines)) == 5000 and len(lines) <= 1000
