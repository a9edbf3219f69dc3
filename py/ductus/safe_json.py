"""How deep a JSON text nests, found without nesting."""

from __future__ import annotations

import re

import numpy as np

_BLOCK = 1 << 16  # brackets counted at a time: their running sum takes eight times the memory of the text


def json_depth(data: bytes) -> int:
    """The depth of the lists and objects of a JSON text, up to its first fault if it has one.

    json recurses, and where Python itself would raise a RecursionError, Pyodide's small stack has already overflowed:
    that ends the program, not the call.
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


def deeper_than(data: bytes, most: int) -> bool:
    """Does the JSON text nest deeper than `most`? Where it has no more brackets than that, the answer is at hand."""
    return data.count(b"[") + data.count(b"{") > most and json_depth(data) > most
