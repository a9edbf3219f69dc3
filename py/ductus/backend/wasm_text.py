"""A `text_network.TextLayer` in the WebAssembly SIMD backend."""

from __future__ import annotations

import ctypes
import math
from typing import Any, NamedTuple

import numpy as np

from ductus.backend.remote import Call, RemoteTextLayer
from ductus.backend.routines import GROUP, GUIDANCE_TERMS, WindowArrays, Write, address, as_float32
from ductus.backend.wasm_network import PackedNetwork

_CHOICE = 4  # uniforms of a point, or of a candidate for one


class WriteCall(NamedTuple):
    """A call of the routine `write`: its numbers, its arrays by name, and the shapes of its results, float32."""

    numbers: dict[str, Any]
    arrays: dict[str, np.ndarray]
    shapes: dict[str, tuple[int, ...]]

    def results(self) -> dict[str, slice]:
        """Return where in one array, one after the other, the results are."""
        places, end = {}, 0
        for name, shape in self.shapes.items():
            places[name] = slice(end, end := end + math.prod(shape))
        return places


class WasmTextLayer(PackedNetwork):
    """A `text_network.TextLayer` whose steps run in the side module. Inputs are (dx, dy, lift); all in float32."""

    def __init__(self, backend: Any, layer):
        lstm, window = layer.lstm, layer.window
        W_x, W_w, W_h = np.split(lstm.W, [3, lstm.inputs])  # (3, 4H), (V, 4H), (H, 4H)
        super().__init__(backend, W_x, np.concatenate([W_h, W_w]), lstm.b, layer.W_y, layer.b_y)
        self._gaussians, self._seen = window.gaussians, window.behind + 1 + window.ahead  # characters
        b_k = np.zeros(-(-len(window.b_k) // GROUP) * GROUP, np.float32)
        b_k[: len(window.b_k)] = window.b_k
        raw = np.empty(len(window.b_k), np.float32)
        self._of_window = {"W_k": backend.pack(as_float32(window.W_hk)), "b_k": b_k, "raw": raw}
        self._window = WindowArrays(
            *(window.gaussians, window.symbols, window.behind, window.ahead, *window.log_range),
            **{name: array.ctypes.data for name, array in self._of_window.items()},
        )

    def step(self, x: np.ndarray, state: Any, text: np.ndarray) -> Any:
        """Return the state after one more point x (B, 3) for each pen."""
        return self._run(self._prepared(x[None], state, text), state)[0]

    def output(self, state: Any) -> np.ndarray:
        """Return the head's raw numbers (B, O) for the next point of each pen."""
        return self.head(np.concatenate([state.h, state.w], axis=1))

    def draw(
        self, x: np.ndarray, state: Any, text: np.ndarray, temperature: float, uniforms: np.ndarray
    ) -> tuple[Any, np.ndarray]:
        """Return `step` and a point (B, 3) sampled then for each pen, by uniforms (B, 4)."""
        return self._run(self._sampling(x, state, text, np.inf, temperature, 0, uniforms[None]), state)

    def trace(self, x: np.ndarray, state: Any, text: np.ndarray, limit: float) -> Any:
        """Return the states after each of T points x (T, 3), within the limit: see `TextLayer.trace`."""
        return self._run(self._prepared(x[:, None], state, text, limit), state)[0]

    def write(
        self,
        x: np.ndarray,
        state: Any,
        text: np.ndarray,
        limit: float,
        temperature: float,
        strength: float,
        uniforms: np.ndarray,
    ) -> tuple[Any, np.ndarray]:
        """Return states and points (n, 3), one after the other, from x (1, 3) on: see `TextLayer.write`."""
        return self._run(self._writing(x, state, text, limit, temperature, strength, uniforms), state)

    def remote(self) -> RemoteTextLayer:
        """Return this layer for the memory of another worker."""
        return RemoteTextLayer(self._arrays, self.units, self.width, self.outputs, self._window, self._of_window)

    def remote_trace(
        self, remote: RemoteTextLayer, x: np.ndarray, state: Any, text: np.ndarray, limit: float
    ) -> Call:
        """Return the `trace` of points for another worker: its bits are the same."""
        call = self._prepared(x[:, None], state, text, limit)
        return remote.write(call, lambda made: self._results(call, made, state)[0])

    def remote_write(self, remote: RemoteTextLayer, x: np.ndarray, state: Any, *how: Any) -> Call:
        """Return the `write` of points for another worker: its bits are the same."""
        call = self._writing(x, state, *how)
        return remote.write(call, lambda made: self._results(call, made, state))

    def _writing(self, x, state, text, limit, temperature, strength, uniforms):
        """Return what writes points of one pen by uniforms (T, 4), or of two by those of guidance."""
        if not 0 <= strength < np.inf:
            raise ValueError(f"the guidance must be a finite number, 0 or more, not {strength!r}")
        if len(state.h) > 2:
            raise ValueError(f"one pen writes, or two with guidance, not {len(state.h)}")
        alone = len(state.h) == 1
        return self._sampling(x, state, text, limit, temperature, strength, uniforms[:, None] if alone else uniforms)

    def _sampling(self, x, state, text, limit, temperature, strength, uniforms):
        """Return what samples by uniforms (T, B, 4), or chooses one point for two pens by uniforms (T, 4 C + 1)."""
        self.check_sampling(temperature)
        times, pens, M = len(uniforms), len(state.h), self.outputs // 6
        candidates = 0 if uniforms.ndim == 3 else uniforms.shape[1] // _CHOICE
        call = self._prepared(x[None], state, text, limit, times)
        call.numbers.update(temperature=temperature, strength=strength, candidates=candidates)
        shape = (times, _CHOICE * candidates + 1) if candidates else (times, pens, _CHOICE)
        uniforms = np.ascontiguousarray(uniforms, np.float64)
        address(uniforms, np.float64, *shape)
        work = np.empty((2 * GUIDANCE_TERMS + 1) * M + candidates, np.float64)  # as guidance.h needs it
        call.arrays.update(uniforms=uniforms, work=work)
        call.shapes["points"] = (times + candidates - 1, 3) if candidates else (times * pens, 3)
        return call

    def _prepared(self, x, state, text, limit=np.inf, times=None):
        """Return a call of steps from x (T, B or 1, 3) on. Raise TypeError or ValueError if it does not fit."""
        pens, H, K, f4 = len(state.h), self.units, self._gaussians, np.float32
        if len(text) < self._seen:
            raise ValueError(f"the window looks at {self._seen} codes of a text, which has only {len(text)}")
        arrays = {
            "x": as_float32(x),
            "h": np.concatenate([state.h, state.w], axis=1, dtype=f4),
            "c": as_float32(state.c),
            "kappa": as_float32(state.view.kappa),
            "codes": np.ascontiguousarray(text, np.int64),
        }
        shared = x.shape[1] == 1
        shapes = (len(x), 1 if shared else pens, 3), (pens, self.width), (pens, H), (pens, K), (len(text),)
        for array, shape in zip(arrays.values(), shapes, strict=True):
            address(array, array.dtype, *shape)
        times = len(x) if times is None else times
        numbers = {
            "rows": pens,
            "times": times,
            "length": len(text),
            "stride": 0 if shared else 3,
            "limit": limit,
            "candidates": 0,
        }
        names, widths = ("alpha", "beta", "kappa_out", "place", "h_out", "c_out"), (K, K, K, 1, self.width, H)
        results = {name: (times * pens, width) for name, width in zip(names, widths, strict=True)}
        return WriteCall(numbers, arrays, {"taken": (1,), **results, "points": (0, 3)})

    def _run(self, call: WriteCall, state: Any) -> tuple[Any, np.ndarray]:
        """Do a call here."""
        places = call.results()
        made = np.empty(list(places.values())[-1].stop, np.float32)
        made[0] = 0
        at = {name: array.ctypes.data for name, array in call.arrays.items()}
        at |= {name: made.ctypes.data + made.itemsize * place.start for name, place in places.items()}
        structure = Write(ctypes.pointer(self._structure), ctypes.pointer(self._window), **call.numbers, **at)
        if call.numbers["rows"]:
            self._backend.routines["write"](structure)
        return self._results(call, made, state)

    def _results(self, call: WriteCall, made: np.ndarray, state: Any) -> tuple[Any, np.ndarray]:
        """Return the states of all steps taken, those of one step after those of another, and the points."""
        taken, pens = int(made[:1].view(np.int32)[0]), call.numbers["rows"]
        found = {name: made[place].reshape(call.shapes[name]) for name, place in call.results().items()}
        names = ("h_out", "c_out", "alpha", "beta", "kappa_out", "place")
        h, c, alpha, beta, kappa, place = (found[name][: taken * pens] for name in names)
        view = state.view._replace(alpha=alpha, beta=beta, kappa=kappa, place=place[:, 0])
        points = found["points"][: taken * (1 if call.numbers["candidates"] else pens)]
        return state._replace(h=h[:, : self.units], c=c, w=h[:, self.units :], view=view), points
