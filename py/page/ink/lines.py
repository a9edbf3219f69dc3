"""The lines that figures show: the reader's ink, and one that the network wrote. The figures share them."""

import asyncio

from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost, message

# The names of the two in the worker; in the page's state they are "line.ink" and "line.model".
INK, MODEL = "ink", "model"


class Lines:
    """Keeps both lines in the state, as objects {count, places, points, source} (see py/worker/tasks/lines.py).

    source says where a line is from: "example", "yours", "network", or a file's name. The state's "line" is the name
    of the one that the figures of the cells show; "line.error" says why the ink cannot be shown, "" if it can.
    """

    def __init__(self, worker, pen, state, example):
        self._worker, self._pen, self._state, self._example = worker, pen, state, example
        self._changed = asyncio.Event()
        self._file = False  # was a file asked for?
        self._made = {}  # name -> how the line was made: the task, its arguments, the source, for which network
        state.watch(self._state_changed)
        worker.rebuild(self._rebuild)

    def _state_changed(self, name):
        if name == "ink":
            self._changed.set()

    async def run(self):
        """Update the ink's line whenever the ink has changed; show the example while there is none."""
        await self._worker.ready.wait()
        self._changed.clear()
        if not self._file:  # the reader did not wait for the network with a file
            self._changed.set()
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not self._pen.open:
                await self._make_ink()

    async def _make_ink(self):
        pen = self._pen
        source, strokes = "yours", [pen.points(number, 0) for number in range(pen.count)]
        if not strokes:
            source, strokes = "example", self._example.strokes()
        error = await self._make("lines.from_strokes", INK, {"strokes": strokes}, source)
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
        it, and so does `own_ink`. A file that comes before the network waits for it.
        """
        self._file = True
        arguments = {"data": data, "name": name, "which": which, "size": size}
        error = await self._make("files.load", INK, arguments, name)
        if error and INK not in self._made:
            self.own_ink()  # there was no line before
        return error

    def own_ink(self):
        """Show the ink of the sheet again."""
        self._changed.set()

    async def _make(self, kind, name, arguments, source):
        arguments["line"] = name
        while True:
            try:
                line = await self._worker.run_task(kind, arguments, priority=priority_lock.NEAR)
                break
            except WorkerLost:
                pass  # again, with the next worker
            except Exception as error:
                return message(error)
        self._made[name] = (kind, arguments, source, self._worker.networks)
        line.source = source
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
            except WorkerLost:
                raise
            except Exception:  # it is no line for this network
                del self._made[name]
                self._state.set("line." + name, None)
                continue
            if network != self._worker.networks:
                self._made[name] = (kind, arguments, source, self._worker.networks)
                line.source = source
                self._state.set("line." + name, line)
