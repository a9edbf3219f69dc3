"""The page's worker client in CPython: boot.js, worker.js and the crash notice are small fakes.

The fake worker has a real Workspace.
"""

import asyncio
import contextlib
import sys
from types import ModuleType, SimpleNamespace

import numpy as np

from tests.support.coroutines import run
from tests.support.fake_browser import faked
from tests.worker.test_ink_session import MODEL
from worker.workspace import Workspace


def counted(workspace, upto):
    """Count as a task that reports every number."""
    for number in range(upto):
        yield {"number": number}
    return {"counted": upto}


def failing(workspace):
    """Fail in the second slice of a task."""
    yield
    yield
    raise ValueError("the ink ran out")


def paths(work):
    """Return a prediction in the format of the worker's API."""
    prediction = yield from work
    return prediction and SimpleNamespace(paths=np.float32(prediction.paths))


def line(workspace, line, **arguments):
    """Return a line as the worker describes it."""
    yield
    return SimpleNamespace(count=1, lines=1, which=0)


KINDS = {"counted": counted, "failing": failing, "files.load": line, "lines.from_strokes": line}


class Numbers(list):
    """The part of a typed array that the page uses."""

    @property
    def length(self):
        return len(self)


class Worker:
    """The worker's API as the page calls it.

    `hinder` runs while the page waits for an answer; while `held`, no answer comes; `error` is raised instead of an
    answer. `cancelled` are the tasks that were cancelled.
    """

    waiting, heard = 0, 0

    def __init__(self, hinder=lambda: None):
        self.workspace, self.hinder, self.cancelled = Workspace(MODEL), hinder, []
        self.over, self.error, self.held, self.broken = False, None, False, None
        self.begun = []  # the kinds of the tasks that were started
        self.long = []  # of each poll, whether a pen at rest allows it to take longer

    async def call(self, name, *arguments):
        while self.held and not self.over:
            await Pause()
        if self.error or self.over:
            raise RuntimeError(self.error or "it was ended")
        return await getattr(self, name)(*arguments)

    def one_piece_per_slice(self):
        """Make every piece of work take a second, so that a slice has room for one."""
        self.workspace.scheduler._now = iter(range(10**6)).__next__

    def one_slice_per_task(self):
        """Make work take no time, however slow this machine is."""
        self.workspace.scheduler._now = lambda: 0.0

    def end(self, why):
        self.over = True

    @property
    async def started(self):
        return None

    @property
    def session(self):
        return self.workspace.sheet("continuation")

    async def load(self, data):
        if data == "bad":
            return SimpleNamespace(error="line 7: hash mismatch", kind="")
        self.workspace = Workspace(MODEL)
        return SimpleNamespace(error="", name=data, units=MODEL.units, kernel="numpy")

    async def add_ink(self, sheet, stroke, xy, lifted):
        self.workspace.sheet(sheet).add_ink(stroke, np.array(xy, float), lifted)
        self.hinder()

    async def set_stroke_count(self, sheet, strokes):
        self.workspace.sheet(sheet).set_stroke_count(strokes)
        self.hinder()

    async def predict(self, sheet, samples, steps, temperature, seed):
        task = self.workspace.scheduler.start(
            paths(self.workspace.sheet(sheet).predict(samples, steps, temperature, seed))
        )
        part = await self.poll_task(task)
        part.task = task
        return part

    async def start_task(self, kind, arguments):
        self.begun.append(kind)
        return self.workspace.scheduler.start(KINDS[kind](self.workspace, **arguments))

    async def begin_task(self, kind, arguments, long=False):
        task = await self.start_task(kind, arguments)
        part = await self.poll_task(task, long)
        part.task = task
        return part

    async def poll_task(self, task, long=False):
        self.long.append(long)
        step = self.workspace.scheduler.poll(task)
        self.hinder()
        return SimpleNamespace(gone=True) if step is None else SimpleNamespace(gone=False, **step._asdict())

    async def cancel_task(self, task):
        self.cancelled.append(task)
        self.workspace.scheduler.cancel(task)


class Boot:
    """boot.js's part in loading; `files` are the server's answers, one per attempt; None for an error."""

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


class CrashNotice(list):
    """The crash notice: a list of what it showed."""

    newest = None

    def __init__(self, retry):
        self.retry = retry
        CrashNotice.newest = self

    def restarting(self, cause):
        self.append(("restarting", cause))

    def name(self, what):
        self.append(("at", what))

    def explain(self, cause, report):
        self.append(("explained", cause, report))

    def hide(self):
        self.append(("hidden",))


class Pause:
    """An awaitable that yields once."""

    def __await__(self):
        yield


class Event:
    """asyncio.Event without an event loop."""

    def __init__(self):
        self._set = False

    def set(self):
        self._set = True

    def clear(self):
        self._set = False

    def is_set(self):
        return self._set

    async def wait(self):
        while not self._set:
            await Pause()


class Tasks(list):
    """asyncio as the worker client uses it: the created tasks are collected for the test to run."""

    Event, CancelledError = Event, asyncio.CancelledError
    create_task = list.append

    async def sleep(self, seconds):
        await Pause()

    def run_all(self):
        """Run the tasks created so far, which must not wait."""
        while self:
            run(self.pop(0))


_watching = []  # coroutines of all clients, closed at the end


@contextlib.contextmanager
def client_modules():
    """Yield page.worker_client.worker_client with faked browser modules; page.ink.ink_sync is in sys.modules."""
    names = ("js", "jsffi", "shims", "page.worker_client.crash_notice")
    modules = {name: ModuleType(name) for name in names}
    modules["jsffi"].to_js = lambda value: value
    modules["shims"].boot = Boot()
    modules["shims"].worker = None
    modules["page.worker_client.crash_notice"].CrashNotice = CrashNotice
    with faked(modules):
        import page.ink.ink_sync
        import page.worker_client.worker_client

        yield page.worker_client.worker_client
        while _watching:
            _watching.pop().close()


def created(module, *files, worker=None):
    """Return a client and its page: .worker, .boot, .tasks, .clock, .notice, .restarted (workers).

    `files` are the weight files that the server sends.
    """
    worker = worker or Worker()
    clock = SimpleNamespace(now=lambda: clock.time, time=0.0)
    page = SimpleNamespace(worker=worker, boot=Boot(*files), tasks=Tasks(), clock=clock, restarted=[])

    def begin():
        page.restarted.append(Worker())
        return page.restarted[-1]

    place = SimpleNamespace(origin="https://here", pathname="/ductus/")
    module.worker = SimpleNamespace(last=lambda: worker, begin=begin, interpreter=lambda: "pyodide.mjs")
    module.boot, module.asyncio = page.boot, page.tasks
    sys.modules["page.worker_client.priority_lock"].asyncio = page.tasks
    document = SimpleNamespace(hidden=False)
    module.js = SimpleNamespace(
        performance=clock, location=place, navigator=SimpleNamespace(userAgent="a browser"), document=document
    )
    client = module.WorkerClient()
    page.notice = CrashNotice.newest
    return client, page


def started(module, *files, worker=None):
    """Return a started client and its page, as `created`; `.watching` is the coroutine that checks the worker."""
    client, page = created(module, *files, worker=worker)
    run(client.start())
    page.watching = page.tasks.pop(0)
    _watching.append(page.watching)
    return client, page


def loaded(module, hinder=lambda: None):
    """Return a client with a network, and its page; the worker does one piece of work per slice."""
    client, page = started(module, "good", worker=Worker(hinder))
    page.worker.one_piece_per_slice()
    return client, page
