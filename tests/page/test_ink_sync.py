"""The worker's ink follows the pen's, whatever the pen does meanwhile; predictions come whole or not at all.

pen.js is a small fake with the same functions.
"""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.coroutines import run
from tests.support.fake_worker import Numbers, Worker, client_modules, started
from tests.worker.test_ink_session import fed, finish


@pytest.fixture(scope="module")
def client_module():
    with client_modules() as module:
        yield module


class Pen:
    """pen.js's list of strokes: ids, points, and undone strokes kept at the end."""

    def __init__(self):
        self.strokes, self.count, self.made = [], 0, 0

    def begin(self, x, y):
        self.made += 1
        del self.strokes[self.count :]
        self.strokes.append(SimpleNamespace(xy=[x, y], open=True, id=self.made))
        self.count += 1

    def extend(self, x, y):
        self.strokes[self.count - 1].xy += [x, y]

    @property
    def open(self):
        return self.count > 0 and self.strokes[self.count - 1].open

    def id(self, stroke):
        return self.strokes[stroke].id

    def isOpen(self, stroke):
        return self.strokes[stroke].open

    def points(self, stroke, first):
        return Numbers(self.strokes[stroke].xy[2 * first :])


def connected(module, pen, worker):
    """The sync of the pen's ink with a worker that has loaded the network."""
    client, _ = started(module, "good", worker=worker)
    return sys.modules["page.ink.ink_sync"].InkSync(client, pen, "continuation")


def strokes_of(pen):
    """The ink on the paper: a list of (n, 2)."""
    return [np.reshape(stroke.xy, (-1, 2)) for stroke in pen.strokes[: pen.count]]


def assert_same_ink(pen, session):
    expected = fed(strokes_of(pen))
    expected[-1, 2] = not pen.open
    np.testing.assert_allclose(finish(session, 1, 1).points, expected, atol=1e-6)


def possible(pen):
    """What the reader can do now: {name: act}, each act given a place."""
    last = pen.strokes[pen.count - 1] if pen.count else None

    def end(*place):
        last.open = False

    def drop(*place):
        pen.count -= 1
        del pen.strokes[pen.count :]

    def undo(*place):
        pen.count -= 1

    def redo(*place):
        pen.count += 1

    def clear(*place):
        pen.strokes, pen.count = [], 0

    if pen.open:
        return {"extend": pen.extend, "end": end, "drop": drop, "clear": clear}
    acts = {"begin": pen.begin}
    if pen.count:
        acts |= {"undo": undo, "clear": clear}
    if pen.count < len(pen.strokes):
        acts["redo"] = redo
    return acts


@pytest.mark.parametrize("seed", range(20))
def test_the_worker_always_has_the_pens_ink(client_module, seed):
    """A long walk through what a reader may do, followed now and then; some of it while the page waits."""
    rng = np.random.default_rng(seed)

    def act():
        acts = list(possible(pen).values())
        acts[rng.integers(len(acts))](rng.uniform(-2, 9), rng.uniform(-2, 1))

    def hinder():
        if rng.random() < 0.2:
            act()

    pen, worker = Pen(), Worker(hinder)
    sync = connected(client_module, pen, worker)
    for _ in range(120):
        for _ in range(rng.integers(4)):
            act()
        run(sync.follow())
        if pen.count:
            assert_same_ink(pen, worker.session)
        else:
            with pytest.raises(ValueError, match="no ink"):
                worker.session.predict(1, 1, 1.0, 0)


def test_everything_can_be_undone_and_redone(client_module):
    pen, worker = Pen(), Worker()
    sync = connected(client_module, pen, worker)
    for x in range(3):
        for act in ("begin", "extend", "extend", "end"):
            possible(pen)[act](x, len(pen.strokes))
    run(sync.follow())
    for act in ("undo", "undo", "undo", "redo", "redo", "undo", "redo", "redo"):
        possible(pen)[act]()
        run(sync.follow())
        if pen.count:
            assert_same_ink(pen, worker.session)


def written(module, hinder=lambda: None):
    """The sync whose worker has a stroke of ink, the pen still down."""
    pen = Pen()
    pen.begin(0.0, 0.0)
    for i in range(40):
        pen.extend(0.05 * i, -0.5 + 0.5 * np.cos(0.3 * i))
    worker = Worker(hinder)
    sync = connected(module, pen, worker)
    run(sync.follow())
    return sync, worker


def test_predictions_come_whole(client_module):
    sync, worker = written(client_module)
    paths = run(sync.predict(2, 30, 0.5, 3, lambda: True))
    assert paths.shape == (2, 31, 3)
    np.testing.assert_array_equal(paths, np.float32(worker.session.last.paths))


def test_predictions_that_went_stale_in_the_worker_are_dropped(client_module):
    sync, worker = written(client_module)
    worker.hinder = lambda: worker.session.set_stroke_count(0)
    worker.one_piece_per_slice()
    assert run(sync.predict(2, 30, 0.5, 3, lambda: True)) is None


def test_predictions_that_are_no_longer_wanted_are_given_up(client_module):
    sync, worker = written(client_module)
    worker.one_piece_per_slice()
    asked = []
    assert run(sync.predict(2, 30, 0.5, 3, lambda: len(asked) < 3 and not asked.append(1))) is None
    assert len(asked) == 3
    assert worker.session.last is None


def test_an_answer_that_comes_too_late_is_dropped(client_module):
    """The last slice is done, but while it was under way the reader changed something."""
    sync, worker = written(client_module)
    worker.one_slice_per_task()
    wishes = iter([True, False])
    assert run(sync.predict(2, 1, 0.5, 3, lambda: next(wishes))) is None
    assert worker.session.last is not None


def test_a_new_network_is_given_the_ink_again(client_module):
    sync, worker = written(client_module)
    run(sync.worker.load("good"))
    run(sync.follow())
    assert_same_ink(sync.pen, worker.session)
