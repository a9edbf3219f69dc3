"""The best of several draws of a text, as a reader sees them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ductus import guidance
from ductus.cooperative import with_progress
from ductus.generation.text import Primer, Writer, Written
from ductus.text_network import TextNetwork

# How much work a character is, counted in points of many that are drawn side by side: it has some 20 points, each of
# which takes as long alone as eight of those.
_CHARACTER = 160


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

    Draw 0 is what `write` returns; draw k has the seed [seed, k]. Complete lines come before others. All advance
    together, shared with the network's pool if there is one. At each pause it yields as how many draws counts what is
    written of all, 0 to `draws` - 1. Raises what `write` does.
    """
    seeds = [[seed, draw] if draw else seed for draw in range(draws)]
    writers = [Writer(network, temperature, own, primer, strength) for own in seeds]
    for writer in writers:
        writer.set_text(text)
    work = network.share_chains([writer.pieces(last=True) for writer in writers], draws * len(text) * _CHARACTER)
    yield from with_progress(work, lambda _: min(draws - 1, int(sum(writer.share for writer in writers))))
    drawn = [writer.written for writer in writers]
    scale = reader.units_per_x_height / (network.units_per_x_height or 1.0)
    lines = [line.points * [scale, scale, 1] for line in drawn]
    nats = yield from with_progress(reader.scores_slices(lines, drawn[0].text), lambda _: draws - 1)
    best = max(range(draws), key=lambda draw: (drawn[draw].complete, nats[draw]))
    return drawn[best], best
