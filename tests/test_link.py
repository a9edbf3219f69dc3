"""The page's link to the worker, in CPython: the worker's ink follows the pen's, whatever the pen does meanwhile.

The pen and the worker are played by small Python objects with the same verbs; the worker's is a real Session.
"""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from session import Session
from tests.test_session import MODEL, fed, finish


class Numbers(list):
    """A typed array, as far as the page uses one."""

    @property
    def length(self):
        return len(self)


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


class Worker:
    """worker.py's verbs as the page calls them; `hinder` runs while the page waits for an answer."""

    def __init__(self, hinder=lambda: None):
        self.session, self.hinder = Session(MODEL), hinder

    async def load(self, data):
        self.session = Session(MODEL)
        return SimpleNamespace(error="" if data == "good" else "line 7: hash mismatch")

    async def pen(self, stroke, xy, lifted):
        self.session.pen(stroke, np.array(xy, float), lifted)
        self.hinder()

    async def turn_to(self, strokes):
        self.session.turn_to(strokes)
        self.hinder()

    async def predict(self, samples, steps, temperature, seed):
        return self.session.predict(samples, steps, temperature, seed)

    async def more(self, job):
        step = self.session.more(job)
        self.hinder()
        if step is None:
            return SimpleNamespace(stale=True)
        return SimpleNamespace(stale=False, done=step is not True, paths=getattr(step, "paths", None))


class Boot:
    """boot.js's part in loading; `files` are what the server gives, one a try."""

    RELOAD = "Reload."

    def __init__(self, *files):
        self.files, self.said, self.retry = list(files), [], None

    async def weights(self):
        if self.files[0] is None:
            raise RuntimeError("the network: the server answered 404")
        return self.files[0]

    def refetch(self):
        del self.files[0]

    def stage(self, what):
        self.said.append(what)

    def fail(self, what, retry=None):
        self.said.append(what)
        self.retry = retry

    def done(self):
        self.said.append("done")


@pytest.fixture(scope="module")
def link_module():
    """page.link with the browser's modules played, taken away again afterwards."""
    played = {"pyscript": ModuleType("pyscript"), "pyscript.js_modules": ModuleType("pyscript.js_modules")}
    played["pyscript"].workers = {}
    played["pyscript.js_modules"].boot = Boot()
    sys.modules |= played
    import page.link

    yield page.link
    for name in [*played, "page.link", "page"]:
        sys.modules.pop(name)


def run(coroutine):
    """Drive a coroutine that never really waits. (No event loop: Playwright may be holding this thread's.)"""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the coroutine waited")


def connected(module, pen, worker):
    """A link to a worker that has loaded the network."""
    link = module.Link(pen)
    link._worker = worker
    module.boot = Boot("good")
    run(link.load())
    return link


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
def test_the_worker_always_has_the_pens_ink(link_module, seed):
    """A long walk through what a reader may do, followed now and then; some of it while the page waits."""
    rng = np.random.default_rng(seed)

    def act():
        acts = list(possible(pen).values())
        acts[rng.integers(len(acts))](rng.uniform(-2, 9), rng.uniform(-2, 1))

    def hinder():
        if rng.random() < 0.2:
            act()

    pen, worker = Pen(), Worker(hinder)
    link = connected(link_module, pen, worker)
    for _ in range(120):
        for _ in range(rng.integers(4)):
            act()
        run(link.follow())
        if pen.count:
            assert_same_ink(pen, worker.session)
        else:
            with pytest.raises(ValueError, match="no ink"):
                worker.session.predict(1, 1, 1.0, 0)


def test_everything_can_be_undone_and_redone(link_module):
    pen, worker = Pen(), Worker()
    link = connected(link_module, pen, worker)
    for x in range(3):
        for act in ("begin", "extend", "extend", "end"):
            possible(pen)[act](x, len(pen.strokes))
    run(link.follow())
    for act in ("undo", "undo", "undo", "redo", "redo", "undo", "redo", "redo"):
        possible(pen)[act]()
        run(link.follow())
        if pen.count:
            assert_same_ink(pen, worker.session)


def written(module, hinder=lambda: None):
    """A link whose worker has a stroke of ink, the pen still down."""
    pen = Pen()
    pen.begin(0.0, 0.0)
    for i in range(40):
        pen.extend(0.05 * i, -0.5 + 0.5 * np.cos(0.3 * i))
    worker = Worker(hinder)
    link = connected(module, pen, worker)
    run(link.follow())
    return link, worker


def test_predictions_come_whole(link_module):
    link, worker = written(link_module)
    paths = run(link.predict(2, 30, 0.5, 3, lambda: True))
    assert paths.shape == (2, 31, 3)
    assert paths is worker.session.last.paths


def test_predictions_that_went_stale_in_the_worker_are_dropped(link_module):
    link, worker = written(link_module)
    worker.hinder = lambda: worker.session.turn_to(0)
    worker.session._now = iter(range(10**6)).__next__  # every piece of work takes a second: a slice is one piece
    assert run(link.predict(2, 30, 0.5, 3, lambda: True)) is None


def test_predictions_that_are_no_longer_wanted_are_given_up(link_module):
    link, worker = written(link_module)
    worker.session._now = iter(range(10**6)).__next__
    asked = []
    assert run(link.predict(2, 30, 0.5, 3, lambda: len(asked) < 3 and not asked.append(1))) is None
    assert len(asked) == 3
    assert worker.session.last is None


def test_an_answer_that_comes_too_late_is_dropped(link_module):
    """The last slice is done, but while it was under way the reader changed something."""
    link, worker = written(link_module)
    worker.session._now = lambda: 0.0  # however slow this machine: all in one slice
    wishes = iter([True, False])
    assert run(link.predict(2, 1, 0.5, 3, lambda: next(wishes))) is None
    assert worker.session.last is not None


def test_a_bad_weight_file_is_said_and_can_be_tried_again(link_module):
    link = link_module.Link(Pen())
    link._worker = Worker()
    link_module.boot = boot = Boot("bad", "good")
    run(link.load())
    assert "line 7: hash mismatch" in boot.said[-1]
    assert boot.retry and not link.ready.is_set()
    boot.refetch()
    run(link.load())
    assert boot.said[-1] == "done" and link.ready.is_set()


def test_weights_that_do_not_come_are_said(link_module):
    link = link_module.Link(Pen())
    link._worker = Worker()
    link_module.boot = boot = Boot(None)
    run(link.load())
    assert "the server answered 404" in boot.said[-1] and boot.retry
