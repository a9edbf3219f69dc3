"""The page's worker client, in CPython: it loads the network, runs tasks by priority, and cancels them in time."""

import sys

import pytest

from tests.support.coroutines import run
from tests.support.fake_worker import Pause, client_modules, created, loaded, started


@pytest.fixture(scope="module")
def client_module():
    with client_modules() as module:
        yield module


def test_an_invalid_weight_file_is_reported_and_can_be_retried(client_module):
    client, page = started(client_module, "bad", "good")
    assert "line 7: hash mismatch" in page.boot.said[-1] and not client.ready.is_set()
    page.boot.retry()
    page.tasks.run_all()
    assert page.boot.said[-1] == "done" and client.ready.is_set()


def test_missing_weights_are_reported(client_module):
    _, page = started(client_module, None)
    assert "the server answered 404" in page.boot.said[-1] and page.boot.retry


def test_calls_and_networks_that_come_before_the_network_wait_for_it(client_module):
    """Neither a call nor a network of the reader's keeps the page's own from loading."""
    client, page = created(client_module, "good")
    early = [client.run_task("counted", {"upto": 2}), client.load("mine")]
    found = dict.fromkeys(range(2))
    for coroutine in early:
        coroutine.send(None)
    run(client.start())
    page.tasks.pop().close()  # the watchdog's
    for number, coroutine in enumerate(early):
        with pytest.raises(StopIteration) as end:
            for _ in range(20):
                coroutine.send(None)
        found[number] = end.value.value
    assert found == {0: {"counted": 2}, 1: ""}
    assert (client.network.name, client.networks, page.boot.said[-1]) == ("mine", 2, "done")


def test_a_network_of_the_readers_helps_where_the_pages_own_does_not_load(client_module):
    client, page = started(client_module, "bad", "good")
    assert run(client.load("mine")) == "" and page.boot.said[-1] == "done"
    page.boot.retry()
    page.tasks.run_all()
    assert client.network.name == "mine" and client.ready.is_set()


def test_a_network_that_comes_while_the_worker_restarts_waits_for_it(client_module):
    client, page = loaded(client_module)
    page.worker.broken("of this")
    loading = client.load("mine")
    loading.send(None)
    page.tasks.run_all()
    with pytest.raises(StopIteration):
        for _ in range(20):
            loading.send(None)
    assert client.network.name == "mine" and page.notice[-1] == ("hidden",)


def test_a_task_reports_progress_and_returns_its_value(client_module):
    client, _ = loaded(client_module)
    progress = []
    assert run(client.run_task("counted", {"upto": 4}, progress.append)) == {"counted": 4}
    assert progress == [{"number": number} for number in range(4)]


def test_a_task_that_is_no_longer_wanted_is_cancelled(client_module):
    client, page = loaded(client_module)
    progress = []
    assert run(client.run_task("counted", {"upto": 9}, progress.append, lambda: len(progress) < 3)) is None
    assert len(progress) == 3 and page.worker.cancelled == [1]


def test_slices_are_short_while_a_pen_moves(client_module):
    client, page = loaded(client_module)
    priorities, worker = sys.modules["page.worker_client.priority_lock"], page.worker

    def asked(priority):
        """Return whether the slices of a task may be long."""
        worker.long.clear()
        run(client.run_task("counted", {"upto": 3}, priority=priority))
        return set(worker.long)

    assert [asked(priorities.FAR), asked(priorities.NEAR), asked(priorities.PEN)] == [{True}, {True}, {False}]
    run(client.call(priorities.PEN, "set_stroke_count", "continuation", 0))
    assert asked(priorities.FAR) == {False}
    page.clock.time += 2000
    assert asked(priorities.FAR) == {True}


def test_a_task_that_fails_releases_the_lock(client_module):
    client, _ = loaded(client_module)
    with pytest.raises(ValueError, match="the ink ran out"):
        run(client.run_task("failing", {}))
    assert run(client.run_task("counted", {"upto": 1})) == {"counted": 1}


def test_an_invalid_network_leaves_the_current_one(client_module):
    client, _ = loaded(client_module)
    network, seen = client.network, []
    client.watch(lambda: seen.append(client.loads))
    assert run(client.load("bad")) == "line 7: hash mismatch"
    assert (client.network, client.loads, client.networks, seen) == (network, 1, 1, [])
    assert run(client.load("other")) == ""
    assert (client.network.name, client.loads, client.networks, seen) == ("other", 2, 2, [2])


def test_hooks_for_a_new_network_run_before_other_calls(client_module):
    client, _ = loaded(client_module)
    order = []

    async def rebuild():
        held = sys.modules["page.worker_client.priority_lock"].HELD
        order.append(await client.run_task("counted", {"upto": 1}, priority=held))

    client.rebuild(rebuild)
    client.watch(lambda: order.append("watcher"))
    run(client.load("other"))
    assert order == [{"counted": 1}, "watcher"]


def test_the_lock_goes_by_priority_then_first_come_first_served(client_module):
    started(client_module, "good")
    priority_lock = sys.modules["page.worker_client.priority_lock"]
    lock, served = priority_lock.PriorityLock(), []

    async def visitor(priority, name):
        await lock.acquire(priority)
        served.append(name)
        await Pause()
        lock.release()

    names = [
        (priority_lock.FAR, "first"),
        (priority_lock.FAR, "far"),
        (priority_lock.NEAR, "near"),
        (priority_lock.PEN, "pen"),
        (priority_lock.NEAR, "near 2"),
    ]
    waiting = [visitor(*name) for name in names]
    for _ in range(20):
        for coroutine in list(waiting):
            try:
                coroutine.send(None)
            except StopIteration:
                waiting.remove(coroutine)
    assert served == ["first", "pen", "near", "near 2", "far"]
