"""Measure a text network: `python -m weights.training.evaluate.text WEIGHTS --reader READER -o OUT.json`.

Texts of `texts.txt`, of about 10, 30 and 75 characters, are written once each, in no hand, and read by a reader: it
must be another than the one that ranks draws. With `--ranking` also the best of several draws. With `--units` also:
the error of the same reader on real ink of test writers; what the text is worth to the network, in nats a point of
that ink, against another row's text; and, with `--hands`, writing in the hands of those writers.
Text i is drawn with the seed [seed, i]. Intervals: 95 %, by text, row or writer.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ductus import guidance
from ductus.alphabet import TextError, transliterate
from ductus.analysis.ctc import edit_distance
from ductus.analysis.reader import Reader
from ductus.cooperative import run
from ductus.generation.best_draw import best_slices
from ductus.generation.text import Written
from ductus.ink import InkError
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError
from weights.training.data.dataset import DataError
from weights.training.evaluate import hands
from weights.training.evaluate.bootstrap import ratio
from weights.training.text.compose import Shares
from weights.training.text.samples import draw
from weights.training.text.units import Units, load

TEXTS = Path(__file__).with_name("texts.txt")
LENGTHS = (("up to 20", 0, 20), ("21 to 50", 21, 50), ("over 50", 51, 400))
KINDS = (
    ("small letters", str.islower),
    ("capitals", str.isupper),
    ("digits", str.isdigit),
    ("symbols", lambda one: not one.isalnum() and one != " "),
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line on bad input."""
    parser = argparse.ArgumentParser(prog="text", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("weights", type=Path, metavar="WEIGHTS")
    parser.add_argument("--reader", type=Path, required=True, metavar="READER")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.json")
    parser.add_argument("--temperatures", type=float, nargs="+", default=[0.3, 0.5, 0.8], metavar="T")
    parser.add_argument("--texts", type=Path, default=TEXTS, metavar="FILE", help="texts, one a line")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth text")
    parser.add_argument("--units", type=Path, metavar="UNITS.npz", help="labelled units, for real ink")
    parser.add_argument("--hands", action="store_true", help="with --units: write in the hands of test writers too")
    parser.add_argument("--rows", type=int, default=200, help="rows of real ink (default 200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guidance", type=float, default=guidance.STRENGTH, metavar="G", help="0: none")
    parser.add_argument("--ranking", type=Path, metavar="READER", help="the reader that ranks draws")
    parser.add_argument("--draws", type=int, default=5, help="of which the best is taken (default 5)")
    options = parser.parse_args(arguments)
    try:
        network = TextNetwork(weight_file.load(options.weights))
        reader = Reader(weight_file.load(options.reader))
        texts = [transliterate(text) for text in options.texts.read_text("utf-8").splitlines()][:: options.every]
        report = {"weights": network.weights.metadata["sha256"], "reader": reader.weights.metadata["sha256"]}
        report["guidance"] = options.guidance
        report["generated"] = {
            str(temperature): measure(
                reader, network, draw(network, texts, temperature, options.seed, options.guidance)
            )
            for temperature in options.temperatures
        }
        if options.ranking:
            ranking = Reader(weight_file.load(options.ranking))
            report["best"] = {
                str(temperature): measure(reader, network, best(network, ranking, texts, temperature, options))
                for temperature in options.temperatures
            }
        if options.units:
            test = load(options.units).part("test")
            report["real"] = real(reader, network, test, options.rows, "".join(texts))
            if options.hands:
                whose = hands.hands(test)
                report["in_hands"] = {
                    str(temperature): in_hands(reader, network, whose, temperature, options)
                    for temperature in options.temperatures
                }
        options.output.write_text(json.dumps(report, indent=1) + "\n")
    except (OSError, WeightsError, TextError, InkError, DataError, ValueError) as error:
        print(f"text: {error}", file=sys.stderr)
        return 2
    return 0


def measure(reader: Reader, network: TextNetwork, lines: list[Written]) -> dict:
    """Return what the reader misreads of lines that the network wrote: in all, by length, by kind of character."""
    scale = (reader.units_per_x_height or 1.0) / (network.units_per_x_height or 1.0)
    reads = [reader.read(line.points * [scale, scale, 1]).text for line in lines]
    wrong = np.array([edit_distance(line.text, read) for line, read in zip(lines, reads, strict=True)])
    long = np.array([len(line.text) for line in lines])
    report = {
        "texts": len(lines),
        "complete": sum(line.complete for line in lines),
        "points_a_character": round(sum(len(line.points) for line in lines) / long.sum(), 2),
        "error": ratio(wrong, long),
        "error_by_length": {
            name: ratio(wrong[own], long[own])
            for name, low, high in LENGTHS
            if (own := (low <= long) & (long <= high)).any()
        },
    }
    pairs = [(line.text, read) for line, read in zip(lines, reads, strict=True)]
    report["found"] = {name: found(pairs, of) for name, of in KINDS}
    report["missed"] = 1 - found(pairs, lambda one: one != " ")["share"]
    used = sorted(set("".join(text for text, _ in pairs)) - {" "})
    report["found_of_each"] = {one: found(pairs, one.__eq__) for one in used}
    return report


def found(pairs: list[tuple[str, str]], of: Callable[[str], bool]) -> dict:
    """Return how many characters that `of` selects the texts of (text, read) have, and which share is read."""
    counts = [matches(text, read, of) for text, read in pairs]
    right, count = (sum(column) for column in zip(*counts, strict=True))
    return {"count": count, "share": right / count if count else None}


def best(network: TextNetwork, ranking: Reader, texts: list[str], temperature: float, options) -> list[Written]:
    """Return the best of `options.draws` draws of each text, by a reader."""
    work = (
        best_slices(network, ranking, text, temperature, [options.seed, i], options.draws, None, options.guidance)
        for i, text in enumerate(texts)
    )
    return [run(one)[0] for one in work]


def in_hands(reader: Reader, network: TextNetwork, whose: list[hands.Hand], temperature: float, options) -> dict:
    """Return what `measure` finds of writing in the hands of test writers, and how near to them it is."""
    lines = hands.draw(network, whose, hands.TEXTS, temperature, options.seed, options.guidance)
    return measure(reader, network, lines) | {"likeness": hands.likeness(network, whose, lines)}


def matches(text: str, read: str, of) -> tuple[int, int]:
    """Return how many characters that `of` selects are read as they are, in a best alignment, and of how many."""
    table = np.zeros((len(text) + 1, len(read) + 1), np.int64)  # the longest common subsequence
    for i, one in enumerate(text, 1):
        for j, other in enumerate(read, 1):
            same = table[i - 1, j - 1] + 1 if one == other else 0
            table[i, j] = max(same, table[i - 1, j], table[i, j - 1])
    i, j, found = len(text), len(read), 0
    while i and j:
        if text[i - 1] == read[j - 1] and table[i, j] == table[i - 1, j - 1] + 1:
            found += bool(of(text[i - 1]))
            i, j = i - 1, j - 1
        elif table[i, j] == table[i - 1, j]:
            i -= 1
        else:
            j -= 1
    return found, sum(bool(of(one)) for one in text)


def real(reader: Reader, network: TextNetwork, test: Units, count: int, characters: str) -> dict:
    """Return the reader's error on real rows of test writers, and what the right text is worth, in nats a point.

    `missed`: the share of the characters that it does not find, if each kind were as frequent as in `characters`.
    """
    from weights.training.reader.export import held_out  # which needs PyTorch

    rows = held_out(test, Shares(), count)
    unit = network.units_per_x_height or 1.0
    scale = reader.units_per_x_height or 1.0
    pairs = [(row.text, reader.read(row.points * [scale, scale, 1]).text) for row in rows]
    wrong = np.array([edit_distance(text, read) for text, read in pairs])
    points = np.array([len(row.points) for row in rows])
    with_text, other = np.array(
        [
            [network.score(row.points * [unit, unit, 1], text).total.sum() for text in (row.text, rows[i - 1].text)]
            for i, row in enumerate(rows)
        ]
    ).T  # (R,) each
    shares = {name: found(pairs, of) for name, of in KINDS}
    often = {name: sum(map(of, characters)) for name, of in KINDS if shares[name]["count"]}
    return {
        "rows": len(rows),
        "error": ratio(wrong, np.array([len(row.text) for row in rows])),
        "found": shares,
        "missed": 1 - sum(often[name] * shares[name]["share"] for name in often) / sum(often.values()),
        "nats": ratio(with_text, points),
        "nats_worse_with_another_text": ratio(other - with_text, points),
    }


if __name__ == "__main__":
    sys.exit(main())
