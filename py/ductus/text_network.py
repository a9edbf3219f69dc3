"""The network that writes a given text: one LSTM layer with Graves' soft window over the characters.

As in `ductus.model` a point is (dx, dy, lift), the state after point i predicts point i + 1, and a line begins from
the zero state after one input of zeros. The window's vector w goes into the layer at the next step and straight into
the head (Graves 2013, section 5.2):

    z = x W_xh + w' W_wh + h' W_hh + b_h      h', w' from the step before; the cell as in `ductus.lstm`
    w = window(h, kappa')                      `ductus.window`
    y = h W_hy + w W_wy + b_y                  `ductus.mixture`
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ductus import alphabet, guidance, mixture
from ductus.alphabet import TextError
from ductus.backend import Backend, default
from ductus.ink import as_points
from ductus.lstm import LSTM, State
from ductus.model import MAX_INPUT, Score, pen_clock
from ductus.sharing import Piece, Pool, one_call, share_chains
from ductus.weights import kinds
from ductus.weights.weights import Weights
from ductus.window import BEHIND, MARGIN, View, Window

_ROWS = 1024  # states that are computed and go through the head at once, to bound memory
_NO_PENS, _LAST = np.zeros(0, np.int64), np.array([-1])


class TextState(NamedTuple):
    """What the network remembers for B pens: h, c (B, H) of the layer, w (B, V), and where its window is."""

    h: np.ndarray
    c: np.ndarray
    w: np.ndarray
    view: View

    def take(self, pens: np.ndarray) -> TextState:
        """Return the states of these pens, by their numbers (P,), each as often as it is named."""
        return TextState(self.h[pens], self.c[pens], self.w[pens], View(*(part[pens] for part in self.view)))

    @classmethod
    def join(cls, states: Sequence[TextState]) -> TextState:
        """Return the states of all these pens, one after the other."""
        h, c, w = (np.concatenate([state[part] for state in states]) for part in range(3))
        alpha, beta, kappa, place = (np.concatenate([state.view[part] for state in states]) for part in range(4))
        return cls(h, c, w, View(alpha, beta, kappa, place))


class TextLayer:
    """The layer, its window and the head. `Backend.compile_text` returns a faster form of it."""

    def __init__(self, lstm: LSTM, window: Window, W_y: np.ndarray, b_y: np.ndarray, backend: Backend):
        """Take a layer of 3 + V inputs, its window over V symbols, W_y (H + V, O) and b_y (O,)."""
        self.lstm, self.window, self.W_y, self.b_y = lstm, window, W_y, b_y
        self.dtype, self._matmul = lstm.dtype, backend.matmul

    def step(self, x: np.ndarray, state: TextState, text: np.ndarray) -> TextState:
        """Return the state after one more point x (B, 3) for each pen; `text` is from `codes`."""
        inputs = np.concatenate([x, state.w], axis=1, dtype=self.dtype)  # (B, 3 + V)
        layer = self.lstm.step(inputs, State(state.h, state.c))
        view = self.window.move(layer.h, state.view.kappa)
        return TextState(*layer, self.window.look(view, text), view)

    def output(self, state: TextState) -> np.ndarray:
        """Return what the head says about the next point of each pen, (B, 1 + 6M)."""
        output = self._matmul(np.concatenate([state.h, state.w], axis=1), self.W_y)
        output += self.b_y
        return output

    def draw(
        self, x: np.ndarray, state: TextState, text: np.ndarray, temperature: float, uniforms: np.ndarray
    ) -> tuple[TextState, np.ndarray]:
        """Return `step` and a point (B, 3) sampled then for each pen, by uniforms (B, 4)."""
        state = self.step(x, state, text)
        return state, mixture.sample(self.output(state), temperature, uniforms)

    def trace(self, x: np.ndarray, state: TextState, text: np.ndarray, limit: float) -> TextState:
        """Return the states (n * B, H) after each of T points x (T, 3) that all of B pens are fed.

        Those of one point come after those of the point before. It ends before the first point, n < T, with which the
        first pen's window may have seen more than `limit` characters.
        """
        states = [state.take(_NO_PENS)]
        for point in x:  # (3,)
            state = self.step(np.repeat(point[None], len(state.h), axis=0), state, text)
            if self.window.reach(state.view)[0] > limit:
                break
            states.append(state)
        return TextState.join(states)

    def write(
        self,
        x: np.ndarray,
        state: TextState,
        text: np.ndarray,
        limit: float,
        temperature: float,
        strength: float,
        uniforms: np.ndarray,
    ) -> tuple[TextState, np.ndarray]:
        """Return the states, as `trace` does, and points (n, 3) that a pen writes, the first of them after x (1, 3).

        `uniforms` (T, 4) decide them; with two pens, one with the text and one without, they are drawn with guidance
        of this strength, by uniforms (T, guidance.UNIFORMS).
        """
        states, points = [state.take(_NO_PENS)], [np.empty((0, 3), self.dtype)]
        for chances in uniforms:
            state = self.trace(x, state, text, limit)
            if not len(state.h):
                break
            outputs = self.output(state)  # (B, 1 + 6M)
            if len(outputs) == 1:
                x = mixture.sample(outputs, temperature, chances[None])  # (1, 3)
            else:
                x = guidance.sample(outputs, temperature, strength, chances)  # (1, 3)
            states.append(state)
            points.append(x)
        return TextState.join(states), np.concatenate(points)


class TextNetwork:
    """A text network ready to run, in float32 or float64, on a backend (numpy by default).

    Several texts are shared with a pool of other workers, if there is one.

    Raises WeightsError if the weights are not of a text network, or their pen clock is unknown.
    """

    def __init__(self, weights: Weights, dtype=np.float32, backend: Backend | None = None, pool: Pool | None = None):
        weights.require(kinds.TEXT)
        self.weights, self.backend, self.pool = weights, backend or default(), pool
        self.units, self.components = weights.units, weights.components
        self.units_per_x_height: float | None = weights.metadata["units_per_x_height"]
        self.clock = pen_clock(weights)
        array = {name: weights.array(name, np.float64) for name in weights.arrays}
        inputs = np.concatenate([array["W_xh"], array["W_wh"]])  # (3 + V, 4H)
        lstm = LSTM(inputs, array["W_hh"], array["b_h"], weights.metadata["forget_bias"], dtype, self.backend)
        self.window = Window(array["W_hk"], array["b_k"], alphabet.SYMBOLS, dtype, self.backend)
        W_y = np.concatenate([array["W_hy"], array["W_wy"]]).astype(dtype)  # (H + V, 1 + 6M)
        layer = TextLayer(lstm, self.window, W_y, array["b_y"].astype(dtype), self.backend)
        self._layer, self.dtype = self.backend.compile_text(layer), lstm.dtype

    def start(self, text: str, batch: int = 1) -> TextState:
        """Return the state before any ink, (batch, H). Raises TextError for a text that cannot be written."""
        return self.step(np.zeros((batch, 3)), self.rest(batch), codes(text))

    def rest(self, batch: int = 1) -> TextState:
        """Return the zero state, before the first input of zeros."""
        zero = np.zeros((batch, self.window.gaussians), self.dtype)
        h, c = np.zeros((2, batch, self.units), self.dtype)
        w = np.zeros((batch, self.window.symbols), self.dtype)
        return TextState(h, c, w, View(zero, zero, zero, zero[:, 0]))

    def beside_unread(self, state: TextState) -> TextState:
        """Return one pen's state and, for `guided`, the zero state of another beside it that sees no text."""
        rest = self.rest()
        away = rest.view.kappa + np.asarray(guidance.BEYOND, self.dtype)  # (1, K)
        h, c, w = (np.concatenate(pair) for pair in zip(state[:3], rest[:3], strict=True))
        unread = rest.view._replace(kappa=away, place=away[:, 0])
        alpha, beta, kappa, place = (np.concatenate(pair) for pair in zip(state.view, unread, strict=True))
        return TextState(h, c, w, View(alpha, beta, kappa, place))

    def step(self, x: np.ndarray, state: TextState, text: np.ndarray) -> TextState:
        """Return the state after one more point x (B, 3) for each pen; `text` is from `codes`."""
        return self._layer.step(x, state, text)

    def output(self, state: TextState) -> np.ndarray:
        """Return what the head says about the next point of each pen, (B, 1 + 6M)."""
        return self._layer.output(state)

    def draw(
        self, x: np.ndarray, state: TextState, text: np.ndarray, temperature: float, uniforms: np.ndarray
    ) -> tuple[TextState, np.ndarray]:
        """Return the state after one more point x (B, 3) for each pen, and the points (B, 3) sampled from it.

        `text` is from `codes`; `uniforms` (B, 4) decide the points, as in `mixture.sample`. Raises ValueError for an
        invalid temperature.
        """
        return self._layer.draw(x, state, text, temperature, uniforms)

    def tracing(self, x: np.ndarray, state: TextState, text: np.ndarray, limit: float) -> Piece:
        """Return the work of `TextLayer.trace`; `text` is from `codes`."""
        return one_call(self._layer, "trace", x, state, text, limit)

    def writing(
        self,
        x: np.ndarray,
        state: TextState,
        text: np.ndarray,
        limit: float,
        temperature: float,
        strength: float,
        uniforms: np.ndarray,
    ) -> Piece:
        """Return the work of `TextLayer.write`, for one pen or the two of `beside_unread`; `text` is from `codes`."""
        return one_call(self._layer, "write", x, state, text, limit, temperature, strength, uniforms)

    def share_chains(
        self, chains: Sequence[Generator[Piece, Any, Any]], points: int = 0
    ) -> Generator[int, None, list]:
        """Return what these chains of pieces return, of this many points in all: see `sharing.share_chains`."""
        return share_chains(chains, self._layer, self.pool, points)

    def feed(self, points: np.ndarray, state: TextState, text: str) -> TextState:
        """Return the state after the points (N, 3) of one pen. Raises InkError if they are not finite numbers."""
        inputs, codes_ = _inputs(points), codes(text)
        for first in range(0, len(inputs), _ROWS):
            state = self._layer.trace(inputs[first : first + _ROWS], state, codes_, np.inf).take(_LAST)
        return state

    def score(self, points: np.ndarray, text: str) -> Score:
        """Return how well the network foresees each point of a line (N, 3) that says `text`: nats, (N,) each.

        Teacher-forced, the first point included. Raises InkError, TextError.
        """
        inputs, codes_, truth = _inputs(points), codes(text), as_points(points)
        inputs = np.concatenate([np.zeros((1, 3)), inputs[:-1]])  # (N, 3)
        state, position, lift = self.rest(), np.empty(len(truth)), np.empty(len(truth))
        for first in range(0, len(truth), _ROWS):
            rows = slice(first, first + _ROWS)
            states = self._layer.trace(inputs[rows], state, codes_, np.inf)
            density, state = mixture.split(self.output(states)), states.take(_LAST)
            position[rows] = -mixture.log_density(density, truth[rows, :2])
            lift[rows] = -mixture.log_lift(density, truth[rows, 2])
        return Score(position, lift)


def codes(text: str) -> np.ndarray:
    """Return a text as the window takes it. Raises TextError if it is empty or a character cannot be written."""
    if not text:
        raise TextError("there is no text to write")
    return alphabet.encode(text, BEHIND, MARGIN)


def _inputs(points: np.ndarray) -> np.ndarray:
    """Return points (N, 3) as the network takes them. Raises InkError for anything else."""
    return np.clip(as_points(points), -MAX_INPUT, MAX_INPUT)
