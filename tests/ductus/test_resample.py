"""The pen clock: against the prototype's points, against analytic curvature, and whole against streamed."""

import json
import math
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ductus.ink import UNITS_PER_X_HEIGHT, InkError
from ductus.resample import MAX_COORDINATE, MAX_LENGTH, PenClock, StreamingClock, resample
from tests.support.inks import array, curves, finite, points, strokes

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "clock_golden.json").read_text())["cases"]

clocks = st.builds(
    PenClock,
    step=st.floats(0.05, 1),
    smoothing=st.floats(0.03, 0.2),
    window=st.integers(0, 6).map(lambda half: 2 * half + 1),
    slowest=st.floats(0.2, 0.8),
    last=st.floats(0.1, 0.9),
    dot=st.floats(0.08, 1),
)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_the_prototype_put_its_points_in_the_same_places(case):
    found, expected = resample(case["stroke"]), array(case["points"])
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() * UNITS_PER_X_HEIGHT < 1e-5  # 1/100 is asked for


def streamed(stroke, cuts, clock=None):
    """What each piece of a stroke settles, and what is open after it."""
    stream = StreamingClock(clock)
    pieces = np.split(stroke, sorted(cuts))
    return [(stream.add(piece), stream.open_points()) for piece in pieces], stream.lift()


@settings(max_examples=400)
@given(strokes, st.lists(st.floats(0, 1), max_size=12), st.none() | clocks | clocks)
def test_any_cutting_of_the_stream_gives_the_whole_strokes_points(stroke, cuts, clock):
    cuts = [round(cut * len(stroke)) for cut in cuts]
    steps, end = streamed(stroke, cuts, clock)
    whole = resample(stroke, clock)
    settled = [new for new, _ in steps]
    np.testing.assert_array_equal(np.concatenate([*settled, end]), whole)
    # the open points are what a lift would have given: the points of the stroke so far
    drawn = given_out = 0
    for (new, still_open), piece in zip(steps, np.split(stroke, sorted(cuts)), strict=True):
        drawn, given_out = drawn + len(piece), given_out + len(new)
        so_far = resample(stroke[:drawn], clock)
        np.testing.assert_array_equal(np.concatenate([whole[:given_out], still_open]), so_far)


def max_open_points(clock: PenClock) -> int:
    """No stroke ever has more points open than this.

    The time of a sample is settled once `margin` more samples are, and the stroke's end is one more. A smoothed piece
    is at most as long as the longest even piece, the last one, of up to 1 + last of a step. At the slowest speed that
    is this much time; the end itself is one point more.
    """
    time = (clock.margin + 1) * clock.even * (1 + clock.last) / (clock.slowest * clock.step)
    return math.ceil(time) + 1


@given(strokes, st.none() | clocks)
def test_few_points_are_open_and_the_last_always_is(stroke, clock):
    steps, end = streamed(stroke, range(1, len(stroke)), clock)
    most = max_open_points(clock or PenClock())
    for _, still_open in steps:
        assert 1 <= len(still_open) <= most
        assert len(still_open) == 1 or not np.isnan(still_open).any()
    assert 1 <= len(end) <= most


def test_seven_points_are_open_at_most_and_three_while_writing_on():
    assert max_open_points(PenClock()) == 7
    t = np.linspace(0, 4 * np.pi, 400)[:, None]
    loops = np.concatenate([0.2 * t + 0.4 * np.sin(2 * t), 0.5 * np.cos(2 * t)], axis=1)
    steps, _ = streamed(loops, range(1, len(loops)))
    assert max(len(still_open) for _, still_open in steps) <= 4
    assert np.median([len(still_open) for _, still_open in steps]) <= 3


@given(strokes)
def test_what_every_resampled_stroke_has(stroke):
    found = resample(stroke)
    path = np.hypot(*np.diff(stroke, axis=0).T).sum()
    assert np.isfinite(found).all()
    assume(not 0.12 - 1e-9 < path < 0.12 + 1e-9)
    if path < 0.12:  # a dot, in the middle of its distinct points
        near = stroke - stroke[0]  # what float64 tells apart from there
        kept = near[np.concatenate([[True], np.diff(near, axis=0).any(1)])]
        np.testing.assert_allclose(found, kept.mean(0)[None] + stroke[0], atol=1e-12)
    else:
        np.testing.assert_allclose(found[[0, -1]], stroke[[0, -1]], atol=1e-9)
        step = np.hypot(*np.diff(found, axis=0).T)
        assert (step[:-1] <= 0.2 * 1.5 + 1e-9).all()  # the fastest a pen goes
        assert step[-1] <= 1.5 * 0.2 * 1.5 + 1e-9
        assert len(found) <= path * 1.5 / (0.2 * 0.35) + 2  # and the slowest


@given(curves(), st.floats(0, 7), st.tuples(st.floats(-100, 100), st.floats(-100, 100)))
def test_turning_and_moving_the_paper_changes_nothing(stroke, angle, shift):
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    here, there = resample(stroke), resample(stroke @ turn + shift)
    # A stroke there and back folds back onto itself by a rounding error, and one whose last step is half a step may
    # come out with one more: those are as good either way.
    assume(len(here) == len(there) and np.abs(np.diff(stroke, 2, axis=0)).sum(1).min(initial=1) > 1e-3)
    np.testing.assert_allclose(there, here @ turn + shift, atol=1e-3)


@given(curves(), st.integers(1, 6))
def test_the_rate_of_the_device_does_not_matter(stroke, times):
    """Points put on the lines between points are no news."""
    t = np.arange((len(stroke) - 1) * times + 1) / times
    finer = np.stack([np.interp(t, np.arange(len(stroke)), axis) for axis in stroke.T], axis=1)
    a, b = resample(stroke), resample(finer)
    if len(a) == len(b) > 1:
        np.testing.assert_allclose(a, b, atol=1e-4)
    else:
        assert abs(len(a) - len(b)) <= 1


def test_a_circle_of_curvature_0_7_has_steps_of_0_2():
    t = np.linspace(0, 2 * np.pi, 5000)
    found = resample(np.stack([np.cos(t), np.sin(t)], 1) / 0.7)
    angle = np.unwrap(np.arctan2(found[:, 1], found[:, 0]))
    arcs = np.diff(angle) / 0.7
    assert np.abs(arcs[3:-3] - 0.2).max() < 0.2 * 0.01


def test_a_straight_line_has_steps_of_0_3():
    steps = np.diff(resample([[0, 0], [9, 0]])[:, 0])
    np.testing.assert_allclose(steps[:-1], 0.2 * 0.3 ** (-1 / 3), rtol=1e-7)


@pytest.mark.parametrize(("a", "b"), [(4.0, 4.0), (6.0, 3.0), (3.0, 1.5), (8.0, 2.0)])
def test_the_two_thirds_law_on_an_ellipse(a, b):
    """Speed times (curvature + rest) ** (1/3) is one number all around, with the ellipse's analytic curvature."""
    t = np.linspace(0, 2 * np.pi, 20_000)
    found = resample(np.stack([a * np.cos(t), b * np.sin(t)], 1))
    at = np.unwrap(np.arctan2(found[:, 1] / b, found[:, 0] / a))
    middle = (at[1:] + at[:-1]) / 2
    curvature = a * b / ((a * np.sin(middle)) ** 2 + (b * np.cos(middle)) ** 2) ** 1.5
    speed = np.hypot(*np.diff(found, axis=0).T) / 0.2
    law = (speed * (curvature + 0.3) ** (1 / 3))[3:-3]  # the ends count as straight
    assert np.abs(law - 1).max() < 0.05
    assert abs(law.mean() - 1) < 0.01
    if a == 2 * b:  # without the law the speeds would lie far apart
        assert np.ptp(speed) > 0.2


def test_empty_single_and_zero_length():
    assert resample(np.zeros((0, 2))).shape == (0, 2)
    assert resample([[3, 4]]).tolist() == [[3, 4]]
    assert resample([[3, 4]] * 7).tolist() == [[3, 4]]
    assert resample([[0, 0], [0.1, 0.0]]).tolist() == [[0.05, 0]]
    assert len(resample([[0, 0], [0.1, 0.0], [0, 0]])) == 2  # a hairpin is no dot: its path is long enough
    stream = StreamingClock()
    assert stream.open_points().shape == stream.add([]).shape == stream.lift().shape == (0, 2)


@given(st.lists(points(finite, 1, 6), max_size=6))
def test_huge_coordinates_are_points_or_an_error_and_never_a_nan(pieces):
    stream = StreamingClock()
    for piece in pieces:
        try:
            new = stream.add(piece)
        except InkError:
            assert np.abs(piece).max() > MAX_LENGTH / 100
        else:
            assert np.isfinite(new).all()
    assert np.isfinite(stream.lift()).all()


@pytest.mark.parametrize(
    "bad",
    [
        [[1e300, 0]],
        [[0, 0], [1e300, 0], [0, 1e300]],
        [[0, 0], [1.7e308, -1.7e308]],
        [[MAX_COORDINATE * 2, 0]],
        [[0, 0], [MAX_LENGTH + 1, 0]],
        [[0, 0], [MAX_LENGTH * 0.6, 0], [0, 0]],
        [[0, 0], [np.nan, 0]],
        [[0, np.inf]],
        [[0, 0, 0]],
        "ink",
        [[None, 1]],
    ],
)
def test_an_impossible_stroke_is_refused_and_leaves_no_trace(bad):
    stream = StreamingClock()
    first = stream.add([[0, 0], [1, 1]])
    before = stream.open_points()
    tracemalloc.start()
    with pytest.raises(InkError):
        stream.add(bad)
    with pytest.raises(InkError):
        resample(bad)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000
    np.testing.assert_array_equal(stream.open_points(), before)
    found = np.concatenate([first, stream.add([[2, 1], [3, 0]]), stream.lift()])
    np.testing.assert_array_equal(found, resample([[0, 0], [1, 1], [2, 1], [3, 0]]))


def test_a_stroke_that_was_lifted_takes_no_more():
    stream = StreamingClock()
    stream.add([[0, 0], [1, 1]])
    stream.lift()
    assert len(stream.open_points()) == len(stream.lift()) == 0
    with pytest.raises(InkError, match="lifted"):
        stream.add([[2, 2]])


@pytest.mark.parametrize("clock", [PenClock(step=1.0, last=0.9), PenClock(dot=2.0), PenClock(step=3.0, dot=5.0)])
def test_slow_clocks_and_large_dots_stream_too(clock):
    """Steps that are longer than what is open, and dots that are longer than what settles the first point."""
    stride = clock.step * clock.rest**-clock.power  # on a straight
    for count in range(2, 160, 3):
        line = np.stack([np.arange(count) * 0.05, np.zeros(count)], 1)
        steps, end = streamed(line, range(1, count), clock)
        found = np.concatenate([*(new for new, _ in steps), end])
        length = line[-1, 0]
        if length < clock.dot - 1e-9:
            expected = [length / 2]
        else:
            expected = np.append(np.arange(max(np.ceil(length / stride - clock.last), 1)) * stride, length)
        np.testing.assert_allclose(found[:, 0], expected, atol=1e-6)


def test_a_tremble_whose_every_sample_is_the_same_place():
    clock = PenClock(even=2**-5, smoothing=2**-4, dot=2**-3)  # powers of two: no rounding
    with np.errstate(all="raise"):
        found = resample([[0, 0], [2**-6, 0]] * 40, clock)
    assert np.isfinite(found).all() and np.abs(found).max() < 0.02


def test_a_long_scribble_keeps_no_more_in_mind_than_a_short_one():
    def kept(stream):
        return sum(value.nbytes for value in vars(stream).values() if isinstance(value, np.ndarray))

    stream, sizes = StreamingClock(), []
    for part in range(200):
        t = np.linspace(part, part + 1, 100)[:, None]
        stream.add(np.concatenate([3 * np.sin(7 * t), np.cos(9 * t)], axis=1))
        sizes.append(kept(stream))
    assert max(sizes) == pytest.approx(sizes[0], abs=100) and max(sizes) < 2000


def test_the_longest_stroke_is_bounded_work():
    tracemalloc.start()
    found = resample([[0, 0], [MAX_LENGTH, 0]])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == round(MAX_LENGTH / (0.2 * 0.3 ** (-1 / 3))) + 1
    assert peak < 150e6


def test_the_numbers_travel():
    clock = PenClock(step=0.3, window=5)
    assert PenClock.from_dict(json.loads(json.dumps(clock.to_dict()))) == clock
    assert PenClock.from_dict({}) == PenClock()


@pytest.mark.parametrize(
    "numbers",
    [
        {"step": 0},
        {"step": -1},
        {"step": float("nan")},
        {"step": "0.2"},
        {"step": True},
        {"step": 10**400},
        {"even": 1e-9},
        {"even": 0.1},
        {"window": 6},
        {"window": 7.0},
        {"window": 10**9},
        {"slowest": 2.0},
        {"smoothing": float("inf")},
        {"colour": 1},
        {1: 2},
        [0.2],
        None,
    ],
)
def test_a_clock_that_cannot_be_is_refused(numbers):
    with pytest.raises(InkError, match="pen clock"):
        PenClock.from_dict(numbers)
