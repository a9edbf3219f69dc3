"""Connectionist temporal classification: texts out of log-probabilities for each frame (Graves et al. 2006).

`log_p` (T, V) has a row for each frame and a column for each symbol, the blank first. A path takes one symbol in each
frame; it says the text that is left when repeated symbols become one and the blanks go. A text's probability is the
sum over all paths that say it.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence

import numpy as np

from ductus.cooperative import run

BLANK = 0
LEAST = -9.0  # log-probability in a frame, for a symbol to be tried there
_STEPS = 16  # frames between two pauses


def greedy(log_p: np.ndarray) -> list[int]:
    """Return the symbols (without blanks) that the most probable path says (section 3.2, best path decoding)."""
    path = log_p.argmax(axis=1)  # (T,)
    new = np.diff(path, prepend=-1) != 0
    return path[new & (path != BLANK)].tolist()


def log_probability(log_p: np.ndarray, symbols: list[int]) -> float:
    """Return the logarithm of a text's probability, -inf if it cannot be said (section 4.1, equations 5 to 8).

    Raises ValueError for a symbol that `log_p` has no column for.
    """
    if any(not BLANK < symbol < log_p.shape[1] for symbol in symbols):
        raise ValueError(f"a symbol is not in 1..{log_p.shape[1] - 1}")
    if not len(log_p):
        return -math.inf if symbols else 0.0
    extended = np.full(2 * len(symbols) + 1, BLANK)  # (S,): a blank around every symbol
    extended[1::2] = symbols
    # From two before one may go on, past a blank between different symbols.
    skips = np.zeros(len(extended), bool)
    skips[3::2] = extended[3::2] != extended[1:-2:2]
    # Before the first frame a path stands before the first blank, from where it may go to the first symbol too.
    forward = np.full(len(extended) + 2, -np.inf)  # (2 + S,): two places that nothing stands in, and all of S
    forward[1] = 0.0
    skips[1:2] = True
    for row in log_p[:, extended].astype(np.float64):  # (S,)
        two = np.where(skips, forward[:-2], -np.inf)
        forward[2:] = np.logaddexp(np.logaddexp(forward[2:], forward[1:-1]), two) + row
        forward[1] = -np.inf
    return float(np.logaddexp(forward[-1], forward[-2]) if symbols else forward[-1])


def beam(log_p: np.ndarray, width: int) -> list[tuple[list[int], float]]:
    """Return the most probable texts found, at most `width`, best first, each with its log-probability.

    Prefix search in a beam (section 3.2; Graves 2012, section 7.5.3): texts, not paths, are kept after each frame,
    with the paths that end in a blank apart from those that do not. Symbols below LEAST in a frame are not tried.
    """
    return run(beam_slices(log_p, width))


def beam_slices(log_p: np.ndarray, width: int) -> Generator[None, None, list[tuple[list[int], float]]]:
    """Do what `beam` does, with pauses."""
    # text -> the log-probabilities of its paths that end in a blank, and of those that do not
    texts: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    for frame, row in enumerate(log_p.astype(np.float64)):  # (V,)
        tried = [symbol for symbol in np.flatnonzero(row > LEAST).tolist() if symbol != BLANK]
        values = row.tolist()
        grown: dict[tuple[int, ...], list[float]] = {}
        for text, (blank, symbol) in texts.items():
            every = _add(blank, symbol)
            own = grown.setdefault(text, [-math.inf, -math.inf])
            own[0] = _add(own[0], every + values[BLANK])
            if text:
                own[1] = _add(own[1], symbol + values[text[-1]])
            for one in tried:
                longer = grown.setdefault((*text, one), [-math.inf, -math.inf])
                before = blank if text and one == text[-1] else every
                longer[1] = _add(longer[1], before + values[one])
        best = sorted(grown.items(), key=lambda item: -_add(*item[1]))[:width]
        texts = {text: (pair[0], pair[1]) for text, pair in best}
        if frame % _STEPS == _STEPS - 1:
            yield
    return [(list(text), _add(*pair)) for text, pair in texts.items()]


def edit_distance(a: Sequence, b: Sequence) -> int:
    """Return how many symbols must be put in, left out or replaced to make `b` of `a` (Levenshtein 1966)."""
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


def _add(a: float, b: float) -> float:
    """Return log(exp a + exp b)."""
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))
