"""The network goes on at length in the hand of the ink on a sheet, and, for comparison, in none (figure A3)."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from desk import Desk
from ductus import rows
from ductus.hand import hand
from ductus.lstm import State
from ductus.model import Model
from jobs.lines import silent

# Lines by which a hand is measured, besides the one that is shown: one line may be nothing but luck.
LINES = 6
# Ink of fewer points shows no hand: about four letters.
FEWEST = 100


def write(
    desk: Desk, sheet: str, points: int, temperature: float, seed: int, width: float
) -> Generator[dict | None, None, dict]:
    """Writes in rows of this width, in x-heights, after the ink on a sheet (primed) and from nothing.

    Both from the same seed, and of at least so many points each, the last row whole. News, a row each: {primed: 1 or
    0; places (N, 3) float32 of x from the row's left edge, y from its baseline, in x-heights, and lift; above, below:
    how far it reaches from its baseline}. Value: {count: points of the ink; lines: LINES; and if the ink has FEWEST
    points yours (4,), primed and plain (2, 4) float32: `ductus.hand.HAND` of the ink, and the mean and the standard
    deviation over LINES lines of so many points in either way}. Raises InkError if there is no ink.
    """
    places = desk.sheet(sheet).places()  # (N, 3)
    units = desk.model.units_per_x_height
    ink = np.diff(places, axis=0, prepend=places[:1])  # (N, 3)
    ink[:, 2] = places[:, 2]
    line = desk.take(f"priming {sheet}", ink * [units, units, 1])
    yield from line.slices()
    begins = {"primed": line.state(len(line)), "plain": desk.model.start()}
    for name, state in begins.items():
        yield from _rows(desk.model, state, name, int(points), float(temperature), int(seed), float(width))
    value = {"count": len(line), "lines": LINES}
    if len(line) >= FEWEST:
        value["yours"] = np.float32(hand(ink))
        for name, state in begins.items():
            value[name] = yield from _hands(desk.model, state, int(points), float(temperature), int(seed))
    return value


def _rows(model: Model, state: State, name: str, points: int, temperature: float, seed: int, width: float):
    written = 0
    for row in rows.write_slices(model, state, temperature, seed, width):
        if row is None:
            yield
            continue
        places = np.float32(row.places)
        yield {"primed": int(name == "primed"), "places": places, "above": row.above, "below": row.below}
        written += len(row.points)
        if written >= points:
            return


def _hands(model: Model, state: State, points: int, temperature: float, seed: int):
    units = model.units_per_x_height
    lines = yield from silent(model.continue_slices(state, LINES, points, temperature, [seed, LINES]))
    hands = np.array([hand(line / [units, units, 1]) for line in lines])  # (LINES, 4)
    return np.float32([hands.mean(axis=0), hands.std(axis=0)])
