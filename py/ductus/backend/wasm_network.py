"""A `lstm.Network` in the WebAssembly SIMD backend."""

from __future__ import annotations

import ctypes
from ctypes import c_void_p
from typing import Any

import numpy as np

from ductus.backend.numpy import CellChange, State, check_change
from ductus.backend.remote import Call, RemoteNetwork
from ductus.backend.routines import (
    FACTS,
    GROUP,
    PANEL,
    ROWS,
    Change,
    Draw,
    NetworkArrays,
    Read,
    Step,
    address,
    as_float32,
)

# Numbers of a component in the head's output; the first number is the lift's.
_BLOCKS = 6


class PackedNetwork:
    """The arrays of a layer of H cells and its head as the side module takes them; all in float32.

    What goes from one step into the next, and into the head, has W numbers: the H of the hidden state and then, in a
    network with a window, what the window saw.
    """

    def __init__(
        self, backend: Any, W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray, W_y: np.ndarray, b_y: np.ndarray
    ):
        """Copy W_x (3, 4H), W_h (W, 4H), b (4H,), W_y (W, O) and b_y (O,). Raise ValueError for other inputs."""
        if len(W_x) != 3:
            raise ValueError(f"the side module runs networks of 3 inputs, not {len(W_x)}")
        self._backend, self._head_bias, self.dtype = backend, b_y, np.dtype(np.float32)
        H, groups = len(b) // 4, -(-len(b) // 4 // PANEL)
        # For every 8 units in turn the gates i, g, f, o; units that fill up the last 8 have zero weights.
        W = np.zeros((3 + len(W_h), 4, groups * PANEL), np.float32)
        W[:3, :, :H], W[3:, :, :H] = W_x.reshape(3, 4, H), W_h.reshape(-1, 4, H)
        W = W.reshape(-1, 4, groups, PANEL).swapaxes(1, 2).reshape(-1, groups * GROUP)
        bias = np.zeros((4, groups * PANEL), np.float32)
        bias[:, :H] = b.reshape(4, H)
        self._W_x = W[:3].reshape(3, groups, GROUP).swapaxes(0, 1).copy()  # (H / 8, 3, 32)
        self._W_h = backend.pack(as_float32(W[3:]))  # (H / 2, W, 8)
        self._b = bias.reshape(4, groups, PANEL).swapaxes(0, 1).ravel().copy()  # (32 H / 8,)
        self.units, self.width, self.outputs = H, len(W_h), W_y.shape[1]
        self._W_y = backend.pack(as_float32(W_y))
        self._b_y = np.zeros(self._W_y.shape[0] * PANEL, np.float32)
        self._b_y[: self.outputs] = b_y
        self._bands, self._z, self._output = (
            np.empty((ROWS, width), np.float32) for width in (self.width, GROUP, self.outputs)
        )
        self._cumulative = np.empty(self.outputs // _BLOCKS, np.float64)
        # These arrays belong to this object and never move, so their addresses are taken once.
        own = (field[0] for field in NetworkArrays._fields_ if field[1] is c_void_p)
        self._arrays = {name: getattr(self, f"_{name}") for name in own}
        addresses = {name: array.ctypes.data for name, array in self._arrays.items()}
        self._structure = NetworkArrays(units=H, width=self.width, outputs=self.outputs, **addresses)

    def head(self, features: np.ndarray) -> np.ndarray:
        """Return the head's raw numbers (B, O) for features (B, W)."""
        output = self._backend.multiply_packed(as_float32(features), self._W_y, self.outputs)  # (B, O)
        output += self._head_bias
        return output

    def check_head(self) -> None:
        """Raise ValueError if the head is no density of points."""
        if self.outputs != 1 + _BLOCKS * len(self._cumulative) or not len(self._cumulative):
            raise ValueError(f"no point can be sampled from {self.outputs} numbers of a head")

    def check_sampling(self, temperature: float) -> None:
        """Raise ValueError if points cannot be sampled from the head, or not at this temperature."""
        self.check_head()
        if not 0 <= temperature < np.inf:
            raise ValueError(f"the temperature must be a finite number, 0 or more, not {temperature!r}")


class WasmNetwork(PackedNetwork):
    """A `lstm.Network` whose steps run in the side module. Inputs are (dx, dy, lift)."""

    def __init__(self, backend: Any, network):
        lstm = network.lstm
        super().__init__(backend, lstm.W[: lstm.inputs], lstm.W[lstm.inputs :], lstm.b, network.W_y, network.b_y)
        self._x = np.empty((ROWS, 3), np.float32)
        self._call, self._x_at = Step(network=ctypes.pointer(self._structure)), self._x.ctypes.data
        # The last state made here, its number of pens and its addresses: usually it is the next step's input.
        self._last, self._last_at = None, (0, 0, 0)

    def output(self, h: np.ndarray) -> np.ndarray:
        """Return the head's raw numbers (B, O) for hidden states (B, H)."""
        return self.head(h)

    def step(self, x: np.ndarray, state: State) -> State:
        """Return the states after one input for each of B pens, x (B, 3), or after S each, x (B * S, 3)."""
        return self._step(x, state, 0)

    def advance(self, x: np.ndarray, state: State) -> tuple[State, np.ndarray]:
        """Return `step` and the head's raw numbers for the new states."""
        output = np.empty((len(x), self.outputs), np.float32)  # (B * S, O)
        return self._step(x, state, output.ctypes.data), output

    def draw(
        self,
        x: np.ndarray | None,
        state: State,
        temperature: float,
        uniforms: np.ndarray,
        change: CellChange | None = None,
    ) -> tuple[State, np.ndarray]:
        """Draw T points for each of S samples of B pens, from uniforms (B, T, S, 4): see `lstm.Network.draw`.

        The bits of a sample do not depend on which others are drawn in the same call.
        """
        pens, steps, samples = uniforms.shape[:3]
        rows, H, states = pens * samples, self.units, len(state.h)
        alike = self._alike(state, temperature, uniforms)
        h, c, uniforms = as_float32(state.h), as_float32(state.c), np.ascontiguousarray(uniforms, np.float64)
        paths = np.empty((pens, samples, steps, 3), np.float32)
        call = Draw(ctypes.pointer(self._structure), rows, samples, steps, alike, temperature)
        call.h, call.c = address(h, np.float32, states, H), address(c, np.float32, states, H)
        call.uniforms, call.paths = address(uniforms, np.float64, pens, steps, samples, 4), paths.ctypes.data
        if x is not None:
            x = as_float32(x)
            call.x = address(x, np.float32, rows, 3)
        if steps > (x is None):  # something is fed
            state = State(*np.empty((2, rows, H), np.float32))
            call.h_out, call.c_out = (part.ctypes.data for part in state)
        if change is not None:
            change = CellChange(*map(as_float32, change))
            call.change = self._changes(change, rows)
        self._backend.routines["draw"](call)
        return state, paths

    def remote(self) -> RemoteNetwork:
        """Return this network for the memory of another worker."""
        return RemoteNetwork(self._arrays, self.units, self.width, self.outputs)

    def remote_draw(self, remote: RemoteNetwork, state: State, temperature: float, uniforms: np.ndarray) -> Call:
        """Return the `draw` of paths that begin in a state, for another worker: their bits are the same."""
        alike = self._alike(state, temperature, uniforms)
        for part in state:
            address(part, np.float32, len(state.h), self.units)
        return remote.draw(state, alike, temperature, uniforms)

    def read(
        self, x: np.ndarray, truth: np.ndarray, state: State, change: CellChange | None = None
    ) -> tuple[State, np.ndarray]:
        """Feed T points x (T, 3) to B pens alike; return their states, and facts (T, B, 5): see `lstm.Network.read`.

        The bits of a pen do not depend on which others are fed in the same call.
        """
        x, truth, change = self._readable(x, truth, state, change)
        rows, times = len(state.h), len(x)
        made, facts = np.empty((2, rows, self.units), np.float32), np.empty((times, rows, FACTS), np.float64)
        made[0], made[1] = state
        call = Read(ctypes.pointer(self._structure), rows, times, x.ctypes.data, truth.ctypes.data)
        call.h, call.c = (part.ctypes.data for part in made)
        call.facts = facts.ctypes.data
        if change is not None:
            call.change = self._changes(change, rows)
        self._backend.routines["read"](call)
        return State(*made), facts

    def remote_read(
        self,
        remote: RemoteNetwork,
        x: np.ndarray,
        truth: np.ndarray,
        state: State,
        change: CellChange | None = None,
    ) -> Call:
        """Return the `read` of points for another worker: its bits are the same."""
        x, truth, change = self._readable(x, truth, state, change)
        if change is not None:
            self._changes(change, len(state.h))
        return remote.read(x, truth, state, change)

    def _readable(self, x, truth, state, change):
        """Return x, truth and the change as the side module takes them. Raise TypeError if something does not fit."""
        self.check_head()
        x, truth = as_float32(x), np.ascontiguousarray(truth, np.float64)
        for array in (x, truth):
            address(array, array.dtype, len(x), 3)
        for part in state:
            address(as_float32(part), np.float32, len(state.h), self.units)
        return x, truth, change and CellChange(*map(as_float32, change))

    def _alike(self, state: State, temperature: float, uniforms: np.ndarray) -> int:
        """Return how many paths begin in each state. Raise ValueError if they cannot."""
        pens, _, samples, _ = uniforms.shape
        rows, states = pens * samples, len(state.h)
        alike = rows // max(1, states)
        self.check_sampling(temperature)
        if states * alike != rows:
            raise ValueError(f"{states} states do not begin {pens} x {samples} paths")
        return alike

    def trace(self, x: np.ndarray, state: State, change: CellChange | None = None) -> State:
        """Return all states along T inputs x (T, B, 3): (T + 1, B, H), the given state first."""
        times, pens = x.shape[:2]
        made = np.empty((2, times + 1, pens, self.units), np.float32)
        h, c = made  # (T + 1, B, H) each
        h[0], c[0] = state
        h_at = made.ctypes.data
        c_at, row = h_at + h.nbytes, pens * self.units * made.itemsize
        after = h_at + row, c_at + row
        if change is None:
            self._run(x.reshape(-1, 3), pens, times, (h_at, c_at), after, 0)
            return State(h, c)
        change = CellChange(*map(as_float32, change))
        self._call.change = self._changes(change, pens)
        try:
            self._run(x.reshape(-1, 3), pens, times, (h_at, c_at), after, 0)
        finally:
            self._call.change = None  # of this call alone
        return State(h, c)

    def _changes(self, change, rows):
        """Return a pointer to a change, which the caller keeps, of this many rows."""
        each = check_change(change, rows, self.units)
        shape = len(change.scale), self.units
        places = (address(part, np.float32, *shape) for part in change)
        return ctypes.pointer(Change(each, *places))

    def _step(self, x, state, output_at):
        h, c = state
        if self._last is None or h is not self._last.h or c is not self._last.c:
            h, c = as_float32(h), as_float32(c)
            pens, H = len(h), self.units
            at = pens, address(h, np.float32, pens, H), address(c, np.float32, pens, H)
        else:
            at = self._last_at
        made = np.empty((2, len(x), self.units), np.float32)
        h_at = made.ctypes.data
        c_at = h_at + made.nbytes // 2
        self._run(x, at[0], 1, at[1:], (h_at, c_at), output_at)
        self._last, self._last_at = State(*made), (len(x), h_at, c_at)
        return self._last

    def _run(self, x, pens, times, before, after, output_at):
        """Run T steps of x (T * B * S, 3); `before` and `after` are addresses of h and c, with room for all."""
        rows = len(x)
        samples = rows // max(1, times * pens)
        if x.shape != (rows, 3) or times * pens * samples != rows:
            raise TypeError(f"inputs {x.shape} are not 3 numbers for each of {pens} pens, {times} times")
        call = self._call
        if rows <= ROWS:
            self._x[:rows] = x
            call.x = self._x_at
        else:
            x = as_float32(x)
            call.x = address(x, np.float32, rows, 3)
        call.pens, call.samples, call.times = pens, samples, times
        (call.h, call.c), (call.h_out, call.c_out), call.out = before, after, output_at
        self._backend.routines["step"](call)
