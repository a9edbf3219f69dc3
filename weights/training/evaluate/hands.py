"""How near the writing in a held-out hand is to that hand: part of `evaluate.text`.

Each test writer with enough words gives three of them as a primer and twice TRUTH others as the truth about their
hand. A hand is the mean of `style_metrics` over words, in deviations of all writers' real hands; the distance of two
is Euclidean. In a pair of writers the writing in the first one's hand is right if it is nearer to that one's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ductus.analysis.style_metrics import style_metrics
from ductus.generation.text import Primer, Written, write
from ductus.text_network import TextNetwork
from weights.training.data import seeds
from weights.training.data.dataset import DataError
from weights.training.evaluate import bootstrap
from weights.training.text.compose import WORD_GAP, Row, joined
from weights.training.text.units import WORD, Units

PRIMER_WORDS, TRUTH = 3, 8
MIN_LETTERS = 3  # in a word of a primer or of the truth
TEXTS_A_WRITER = 3
# Words alone: digits and capitals have another height and other lifts than the words which a hand is measured by.
TEXTS = (
    "the morning paper on the garden wall",
    "under the yellow bridge the river is slow",
    "we never walk to the market in summer",
    "a simple answer came after the music",
    "her friend found an orange stone again",
    "the little house between two windows",
    "people travel by night and sleep by day",
    "one candle is enough for this old room",
)


class Hand(NamedTuple):
    """A writer's primer, and two rows of other words of theirs: all in x-heights."""

    writer: int
    primer: Row
    truth: tuple[np.ndarray, np.ndarray]


def hands(units: Units, seed: int = 0) -> list[Hand]:
    """Return a hand of every writer of these units who has words enough. Raises DataError for fewer than two."""
    rng, found = seeds.numpy_generator(seed, 0, seeds.ORDER), []
    long = np.array([len(text) for text in units.texts]) >= MIN_LETTERS
    for writer in np.unique(units.writer).tolist():
        own = rng.permutation(np.flatnonzero((units.writer == writer) & (units.kind == WORD) & long))
        if len(own) < PRIMER_WORDS + 2 * TRUTH:
            continue
        parts = np.split(own[: PRIMER_WORDS + 2 * TRUTH], [PRIMER_WORDS, PRIMER_WORDS + TRUTH])
        primer, *truth = (joined(units, part.tolist(), WORD_GAP, rng) for part in parts)
        found.append(Hand(writer, primer, (truth[0].points, truth[1].points)))
    if len(found) < 2:
        raise DataError(f"{len(found)} of the writers have {PRIMER_WORDS + 2 * TRUTH} words; two are needed")
    return found


def draw(
    network: TextNetwork, hands: list[Hand], texts: Sequence[str], temperature: float, seed: int, strength: float
) -> list[Written]:
    """Return TEXTS_A_WRITER of the texts in each hand, hand by hand. Raises ValueError for a bad temperature."""
    unit = network.units_per_x_height or 1.0
    return [
        write(
            network,
            texts[(TEXTS_A_WRITER * number + i) % len(texts)],
            temperature,
            [seed, number, i],
            Primer(hand.primer.points * [unit, unit, 1], hand.primer.text),
            strength,
        )
        for number, hand in enumerate(hands)
        for i in range(TEXTS_A_WRITER)
    ]


def likeness(network: TextNetwork, hands: list[Hand], lines: list[Written]) -> dict:
    """Return how often writing (from `draw`) is nearest to whose hand it is in, and how far its slant is from that.

    nearer: share of pairs of writers; of_real_ink: the same for a writer's other real words, which no writing can be
    expected to surpass; equal_error: at which distance as many writings in a hand are taken for another's as the
    other way round, and how many (a verification of the writer); slant: degrees. Intervals: 95 %, by writer.
    """
    unit = network.units_per_x_height or 1.0
    truth = np.array([style_metrics(hand.truth[0]) for hand in hands])  # (W, 4)
    real = np.array([style_metrics(hand.truth[1]) for hand in hands])  # (W, 4)
    written = np.array([style_metrics(line.points / [unit, unit, 1]) for line in lines])  # (W * T, 4)
    whose = np.arange(len(lines)) // TEXTS_A_WRITER  # (W * T,)
    spread = truth.std(axis=0)  # (4,)
    slant = np.abs(written[:, 0] - truth[whose, 0])  # (W * T,)
    distances = _distances(written, truth, spread)  # (W * T, W)
    return {
        "writers": len(hands),
        "lines": len(lines),
        "nearer": _nearer(distances, whose),
        "of_real_ink": _nearer(_distances(real, truth, spread), np.arange(len(hands))),
        "equal_error": _equal_error(distances, whose),
        "equal_error_of_real_ink": _equal_error(_distances(real, truth, spread), np.arange(len(hands))),
        "slant": bootstrap.of_values(slant, whose, lambda values: float(np.median(values))),
    }


def _distances(ours: np.ndarray, truth: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return np.linalg.norm((ours[:, None] - truth) / spread, axis=2)


def _nearer(distances: np.ndarray, whose: np.ndarray) -> dict[str, float]:
    """The share of pairs (a line, another writer) in which the line (n, W) is nearer to its own writer."""
    own = distances[np.arange(len(whose)), whose]  # (n,)
    right = (own[:, None] < distances).sum(axis=1)  # (n,)
    by_writer = [np.bincount(whose, some) for some in (right, np.full(len(whose), distances.shape[1] - 1))]
    return bootstrap.ratio(*by_writer)


def _equal_error(distances: np.ndarray, whose: np.ndarray) -> float:
    own = np.zeros(distances.shape, bool)
    own[np.arange(len(whose)), whose] = True
    limits = np.sort(distances, axis=None)
    missed = 1 - np.searchsorted(np.sort(distances[own]), limits, side="right") / own.sum()
    taken = np.searchsorted(np.sort(distances[~own]), limits, side="right") / (~own).sum()
    at = int(np.argmin(np.abs(missed - taken)))
    return float((missed[at] + taken[at]) / 2)
