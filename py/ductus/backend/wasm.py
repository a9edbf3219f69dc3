"""The side module in WebAssembly SIMD (js-shims/kernel/kernel.c) on Pyodide's own memory, by way of ctypes.

The C code trusts what it is told. So every address that goes to it is taken here, afresh for every call, from an
array whose type, shape and layout have just been checked, and that the caller holds on to until the call returns.
What it writes to are arrays made here. No array of JavaScript's is involved, so it does not matter if the memory
grows: numpy's addresses stay what they are.
"""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_int32, c_void_p
from pathlib import Path

import numpy as np

from ductus.backend.numpy import Descent, KernelError
from ductus.lstm import LSTM, Network, State

# Rows of a step of 500 cells that take at most some 5 ms, in the slower of the two builds.
SLICE_ROWS = 66
# As in kernel.c: columns of a packed panel, of four of them, and rows that are taken together.
_PANEL, _GROUP, _ROWS = 8, 32, 66
# Fewer rows than this are multiplied sooner by numpy than the other factor is packed.
_FEWEST_ROWS = 8
# Pairs of things that one call of a descent looks at: a millisecond at most, so that a page sees 500 things travel.
_PAIRS = 2_500_000
# Of two results of the size of 1, float32 against float64: some ten roundings of sums over 500.
_TOLERANCE = 2e-5


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


def load(path: str) -> Module:
    """The side module in this file, checked against numpy. Raises KernelError if it is not to be used."""
    try:
        module = Module(path)
    except (OSError, AttributeError) as error:
        raise KernelError(f"{Path(path).name} did not load: {error}") from None
    module.check()
    return module


def _address(array: np.ndarray, dtype, *shape: int) -> int:
    """Where the array lies. Raises TypeError unless it is of this type and shape and C-contiguous."""
    if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
        raise TypeError(
            f"an array {array.shape} of {array.dtype} where the kernel wants {shape} of {np.dtype(dtype)}"
        )
    return array.ctypes.data


def _float32(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32)


class Module:
    """A loaded side module. `name` says which, for the reader."""

    def __init__(self, path: str):
        library = ctypes.CDLL(path)
        self.routines = {}
        for name, (structure, result) in _ROUTINES.items():
            routine = library[name]
            routine.argtypes, routine.restype = [ctypes.POINTER(structure)], result
            self.routines[name] = routine
        self.name = f"WebAssembly SIMD ({'relaxed' if 'relaxed' in Path(path).name else 'plain'})"

    def takes(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Is this product one for the kernel?"""
        return a.dtype == b.dtype == np.float32 and len(a) >= _FEWEST_ROWS

    def pack(self, B: np.ndarray) -> np.ndarray:
        """B (K, N) in panels of 8 columns: (N / 8 rounded up to a multiple of 4, K, 8)."""
        K, N = B.shape
        packed = np.empty((-(-N // _GROUP) * _GROUP // _PANEL, K, _PANEL), np.float32)
        self.routines["pack"](_Pack(K, N, _address(B, np.float32, K, N), packed.ctypes.data))
        return packed

    def matmul(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """a (B, K) @ b (K, N) -> (B, N), float32."""
        if a.ndim != 2 or b.ndim != 2 or a.shape[1] != len(b):
            raise ValueError(f"{a.shape} and {b.shape} cannot be multiplied")
        return self.multiply(_float32(a), self.pack(_float32(b)), b.shape[1])

    def multiply(self, a: np.ndarray, packed: np.ndarray, N: int) -> np.ndarray:
        """a (M, K) times a packed matrix of N columns: (M, N)."""
        M, K = a.shape
        bands, out = np.empty((min(M, _ROWS), K), np.float32), np.empty((M, N), np.float32)
        panels = _address(packed, np.float32, -(-N // _GROUP) * _GROUP // _PANEL, K, _PANEL)
        rows = _address(a, np.float32, M, K)
        self.routines["matmul"](_Matmul(M, K, N, rows, panels, bands.ctypes.data, out.ctypes.data))
        return out

    def network(self, plain: Network) -> CompiledNetwork:
        """The network on this module."""
        return CompiledNetwork(self, plain)

    def descent(self, y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray) -> CompiledDescent:
        """The descent on this module."""
        return CompiledDescent(self, y, velocity, gain, P)

    def check(self) -> None:
        """Compares each routine with numpy on a small case. Raises KernelError where they disagree."""
        rng = np.random.default_rng(0)

        def same(name, ours, numpys):
            if not np.allclose(ours, numpys, rtol=_TOLERANCE, atol=_TOLERANCE):
                raise KernelError(f"{self.name}: {name} disagrees with numpy")

        a, b = rng.normal(0, 0.3, (11, 13)), rng.normal(0, 0.3, (13, 37))
        same("matmul", self.matmul(a, b), np.einsum("bk,kn->bn", a, b))
        units, outputs = 13, 37
        shapes = (3, 4 * units), (units, 4 * units), (4 * units,), (units, outputs), (outputs,)
        *cell, W_y, b_y = (rng.normal(0, 0.3, shape).astype(np.float32) for shape in shapes)
        plain = Network(LSTM(*cell, 1.0), W_y, b_y)
        ours = self.network(plain)
        for pens, samples in ((1, 1), (7, 1), (3, 5)):
            state = State(*rng.normal(0, 0.5, (2, pens, units)).astype(np.float32))
            x = rng.normal(0, 1, (pens * samples, 3))
            (found, output), (wanted, wanted_output) = ours.advance(x, state), plain.advance(x, state)
            for name, mine, numpys in zip("hcy", (*found, output), (*wanted, wanted_output), strict=True):
                same(f"a step of {pens} x {samples} ({name})", mine, numpys)
            same("the head", ours.output(state.h), plain.output(state.h))
        x = rng.normal(0, 1, (5, 2, 3))
        state = plain.lstm.zero_state(2)
        same("a trace", ours.trace(x, state), plain.trace(x, state))
        P = rng.random((13, 13))
        P += P.T
        np.fill_diagonal(P, 0)
        P /= P.sum()
        for dtype in (np.float32, np.float64):
            start = [array.astype(dtype) for array in (rng.normal(0, 1, 13), np.zeros(13), np.ones(13), P)]
            mine, numpys = self.descent(*(v.copy() for v in start)), Descent(*(v.copy() for v in start))
            same("the gradient of t-SNE", mine.gradient(2.0), numpys.gradient(2.0))
            done = [descent.iterate(3, 2.0, 0.5, 0.5, 0.0) for descent in (mine, numpys)]
            same("a descent of t-SNE", [*mine.y, done[0]], [*numpys.y, done[1]])


class CompiledNetwork(Network):
    """A network whose steps run in the side module. Inputs are (dx, dy, lift); all in float32."""

    def __init__(self, module: Module, plain: Network):
        super().__init__(plain.lstm, plain.W_y, plain.b_y)
        self._module, H = module, plain.lstm.units
        if plain.lstm.inputs != 3:
            raise ValueError(f"the kernel knows networks of 3 inputs, not {plain.lstm.inputs}")
        groups = -(-H // _PANEL)
        # Of every 8 units in turn the gates i, g, f, o; the units that fill up the last 8 have no weights.
        W = np.zeros((3 + H, 4, groups * _PANEL), np.float32)
        W[:, :, :H] = plain.lstm.W.reshape(3 + H, 4, H)
        W = W.reshape(3 + H, 4, groups, _PANEL).swapaxes(1, 2).reshape(3 + H, groups * _GROUP)
        b = np.zeros((4, groups * _PANEL), np.float32)
        b[:, :H] = plain.lstm.b.reshape(4, H)
        self._W_x = W[:3].reshape(3, groups, _GROUP).swapaxes(0, 1).copy()  # (H / 8, 3, 32)
        self._W_h = module.pack(_float32(W[3:]))  # (H / 2, H, 8)
        self._b = b.reshape(4, groups, _PANEL).swapaxes(0, 1).ravel().copy()  # (32 H / 8,)
        self._outputs = plain.W_y.shape[1]
        self._W_y = module.pack(_float32(plain.W_y))
        self._b_y = np.zeros(self._W_y.shape[0] * _PANEL, np.float32)
        self._b_y[: self._outputs] = plain.b_y
        self._bands, self._z = (np.empty((_ROWS, width), np.float32) for width in (H, groups * _GROUP))
        self._x = np.empty((_ROWS, 3), np.float32)
        # These are this object's own and never change, so their addresses are taken once.
        own = {
            name: getattr(self, f"_{name}").ctypes.data for name in ("W_x", "W_h", "b", "bands", "z", "W_y", "b_y")
        }
        self._call, self._x_at = _Step(units=H, outputs=self._outputs, **own), self._x.ctypes.data
        # The last state that was made here, its number of pens and its addresses: mostly it is the next one's.
        self._last, self._last_at = None, (0, 0, 0)

    def output(self, h: np.ndarray) -> np.ndarray:
        """What the head makes of hidden states (B, H): (B, O)."""
        output = self._module.multiply(_float32(h), self._W_y, self._outputs)  # (B, O)
        output += self.b_y
        return output

    def step(self, x: np.ndarray, state: State) -> State:
        """The states after one input to each of B pens, x (B, 3), or after S ways for each to go on, x (B * S, 3)."""
        return self._step(x, state, 0)

    def advance(self, x: np.ndarray, state: State) -> tuple[State, np.ndarray]:
        """`step`, and what the head says of the new states."""
        output = np.empty((len(x), self._outputs), np.float32)  # (B * S, O)
        return self._step(x, state, output.ctypes.data), output

    def trace(self, x: np.ndarray, state: State) -> State:
        """All states on the way through T inputs x (T, B, 3): (T + 1, B, H); the first is the state given."""
        times, pens = x.shape[:2]
        made = np.empty((2, times + 1, pens, self.lstm.units), np.float32)
        h, c = made  # (T + 1, B, H) each
        h[0], c[0] = state
        h_at = made.ctypes.data
        c_at, row = h_at + h.nbytes, pens * self.lstm.units * made.itemsize
        self._run(x.reshape(-1, 3), pens, times, (h_at, c_at), (h_at + row, c_at + row), 0)
        return State(h, c)

    def _step(self, x, state, output_at):
        h, c = state
        if self._last is None or h is not self._last.h or c is not self._last.c:
            h, c = _float32(h), _float32(c)
            pens, H = len(h), self.lstm.units
            at = pens, _address(h, np.float32, pens, H), _address(c, np.float32, pens, H)
        else:
            at = self._last_at
        made = np.empty((2, len(x), self.lstm.units), np.float32)
        h_at = made.ctypes.data
        c_at = h_at + made.nbytes // 2
        self._run(x, at[0], 1, at[1:], (h_at, c_at), output_at)
        self._last, self._last_at = State(*made), (len(x), h_at, c_at)
        return self._last

    def _run(self, x, pens, times, before, after, output_at):
        """Runs T steps of x (T * B * S, 3); `before` and `after` are addresses of h and c, with room for all."""
        rows = len(x)
        samples = rows // max(1, times * pens)
        if x.shape != (rows, 3) or times * pens * samples != rows:
            raise TypeError(f"inputs {x.shape} are not some of 3 numbers for each of {pens} pens, {times} times")
        call = self._call
        if rows <= _ROWS:
            self._x[:rows] = x
            call.x = self._x_at
        else:
            x = _float32(x)
            call.x = _address(x, np.float32, rows, 3)
        call.pens, call.samples, call.times = pens, samples, times
        (call.h, call.c), (call.h_out, call.c_out), call.out = before, after, output_at
        self._module.routines["step"](call)


class CompiledDescent(Descent):
    """A descent of t-SNE that runs in the side module, in float32 or float64."""

    def __init__(self, module: Module, y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray):
        """All of one float type; P symmetric, with zeros on its diagonal. The arrays (n,) are changed in place."""
        self.y, self.velocity, self.gain, self.P = y, velocity, gain, P
        self.slice = max(1, min(10, _PAIRS // max(1, P.size)))
        suffix = {np.dtype(np.float32): "f", np.dtype(np.float64): "d"}[P.dtype]
        self._gradient, self._descend = (module.routines[f"tsne_{verb}_{suffix}"] for verb in ("gradient", "descend"))
        self._scratch = np.empty((2, len(y)), P.dtype)

    def gradient(self, exaggeration: float) -> np.ndarray:
        """`kernel.tsne_gradient` where the things are now."""
        self._gradient(self._structure(exaggeration=exaggeration))
        return self._scratch[0].copy()

    def iterate(self, iterations: int, exaggeration: float, rate: float, momentum: float, settled: float) -> int:
        """So many iterations, or as many as there are before the gradient's norm is below `settled`: how many."""
        how = {"exaggeration": exaggeration, "rate": rate, "momentum": momentum, "settled": settled}
        return self._descend(self._structure(iterations=iterations, **how))

    def _structure(self, **numbers) -> _TSNE:
        n, dtype = len(self.y), self.P.dtype
        places = {name: _address(getattr(self, name), dtype, n) for name in ("y", "velocity", "gain")}
        scratch = self._scratch.ctypes.data
        push = scratch + n * dtype.itemsize
        return _TSNE(n=n, P=_address(self.P, dtype, n, n), gradient=scratch, push=push, **places, **numbers)
