"""The LSTM, one step for a batch of pens at once, and the network's head.

Gates in the order i, g, f, o (input, candidate, forget, output), as in the 2016 article's network:

    z  = [x, h] W + b                            Graves (2013), equations 7-11, without peepholes
    c' = c sigmoid(f) + tanh(g) sigmoid(i)
    h' = tanh(c') sigmoid(o)
    y  = h' W_y + b_y                            equation 17, of one layer

Axes: B pens, S samples for each, T steps, I inputs, H units, O outputs.
"""

from __future__ import annotations

import numpy as np

from ductus import mixture
from ductus.backend import Backend, default
from ductus.backend.numpy import CellChange, State, check_change

__all__ = ["LSTM", "Network", "State"]


class LSTM:
    """A layer of H cells.

    The logistic function is 0.5 + 0.5 tanh(z / 2): with the halves folded into W and b once, a step needs one tanh
    over all 4H gates. The forget bias is folded in as well.
    """

    def __init__(
        self,
        W_xh: np.ndarray,  # (I, 4H)
        W_hh: np.ndarray,  # (H, 4H)
        b_h: np.ndarray,  # (4H,)
        forget_bias: float,  # added to b_h for the gate f
        dtype: np.typing.DTypeLike = np.float32,  # of weights and states
        backend: Backend | None = None,  # of the matrix products; numpy by default
    ):
        units = W_hh.shape[0]
        half = np.full(4 * units, 0.5)  # (4H,)
        half[units : 2 * units] = 1.0  # the candidate g is a tanh already
        bias = b_h.astype(np.float64)  # (4H,), a copy
        bias[2 * units : 3 * units] += forget_bias
        self.units, self.inputs = units, len(W_xh)
        self.dtype = np.dtype(dtype)
        self.W = (np.concatenate([W_xh, W_hh]) * half).astype(dtype)  # (I + H, 4H), halved as above
        self.b = (bias * half).astype(dtype)  # (4H,)
        self.matmul = (backend or default()).matmul

    def zero_state(self, batch: int) -> State:
        """Return the state before any ink, (batch, H)."""
        return State(np.zeros((batch, self.units), self.dtype), np.zeros((batch, self.units), self.dtype))

    def step(self, x: np.ndarray, state: State, change: CellChange | None = None) -> State:
        """Return the state after the input x (B, I). The given state is not changed."""
        z = self.matmul(np.concatenate([x, state.h], axis=1, dtype=self.dtype), self.W)  # (B, 4H)
        z += self.b
        return self._gates(z, state.c, change)

    def branch(self, x: np.ndarray, state: State, change: CellChange | None = None) -> State:
        """Return the states (B * S, H) after S different inputs for each of B pens, x (B * S, I), pen by pen.

        The product with h, which is nearly all the work, is the same for all S, so it is computed once per pen.
        """
        samples = len(x) // max(1, len(state.h))
        shared = self.matmul(state.h, self.W[self.inputs :])  # (B, 4H)
        shared += self.b
        z = self.matmul(x.astype(self.dtype), self.W[: self.inputs])  # (B * S, 4H)
        z += np.repeat(shared, samples, axis=0)
        return self._gates(z, np.repeat(state.c, samples, axis=0), change)

    def _gates(self, z: np.ndarray, c: np.ndarray, change: CellChange | None) -> State:
        """Return the new state for the gates' inputs z (B, 4H), which is overwritten, and the cells c (B, H)."""
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
        if change is not None:
            each = check_change(change, len(c), H)
            c *= np.repeat(change.scale, each, axis=0)
            c += np.repeat(change.value, each, axis=0)
        h = np.tanh(c)  # (B, H)
        h *= o
        h *= 0.5
        return State(h, c)


class Network:
    """The layer and the head on it, W_y (H, O) and b_y (O,). `Backend.compile` returns a faster form of it."""

    def __init__(self, lstm: LSTM, W_y: np.ndarray, b_y: np.ndarray):
        self.lstm, self.W_y, self.b_y = lstm, W_y, b_y
        self.dtype = lstm.dtype

    def output(self, h: np.ndarray) -> np.ndarray:
        """Return the raw head output (B, O) for hidden states (B, H)."""
        output = self.lstm.matmul(h, self.W_y)  # (B, O)
        output += self.b_y
        return output

    def step(self, x: np.ndarray, state: State, change: CellChange | None = None) -> State:
        """Return the states after one input for each of B pens, x (B, I), or after S each, x (B * S, I)."""
        return (self.lstm.step if len(x) == len(state.h) else self.lstm.branch)(x, state, change)

    def advance(self, x: np.ndarray, state: State, change: CellChange | None = None) -> tuple[State, np.ndarray]:
        """Return `step` and the raw head output for the new states."""
        state = self.step(x, state, change)
        return state, self.output(state.h)

    def draw(
        self,
        x: np.ndarray | None,
        state: State,
        temperature: float,
        uniforms: np.ndarray,
        change: CellChange | None = None,
    ) -> tuple[State, np.ndarray]:
        """Draw T points for each of S samples of B pens, one after the other, each fed before the next.

        `uniforms` (B, T, S, 4) decide them, as in `mixture.sample`. The paths begin in `state`: with x None it
        predicts their first points; otherwise x (B * S, 3) are the points that were drawn from it last. Either way
        it may be one for each pen, (B, H), or one for each sample, (B * S, H). `change` is made to the cells in each
        step, not to those of `state`.

        Returns the state that the last points were drawn from, and the paths (B, S, T, 3) in the network's type. So
        paths are continued with their last points and that state. Raises ValueError for an invalid temperature.
        """
        pens, steps, samples = uniforms.shape[:3]
        paths = np.empty((pens, samples, steps, 3), self.dtype)
        for t in range(steps):
            if x is None:
                output = self.output(state.h)  # (B, O): the samples of a pen share it
            else:
                state, output = self.advance(x, state, change)  # (B * S, H) and (B * S, O)
            x = mixture.sample(output, temperature, uniforms[:, t].reshape(-1, 4))  # (B * S, 3)
            paths[:, :, t] = x.reshape(pens, samples, 3)
        return state, paths

    def read(
        self, x: np.ndarray, truth: np.ndarray, state: State, change: CellChange | None = None
    ) -> tuple[State, np.ndarray]:
        """Feed T points x (T, I) to B pens alike; return their states then, and `mixture.facts` of each step.

        The facts (T, B, 5) are about the T points that come then, truth (T, 3). `change` is as in `draw`.
        """
        pens = len(state.h)
        trace = self.trace(np.repeat(x[:, None], pens, axis=1), state, change)  # (T + 1, B, H)
        output = self.output(trace.h[1:].reshape(-1, self.lstm.units))  # (T * B, O)
        facts = mixture.facts(output, np.repeat(truth, pens, axis=0)).reshape(len(x), pens, 5)
        return State(trace.h[-1].copy(), trace.c[-1].copy()), facts  # copies, so that the trace can be freed

    def trace(self, x: np.ndarray, state: State, change: CellChange | None = None) -> State:
        """Return all states along T inputs x (T, B, I): (T + 1, B, H), the given state first."""
        h, c = np.empty((2, len(x) + 1, *state.h.shape), self.dtype)  # (T + 1, B, H) each
        h[0], c[0] = state
        for t, inputs in enumerate(x):  # (B, I)
            state = self.step(inputs, state, change)
            h[t + 1], c[t + 1] = state
        return State(h, c)
