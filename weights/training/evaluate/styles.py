"""Hands to begin in: `python -m weights.training.styles WEIGHTS --ink FILE.npz ... -o weights/styles.json`.

A style (`ductus.styles`) is nothing but a line that the network wrote by itself, here from the zero state and a
listed seed. No human ink is stored; that of the validation writers only says how tall and how joined writing is.
A line serves if the network, begun after it, goes on to write, and not only if it looks well itself.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ductus.generation.styles import FORMAT, StylesError, parse
from ductus.model import Model
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError
from weights.training.data import ink_data
from weights.training.evaluate import drift, penmanship

CANDIDATES, TEMPERATURE, STEPS = 400, 0.5, 2 * penmanship.HALF
STYLES = 5
LEVEL = 2.0  # degrees: a line that slopes more is no style to begin in
# Two halves of a line by one hand may differ by so many deviations of all hands, and no more.
STEADY = 1.0
# What lines begun in the style must do. The bars are 2 % collapsed, 2 and 8 degrees, and sizes within 25 % of human
# ink: a little is left for the chance between these lines and people and those of the evaluation, which are others.
TRIALS, TRIAL_SEED = 100, 7
COLLAPSED, SLOPE, STEEPEST, APART = 0.01, 1.7, 6.0, 0.12
THIN = 8  # of so many human lines one is enough to say how tall and how joined writing is


def main(argv: list[str] | None = None) -> int:
    """Runs the command; exit code 2 and one line if the weights cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m weights.training.styles", description=__doc__.split("\n")[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("--ink", type=Path, nargs="+", required=True, help="what training was given: .npz")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/styles.json"))
    arguments = parser.parse_args(argv)
    try:
        weights = weight_file.load(arguments.weights)
        model = Model(weights)
        human = penmanship.measures(drift.lines_of(ink_data.part(ink_data.load(arguments.ink), "validation"))[::THIN])
        chosen = choose(model, lambda line: holds(model, line, human))
    except (WeightsError, StylesError, ink_data.DataError, OSError) as error:
        print(f"styles: {error}", file=sys.stderr)
        return 2
    record = {
        "format": FORMAT,
        "weights_sha256": weights.metadata["sha256"],
        "steps": STEPS,
        "temperature": TEMPERATURE,
        "styles": chosen,
    }
    partial = arguments.output.with_name(arguments.output.name + ".part")
    partial.write_text(json.dumps(record, separators=(",", ":")) + "\n")
    partial.replace(arguments.output)
    for style in chosen:
        print(f"seed {style['seed']:3}  {style['name']:40} {style['hand']}")
    return 0


def choose(
    model: Model, holding: Callable[[np.ndarray], bool] = lambda line: True, candidates: int = CANDIDATES
) -> list[dict]:
    """STYLES lines of the first `candidates` seeds, as unlike one another as they come.

    Only whole, level and steady lines serve, and only those of which `holding` says yes, in model units. The first
    is the one nearest to the mean of them all; each next one is the farthest from those chosen, in deviations of the
    four numbers of penmanship.HAND. Raises StylesError if too few serve.
    """
    if model.units_per_x_height is None:
        raise StylesError("the network does not say what its unit is in x-heights")
    unit = np.array([model.units_per_x_height, model.units_per_x_height, 1.0])
    written = [(seed, until_the_last_lift(model.write(STEPS, TEMPERATURE, seed))) for seed in range(candidates)]
    # A line that hardly ever lifts the pen has little left before its last lift, perhaps nothing.
    written = [(seed, points) for seed, points in written if len(points) >= penmanship.HALF]
    lines = [points / unit for _, points in written]
    hands = np.array([penmanship.hand(line) for line in lines]).reshape(-1, len(penmanship.HAND))  # (n, 4)
    spread = hands.std(0) + 1e-9 if lines else 0
    serving = [i for i, line in enumerate(lines) if _serves(line, spread) and holding(written[i][1])]
    if len(serving) < STYLES:
        raise StylesError(
            f"only {len(serving)} of the first {candidates} seeds write a whole, level and steady line that holds"
        )
    hands = hands[serving]  # (n, 4)
    middle, spread = hands.mean(0), hands.std(0) + 1e-9
    chosen = [int(np.argmin(np.abs((hands - middle) / spread).max(1)))]
    while len(chosen) < STYLES:
        apart = np.linalg.norm((hands[:, None] - hands[chosen]) / spread, axis=2).min(1)  # (n,)
        chosen.append(int(np.argmax(apart)))
    return [
        {
            "name": describe((hands[i] - middle) / spread),
            "seed": written[serving[i]][0],
            "hand": dict(zip(penmanship.HAND, np.round(hands[i], 3).tolist(), strict=True)),
            "points": np.round(written[serving[i]][1].astype(np.float64), 3).tolist(),
        }
        for i in chosen
    ]


def holds(model: Model, line: np.ndarray, human: dict[str, np.ndarray]) -> bool:
    """Whether what is written after `line` (N, 3), in model units, stays writing, of the sizes of `human` ink.

    `human` is what penmanship.measures gives of it.
    """
    state = model.feed(line, model.start())
    *lower, last = range(len(drift.STYLE_TEMPERATURES))
    for place in (last, *lower):  # the last refuses most, and so spares the others
        temperature = drift.STYLE_TEMPERATURES[place]
        found = drift.free(drift.write(model, TRIALS, temperature, [TRIAL_SEED, place], state), human)
        level = found["slope"]["median"] <= SLOPE and found["slope"]["95"] <= STEEPEST
        # Only the last temperature is that of human writing: the lower ones are meant to be neater.
        sized = place != last or all(abs(ratio - 1) <= APART for ratio in found["ratio"].values())
        if not (level and sized) or found["collapsed"] > COLLAPSED:
            return False
    return True


def _serves(line: np.ndarray, spread: np.ndarray) -> bool:
    half = len(line) // 2
    if penmanship.collapse(line) or abs(penmanship.slope(line)) > LEVEL:
        return False
    change = penmanship.hand(line[half:]) - penmanship.hand(line[:half])
    return bool((np.abs(change / spread) <= STEADY * np.sqrt(2)).all())


def until_the_last_lift(line: np.ndarray) -> np.ndarray:
    """The line (N, 3) without the stroke that its end cuts off."""
    return line[: np.flatnonzero(line[:, 2])[-1] + 1] if line[:, 2].any() else line[:0]


def describe(deviations: np.ndarray) -> str:
    """Words for a hand, from how many deviations (4,) it is from the mean, in the order of penmanship.HAND."""
    pairs = (("upright", "slanting"), ("low", "tall"), ("parted", "joined"), ("narrow", "wide"))
    words = [pair[int(value > 0)] for pair, value in zip(pairs, deviations, strict=True) if abs(value) > 0.75]
    return ", ".join(words) or "plain"


def load(path: Path, sha256: str | None = None) -> dict[str, np.ndarray]:
    """The lines (N, 3) of a file of styles, in model units, by name and seed.

    Raises StylesError if it is none, or is of other weights than those with the payload hash `sha256`.
    """
    try:
        return {f"{style.name} (seed {style.seed})": style.points for style in parse(path.read_bytes(), sha256)}
    except StylesError as error:
        raise StylesError(f"{path}: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
