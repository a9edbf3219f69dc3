"""When a worker dies, another one takes its place, once; after that it is explained. Silence may be a death, too."""

import asyncio
import sys
from types import SimpleNamespace

import pytest

from tests.support.coroutines import run
from tests.support.fake_worker import Event, Numbers, Worker, link_modules, loaded


@pytest.fixture(scope="module")
def link_module():
    with link_modules() as link:
        yield link


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
    with pytest.raises(link_module.WorkerLost):
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
    turns = sys.modules["page.worker_client.priority_lock"]
    turns.asyncio = SimpleNamespace(Event=Event, CancelledError=asyncio.CancelledError)
    link._turns, link.ready = turns.PriorityLock(), Event()
    link.ready.set()
    link.ready.clear = lambda: setattr(link.ready, "_set", False)
    link.ready.is_set = lambda: link.ready._set
    run(link._turns.take(turns.FAR))  # somebody's call is under way
    waiting = link.call(turns.PEN, "set_stroke_count", "continuation", 7)
    waiting.send(None)
    link._died("made for a test")
    link._turns.give()
    waiting.send(None)  # it has the turn, and waits for a worker
    run(tasks.pop())
    with pytest.raises(link_module.WorkerLost):
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
    link_module.js.performance.time = 1.0 + sys.modules["page.worker_client.watchdog"].SOON
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
    turns = sys.modules["page.worker_client.priority_lock"]
    run(link.call(turns.PEN, "add_ink", "continuation", 0, Numbers([3.25, -1.75]), True))
    run(link.work("counted", {"upto": 1}))
    link._explain("made for a test")
    report = link._notice[-1][2]
    assert "add_ink\n  start_task counted\n  poll_task" in report and "3.25" not in report


def looks(life, *looked):
    """The last count of looks, each (seconds, visible, waiting, heard)."""
    silence = life.Silence()
    return [silence.look(1000 * now, *rest) for now, *rest in looked][-1]


def test_silence_counts_only_while_an_answer_is_due_and_the_page_is_awake(link_module):
    life = sys.modules["page.worker_client.watchdog"]
    due = [(second, True, 1, 5) for second in range(22)]
    assert looks(life, *due) == 21  # the first begins the count
    assert looks(life, *due, (22, True, 1, 6)) == 0  # an answer
    assert looks(life, *due, (22, True, 0, 5)) == 0  # nothing is due
    assert looks(life, *due, (22, False, 1, 5)) == 21  # in the background
    assert looks(life, *due, (3600, True, 1, 5)) == 21  # asleep
    assert looks(life, *due, (3600, True, 1, 5), (3601, True, 1, 5)) == 22
