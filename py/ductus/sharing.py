"""Paths drawn on several cores: groups of pens, some handed to a pool of other workers, the others drawn here.

A path's bits do not depend on which others are drawn beside it, nor on who draws it. So nobody waits: what the pool
has not answered when everything else is done is drawn here as well, and the first result counts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from ductus.backend import CompiledNetwork
from ductus.backend.numpy import State
from ductus.intervention import Plan

# Points of a group's paths beyond which it is drawn here: their uniforms take 32 bytes each.
_MAX_POINTS = 20_000


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

    def hand(self, number: int, state: State, temperature: float, uniforms: np.ndarray) -> None:
        """Have paths drawn as `CompiledNetwork.draw` does, from uniforms (B, T, S, 4)."""
        ...

    def answers(self) -> list[tuple[int, np.ndarray]]:
        """Return the numbers and paths (B, S, T, 3) that have come since the last time, in any order."""
        ...

    def close(self) -> None:
        """Drop everything that was handed over and is not answered."""
        ...


class Pool(Protocol):
    """Other workers with the same arithmetic."""

    size: int  # workers there may be

    def open(self, network: CompiledNetwork, points: int) -> Batch | None:
        """Return a Batch for about this many points of paths; None if all of them should be drawn here."""
        ...


Drawn = tuple[Group, np.ndarray]  # a group and its paths (P, S, T, 3)


def share(
    groups: Iterable[Group | None],
    draw: Callable[[Group], Generator[Any, None, np.ndarray]],
    uniforms: Callable[[Group], np.ndarray],
    temperature: float,
    batch: Batch | None,
) -> Generator[Drawn | None, None, None]:
    """Yield each group with its paths, in the order in which they are finished, and None to pause.

    `groups` are taken when there is somebody to draw them, and may pause with None. `draw` draws one here, in slices;
    `uniforms` (P, T, S, 4) decide its paths where it is handed over.
    """
    source, handed, number = iter(groups), {}, 0

    def exchange():
        nonlocal number
        for answered, paths in batch.answers() if batch else ():
            if group := handed.pop(answered, None):
                yield group, paths
        while batch and batch.room():
            try:
                group = next(source)
            except StopIteration:
                return
            if group is not None:
                number += 1
                handed[number] = group
                batch.hand(number, group.state, temperature, uniforms(group))
            yield None

    while True:
        yield from exchange()
        try:
            group, again = next(source), None
        except StopIteration:
            if not handed:
                return
            again, group = next(reversed(handed.items()))  # the last: it is answered last
        if group is None:
            yield None
            continue
        slices = draw(group)
        while again is None or again in handed:
            try:
                next(slices)
            except StopIteration as end:
                handed.pop(again, None)
                yield group, end.value
                break
            yield None
            yield from exchange()


def share_draws(
    groups: Iterable[Group | None],
    draw: Callable[[Group], Generator[Any, None, np.ndarray]],
    network: CompiledNetwork,
    pool: Pool | None,
    pens: int,
    samples: int,
    steps: int,
    temperature: float,
) -> Generator[Drawn | None, None, None]:
    """Share groups of this many pens in all, each with paths of `samples` samples of `steps` steps: see `share`."""
    worth = pool and samples * steps <= _MAX_POINTS
    batch = pool.open(network, pens * samples * steps) if pool and worth else None

    def uniforms(group: Group) -> np.ndarray:
        return np.stack([np.random.default_rng(seed).random((steps, samples, 4)) for seed in group.seeds])

    try:
        yield from share(groups, draw, uniforms, temperature, batch)
    finally:
        if batch:
            batch.close()
