"""What a text network reads again in a long text: the last words, after the ink whose hand it writes in.

It was trained on rows of at most 760 points. Over a longer line its state goes where it never was in training, and
letters fall apart. So a context is renewed when it is long: the line begins again at one of its last words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Recall(NamedTuple):
    """When a context is renewed: after `context` points, the primer's among them, if its last words can be left.

    `kept`: points of the last words that are read again, at least, and how many fewer they must be at least.
    """

    context: int
    kept: int


UNPRIMED = Recall(context=380, kept=100)
# In a given hand every word begins a context of its own: the longer the network reads what it wrote itself, the more
# it goes on in that hand instead.
PRIMED = Recall(context=0, kept=20)
# Between the ink whose hand it is and the words: the middle of the gaps in training, in x-heights.
WORD_GAP = 1.35


def last_words(points: np.ndarray, places: np.ndarray, text: str, kept: int) -> tuple[int, int] | None:
    """Return the first character and point of the last words that have `kept` points; None if there are none.

    points (N, 3) of a text that is being written, of which the last one is a lift; places (N,), where in the text the
    window was. A word begins with the stroke after the one in which the window passed the middle of the space.
    """
    ends = np.flatnonzero(points[:, 2])
    for space in range(min(len(text) - 1, int(places.max(initial=-1))), -1, -1):
        if text[space] != " ":
            continue
        passed = np.flatnonzero(places >= space + 0.5)
        before = ends[ends <= passed[0]] if len(passed) else ends[:0]
        if len(before) and len(points) - (first := int(before[-1]) + 1) >= kept:
            return space + 1, first
    return None


def recalled(primer: np.ndarray, points: np.ndarray, first: int, unit: float) -> np.ndarray:
    """Return the primer (G, 3) with the points (N, 3) from number `first` on after it, a gap to its right.

    They stand as high above it as they were written. `unit`: model units to an x-height.
    """
    words = np.array(points[first:], np.float64)  # (n, 3)
    if not len(primer):
        words[0, :2] = 0
        return words
    x = primer[:, 0].cumsum()
    words[0, :2] = x.max() - x[-1] + WORD_GAP * unit, points[: first + 1, 1].sum()
    return np.concatenate([primer, words])
