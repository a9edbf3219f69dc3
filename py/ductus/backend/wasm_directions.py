"""Layers that run along a line in both directions, in the WebAssembly SIMD backend."""

from __future__ import annotations

import ctypes
from collections.abc import Generator
from typing import Any

import numpy as np

from ductus.backend.routines import Step
from ductus.backend.wasm_network import PackedNetwork

_ROW_STEPS = 256  # in one call: some 3 ms with 96 cells and 192 inputs


class WasmDirections:
    """Two `lstm.LSTM`s of float32, each of I inputs and H cells, whose steps run in the side module."""

    def __init__(self, backend: Any, forwards, backwards):
        self._step = backend.routines["step"]
        self._directions = [_Direction(backend, layer) for layer in (forwards, backwards)]

    def __call__(self, x: np.ndarray) -> Generator[None, None, np.ndarray]:
        """Return the hidden states (2, T, B, H) for x (2, T, B, I), with pauses."""
        found = []
        for direction, inputs in zip(self._directions, x, strict=True):
            found.append((yield from direction.run(self._step, inputs)))
        return np.stack(found)


class _Direction(PackedNetwork):
    """A layer of any number of inputs: they take the place of what a window sees, after the hidden state."""

    def __init__(self, backend: Any, lstm):
        W_x, W_h = np.split(lstm.W, [lstm.inputs])  # (I, 4H), (H, 4H)
        none = np.zeros((3, len(lstm.b)), np.float32)
        no_head = np.zeros((len(lstm.W), 0), np.float32), np.zeros(0, np.float32)
        super().__init__(backend, none, np.concatenate([W_h, W_x]), lstm.b, *no_head)

    def run(self, step: Any, x: np.ndarray) -> Generator[None, None, np.ndarray]:
        """Return the hidden states (T, B, H) for x (T, B, I) from the zero state on, with pauses."""
        times, rows, inputs = x.shape
        H, together = self.units, max(1, _ROW_STEPS // max(1, rows))
        if inputs != self.width - H:
            raise TypeError(f"{inputs} inputs of a layer that takes {self.width - H}")
        h = np.zeros((times + 1, rows, self.width), np.float32)  # [hidden state, input] of each step
        h[:-1, :, H:] = x
        c = np.zeros((together + 1, rows, H), np.float32)
        nothing = np.zeros((together, rows, 3), np.float32)
        for first in range(0, times, together) if rows else ():
            some = min(together, times - first)
            at = h.ctypes.data + first * h.strides[0], c.ctypes.data
            after = at[0] + h.strides[0], at[1] + c.strides[0]
            step(Step(ctypes.pointer(self._structure), rows, 1, some, nothing.ctypes.data, *at, *after))
            c[0] = c[some]
            yield
        return h[1:, :, :H]
