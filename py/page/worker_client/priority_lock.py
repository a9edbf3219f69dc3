"""A lock that goes to the call with the highest priority: one call to the worker at a time, the pen's first."""

import asyncio

# Priorities: the smallest is served first.
PEN, NEAR, FAR = 0, 1, 2  # what follows the pen; what the reader points at; everything else
# Not a priority to wait with: of the calls that are part of a load (`WorkerClient.rebuild`), which holds the lock.
HELD = -1


class PriorityLock:
    """`await acquire(priority)`, and `release()` in any event."""

    def __init__(self):
        self._locked = False
        self._waiting = []  # (priority, number, event), unordered: there are never more than a few
        self._number = 0

    async def acquire(self, priority):
        """Wait for the lock; calls of equal priority get it in their order."""
        if self._locked:
            self._number += 1
            ticket = (priority, self._number, asyncio.Event())
            self._waiting.append(ticket)
            try:
                await ticket[2].wait()
            except asyncio.CancelledError:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                else:
                    self.release()  # the lock was handed over at the same moment
                raise
        self._locked = True

    def release(self):
        """Hand the lock to the next, or leave it open."""
        if not self._waiting:
            self._locked = False
            return
        ticket = min(self._waiting, key=lambda ticket: ticket[:2])
        self._waiting.remove(ticket)
        ticket[2].set()
