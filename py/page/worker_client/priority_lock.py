"""Whose call to the worker is next: one at a time, and the pen's before all others."""

import asyncio

# Ranks: the smaller is served first.
PEN, NEAR, FAR = 0, 1, 2  # what follows a pen; what the reader points at; everything else
# Not a rank to wait with: of calls that belong to a load (`Link.rebuild`), which has the turn already.
HELD = -1


class PriorityLock:
    """A gate for one at a time. `await take(rank)`, and `give()` in any event."""

    def __init__(self):
        self._taken = False
        self._waiting = []  # (rank, number, event), unordered: there are never more than a few
        self._number = 0

    async def take(self, rank):
        """Waits for a turn; of one rank the first come is served first."""
        if self._taken:
            self._number += 1
            ticket = (rank, self._number, asyncio.Event())
            self._waiting.append(ticket)
            try:
                await ticket[2].wait()
            except asyncio.CancelledError:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                else:
                    self.give()  # the turn had come at the same moment
                raise
        self._taken = True

    def give(self):
        """The turn is over."""
        if not self._waiting:
            self._taken = False
            return
        ticket = min(self._waiting, key=lambda ticket: ticket[:2])
        self._waiting.remove(ticket)
        ticket[2].set()
