"""The nesting depth of a JSON text, found without recursion."""

from __future__ import annotations

import numpy as np

_BLOCK = 1 << 16  # characters counted together: their running sum takes eight times the memory of the text
_OTHERS = bytes(byte for byte in range(256) if byte not in b'"[]{}')


def json_depth(data: bytes) -> int:
    """Return the depth of the lists and objects of a JSON text, up to its first error if it has one.

    json recurses, and before Python would raise a RecursionError, Pyodide's small stack overflows: that ends the
    program, not the call.
    """
    # What is escaped goes first, then all that is neither a quotation mark nor a bracket: each copy is one piece of
    # memory, never larger than the text.
    bare = data.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _OTHERS)
    depth = deepest = 0
    quoted = False
    for first in range(0, len(bare), _BLOCK):
        some = np.frombuffer(bare, np.uint8, min(_BLOCK, len(bare) - first), first)
        inside = np.logical_xor.accumulate(np.concatenate([[quoted], some == ord('"')]))[1:]
        quoted = bool(inside[-1])
        brackets = some[~inside & (some != ord('"'))]
        if not len(brackets):
            continue
        opening = (brackets == ord("[")) | (brackets == ord("{"))
        depths = depth + np.cumsum(np.where(opening, 1, -1))
        depth, deepest = int(depths[-1]), max(deepest, int(depths.max()))
    return deepest


def deeper_than(data: bytes, limit: int) -> bool:
    """Return whether the JSON text nests deeper than `limit`; counting its brackets settles most cases."""
    return data.count(b"[") + data.count(b"{") > limit and json_depth(data) > limit
