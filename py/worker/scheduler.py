"""The scheduler of the worker's tasks: each runs in slices of bounded time.

So a newer request waits for at most one slice. Tasks share the worker by being polled in turn; which call goes first
is decided by its priority, in page/worker_client/priority_lock.py.

A task is a generator. It yields None where it may pause, progress (a dict) that the page receives at once, or LISTEN
if other workers do parts of it; what it returns is its value. Cancelling a task closes its generator.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

# Seconds that one call may take. A frame is 16 ms, and the page needs the rest of it.
SLICE_S = 0.012
# While no pen is moving: between two slices the worker waits for the page, which may be painting.
LONG_SLICE_S = 0.03
# Seconds after which a call ends where a task yields LISTEN: answers come between two calls.
LISTEN, LISTEN_S = object(), 0.002
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
        self._running: dict[int, Generator[Any, None, Any]] = {}

    def start(self, work: Generator[Any, None, Any]) -> int:
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

    def poll(self, task: int, seconds: float = SLICE_S) -> Slice | None:
        """Run one more slice of a task, of at most this time; return None if there is none. An exception ends it."""
        if task not in self._running:
            return None
        work, progress = self._running[task], []
        start = before = self._now()
        longest = 0.0
        while before - start + longest < seconds:
            try:
                piece = next(work)
            except StopIteration as end:
                del self._running[task]
                return Slice(progress, True, end.value)
            except Exception:
                del self._running[task]
                raise
            after = self._now()
            longest, before = max(longest, after - before), after
            if piece is LISTEN:
                if after - start >= LISTEN_S:
                    break
            elif piece is not None:
                progress.append(piece)
        return Slice(progress, False)
