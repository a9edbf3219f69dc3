"""A compiled network in the memory of another worker: what to write there, and which routine to call with it.

The other memory belongs to the side module alone. Everything has its address before it is sent, so the worker only
copies bytes, calls, and copies bytes back.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ductus.backend.numpy import CellChange, State
from ductus.backend.routines import FACTS, Change, Draw, NetworkArrays, Read, WindowArrays, Write, as_float32

# What a point of a text counts: computed with few others beside it, it takes longer. And no worker should have many
# pieces of a few chains waiting, because nobody can go on with a chain before they are done.
_ALONE = 32
# Arrays begin at multiples of this, the first at this itself: nothing has the address 0.
_ALIGNMENT = 16


def _nothing(_: np.ndarray) -> None:
    pass


class Call(NamedTuple):
    """Bytes to write at an address, a routine to call then, and where the bytes of its result are."""

    at: int
    image: np.ndarray  # (n,) uint8
    end: int  # of the memory that is needed
    routine: str = ""  # none is called
    structure: int = 0
    result: int = 0
    size: int = 0  # bytes of the result
    points: int = 0  # that are drawn or read: how much work it is
    value: Callable[[np.ndarray], Any] = _nothing  # of the result's bytes (size,) uint8


class _Layout:
    """Places for arrays, one after the other."""

    def __init__(self, at: int):
        self.at = self.end = at
        self._filled: list[tuple[int, np.ndarray]] = []

    def room(self, size: int) -> int:
        place = self.end
        self.end += -(-size // _ALIGNMENT) * _ALIGNMENT
        return place

    def put(self, array: Any) -> int:
        return self.fill(self.room(memoryview(array).nbytes), array)

    def fill(self, place: int, array: Any) -> int:
        self._filled.append((place, np.frombuffer(array, np.uint8)))
        return place

    def call(self, routine: str, structure: int, result: int, size: int, points: int, value: Any) -> Call:
        return Call(self.at, self.image(), self.end, routine, structure, result, size, points, value)

    def image(self) -> np.ndarray:
        last = max(place + len(array) for place, array in self._filled)
        image = np.zeros(last - self.at, np.uint8)
        for place, array in self._filled:
            image[place - self.at :][: len(array)] = array
        return image


class RemoteNetwork:
    """The arrays of a `PackedNetwork`, and what is drawn and read with them."""

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
        call = Draw(self._network(), rows, samples, steps, alike, temperature)
        structure = layout.room(ctypes.sizeof(Draw))
        call.h, call.c = layout.put(as_float32(state.h)), layout.put(as_float32(state.c))
        call.uniforms = layout.put(np.ascontiguousarray(uniforms, np.float64))
        call.h_out, call.c_out = (layout.room(4 * rows * self._units) for _ in range(2))
        shape = pens, samples, steps, 3
        size = 4 * math.prod(shape)
        call.paths = layout.room(size)
        layout.fill(structure, bytes(call))
        return layout.call(
            "draw", structure, call.paths, size, rows * steps, lambda data: data.view(np.float32).reshape(shape)
        )

    def read(self, x: np.ndarray, truth: np.ndarray, state: State, change: CellChange | None) -> Call:
        """Return a reading of points x (T, 3) by states (B, H), with truth (T, 3): its result is that of `read`."""
        (rows, units), times, layout = state.h.shape, len(x), _Layout(self._layout.end)
        structure, call = layout.room(ctypes.sizeof(Read)), Read(self._network(), rows, times)
        call.x, call.truth = layout.put(as_float32(x)), layout.put(np.ascontiguousarray(truth, np.float64))
        if change is not None:
            each = rows // len(change.scale)
            acts = Change(each, *(layout.put(as_float32(part)) for part in change))
            call.change = ctypes.cast(layout.put(bytes(acts)), ctypes.POINTER(Change))
        facts, part = 8 * FACTS * times * rows, 4 * rows * units
        call.facts = layout.room(facts + 2 * part)
        call.h, call.c = call.facts + facts, call.facts + facts + part
        for place, array in zip((call.h, call.c), state, strict=True):
            layout.fill(place, as_float32(array))
        layout.fill(structure, bytes(call))

        def value(data: np.ndarray) -> tuple[State, np.ndarray]:
            states = data[facts:].view(np.float32).reshape(2, rows, units)
            return State(*states), data[:facts].view(np.float64).reshape(times, rows, FACTS)

        return layout.call("read", structure, call.facts, facts + 2 * part, rows * times, value)

    def _network(self) -> Any:
        return ctypes.cast(self._structure, ctypes.POINTER(NetworkArrays))


class RemoteTextLayer(RemoteNetwork):
    """The arrays of a `WasmTextLayer`, those of its window by name among them, and what is written with them."""

    def __init__(
        self,
        arrays: dict[str, np.ndarray],
        units: int,
        width: int,
        outputs: int,
        window: WindowArrays,
        of_window: dict[str, np.ndarray],
    ):
        super().__init__(arrays, units, width, outputs)
        own = WindowArrays.from_buffer_copy(window)
        for name, array in of_window.items():
            setattr(own, name, self._layout.put(array))
        self._window = self._layout.put(bytes(own))

    def write(self, call: Any, value: Callable[[np.ndarray], Any]) -> Call:
        """Return a `WriteCall`; `value` makes what it returns of the results, float32."""
        layout = _Layout(self._layout.end)
        structure, at = layout.room(ctypes.sizeof(Write)), {}
        for name, array in call.arrays.items():
            at[name] = layout.put(array)
        places = call.results()
        size = 4 * list(places.values())[-1].stop
        first = layout.room(size)
        at |= {name: first + 4 * place.start for name, place in places.items()}
        window = ctypes.cast(self._window, ctypes.POINTER(WindowArrays))
        layout.fill(structure, bytes(Write(self._network(), window, **call.numbers, **at)))
        points = _ALONE * call.numbers["rows"] * call.numbers["times"]
        return layout.call("write", structure, first, size, points, lambda data: value(data.view(np.float32)))
