"""A compiled network in the memory of another worker: what to write there, and which routine to call with it.

The other memory belongs to the side module alone. Everything has its address before it is sent, so the worker only
copies bytes, calls, and copies bytes back.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any, NamedTuple

import numpy as np

from ductus.backend.numpy import State
from ductus.backend.routines import Draw, NetworkArrays, as_float32

# Arrays begin at multiples of this, the first at this itself: nothing has the address 0.
_ALIGNMENT = 16


class Call(NamedTuple):
    """Bytes to write at an address, a routine to call then, and where its result is, of float32."""

    at: int
    image: np.ndarray  # (n,) uint8
    end: int  # of the memory that is needed
    routine: str = ""  # none is called
    structure: int = 0
    result: int = 0
    shape: tuple[int, ...] = (0,)

    @property
    def size(self) -> int:
        """The numbers of the result: three for each point of a path."""
        return math.prod(self.shape)


class _Layout:
    """Places for arrays, one after the other."""

    def __init__(self, at: int):
        self.at = self.end = at
        self._filled: list[tuple[int, np.ndarray]] = []

    def room(self, size: int) -> int:
        place = self.end
        self.end += -(-size // _ALIGNMENT) * _ALIGNMENT
        return place

    def put(self, array: np.ndarray) -> int:
        return self.fill(self.room(array.nbytes), array)

    def fill(self, place: int, array: Any) -> int:
        self._filled.append((place, np.frombuffer(array, np.uint8)))
        return place

    def image(self) -> np.ndarray:
        last = max(place + len(array) for place, array in self._filled)
        image = np.zeros(last - self.at, np.uint8)
        for place, array in self._filled:
            image[place - self.at :][: len(array)] = array
        return image


class RemoteNetwork:
    """The arrays of a `PackedNetwork`, and draws with them."""

    def __init__(self, arrays: dict[str, np.ndarray], units: int, width: int, outputs: int):
        layout = _Layout(_ALIGNMENT)
        self._units, self._structure = units, layout.room(ctypes.sizeof(NetworkArrays))
        places = {name: layout.put(array) for name, array in arrays.items()}
        structure = NetworkArrays(units=units, width=width, outputs=outputs, **places)
        layout.fill(self._structure, bytes(structure))
        self._layout = layout

    @property
    def size(self) -> int:
        """The bytes of the network there."""
        return self._layout.end

    def load(self) -> Call:
        """Return what puts the network there."""
        return Call(self._layout.at, self._layout.image(), self._layout.end)

    def draw(self, state: State, alike: int, temperature: float, uniforms: np.ndarray) -> Call:
        """Return a draw from states (B, H), each for `alike` rows, whose paths (P, S, T, 3) are the result."""
        pens, steps, samples = uniforms.shape[:3]
        rows, layout = pens * samples, _Layout(self._layout.end)
        call = Draw(
            ctypes.cast(self._structure, ctypes.POINTER(NetworkArrays)), rows, samples, steps, alike, temperature
        )
        structure = layout.room(ctypes.sizeof(Draw))
        call.h, call.c = layout.put(as_float32(state.h)), layout.put(as_float32(state.c))
        call.uniforms = layout.put(np.ascontiguousarray(uniforms, np.float64))
        call.h_out, call.c_out = (layout.room(4 * rows * self._units) for _ in range(2))
        call.paths = layout.room(4 * 3 * rows * steps)
        layout.fill(structure, bytes(call))
        shape = pens, samples, steps, 3
        return Call(layout.at, layout.image(), layout.end, "draw", structure, call.paths, shape)
