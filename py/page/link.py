"""The worker as the page sees it: loads the network, keeps its ink like the pen's, asks for continuations."""

import asyncio

from pyscript import workers
from pyscript.js_modules import boot


class Link:
    """One worker and the one ink that it follows. Other figures share it; the pen's calls come first."""

    def __init__(self, pen):
        self.pen = pen
        self.network = None  # what the worker says of the loaded network; None: not there yet
        self.ready = asyncio.Event()
        self._worker = None
        self._forget()

    def _forget(self):
        self._ids = []  # the strokes that the worker has, undone ones included
        self._count = 0  # how many of them are on its paper
        self._sent = 0  # how many points of the last one on its paper
        self._open = False  # is that one still being written, for all the worker knows?

    async def start(self):
        """Waits for Python in the worker, then loads the network into it. What fails is shown where loading is."""
        try:
            self._worker = await workers["ductus"]
        except Exception as error:
            boot.fail("Python did not start in the background: " + message(error) + " " + boot.RELOAD)
            return
        await self.load()

    async def load(self):
        """Loads the network; on failure the reader may try again, with the ink untouched."""
        boot.stage("Reading the network")
        try:
            network = await self._worker.load(await boot.weights())
            fault = network.error
        except Exception as error:
            fault = message(error)
        if fault:
            boot.fail(
                "The network did not load: " + fault + ". Your ink is safe, and you can go on writing.", self._again
            )
            return
        self._forget()
        self.network = network
        boot.done()
        self.ready.set()

    def _again(self):
        boot.refetch()
        self._loading = asyncio.create_task(self.load())

    async def follow(self):
        """Makes the worker's ink the pen's: what is new is sent, what was undone or dropped is taken back."""
        while await self._follow_one():
            pass

    async def _follow_one(self):
        pen = self.pen
        same = min(pen.count, len(self._ids))  # strokes that both have: an id in its place vouches for all before it
        while same and pen.id(same - 1) != self._ids[same - 1]:
            same -= 1
        if same != self._count:
            if self._open:  # the worker drops a stroke that is not finished, rather than keep it for a redo
                self._ids = self._ids[: self._count - 1]
            self._count, self._open = same, False
            await self._worker.turn_to(same)
            return True
        last = self._count - 1
        if self._open:
            return await self._send(last, self._sent)
        if pen.count > self._count:
            self._ids = self._ids[: self._count]
            self._ids.append(pen.id(self._count))
            self._count += 1
            return await self._send(self._count - 1, 0)
        return False

    async def _send(self, stroke, sent):
        xy = self.pen.points(stroke, sent)
        self._open = self.pen.isOpen(stroke)
        if not xy.length and self._open:
            return False
        self._sent = sent + xy.length // 2
        await self._worker.pen(stroke, xy, not self._open)
        return True

    async def predict(self, samples, steps, temperature, seed, wanted):
        """Continuations of the worker's ink, a Float32Array (samples, 1 + steps, 3), or None.

        None if they went stale on the way, or `wanted()` no longer said so.
        """
        job = await self._worker.predict(samples, steps, temperature, seed)
        while wanted():
            part = await self._worker.more(job)
            if part.stale:
                return None
            if part.done:
                return part.paths if wanted() else None
        return None


def message(error):
    """The last line of an error from the worker or from JavaScript: what went wrong, without the traceback."""
    text = str(error.args[2] if len(error.args) > 2 else error).strip()
    return text.split("\n")[-1]
