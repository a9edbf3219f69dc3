"""The WebAssembly SIMD backend: a side module (js-shims/kernel/kernel.c) on Pyodide's own memory, through ctypes.

The C code trusts its arguments. So every address is taken here, for each call, from an array whose type, shape and
layout have just been checked and which the caller keeps until the call returns. It writes only to arrays made here.
No JavaScript array is involved, so the memory may grow: numpy's addresses stay the same.
"""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_int32, c_void_p
from pathlib import Path

import numpy as np

from ductus.backend.check import check
from ductus.backend.numpy import BackendError, NumpyBackend, NumpyDescent, State

# As in kernel.c: columns of a packed panel, of four panels, and rows that are processed together.
_PANEL, _GROUP, _ROWS = 8, 32, 66
# For fewer rows numpy multiplies faster than the other factor is packed.
_MIN_ROWS = 8
# Pairs of items in one call of a descent: a millisecond at most, so that a page sees 500 items move.
_MAX_PAIRS = 2_500_000


class _Pack(ctypes.Structure):
    _fields_ = (("K", c_int32), ("N", c_int32), ("B", c_void_p), ("packed", c_void_p))


class _Matmul(ctypes.Structure):
    _fields_ = (
        *((name, c_int32) for name in ("M", "K", "N")),
        *((name, c_void_p) for name in ("A", "packed", "bands", "out")),
    )


class _Step(ctypes.Structure):
    _fields_ = (
        *((name, c_int32) for name in ("pens", "samples", "times", "units", "outputs")),
        *(
            (name, c_void_p)
            for name in (
                *("x", "h", "c", "W_x", "W_h", "b", "bands", "z"),
                *("h_out", "c_out", "W_y", "b_y", "out"),
            )
        ),
    )


class _TSNE(ctypes.Structure):
    _fields_ = (
        *((name, c_int32) for name in ("n", "iterations")),
        *((name, c_void_p) for name in ("y", "P", "gradient", "push", "velocity", "gain")),
        *((name, c_double) for name in ("exaggeration", "rate", "momentum", "settled")),
    )


_ROUTINES = {
    "pack": (_Pack, None),
    "matmul": (_Matmul, None),
    "step": (_Step, None),
    "tsne_gradient_f": (_TSNE, None),
    "tsne_gradient_d": (_TSNE, None),
    "tsne_descend_f": (_TSNE, c_int32),
    "tsne_descend_d": (_TSNE, c_int32),
}


def load(path: str) -> WasmBackend:
    """Return the backend in this file. Raise BackendError if it does not load or disagrees with numpy."""
    try:
        backend = WasmBackend(path)
    except (OSError, AttributeError) as error:
        raise BackendError(f"{Path(path).name} did not load: {error}") from None
    check(backend)
    return backend


def _address(array: np.ndarray, dtype, *shape: int) -> int:
    """Return the array's address. Raise TypeError unless it has this type and shape and is C-contiguous."""
    if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
        raise TypeError(f"an array {array.shape} of {array.dtype} instead of {shape} of {np.dtype(dtype)}")
    return array.ctypes.data


def _float32(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32)


class WasmBackend:
    """A loaded side module for float32; float64 products and networks stay in numpy."""

    slice_rows = 66  # in the slower of the two builds

    def __init__(self, path: str):
        library = ctypes.CDLL(path)
        self.routines = {}
        for name, (structure, result) in _ROUTINES.items():
            routine = library[name]
            routine.argtypes, routine.restype = [ctypes.POINTER(structure)], result
            self.routines[name] = routine
        self.name = f"WebAssembly SIMD ({'relaxed' if 'relaxed' in Path(path).name else 'plain'})"
        self._numpy_matmul = NumpyBackend().matmul

    def matmul(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return a (B, K) @ b (K, N): (B, N)."""
        wide = a.dtype == b.dtype == np.float32 and len(a) >= _MIN_ROWS
        return self.multiply(a, b) if wide else self._numpy_matmul(a, b)

    def compile(self, network):
        """Return a `lstm.Network` of float32 as a `WasmNetwork`, and one of float64 as it is."""
        return WasmNetwork(self, network) if network.dtype == np.float32 else network

    def descent(self, y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray) -> WasmDescent:
        """Return a descent of t-SNE from these places."""
        return WasmDescent(self, y, velocity, gain, P)

    def pack(self, B: np.ndarray) -> np.ndarray:
        """Return B (K, N) in panels of 8 columns: (N / 8 rounded up to a multiple of 4, K, 8)."""
        K, N = B.shape
        packed = np.empty((-(-N // _GROUP) * _GROUP // _PANEL, K, _PANEL), np.float32)
        self.routines["pack"](_Pack(K, N, _address(B, np.float32, K, N), packed.ctypes.data))
        return packed

    def multiply(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return a (B, K) @ b (K, N): (B, N), float32, always by the side module."""
        if a.ndim != 2 or b.ndim != 2 or a.shape[1] != len(b):
            raise ValueError(f"{a.shape} and {b.shape} cannot be multiplied")
        return self.multiply_packed(_float32(a), self.pack(_float32(b)), b.shape[1])

    def multiply_packed(self, a: np.ndarray, packed: np.ndarray, N: int) -> np.ndarray:
        """Return a (M, K) times a packed matrix of N columns: (M, N)."""
        M, K = a.shape
        bands, out = np.empty((min(M, _ROWS), K), np.float32), np.empty((M, N), np.float32)
        panels = _address(packed, np.float32, -(-N // _GROUP) * _GROUP // _PANEL, K, _PANEL)
        rows = _address(a, np.float32, M, K)
        self.routines["matmul"](_Matmul(M, K, N, rows, panels, bands.ctypes.data, out.ctypes.data))
        return out


class WasmNetwork:
    """A `lstm.Network` whose steps run in the side module. Inputs are (dx, dy, lift); all in float32."""

    def __init__(self, backend: WasmBackend, network):
        lstm, W_y, b_y = network.lstm, network.W_y, network.b_y
        self._backend, self.units, self.b_y = backend, lstm.units, b_y
        if lstm.inputs != 3:
            raise ValueError(f"the side module runs networks of 3 inputs, not {lstm.inputs}")
        H, groups = lstm.units, -(-lstm.units // _PANEL)
        # For every 8 units in turn the gates i, g, f, o; units that fill up the last 8 have zero weights.
        W = np.zeros((3 + H, 4, groups * _PANEL), np.float32)
        W[:, :, :H] = lstm.W.reshape(3 + H, 4, H)
        W = W.reshape(3 + H, 4, groups, _PANEL).swapaxes(1, 2).reshape(3 + H, groups * _GROUP)
        b = np.zeros((4, groups * _PANEL), np.float32)
        b[:, :H] = lstm.b.reshape(4, H)
        self._W_x = W[:3].reshape(3, groups, _GROUP).swapaxes(0, 1).copy()  # (H / 8, 3, 32)
        self._W_h = backend.pack(_float32(W[3:]))  # (H / 2, H, 8)
        self._b = b.reshape(4, groups, _PANEL).swapaxes(0, 1).ravel().copy()  # (32 H / 8,)
        self._outputs = W_y.shape[1]
        self._W_y = backend.pack(_float32(W_y))
        self._b_y = np.zeros(self._W_y.shape[0] * _PANEL, np.float32)
        self._b_y[: self._outputs] = b_y
        self._bands, self._z = (np.empty((_ROWS, width), np.float32) for width in (H, groups * _GROUP))
        self._x = np.empty((_ROWS, 3), np.float32)
        # These arrays belong to this object and never move, so their addresses are taken once.
        own = {
            name: getattr(self, f"_{name}").ctypes.data for name in ("W_x", "W_h", "b", "bands", "z", "W_y", "b_y")
        }
        self._call, self._x_at = _Step(units=H, outputs=self._outputs, **own), self._x.ctypes.data
        # The last state made here, its number of pens and its addresses: usually it is the next step's input.
        self._last, self._last_at = None, (0, 0, 0)

    def output(self, h: np.ndarray) -> np.ndarray:
        """Return the head's raw numbers (B, O) for hidden states (B, H)."""
        output = self._backend.multiply_packed(_float32(h), self._W_y, self._outputs)  # (B, O)
        output += self.b_y
        return output

    def step(self, x: np.ndarray, state: State) -> State:
        """Return the states after one input for each of B pens, x (B, 3), or after S each, x (B * S, 3)."""
        return self._step(x, state, 0)

    def advance(self, x: np.ndarray, state: State) -> tuple[State, np.ndarray]:
        """Return `step` and the head's raw numbers for the new states."""
        output = np.empty((len(x), self._outputs), np.float32)  # (B * S, O)
        return self._step(x, state, output.ctypes.data), output

    def trace(self, x: np.ndarray, state: State) -> State:
        """Return all states along T inputs x (T, B, 3): (T + 1, B, H), the given state first."""
        times, pens = x.shape[:2]
        made = np.empty((2, times + 1, pens, self.units), np.float32)
        h, c = made  # (T + 1, B, H) each
        h[0], c[0] = state
        h_at = made.ctypes.data
        c_at, row = h_at + h.nbytes, pens * self.units * made.itemsize
        self._run(x.reshape(-1, 3), pens, times, (h_at, c_at), (h_at + row, c_at + row), 0)
        return State(h, c)

    def _step(self, x, state, output_at):
        h, c = state
        if self._last is None or h is not self._last.h or c is not self._last.c:
            h, c = _float32(h), _float32(c)
            pens, H = len(h), self.units
            at = pens, _address(h, np.float32, pens, H), _address(c, np.float32, pens, H)
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
        if rows <= _ROWS:
            self._x[:rows] = x
            call.x = self._x_at
        else:
            x = _float32(x)
            call.x = _address(x, np.float32, rows, 3)
        call.pens, call.samples, call.times = pens, samples, times
        (call.h, call.c), (call.h_out, call.c_out), call.out = before, after, output_at
        self._backend.routines["step"](call)


class WasmDescent(NumpyDescent):
    """A descent of t-SNE that runs in the side module, in float32 or float64."""

    def __init__(self, backend: WasmBackend, y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray):
        """All have one float type; P is symmetric, with zeros on its diagonal. The arrays (n,) change in place."""
        self.y, self.velocity, self.gain, self.P = y, velocity, gain, P
        self.slice = max(1, min(10, _MAX_PAIRS // max(1, P.size)))
        suffix = {np.dtype(np.float32): "f", np.dtype(np.float64): "d"}[P.dtype]
        self._gradient, self._descend = (
            backend.routines[f"tsne_{verb}_{suffix}"] for verb in ("gradient", "descend")
        )
        self._scratch = np.empty((2, len(y)), P.dtype)

    def gradient(self, exaggeration: float) -> np.ndarray:
        """Return the gradient (n,) at the current places."""
        self._gradient(self._structure(exaggeration=exaggeration))
        return self._scratch[0].copy()

    def iterate(self, iterations: int, exaggeration: float, rate: float, momentum: float, settled: float) -> int:
        """Run at most this many iterations, until the gradient's norm is below `settled`; return the number done."""
        how = {"exaggeration": exaggeration, "rate": rate, "momentum": momentum, "settled": settled}
        return self._descend(self._structure(iterations=iterations, **how))

    def _structure(self, **numbers) -> _TSNE:
        n, dtype = len(self.y), self.P.dtype
        places = {name: _address(getattr(self, name), dtype, n) for name in ("y", "velocity", "gain")}
        scratch = self._scratch.ctypes.data
        push = scratch + n * dtype.itemsize
        return _TSNE(n=n, P=_address(self.P, dtype, n, n), gradient=scratch, push=push, **places, **numbers)
