"""The LSTM cell, one step for a batch of pens at once.

Gates in the order i, g, f, o (input, candidate, forget, output), as in the 2016 article's network:

    z  = [x, h] W + b                            Graves (2013), equations 7-11, without peepholes
    c' = c sigmoid(f) + tanh(g) sigmoid(i)
    h' = tanh(c') sigmoid(o)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ductus.backend import numpy


class State(NamedTuple):
    """What the network remembers of the ink so far: hidden state h (B, H) and cell state c (B, H)."""

    h: np.ndarray
    c: np.ndarray


class LSTM:
    """A layer of H cells.

    The logistic function is 0.5 + 0.5 tanh(z / 2): with the halves folded into W and b once, a step needs one tanh
    over all 4H gates. The forget bias is folded in as well.
    """

    def __init__(self, W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray, forget_bias: float, dtype=np.float32):
        """W_xh (I, 4H), W_hh (H, 4H), b_h (4H,)."""
        units = W_hh.shape[0]
        half = np.full(4 * units, 0.5)  # (4H,)
        half[units : 2 * units] = 1.0  # the candidate g is a tanh already
        bias = b_h.astype(np.float64)  # (4H,), a copy
        bias[2 * units : 3 * units] += forget_bias
        self.units, self.inputs = units, len(W_xh)
        self.dtype = np.dtype(dtype)
        self.W = (np.concatenate([W_xh, W_hh]) * half).astype(dtype)  # (I + H, 4H), halved as above
        self.b = (bias * half).astype(dtype)  # (4H,)

    def zero_state(self, batch: int) -> State:
        """The state before any ink."""
        return State(np.zeros((batch, self.units), self.dtype), np.zeros((batch, self.units), self.dtype))

    def step(self, x: np.ndarray, state: State) -> State:
        """The state after the input x (B, I). The state given stays as it is."""
        z = numpy.matmul(np.concatenate([x, state.h], axis=1, dtype=self.dtype), self.W)  # (B, 4H)
        z += self.b
        return self._gates(z, state.c)

    def part(self, x: np.ndarray, state: State) -> State:
        """The states (B * S, H) after S different inputs to each of B pens, x (B * S, I), a pen's own in a row.

        The product with h, which is nearly all the work, is the same for all S, and is done once a pen.
        """
        samples = len(x) // max(1, len(state.h))
        shared = numpy.matmul(state.h, self.W[self.inputs :])  # (B, 4H)
        shared += self.b
        z = numpy.matmul(x.astype(self.dtype), self.W[: self.inputs])  # (B * S, 4H)
        z += np.repeat(shared, samples, axis=0)
        return self._gates(z, np.repeat(state.c, samples, axis=0))

    def _gates(self, z: np.ndarray, c: np.ndarray) -> State:
        """The new state from the gates' inputs z (B, 4H), which is overwritten, and the cells c (B, H)."""
        H = self.units
        np.tanh(z, out=z)
        i, g, f, o = z[:, :H], z[:, H : 2 * H], z[:, 2 * H : 3 * H], z[:, 3 * H :]  # each (B, H), views of z
        i += 1  # twice the logistic function, like f and o below
        f += 1
        o += 1
        c = c * f  # (B, H)
        i *= g
        c += i
        c *= 0.5
        h = np.tanh(c)  # (B, H)
        h *= o
        h *= 0.5
        return State(h, c)


class Network:
    """The layer and the head on it, W_y (H, O) and b_y (O,): what `kernel.network` has a faster form of."""

    def __init__(self, lstm: LSTM, W_y: np.ndarray, b_y: np.ndarray):
        self.lstm, self.W_y, self.b_y = lstm, W_y, b_y
        self.dtype = lstm.dtype

    def output(self, h: np.ndarray) -> np.ndarray:
        """What the head makes of hidden states (B, H): (B, O)."""
        output = numpy.matmul(h, self.W_y)  # (B, O)
        output += self.b_y
        return output

    def step(self, x: np.ndarray, state: State) -> State:
        """The states after one input to each of B pens, x (B, I), or after S ways for each to go on, x (B * S, I)."""
        return self.lstm.step(x, state) if len(x) == len(state.h) else self.lstm.part(x, state)

    def advance(self, x: np.ndarray, state: State) -> tuple[State, np.ndarray]:
        """`step`, and what the head says of the new states."""
        state = self.step(x, state)
        return state, self.output(state.h)

    def trace(self, x: np.ndarray, state: State) -> State:
        """All states on the way through T inputs x (T, B, I): (T + 1, B, H); the first is the state given."""
        h, c = np.empty((2, len(x) + 1, *state.h.shape), self.dtype)  # (T + 1, B, H) each
        h[0], c[0] = state
        for t, inputs in enumerate(x):  # (B, I)
            state = self.step(inputs, state)
            h[t + 1], c[t + 1] = state
        return State(h, c)
