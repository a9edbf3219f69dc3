"""A worker that dies is replaced, once; after that the crash is explained. Silence counts as a crash, too."""

import sys

import pytest

from tests.support.coroutines import run
from tests.support.fake_worker import Numbers, client_modules, loaded


@pytest.fixture(scope="module")
def client_module():
    with client_modules() as module:
        yield module


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
def test_a_worker_that_cannot_go_on_is_restarted_with_the_same_network(client_module, error):
    client, page = loaded(client_module)
    seen = []
    client.watch(lambda: seen.append(client.loads))
    page.worker.error = error
    with pytest.raises(client_module.WorkerLost):
        run(client.run_task("counted", {"upto": 1}))
    assert page.worker.over and not client.ready.is_set() and page.notice[-1][0] == "restarting"
    page.tasks.run_all()
    assert (client.loads, client.networks, client.network.name, seen) == (2, 1, "good", [2])
    assert page.notice[-1] == ("hidden",) and len(page.restarted) == 1
    assert run(client.run_task("counted", {"upto": 1})) == {"counted": 1}  # the lock was released


def test_an_error_that_is_no_crash_is_the_callers(client_module):
    client, page = loaded(client_module)
    page.worker.error = "ValueError: there is no line 'x' to take apart"
    with pytest.raises(RuntimeError, match="no line"):
        run(client.run_task("counted", {"upto": 1}))
    assert not page.worker.over and not page.tasks


def test_calls_that_waited_for_the_lock_while_a_worker_died_are_lost_too(client_module):
    client, page = loaded(client_module)
    priority_lock = sys.modules["page.worker_client.priority_lock"]
    page.worker.held = True
    under_way = client.call(priority_lock.FAR, "cancel_task", 1)
    under_way.send(None)
    waiting = client.call(priority_lock.PEN, "set_stroke_count", "continuation", 7)
    waiting.send(None)
    page.worker.broken("made for a test")
    with pytest.raises(client_module.WorkerLost):
        under_way.send(None)
    waiting.send(None)  # it holds the lock and waits for a worker
    page.tasks.run_all()
    with pytest.raises(client_module.WorkerLost):
        waiting.send(None)
    assert run(client.run_task("counted", {"upto": 1})) == {"counted": 1}


def test_only_the_call_that_the_worker_died_at_is_blamed(client_module):
    client, page = loaded(client_module)
    priority_lock = sys.modules["page.worker_client.priority_lock"]
    page.worker.held = True
    at, after = [client.call(priority_lock.FAR, "cancel_task", number) for number in (1, 2)]
    at.send(None)
    after.send(None)
    page.worker.broken("out of memory")
    with pytest.raises(client_module.WorkerLost, match=r"out of memory") as lost:
        at.send(None)
    assert lost.value.blamed
    after.send(None)
    page.tasks.run_all()
    with pytest.raises(client_module.WorkerLost) as lost:
        after.send(None)
    assert not lost.value.blamed


def test_a_request_of_the_reader_allows_what_the_worker_died_of(client_module):
    client, page = loaded(client_module)
    first = client.requests
    page.worker.broken("the first")
    page.tasks.run_all()
    assert client.requests == first  # the restart was the page's own
    page.restarted[-1].broken("the second")
    page.notice.retry()
    page.tasks.run_all()
    assert client.requests == first + 1
    run(client.load("other"))
    assert client.requests == first + 2


def test_a_worker_that_dies_again_soon_is_explained_and_can_be_tried_again(client_module):
    client, page = loaded(client_module)
    page.worker.broken("the first")
    page.tasks.run_all()
    page.clock.time = 1000.0
    page.restarted[-1].broken("the second")
    assert not page.tasks
    kind, cause, report = page.notice[-1]
    assert (kind, cause) == ("explained", "the second")
    for words in ("https://here/ductus/", "the first", "a browser", "pyodide.mjs", "good", "numpy"):
        assert words in report
    page.notice.retry()
    page.tasks.run_all()
    assert page.notice[-1] == ("hidden",) and client.loads == 3


def test_a_worker_that_dies_again_much_later_is_restarted_again(client_module):
    _, page = loaded(client_module)
    page.worker.broken("the first")
    page.tasks.run_all()
    page.clock.time = 1.0 + sys.modules["page.worker_client.watchdog"].SOON
    page.restarted[-1].broken("the second")
    page.tasks.run_all()
    assert page.notice[-1] == ("hidden",) and len(page.restarted) == 2


def test_a_worker_dies_once(client_module):
    _, page = loaded(client_module)
    page.worker.broken("of this")
    page.worker.broken("and of that")
    assert page.notice == [("restarting", "of this")] and len(page.tasks) == 1
    page.tasks.run_all()


def test_the_report_has_the_calls_and_no_ink(client_module):
    client, page = loaded(client_module)
    priority_lock = sys.modules["page.worker_client.priority_lock"]
    page.worker.broken("the first")
    page.tasks.run_all()
    run(client.call(priority_lock.PEN, "add_ink", "continuation", 0, Numbers([3.25, -1.75]), True))
    page.restarted[-1].one_piece_per_slice()
    run(client.run_task("counted", {"upto": 1}))
    page.restarted[-1].broken("the second")
    report = page.notice[-1][2]
    assert "add_ink\n  begin_task counted\n  poll_task" in report and "3.25" not in report


def test_a_worker_that_does_not_answer_for_long_counts_as_dead(client_module):
    _, page = loaded(client_module)
    page.worker.waiting, page.worker.heard = 1, 5
    page.watching.send(None)
    for second in range(21):
        assert not page.worker.over
        page.clock.time = 1000.0 * second
        page.watching.send(None)
    assert page.worker.over and page.notice[-1] == ("restarting", "it has not answered for 20 seconds")
    page.tasks.run_all()


def counted(watchdog, *checks):
    """Return the final count after these checks, each (seconds, visible, waiting, heard)."""
    dog = watchdog.Watchdog()
    return [dog.check(1000 * now, *rest) for now, *rest in checks][-1]


def test_silence_counts_only_while_an_answer_is_due_and_the_page_is_awake(client_module):
    watchdog = sys.modules["page.worker_client.watchdog"]
    due = [(second, True, 1, 5) for second in range(22)]
    assert counted(watchdog, *due) == 21  # the first starts the count
    assert counted(watchdog, *due, (22, True, 1, 6)) == 0  # an answer
    assert counted(watchdog, *due, (22, True, 0, 5)) == 0  # no answer is due
    assert counted(watchdog, *due, (22, False, 1, 5)) == 21  # in the background
    assert counted(watchdog, *due, (3600, True, 1, 5)) == 21  # asleep
    assert counted(watchdog, *due, (3600, True, 1, 5), (3601, True, 1, 5)) == 22
