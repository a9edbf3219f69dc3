"""The network as a reader and a writer of ink: feed, score, continue, fan, write.

A point is (dx, dy, lift): the offset from the point before in model units, y down, lift = 1 on the last point of a
stroke. The alignment is the same everywhere: the state after point i predicts point i + 1. A line starts from the
zero state after one input of zeros, so that the state before point 0 follows a step like every other.

`interventions` are those of `ductus.intervention`; without any, nothing changes, to the last bit. A state that is
given is not acted on: it is one that `start`, `feed` or `line_states` returned with the same interventions.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ductus import intervention, mixture
from ductus.backend import Backend, default
from ductus.drawing import PathDrawing
from ductus.drawing import Seed as Seed
from ductus.ink import InkError, as_points
from ductus.intervention import Intervention, Interventions, Plan, plan_of
from ductus.lstm import LSTM, Network, State
from ductus.mixture import Mixture
from ductus.resample import PenClock
from ductus.sharing import Piece, Pool, one_call, share_chains
from ductus.weights import kinds
from ductus.weights.weights import Weights, WeightsError

# A larger offset tells the network nothing more; float32 products of this one stay finite.
MAX_INPUT = 1e6
# Rows that go through the head together, and lines that are scored together: both bound memory.
_HEAD_BATCH, _SCORE_BATCH = 4096, 128
# Points that are fed in one call: it bounds the memory of the states along the way.
_FEED_CHUNK = 256
# Chains of readings for each core, so that no core waits for another; and a chain's rows are a multiple of this, the
# side module's band.
_CHAINS, _ROWS = 5, 6


class Score(NamedTuple):
    """Negative log-likelihood of each point of a line, in nats: (N,) each; smaller is better."""

    position: np.ndarray
    lift: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Return position and lift together: (N,)."""
        return self.position + self.lift


class Model(PathDrawing):
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

    def trace(self, x: np.ndarray, state: State, plan: Plan | None = None, first: int = 1) -> State:
        """Return all states along inputs x (T, B, 3) of B pens: see `intervention.trace`."""
        return intervention.trace(self._network, x, state, plan, first)

    def reading(
        self, x: np.ndarray, truth: np.ndarray, state: State, plan: Plan | None = None, first: int = 1
    ) -> Piece:
        """Return the work of feeding T points x (T, 3) to B pens alike, whose state (B, H) is given.

        Its result is their state then, and `mixture.facts` (T, B, 5) about the T points that come then, truth (T, 3).
        `first` is the number of the first step; the plan must be the same in all of them.
        """
        change = plan and plan.change(first, state.c)
        return one_call(self._network, "read", np.clip(x, -MAX_INPUT, MAX_INPUT), truth, state, change)

    @property
    def slice_points(self) -> int:
        """The points of one pen that `trace` takes in a short slice of time, some 3 ms in a browser."""
        return max(1, self.backend.slice_rows * self.backend.slice_steps // 8)

    def reading_size(self, rows: int) -> tuple[int, int]:
        """Return how many of these rows to read together, and how many points to read in one call."""
        most, together = self.backend.slice_rows, rows
        if self.pool and self.pool.size:
            executors = _CHAINS * (self.pool.size + 1)
            together = -(-rows // (executors * _ROWS)) * _ROWS
        together = max(1, min(together, most))
        return together, max(1, most * self.backend.slice_steps // max(2, together))

    def share_chains(self, chains: Sequence[Generator[Piece, Any, Any]], points: int) -> Generator[int, None, list]:
        """Return what these chains of pieces return, of this many points in all: see `sharing.share_chains`."""
        return share_chains(chains, self._network, self.pool, points)

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
