"""Measure a network: `python -m weights.training.evaluate WEIGHTS --ink FILE.npz ... -o weights/evaluation.json`.

The ink is that of writers held out of training (`--part`). All random numbers come from fixed seeds, so on one
machine the same file gives the same numbers to the last digit; another BLAS may round differently. PyTorch is not
needed. `python -m weights.training.card` makes the model card from the result.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np

from ductus import cooperative
from ductus.generation.styles import StylesError, state_slices
from ductus.lstm import State
from ductus.model import Model
from ductus.weights import file as weight_file
from ductus.weights.weights import Weights, WeightsError
from weights.training.data import dataset
from weights.training.evaluate import calibration, drift, fans, likelihood, penmanship, quantisation, reading, styles

GRID = 1 / 800  # width in x-heights of the noise on each offset, as in training (augmentation.py says why)
_PAIRED_LINES = 300  # lines that are read twice, for the cost of 8 bits and of the noise: paired, so these are enough
_DOUBLE_LINES = 50  # lines that are also read in float64
_NOISE, _FANS, _PREFIXES, _FREE, _SUBSET, _HUMAN, _STYLES = range(7)  # purposes of seeds


@dataclasses.dataclass(frozen=True)
class Sizes:
    """The amount of random drawing: fans, free lines at each temperature, continuations of human ink."""

    fans: int = 600
    free_lines: int = 200
    prefixes: int = 200


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line on invalid weights or ink."""
    arguments = _parser().parse_args(argv)
    try:
        weights = weight_file.load(arguments.weights)
        exact = weight_file.load(arguments.float32) if arguments.float32 else None
        ink = dataset.part(dataset.load(arguments.ink), arguments.part)
        sizes = Sizes(arguments.fans, arguments.free_lines, arguments.prefixes)
        style_lines = styles.load(arguments.styles, weights.metadata["sha256"]) if arguments.styles else {}
        report = evaluate(weights, ink, arguments.grid, arguments.seed, sizes, exact, style_lines)
    except (WeightsError, dataset.DataError, StylesError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 2
    report["model"] |= {
        "bytes": arguments.weights.stat().st_size,
        "file_sha256": hashlib.sha256(arguments.weights.read_bytes()).hexdigest(),
    }
    report["ink"] |= {
        "files": {path.name: digest for path, digest in zip(arguments.ink, ink.hashes, strict=True)},
        "part": arguments.part,
    }
    text = json.dumps(_rounded(report), indent=1, allow_nan=False) + "\n"
    partial = arguments.output.with_name(arguments.output.name + ".part")
    partial.write_text(text)
    partial.replace(arguments.output)
    total, gain = report["likelihood"]["total"]["value"], report["likelihood"]["gain_over_marginal"]
    print(f"{total:.3f} nats a point, gain {gain['value']:.3f} ({gain['low']:.3f} to {gain['high']:.3f})")
    return 0


def evaluate(
    weights: Weights,
    ink: dataset.Dataset,
    grid: float,
    seed: int,
    sizes: Sizes,
    exact: Weights | None = None,
    style_lines: dict[str, np.ndarray] | None = None,
) -> dict:
    """Return all measures of the network on held-out ink (in x-heights), as plain numbers.

    grid is the width of the uniform noise added to the offsets; `exact` is the same network in float32; `style_lines`
    are the priming lines (N, 3) of the styles, by name. Raises WeightsError for a network without units_per_x_height.
    """
    model = Model(weights)
    if model.units_per_x_height is None:
        raise WeightsError("the network has no units_per_x_height, so this ink cannot be scaled")
    clock = _Clock()
    noisy = with_noise(ink, grid, [seed, _NOISE])
    starts = fans.choose(noisy, sizes.fans, [seed, _FANS])
    prefixes = drift.choose_prefixes(noisy, sizes.prefixes, [seed, _PREFIXES])
    read = _read(model, noisy, np.concatenate([starts, prefixes]) + 1, clock.part("reading"))
    masks = likelihood.pen_masks(noisy.points, noisy.offsets)
    report = {
        "format": "ductus evaluation 1",
        "model": _about(model),
        "ink": _about_ink(ink) | {"grid": grid},
        "seed": seed,
        "likelihood": likelihood.summary(noisy, read, model.units_per_x_height),
        "calibration": calibration.summary(read, noisy.points[:, 2], masks),
        "fans": fans.measure(model, noisy, starts, read.states, [seed, _FANS], clock.part("fans")),
        "continued": drift.continued(
            model, noisy, prefixes, read.states, [seed, _PREFIXES], clock.part("continuations")
        ),
        "human": drift.human(noisy, [seed, _HUMAN]),
        **_free(model, noisy, style_lines or {}, sizes.free_lines, seed, clock),
        **_paired(weights, exact, ink, noisy, read, seed, clock),
    }
    clock.part("done")(1.0)
    return report


def with_noise(ink: dataset.Dataset, grid: float, seed) -> dataset.Dataset:
    """Return the ink with uniform noise of width `grid` (x-heights) on each offset, a row's first included."""
    noise = np.random.default_rng(seed).uniform(-grid / 2, grid / 2, (len(ink.points), 2))
    points = ink.points.copy()
    points[:, :2] += noise.astype(np.float32)
    return dataclasses.replace(ink, points=points)


def _read(model: Model, ink: dataset.Dataset, wanted=(), progress=lambda share: None) -> reading.Reading:
    unit = np.array([model.units_per_x_height, model.units_per_x_height, 1.0])
    return reading.read(model, ink.points * unit, ink.offsets, wanted, progress)


def _free(model: Model, ink: dataset.Dataset, style_lines: dict, lines: int, seed: int, clock: _Clock) -> dict:
    """Measure free running from the zero state and from each style."""
    human = penmanship.measures(drift.lines_of(ink))

    def run(name: str, purpose: list[int], temperature: float, state: State | None) -> dict:
        clock.part(f"free running, {name}, at T = {temperature}")(0.0)
        return drift.free(drift.write(model, lines, temperature, [seed, *purpose], state), human)

    report: dict = {"free": {}, "styles": {}}
    for place, temperature in enumerate(drift.TEMPERATURES):
        report["free"][str(temperature)] = run("zero state", [_FREE, place], temperature, None)
    for number, (name, line) in enumerate(style_lines.items()):
        state = cooperative.run(state_slices(model, line))
        report["styles"][name] = {
            str(temperature): run(name, [_STYLES, number, place], temperature, state)
            for place, temperature in enumerate(drift.STYLE_TEMPERATURES)
        }
    return report


def _paired(weights, exact, ink, noisy, read, seed, clock) -> dict:
    """Measure what the noise, the float32 arithmetic and the 8 bits each change, on a subset of the lines."""
    generator = np.random.default_rng([seed, _SUBSET])
    rows = np.sort(generator.permutation(len(ink.writer))[:_PAIRED_LINES])

    def total_of(rows: np.ndarray) -> np.ndarray:
        """Return the nats (n,) that the main reading has for the points of these rows."""
        return np.concatenate([read.total[ink.offsets[row] : ink.offsets[row + 1]] for row in rows])

    def compare(model: Model, ink: dataset.Dataset, rows: np.ndarray, name: str) -> dict:
        subset = ink.select(rows)
        return quantisation.loss(subset, total_of(rows), _read(model, subset, (), clock.part(name)).total)

    double = rows[:_DOUBLE_LINES]
    report: dict = {
        "noise": compare(Model(weights), ink, rows, "reading without the noise"),
        "float64": compare(Model(weights, np.float64), noisy, double, "reading in float64"),
        "clipping": quantisation.clip_rates(weights, exact),
    }
    if exact is not None:
        report["quantisation"] = compare(Model(exact), noisy, rows, "reading with float32 weights")
    return report


def _about(model: Model) -> dict:
    weights = model.weights
    keys = ("name", "licence", "units", "mixtures", "forget_bias", "units_per_x_height", "pen_clock", "training")
    about = {key: weights.metadata[key] for key in keys}
    return about | {
        "parameters": weights.parameters,
        "payload_sha256": weights.metadata["sha256"],
        "kernel": model.backend.name,
        "numpy": np.__version__,
    }


def _about_ink(ink: dataset.Dataset) -> dict:
    return {
        "writers": len(np.unique(ink.writer)),
        "lines": len(ink.writer),
        "points": len(ink.points),
        "shortest": int(ink.lengths.min()),
        "longest": int(ink.lengths.max()),
        "lift_rate": float(ink.points[:, 2].mean(dtype=np.float64)),
        "lines_by_file": np.bincount(ink.source).tolist(),
    }


class _Clock:
    """Progress on standard error: lines with the time since the start."""

    def __init__(self):
        self._started = time.monotonic()

    def part(self, name: str):
        """Return a function that takes the share of the part done and prints it, at most every ten seconds."""
        shown = [-10.0]

        def progress(share: float) -> None:
            now = time.monotonic() - self._started
            if now - shown[0] >= 10 or share == 1:
                shown[0] = now
                print(f"{now:6.0f} s  {name} {share:.0%}", file=sys.stderr, flush=True)

        return progress


def _rounded(value):
    """Round to six significant digits: more would be noise and hide differences between two files."""
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m weights.training.evaluate", description=__doc__.split("\n")[0])
    parser.add_argument("weights", type=Path, help=".jb64 or .jb64.gz")
    parser.add_argument("--ink", type=Path, nargs="+", required=True, help=".npz files, in x-heights")
    parser.add_argument("--part", choices=dataset.PARTS, default="test", help="which writers (default test)")
    parser.add_argument("--float32", type=Path, help="the same network in 32 bits, to measure the cost of 8 bits")
    parser.add_argument("--styles", type=Path, help="styles.json, for free running from each style")
    parser.add_argument("--grid", type=float, default=GRID, help="noise on the offsets, x-heights; 0: none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fans", type=int, default=Sizes.fans, help="pen points to draw fans from")
    parser.add_argument("--free-lines", type=int, default=Sizes.free_lines, help="lines at each temperature")
    parser.add_argument("--prefixes", type=int, default=Sizes.prefixes, help="human lines to continue at T = 0.1")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/evaluation.json"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
