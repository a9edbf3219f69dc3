"""Probing cells, against SciPy's correlations and scikit-learn's areas under curves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr
from sklearn.linear_model import LinearRegression
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity

from ductus.analysis import probing
from ductus.analysis.words import MAX_GAP, MIN_GAP
from ductus.ink import UNITS_PER_X_HEIGHT, InkError, to_points
from ductus.model import Model
from tests.support.networks import random_line, random_weights

EVENTS = [name for name, kind in probing.STATISTICS.items() if kind == "AUC"]
LINEAR = [name for name, kind in probing.STATISTICS.items() if kind == "r"]


def cells_for(points: np.ndarray, units: int = 9, seed: int = 0) -> np.ndarray:
    """Return cells (N, H), float32, that correlate with the ink."""
    return Model(random_weights(units, seed=seed)).cells(points)


@pytest.fixture(scope="module")
def line():
    points = random_line(160, seed=3, spread=0.5)
    points[1:, 0] += 7 * points[:-1, 2]  # a jump to the right after every lift separates words
    return points, cells_for(points)


# --- the quantities


def square():
    """Return two strokes in model units: a square's three sides, clockwise, and a distant dot, by hand."""
    strokes = [[[0, 0], [2, 0], [2, 3], [0, 3]], [[9, 1]]]
    return to_points([np.array(stroke, float) for stroke in strokes])


def test_quantities_by_hand():
    found = probing.quantities(square(), units_per_x_height=1)
    nan, quarter = math.nan, math.pi / 2
    expected = {
        "x": [0, 2, 2, 0, 9],
        "y": [0, 0, 3, 3, 1],
        "dx": [nan, 2, 0, -2, nan],
        "dy": [nan, 0, 3, 0, nan],
        "direction": [nan, 0, quarter, math.pi, nan],
        "curvature": [nan, nan, quarter, quarter, nan],
        "position_in_word": [0, 2, 2, 0, 0],
        "lift_to_come": [0, 0, 0, 1, 1],
        "just_lifted": [0, 0, 0, 0, 1],
        "steady": [1, 1, 1, 1, 1],
    }
    assert list(found) == list(probing.STATISTICS) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, err_msg=name)


def test_a_turn_is_never_more_than_half_a_circle():
    """Check that from just under -pi to just over it is a small anticlockwise turn."""
    points = to_points([np.array([[0, 0], [-2, -0.1], [-4, 0], [-6, -0.1], [-6, 0.9], [-5, 0.9]])])
    turn = probing.quantities(points)["curvature"]
    little = math.atan(0.05)
    np.testing.assert_allclose(turn[2:], [-2 * little, 2 * little, -math.pi / 2 - little, -math.pi / 2])


def test_a_step_of_no_length_has_no_direction():
    found = probing.quantities(to_points([np.array([[0.0, 0], [1, 0], [1, 0], [2, 1]])]))
    np.testing.assert_array_equal(np.isnan(found["direction"]), [True, False, True, False])
    np.testing.assert_array_equal(np.isnan(found["curvature"]), [True] * 4)
    np.testing.assert_array_equal(found["dx"][1:], [1, 0, 1])


@pytest.mark.parametrize(("units", "unit"), [(None, UNITS_PER_X_HEIGHT), (2.0, 2.0)])
@pytest.mark.parametrize(
    ("letter_gap", "space"), [(0.2, 1.01 * MIN_GAP), (0.9 * MIN_GAP, 1.4), (1.2, 2.6), (0.1, 0.9)]
)
def test_words_begin_where_the_lines_own_gaps_are_wide(units, unit, letter_gap, space):
    """Write two words of three letters, the first with a dot that is added later, at several spacings."""
    strokes, starts, x = [], [], 0.0
    for word in range(2):
        starts.append(x)
        for letter in range(3):
            strokes.append([[x, 0], [x + 1, 1]])
            if letter == 2 and word == 0:
                strokes.append([[0.5, -1]])  # the dot, over the first letter
            x += 1 + letter_gap
        x += space - letter_gap
    points = to_points([np.array(stroke) * unit for stroke in strokes])
    expected = [place[0] - starts[number > 3] for number, stroke in enumerate(strokes) for place in stroke]
    np.testing.assert_allclose(probing.quantities(points, units)["position_in_word"] / unit, expected, atol=1e-9)


@pytest.mark.parametrize(("gap", "words"), [(0.95 * MIN_GAP, 1), (1.05 * MAX_GAP, 4)])
def test_even_gaps_are_judged_by_their_width(gap, words):
    points = to_points([np.array([[(1 + gap) * i, 0], [(1 + gap) * i + 1, 0]]) for i in range(4)])
    found = probing.quantities(points, 1.0)["position_in_word"]
    assert (found == 0).sum() == words


@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_quantities_of_any_line(points, seed):
    line = random_line(points, seed, spread=10.0 ** (seed % 7 - 3))
    found = probing.quantities(line)
    for name, values in found.items():
        assert values.shape == (points,) and values.dtype == np.float64, name
        assert not np.isinf(values).any()
    for name in ("x", "y", "position_in_word", *EVENTS):
        assert not np.isnan(found[name]).any()
    np.testing.assert_array_equal(found["just_lifted"][1:], found["lift_to_come"][:-1])
    assert np.nanmax(np.abs(found["curvature"]), initial=0) <= math.pi


def test_invalid_ink_is_refused():
    with pytest.raises(InkError):
        probing.quantities(np.array([[0, math.nan, 0]]))
    assert np.isfinite(probing.quantities(np.array([[1e300, 0, 0], [1e300, 0, 1]]))["x"]).all()


# --- the numbers


def test_correlations_are_those_of_scipy(line):
    points, cells = line
    pen, table = probing.quantities(points), probing.probe([line])
    for name in LINEAR:
        known = ~np.isnan(pen[name])
        expected = [pearsonr(pen[name][known], cell[known].astype(float))[0] for cell in cells.T]
        np.testing.assert_allclose(table[name], expected, atol=1e-12, err_msg=name)
    assert 0 < np.abs(table["dx"]).max() < 1


def test_the_direction_is_a_fit_of_cosine_and_sine(line):
    points, cells = line
    angle = probing.quantities(points)["direction"]
    known = ~np.isnan(angle)
    waves = np.column_stack([np.cos(angle), np.sin(angle)])[known]
    fits = [LinearRegression().fit(waves, cell).predict(waves) for cell in cells[known].T.astype(float)]
    expected = [pearsonr(fit, cell)[0] for fit, cell in zip(fits, cells[known].T.astype(float), strict=True)]
    np.testing.assert_allclose(probing.probe([line])["direction"], expected, atol=1e-9)


@pytest.mark.parametrize("heading", [0, 0.7, math.pi / 2, 3.0, -2.2])
def test_a_cell_tuned_to_any_heading_is_found(heading):
    angle = np.random.default_rng(0).uniform(-math.pi, math.pi, 300)
    cells = np.column_stack([3 + 2 * np.cos(angle - heading), np.cos(2 * angle)])
    tuned, other = probing.circular_correlations(cells, angle)
    assert tuned == pytest.approx(1, abs=1e-12) and other < 0.2


def test_directions_along_one_line_only():
    """Move back and forth along one slope: the sine adds nothing to the cosine, and rounding must not either."""
    angle = np.where(np.arange(40) % 3 > 0, 0.3, 0.3 - math.pi)
    cells = np.column_stack([np.cos(angle), np.random.default_rng(0).normal(size=40)])
    found = probing.circular_correlations(cells, angle)
    assert found[0] == pytest.approx(1)
    assert found[1] == pytest.approx(abs(pearsonr(cells[:, 1], np.cos(angle))[0]), abs=1e-9)


def test_areas_are_those_of_scikit_learn(line):
    points, cells = line
    pen, table = probing.quantities(points), probing.probe([line])
    for name in EVENTS:
        expected = [roc_auc_score(pen[name], cell) for cell in cells.T]
        np.testing.assert_allclose(table[name], expected, atol=1e-12, err_msg=name)


@given(st.integers(2, 60), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_areas_with_many_ties(points, levels, seed):
    rng = np.random.default_rng(seed)
    cells, event = rng.integers(0, levels, (points, 4)).astype(np.float32), rng.permutation(points) % 3 == 0
    if event.all():
        assert probing.auc(cells, event) is None
        return
    expected = [roc_auc_score(event, cell) for cell in cells.T]
    np.testing.assert_allclose(probing.auc(cells, event.astype(float)), expected, atol=1e-12)


def test_steadiness_is_the_cosine_of_scikit_learn(line):
    _, cells = line
    expected = cosine_similarity(cells.T.astype(float), np.ones((1, len(cells))))[:, 0]
    np.testing.assert_allclose(probing.probe([line])["steady"], expected, atol=1e-12)


# --- the table


def test_a_cell_that_is_the_quantity_tracks_it(line):
    points, _ = line
    pen = probing.quantities(points)
    cells = np.column_stack([np.nan_to_num(pen[name]) for name in probing.STATISTICS])
    table = probing.probe([(points, cells)])
    for number, name in enumerate(probing.STATISTICS):
        if name != "direction":
            assert table[name][number] == pytest.approx(1), name
            assert np.argmax(probing.strength(name, table[name])) == number


def test_a_line_is_compared_with_the_state_that_predicts_it():
    """Check that row i of the cells is the state before point i: a lift is predicted where points[i] has it."""
    points = random_line(90, seed=8)
    points[:, 2] = np.arange(90) % 9 == 8
    cells = np.column_stack([np.arange(90) % 9 == 8, np.arange(90) % 9 == 0]).astype(float)
    table = probing.probe([(points, cells)])
    assert table["lift_to_come"][0] == 1 > table["lift_to_come"][1]
    assert table["just_lifted"][1] > 0.99 > table["just_lifted"][0]  # the first point does not follow a lift


def test_turning_a_cell_over_turns_its_numbers(line):
    points, cells = line
    one, two = probing.probe([line]), probing.probe([(points, -cells)])
    for name, kind in probing.STATISTICS.items():
        opposite = {"r": -one[name], "R": one[name], "AUC": 1 - one[name], "S": -one[name]}[kind]
        np.testing.assert_allclose(two[name], opposite, atol=1e-12)
        np.testing.assert_allclose(probing.strength(name, two[name]), probing.strength(name, one[name]), atol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, -3e7])
def test_a_constant_cell_tracks_nothing(line, value):
    points, cells = line
    still = cells.copy()
    still[:, 2] = value
    table = probing.probe([(points, still)])
    for name, kind in probing.STATISTICS.items():
        if kind != "S":
            assert table[name][2] == (0.5 if kind == "AUC" else 0), name
            assert probing.strength(name, table[name])[2] == 0
    assert table["steady"][2] == pytest.approx(np.sign(value))
    assert np.abs(table["steady"]).argmax() == 2 or value == 0


def test_quantities_that_never_occur_are_none():
    """Test a single straight stroke without a lift, and a dot."""
    points = np.column_stack([np.full(12, 0.5), np.zeros(12), np.zeros(12)])
    table = probing.probe([(points, cells_for(points))])
    nothing = {name for name, values in table.items() if values is None}
    assert nothing == {"y", "dx", "dy", "direction", "curvature", "lift_to_come", "just_lifted"}
    dot = np.array([[0.0, 0, 1]])
    found = probing.probe([(dot, cells_for(dot))])
    assert {name for name, values in found.items() if values is not None} == {"steady"}  # a moment is steady
    empty = np.zeros((0, 3))
    assert set(probing.probe([(empty, cells_for(empty))]).values()) == {None}


def test_lines_are_pooled_each_from_its_own_beginning():
    points = [random_line(n, seed=n) for n in (40, 70)]
    lines = [(line, cells_for(line)) for line in points]
    cells = np.concatenate([cells for _, cells in lines]).astype(float)
    x = np.concatenate([np.cumsum(line[:, 0]) for line in points])
    table = probing.probe(lines)
    np.testing.assert_allclose(table["x"], [pearsonr(x, cell)[0] for cell in cells.T], atol=1e-12)
    lift = np.concatenate([line[:, 2] for line in points])
    np.testing.assert_allclose(table["lift_to_come"], [roc_auc_score(lift, cell) for cell in cells.T])


def test_the_table_in_slices(line, monkeypatch):
    whole = probing.probe([line])
    monkeypatch.setattr(probing, "_VALUES", 320)
    slices = probing.probe_slices([line])
    done = []
    while True:
        try:
            done.append(next(slices))
        except StopIteration as end:
            table = end.value
            break
    assert done == [2, 4, 6, 8, 9]
    for name in probing.STATISTICS:
        np.testing.assert_allclose(table[name], whole[name], atol=1e-12)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "no lines"),
        ([(np.zeros((4, 3)), np.zeros((5, 2)))], "one row for each point"),
        ([(np.zeros((4, 3)), np.zeros(4))], "one row for each point"),
        ([(np.zeros((4, 3)), np.zeros((4, 2))), (np.zeros((4, 3)), np.zeros((4, 3)))], "of one width"),
        ([(np.zeros((4, 3)), np.full((4, 2), math.nan))], "not a number"),
        ([(np.full((4, 3), 0.5), np.zeros((4, 2)))], "lift is neither 0 nor 1"),
    ],
)
def test_lines_that_cannot_be_compared_are_refused(lines, words):
    with pytest.raises(ValueError, match=words):
        probing.probe(lines)
