"""The worker as the page sees it: loads the network, gets work done in turns, and is begun anew when it dies."""

import asyncio

import js
from pyscript.ffi import to_js
from pyscript.js_modules import boot, worker

from page.worker_client import priority_lock, watchdog
from page.worker_client.crash_notice import CrashNotice


class WorkerLost(Exception):
    """The call was for a worker that died, or for a network in whose place there is another now.

    Nothing that the worker was told before is there any more. Whoever made the call begins again, or gives up.
    """


class WorkerClient:
    """One worker, shared by all figures. Every call waits for its turn; a pen's calls come first.

    A worker that dies is begun anew once, with the network that it had; the calls that waited fail with `WorkerLost`.
    """

    def __init__(self):
        self.network = None  # what the worker says of the loaded network; None: not there yet
        self.ready = asyncio.Event()  # there is a network to call
        self.loads = 0  # how many networks were loaded: after each, the worker's sheets and lines are empty
        self.networks = 0  # how many of them were others than the one before: after a death, the same is loaded again
        self._worker = None
        self._weights = None  # of the loaded network: its file, a Uint8Array
        self._reading = False  # is the worker reading a weight file, which is one long call?
        self._turns = priority_lock.PriorityLock()
        self._rebuilders, self._watchers = [], []
        self._called = []  # the last calls, for the report
        self._alive = None  # when the worker was begun anew; None: it is the first
        self._causes = []  # what the workers died of
        self._notice = CrashNotice(self._once_more)

    def rebuild(self, rebuilder):
        """Has the coroutine function `rebuilder` awaited after every load but the first, before anyone else's calls.

        It puts into the worker what figures take for granted there, with the rank `turns.HELD`.
        """
        self._rebuilders.append(rebuilder)

    def watch(self, watcher):
        """Calls `watcher()` after every load but the first: what the worker was told is to be told again."""
        self._watchers.append(watcher)

    # --- loading

    async def start(self):
        """Waits for Python in the worker, then loads the network into it. What fails is shown where loading is."""
        try:
            await self._begin(worker.last())
        except WorkerLost:
            return
        except Exception as error:
            boot.fail("Python did not start in the background: " + message(error) + " " + boot.RELOAD)
            return
        self._watching = asyncio.create_task(self._watch())
        await self._load_first()

    async def _load_first(self):
        """Loads the page's own network; on failure the reader may try again, with the ink untouched."""
        boot.stage("Reading the network")
        try:
            fault = await self.load(await boot.weights())
        except WorkerLost:
            return  # another worker is on its way, and loads it
        except Exception as error:
            fault = message(error)
        if fault:
            boot.fail(
                "The network did not load: " + fault + ". Your ink is safe, and you can go on writing.", self._again
            )

    def _again(self):
        boot.refetch()
        self._loading = asyncio.create_task(self._load_first())

    async def load(self, data):
        """Takes a weight file's bytes, a Uint8Array, into use; gives "", or in words what is wrong with them.

        If something is, the network that was there stays, with all that the worker was told. Else it is gone, and
        these bytes are what is loaded again should the worker die. Raises WorkerLost if it dies of them.
        """
        await self._turns.take(priority_lock.PEN)
        try:
            return await self._load(data)
        finally:
            self._turns.give()

    async def _load(self, data):
        self._reading = True
        try:
            network = await self._send("load", (data,))
        finally:
            self._reading = False
        if network.error:
            return network.error
        again = self.loads > 0
        self.loads += 1
        if data is not self._weights:
            self.networks += 1
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

    async def call(self, rank, verb, *arguments):
        """Calls one of the worker's verbs when it is this rank's turn. Raises WorkerLost."""
        if rank == priority_lock.HELD:
            return await self._send(verb, arguments)
        loads = self.loads
        await self._turns.take(rank)
        try:
            await self.ready.wait()
            if loads != self.loads:
                raise WorkerLost("the network was loaded anew")
            return await self._send(verb, arguments)
        finally:
            self._turns.give()

    async def _send(self, verb, arguments):
        mine = self._worker
        self._called = self._called[1 - watchdog.TOLD :]
        self._called.append(verb + " " + arguments[0] if verb == "start_task" else verb)
        try:
            return await mine.call(verb, *arguments)
        except Exception as error:
            if mine.over:
                raise WorkerLost("the worker has died") from None
            if watchdog.fatal(str(error)):
                self._died(message(error))
                raise WorkerLost("the worker has died") from None
            raise

    async def work(self, kind, arguments, progress=None, wanted=lambda: True, rank=priority_lock.FAR):
        """Has a job of some kind done (see `jobs`), with the arguments of a dict; gives its value, or None.

        None if it was given up, because `wanted()` no longer said so. `progress` is called with each piece
        of it. Raises WorkerLost.
        """
        task = await self.call(rank, "start_task", kind, to_js(arguments))
        return await self.finish(task, None, progress, wanted, rank)

    async def finish(self, task, part, progress=None, wanted=lambda: True, rank=priority_lock.FAR):
        """Has a job that was begun done, slice by slice, likewise; `part` is its first slice, if that is done."""
        while wanted():
            part = part or await self.call(rank, "poll_task", task)
            if part.gone or not wanted():
                break
            if progress:
                for piece in part.progress:
                    progress(piece)
            if part.done:
                return part.value
            part = None
        await self.call(rank, "cancel_task", task)
        return None

    # --- dying

    async def _begin(self, running):
        """Makes a worker that is starting ours, and waits until it has. Raises WorkerLost if it is ended before."""
        self._worker = running
        running.broken = lambda text: self._died(text) if running is self._worker and not running.over else None
        try:
            await running.started
        except Exception:
            if running.over:
                raise WorkerLost("the worker has died") from None
            raise

    async def _watch(self):
        """Looks again and again whether the worker is alive."""
        silence = watchdog.Silence()
        while True:
            await asyncio.sleep(watchdog.TICK / 1000)
            here = self._worker
            silent = silence.look(js.performance.now(), not js.document.hidden, here.waiting, here.heard)
            if silent >= (watchdog.HANG if self.ready.is_set() and not self._reading else watchdog.HANG_LOADING):
                self._died(f"it has not answered for {silent} seconds")

    def _died(self, cause):
        """The worker is dead, or as good as dead. It is begun anew, unless that one would die as well."""
        if self._worker.over:
            return
        self.ready.clear()
        self._worker.end(cause)
        self._causes.append(cause)
        now = js.performance.now()
        if self._alive is not None and now - self._alive < watchdog.SOON:
            self._explain(cause)
        else:
            self._once_more()

    def _once_more(self):
        self._alive = js.performance.now()
        self._notice.restarting(self._causes[-1])
        self._restarting = asyncio.create_task(self._restart())

    async def _restart(self):
        """Another worker, with the same network."""
        try:
            await self._begin(worker.begin())
            fault = await self._load(await boot.weights() if self._weights is None else self._weights)
        except WorkerLost:
            return  # it has died again, and that was seen to
        except Exception as error:
            fault = message(error)
        if fault:
            self._worker.end(fault)
            self._causes.append(fault)
            self._explain(fault)
            return
        self._alive = js.performance.now()
        self._notice.over()

    def _explain(self, cause):
        """What a reader can do, and what whoever mends this wants to know."""
        page = js.location
        parts = [("Ductus", page.origin + page.pathname), ("Died of", self._causes[-watchdog.TOLD :])]
        parts += [("Last calls", self._called), ("Browser", js.navigator.userAgent)]
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
    """What went wrong, of an error from the worker or from JavaScript, without the traceback and the error's type."""
    text = str(error.args[2] if len(error.args) > 2 else error).strip()
    kind, _, words = text.split("\n")[-1].partition(": ")
    return words if words and kind.endswith("Error") and " " not in kind else text.split("\n")[-1]
