"""What the weights of a reader have: `analysis.reader` runs it, `weights.weights` checks and holds all kinds.

The metadata says `"network": "reader"`, its `alphabet` and its `reader`: {layers, frame, point}. With H units, V
symbols (the blank and the alphabet) and frames of F numbers, the arrays of layer l = 0, 1, ..., which reads the F
numbers or the 2H of the layer before, are, forwards (f) and backwards (b) along the line:

| name             | shape   | meaning                                                                 |
|------------------|---------|-------------------------------------------------------------------------|
| W_x_fl, W_x_bl   | (I, 4H) | from what it reads to the gates i, g, f, o                              |
| W_h_fl, W_h_bl   | (H, 4H) | from the hidden state to the gates                                      |
| b_fl, b_bl       | (4H,)   | the gates' bias                                                         |
| W_y (last)       | (2H, V) | from both directions of the last layer to the symbols                   |
| b_y              | (V,)    | the symbols' bias                                                       |
"""

from __future__ import annotations

from typing import Any

from ductus.weights.kinds import ALPHABET, READER

DIRECTIONS = "fb"
POINT = 5  # numbers of a point in a frame: `analysis.reader_frames`
MAX_CELLS, MAX_LAYERS, MAX_FRAME = 512, 8, 16  # they bound the memory that a line takes


def describe(layers: int, frame: int) -> dict[str, Any]:
    """Return what the metadata of a reader says of it."""
    return {"network": READER, "alphabet": ALPHABET, "reader": {"layers": layers, "frame": frame, "point": POINT}}


def fault(metadata: dict[str, Any]) -> str | None:
    """Return what is wrong with this part of a reader's metadata, or None."""
    shape = metadata.get("reader")
    if not isinstance(shape, dict) or shape.get("point") != POINT:
        return f"a reader says how many numbers a point has, {POINT}, not {shape!r:.40}"
    for name, largest in (("layers", MAX_LAYERS), ("frame", MAX_FRAME)):
        value = shape.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= largest:
            return f"a reader has 1..{largest} for {name!r}, not {value!r:.40}"
    if metadata["units"] > MAX_CELLS:
        return f"a reader has at most {MAX_CELLS} 'units', not {metadata['units']!r:.40}"
    return None


def shapes(units: int, layers: int, frame: int) -> dict[str, tuple[int, ...]]:
    """Return the arrays of a reader of this size, in file order: name -> shape."""
    symbols, gates, width, arrays = 1 + len(ALPHABET), 4 * units, POINT * frame, {}
    for layer in range(layers):
        for direction in DIRECTIONS:
            arrays[f"W_x_{direction}{layer}"] = (width, gates)
            arrays[f"W_h_{direction}{layer}"] = (units, gates)
            arrays[f"b_{direction}{layer}"] = (gates,)
        width = 2 * units
    return arrays | {"W_y": (width, symbols), "b_y": (symbols,)}
