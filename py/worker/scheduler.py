"""Work in slices of bounded time: whoever has something newer to ask never waits longer than one of them.

A job is a generator. It yields None where it may pause, or news (a dict) that its asker is to have at once; what it
returns is its value. It is given up by asking for no more of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import NamedTuple

# What one call may take. A frame is 16 ms, and the page wants the rest of it for itself.
SLICE_S = 0.012
# Jobs kept at a time: each figure has one or two. The oldest is given up for a new one, in case its asker forgot it.
MOST = 64


class Slice(NamedTuple):
    """What came of a slice of a job: its news, whether that was the end, and then its value."""

    news: list
    done: bool
    value: object = None


class Jobs:
    """The jobs under way, by number."""

    def __init__(self, now: Callable[[], float] = time.perf_counter):
        self._now = now
        self._begun = 0
        self._running: dict[int, Generator] = {}

    def begin(self, work: Generator) -> int:
        """Takes a job on; gives its number."""
        while len(self._running) >= MOST:
            self.stop(min(self._running))
        self._begun += 1
        self._running[self._begun] = work
        return self._begun

    def stop(self, job: int) -> None:
        """Gives a job up; does nothing if it is over."""
        if work := self._running.pop(job, None):
            work.close()

    def more(self, job: int) -> Slice | None:
        """A slice more of a job; None if there is none of that number, or no longer. Whatever it raises ends it."""
        if job not in self._running:
            return None
        work, news = self._running[job], []
        begun = before = self._now()
        longest = 0.0
        while before - begun + longest < SLICE_S:
            try:
                some = next(work)
            except StopIteration as end:
                del self._running[job]
                return Slice(news, True, end.value)
            except Exception:
                del self._running[job]
                raise
            if some is not None:
                news.append(some)
            after = self._now()
            longest, before = max(longest, after - before), after
        return Slice(news, False)
