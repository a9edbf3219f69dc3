"""The lines that figures show: the reader's ink, and one that the network wrote. The figures share them."""

import asyncio

from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost, message

# The names of the two in the worker; in the page's state they are "line.ink" and "line.model".
INK, MODEL = "ink", "model"
# What messages call a line, by its source; a file is called by its name.
SOURCES = {
    "yours": "the line of your ink",
    "example": "the example",
    "network": "the network's line",
    "text": "the text",
}


class Lines:
    """Keeps both lines in the state, as objects {count, places, points, source, loads}; see py/worker/tasks/lines.py.

    source says where a line is from: "example", "yours", "network", "text", or a file's name; loads is the number of
    the worker that made it. The state's "line" is the name
    of the one that the figures of the cells show; "line.error" says why the ink cannot be shown, "" if it can.
    """

    def __init__(self, worker, pen, state, example):
        self._worker, self._pen, self._state, self._example = worker, pen, state, example
        self._changed = asyncio.Event()
        self._file = False  # was a file asked for?
        self._waiting = False  # for the first line of the demonstration, because there is no ink?
        self.reading = lambda name, cancel: None  # told when a file begins to be read, and with "" when none is
        self._read = 0  # numbers the files; only the newest is wanted
        self._made = {}  # name -> how the line was made: the task, its arguments, the source, for which network
        state.watch(self._state_changed)
        worker.rebuild(self._rebuild)

    def _state_changed(self, name):
        if name == "ink" or (name == "demonstration" and self._waiting):
            self._changed.set()

    async def run(self):
        """Update the ink's line whenever the ink has changed.

        While there is none, show the example with the first line that the demonstration writes after it. Later ones
        change nothing: figures would start over with each.
        """
        await self._worker.ready.wait()
        self._changed.clear()
        if not self._file:  # the reader did not wait for the network with a file
            self._changed.set()
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._waiting = not self._pen.count and self._state["demonstration"] is None
            if not (self._pen.open or self._waiting):
                await self._make_ink()

    async def _make_ink(self):
        pen = self._pen
        source, strokes = "yours", [pen.points(number, 0) for number in range(pen.count)]
        arguments = {"strokes": strokes}
        if not strokes:
            source, arguments = "example", {"strokes": self._example.strokes()}
            if self._state["demonstration"]:
                arguments["after"] = self._state["demonstration"]
        error = await self._make("lines.from_strokes", INK, arguments, source)
        self._state.set("line.error", error)

    async def put(self, name, points, source):
        """Make a line of points, a flat Float32Array of dx, dy, lift in model units.

        Return "", or why they are invalid; in that case the line does not change.
        """
        return await self._make("lines.from_points", name, {"points": points}, source)

    async def load(self, data, name, which, size):
        """Show line number `which` of a file, a Uint8Array with this name, instead of the reader's ink.

        Letters whose size is guessed become `size` times as large as the guess says.

        Return "", or why the file is invalid; in that case the line does not change. New ink on the sheet replaces
        it, and so does `own_ink`, which also cancels the reading. A file that comes before the network waits for it.
        """
        self._file = True
        number = self._cancel_reading()
        self._waiting = False
        self.reading(name, self._cancel_reading)
        arguments = {"data": data, "name": name, "which": which, "size": size}
        try:
            error = await self._make("files.load", INK, arguments, name, lambda: number == self._read)
        finally:
            if number == self._read:
                self.reading("", None)
        if error and INK not in self._made:
            self.own_ink()  # there was no line before
        return error

    def _cancel_reading(self):
        self.reading("", None)
        self._read += 1
        return self._read

    def own_ink(self):
        """Show the ink of the sheet again."""
        self._cancel_reading()
        self._changed.set()

    async def _make(self, kind, name, arguments, source, wanted=lambda: True):
        arguments["line"] = name
        while True:
            try:
                line = await self._worker.run_task(kind, arguments, wanted=wanted, priority=priority_lock.NEAR)
                if line is None:
                    return f"{source}: it was not read to its end"
                break
            except WorkerLost as lost:
                if lost.blamed:
                    return self._blame(source, lost)
                # otherwise again, with the next worker
            except Exception as error:
                return message(error)
        self._made[name] = (kind, arguments, source, self._worker.networks)
        line.source, line.loads = source, self._worker.loads
        self._state.set("line." + name, line)
        return ""

    async def _rebuild(self):
        """Give the lines to a worker that has just loaded a network; tell the figures only if a line differs."""
        for name in list(self._made):
            kind, arguments, source, network = self._made[name]
            if network != self._worker.networks and name == MODEL:
                del self._made[name]  # another network wrote it
                self._state.set("line." + name, None)
                continue
            try:
                line = await self._worker.run_task(kind, arguments, priority=priority_lock.HELD)
            except WorkerLost as lost:
                if lost.blamed:
                    self._forget(name, source, lost)
                raise
            except Exception:  # it is no line for this network
                del self._made[name]
                self._state.set("line." + name, None)
                continue
            if network != self._worker.networks:
                self._made[name] = (kind, arguments, source, self._worker.networks)
                line.source = source
                self._state.set("line." + name, line)

    def _forget(self, name, source, lost):
        """Drop a line at which the worker died while it was given it again: the next one is not given it."""
        del self._made[name]
        self._state.set("line." + name, None)
        self._state.set("line.error", self._blame(source, lost))

    def _blame(self, source, lost):
        """Name on the notice the line at which the worker died; return a sentence that says so."""
        what = SOURCES.get(source, source)
        self._worker.blame(what)
        return f"{what}: {message(lost)}, so it is not read again by itself"
