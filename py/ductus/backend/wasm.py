"""The WebAssembly SIMD backend: a side module (js-shims/kernel/kernel.c) on Pyodide's own memory, through ctypes.

The C code trusts its arguments. So every address is taken here, for each call, from an array whose type, shape and
layout have just been checked and which the caller keeps until the call returns. It writes only to arrays made here.
No JavaScript array is involved, so the memory may grow: numpy's addresses stay the same.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ductus.backend.check import check
from ductus.backend.numpy import BackendError, NumpyBackend, NumpyDescent, NumpyDirections
from ductus.backend.routines import GROUP, PANEL, ROUTINES, ROWS, TSNE, Matmul, Pack, address, as_float32
from ductus.backend.wasm_directions import WasmDirections
from ductus.backend.wasm_network import WasmNetwork
from ductus.backend.wasm_text import WasmTextLayer

# For fewer rows numpy multiplies faster than the other factor is packed.
_MIN_ROWS = 8
# Pairs of items in one call of a descent: a millisecond at most, so that a page sees 500 items move.
_MAX_PAIRS = 2_500_000


def load(path: str) -> WasmBackend:
    """Return the backend in this file. Raise BackendError if it does not load or disagrees with numpy."""
    try:
        backend = WasmBackend(path)
    except (OSError, AttributeError) as error:
        raise BackendError(f"{Path(path).name} did not load: {error}") from None
    check(backend)
    return backend


class WasmBackend:
    """A loaded side module for float32; float64 products and networks stay in numpy."""

    slice_rows, slice_steps = 66, 4  # in the slower of the two builds

    def __init__(self, path: str):
        library, self.path = ctypes.CDLL(path), path
        self.routines = {}
        for name, (structure, result) in ROUTINES.items():
            routine = library[name]
            routine.argtypes, routine.restype = [ctypes.POINTER(structure)], result
            self.routines[name] = routine
        self.name = f"WebAssembly SIMD ({'relaxed' if 'relaxed' in Path(path).name else 'plain'})"
        self._numpy_matmul = NumpyBackend().matmul

    def matmul(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return a (B, K) @ b (K, N): (B, N)."""
        wide = a.dtype == b.dtype == np.float32 and len(a) >= _MIN_ROWS
        return self.multiply(a, b) if wide else self._numpy_matmul(a, b)

    def multiplier(self, b: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return a function of a (B, K) that returns a @ b: (B, N). For a b (K, N) that is used many times."""
        if b.dtype != np.float32:
            return lambda a: self._numpy_matmul(a, b)
        packed = self.pack(as_float32(b))
        return lambda a: self.multiply_packed(as_float32(a), packed, b.shape[1])

    def compile(self, network):
        """Return a `lstm.Network` of float32 as a `WasmNetwork`, and one of float64 as it is."""
        return WasmNetwork(self, network) if network.dtype == np.float32 else network

    def compile_text(self, layer):
        """Return a `text_network.TextLayer` of float32 as a `WasmTextLayer`, and one of float64 as it is."""
        return WasmTextLayer(self, layer) if layer.dtype == np.float32 else layer

    def bidirectional(self, forwards, backwards):
        """Return what runs two `lstm.LSTM`s: those of float64 are run by numpy."""
        fast = forwards.dtype == np.float32
        return WasmDirections(self, forwards, backwards) if fast else NumpyDirections(forwards, backwards)

    def descent(self, y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray) -> WasmDescent:
        """Return a descent of t-SNE from these places."""
        return WasmDescent(self, y, velocity, gain, P)

    def pack(self, B: np.ndarray) -> np.ndarray:
        """Return B (K, N) in panels of 8 columns: (N / 8 rounded up to a multiple of 4, K, 8)."""
        K, N = B.shape
        packed = np.empty((-(-N // GROUP) * GROUP // PANEL, K, PANEL), np.float32)
        self.routines["pack"](Pack(K, N, address(B, np.float32, K, N), packed.ctypes.data))
        return packed

    def multiply(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return a (B, K) @ b (K, N): (B, N), float32, always by the side module."""
        if a.ndim != 2 or b.ndim != 2 or a.shape[1] != len(b):
            raise ValueError(f"{a.shape} and {b.shape} cannot be multiplied")
        return self.multiply_packed(as_float32(a), self.pack(as_float32(b)), b.shape[1])

    def multiply_packed(self, a: np.ndarray, packed: np.ndarray, N: int) -> np.ndarray:
        """Return a (M, K) times a packed matrix of N columns: (M, N)."""
        M, K = a.shape
        bands, out = np.empty((min(M, ROWS), K), np.float32), np.empty((M, N), np.float32)
        panels = address(packed, np.float32, -(-N // GROUP) * GROUP // PANEL, K, PANEL)
        rows = address(a, np.float32, M, K)
        self.routines["matmul"](Matmul(M, K, N, rows, panels, bands.ctypes.data, out.ctypes.data))
        return out


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

    def _structure(self, **numbers) -> TSNE:
        n, dtype = len(self.y), self.P.dtype
        places = {name: address(getattr(self, name), dtype, n) for name in ("y", "velocity", "gain")}
        scratch = self._scratch.ctypes.data
        push = scratch + n * dtype.itemsize
        return TSNE(n=n, P=address(self.P, dtype, n, n), gradient=scratch, push=push, **places, **numbers)
