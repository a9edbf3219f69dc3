"""Writes the text network of a run as a weight file: `python -m weights.training.text.export --folder DIR -o FILE`.

It takes the average of the weights, in 8 bits unless `--float32`. With `--units` it also says what 8 bits cost on
rows of held-out writers.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

from ductus.resample import PenClock
from ductus.weights import file as weight_file
from ductus.weights import text as text_weights
from ductus.weights.weights import Weights, WeightsError
from weights.training.data import seeds
from weights.training.data.dataset import DataError
from weights.training.text import row_run, units
from weights.training.text.compose import Composer
from weights.training.text.recipe import TextRecipe
from weights.training.text.trainer import validate
from weights.training.train import checkpoint
from weights.training.train.export import LICENCE
from weights.training.train.network import FORGET_BIAS


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line if there is no usable run."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.text.export", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--folder", type=Path, required=True, help="folder of the log and the checkpoints")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/ductus-text-500.jb64.gz"))
    parser.add_argument("--name", default="ductus-text-500")
    parser.add_argument("--float32", action="store_true", help="leave the matrices in 32 bits")
    parser.add_argument("--units", type=Path, help=".npz of labelled units, to measure what 8 bits cost")
    parser.add_argument("--rows", type=int, default=256, help="rows to measure it on (default 256)")
    arguments = parser.parse_args(argv)
    try:
        exact = from_run(arguments.folder, arguments.name)
        weights = exact if arguments.float32 else exact.quantise()
        weight_file.save(weights, arguments.output)
        report = {"bytes": arguments.output.stat().st_size, "parameters": weights.parameters}
        if arguments.units:
            report |= _cost(exact, weights, arguments.units, arguments.rows)
    except (OSError, WeightsError, DataError, checkpoint.CheckpointError, ValueError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    print(json.dumps(report))
    return 0


def from_run(run: Path, name: str) -> Weights:
    """Return the average of the weights in the run's newest checkpoint, in float32. Raises CheckpointError."""
    found = checkpoint.latest(run)
    if found is None:
        raise checkpoint.CheckpointError(f"{run}: no checkpoint here")
    state, groups = checkpoint.load(found)
    recipe, arrays = TextRecipe(**state["recipe"]), groups["average"]
    metadata = {
        "name": name,
        "licence": LICENCE,
        "units": len(arrays["W_hh"]),
        "mixtures": (len(arrays["b_y"]) - 1) // 6,
        "forget_bias": FORGET_BIAS,
        "units_per_x_height": recipe.units_per_x_height,
        "pen_clock": PenClock().to_dict(),
        "training": row_run.summary(run, state, ("position", "lift", "total", "gain"), {"base": "begun_with"}),
        **text_weights.describe(len(arrays["b_k"]) // 3),
    }
    return Weights.from_arrays({key: array.numpy() for key, array in arrays.items()}, metadata)


def parameters(weights: Weights) -> dict[str, torch.Tensor]:
    """Return the weights as the training program has them."""
    return {name: torch.from_numpy(weights.array(name)) for name in weights.arrays}


def _cost(exact: Weights, weights: Weights, path: Path, count: int) -> dict:
    """Return nats a point of both on rows of held-out writers, in float32, and the difference."""
    recipe = TextRecipe()
    composer = Composer(units.load(path).part("validation"), recipe.shares, recipe.longest)
    rng = seeds.numpy_generator(0, 0, seeds.ORDER)
    rows = [composer.row(rng) for _ in range(count)]
    unit = exact.metadata["units_per_x_height"]
    before, after = (validate(parameters(one), rows, unit, torch.float32) for one in (exact, weights))
    return {"exact": before, "saved": after, "cost": after["total"] - before["total"]}


if __name__ == "__main__":
    sys.exit(main())
