"""The best of several draws of a text, as a reader sees them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ductus import guidance
from ductus.cooperative import with_progress
from ductus.generation.text import Primer, Writer, Written
from ductus.text_network import TextNetwork


def best_slices(
    network: TextNetwork,
    reader: Any,  # an analysis.reader.Reader, which generation does not import
    text: str,
    temperature: float,
    seed,
    draws: int,
    primer: Primer | None = None,
    strength: float = guidance.STRENGTH,
) -> Generator[int, None, tuple[Written, int]]:
    """Return the draw, of several, that the reader finds most likely to say the text, and its number; with pauses.

    Draw 0 is what `write` returns; draw k has the seed [seed, k]. Complete lines come before others. At each pause it
    yields the number of finished draws. Raises what `write` does.
    """
    found = []
    for draw in range(draws):
        writer = Writer(network, temperature, [seed, draw] if draw else seed, primer, strength)
        for _ in writer.change(text):
            yield draw
        written = writer.written
        unit = network.units_per_x_height or 1.0
        line = written.points / [unit, unit, 1] * [reader.units_per_x_height, reader.units_per_x_height, 1]
        (nats,) = yield from with_progress(reader.scores_slices([line], written.text), lambda _, draw=draw: draw)
        found.append((written.complete, nats, written))
    best = max(range(draws), key=lambda draw: found[draw][:2])
    return found[best][2], best
