"""The scheduler of the worker's tasks: each runs in slices of bounded time, so a newer request waits for one at most.

A task is a generator. It yields None where it may pause, or progress (a dict) that the page receives at once; what it
returns is its value. Cancelling a task closes its generator.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import NamedTuple

# Seconds that one call may take. A frame is 16 ms, and the page needs the rest of it.
SLICE_S = 0.012
# Tasks kept at a time: each figure has one or two. The oldest is cancelled for a new one, in case the page forgot it.
MAX_TASKS = 64
# Points a task feeds to the network between two pauses: about 2 ms with numpy in WebAssembly.
POINTS_PER_SLICE = 4


class Slice(NamedTuple):
    """The outcome of one slice of a task: its progress, whether the task has ended, and then its value."""

    progress: list
    done: bool
    value: object = None


class Scheduler:
    """The running tasks, by number."""

    def __init__(self, now: Callable[[], float] = time.perf_counter):
        """`now` returns seconds."""
        self._now = now
        self._started = 0
        self._running: dict[int, Generator] = {}

    def start(self, work: Generator) -> int:
        """Accept a task and return its number."""
        while len(self._running) >= MAX_TASKS:
            self.cancel(min(self._running))
        self._started += 1
        self._running[self._started] = work
        return self._started

    def cancel(self, task: int) -> None:
        """Cancel a task; do nothing if it has ended."""
        if work := self._running.pop(task, None):
            work.close()

    def poll(self, task: int) -> Slice | None:
        """Run one more slice of a task; return None if there is no such task. An exception in it ends it."""
        if task not in self._running:
            return None
        work, progress = self._running[task], []
        start = before = self._now()
        longest = 0.0
        while before - start + longest < SLICE_S:
            try:
                piece = next(work)
            except StopIteration as end:
                del self._running[task]
                return Slice(progress, True, end.value)
            except Exception:
                del self._running[task]
                raise
            if piece is not None:
                progress.append(piece)
            after = self._now()
            longest, before = max(longest, after - before), after
        return Slice(progress, False)
