"""The page's worker client, in CPython: it loads the network, runs tasks by priority, and cancels them in time."""

import sys

import pytest

from tests.support.coroutines import run
from tests.support.fake_worker import Pause, client_modules, loaded, started


@pytest.fixture(scope="module")
def client_module():
    with client_modules() as module:
        yield module


def test_a_bad_weight_file_is_said_and_can_be_tried_again(client_module):
    client, page = started(client_module, "bad", "good")
    assert "line 7: hash mismatch" in page.boot.said[-1] and not client.ready.is_set()
    page.boot.retry()
    page.tasks.run_all()
    assert page.boot.said[-1] == "done" and client.ready.is_set()


def test_weights_that_do_not_come_are_said(client_module):
    _, page = started(client_module, None)
    assert "the server answered 404" in page.boot.said[-1] and page.boot.retry


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


def test_what_figures_take_for_granted_is_there_before_anyone_calls(client_module):
    client, _ = loaded(client_module)
    order = []

    async def rebuild():
        held = sys.modules["page.worker_client.priority_lock"].HELD
        order.append(await client.run_task("counted", {"upto": 1}, priority=held))

    client.rebuild(rebuild)
    client.watch(lambda: order.append("watcher"))
    run(client.load("other"))
    assert order == [{"counted": 1}, "watcher"]


def test_the_lock_goes_by_priority_then_by_who_came_first(client_module):
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
