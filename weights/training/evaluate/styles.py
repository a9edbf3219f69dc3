"""Choose styles: `python -m weights.training.evaluate.styles WEIGHTS --ink FILE.npz ... -o weights/styles.json`.

A style (`ductus.generation.styles`) is a priming line that the network wrote by itself, here from the zero state and
a listed seed. No human ink is stored; that of the validation writers only says how tall and how joined writing is. A
line is suitable if the lines that the network writes after it stay writing; looking good itself is not enough.
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
from weights.training.data import dataset
from weights.training.evaluate import drift, penmanship

CANDIDATES, TEMPERATURE, STEPS = 400, 0.5, 2 * penmanship.HALF
STYLES = 5
MAX_LINE_SLOPE = 2.0  # degrees, of the priming line itself
# Two halves of a line in one style may differ by this many deviations of all styles.
MAX_CHANGE = 1.0
# Limits for lines written after it. The card's targets are 2 % collapsed, 2 and 8 degrees, and sizes within 25 % of
# human ink; these are stricter, because the evaluation uses other lines and other writers.
TRIALS, TRIAL_SEED = 100, 7
MAX_COLLAPSED, MAX_SLOPE, MAX_SLOPE_95, MAX_SIZE_ERROR = 0.01, 1.7, 6.0, 0.12
THIN = 8  # every 8th human line is enough to measure how tall and how joined writing is


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line if the weights are invalid or write no styles."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.evaluate.styles", description=__doc__.split("\n")[0]
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--ink", type=Path, nargs="+", required=True, help="the training ink: .npz")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/styles.json"))
    arguments = parser.parse_args(argv)
    try:
        weights = weight_file.load(arguments.weights)
        model = Model(weights)
        human = penmanship.measures(drift.lines_of(dataset.part(dataset.load(arguments.ink), "validation"))[::THIN])
        chosen = choose(model, lambda line: is_lasting(model, line, human))
    except (WeightsError, StylesError, dataset.DataError, OSError) as error:
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
    model: Model, lasting: Callable[[np.ndarray], bool] = lambda line: True, candidates: int = CANDIDATES
) -> list[dict]:
    """Return STYLES lines of the first `candidates` seeds, as different from one another as possible.

    Only whole, level and steady lines are suitable, and only those for which `lasting` (of the line in model units)
    is true. The first is the one nearest to the mean of all; each next one is the farthest from those chosen, in
    deviations of the four numbers of penmanship.METRICS. Raises StylesError if too few are suitable.
    """
    if model.units_per_x_height is None:
        raise StylesError("the network has no units_per_x_height")
    unit = np.array([model.units_per_x_height, model.units_per_x_height, 1.0])
    written = [(seed, until_the_last_lift(model.write(STEPS, TEMPERATURE, seed))) for seed in range(candidates)]
    # A line that rarely lifts the pen has little or nothing before its last lift.
    written = [(seed, points) for seed, points in written if len(points) >= penmanship.HALF]
    lines = [points / unit for _, points in written]
    hands = np.array([penmanship.style_metrics(line) for line in lines]).reshape(
        -1, len(penmanship.METRICS)
    )  # (n, 4)
    spread = hands.std(0) + 1e-9 if lines else 0
    suitable = [i for i, line in enumerate(lines) if _is_steady(line, spread) and lasting(written[i][1])]
    if len(suitable) < STYLES:
        raise StylesError(
            f"only {len(suitable)} of the first {candidates} seeds write a whole, level and steady line that lasts"
        )
    hands = hands[suitable]  # (n, 4)
    middle, spread = hands.mean(0), hands.std(0) + 1e-9
    chosen = [int(np.argmin(np.abs((hands - middle) / spread).max(1)))]
    while len(chosen) < STYLES:
        apart = np.linalg.norm((hands[:, None] - hands[chosen]) / spread, axis=2).min(1)  # (n,)
        chosen.append(int(np.argmax(apart)))
    return [
        {
            "name": describe((hands[i] - middle) / spread),
            "seed": written[suitable[i]][0],
            "hand": dict(zip(penmanship.METRICS, np.round(hands[i], 3).tolist(), strict=True)),
            "points": np.round(written[suitable[i]][1].astype(np.float64), 3).tolist(),
        }
        for i in chosen
    ]


def is_lasting(model: Model, line: np.ndarray, human: dict[str, np.ndarray]) -> bool:
    """Return whether lines written after `line` (N, 3), in model units, stay writing of the sizes of human ink.

    `human` is the result of penmanship.measures for human ink.
    """
    state = model.feed(line, model.start())
    *lower, last = range(len(drift.STYLE_TEMPERATURES))
    for place in (last, *lower):  # the last rejects most, which saves time
        temperature = drift.STYLE_TEMPERATURES[place]
        found = drift.free(drift.write(model, TRIALS, temperature, [TRIAL_SEED, place], state), human)
        level = found["slope"]["median"] <= MAX_SLOPE and found["slope"]["95"] <= MAX_SLOPE_95
        # Only the last temperature should match human writing: the lower ones are meant to be neater.
        sized = place != last or all(abs(ratio - 1) <= MAX_SIZE_ERROR for ratio in found["ratio"].values())
        if not (level and sized) or found["collapsed"] > MAX_COLLAPSED:
            return False
    return True


def _is_steady(line: np.ndarray, spread: np.ndarray) -> bool:
    half = len(line) // 2
    if penmanship.collapse(line) or abs(penmanship.slope(line)) > MAX_LINE_SLOPE:
        return False
    change = penmanship.style_metrics(line[half:]) - penmanship.style_metrics(line[:half])
    return bool((np.abs(change / spread) <= MAX_CHANGE * np.sqrt(2)).all())


def until_the_last_lift(line: np.ndarray) -> np.ndarray:
    """Return the line (N, 3) without the stroke that its end cuts off."""
    return line[: np.flatnonzero(line[:, 2])[-1] + 1] if line[:, 2].any() else line[:0]


def describe(deviations: np.ndarray) -> str:
    """Name a style by its deviations (4,) from the mean, in the order of penmanship.METRICS."""
    pairs = (("upright", "slanting"), ("low", "tall"), ("parted", "joined"), ("narrow", "wide"))
    words = [pair[int(value > 0)] for pair, value in zip(pairs, deviations, strict=True) if abs(value) > 0.75]
    return ", ".join(words) or "plain"


def load(path: Path, sha256: str | None = None) -> dict[str, np.ndarray]:
    """Return the lines (N, 3) of a file of styles, in model units, by name and seed.

    Raises StylesError if the file is invalid or of other weights than those with the payload hash `sha256`.
    """
    try:
        return {f"{style.name} (seed {style.seed})": style.points for style in parse(path.read_bytes(), sha256)}
    except StylesError as error:
        raise StylesError(f"{path}: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
