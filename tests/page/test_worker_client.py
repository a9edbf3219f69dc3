"""The page's link to the worker, in CPython: the network is loaded, work is done in turns, and given up in time."""

import asyncio
import sys
from types import SimpleNamespace

import pytest

from tests.support.coroutines import run
from tests.support.fake_worker import Boot, Event, Pause, Worker, link_modules, loaded


@pytest.fixture(scope="module")
def link_module():
    with link_modules() as link:
        yield link


def test_a_bad_weight_file_is_said_and_can_be_tried_again(link_module):
    link = link_module.WorkerClient()
    link._worker = Worker()
    link_module.boot = boot = Boot("bad", "good")
    run(link._load_first())
    assert "line 7: hash mismatch" in boot.said[-1]
    assert boot.retry and not link.ready.is_set()
    boot.refetch()
    run(link._load_first())
    assert boot.said[-1] == "done" and link.ready.is_set()


def test_weights_that_do_not_come_are_said(link_module):
    link = link_module.WorkerClient()
    link._worker = Worker()
    link_module.boot = boot = Boot(None)
    run(link._load_first())
    assert "the server answered 404" in boot.said[-1] and boot.retry


def test_work_tells_its_news_and_gives_its_value(link_module):
    link, _ = loaded(link_module)
    progress = []
    assert run(link.work("counted", {"upto": 4}, progress.append)) == {"counted": 4}
    assert progress == [{"number": number} for number in range(4)]


def test_work_that_is_no_longer_wanted_is_stopped(link_module):
    link, worker = loaded(link_module)
    progress = []
    assert run(link.work("counted", {"upto": 9}, progress.append, lambda: len(progress) < 3)) is None
    assert len(progress) == 3 and worker.stopped == [1]


def test_work_that_fails_gives_the_turn_back(link_module):
    link, _ = loaded(link_module)
    with pytest.raises(ValueError, match="the ink ran out"):
        run(link.work("failing", {}))
    assert run(link.work("counted", {"upto": 1})) == {"counted": 1}


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
        order.append(
            await link.work("counted", {"upto": 1}, rank=sys.modules["page.worker_client.priority_lock"].HELD)
        )

    link.rebuild(rebuild)
    link.watch(lambda: order.append("watcher"))
    run(link.load("other"))
    assert order == [{"counted": 1}, "watcher"]


def test_turns_go_by_rank_then_by_who_came_first(link_module):
    turns = sys.modules["page.worker_client.priority_lock"]
    gate, served = turns.PriorityLock(), []

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
