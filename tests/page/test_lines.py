"""The lines of the figures, in CPython: what the worker died of is named, and never given to the next by itself."""

import sys
from types import SimpleNamespace

import pytest

from tests.support.coroutines import run
from tests.support.fake_worker import Event, client_modules, loaded


@pytest.fixture(scope="module")
def client_module():
    with client_modules() as module:
        import page.ink.lines
        import page.state  # noqa: F401

        yield module


@pytest.fixture
def page(client_module, monkeypatch):
    """Return a page with lines: .lines, .state, .client, and what `loaded` returns."""
    monkeypatch.setattr(sys.modules["page.ink.lines"].asyncio, "Event", Event)
    client, page = loaded(client_module)
    page.state = sys.modules["page.state"].State(
        {}, {"line.ink": None, "line.model": None, "line.error": "", "demonstration": None}
    )
    pen = SimpleNamespace(count=0, open=False)
    example = SimpleNamespace(strokes=lambda: [[0.0, 0.0]])
    page.lines = sys.modules["page.ink.lines"].Lines(client, pen, page.state, example)
    page.client = client
    return page


def test_a_file_that_the_worker_died_of_is_named_and_not_read_again(page):
    assert run(page.lines.load(b"good", "good.json", 0, 1.0)) == ""
    line = page.state["line.ink"]
    page.worker.error = "MemoryError"
    words = run(page.lines.load(b"bad", "big.json", 0, 1.0))
    assert words.startswith("big.json: the network stopped at this (MemoryError)")
    assert page.notice[-1] == ("at", "big.json")
    page.tasks.run_all()
    assert page.restarted[-1].begun == ["files.load"]  # the good one, which the figures show
    assert page.state["line.ink"] is line and page.client.ready.is_set()


def test_a_file_that_waits_while_the_worker_dies_of_something_else_is_read_by_the_next(page):
    priority_lock = sys.modules["page.worker_client.priority_lock"]
    page.worker.held = True
    other, reading = (
        page.client.call(priority_lock.PEN, "cancel_task", 1),
        page.lines.load(b"good", "good.json", 0, 1.0),
    )
    other.send(None)
    reading.send(None)
    page.worker.broken("of something else")
    with pytest.raises(sys.modules["page.worker_client.worker_client"].WorkerLost, match="something else"):
        other.send(None)
    reading.send(None)
    page.tasks.run_all()
    assert run(reading) == "" and page.state["line.ink"].source == "good.json"


def test_a_line_that_kills_the_next_worker_too_is_not_given_to_a_third(page):
    assert run(page.lines.load(b"good", "good.json", 0, 1.0)) == ""
    begin = sys.modules["page.worker_client.worker_client"].worker.begin

    def begin_weak():
        weak = begin()

        async def dies(kind, arguments, long):
            raise RuntimeError("MemoryError")

        weak.begin_task = dies
        return weak

    sys.modules["page.worker_client.worker_client"].worker.begin = begin_weak
    page.worker.broken("the first")
    page.tasks.run_all()
    assert page.notice[-2][0] == "explained" and page.notice[-1] == ("at", "good.json")
    assert page.state["line.ink"] is None and page.state["line.error"].startswith("good.json: the network stopped")
    sys.modules["page.worker_client.worker_client"].worker.begin = begin
    page.notice.retry()
    page.tasks.run_all()
    assert page.restarted[-1].begun == [] and page.client.ready.is_set()


def test_the_first_demonstration_line_follows_the_example_and_no_later_one(page, monkeypatch):
    """Check what the worker is asked for while there is no ink: nothing before that line is there, then one line."""
    fake = sys.modules["tests.support.fake_worker"]
    asked = []

    def from_strokes(workspace, line, **arguments):
        asked.append(arguments)
        return fake.line(workspace, line)

    monkeypatch.setitem(fake.KINDS, "lines.from_strokes", from_strokes)
    running = page.lines.run()
    running.send(None)
    assert asked == [] and page.state["line.ink"] is None
    page.state.set("demonstration", [0.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    running.send(None)
    assert asked == [{"strokes": [[0.0, 0.0]], "after": [0.0, 0.0, 1.0, 1.0, 0.0, 1.0]}]
    line = page.state["line.ink"]
    assert line.source == "example"
    page.state.set("demonstration", [5.0, 5.0, 1.0])
    running.send(None)
    assert len(asked) == 1 and page.state["line.ink"] is line
    running.close()


def test_without_a_demonstration_the_example_stands_alone(page):
    page.state.set("demonstration", False)
    running = page.lines.run()
    running.send(None)
    assert page.state["line.ink"].source == "example"
    running.close()
