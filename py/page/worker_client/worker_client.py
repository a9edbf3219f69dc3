"""The page's client of its worker: loads the network, runs tasks by priority, restarts a worker that has died."""

import asyncio

import js
from jsffi import to_js
from shims import boot, worker

from page.worker_client import priority_lock, watchdog
from page.worker_client.crash_notice import CrashNotice

# A pen that asked nothing for so long, in ms, is at rest: tasks in the background may take longer slices.
REST_MS = 2000
LOST = "the network was restarted meanwhile; try again"


class WorkerLost(Exception):
    """The call was for a worker that has died, or for a network that was replaced.

    The ink and lines that the worker had are gone: the caller starts again, or gives up. If it is `blamed`, this call
    was the one that the worker died at: the caller must not repeat it before the reader asks for it.
    """

    def __init__(self, text, blamed=False):
        super().__init__(text)
        self.blamed = blamed


class WorkerClient:
    """One worker, shared by all figures. Calls wait in the order of their priority; the pen's come first.

    A worker that dies is restarted once, with the same network; the calls that were waiting raise WorkerLost.
    """

    def __init__(self):
        self.network = None  # the worker's description of the loaded network; None: not loaded yet
        self.ready = asyncio.Event()  # there is a network to call
        self.loads = 0  # loads so far: after each, the worker has no ink and no lines
        self.networks = 0  # those of another network: after a crash, the same one is loaded again
        self.refused = ""  # the kind of the network that was not loaded last, "" where the file was invalid
        self.requests = 0  # how often the reader asked for a network: another one, or again what the worker died of
        self._worker = None
        self._connected = asyncio.Event()  # Python runs in the worker
        self._weights = None  # the loaded network's file, a Uint8Array
        self._reading = False  # is the worker reading a weight file, which is one long call?
        self._lock = priority_lock.PriorityLock()
        self._asked = -REST_MS  # when the last call for a pen was made
        self._rebuilders, self._watchers = [], []
        self._calls = []  # the last ones, for the report
        self._restarted = None  # when the worker was last restarted; None: it is the first
        self._causes = []  # of the crashes
        self._notice = CrashNotice(self._try_again)

    def rebuild(self, rebuilder):
        """Await the coroutine function `rebuilder` after every load but the first, before any other call.

        It gives the worker what figures expect there, with priority HELD.
        """
        self._rebuilders.append(rebuilder)

    def watch(self, watcher):
        """Call `watcher()` after every load but the first: the worker has to get everything again."""
        self._watchers.append(watcher)

    # --- loading

    async def start(self):
        """Wait for Python in the worker, then load the network into it; show failures where loading is shown."""
        try:
            await self._connect(worker.last())
        except WorkerLost:
            return
        except Exception as error:
            boot.fail("Python did not start in the background: " + message(error) + " " + boot.RELOAD)
            return
        self._watching = asyncio.create_task(self._watch())
        await self._load_first()

    async def _load_first(self):
        """Load the page's own network; if that fails, the reader can retry, with the ink untouched."""
        boot.stage("Reading the network")
        try:
            fault = await self.load(await boot.weights(), only_first=True)
        except WorkerLost:
            return  # another worker is starting, and loads it
        except Exception as error:
            fault = message(error)
        if fault and not self.loads:
            text = f"The network did not load: {fault}. Your ink is safe, and you can go on writing."
            boot.fail(text, self._retry_load)

    def _retry_load(self):
        boot.refetch()
        self._loading = asyncio.create_task(self._load_first())

    async def load(self, data, only_first=False):
        """Load a weight file, a Uint8Array; return "", or a message that says why the file is invalid.

        Waits for Python if that is not there yet. An invalid file changes nothing: the current network stays. A valid
        one replaces it, unless `only_first`, and is loaded again when the worker restarts. Raises WorkerLost if the
        worker dies while loading.
        """
        await self._acquire(self._connected, priority_lock.PEN)
        try:
            return "" if only_first and self.loads else await self._load(data)
        finally:
            self._lock.release()

    async def _load(self, data):
        self._reading = True
        try:
            network = await self._send("load", (data,))
        finally:
            self._reading = False
        if network.error:
            self.refused = network.kind
            return network.error
        again = self.loads > 0
        self.loads += 1
        if data is not self._weights:
            self.networks += 1
            self.requests += 1
        self._weights, self.network = data, network
        if again:
            for rebuilder in self._rebuilders:
                await rebuilder()
        else:
            boot.done()
        self.ready.set()
        if again:
            for watcher in self._watchers:
                watcher()
        return ""

    # --- calling

    async def call(self, priority, name, *arguments):
        """Call a function of the worker's API, once no call of higher priority waits. Raises WorkerLost.

        A call that is made before there is a network waits for it.
        """
        if priority == priority_lock.HELD:
            return await self._send(name, arguments)
        loads = self.loads
        if priority == priority_lock.PEN:
            self._asked = js.performance.now()
        await self._acquire(self.ready, priority)
        try:
            if loads and loads != self.loads:
                raise WorkerLost("another network was loaded")
            return await self._send(name, arguments)
        finally:
            self._lock.release()

    async def _acquire(self, event, priority):
        """Wait for the lock and an event, without holding the lock meanwhile: what sets the event needs it too."""
        while True:
            await event.wait()
            await self._lock.acquire(priority)
            if event.is_set():
                return
            self._lock.release()

    async def _send(self, name, arguments):
        mine = self._worker
        if mine.over:
            raise WorkerLost(LOST)
        self._calls = self._calls[1 - watchdog.MAX_REPORTED :]
        self._calls.append(name + " " + arguments[0] if name in ("start_task", "begin_task") else name)
        try:
            return await mine.call(name, *arguments)
        except Exception as error:
            if watchdog.is_fatal(str(error)):
                self._crashed(message(error))
            if mine.over:
                cause = self._causes[-1] if self._causes else message(error)
                raise WorkerLost(f"the network stopped at this ({cause})", True) from None
            raise

    async def run_task(self, kind, arguments, progress=None, wanted=lambda: True, priority=priority_lock.FAR):
        """Run a task of this kind (see py/worker/tasks) with a dict of arguments; return its value, or None.

        None means that it was cancelled, because `wanted()` no longer held. `progress` is called with each of its
        progress reports. Raises WorkerLost.
        """
        part = await self.call(priority, "begin_task", kind, to_js(arguments), self._may_be_long(priority))
        return await self.await_task(part.task, part, progress, wanted, priority)

    async def await_task(self, task, part, progress=None, wanted=lambda: True, priority=priority_lock.FAR):
        """Poll a task that was started until it is done, as run_task; `part` is its first slice, if that is done."""
        while wanted():
            part = part or await self.call(priority, "poll_task", task, self._may_be_long(priority))
            if part.gone or not wanted():
                break
            if progress:
                for piece in part.progress:
                    progress(piece)
            if part.done:
                return part.value
            part = None
        await self.call(priority, "cancel_task", task)
        return None

    def _may_be_long(self, priority):
        """Return whether slices may be long: no pen has to wait for them."""
        return priority != priority_lock.PEN and js.performance.now() - self._asked >= REST_MS

    # --- crashes

    async def _connect(self, running):
        """Use a worker that is starting, and wait for it. Raises WorkerLost if it ends before."""
        self._worker = running
        running.broken = lambda text: self._crashed(text) if running is self._worker and not running.over else None
        try:
            await running.started
        except Exception:
            if running.over:
                raise WorkerLost(LOST) from None
            raise
        self._connected.set()

    async def _watch(self):
        """Check for ever whether the worker is alive."""
        dog = watchdog.Watchdog()
        while True:
            await asyncio.sleep(watchdog.CHECK_EVERY / 1000)
            here = self._worker
            silent = dog.check(js.performance.now(), not js.document.hidden, here.waiting, here.heard)
            if silent >= (watchdog.HANG if self.ready.is_set() and not self._reading else watchdog.HANG_LOADING):
                self._crashed(f"it has not answered for {silent} seconds")

    def _crashed(self, cause):
        """End a worker that is dead, and restart it, unless the next would soon die as well."""
        if self._worker.over:
            return
        self.ready.clear()
        self._connected.clear()
        self._worker.end(cause)
        self._causes.append(cause)
        now = js.performance.now()
        if self._restarted is not None and now - self._restarted < watchdog.SOON:
            self._explain(cause)
        else:
            self._restart()

    def blame(self, what):
        """Tell the reader at what the worker died: `what` names a figure or a file."""
        self._notice.name(what)

    def ask_again(self):
        """Allow once more what the worker has died of: the reader wants it."""
        self.requests += 1

    def _try_again(self):
        self.ask_again()
        self._restart()

    def _restart(self):
        self._restarted = js.performance.now()
        self._notice.restarting(self._causes[-1])
        self._restarting = asyncio.create_task(self._replace())

    async def _replace(self):
        """Start another worker, with the same network."""
        try:
            await self._connect(worker.begin())
            fault = await self.load(await boot.weights() if self._weights is None else self._weights)
        except WorkerLost:
            return  # it has crashed again, which was handled
        except Exception as error:
            fault = message(error)
        if fault:
            self._worker.end(fault)
            self._causes.append(fault)
            self._explain(fault)
            return
        self._restarted = js.performance.now()
        self._notice.hide()

    def _explain(self, cause):
        """Show what the reader can do, and a report for those who maintain this."""
        page = js.location
        parts = [("Ductus", page.origin + page.pathname), ("Causes", self._causes[-watchdog.MAX_REPORTED :])]
        parts += [("Last calls", self._calls), ("Browser", js.navigator.userAgent)]
        parts += [("Python", worker.interpreter()), ("Loads", str(self.loads))]
        if self.network:
            parts.append(("Network", f"{self.network.name}, {self.network.units} cells"))
            parts.append(("Kernel", self.network.kernel))
        if hasattr(js.navigator, "deviceMemory"):
            parts.append(("Memory of the device", f"{js.navigator.deviceMemory} GB or more"))
        if hasattr(js.performance, "memory"):
            parts.append(("Memory of the page", f"{js.performance.memory.usedJSHeapSize // 2**20} MB"))
        parts.append(("Seconds since the page was opened", str(int(js.performance.now() / 1000))))
        self._notice.explain(cause, watchdog.report(parts))


def message(error):
    """Return the message of an error from the worker or from JavaScript, without its traceback and type."""
    text = str(error.args[2] if len(error.args) > 2 else error).strip()
    kind, _, words = text.split("\n")[-1].partition(": ")
    return words if words and kind.endswith("Error") and " " not in kind else text.split("\n")[-1]
