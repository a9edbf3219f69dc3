"""Texts as the network writes them, unselected: `python -m weights.training.text.samples WEIGHTS -o OUT.svg`.

Text i is drawn with the seed [seed, i], so no draw depends on the others. Prints one JSON object: how many texts
reached their end, and how many points a character took.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from ductus import guidance
from ductus.alphabet import TextError
from ductus.formats import io
from ductus.generation.text import Written, write
from ductus.ink import InkError
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError

TEXTS = (
    "hello world",
    "handwriting",
    "Ductus",
    "memory cells",
    "1984",
    "Quiz, Zebra?",
    "you can type this",
    "Dear Anna,",
    "call 555 0199",
    "the quick brown fox",
    "jumps over the lazy dog",
    "12.50 + 7.25 = 19.75",
    "Where are you now?",
    "John's book (1879)",
    "A neural network writes it.",
    "It rained all day; we stayed inside.",
    "Pack my box with five dozen jugs",
    "Sixty zippers were quickly picked",
    "Meet me at 10:45 on Friday",
    "Vienna, 3 October 2026",
    "Graves showed how a soft window reads along while the network is writing",
    "A letter takes about twenty five points, and a line of them a few hundred",
    "In the end we only regret the chances we did not take, said the old man",
    "What you type here appears in a hand that nobody has ever written before",
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line on bad input."""
    parser = argparse.ArgumentParser(prog="samples", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("weights", type=Path, metavar="WEIGHTS")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.svg|.npz|.json|.inkml")
    parser.add_argument("--temperature", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--texts", type=Path, metavar="FILE", help="texts, one a line, in place of the program's own")
    options = parser.parse_args(arguments)
    try:
        texts: list[str] = options.texts.read_text("utf-8").splitlines() if options.texts else list(TEXTS)
        network = TextNetwork(weight_file.load(options.weights))
        lines = draw(network, texts, options.temperature, options.seed)
        points = [line.points for line in lines]
        io.save(options.output, points, units_per_x_height=network.units_per_x_height)
    except (OSError, WeightsError, TextError, InkError, ValueError) as error:
        print(f"samples: {error}", file=sys.stderr)
        return 2
    print(json.dumps(report(lines) | {"temperature": options.temperature, "seed": options.seed}))
    return 0


def draw(
    network: TextNetwork, texts: list[str], temperature: float, seed: int, strength: float = guidance.STRENGTH
) -> list[Written]:
    """Return each text, written once. Raises TextError, ValueError."""
    return [write(network, text, temperature, [seed, i], None, strength) for i, text in enumerate(texts)]


def report(lines: list[Written]) -> dict:
    """Return how many texts there are and are complete, also by length, and how many points a character took."""
    lengths = np.array([len(line.text) for line in lines])
    complete = np.array([line.complete for line in lines])
    points = sum(len(line.points) for line in lines)
    groups = {"up to 20": lengths <= 20, "21 to 40": (lengths > 20) & (lengths <= 40), "over 40": lengths > 40}
    return {
        "texts": len(lines),
        "complete": int(complete.sum()),
        "complete_by_length": {name: f"{complete[own].sum()} of {own.sum()}" for name, own in groups.items()},
        "points_a_character": round(points / max(1, lengths.sum()), 2),
    }


if __name__ == "__main__":
    sys.exit(main())
