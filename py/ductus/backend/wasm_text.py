"""A `text_network.TextLayer` in the WebAssembly SIMD backend."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from ductus.backend.routines import GROUP, GUIDANCE_TERMS, WindowArrays, Write, address, as_float32
from ductus.backend.wasm_network import PackedNetwork


class WasmTextLayer(PackedNetwork):
    """A `text_network.TextLayer` whose steps run in the side module. Inputs are (dx, dy, lift); all in float32."""

    def __init__(self, backend: Any, layer):
        lstm, window = layer.lstm, layer.window
        W_x, W_w, W_h = np.split(lstm.W, [3, lstm.inputs])  # (3, 4H), (V, 4H), (H, 4H)
        super().__init__(backend, W_x, np.concatenate([W_h, W_w]), lstm.b, layer.W_y, layer.b_y)
        self._gaussians, self._symbols = window.gaussians, window.symbols
        self._seen = window.behind + 1 + window.ahead  # characters
        self._W_k = backend.pack(as_float32(window.W_hk))
        self._b_k = np.zeros(-(-len(window.b_k) // GROUP) * GROUP, np.float32)
        self._b_k[: len(window.b_k)] = window.b_k
        self._raw = np.empty(len(window.b_k), np.float32)
        low, high = window.log_range
        self._window = WindowArrays(
            window.gaussians,
            window.symbols,
            window.behind,
            window.ahead,
            *(low, high, self._W_k.ctypes.data, self._b_k.ctypes.data, self._raw.ctypes.data),
        )
        self._choice = np.empty(0, np.float64)  # overwritten
        self._last: Any = None  # the last state made here, and the addresses of its h, c and kappa
        self._last_at = (0, 0, 0)

    def step(self, x: np.ndarray, state: Any, text: np.ndarray) -> Any:
        """Return the state after one more point x (B, 3) for each pen."""
        return self._write(x, state, text)[0]

    def output(self, state: Any) -> np.ndarray:
        """Return the head's raw numbers (B, O) for the next point of each pen."""
        return self.head(np.concatenate([state.h, state.w], axis=1))

    def draw(
        self, x: np.ndarray, state: Any, text: np.ndarray, temperature: float, uniforms: np.ndarray
    ) -> tuple[Any, np.ndarray]:
        """Return `step` and a point (B, 3) sampled then for each pen, by uniforms (B, 4)."""
        self.check_sampling(temperature)
        return self._write(x, state, text, temperature, uniforms)

    def guided(
        self, x: np.ndarray, state: Any, text: np.ndarray, temperature: float, strength: float, uniforms: np.ndarray
    ) -> tuple[Any, np.ndarray]:
        """Return the states of two pens after x (1, 3), and a point (1, 3): see `TextLayer.guided`."""
        self.check_sampling(temperature)
        if not 0 <= strength < np.inf:
            raise ValueError(f"the guidance must be a finite number, 0 or more, not {strength!r}")
        if len(state.h) != 2:
            raise ValueError(f"guidance needs the states of two pens, not of {len(state.h)}")
        state, points = self._write(np.repeat(x, 2, axis=0), state, text, temperature, uniforms, strength)
        return state, points[:1]

    def _write(self, x, state, text, temperature=0.0, uniforms=None, strength=None):
        """Step, and sample by uniforms (B, 4); or, with a strength, choose one point by uniforms (4 C + 1,)."""
        pens, H, K, f4 = len(x), self.units, self._gaussians, np.float32
        if len(text) < self._seen:
            raise ValueError(f"the window looks at {self._seen} codes of a text, which has only {len(text)}")
        x, text = as_float32(x), np.ascontiguousarray(text, np.int64)
        if state is self._last:
            h_at, c_at, kappa_at = self._last_at
        else:
            before = np.concatenate([state.h, state.w], axis=1, dtype=f4), as_float32(state.c)
            kappa = as_float32(state.view.kappa)
            h_at, c_at = address(before[0], f4, pens, self.width), address(before[1], f4, pens, H)
            kappa_at = address(kappa, f4, pens, K)
        call = Write(ctypes.pointer(self._structure), ctypes.pointer(self._window), pens, len(text))
        call.temperature = temperature
        call.x, call.codes = address(x, f4, pens, 3), address(text, np.int64, len(text))
        call.h, call.c, call.kappa = h_at, c_at, kappa_at
        points = pens
        if uniforms is not None:
            uniforms = np.ascontiguousarray(uniforms, np.float64)
            if strength is None:
                call.uniforms = address(uniforms, np.float64, pens, 4)
            else:
                points = len(uniforms) // 4
                call.uniforms = address(uniforms, np.float64, 4 * points + 1)
                call.candidates, call.strength, call.work = points, strength, self._work(points).ctypes.data
        shapes = *((pens, width) for width in (self.width, H, K, K, K, 1)), (points, 3)
        # one array: its address takes as long as a step's gates
        made = np.empty(sum(rows * width for rows, width in shapes), f4)
        parts, at, first, done = [], [], made.ctypes.data, 0
        for rows, width in shapes:
            parts.append(made[done : done + rows * width].reshape(rows, width))
            at.append(first + done * made.itemsize)
            done += rows * width
        call.h_out, call.c_out, call.alpha, call.beta, call.kappa_out, call.place, call.points = at
        self._backend.routines["write"](call)
        h, c, alpha, beta, kappa, place, points = parts
        view = state.view._replace(alpha=alpha, beta=beta, kappa=kappa, place=place[:, 0])
        self._last, self._last_at = state._replace(h=h[:, :H], c=c, w=h[:, H:], view=view), (at[0], at[1], at[4])
        return self._last, points

    def _work(self, candidates: int) -> np.ndarray:
        """Return memory for a choice among candidates, as guidance.h needs it."""
        M = self.outputs // 6
        if self._choice.size != (size := 2 * GUIDANCE_TERMS * M + M + candidates):
            self._choice = np.empty(size, np.float64)
        return self._choice
