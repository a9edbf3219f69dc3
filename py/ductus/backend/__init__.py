"""The arithmetic that takes most of the time: matrix products, LSTM steps and t-SNE, in numpy or WebAssembly SIMD.

A backend is an object that a `Model` and the analyses are given. The library above calls it; it imports nothing of
the library.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, Protocol

import numpy as np

from ductus.backend.numpy import BackendError, CellChange, NumpyBackend, NumpyDescent, State


class CompiledNetwork(Protocol):
    """What `Backend.compile` returns: the methods of `lstm.Network`.

    Each step of `draw`, `read` and `trace` makes the change to the cells, if one is given. Its R rows divide the rows
    of the new states, which share one R-th each.
    """

    dtype: np.dtype  # of states, outputs and paths

    def output(self, h: np.ndarray, /) -> np.ndarray:
        """Return the head's raw numbers (B, O) for hidden states (B, H)."""
        ...

    def step(self, x: np.ndarray, state: State, /) -> State:
        """Return the states after one input for each of B pens, x (B, I), or after S each, x (B * S, I)."""
        ...

    def advance(self, x: np.ndarray, state: State, /) -> tuple[State, np.ndarray]:
        """Return `step` and the head's raw numbers for the new states."""
        ...

    def draw(
        self,
        x: np.ndarray | None,
        state: State,
        temperature: float,
        uniforms: np.ndarray,
        change: CellChange | None = None,
        /,
    ) -> tuple[State, np.ndarray]:
        """Return the states and paths (B, S, T, 3) of S samples of each of B pens, from uniforms (B, T, S, 4)."""
        ...

    def read(
        self, x: np.ndarray, truth: np.ndarray, state: State, change: CellChange | None = None, /
    ) -> tuple[State, np.ndarray]:
        """Return the states of B pens after T points x (T, I), and facts (T, B, 5) about those that come then."""
        ...

    def trace(self, x: np.ndarray, state: State, change: CellChange | None = None, /) -> State:
        """Return all states along T inputs x (T, B, I): (T + 1, B, H), the given state first."""
        ...


class CompiledTextLayer(Protocol):
    """What `Backend.compile_text` returns: the methods of `text_network.TextLayer`."""

    def step(self, x: np.ndarray, state: Any, text: np.ndarray, /) -> Any:
        """Return the `TextState` after one more point x (B, 3) for each pen."""
        ...

    def output(self, state: Any, /) -> np.ndarray:
        """Return the head's raw numbers (B, O) for the next point of each pen."""
        ...

    def draw(
        self, x: np.ndarray, state: Any, text: np.ndarray, temperature: float, uniforms: np.ndarray, /
    ) -> tuple[Any, np.ndarray]:
        """Return `step` and a point (B, 3) sampled then for each pen, by uniforms (B, 4)."""
        ...

    def trace(self, x: np.ndarray, state: Any, text: np.ndarray, limit: float, /) -> Any:
        """Return the states after each of T points x (T, 3), as far as the first pen's window is within a limit."""
        ...

    def write(
        self,
        x: np.ndarray,
        state: Any,
        text: np.ndarray,
        limit: float,
        temperature: float,
        strength: float,
        uniforms: np.ndarray,
        /,
    ) -> tuple[Any, np.ndarray]:
        """Return states and points (n, 3) that one pen, or two with guidance, write from x (1, 3) on."""
        ...


class Backend(Protocol):
    """What every backend offers. All give numpy's results, to rounding."""

    name: str  # for the reader
    slice_rows: int  # rows of 500 cells that are drawn together, ...
    slice_steps: int  # ... and steps of that many rows in one call: both take at most about 8 ms in a browser

    def matmul(self, a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
        """Return a (B, K) @ b (K, N): (B, N)."""
        ...

    def multiplier(self, b: np.ndarray, /) -> Callable[[np.ndarray], np.ndarray]:
        """Return a function of a (B, K) that returns a @ b: (B, N). For a b (K, N) that is used many times."""
        ...

    def compile(self, network: Any, /) -> CompiledNetwork:
        """Return a `lstm.Network` in its fastest form here: an object with the same methods."""
        ...

    def compile_text(self, layer: Any, /) -> CompiledTextLayer:
        """Return a `text_network.TextLayer` in its fastest form here: an object with the same methods."""
        ...

    def bidirectional(
        self, forwards: Any, backwards: Any, /
    ) -> Callable[[np.ndarray], Generator[None, None, np.ndarray]]:
        """Return what runs two `lstm.LSTM`s of one shape side by side, from the zero state, with pauses.

        A function of x (2, T, B, I), for either of them, that returns their hidden states (2, T, B, H).
        """
        ...

    def descent(self, y: np.ndarray, velocity: np.ndarray, gain: np.ndarray, P: np.ndarray) -> NumpyDescent:
        """Return a descent of t-SNE from these places."""
        ...


def default() -> Backend:
    """Return the backend that runs everywhere, numpy."""
    return NumpyBackend()


def choose(paths: Iterable[str], runs: Callable[[str], bool]) -> tuple[Backend, str]:
    """Return the first of these side modules that works, or numpy, and a description of the choice.

    `runs` tells whether the browser accepts the file, or raises BackendError if there is something wrong with it; the
    module must also load and agree with numpy. The description is the backend's name, followed by what is wrong with
    each module before it.
    """
    faults = []
    for path in paths:
        try:
            if not runs(path):
                continue
            from ductus.backend import wasm  # imports ctypes, which takes time to load in Pyodide

            backend = wasm.load(path)
        except BackendError as error:
            faults.append(str(error))
        else:
            break
    else:
        backend = default()
    return backend, "; ".join([backend.name, *faults])
