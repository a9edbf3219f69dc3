"""The cells over the line in use, fetched from the worker once and shared by the figures that show them."""

from shims import cells

from page.ink.lines import INK, MODEL
from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost

# The value of the strongest colour, as in the article of 2016: about one value in a hundred lies beyond.
HEAT_LIMIT = 3


class LineColumns:
    """`columns` (see columns.js) of `line`: the chosen one, or the other while that does not exist.

    `beyond` is the share of values beyond HEAT_LIMIT, once all columns are there; None before.
    """

    def __init__(self, worker, state):
        self.columns = cells.columns()
        self.line = None
        self.beyond = None
        self._worker, self._state = worker, state
        self._loads = 0
        self._chosen = False
        self._lost = None  # the line at which the worker died, its error, and `worker.requests` then
        self._gate = priority_lock.PriorityLock()

    def wanted(self):
        """Return the line to show; None if there is none."""
        state = self._state
        other = MODEL if state["line"] == INK else INK
        return state["line." + state["line"]] or state["line." + other]

    def name(self):
        """Return the worker's name of the line to show."""
        return MODEL if self.wanted() is self._state["line." + MODEL] else INK

    def begin(self):
        """Return the line to show; where it is another than before, empty the columns for it."""
        line, loads = self.wanted(), self._worker.loads
        if line is not None and (line is not self.line or self._loads != loads):
            self.line, self._loads, self.beyond = line, loads, None
            self.columns.begin(self._worker.network.units, line.count)
        return line

    def keep_choice(self):
        """Keep the state's cell and point: somebody chose them."""
        self._chosen = True

    async def load(self, wanted):
        """Fetch the missing columns while `wanted()` is true; return whether all are there."""
        await self._gate.acquire(priority_lock.NEAR)
        try:
            return await self._load(wanted)
        finally:
            self._gate.release()

    async def _load(self, wanted):
        line = self.begin()
        if line is not None and self.beyond is None:
            if self._lost and self._lost[0] is line and self._lost[2] == self._worker.requests:
                raise self._lost[1]  # not again for another figure
            arguments = {"line": self.name(), "first": self.columns.count, "limit": HEAT_LIMIT}
            try:
                value = await self._worker.run_task(
                    "cells.columns", arguments, self._take, lambda: wanted() and self.wanted() is line
                )
            except WorkerLost as lost:
                self._lost = (line, lost, self._worker.requests) if lost.blamed else None
                raise
            if value:
                self.beyond = value.beyond
                self._choose(value.liveliest, value.peak)
        return self.beyond is not None

    def _choose(self, cell, step):
        """Choose a cell and a point with something to see, unless somebody has chosen some."""
        state = self._state
        if not self._chosen and state["cell"] == state["step"] == 0:
            state.set("cell", cell)
            state.set("step", step)
        self._chosen = True

    def _take(self, progress):
        if progress.first == self.columns.count:
            self.columns.put(progress.first, progress.columns)
