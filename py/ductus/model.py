"""The network as a reader and a writer of ink: feed, score, continue, fan, write.

A point is (dx, dy, lift): the offset from the point before in model units, y down, lift = 1 on the last point of a
stroke. The alignment is the same everywhere: the state after point i predicts point i + 1. A line starts from the
zero state after one input of zeros, so that the state before point 0 follows a step like every other.

`interventions` are those of `ductus.intervention`; without any, nothing changes, to the last bit. A state that is
given is not acted on: it is one that `start`, `feed` or `line_states` returned with the same interventions.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from ductus import cooperative, intervention, mixture
from ductus.backend import Backend, default
from ductus.backend.numpy import CellChange
from ductus.ink import InkError, as_points
from ductus.intervention import Intervention, Interventions, Plan, plan_of
from ductus.lstm import LSTM, Network, State
from ductus.mixture import Mixture
from ductus.resample import PenClock
from ductus.sharing import Drawn, Group, Pool, share_draws
from ductus.weights import kinds
from ductus.weights.weights import Weights, WeightsError

# As numpy's default_rng takes it: a non-negative integer, or several seeds.
Seed: TypeAlias = "int | Sequence[Seed]"

# A larger offset tells the network nothing more; float32 products of this one stay finite.
MAX_INPUT = 1e6
# Rows that go through the head together, and lines that are scored together: both bound memory.
_HEAD_BATCH, _SCORE_BATCH = 4096, 128
# Points that are fed in one call: it bounds the memory of the states along the way.
_FEED_CHUNK = 256


class Score(NamedTuple):
    """Negative log-likelihood of each point of a line, in nats: (N,) each; smaller is better."""

    position: np.ndarray
    lift: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Return position and lift together: (N,)."""
        return self.position + self.lift


class Model:
    """A network ready to run, in float32 or float64, on a backend (numpy by default).

    Many paths are shared with a pool of other workers, if there is one.
    Raises WeightsError for another kind of network, or an unknown pen clock in the weights' metadata.
    """

    def __init__(
        self,
        weights: Weights,
        dtype: np.typing.DTypeLike = np.float32,
        backend: Backend | None = None,
        pool: Pool | None = None,
    ):
        weights.require(kinds.PLAIN)
        self.weights, self.backend, self.pool = weights, backend or default(), pool
        self.units, self.components = weights.units, weights.components
        self.units_per_x_height: float | None = weights.metadata["units_per_x_height"]
        self.clock = pen_clock(weights)
        # the layer and the head's weights, in numpy's form: W_y (H, 1 + 6M), b_y (1 + 6M,)
        W_xh, W_hh, b_h = (weights.array(name, np.float64) for name in ("W_xh", "W_hh", "b_h"))
        self.lstm = LSTM(W_xh, W_hh, b_h, weights.metadata["forget_bias"], dtype, self.backend)
        self.W_y, self.b_y = weights.array("W_hy", dtype), weights.array("b_y", dtype)
        self._network = self.backend.compile(Network(self.lstm, self.W_y, self.b_y))

    def start(self, batch: int = 1, lead_in: int = 1, interventions: Interventions = ()) -> State:
        """Return the state before any ink, (batch, H): the zero state after `lead_in` inputs of zeros.

        Raises InterventionError for invalid interventions, as all methods here that take some.
        """
        state, plan = self.lstm.zero_state(batch), plan_of(interventions, self.units)
        for _ in range(lead_in):
            state = self._follow(np.zeros((1, batch, 3)), state, plan, 0)
        return state

    def _follow(self, x: np.ndarray, state: State, plan: Plan | None, first: int = 1) -> State:
        """Return the state after inputs x (T, B, 3), in steps that count from `first`."""
        trace = intervention.trace(self._network, x, state, plan, first)  # (T + 1, B, H)
        return State(trace.h[-1].copy(), trace.c[-1].copy())  # copies, so that the trace can be freed

    def step(self, x: np.ndarray, state: State) -> State:
        """Return the state after one more point x (B, 3) for each pen."""
        return self._network.step(x, state)

    def head(self, state: State) -> Mixture:
        """Return the density of the next point of each pen."""
        return mixture.split(self.output(state))

    def output(self, state: State) -> np.ndarray:
        """Return the raw head output, (B, 1 + 6M), which `mixture.sample` draws from."""
        return self._network.output(state.h)

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

    def trace(self, x: np.ndarray, state: State, plan: Plan | None = None, first: int = 1) -> State:
        """Return all states along inputs x (T, B, 3) of B pens: see `intervention.trace`."""
        return intervention.trace(self._network, x, state, plan, first)

    def feed(self, points: np.ndarray, state: State, interventions: Interventions = (), at: int = 0) -> State:
        """Return the state after the points (N, 3) of one pen, the first of which is point `at` of its line.

        Raises InkError if they are not finite numbers.
        """
        inputs, plan = _inputs(points)[:, None], plan_of(interventions, self.units, at)  # (N, 1, 3)
        for first in range(0, len(inputs), _FEED_CHUNK):
            state = self._follow(inputs[first : first + _FEED_CHUNK], state, plan, first + 1)
        return state

    def line_states(self, points: np.ndarray, lead_in: int = 1, interventions: Sequence[Intervention] = ()) -> State:
        """Return the states over a line (N, 3): (N, H) each, where row i is the state that predicts point i."""
        inputs = _inputs(points)[:, None]  # (N, 1, 3)
        intervention.check(interventions, self.units, len(inputs))
        start = self.start(lead_in=lead_in, interventions=interventions)
        trace = self.trace(inputs[:-1], start, plan_of(interventions, self.units))  # (N, 1, H), or (1, 1, H)
        return State(trace.h[: len(inputs), 0], trace.c[: len(inputs), 0])

    def cells(self, points: np.ndarray, lead_in: int = 1, interventions: Sequence[Intervention] = ()) -> np.ndarray:
        """Return the cell states over a line (N, 3): (N, H), where row i is the state that predicts point i."""
        return self.line_states(points, lead_in, interventions).c

    def score(self, points: np.ndarray, interventions: Sequence[Intervention] = ()) -> Score:
        """Return how well the network predicts each point of a line (N, 3), given the true points before it.

        Negative log-likelihood, Graves (2013), equation 26. Raises InkError for numbers that are not finite.
        """
        return self.score_lines([points], interventions)[0]

    def score_lines(self, lines: Sequence[np.ndarray], interventions: Interventions = ()) -> list[Score]:
        """Return `score` for many lines (N_i, 3), computed in batches of similar length.

        The interventions are one sequence for all lines, or one for each. Raises InkError for numbers that are not
        finite.
        """
        each = intervention.of_rows(interventions, len(lines))
        for line, own in zip(lines, each, strict=True):
            intervention.check(own, self.units, len(line))
        scores: dict[int, Score] = {}
        order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
        for first in range(0, len(order), _SCORE_BATCH):
            group = order[first : first + _SCORE_BATCH]
            position, lift = self._score_batch([lines[i] for i in group], [each[i] for i in group])  # (T, B) each
            for column, i in enumerate(group):
                n = len(lines[i])
                scores[i] = Score(position[:n, column], lift[:n, column])
        return [scores[i] for i in range(len(lines))]

    def _score_batch(self, lines: list[np.ndarray], interventions: Interventions) -> tuple[np.ndarray, np.ndarray]:
        batch, longest = len(lines), max(map(len, lines))
        targets, inputs = np.zeros((2, longest, batch, 3))  # (T, B, 3) each
        for column, line in enumerate(lines):
            targets[: len(line), column] = line
            inputs[: len(line), column] = _inputs(line)
        position, lift = np.empty((2, longest, batch))  # (T, B) each
        block = max(1, _HEAD_BATCH // batch)
        state, plan = self.start(batch, interventions=interventions), plan_of(interventions, self.units)
        for first in range(0, longest, block):
            rows = slice(first, min(first + block, longest))
            trace = self.trace(inputs[rows], state, plan, first + 1)  # (block + 1, B, H)
            state = State(trace.h[-1], trace.c[-1])
            before = State(*(part[:-1].reshape(-1, self.units) for part in trace))  # (block * B, H)
            density = self.head(before)
            truth = targets[rows].reshape(-1, 3)  # (block * B, 3)
            position[rows] = -mixture.log_density(density, truth[:, :2]).reshape(-1, batch)
            lift[rows] = -mixture.log_lift(density, truth[:, 2]).reshape(-1, batch)
        return position, lift

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


def pen_clock(weights: Weights) -> PenClock | None:
    """Return the pen clock that the weights' metadata names, if any. Raises WeightsError if it is unknown."""
    clock = weights.metadata["pen_clock"]
    try:
        return None if clock is None else PenClock.from_dict(clock)
    except InkError as error:
        raise WeightsError(f"metadata: {error}") from None


def _inputs(points: np.ndarray) -> np.ndarray:
    """Return points (N, 3) as the network's inputs. Raise InkError if they are invalid."""
    return np.clip(as_points(points), -MAX_INPUT, MAX_INPUT)


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
