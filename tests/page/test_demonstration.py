"""The demonstration, in CPython: three lines at most, at rest where nobody sees it, and over once there is ink."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.coroutines import run
from tests.support.fake_worker import Event, client_modules, loaded

FRAME = 50.0  # ms


class Element(SimpleNamespace):
    """An element with attributes, which reports nothing."""

    def __init__(self):
        super().__init__(dataset=SimpleNamespace(demonstration="on"), hidden=True, textContent="", disabled=True)
        self.style = SimpleNamespace(setProperty=lambda name, value: None)
        self.pause = None

    def querySelector(self, selector):
        if selector == ".ghost":
            return SimpleNamespace(getAnimations=lambda options: SimpleNamespace(length=0))
        self.pause = self.pause or Element()
        return self.pause

    def addEventListener(self, kind, listener):
        self.click = listener


class Path(SimpleNamespace):
    """A path of 101 points to the right."""

    def __init__(self):
        table = np.column_stack([np.linspace(6, 12, 101), np.zeros(101), np.zeros(101)])
        super().__init__(points=101, table=table.ravel().tolist())


class Surface:
    """A surface that counts how many points it was told to draw."""

    pan, scale, reach = 0.0, 50.0, 20.0

    def __init__(self):
        self.drawn = 0

    def paths(self, path, first, last, count, width, alpha):
        self.drawn = count

    def slide(self, pan):
        self.pan = pan


@pytest.fixture
def page(monkeypatch):
    """Return .demonstration, .figure, .surface, .pause, .asked (seeds), .told, .frames(ms), and .running."""
    with client_modules() as client_module:
        shims, js = sys.modules["shims"], sys.modules["js"]
        shims.draw = SimpleNamespace(longerPath=lambda first, table: Path(), shorterPath=lambda path, edge: path)
        less = SimpleNamespace(matches=False)
        js.matchMedia = lambda query: less
        js.JSON = SimpleNamespace(parse=lambda text: None)
        from page.figures import continuation_demo

        monkeypatch.setattr(continuation_demo.asyncio, "Event", Event)
        client, found = loaded(client_module)
        found.asked, found.told, found.surface, found.figure = [], [], Surface(), Element()
        found.less = less

        async def run_task(kind, arguments, progress, wanted, priority):
            found.asked.append(arguments["seed"])
            progress(SimpleNamespace(places=[0.0, 0.0, 1.0]))
            return SimpleNamespace(draw=0, right=True) if wanted() else None

        client.run_task = run_task
        example = SimpleNamespace(strokes=lambda: [[0.0, 0.0, 1.0, 1.0]])
        frames = SimpleNamespace(ask=lambda: None)
        demonstration = continuation_demo.Demonstration(found.figure, client, example, found.surface, frames)
        demonstration.done = found.told.append
        found.demonstration, found.pause = demonstration, found.figure.pause
        found.time = 0.0
        found.running = demonstration.run()

        def go(ms):
            for _ in range(int(ms / FRAME)):
                found.time += FRAME
                demonstration.paint(found.time)

        found.go = go
        yield found
        found.running.close()


def proceed(page):
    """Let it go on until it waits; return whether it has ended."""
    try:
        page.running.send(None)
    except StopIteration:
        return True
    return False


def test_it_writes_three_lines_and_rests_with_the_last(page):
    lines = 0
    while lines < 10 and not proceed(page):
        lines += 1
        assert len(page.asked) == lines and page.demonstration.moving
        page.go(6000)
        if not page.demonstration.moving:
            break
    assert lines == 3 and len(set(page.asked)) == 3
    assert page.surface.drawn == 101 and page.pause.hidden
    page.go(20_000)
    assert not page.demonstration.moving and len(page.asked) == 3
    assert len(page.told) == 1  # the figures get the first line, and no later one


def test_it_rests_where_nobody_sees_it_and_while_paused(page):
    proceed(page)
    page.go(500)
    begun = page.surface.drawn
    assert 1 < begun < 101
    page.demonstration.on_screen = False
    page.go(3000)
    assert page.surface.drawn == begun
    page.demonstration.on_screen = True
    page.pause.click(None)
    page.go(3000)
    assert page.surface.drawn == begun and page.pause.textContent == "Play" and not page.pause.hidden
    page.pause.click(None)
    page.go(500)
    assert begun < page.surface.drawn < 101


def test_ink_ends_it(page):
    proceed(page)
    page.go(500)
    page.demonstration.end()
    assert page.figure.dataset.demonstration == "over" and page.pause.hidden
    assert proceed(page) and len(page.asked) == 1
    drawn = page.surface.drawn
    page.go(3000)
    assert page.surface.drawn == drawn


def test_with_less_motion_one_whole_line_is_shown(page):
    page.less.matches = True
    proceed(page)
    page.demonstration.paint(0.0)
    assert page.surface.drawn == 101 and not page.demonstration.moving
    page.go(10_000)
    assert not proceed(page) and page.asked == page.asked[:1]


def test_where_the_reader_was_first_nothing_is_written(page):
    page.figure.dataset.demonstration = "over"
    run(page.demonstration.run())
    assert page.told == [None] and page.asked == []
