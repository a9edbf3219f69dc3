"""The page's link to its worker, in CPython: worker.py, boot.js and the notice of a death are played by small objects
with the same verbs; the worker's has a real Workspace.
"""

import contextlib
from types import ModuleType, SimpleNamespace

import numpy as np

from tests.support.coroutines import run
from tests.support.fake_browser import played
from tests.worker.test_ink_session import MODEL
from worker.workspace import Workspace


def counted(workspace, upto):
    """A kind of task: counts, and tells every number."""
    for number in range(upto):
        yield {"number": number}
    return {"counted": upto}


def failing(workspace):
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


class Worker:
    """worker.py's verbs as the page calls them; `hinder` runs while the page waits for an answer."""

    def __init__(self, hinder=lambda: None):
        self.workspace, self.hinder, self.stopped = Workspace(MODEL), hinder, []
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
        return self.workspace.sheet("continuation")

    async def load(self, data):
        if data == "bad":
            return SimpleNamespace(error="line 7: hash mismatch")
        self.workspace = Workspace(MODEL)
        return SimpleNamespace(error="", name=data, units=MODEL.units, kernel="numpy")

    async def add_ink(self, sheet, stroke, xy, lifted):
        self.workspace.sheet(sheet).pen(stroke, np.array(xy, float), lifted)
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
        return self.workspace.scheduler.start(KINDS[kind](self.workspace, **arguments))

    async def poll_task(self, task):
        step = self.workspace.scheduler.poll(task)
        self.hinder()
        return SimpleNamespace(gone=True) if step is None else SimpleNamespace(gone=False, **step._asdict())

    async def cancel_task(self, task):
        self.stopped.append(task)
        self.workspace.scheduler.cancel(task)


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


class CrashNotice(list):
    """page.stopped's notice: what it said."""

    def __init__(self, again):
        self.again = again

    def restarting(self, cause):
        self.append(("restarting", cause))

    def explain(self, cause, report):
        self.append(("explained", cause, report))

    def over(self):
        self.append(("over",))


@contextlib.contextmanager
def link_modules():
    """page.link with the browser's modules played; page.sync, and what both need, is in sys.modules meanwhile."""
    names = ("js", "pyscript", "pyscript.ffi", "pyscript.js_modules", "page.worker_client.crash_notice")
    modules = {name: ModuleType(name) for name in names}
    modules["pyscript.ffi"].to_js = lambda value: value
    modules["pyscript.js_modules"].boot = Boot()
    modules["pyscript.js_modules"].worker = None
    modules["page.worker_client.crash_notice"].CrashNotice = CrashNotice
    with played(modules):
        import page.ink.ink_sync
        import page.worker_client.worker_client

        yield page.worker_client.worker_client


def loaded(module, hinder=lambda: None):
    """A link, and its worker that does one piece of work a slice."""
    link, worker = module.WorkerClient(), Worker(hinder)
    link._worker = worker
    module.boot = Boot("good")
    run(link.load("good"))
    worker.workspace.scheduler._now = iter(range(10**6)).__next__
    return link, worker


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
