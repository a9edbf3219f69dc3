"""What the weights of a text network have beside those of the plain one: `ductus.weights` has the common part.

The metadata says `"network": "text"`, its `alphabet` and its `window`: {gaussians, ahead, behind, log_range}. The
arrays, with H units, M components of the mixture, K Gaussians, and V symbols (the end mark and the alphabet):

| name | shape     | meaning                                                        |
|------|-----------|----------------------------------------------------------------|
| W_wh | (V, 4H)   | from the window to the gates                                   |
| W_hk | (H, 3K)   | from the hidden state to the window, blocks alpha, beta, kappa |
| b_k  | (3K,)     | the window's bias                                              |
| W_wy | (V, 1+6M) | from the window to the head                                    |
"""

from __future__ import annotations

from typing import Any

from ductus.weights.kinds import ALPHABET, TEXT

# The window (`ductus.window`): characters within its reach, and bounds of the logarithms of alpha and beta.
AHEAD, BEHIND, LOG_RANGE = 2, 5, (-8.0, 4.0)
MAX_GAUSSIANS = 64


def describe(gaussians: int) -> dict[str, Any]:
    """Return what the metadata of a text network says of it."""
    window = {"gaussians": gaussians, "ahead": AHEAD, "behind": BEHIND, "log_range": list(LOG_RANGE)}
    return {"network": TEXT, "alphabet": ALPHABET, "window": window}


def fault(metadata: dict[str, Any]) -> str | None:
    """Return what is wrong with this part of a text network's metadata, or None."""
    window = metadata.get("window")
    gaussians = window.get("gaussians") if isinstance(window, dict) else None
    if isinstance(gaussians, bool) or not isinstance(gaussians, int) or not 1 <= gaussians <= MAX_GAUSSIANS:
        return f"the window must have 1..{MAX_GAUSSIANS} Gaussians, not {gaussians!r:.40}"
    if window != describe(gaussians)["window"]:
        return "the window has another reach or other bounds than this program's"
    return None


def shapes(metadata: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the arrays that come after those of the plain network, in file order: name -> shape."""
    symbols, blocks = 1 + len(metadata["alphabet"]), 3 * metadata["window"]["gaussians"]
    return {
        "W_wh": (symbols, 4 * metadata["units"]),
        "W_hk": (metadata["units"], blocks),
        "b_k": (blocks,),
        "W_wy": (symbols, 1 + 6 * metadata["mixtures"]),
    }
