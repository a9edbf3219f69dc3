"""The minimum time of each workload in this browser, from the browser's limits (limits.c)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLAGS = ["-msimd128", "-mrelaxed-simd"]
# Per call in rivals.js: multiply-adds, hyperbolic tangents, pairs of t-SNE, and one read of all weights.
OPERATIONS = {"multiply-adds": 400_000, "tangents": 400_000, "pairs": 400_000, "reading": 1}
# The minimum operations of one call of each workload.
H, OUTPUTS = 500, 121
FROM_STATE, FROM_INPUT, HEAD = H * 4 * H, 3 * 4 * H, H * OUTPUTS  # multiply-adds of a row
TANGENTS = 5 * H
ROW = FROM_STATE + FROM_INPUT + HEAD
# A fan's 50 samples share the state's part of the first of its three steps, and the first head.
FAN = (2 * 50 + 1) * FROM_STATE + 3 * 50 * FROM_INPUT + (3 * 50 + 1) * HEAD
FAN_TANGENTS = 3 * 50 * TANGENTS
# The text network has V more numbers that go into a step and into the head, and the 3K of its window.
V, WINDOW = 84, 3 * 10
TEXT_ROW = ROW + V * 4 * H + V * OUTPUTS + H * WINDOW
# A tenth of t-SNE's iterations use float64, of which half as many fit into a vector.
TSNE_PAIRS = H * (H - 1) // 2 * (900 + 2 * 100)


def build(folder: Path) -> bytes:
    """Compile limits.c to a WebAssembly module; return its bytes."""
    target = folder / "limits.wasm"
    options = ["-target", "wasm32-freestanding", "-O3", "-nostdlib", "-Wl,--no-entry", *FLAGS]
    command = [sys.executable, "-m", "ziglang", "cc", *options, str(HERE / "limits.c"), "-o", str(target)]
    subprocess.run(command, check=True)
    return target.read_bytes()


def bounds(milliseconds: dict[str, float]) -> dict[str, float]:
    """Return the minimum milliseconds of each workload, from those of the calls of OPERATIONS.

    Arithmetic runs from registers, as if every number were loaded in time. For a single pen, reading the weights
    takes longer, and the arithmetic runs meanwhile. Python's own time, the sampling and a text's window are not
    included.
    """
    one = {name: milliseconds[name] / count for name, count in OPERATIONS.items()}
    multiply_add, tangent = one["multiply-adds"], one["tangents"]
    row = ROW * multiply_add + TANGENTS * tangent
    alone = max(row, one["reading"])
    text = TEXT_ROW / ROW  # the weights grow with the multiply-adds
    fan = FAN * multiply_add + FAN_TANGENTS * tangent
    return {
        "step": alone,
        "point of a line": 20 * alone,
        "step of 50": 50 * row,
        "continuation": 99 * alone,
        "point of a text": 20 * text * alone,
        "fan": fan,
        "8 fans": 8 * fan,
        "line of fans": 600 * fan,
        "matrix product": 1000 * 503 * 2000 * multiply_add,
        "t-SNE": TSNE_PAIRS * one["pairs"],
    }
