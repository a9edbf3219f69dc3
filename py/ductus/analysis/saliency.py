"""Which past ink a prediction depends on: its gradient by every earlier point, backwards through time.

For an LSTM layer (`ductus.lstm`; Hochreiter and Schmidhuber, 1997; Gers, Schmidhuber and Cummins, 2000) that made the
states h', c' from the input x and the states h, c, with i, g, f, o its gates:

    dc' += dh' o (1 - tanh(c')^2)
    dz_i = dc' g i (1 - i)      dz_g = dc' i (1 - g^2)      dz_f = dc' c f (1 - f)      dz_o = dh' tanh(c') o (1 - o)
    dx = dz W_x^T               dh = dz W_h^T               dc = dc' f

A gradient is by the offsets of the points, in model units, and by their lifts as if these were any number.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus import cooperative, mixture
from ductus.ink import InkError, as_points
from ductus.lstm import State
from ductus.model import MAX_INPUT, Model

POINT, LIFT, CELL = TARGETS = ("point", "lift", "cell")
# Points whose gates are computed together, and steps back between two pauses: a few milliseconds in a browser.
_POINTS, _STEPS = 32, 16


class Saliency(NamedTuple):
    """A number that the network says at a point i of a line, and its gradient by the points before.

    value is log p(point i) in nats, the chance of a lift there, or a cell's value; gradient (i, 3) by dx, dy, lift.
    """

    value: float
    gradient: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """The size of the gradient by each point's offset: (i,)."""
        return np.hypot(self.gradient[:, 0], self.gradient[:, 1])


class Backward:
    """The backward pass of a model, whose matrices are prepared once."""

    def __init__(self, model: Model):
        lstm = model.lstm
        self.model, self.units, self.dtype = model, lstm.units, lstm.dtype
        self._gates, self._b = model.backend.multiplier(lstm.W), lstm.b
        self._to_h = model.backend.multiplier(lstm.W[lstm.inputs :].T.copy())  # (4H, H)
        self._to_x = lstm.W[: lstm.inputs].T.copy()  # (4H, 3)

    def slices(
        self, x: np.ndarray, states: State, dh: np.ndarray, dc: np.ndarray
    ) -> Generator[None, None, np.ndarray]:
        """Return the gradient by inputs x (T, B, 3), (T, B, 3), for one by the last states, dh and dc (B, H).

        `states` (T + 1, B, H) are those before each input and after the last. Pauses every few milliseconds.
        """
        times, pens, H = len(x), len(dh), self.units
        gradient = np.empty((times, pens, x.shape[2]), self.dtype)
        dh, dc = dh.astype(self.dtype), dc.astype(self.dtype)  # copies
        for end in range(times, 0, -_POINTS):
            rows = slice(max(0, end - _POINTS), end)
            through_h, through_c, forget = self._factors(x[rows], states, rows)
            dz = np.empty((end - rows.start, pens, 4, H), self.dtype)  # by the folded inputs of the gates
            yield
            for t in range(end - rows.start - 1, -1, -1):
                dc += dh * through_h[t, :, 1]
                np.multiply(dc[:, None], through_c[t], out=dz[t, :, :3])
                np.multiply(dh, through_h[t, :, 0], out=dz[t, :, 3])
                dc *= forget[t]
                dh = self._to_h(dz[t].reshape(pens, -1))
                if t % _STEPS == 0:
                    yield
            gradient[rows] = (dz.reshape(-1, 4 * H) @ self._to_x).reshape(-1, pens, x.shape[2])
        return gradient

    def _factors(self, x: np.ndarray, states: State, rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what turns dh' into dz_o and dc' (n, B, 2, H), dc' into dz_i, dz_g, dz_f (n, B, 3, H), and f.

        The inputs of i, f and o are folded (`lstm.LSTM`): their gates are (1 + tanh z) / 2.
        """
        h, c = states.h[rows], states.c[rows]  # (n, B, H)
        z = self._gates(np.concatenate([x, h], axis=2, dtype=self.dtype).reshape(-1, x.shape[2] + self.units))
        z += self._b
        gates = np.tanh(z, out=z).reshape(*h.shape[:2], 4, self.units)  # (n, B, 4, H)
        slopes = 1 - gates * gates
        after = np.tanh(states.c[rows.start + 1 : rows.stop + 1])  # (n, B, H)
        i, g, f, o = np.moveaxis(gates, 2, 0)
        through_h = np.stack([after * slopes[:, :, 3], (1 + o) * (1 - after * after)], axis=2)
        through_h *= 0.5
        slopes[:, :, 0] *= 0.5 * g
        slopes[:, :, 1] *= 0.5 * (1 + i)
        slopes[:, :, 2] *= 0.5 * c
        return through_h, slopes[:, :, :3], 0.5 * (1 + f)


def target(
    model: Model, state: State, truth: np.ndarray | None, of: str = POINT, cell: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a target's values (B,) at B states (B, H), and their gradients dh and dc (B, H).

    `truth` (B, 3) are the points that come next, which the target "point" needs. Raises ValueError for another target
    than TARGETS, and for a cell that does not exist.
    """
    dh, dc = np.zeros((2, *state.h.shape), state.h.dtype)
    if of == CELL:
        if not 0 <= cell < model.units:
            raise ValueError(f"there is no cell {cell}; the network has {model.units}, 0 to {model.units - 1}")
        dc[:, cell] = 1
        return state.c[:, cell].astype(np.float64), dh, dc
    output = model.output(state)  # (B, 1 + 6M)
    density = mixture.split(output)
    if of == LIFT:
        value = mixture.lift_probability(density)
        return value, ((value * (1 - value))[:, None] * model.W_y[:, 0]).astype(dh.dtype), dc
    if of != POINT or truth is None:
        raise ValueError(f"there is no target {of!r} of a gradient, only {', '.join(TARGETS)}")
    value = mixture.log_density(density, truth[:, :2]) + mixture.log_lift(density, truth[:, 2])
    return value, (mixture.log_probability_gradient(output, truth) @ model.W_y.T).astype(dh.dtype), dc


def saliency(model: Model, points: np.ndarray, point: int, of: str = POINT, cell: int = 0) -> Saliency:
    """Run `saliency_slices` on a line (N, 3) of which nothing is known yet."""
    return cooperative.run(saliency_slices(Backward(model), points, model.line_states(points), point, of, cell))


def saliency_slices(
    backward: Backward, points: np.ndarray, states: State, point: int, of: str = POINT, cell: int = 0
) -> Generator[None, None, Saliency]:
    """Return the gradient of what the network says at a point of a line (N, 3), by all points before; with pauses.

    `states` (N, H) are those of the line, up to that point at least. Raises InkError for a point beyond the line,
    ValueError for an unknown target or cell.
    """
    line = as_points(points)
    check_point(line, point)
    before = State(*(part[: point + 1, None] for part in states))  # (i + 1, 1, H)
    last = State(before.h[-1], before.c[-1])
    value, dh, dc = target(backward.model, last, line[point : point + 1], of, cell)
    inputs = np.clip(line[:point, None], -MAX_INPUT, MAX_INPUT)  # (i, 1, 3)
    gradient = yield from backward.slices(inputs, before, dh, dc)
    return Saliency(float(value[0]), gradient[:, 0])


def check_point(points: np.ndarray, point: int) -> None:
    """Raise InkError unless a line (N, 3) has this point."""
    if not 0 <= point < len(points):
        raise InkError(f"there is no point {point}; the line has {len(points):,}, from 0 on")


def reach(sizes: np.ndarray, share: float) -> int:
    """Return how many of the last points hold this share of all the gradient's sizes (i,): its reach back."""
    back = np.cumsum(sizes[::-1], dtype=np.float64)
    return int(np.searchsorted(back, share * back[-1])) + 1 if len(back) else 0
