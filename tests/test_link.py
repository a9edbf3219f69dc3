"""The page's link to the worker, in CPython: the worker's ink follows the pen's, whatever the pen does meanwhile, and
when a worker dies, another one takes its place.

The pen and the worker are played by small Python objects with the same verbs; the worker's has a real Desk.
"""

import asyncio
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from desk import Desk
from tests.coroutines import run
from tests.test_session import MODEL, fed, finish


def counted(desk, upto):
    """A kind of job: counts, and tells every number."""
    for number in range(upto):
        yield {"number": number}
    return {"counted": upto}


def failing(desk):
    """Another: fails in its second slice."""
    yield
    yield
    raise ValueError("the ink ran out")


def paths(work):
    """A prediction as worker.py gives it."""
    prediction = yield from work
    return prediction and SimpleNamespace(paths=np.float32(prediction.paths))


KINDS = {"counted": counted, "failing": failing}


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
        self.desk, self.hinder, self.stopped = Desk(MODEL), hinder, []
        self.over, self.error = False, None

    async def call(self, verb, *arguments):
        if self.error:
            raise RuntimeError(self.error)
        return await getattr(self, verb)(*arguments)

    def end(self, why):
        self.over = True

    @property
    async def started(self):
        return None

    @property
    def session(self):
        return self.desk.sheet("writing")

    async def load(self, data):
        if data == "bad":
            return SimpleNamespace(error="line 7: hash mismatch")
        self.desk = Desk(MODEL)
        return SimpleNamespace(error="", name=data, units=MODEL.units, kernel="numpy")

    async def pen(self, sheet, stroke, xy, lifted):
        self.desk.sheet(sheet).pen(stroke, np.array(xy, float), lifted)
        self.hinder()

    async def turn_to(self, sheet, strokes):
        self.desk.sheet(sheet).turn_to(strokes)
        self.hinder()

    async def predict(self, sheet, samples, steps, temperature, seed):
        job = self.desk.jobs.begin(paths(self.desk.sheet(sheet).predict(samples, steps, temperature, seed)))
        part = await self.more(job)
        part.job = job
        return part

    async def begin(self, kind, arguments):
        return self.desk.jobs.begin(KINDS[kind](self.desk, **arguments))

    async def more(self, job):
        step = self.desk.jobs.more(job)
        self.hinder()
        return SimpleNamespace(gone=True) if step is None else SimpleNamespace(gone=False, **step._asdict())

    async def stop(self, job):
        self.stopped.append(job)
        self.desk.jobs.stop(job)


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


class Stopped(list):
    """page.stopped's notice: what it said."""

    def __init__(self, again):
        self.again = again

    def restarting(self, cause):
        self.append(("restarting", cause))

    def explain(self, cause, report):
        self.append(("explained", cause, report))

    def over(self):
        self.append(("over",))


@pytest.fixture(scope="module")
def link_module():
    """page.link with the browser's modules played, taken away again afterwards."""
    names = ("js", "pyscript", "pyscript.ffi", "pyscript.js_modules", "page.stopped")
    played = {name: ModuleType(name) for name in names}
    played["pyscript.ffi"].to_js = lambda value: value
    played["pyscript.js_modules"].boot = Boot()
    played["pyscript.js_modules"].worker = None
    played["page.stopped"].Stopped = Stopped
    sys.modules |= played
    import page.follower
    import page.link

    yield page.link
    for name in [*played, "page.follower", "page.life", "page.link", "page.turns", "page"]:
        sys.modules.pop(name)


def connected(module, pen, worker):
    """A follower of the pen, whose worker has loaded the network."""
    link = module.Link()
    link._worker = worker
    module.boot = Boot("good")
    assert run(link.load("good")) == ""
    return sys.modules["page.follower"].Follower(link, pen, "writing")


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
    follower = connected(link_module, pen, worker)
    for _ in range(120):
        for _ in range(rng.integers(4)):
            act()
        run(follower.follow())
        if pen.count:
            assert_same_ink(pen, worker.session)
        else:
            with pytest.raises(ValueError, match="no ink"):
                worker.session.predict(1, 1, 1.0, 0)


def test_everything_can_be_undone_and_redone(link_module):
    pen, worker = Pen(), Worker()
    follower = connected(link_module, pen, worker)
    for x in range(3):
        for act in ("begin", "extend", "extend", "end"):
            possible(pen)[act](x, len(pen.strokes))
    run(follower.follow())
    for act in ("undo", "undo", "undo", "redo", "redo", "undo", "redo", "redo"):
        possible(pen)[act]()
        run(follower.follow())
        if pen.count:
            assert_same_ink(pen, worker.session)


def written(module, hinder=lambda: None):
    """A follower whose worker has a stroke of ink, the pen still down."""
    pen = Pen()
    pen.begin(0.0, 0.0)
    for i in range(40):
        pen.extend(0.05 * i, -0.5 + 0.5 * np.cos(0.3 * i))
    worker = Worker(hinder)
    follower = connected(module, pen, worker)
    run(follower.follow())
    return follower, worker


def test_predictions_come_whole(link_module):
    follower, worker = written(link_module)
    paths = run(follower.predict(2, 30, 0.5, 3, lambda: True))
    assert paths.shape == (2, 31, 3)
    np.testing.assert_array_equal(paths, np.float32(worker.session.last.paths))


def test_predictions_that_went_stale_in_the_worker_are_dropped(link_module):
    follower, worker = written(link_module)
    worker.hinder = lambda: worker.session.turn_to(0)
    worker.desk.jobs._now = iter(range(10**6)).__next__  # every piece of work takes a second: a slice is one piece
    assert run(follower.predict(2, 30, 0.5, 3, lambda: True)) is None


def test_predictions_that_are_no_longer_wanted_are_given_up(link_module):
    follower, worker = written(link_module)
    worker.desk.jobs._now = iter(range(10**6)).__next__
    asked = []
    assert run(follower.predict(2, 30, 0.5, 3, lambda: len(asked) < 3 and not asked.append(1))) is None
    assert len(asked) == 3
    assert worker.session.last is None


def test_an_answer_that_comes_too_late_is_dropped(link_module):
    """The last slice is done, but while it was under way the reader changed something."""
    follower, worker = written(link_module)
    worker.desk.jobs._now = lambda: 0.0  # however slow this machine: all in one slice
    wishes = iter([True, False])
    assert run(follower.predict(2, 1, 0.5, 3, lambda: next(wishes))) is None
    assert worker.session.last is not None


def test_a_bad_weight_file_is_said_and_can_be_tried_again(link_module):
    link = link_module.Link()
    link._worker = Worker()
    link_module.boot = boot = Boot("bad", "good")
    run(link._load_first())
    assert "line 7: hash mismatch" in boot.said[-1]
    assert boot.retry and not link.ready.is_set()
    boot.refetch()
    run(link._load_first())
    assert boot.said[-1] == "done" and link.ready.is_set()


def test_weights_that_do_not_come_are_said(link_module):
    link = link_module.Link()
    link._worker = Worker()
    link_module.boot = boot = Boot(None)
    run(link._load_first())
    assert "the server answered 404" in boot.said[-1] and boot.retry


def loaded(module, hinder=lambda: None):
    """A link, and its worker that does one piece of work a slice."""
    link, worker = module.Link(), Worker(hinder)
    link._worker = worker
    module.boot = Boot("good")
    run(link.load("good"))
    worker.desk.jobs._now = iter(range(10**6)).__next__
    return link, worker


def test_work_tells_its_news_and_gives_its_value(link_module):
    link, _ = loaded(link_module)
    news = []
    assert run(link.work("counted", {"upto": 4}, news.append)) == {"counted": 4}
    assert news == [{"number": number} for number in range(4)]


def test_work_that_is_no_longer_wanted_is_stopped(link_module):
    link, worker = loaded(link_module)
    news = []
    assert run(link.work("counted", {"upto": 9}, news.append, lambda: len(news) < 3)) is None
    assert len(news) == 3 and worker.stopped == [1]


def test_work_that_fails_gives_the_turn_back(link_module):
    link, _ = loaded(link_module)
    with pytest.raises(ValueError, match="the ink ran out"):
        run(link.work("failing", {}))
    assert run(link.work("counted", {"upto": 1})) == {"counted": 1}


def test_a_new_network_is_given_the_ink_again(link_module):
    follower, worker = written(link_module)
    run(follower.link.load("good"))
    run(follower.follow())
    assert_same_ink(follower.pen, worker.session)


def test_a_network_that_is_none_leaves_the_one_that_is_there(link_module):
    link, _ = loaded(link_module)
    network, told = link.network, []
    link.watch(lambda: told.append(link.loads))
    assert run(link.load("bad")) == "line 7: hash mismatch"
    assert (link.network, link.loads, link.networks, told) == (network, 1, 1, [])
    assert run(link.load("other")) == ""
    assert (link.network.name, link.loads, link.networks, told) == ("other", 2, 2, [2])


def test_what_figures_take_for_granted_is_there_before_anyone_calls(link_module):
    link, _ = loaded(link_module)
    order = []

    async def rebuild():
        order.append(await link.work("counted", {"upto": 1}, rank=sys.modules["page.turns"].HELD))

    link.rebuild(rebuild)
    link.watch(lambda: order.append("watcher"))
    run(link.load("other"))
    assert order == [{"counted": 1}, "watcher"]


class Tasks(list):
    """asyncio as far as the link uses it: tasks are collected, to be run by the test; the clock is its `js.now`."""

    Event = asyncio.Event
    create_task = list.append


def mortal(module):
    """A link that has loaded a network, and the tasks to be run; `tasks.begun` are the workers begun later."""
    link, _ = loaded(module)
    tasks = Tasks()
    tasks.begun = begun = []

    def begin():
        begun.append(Worker())
        return begun[-1]

    module.worker = SimpleNamespace(begin=begin, interpreter=lambda: "pyodide.mjs")
    module.asyncio = tasks
    clock = SimpleNamespace(now=lambda: clock.time, time=0.0)
    place = SimpleNamespace(origin="https://here", pathname="/ductus/")
    module.js = SimpleNamespace(performance=clock, location=place, navigator=SimpleNamespace(userAgent="a browser"))
    return link, tasks


@pytest.mark.parametrize(
    "error",
    [
        "Pyodide already fatally failed and can no longer be used.",
        "Traceback ...\nMemoryError",
        "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 1.2 GiB",
        "RuntimeError: memory access out of bounds",
        "RangeError: Array buffer allocation failed",
    ],
)
def test_a_worker_that_cannot_go_on_is_begun_anew_with_the_same_network(link_module, error):
    link, tasks = mortal(link_module)
    told = []
    link.watch(lambda: told.append(link.loads))
    worker = link._worker
    worker.error = error
    with pytest.raises(link_module.Lost):
        run(link.work("counted", {"upto": 1}))
    assert worker.over and not link.ready.is_set() and link._notice[-1][0] == "restarting"
    run(tasks.pop())
    assert (link.loads, link.networks, link.network.name, told) == (2, 1, "good", [2])
    assert link._notice[-1] == ("over",) and [link._worker] == tasks.begun
    assert run(link.work("counted", {"upto": 1})) == {"counted": 1}  # the turn was given back


def test_an_error_that_is_no_death_is_the_callers(link_module):
    link, tasks = mortal(link_module)
    link._worker.error = "ValueError: there is no line 'x' to take apart"
    with pytest.raises(RuntimeError, match="no line"):
        run(link.work("counted", {"upto": 1}))
    assert not link._worker.over and not tasks


def test_what_waited_for_its_turn_while_a_worker_died_is_lost_too(link_module):
    link, tasks = mortal(link_module)
    turns = sys.modules["page.turns"]
    turns.asyncio = SimpleNamespace(Event=Event, CancelledError=asyncio.CancelledError)
    link._turns, link.ready = turns.Turns(), Event()
    link.ready.set()
    link.ready.clear = lambda: setattr(link.ready, "_set", False)
    link.ready.is_set = lambda: link.ready._set
    run(link._turns.take(turns.FAR))  # somebody's call is under way
    waiting = link.call(turns.PEN, "turn_to", "writing", 7)
    waiting.send(None)
    link._died("made for a test")
    link._turns.give()
    waiting.send(None)  # it has the turn, and waits for a worker
    run(tasks.pop())
    with pytest.raises(link_module.Lost):
        waiting.send(None)
    assert run(link.work("counted", {"upto": 1})) == {"counted": 1}


def test_a_worker_that_dies_again_soon_is_explained_and_can_be_tried_again(link_module):
    link, tasks = mortal(link_module)
    link._died("the first")
    run(tasks.pop())
    link_module.js.performance.time = 1000.0
    link._died("the second")
    assert not tasks
    kind, cause, report = link._notice[-1]
    assert (kind, cause) == ("explained", "the second")
    for words in ("https://here/ductus/", "the first", "a browser", "pyodide.mjs", "good", "numpy"):
        assert words in report
    link._notice.again()
    run(tasks.pop())
    assert link._notice[-1] == ("over",) and link.loads == 3


def test_a_worker_that_dies_again_much_later_is_begun_anew_again(link_module):
    link, tasks = mortal(link_module)
    link._died("the first")
    run(tasks.pop())
    link_module.js.performance.time = 1.0 + sys.modules["page.life"].SOON
    link._died("the second")
    run(tasks.pop())
    assert link._notice[-1] == ("over",) and len(tasks.begun) == 2


def test_a_worker_dies_once(link_module):
    link, tasks = mortal(link_module)
    link._died("of this")
    link._died("and of that")
    assert link._causes == ["of this"]
    run(tasks.pop())
    assert not tasks


def test_the_report_tells_the_calls_and_no_ink(link_module):
    link, _ = mortal(link_module)
    turns = sys.modules["page.turns"]
    run(link.call(turns.PEN, "pen", "writing", 0, Numbers([3.25, -1.75]), True))
    run(link.work("counted", {"upto": 1}))
    link._explain("made for a test")
    report = link._notice[-1][2]
    assert "pen\n  begin counted\n  more" in report and "3.25" not in report


def looks(life, *looked):
    """The last count of looks, each (seconds, visible, waiting, heard)."""
    silence = life.Silence()
    return [silence.look(1000 * now, *rest) for now, *rest in looked][-1]


def test_silence_counts_only_while_an_answer_is_due_and_the_page_is_awake(link_module):
    life = sys.modules["page.life"]
    due = [(second, True, 1, 5) for second in range(22)]
    assert looks(life, *due) == 21  # the first begins the count
    assert looks(life, *due, (22, True, 1, 6)) == 0  # an answer
    assert looks(life, *due, (22, True, 0, 5)) == 0  # nothing is due
    assert looks(life, *due, (22, False, 1, 5)) == 21  # in the background
    assert looks(life, *due, (3600, True, 1, 5)) == 21  # asleep
    assert looks(life, *due, (3600, True, 1, 5), (3601, True, 1, 5)) == 22


def test_turns_go_by_rank_then_by_who_came_first(link_module):
    turns = sys.modules["page.turns"]
    gate, served = turns.Turns(), []

    async def visitor(rank, name):
        await gate.take(rank)
        served.append(name)
        await Pause()
        gate.give()

    names = [
        (turns.FAR, "first"),
        (turns.FAR, "far"),
        (turns.NEAR, "near"),
        (turns.PEN, "pen"),
        (turns.NEAR, "near 2"),
    ]
    turns.asyncio = SimpleNamespace(Event=Event, CancelledError=asyncio.CancelledError)
    waiting = [visitor(*name) for name in names]
    for _ in range(20):
        for coroutine in list(waiting):
            try:
                coroutine.send(None)
            except StopIteration:
                waiting.remove(coroutine)
    assert served == ["first", "pen", "near", "near 2", "far"]


class Pause:
    """Something to wait for, once."""

    def __await__(self):
        yield


class Event:
    """asyncio.Event without an event loop."""

    def __init__(self):
        self._set = False

    def set(self):
        self._set = True

    async def wait(self):
        while not self._set:
            await Pause()
