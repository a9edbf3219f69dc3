"""The nesting depth of a JSON text, found without recursion."""

from __future__ import annotations

import re

import numpy as np

_BLOCK = 1 << 16  # brackets counted together: their running sum takes eight times the memory of the text


def json_depth(data: bytes) -> int:
    """Return the depth of the lists and objects of a JSON text, up to its first error if it has one.

    json recurses, and before Python would raise a RecursionError, Pyodide's small stack overflows: that ends the
    program, not the call.
    """
    bare = re.sub(rb'"[^"]*"?', b"", re.sub(rb"\\.", b"", data, flags=re.DOTALL))
    brackets = np.frombuffer(re.sub(rb"[^][{}]+", b"", bare), np.uint8)
    depth = deepest = 0
    for first in range(0, len(brackets), _BLOCK):
        some = brackets[first : first + _BLOCK]
        opening = (some == ord("[")) | (some == ord("{"))
        depths = depth + np.cumsum(np.where(opening, 1, -1))
        depth, deepest = int(depths[-1]), max(deepest, int(depths.max()))
    return deepest


def deeper_than(data: bytes, limit: int) -> bool:
    """Return whether the JSON text nests deeper than `limit`; counting its brackets settles most cases."""
    return data.count(b"[") + data.count(b"{") > limit and json_depth(data) > limit
