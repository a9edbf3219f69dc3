"""Work on several cores: pieces of it, some handed to a pool of other workers, the others done here.

The bits of a path, or of a row that is read, do not depend on which others are beside it, nor on who computes it. So
nobody waits: what the pool has not answered when everything else is done is done here as well, and the first result
counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from ductus.backend import CompiledNetwork, CompiledTextLayer
from ductus.backend.numpy import State
from ductus.intervention import Plan

# Points of a group's paths beyond which it is drawn here: their uniforms take 32 bytes each.
_MAX_POINTS = 20_000


Compiled = CompiledNetwork | CompiledTextLayer


class Piece(NamedTuple):
    """Something to do: here, in slices, or as a call of a compiled network's method by another worker."""

    here: Callable[[], Generator[Any, None, Any]]
    method: str
    arguments: Callable[[], Sequence[Any]]  # of the method, made when they are needed


def one_call(network: Compiled, method: str, *arguments: Any) -> Piece:
    """Return the piece that is one call of a network's method, a slice of time at most."""

    def here():
        yield from ()
        return getattr(network, method)(*arguments)

    return Piece(here, method, lambda: arguments)


class Group(NamedTuple):
    """Pens that are drawn together: the caller's name for them, states (P, H), and a seed for each pen."""

    name: Any
    state: State
    seeds: Sequence[Any]
    plan: Plan | None = None  # interventions, which only a draw here applies


class Batch(Protocol):
    """What one caller has handed to a pool."""

    def room(self) -> bool:
        """Return whether another worker could begin soon with something more."""
        ...

    def hand(self, number: int, method: str, arguments: Sequence[Any], /) -> None:
        """Have a method of the compiled network called: "draw", whose paths are the answer, or "read"."""
        ...

    def answers(self) -> list[tuple[int, Any]]:
        """Return the numbers and answers that have come since the last time, in any order."""
        ...

    def close(self) -> None:
        """Drop everything that was handed over and is not answered."""
        ...


class Pool(Protocol):
    """Other workers with the same arithmetic."""

    size: int  # workers there may be

    def open(self, network: Compiled, points: int) -> Batch | None:
        """Return a Batch for about this many points of paths; None if all of them should be drawn here."""
        ...


Drawn = tuple[Group, np.ndarray]  # a group and its paths (P, S, T, 3)
Named = tuple[Any, Piece]


def share(pieces: Iterator[Named | None], batch: Batch | None) -> Generator[tuple[Any, Any] | None, None, None]:
    """Yield the name of each piece with its result, in the order in which they are finished, and None to pause.

    `pieces` are taken when there is somebody to do them, and may pause with None. It ends when there are none and all
    results were yielded; so `pieces` may have more again after a result.
    """
    handed: dict[int | None, Named] = {}
    number = 0

    def exchange():
        nonlocal number
        for answered, result in batch.answers() if batch else ():
            if named := handed.pop(answered, None):
                yield named[0], result
        while batch and batch.room():
            try:
                named = next(pieces)
            except StopIteration:
                return
            if named is not None:
                number += 1
                handed[number] = named
                batch.hand(number, named[1].method, named[1].arguments())
            yield None

    while True:
        yield from exchange()
        try:
            named, again = next(pieces), None
        except StopIteration:
            if not handed:
                return
            again, named = next(reversed(handed.items()))  # the last: it is answered last
        if named is None:
            yield None
            continue
        slices = named[1].here()
        while again is None or again in handed:
            try:
                next(slices)
            except StopIteration as end:
                handed.pop(again, None)
                yield named[0], end.value
                break
            yield None
            yield from exchange()


def share_draws(
    groups: Iterable[Group | None],
    draw: Callable[[Group], Generator[Any, None, np.ndarray]],
    network: Compiled,
    pool: Pool | None,
    pens: int,
    samples: int,
    steps: int,
    temperature: float,
) -> Generator[Drawn | None, None, None]:
    """Share groups of this many pens in all, each with paths of `samples` samples of `steps` steps: see `share`.

    `draw` draws one here, in slices.
    """
    worth = pool and samples * steps <= _MAX_POINTS
    batch = pool.open(network, pens * samples * steps) if pool and worth else None

    def piece(group: Group) -> Piece:
        def arguments():
            uniforms = [np.random.default_rng(seed).random((steps, samples, 4)) for seed in group.seeds]
            return group.state, temperature, np.stack(uniforms)  # (P, T, S, 4)

        return Piece(lambda: draw(group), "draw", arguments)

    try:
        yield from share((group and (group, piece(group)) for group in groups), batch)
    finally:
        if batch:
            batch.close()


class _Chains:
    """Chains whose next pieces can be done now: those that have waited longest come first."""

    def __init__(self):
        self.ready: deque[Named] = deque()

    def __iter__(self) -> _Chains:
        return self

    def __next__(self) -> Named:
        if not self.ready:
            raise StopIteration
        return self.ready.popleft()


def share_chains(
    chains: Sequence[Generator[Piece, Any, Any]], network: Compiled, pool: Pool | None, points: int
) -> Generator[int, None, list[Any]]:
    """Return what each chain returns: a generator of pieces, which is sent the result of each before the next.

    They have about this many points in all. Pauses between pieces, yielding how many have been done. All chains
    advance together, so that at the end there are pieces for everybody.
    """
    batch = pool.open(network, points) if pool else None
    waiting, returned, done = _Chains(), [None] * len(chains), 0

    def go_on(number: int, result: Any) -> None:
        try:
            waiting.ready.append((number, chains[number].send(result)))
        except StopIteration as end:
            returned[number] = end.value

    try:
        for number in range(len(chains)):
            go_on(number, None)
        for found in share(waiting, batch):
            if found:
                go_on(*found)
                done += 1
            yield done
    finally:
        if batch:
            batch.close()
    return returned
