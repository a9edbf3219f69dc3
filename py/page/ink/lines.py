"""The lines that figures take apart: the reader's ink, and one that the network wrote. The figures share them."""

import asyncio

from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost, message

# The names of the two in the worker; in the page's state they are "line.ink" and "line.model".
INK, MODEL = "ink", "model"


class Lines:
    """Sees to it that the state has both lines, as objects {count, places, points, source} (see `jobs.lines`).

    source says where a line is from: "example", "yours", "network", or a file's name. The state's "line" is the name
    of the one that the figures of the cells are about; "line.error" says why the ink cannot be taken, "" if it can.
    """

    def __init__(self, worker, pen, state, example):
        self._link, self._pen, self._state, self._example = worker, pen, state, example
        self._news = asyncio.Event()
        self._taken = {}  # name -> what was taken: the kind of job, its arguments, the source, for which network
        state.watch(self._changed)
        worker.rebuild(self._rebuild)

    def _changed(self, name):
        if name == "ink":
            self._news.set()

    async def run(self):
        """Takes the ink anew whenever it has changed; while there is none, the example stands in."""
        await self._link.ready.wait()
        while True:
            self._news.clear()
            if not self._pen.open:
                await self._take_ink()
            await self._news.wait()

    async def _take_ink(self):
        pen = self._pen
        source, strokes = "yours", [pen.points(number, 0) for number in range(pen.count)]
        if not strokes:
            source, strokes = "example", self._example.strokes()
        trouble = await self._take("lines.from_strokes", INK, {"strokes": strokes}, source)
        self._state.set("line.error", trouble)

    async def put(self, name, points, source):
        """Takes points, a flat Float32Array of dx, dy, lift in model units, as the line of this name.

        Gives "" or, in words, what is wrong with them; then the line stays what it was.
        """
        return await self._take("lines.from_points", name, {"points": points}, source)

    async def load(self, data, name, which):
        """Takes the line number `which` of a file, a Uint8Array with this name, in the place of the reader's ink.

        Gives "" or, in words, what is wrong with it; then the line stays what it was. New ink on the sheet, or
        `own_ink`, takes its place again.
        """
        return await self._take("files.load", INK, {"data": data, "name": name, "which": which}, name)

    def own_ink(self):
        """Takes the ink of the sheet (anew)."""
        self._news.set()

    async def _take(self, kind, name, arguments, source):
        arguments["line"] = name
        while True:
            try:
                line = await self._link.work(kind, arguments, rank=priority_lock.NEAR)
                break
            except WorkerLost:
                pass  # the next worker gets it
            except Exception as error:
                return message(error)
        self._taken[name] = (kind, arguments, source, self._link.networks)
        line.source = source
        self._state.set("line." + name, line)
        return ""

    async def _rebuild(self):
        """A worker that has just loaded a network gets the lines; the figures hear of it only where they differ."""
        for name in list(self._taken):
            kind, arguments, source, network = self._taken[name]
            if network != self._link.networks and name == MODEL:
                del self._taken[name]  # what another network wrote is not this one's
                self._state.set("line." + name, None)
                continue
            try:
                line = await self._link.work(kind, arguments, rank=priority_lock.HELD)
            except WorkerLost:
                raise
            except Exception:  # no line for a network of another kind
                del self._taken[name]
                self._state.set("line." + name, None)
                continue
            if network != self._link.networks:
                self._taken[name] = (kind, arguments, source, self._link.networks)
                line.source = source
                self._state.set("line." + name, line)
