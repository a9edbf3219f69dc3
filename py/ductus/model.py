"""The network as a reader and a writer of ink: feed, score, continue, fan, write.

A point is (dx, dy, lift): the offset from the point before in model units, y down, lift = 1 on the last point of a
stroke. The alignment is the same everywhere: the state after point i predicts point i + 1. A line starts from the
zero state after one input of zeros, so that the state before point 0 follows a step like every other.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from ductus import cooperative, mixture
from ductus.backend import Backend, default
from ductus.ink import InkError, as_points
from ductus.lstm import LSTM, Network, State
from ductus.mixture import Mixture
from ductus.resample import PenClock
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

    Raises WeightsError for another kind of network, or an unknown pen clock in the weights' metadata.
    """

    def __init__(self, weights: Weights, dtype: np.typing.DTypeLike = np.float32, backend: Backend | None = None):
        weights.require(kinds.PLAIN)
        self.weights, self.backend = weights, backend or default()
        self.units, self.components = weights.units, weights.components
        self.units_per_x_height: float | None = weights.metadata["units_per_x_height"]
        self.clock = pen_clock(weights)
        W_xh, W_hh, b_h = (weights.array(name, np.float64) for name in ("W_xh", "W_hh", "b_h"))
        self._lstm = LSTM(W_xh, W_hh, b_h, weights.metadata["forget_bias"], dtype, self.backend)
        head = weights.array("W_hy", dtype), weights.array("b_y", dtype)  # (H, 1 + 6M) and (1 + 6M,)
        self._network = self.backend.compile(Network(self._lstm, *head))

    def start(self, batch: int = 1, lead_in: int = 1) -> State:
        """Return the state before any ink, (batch, H): the zero state after `lead_in` inputs of zeros."""
        state = self._lstm.zero_state(batch)
        for _ in range(lead_in):
            state = self.step(np.zeros((batch, 3)), state)
        return state

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
        self, x: np.ndarray | None, state: State, temperature: float, uniforms: np.ndarray
    ) -> tuple[State, np.ndarray]:
        """Draw points one after the other, each fed before the next: see `lstm.Network.draw`."""
        return self._network.draw(x, state, temperature, uniforms)

    def feed(self, points: np.ndarray, state: State) -> State:
        """Return the state after the points (N, 3) of one pen. Raise InkError if they are not finite numbers."""
        inputs = _inputs(points)[:, None]  # (N, 1, 3)
        for first in range(0, len(inputs), _FEED_CHUNK):
            trace = self._network.trace(inputs[first : first + _FEED_CHUNK], state)  # (t + 1, 1, H)
            state = State(trace.h[-1].copy(), trace.c[-1].copy())  # copies, so that the trace can be freed
        return state

    def line_states(self, points: np.ndarray, lead_in: int = 1) -> State:
        """Return the states over a line (N, 3): (N, H) each, where row i is the state that predicts point i."""
        inputs = _inputs(points)[:, None]  # (N, 1, 3)
        trace = self._network.trace(inputs[:-1], self.start(lead_in=lead_in))  # (N, 1, H), or (1, 1, H) for no points
        return State(trace.h[: len(inputs), 0], trace.c[: len(inputs), 0])

    def cells(self, points: np.ndarray, lead_in: int = 1) -> np.ndarray:
        """Return the cell states over a line (N, 3): (N, H), where row i is the state that predicts point i."""
        return self.line_states(points, lead_in).c

    def score(self, points: np.ndarray) -> Score:
        """Return how well the network predicts each point of a line (N, 3), given the true points before it.

        Negative log-likelihood, Graves (2013), equation 26. Raises InkError for numbers that are not finite.
        """
        return self.score_lines([points])[0]

    def score_lines(self, lines: Sequence[np.ndarray]) -> list[Score]:
        """Return `score` for many lines (N_i, 3), computed in batches of similar length.

        Raises InkError for numbers that are not finite.
        """
        scores: dict[int, Score] = {}
        order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
        for first in range(0, len(order), _SCORE_BATCH):
            group = order[first : first + _SCORE_BATCH]
            position, lift = self._score_batch([lines[i] for i in group])  # (T, B) each
            for column, i in enumerate(group):
                n = len(lines[i])
                scores[i] = Score(position[:n, column], lift[:n, column])
        return [scores[i] for i in range(len(lines))]

    def _score_batch(self, lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        batch, longest = len(lines), max(map(len, lines))
        targets, inputs = np.zeros((2, longest, batch, 3))  # (T, B, 3) each
        for column, line in enumerate(lines):
            targets[: len(line), column] = line
            inputs[: len(line), column] = _inputs(line)
        position, lift = np.empty((2, longest, batch))  # (T, B) each
        block = max(1, _HEAD_BATCH // batch)
        state = self.start(batch)
        for first in range(0, longest, block):
            rows = slice(first, min(first + block, longest))
            trace = self._network.trace(inputs[rows], state)  # (block + 1, B, H)
            state = State(trace.h[-1], trace.c[-1])
            before = State(*(part[:-1].reshape(-1, self.units) for part in trace))  # (block * B, H)
            density = self.head(before)
            truth = targets[rows].reshape(-1, 3)  # (block * B, 3)
            position[rows] = -mixture.log_density(density, truth[:, :2]).reshape(-1, batch)
            lift[rows] = -mixture.log_lift(density, truth[:, 2]).reshape(-1, batch)
        return position, lift

    def continue_(self, state: State, samples: int, steps: int, temperature: float, seed: Seed) -> np.ndarray:
        """Return continuations of one state (1, H), sampled autoregressively: (samples, steps, 3), float32.

        The seed is what numpy's default_rng takes: a non-negative integer, or several. A longer path starts with the
        steps of a shorter one. Raises ValueError for an invalid temperature or count.
        """
        return cooperative.run(self.continue_slices(state, samples, steps, temperature, seed))

    def continue_slices(
        self, state: State, samples: int, steps: int, temperature: float, seed: Seed
    ) -> Generator[int, None, np.ndarray]:
        """Run `continue_` in slices, yielding after each the number of steps that all samples have done.

        All samples share the first density: it is computed once and sampled many times.
        """
        _check_sampling_arguments(samples, steps, temperature)
        paths = yield from self._draw_slices(state, samples, steps, temperature, [np.random.default_rng(seed)])
        return paths[0].astype(np.float32, copy=False)

    def fan(self, points: np.ndarray, samples: int, steps: int, temperature: float, seed: int) -> np.ndarray:
        """Return sampled alternatives to each point of a line (N, 3): (N, samples, steps, 3), float32.

        Row i starts from the state that predicts point i and equals `continue_` there with the seed [seed, i], so a
        fan does not depend on which others are drawn.
        """
        states = self.line_states(points)
        return cooperative.run(
            self.fan_slices(states, samples, steps, temperature, [[seed, i] for i in range(len(points))])
        )

    def fan_slices(
        self, states: State, samples: int, steps: int, temperature: float, seeds: Sequence[Seed]
    ) -> Generator[int, None, np.ndarray]:
        """Sample continuations of each of P states (P, H): (P, samples, steps, 3), float32.

        The i-th result equals `continue_` with the i-th seed, to rounding; many are drawn together, because that is
        faster. Pauses every few milliseconds, yielding how many of the P are finished. Raises ValueError for an
        invalid temperature or count, or if there are not P seeds.
        """
        _check_sampling_arguments(samples, steps, temperature)
        pens = len(states.h)
        if len(seeds) != pens:
            raise ValueError(f"{pens} states need one seed each, not {len(seeds)}")
        paths = np.empty((pens, samples, steps, 3), np.float32)
        batch = max(1, self.backend.slice_rows // samples)
        for first in range(0, pens, batch):
            group = slice(first, min(first + batch, pens))  # of g states
            generators = [np.random.default_rng(seed) for seed in seeds[group]]
            state = State(states.h[group], states.c[group])
            paths[group] = yield from cooperative.with_progress(
                self._draw_slices(state, samples, steps, temperature, generators),
                lambda done, group=group: group.stop if done == steps else group.start,
            )
        return paths

    def _draw_slices(
        self,
        state: State,
        samples: int,
        steps: int,
        temperature: float,
        generators: list[np.random.Generator],
    ) -> Generator[int, None, np.ndarray]:
        """Draw paths from P states (P, H) with their generators: (P, samples, steps, 3), in the network's type.

        Pauses every few milliseconds, yielding how many steps all paths have done.
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
        for done in range(0, steps, together):
            now = slice(done, min(done + together, steps))
            uniforms = np.stack([rng.random((now.stop - done, samples, 4)) for rng in generators])  # (P, t, S, 4)
            for number, piece in enumerate(pieces):
                x = paths[:, piece, done - 1].reshape(-1, 3) if done else None  # drawn last, not yet fed
                states[number], paths[:, piece, now] = self.draw(
                    x, states[number], temperature, uniforms[:, :, piece]
                )
                yield now.stop if number == len(pieces) - 1 else done
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


def _check_sampling_arguments(samples: int, steps: int, temperature: float) -> None:
    """Raise ValueError for an invalid temperature, or for counts of samples and steps that cannot be drawn."""
    mixture.check_temperature(temperature)
    if samples < 1 or steps < 0:
        raise ValueError(f"cannot draw {samples} samples of {steps} steps")
