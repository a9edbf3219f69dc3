"""What the cells track over each line, measured once by the worker and shared by the figures that show it."""

from page.figures import probing_words as words
from page.worker_client import priority_lock


class ProbingStore:
    """Keeps what the worker finds in a line for as long as the state has that line."""

    def __init__(self, worker, state):
        self._worker, self._state = worker, state
        self._measured = {}  # name of a line -> (the line, what the worker found)
        self._gate = priority_lock.PriorityLock()

    def names(self):
        """Return the names of the line in use and of the other; None for a line that does not exist."""
        state = self._state
        name = state["line"]
        other = "ink" if name == "model" else "model"
        if state["line." + name] is None:
            name, other = other, name
        return [one if state["line." + one] is not None else None for one in (name, other)]

    def known(self, name):
        """Return what `measure` has found in a line; None until then, or if there is no line."""
        line, found = self._measured.get(name, (None, None))
        return found if line is not None and line is self._state["line." + name] else None

    async def measure(self, name, wanted):
        """Return (values, ranks, units) of a line; None if it was cancelled, or there is no line.

        values and ranks have for each quantity the statistic of each cell, and the cells from the one that tracks it
        best; None where the line does not determine it.
        """
        if name is None:
            return None
        await self._gate.acquire(priority_lock.FAR)
        try:
            return await self._measure(name, wanted)
        finally:
            self._gate.release()

    async def _measure(self, name, wanted):
        known = self.known(name)
        if known is not None:
            return known
        line = self._state["line." + name]
        found = await self._worker.run_task("probing.probe", {"line": name}, None, wanted, priority_lock.FAR)
        if found is None or self._state["line." + name] is not line:
            return None
        values, ranks = {}, {}
        for kind in words.NAMES:
            there = hasattr(found.values, kind)
            values[kind] = getattr(found.values, kind) if there else None
            ranks[kind] = getattr(found.ranks, kind) if there else None
        self._measured[name] = (line, (values, ranks, found.units))
        return self._measured[name][1]
