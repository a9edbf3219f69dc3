"""The cells of the line that is looked at, fetched from the worker once and shared by the figures that show them."""

from pyscript.js_modules import cells

from page.constants import HEAT_LIMIT
from page.ink.lines import INK, MODEL
from page.worker_client import priority_lock


class LineColumns:
    """`columns` (see columns.js) of `line`: of the chosen one, or, as long as that is not there, of the other.

    `beyond` is the share of values that have no colour of their own, once all are there, else None.
    """

    def __init__(self, worker, state):
        self.columns = cells.columns()
        self.line = None
        self.beyond = None
        self._link, self._state = worker, state
        self._loads = 0
        self._begun = False
        self._gate = priority_lock.PriorityLock()

    def wanted(self):
        """The line that should be shown; None if there is none at all."""
        state = self._state
        other = MODEL if state["line"] == INK else INK
        return state["line." + state["line"]] or state["line." + other]

    def name(self):
        """The name in the worker of the line that should be shown."""
        return MODEL if self.wanted() is self._state["line." + MODEL] else INK

    def begin(self):
        """Makes the line that should be shown that of the columns, none of which are there then; gives it."""
        line, loads = self.wanted(), self._link.loads
        if line is not None and (line is not self.line or self._loads != loads):
            self.line, self._loads, self.beyond = line, loads, None
            self.columns.begin(self._link.network.units, line.count)
        return line

    def keep_choice(self):
        """The cell and the point that the state names are somebody's choice: no others are looked for."""
        self._begun = True

    async def load(self, wanted):
        """Fetches what is not there yet, for as long as `wanted()` is true; gives True if all of it is there."""
        await self._gate.take(priority_lock.NEAR)
        try:
            return await self._load(wanted)
        finally:
            self._gate.give()

    async def _load(self, wanted):
        line = self.begin()
        if line is not None and self.beyond is None:
            arguments = {"line": self.name(), "first": self.columns.count, "limit": HEAT_LIMIT}
            value = await self._link.work(
                "cells.columns", arguments, self._take, lambda: wanted() and self.wanted() is line
            )
            if value:
                self.beyond = value.beyond
                self._choose(value.liveliest, value.peak)
        return self.beyond is not None

    def _choose(self, cell, step):
        """A cell and a point with something to see, as long as nobody has chosen any."""
        state = self._state
        if not self._begun and state["cell"] == state["step"] == 0:
            state.set("cell", cell)
            state.set("step", step)
        self._begun = True

    def _take(self, progress):
        if progress.first == self.columns.count:
            self.columns.put(progress.first, progress.columns)
