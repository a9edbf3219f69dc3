"""Paths drawn from states, each point fed to the network before the next is drawn: continuations, fans, lines."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Sequence
from typing import TypeAlias

import numpy as np

from ductus import cooperative, intervention, mixture
from ductus.backend import Backend, CompiledNetwork
from ductus.backend.numpy import CellChange
from ductus.intervention import Intervention, Interventions, Plan, plan_of
from ductus.lstm import State
from ductus.sharing import Drawn, Group, Pool, share_draws

# As numpy's default_rng takes it: a non-negative integer, or several seeds.
Seed: TypeAlias = "int | Sequence[Seed]"


class PathDrawing:
    """What a model draws from its states. A model has these attributes, and gives the states of lines."""

    units: int
    backend: Backend
    pool: Pool | None
    _network: CompiledNetwork

    def start(self, batch: int = 1, lead_in: int = 1, interventions: Interventions = ()) -> State:
        """Return the state before any ink, (batch, H)."""
        raise NotImplementedError

    def line_states(self, points: np.ndarray, lead_in: int = 1, interventions: Sequence[Intervention] = ()) -> State:
        """Return the states over a line (N, 3): (N, H) each."""
        raise NotImplementedError

    def draw(
        self,
        x: np.ndarray | None,
        state: State,
        temperature: float,
        uniforms: np.ndarray,
        change: CellChange | None = None,
    ) -> tuple[State, np.ndarray]:
        """Draw points one after the other, each fed before the next: see `lstm.Network.draw`."""
        return self._network.draw(x, state, temperature, uniforms, change)

    def continue_(
        self,
        state: State,
        samples: int,
        steps: int,
        temperature: float,
        seed: Seed,
        interventions: Sequence[Intervention] = (),
        at: int = 0,
    ) -> np.ndarray:
        """Return continuations of one state (1, H), sampled autoregressively: (samples, steps, 3), float32.

        The seed is what numpy's default_rng takes: a non-negative integer, or several. A longer path starts with the
        steps of a shorter one. The first point drawn is point `at` of the line, for the interventions. Raises
        ValueError for an invalid temperature or count.
        """
        return cooperative.run(self.continue_slices(state, samples, steps, temperature, seed, interventions, at))

    def continue_slices(
        self,
        state: State,
        samples: int,
        steps: int,
        temperature: float,
        seed: Seed,
        interventions: Sequence[Intervention] = (),
        at: int = 0,
    ) -> Generator[int, None, np.ndarray]:
        """Run `continue_` in slices, yielding after each the number of steps that all samples have done.

        All samples share the first density: it is computed once and sampled many times.
        """
        _check_sampling_arguments(samples, steps, temperature)
        plan = plan_of(interventions, self.units, at)
        paths = yield from self._draw_slices(state, samples, steps, temperature, [np.random.default_rng(seed)], plan)
        yield steps
        return paths[0].astype(np.float32, copy=False)

    def fan(
        self,
        points: np.ndarray,
        samples: int,
        steps: int,
        temperature: float,
        seed: int,
        interventions: Sequence[Intervention] = (),
    ) -> np.ndarray:
        """Return sampled alternatives to each point of a line (N, 3): (N, samples, steps, 3), float32.

        Row i starts from the state that predicts point i and equals `continue_` there with the seed [seed, i], so a
        fan does not depend on which others are drawn.
        """
        states, places = self.line_states(points, interventions=interventions), range(len(points))
        seeds = [[seed, i] for i in places]
        return cooperative.run(self.fan_slices(states, samples, steps, temperature, seeds, interventions, places))

    def fan_slices(
        self,
        states: State,
        samples: int,
        steps: int,
        temperature: float,
        seeds: Sequence[Seed],
        interventions: Interventions = (),
        at: Sequence[int] = (),
    ) -> Generator[int, None, np.ndarray]:
        """Sample continuations of each of P states (P, H): (P, samples, steps, 3), float32.

        The i-th result equals `continue_` with the i-th seed, to rounding; many are drawn together, because that is
        faster. Pauses every few milliseconds, yielding how many of the P are finished. The interventions are one
        sequence for all states, or one for each, and `at` are the P points that the states predict. Raises ValueError
        for an invalid temperature or count, or if there are not P seeds.
        """
        _check_sampling_arguments(samples, steps, temperature)
        pens = len(states.h)
        if len(seeds) != pens:
            raise ValueError(f"{pens} states need one seed each, not {len(seeds)}")
        each = intervention.of_rows(interventions, pens)
        paths, finished = np.empty((pens, samples, steps, 3), np.float32), 0
        size = self.group_size(pens, samples)
        parts = (slice(first, first + size) for first in range(0, pens, size))
        groups = (
            Group(
                part,
                State(states.h[part], states.c[part]),
                seeds[part],
                plan_of(each[part], self.units, at[part] or 0),
            )
            for part in parts
        )
        for found in self.share_groups(groups, pens, samples, steps, temperature, shared=not any(each)):
            if found:
                paths[found[0].name], finished = found[1], finished + len(found[1])
            yield finished
        return paths

    def group_size(self, pens: int, samples: int) -> int:
        """Return how many of these pens, of this many samples each, are best drawn together."""
        together = max(1, self.backend.slice_rows // samples)
        return max(1, min(together, -(-pens // (self.pool.size + 1)))) if self.pool else together

    def share_groups(
        self,
        groups: Iterable[Group | None],
        pens: int,
        samples: int,
        steps: int,
        temperature: float,
        shared: bool = True,
    ) -> Generator[Drawn | None, None, None]:
        """Yield groups, of this many pens in all, each with its paths (P, samples, steps, 3) when they are finished.

        Otherwise as `fan_slices`. The groups are taken one after the other and finished in any order; None, from them
        and to the caller, is a pause. With a pool, most of them are drawn by other workers; groups with interventions
        must not be shared.
        """
        _check_sampling_arguments(samples, steps, temperature)

        def draw(group: Group) -> Generator[int, None, np.ndarray]:
            generators = [np.random.default_rng(seed) for seed in group.seeds]
            return self._draw_slices(group.state, samples, steps, temperature, generators, group.plan)

        return share_draws(
            groups, draw, self._network, self.pool if shared else None, pens, samples, steps, temperature
        )

    def _draw_slices(
        self,
        state: State,
        samples: int,
        steps: int,
        temperature: float,
        generators: list[np.random.Generator],
        plan: Plan | None,
    ) -> Generator[int, None, np.ndarray]:
        """Draw paths from P states (P, H) with their generators: (P, samples, steps, 3), in the network's type.

        Pauses between slices of a few milliseconds, yielding how many steps all paths have done.
        """
        pens = len(generators)
        parts = -(-samples // max(1, self.backend.slice_rows // pens))
        edges = [samples * part // parts for part in range(parts + 1)]
        pieces = [slice(*pair) for pair in itertools.pairwise(edges)]  # samples of each pen in a call
        rows = pens * -(-samples // parts)
        # A call for one row takes about as long as for two.
        together = max(1, self.backend.slice_rows * self.backend.slice_steps // max(2, rows))
        paths = np.empty((pens, samples, steps, 3), self._network.dtype)
        states = [state] * len(pieces)
        for done, end in _calls(steps, together, plan):
            now = slice(done, end)
            uniforms = np.stack([rng.random((now.stop - done, samples, 4)) for rng in generators])  # (P, t, S, 4)
            for number, piece in enumerate(pieces):
                x = paths[:, piece, done - 1].reshape(-1, 3) if done else None  # drawn last, not yet fed
                # the first step of a call that feeds nothing before it draws is the one after the given state's
                change = plan and plan.change(max(done, 1), states[number].c)
                states[number], paths[:, piece, now] = self.draw(
                    x, states[number], temperature, uniforms[:, :, piece], change
                )
                last = number == len(pieces) - 1
                if not (last and now.stop == steps):
                    yield now.stop if last else done
        return paths

    def write(self, steps: int, temperature: float, seed: Seed, state: State | None = None) -> np.ndarray:
        """Generate unconditionally, from a state (1, H) or from the start: (steps, 3), float32."""
        return self.continue_(self.start() if state is None else state, 1, steps, temperature, seed)[0]


def _calls(steps: int, together: int, plan: Plan | None) -> list[tuple[int, int]]:
    """Return the steps that each call draws, from and to: at most `together`, and alike in the plan."""
    parts = plan.parts(1, steps) if plan else []
    edges = sorted({*range(0, steps, together), *(begin for begin, _ in parts[1:]), steps})
    return list(itertools.pairwise(edges))


def _check_sampling_arguments(samples: int, steps: int, temperature: float) -> None:
    """Raise ValueError for an invalid temperature, or for counts of samples and steps that cannot be drawn."""
    mixture.check_temperature(temperature)
    if samples < 1 or steps < 0:
        raise ValueError(f"cannot draw {samples} samples of {steps} steps")
