"""A sheet in the worker: ink in any pieces, undo and redo, stale predictions, against the model used in one go."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ductus import cooperative, ink
from ductus.model import Model
from ductus.resample import PenClock, StreamingClock, resample
from tests.support.networks import random_weights
from worker.ink_session import InkSession

MODEL = Model(random_weights(units=8, mixtures=3, units_per_x_height=3.24, pen_clock=PenClock().to_dict()))


def wave(length=3.0, points=60, start=(0.0, 0.0)):
    """A stroke (n, 2) like a row of cursive e, in x-heights."""
    t = np.linspace(0, length, points)
    return np.stack([t + 0.2 * np.sin(7 * t), -0.5 + 0.5 * np.cos(7 * t)], axis=1) + start


def write(session, strokes, piece=7, lift_last=True):
    """All strokes in pieces of some points, each but perhaps the last lifted."""
    for number, stroke in enumerate(strokes):
        for first in range(0, len(stroke), piece):
            session.add_ink(number, stroke[first : first + piece], False)
        if lift_last or number < len(strokes) - 1:
            session.add_ink(number, np.zeros((0, 2)), True)


def finish(session, samples=3, steps=6, temperature=0.5, seed=4):
    """A prediction, run to its end."""
    return cooperative.run(session.predict(samples, steps, temperature, seed))


def fed(strokes):
    """What the model should be fed for finished strokes: (N, 3) in model units."""
    return ink.to_points([resample(stroke, MODEL.clock) for stroke in strokes]) * [3.24, 3.24, 1]


STROKES = [wave(), wave(1.5, 30, (3.5, 0.1)), np.array([[4.0, -1.5]])]


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_ink_in_pieces_is_fed_as_the_whole_ink(piece):
    session = InkSession(MODEL)
    write(session, STROKES, piece)
    result = finish(session)
    expected = fed(STROKES)
    np.testing.assert_allclose(result.points, expected, atol=1e-9)
    offsets = MODEL.continue_(MODEL.feed(expected, MODEL.start()), 3, 6, 0.5, 4)
    np.testing.assert_allclose(result.offsets, offsets, atol=1e-5)


def test_paths_start_at_the_pen_and_follow_the_offsets():
    session = InkSession(MODEL)
    write(session, STROKES[:2])
    result = finish(session)
    assert result.paths.shape == (3, 7, 3)
    np.testing.assert_allclose(result.paths[:, 0], np.tile([*STROKES[1][-1], 1], (3, 1)), atol=1e-9)
    moves = np.diff(result.paths[..., :2], axis=1) * 3.24
    np.testing.assert_allclose(moves, result.offsets[..., :2], atol=1e-6)
    np.testing.assert_array_equal(result.paths[:, 1:, 2], result.offsets[..., 2])


def test_prediction_amid_a_stroke_starts_at_the_pen_and_is_not_remembered():
    session, other = InkSession(MODEL), InkSession(MODEL)
    stroke = wave()
    write(session, [stroke[:33]], lift_last=False)
    result = finish(session)
    np.testing.assert_allclose(result.paths[:, 0], np.tile([*stroke[32], 0], (3, 1)), atol=1e-9)
    unlifted = fed([stroke[:33]])
    unlifted[-1, 2] = 0
    np.testing.assert_allclose(result.points, unlifted, atol=1e-9)
    session.add_ink(0, stroke[33:], True)
    other.add_ink(0, stroke, True)
    np.testing.assert_array_equal(finish(session).offsets, finish(other).offsets)


def test_undo_and_redo_give_back_the_very_same_prediction():
    session = InkSession(MODEL)
    results = []
    for number, stroke in enumerate(STROKES):
        session.add_ink(number, stroke, True)
        results.append(finish(session).offsets)
    with pytest.raises(ValueError, match="3 strokes, not 4"):
        session.set_stroke_count(4)
    for count in (2, 1, 0, 2, 3, 1, 3):
        session.set_stroke_count(count)
        if count == 0:
            continue
        np.testing.assert_array_equal(finish(session).offsets, results[count - 1])


def test_clear_forgets_everything():
    session, fresh = InkSession(MODEL), InkSession(MODEL)
    write(session, STROKES)
    finish(session)
    session.set_stroke_count(0)
    with pytest.raises(ValueError, match="no ink"):
        session.predict(1, 1, 1.0, 0)
    for one in (session, fresh):
        one.add_ink(0, wave(2.0, 50), True)
    np.testing.assert_array_equal(finish(session).offsets, finish(fresh).offsets)


def test_new_ink_takes_the_place_of_undone_ink():
    session = InkSession(MODEL)
    write(session, STROKES)
    session.set_stroke_count(1)
    session.add_ink(1, STROKES[2], True)
    with pytest.raises(ValueError, match="2 strokes"):
        session.set_stroke_count(3)
    np.testing.assert_allclose(finish(session).points, fed([STROKES[0], STROKES[2]]), atol=1e-9)


def test_an_open_stroke_can_be_dropped():
    session = InkSession(MODEL)
    write(session, STROKES[:2], lift_last=False)
    session.set_stroke_count(1)
    np.testing.assert_allclose(finish(session).points, fed(STROKES[:1]), atol=1e-9)
    session.add_ink(1, STROKES[1], True)
    np.testing.assert_allclose(finish(session).points, fed(STROKES[:2]), atol=1e-9)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_ink_of_another_stroke_is_refused(number):
    session = InkSession(MODEL)
    session.add_ink(0, wave(), True)
    with pytest.raises(ValueError, match="not the one being written"):
        session.add_ink(number, wave(), False)


def test_bad_ink_leaves_the_session_as_it_was():
    session = InkSession(MODEL)
    write(session, STROKES[:1], lift_last=False)
    before = finish(session)
    task = session.predict(3, 6, 0.5, 4)
    with pytest.raises(ink.InkError):
        session.add_ink(0, np.array([[np.nan, 0.0]]), False)
    with pytest.raises(ValueError, match="begins with no ink"):
        InkSession(MODEL).add_ink(0, np.zeros((0, 2)), True)
    np.testing.assert_array_equal(cooperative.run(task).offsets, before.offsets)


def test_stale_jobs_give_nothing():
    session = InkSession(MODEL)
    write(session, STROKES[:1], lift_last=False)
    task = session.predict(2, 5, 0.5, 1)
    newer = session.predict(2, 5, 0.5, 2)
    assert cooperative.run(task) is None
    assert cooperative.run(newer) is not None
    for change in (lambda: session.add_ink(0, wave(1.0, 9, (3, 0)), True), lambda: session.set_stroke_count(0)):
        task = session.predict(2, 500, 0.5, 1)
        next(task)
        change()
        assert cooperative.run(task) is None


def test_a_finished_prediction_is_recorded():
    session = InkSession(MODEL)
    write(session, STROKES)
    result = finish(session, temperature=0.7, seed=9)
    assert session.last is result
    assert (result.temperature, result.seed) == (0.7, 9)


# Any order.

STARTS = [MODEL.start(), MODEL.feed(fed(STROKES[:1]), MODEL.start())]
place = st.floats(-1, 2, width=32)
some_ink = st.lists(st.tuples(place, place), min_size=1, max_size=5).map(np.array)


class AnyOrder(RuleBasedStateMachine):
    """Ink, undo, redo, clear, styles and tasks in any order, interleaved, against the model in one go."""

    def __init__(self):
        super().__init__()
        self.session = InkSession(MODEL)
        self.strokes, self.count, self.open = [], 0, False  # of all strokes, how many are on the paper, is one open
        self.start, self.version = STARTS[0], 0
        self.tasks = []  # [the task, what it is, what was asked, the version that it is for]

    # --- what happens

    @precondition(lambda self: not self.open)
    @rule(xy=some_ink, lifted=st.booleans())
    def begin(self, xy, lifted):
        self.session.add_ink(self.count, xy, lifted)
        self.strokes, self.count, self.open = [*self.strokes[: self.count], xy], self.count + 1, not lifted
        self.version += 1

    @precondition(lambda self: self.open)
    @rule(xy=some_ink | st.just(np.zeros((0, 2))), lifted=st.booleans())
    def extend(self, xy, lifted):
        self.session.add_ink(self.count - 1, xy, lifted)
        self.strokes[-1], self.open = np.concatenate([self.strokes[-1], xy]), not lifted
        self.version += 1

    @rule(count=st.integers(0, 8))
    def set_stroke_count(self, count):
        count = min(count, len(self.strokes))
        if self.open and count < len(self.strokes):
            self.strokes, self.open = self.strokes[:-1], False
        self.session.set_stroke_count(count)
        self.count = count
        self.version += 1

    @rule(start=st.sampled_from(STARTS))
    def start_from(self, start):
        self.session.start_from(start)
        self.start = start
        self.version += 1

    @rule(stroke=st.sampled_from([-1, 0, 3, 9]), xy=st.just(np.array([[np.nan, 0.0]])))
    def send_nonsense(self, stroke, xy):
        with pytest.raises(ValueError):
            self.session.add_ink(stroke, xy, True)
        with pytest.raises(ValueError):
            self.session.set_stroke_count(len(self.strokes) + 1)

    @precondition(lambda self: self.count)
    @rule(samples=st.integers(1, 3), steps=st.integers(1, 4), seed=st.integers(0, 9))
    def ask_how_it_goes_on(self, samples, steps, seed):
        self.version += 1
        asked = (samples, steps, 0.7, seed)
        self.tasks.append((self.session.predict(*asked), self.check_prediction, asked, self.version))

    @precondition(lambda self: self.count)
    @rule(data=st.data())
    def ask_for_cells(self, data):
        stroke = data.draw(st.integers(0, self.count - 1))
        point = data.draw(st.integers(0, self.settled(stroke)))
        self.version += 1
        self.tasks.append((self.session.columns(stroke, point), self.check_columns, (stroke, point), self.version))

    @precondition(lambda self: self.tasks)
    @rule(which=st.integers(0, 9), slices=st.integers(0, 30))
    def go_on(self, which, slices):
        """A slice or more of a task, an old one perhaps, to its end or not."""
        at = which % len(self.tasks)
        task, check, asked, version = self.tasks[at]
        try:
            for _ in range(slices):
                next(task)
        except StopIteration as end:
            del self.tasks[at]
            if version == self.version:
                check(end.value, *asked)
            else:
                assert end.value is None

    # --- what has to be

    def points(self):
        """The ink on the paper as the model is fed it, (N, 3)."""
        points = fed(self.strokes[: self.count])
        points[-1:, 2] = not self.open
        return points

    def settled(self, stroke):
        """How many points of a stroke will not change any more."""
        clock = StreamingClock(MODEL.clock)
        sure = clock.add(self.strokes[stroke])
        return len(sure) + (0 if self.open and stroke == self.count - 1 else len(clock.lift()))

    def check_prediction(self, result, *asked):
        np.testing.assert_allclose(result.points, self.points(), atol=1e-6)
        expected = MODEL.continue_(MODEL.feed(self.points(), self.start), *asked)
        np.testing.assert_allclose(result.offsets, expected, atol=1e-4)

    def check_columns(self, result, stroke, point):
        points, state = self.points(), self.start
        cells = [state.c]
        for row in range(len(points)):
            state = MODEL.feed(points[row : row + 1], state)
            cells.append(state.c)
        before = len(fed(self.strokes[:stroke])) if stroke else 0
        assert result.first == before + point
        np.testing.assert_allclose(result.cells, np.concatenate(cells[result.first :]), atol=1e-5)
        assert result.settled == [self.settled(number) for number in range(stroke, self.count)]

    @invariant()
    def the_ink_is_that_on_the_paper(self):
        places = self.session.places()  # (N, 3)
        expected = np.cumsum(self.points()[:, :2] / 3.24, axis=0) if self.count else np.zeros((0, 2))
        assert len(places) == len(expected)
        if self.count:
            np.testing.assert_allclose(places[:, :2] - places[0, :2], expected - expected[0], atol=1e-6)
            np.testing.assert_array_equal(places[:, 2], self.points()[:, 2])

    def teardown(self):
        """In the end the state is that of the ink on the paper."""
        if self.count:
            asked = (2, 3, 0.7, 4)
            self.check_prediction(cooperative.run(self.session.predict(*asked)), *asked)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(settings.get_profile("fuzz"), stateful_step_count=30)
