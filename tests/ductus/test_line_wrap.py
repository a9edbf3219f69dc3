"""Rows of the network's unprimed writing: the same as one endless line, and none too long."""

import itertools

import numpy as np
import pytest

from ductus import cooperative, ink
from ductus.generation.line_wrap import MAX_ROW_HEIGHT, MAX_ROW_POINTS, MIN_FILL, ROW_WIDTH, write_slices
from ductus.generation.styles import StylesError
from ductus.ink import WORD_GAP
from ductus.model import Model
from tests.ductus.test_styles import LINES, file
from tests.support.networks import random_weights
from tests.worker.test_ink_session import MODEL
from worker.tasks import generation, styles
from worker.workspace import Workspace

UNITS = MODEL.units_per_x_height


class Loop(Model):
    """A network that repeats the points of a list: only the wrapping is tested."""

    def __init__(self, points):
        super().__init__(random_weights(units_per_x_height=UNITS))
        self.points = np.float32(points) * np.float32([UNITS, UNITS, 1])
        self.at = 0

    def draw(self, x, state, temperature, uniforms):
        numbers = self.at + np.arange(uniforms.shape[1])
        self.at += len(numbers)
        return state, self.points[numbers % len(self.points)][None, None]


def first(count, model, temperature=1.0, seed=3, **more):
    """Return the first rows that a model writes."""
    rows = (row for row in write_slices(model, model.start(), temperature, seed, **more) if row)
    return list(itertools.islice(rows, count))


def word(strokes=3, points=20, gap=2.0):
    """Return strokes of a joined word (n, 3), in x-heights, after a gap: each stroke is a wave 3 wide and 1 high."""
    parts = []
    for number in range(strokes):
        stroke = np.zeros((points, 3))
        stroke[:, 0] = 3 / (points - 1)
        stroke[0, 0] = gap if number == 0 else 0.2
        stroke[:, 1] = np.diff(0.5 * np.cos(np.linspace(0, 6 * np.pi, points)), prepend=0.5)
        stroke[-1, 2] = 1
        parts.append(stroke)
    return np.concatenate(parts)


@pytest.mark.parametrize("temperature", [0.4, 1.0])
def test_the_rows_are_one_line_that_the_network_writes(temperature):
    rows = first(6, MODEL, temperature)
    written = MODEL.write(sum(len(row.points) for row in rows), temperature, 3)
    begin = 0
    for row in rows:
        piece = written[begin : begin + len(row.points)]
        np.testing.assert_allclose(row.points[1:], piece[1:], atol=1e-4)
        np.testing.assert_array_equal(row.points[0], [0, 0, piece[0, 2]])
        begin += len(piece)


def test_rows_begin_in_a_state_and_depend_on_the_seed_alone():
    state = MODEL.feed(LINES[0], MODEL.start())
    row = next(row for row in write_slices(MODEL, state, 1.0, 5) if row)
    expected = MODEL.write(len(row.points), 1.0, 5, state)
    np.testing.assert_allclose(row.points[1:], expected[1:], atol=1e-4)
    again = next(row for row in write_slices(MODEL, state, 1.0, 5) if row)
    np.testing.assert_array_equal(again.points, row.points)
    other = next(row for row in write_slices(MODEL, state, 1.0, 6) if row)
    assert other.points.shape != row.points.shape or (other.points != row.points).any()


def test_places_are_the_points_from_the_rows_edge():
    for row in first(4, MODEL):
        moves = np.diff(row.places[:, :2], axis=0) * UNITS
        np.testing.assert_allclose(moves, row.points[1:, :2], atol=1e-4)
        np.testing.assert_array_equal(row.places[:, 2], row.points[:, 2])
        assert row.places[:, 0].min() == 0
        assert (row.above, row.below) == (-row.places[:, 1].min(), row.places[:, 1].max())
        ink.as_points(row.points)


@pytest.mark.parametrize("seed", range(3))
def test_no_row_is_too_long_or_too_tall(seed):
    for row in first(8, MODEL, 1.5, seed):
        width, height = np.ptp(row.places[:, :2], axis=0)
        assert width <= ROW_WIDTH + 1e-6 and height <= MAX_ROW_HEIGHT + 1e-6 and len(row.points) <= MAX_ROW_POINTS


def test_a_row_ends_after_a_word_if_one_ends_late_enough():
    model = Loop(word())  # 9.4 wide and 2 apart: two fit, and the first stroke of the third
    for row in first(5, model):
        assert len(row.points) == 2 * 60 and row.points[-1, 2] == 1
        assert np.ptp(row.places[:, 0]) > MIN_FILL * ROW_WIDTH


def test_a_row_without_late_word_ends_is_filled_with_strokes():
    model = Loop(word(strokes=50, gap=WORD_GAP - 0.5))
    for row in first(3, model):
        assert row.points[-1, 2] == 1
        assert 24 - 3.3 < np.ptp(row.places[:, 0]) <= 24


def test_a_stroke_that_never_ends_is_cut():
    stroke = word(1, 20, 0.15)
    stroke[:, 2] = 0
    rows = first(3, Loop(stroke))
    for row in rows:
        assert 23.5 < np.ptp(row.places[:, 0]) <= 24 and not row.points[:, 2].any()


def test_a_pen_on_the_spot_and_one_that_climbs_still_make_rows():
    for row in first(3, Loop([[0.0, 0.0, 0.0]])):
        assert len(row.points) == MAX_ROW_POINTS
    for row in first(3, Loop([[0.1, -0.1, 0.0]])):
        assert MAX_ROW_HEIGHT - 0.2 < row.above <= MAX_ROW_HEIGHT


def test_the_baseline_is_where_most_letters_stand():
    """Find the baseline of waves of one x-height: their minima lie on 0, and a few descenders do not change it."""
    line = word(8)
    line[60:65, 1] += [0.3, 0.3, 0.3, -0.45, -0.45]
    row = first(1, Loop(line))[0]
    feet = row.places[1:-1][(np.diff(row.places[:-1, 1]) > 0) & (np.diff(row.places[1:, 1]) < 0), 1]
    assert abs(np.median(feet)) < 0.1
    assert 0.9 < row.above < 1.5


def test_bad_settings_are_refused():
    with pytest.raises(ValueError):
        next(write_slices(MODEL, MODEL.start(), -1.0, 1))


def test_the_task_sends_each_row_once_and_pauses_between():
    workspace = Workspace(MODEL)
    cooperative.run(styles.load(workspace, file()))
    task = generation.write(workspace, 1, 1.0, 4)
    sent = [next(task) for _ in range(1000)]
    rows = [row for row in sent if row]
    assert sent.count(None) > len(sent) / 2 and len(rows) > 3
    state = MODEL.feed(LINES[1], MODEL.start())
    expected = itertools.islice((row for row in write_slices(MODEL, state, 1.0, 4) if row), len(rows))
    for row, truth in zip(rows, expected, strict=True):
        np.testing.assert_array_equal(row["points"], np.float32(truth.points))
        np.testing.assert_array_equal(row["places"], np.float32(truth.places))
        assert (row["count"], row["above"], row["below"]) == (len(truth.points), truth.above, truth.below)
    with pytest.raises(StylesError):
        next(generation.write(workspace, 7, 1.0, 4))
