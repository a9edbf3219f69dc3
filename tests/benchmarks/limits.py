"""The least time that each workload could take in this browser, from what that can do at most (limits.c)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLAGS = ["-msimd128", "-mrelaxed-simd"]
# Of one call in rivals.js: multiply-adds, hyperbolic tangents and pairs of t-SNE's; and a reading of all weights.
OPERATIONS = {"multiply-adds": 400_000, "tangents": 400_000, "pairs": 400_000, "reading": 1}
# What one call of each workload takes at least.
H, OUTPUTS = 500, 121
FROM_STATE, FROM_INPUT, HEAD = H * 4 * H, 3 * 4 * H, H * OUTPUTS  # multiply-adds of a row
TANGENTS = 5 * H
ROW = FROM_STATE + FROM_INPUT + HEAD
# A fan's 50 ways share the first of its three steps, as far as it depends on the state only, and all have one head.
FAN = (2 * 50 + 1) * FROM_STATE + 3 * 50 * FROM_INPUT + (3 * 50 + 1) * HEAD
FAN_TANGENTS = 3 * 50 * TANGENTS
# A tenth of t-SNE's iterations is in float64, of which half as many go at a time.
TSNE_PAIRS = H * (H - 1) // 2 * (900 + 2 * 100)


def build(folder: Path) -> bytes:
    """limits.c as a module of its own."""
    target = folder / "limits.wasm"
    options = ["-target", "wasm32-freestanding", "-O3", "-nostdlib", "-Wl,--no-entry", *FLAGS]
    command = [sys.executable, "-m", "ziglang", "cc", *options, str(HERE / "limits.c"), "-o", str(target)]
    subprocess.run(command, check=True)
    return target.read_bytes()


def bounds(milliseconds: dict[str, float]) -> dict[str, float]:
    """The least milliseconds of each workload, from those that the calls of OPERATIONS took.

    Arithmetic from registers, as if every number were there in time. Of one pen alone the reading of the weights
    takes longer, and the arithmetic can go on meanwhile. Python's own time is not in it, nor a fan's sampling.
    """
    one = {name: milliseconds[name] / count for name, count in OPERATIONS.items()}
    multiply_add, tangent = one["multiply-adds"], one["tangents"]
    row = ROW * multiply_add + TANGENTS * tangent
    alone = max(row, one["reading"])
    fan = FAN * multiply_add + FAN_TANGENTS * tangent
    return {
        "step": alone,
        "point of a line": 20 * alone,
        "step of 50": 50 * row,
        "fan": fan,
        "8 fans": 8 * fan,
        "line of fans": 600 * fan,
        "matrix product": 1000 * 503 * 2000 * multiply_add,
        "t-SNE": TSNE_PAIRS * one["pairs"],
    }
