"""Rows composed on the fly from units of one writer: words with gaps, numbers, capitals, and whole rows of text.

The data alone is short of spaces, digits, capitals and rare letters; composed rows have as many as asked for. All
ink is real; order and gaps are ours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from weights.training.text.units import CAPITAL, DIGIT, ROW, WORD, Units

MAX_BOOST = 8.0  # how much more often than a common word a unit of rare characters may be drawn
WORD_GAP, LETTER_GAP = (0.9, 1.8), (0.25, 0.5)  # x-heights, uniform
MIN_UNITS = 5  # of a kind, for a writer to be drawn for it


class Row(NamedTuple):
    """A row of ink: offsets and lifts float32 (n, 3) in x-heights, its first offset 0, and what it says."""

    points: np.ndarray
    text: str


@dataclass(frozen=True)
class Shares:
    """How rows are made: the share of rows of text, of symbol sheets (digits, capitals), the rest being words.

    Among words, `number` and `capitals` are the chances that a token is made of digits or capitals instead, where
    the writer has them. `initials` is the chance that a capital stands before a word as its first letter: how else
    would a network learn how tall a J is beside small letters? `rarity` is the power of 1 / frequency with which
    units of rare characters are preferred.
    """

    text: float = 0.38
    sheets: float = 0.12
    number: float = 0.15
    capitals: float = 0.08
    initials: float = 0.0
    rarity: float = 0.5


class Composer:
    """Composes rows of at most `longest` points from units of one part of the data."""

    def __init__(self, units: Units, shares: Shares, longest: int):
        self.units, self.shares, self.longest = units, shares, longest
        boost = _boost(units.texts, shares.rarity)  # (U,)
        fits = units.lengths <= longest
        self._of: dict[int, dict[int, tuple[np.ndarray, np.ndarray]]] = {}
        for kind in (WORD, ROW, DIGIT, CAPITAL):
            members = np.flatnonzero((units.kind == kind) & fits)
            by_writer = {}
            for writer in np.unique(units.writer[members]).tolist():
                own = members[units.writer[members] == writer]
                if len(own) >= MIN_UNITS:
                    by_writer[writer] = own, _cumulative(boost[own])
            self._of[kind] = by_writer
        self._writers = {kind: _writers(by_writer) for kind, by_writer in self._of.items()}
        sheets = {**self._of[DIGIT], **self._of[CAPITAL]}
        self._sheet_writers = _writers(sheets)

    def row(self, rng: np.random.Generator) -> Row:
        """Return a new row; the generator decides all."""
        choice = rng.random()
        if choice < self.shares.text and self._of[ROW]:
            writer = _draw(self._writers[ROW], rng)
            unit = self._unit(ROW, writer, rng)
            places, lift = self.units.places(unit)
            return _finish([places], [lift], self.units.texts[unit])
        if choice < self.shares.text + self.shares.sheets and self._sheet_writers[0].size:
            return self._tokens(_draw(self._sheet_writers, rng), True, rng)
        return self._tokens(_draw(self._writers[WORD], rng), False, rng)

    def _unit(self, kind: int, writer: int, rng: np.random.Generator) -> int:
        members, cumulative = self._of[kind][writer]
        return int(members[np.searchsorted(cumulative, rng.random() * cumulative[-1], "right")])

    def _tokens(self, writer: int, sheets_only: bool, rng: np.random.Generator) -> Row:
        """A row of words, numbers and capitals of one writer, separated by spaces."""
        kinds = [kind for kind in (WORD, DIGIT, CAPITAL) if writer in self._of[kind]]
        chances = np.array([{WORD: 1.0, DIGIT: self.shares.number, CAPITAL: self.shares.capitals}[k] for k in kinds])
        if sheets_only:
            chances[[kind == WORD for kind in kinds]] = 0.0
        elif WORD in kinds:
            chances[0] -= chances[1:].sum()
        chances /= chances.sum()
        goal = rng.uniform(0.35, 1.0) * self.longest
        ink, texts, count = _Beside(self.units, rng), [], 0
        while count < goal:
            kind = kinds[int(np.searchsorted(np.cumsum(chances), rng.random(), "right").clip(0, len(kinds) - 1))]
            size = 1 if kind == WORD else int(rng.integers(1, 6 if kind == DIGIT else 4))
            units = [self._unit(kind, writer, rng) for _ in range(size)]
            if kind == WORD and CAPITAL in kinds and self.shares.initials and rng.random() < self.shares.initials:
                units.insert(0, self._unit(CAPITAL, writer, rng))
            while len(units) > 1 and self.units.lengths[units].sum() > self.longest:
                units.pop(0 if kind == WORD else -1)
            length = int(self.units.lengths[units].sum())
            if count and count + length > self.longest:
                break
            for index, unit in enumerate(units):
                ink.add(unit, WORD_GAP if index == 0 else LETTER_GAP)
            texts.append("".join(self.units.texts[unit] for unit in units))
            count += length
        return ink.row(" ".join(texts))


class _Beside:
    """Units side by side, at distances drawn from a gap's least to its greatest, in x-heights."""

    def __init__(self, units: Units, rng: np.random.Generator):
        self._units, self._rng = units, rng
        self._places: list[np.ndarray] = []
        self._lifts: list[np.ndarray] = []
        self._right = 0.0

    def add(self, unit: int, gap: tuple[float, float]) -> None:
        left = self._right + self._rng.uniform(*gap) if self._places else 0.0
        xy, lift = self._units.places(unit)
        xy = xy + np.array([left, 0.0], np.float32)
        self._right = max(self._right, float(xy[:, 0].max()))
        self._places.append(xy)
        self._lifts.append(lift)

    def row(self, text: str) -> Row:
        return _finish(self._places, self._lifts, text)


def joined(units: Units, chosen: list[int], gap: tuple[float, float], rng: np.random.Generator) -> Row:
    """Return a row of these units, a space between any two; `gap`: the least and greatest distance, x-heights."""
    ink = _Beside(units, rng)
    for unit in chosen:
        ink.add(unit, gap)
    return ink.row(" ".join(units.texts[unit] for unit in chosen))


def _finish(places: list[np.ndarray], lifts: list[np.ndarray], text: str) -> Row:
    xy, lift = np.concatenate(places), np.concatenate(lifts)  # (n, 2), (n,)
    points = np.empty((len(xy), 3), np.float32)
    points[:, :2] = np.diff(xy, axis=0, prepend=xy[:1])
    points[:, 2] = lift
    points[-1, 2] = 1
    return Row(points, text)


def _boost(texts: list[str], power: float) -> np.ndarray:
    """How often each unit should be drawn, (U,): the mean over its characters of frequency^-power, bounded."""
    counts = Counter(character for text in texts for character in text if character != " ")
    common = max(counts.values())
    weight = {character: (common / count) ** power for character, count in counts.items()} | {" ": 1.0}
    boost = np.array([np.mean([weight[character] for character in text]) for text in texts])
    return np.minimum(boost / np.median(boost), MAX_BOOST)


def _cumulative(weights: np.ndarray) -> np.ndarray:
    return np.cumsum(weights)


def _writers(by_writer: dict) -> tuple[np.ndarray, np.ndarray]:
    """Writers and the running sum of their weights: the root of how many units each has."""
    writers = np.array(sorted(by_writer), np.int64)
    return writers, np.cumsum([len(by_writer[writer][0]) ** 0.5 for writer in writers.tolist()])


def _draw(writers: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> int:
    numbers, cumulative = writers
    return int(numbers[np.searchsorted(cumulative, rng.random() * cumulative[-1], "right")])
