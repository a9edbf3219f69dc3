"""Measure how far back a prediction depends: `python -m weights.training.evaluate.memory WEIGHTS --ink FILE.npz ...`.

In lines of held-out writers, the gradient of log p(point BACK) by the offset of each point before
(`ductus.analysis.saliency`). The *reach* of a line is the number of last points that hold a share of all the
gradient's sizes. The noise on the grid is that of the evaluation. `weights.training.card --memory` quotes the result.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from ductus import cooperative
from ductus.analysis.saliency import Backward, reach, target
from ductus.lstm import State
from ductus.model import Model
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError
from weights.training.data import dataset
from weights.training.evaluate.evaluation import GRID, with_noise

FORMAT = "ductus memory 1"
BACK = 400  # points before the one that is predicted; most lines have more
SHARES = (0.5, 0.9, 0.99)
DISTANCES = (1, 2, 5, 10, 20, 50, 100, 200, 300)
QUARTILES = (25, 50, 75)
_BATCH = 32  # lines side by side: their states take 100 MB


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line on invalid weights or ink."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.evaluate.memory", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("weights", type=Path, help=".jb64 or .jb64.gz")
    parser.add_argument("--ink", type=Path, nargs="+", required=True, help=".npz files, in x-heights")
    parser.add_argument("--part", choices=dataset.PARTS, default="test", help="which writers (default test)")
    parser.add_argument("--lines", type=int, default=400, help="lines, at most, chosen at random")
    parser.add_argument("--back", type=int, default=BACK, help="points before the one that is predicted")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/memory.json"))
    arguments = parser.parse_args(argv)
    try:
        weights = weight_file.load(arguments.weights)
        ink = dataset.part(dataset.load(arguments.ink), arguments.part)
        noisy = with_noise(ink, GRID, arguments.seed)
        report = measure(Model(weights), noisy, arguments.lines, arguments.seed, arguments.back)
    except (WeightsError, dataset.DataError, OSError) as error:
        print(f"memory: {error}", file=sys.stderr)
        return 2
    report |= {"part": arguments.part, "weights_sha256": weights.metadata["sha256"]}
    arguments.output.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n")
    return 0


def measure(model: Model, ink: dataset.Dataset, lines: int, seed: int, back: int = BACK) -> dict:
    """Return the quartiles of the reach over held-out lines, and the curve of what lies farther back.

    `beyond`: for each distance the quartiles of the share of the gradient that is by points farther back than that.
    Raises DataError if no line is long enough, WeightsError for a network without units_per_x_height.
    """
    sizes = gradients(model, ink, lines, seed, back)  # (L, back)
    total = sizes.sum(axis=1, keepdims=True)  # (L, 1)
    shares = sizes[:, ::-1].cumsum(axis=1) / total  # (L, back), of the last 1, 2 ... points
    reaches = {str(share): [reach(line, share) for line in sizes] for share in SHARES}
    return {
        "format": FORMAT,
        "lines": len(sizes),
        "back": back,
        "seed": seed,
        "reach": {share: _quartiles(values) for share, values in reaches.items()},
        "beyond": {str(d): _quartiles(1 - shares[:, d - 1]) for d in DISTANCES if d < back},
    }


def gradients(model: Model, ink: dataset.Dataset, lines: int, seed: int, back: int) -> np.ndarray:
    """Return the sizes of the gradients of log p(point `back`), by the offset of each point before: (L, back)."""
    if model.units_per_x_height is None:
        raise WeightsError("the network has no units_per_x_height, so this ink cannot be scaled")
    rows = np.flatnonzero(ink.lengths > back)
    if not len(rows):
        raise dataset.DataError(f"no line has more than {back} points")
    rows = np.sort(np.random.default_rng(seed).permutation(rows)[:lines])
    unit = np.array([model.units_per_x_height, model.units_per_x_height, 1.0])
    backward, sizes = Backward(model), []
    for first in range(0, len(rows), _BATCH):
        starts = ink.offsets[rows[first : first + _BATCH]]  # (B,)
        points = ink.points[starts + np.arange(back + 1)[:, None]] * unit  # (back + 1, B, 3)
        states = model.trace(points[:back], model.start(len(starts)))
        _, dh, dc = target(model, State(states.h[back], states.c[back]), points[back])
        gradient = cooperative.run(backward.slices(points[:back], states, dh, dc))  # (back, B, 3)
        sizes.append(np.hypot(gradient[..., 0], gradient[..., 1]).T.astype(np.float64))
    return np.concatenate(sizes)


def _quartiles(values) -> dict[str, float]:
    found = np.percentile(values, QUARTILES)
    return {str(quartile): float(f"{value:.4g}") for quartile, value in zip(QUARTILES, found, strict=True)}


if __name__ == "__main__":
    sys.exit(main())
