"""The pool of workers that calculate: who does what, and what happens when one answers late, twice or never.

It is a `ductus.sharing.Pool`. Every call has a number of its own, also when it is given to another worker again, so
an answer counts once, and only for the call that it belongs to. A worker that fails or stays silent is replaced, and
its calls are given to others. After several failures in a row there is no pool any more.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from ductus.backend.remote import Call

# Points, drawn or read, that are worth a pool: 30 fans of 50 samples and 4 steps.
MIN_POINTS = 30 * 50 * 4
MAX_WORKERS = 6
# Bytes of all copies of a network together: six of 500 cells take half of it.
MAX_BYTES = 64_000_000
# A worker gets calls until it has this many points, 26 ms of fans or 50 of a reading, and always one ahead: so it has
# work while Python is busy with a long slice, and little that nobody wants any more when a task is cancelled.
AHEAD_POINTS = 1000
AHEAD_CALLS = 2
# Seconds without an answer. A call takes a few milliseconds, and a third of a second when six lines are written.
SILENT_S = 10
MAX_FAILURES = 3


class Channel(Protocol):
    """A worker as the pool sees it. It calls back with the number and the bytes of each answer, or that it failed."""

    def post(self, number: int, call: Call) -> None:
        """Send a call."""
        ...

    def end(self) -> None:
        """End the worker, whatever it is doing."""
        ...


Answered = Callable[[int, Any], None]
Start = Callable[[Answered, Callable[[], None]], Channel]


class Job(NamedTuple):
    """A call with the network that it needs, and for whom it is done."""

    batch: Batch
    number: int
    remote: Any
    call: Call


class Member:
    """A worker of the pool: the network that it was sent, and the calls that it has not answered."""

    def __init__(self):
        self.channel: Any = None
        self.remote: Any = None
        self.ready = False  # has it answered anything?
        self.calls: dict[int, tuple[Call, Job | None]] = {}
        self.heard = 0.0

    @property
    def busy(self) -> int:
        """The points that it still has to draw or read."""
        return sum(call.points for call, _ in self.calls.values())


class Batch:
    """What one task has handed over: see `ductus.sharing.Batch`."""

    def __init__(self, pool: Pool, network: Any, remote: Any):
        self.found: list[tuple[int, Any]] | None = []  # None: closed
        self._pool, self._network, self._remote = pool, network, remote

    def room(self) -> bool:
        return self._pool.room()

    def hand(self, number: int, method: str, arguments: Sequence[Any]) -> None:
        call = getattr(self._network, "remote_" + method)(self._remote, *arguments)
        self._pool.add(Job(self, number, self._remote, call))

    def answers(self) -> list[tuple[int, Any]]:
        found, self.found = self.found or [], []
        return found

    def close(self) -> None:
        self.found = None


class Pool:
    """At most `cores` - 1 workers, which `start(answered, failed)` starts when they are first worth it."""

    def __init__(self, start: Start, cores: int, now: Callable[[], float] = time.perf_counter):
        """`now` returns seconds."""
        self.size = max(0, min(cores - 1, MAX_WORKERS))
        self._start, self._now = start, now
        self._members: list[Member] = []
        self._waiting: deque[Job] = deque()
        self._number = self._failures = 0
        self._network: Any = None  # the last one, and its form for the workers
        self._remote: Any = None

    def open(self, network: Any, points: int) -> Batch | None:
        """Return a Batch for about this many points; None if that is too little, or no other worker can do it."""
        if not self.size or points < MIN_POINTS or not hasattr(network, "remote"):
            return None
        if network is not self._network:
            self._network, self._remote = network, network.remote()
        if self._remote.size * self.size > MAX_BYTES:
            return None
        return Batch(self, network, self._remote)

    def room(self) -> bool:
        """Return whether a worker is there that could take another call.

        It starts missing workers, one at a time: to copy a network takes some milliseconds of a slice.
        """
        for member in [m for m in self._members if m.calls and self._now() - m.heard > SILENT_S]:
            self._failed(member)
        if len(self._members) < self.size:
            self._add_member()
        return not self._waiting and self._free() is not None

    def add(self, job: Job) -> None:
        """Give a job to the worker that has least to do."""
        self._waiting.append(job)
        self._distribute()

    def _free(self) -> Member | None:
        ready = [
            member
            for member in self._members
            if member.ready and (len(member.calls) < AHEAD_CALLS or member.busy < AHEAD_POINTS)
        ]
        return min(ready, key=lambda member: member.busy, default=None)

    def _distribute(self) -> None:
        while self._waiting and (member := self._free()):
            job = self._waiting.popleft()
            if job.batch.found is not None:
                self._send_network(member, job.remote)
                self._post(member, job.call, job)

    def _send_network(self, member: Member, remote: Any) -> None:
        if member.remote is not remote:
            member.remote = remote
            self._post(member, remote.load(), None)

    def _post(self, member: Member, call: Call, job: Job | None) -> None:
        self._number += 1
        if not member.calls:
            member.heard = self._now()
        member.calls[self._number] = call, job
        member.channel.post(self._number, call)

    def _add_member(self) -> None:
        member = Member()
        try:
            member.channel = self._start(
                lambda number, data: self._answered(member, number, data), lambda: self._failed(member)
            )
        except Exception:  # whatever the browser has against it
            self._refused()
            return
        self._members.append(member)
        self._send_network(member, self._remote)

    def _answered(self, member: Member, number: int, data: Any) -> None:
        if member not in self._members or number not in member.calls:
            return  # late, or twice
        call, job = member.calls[number]
        values = np.frombuffer(data, np.uint8)
        if len(values) != call.size:
            self._failed(member)
            return
        del member.calls[number]
        member.heard, member.ready, self._failures = self._now(), True, 0
        if job and job.batch.found is not None:
            job.batch.found.append((job.number, call.value(values)))
        self._distribute()

    def _failed(self, member: Member) -> None:
        """Replace a worker, and give its calls to others."""
        if member not in self._members:
            return
        self._members.remove(member)
        member.channel.end()
        self._waiting.extendleft(reversed([job for _, job in member.calls.values() if job]))
        self._failures += 1
        if self._failures >= MAX_FAILURES:
            self._refused()
        else:
            self._add_member()
            self._distribute()

    def _refused(self) -> None:
        """Do without workers from now on: every call that is not answered is done by those who handed it over."""
        self.size = 0
        members, self._members = self._members, []
        self._waiting.clear()
        for member in members:
            member.channel.end()
