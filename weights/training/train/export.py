"""Writes the network of a run as the file that the page loads: `python -m weights.training.export --folder DIR`.

It takes the average of the weights that scored best in validation, in 8 bits unless `--float32`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from ductus.resample import PenClock
from ductus.weights import file as weight_file
from ductus.weights.weights import Weights, WeightsError
from weights.training.train import checkpoint, log
from weights.training.train.network import FORGET_BIAS, to_arrays
from weights.training.train.recipe import RecipeError, from_dict

LICENCE = "CC-BY-4.0; trained on UNIPEN train_r01_v07 (International Unipen Foundation, CC BY 4.0)"


def main(argv: list[str] | None = None) -> int:
    """Runs the command; exit code 2 and one line if there is no usable run."""
    parser = argparse.ArgumentParser(prog="python -m weights.training.export", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="folder of the log and the checkpoints")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/ductus-500.jb64.gz"))
    parser.add_argument("--name", default="ductus-500")
    parser.add_argument("--licence", default=LICENCE)
    parser.add_argument("--begun", type=Path, help="folder of the run that it began with, to stay nearer to that")
    parser.add_argument("--share", type=float, default=0.5, help="of the way from there, with --begun (default 0.5)")
    parser.add_argument("--float32", action="store_true", help="leave the matrices in 32 bits")
    arguments = parser.parse_args(argv)
    try:
        weights = from_run(arguments.folder, arguments.name, arguments.licence, arguments.begun, arguments.share)
        weight_file.save(weights if arguments.float32 else weights.quantise(), arguments.output)
    except (OSError, WeightsError, checkpoint.CheckpointError, RecipeError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.output}: {arguments.output.stat().st_size} bytes, {weights.parameters} parameters")
    return 0


def from_run(run: Path, name: str, licence: str | None, begun: Path | None = None, share: float = 1.0) -> Weights:
    """The best average in the run's newest checkpoint, in float32; or what lies between that of another run and it.

    From the weights of `begun`, with which the run began, it goes only a share of the way: so it keeps most of what
    either was better at (Wortsman et al. 2022, Robust fine-tuning of zero-shot models). Raises CheckpointError if
    there is no checkpoint, RecipeError for a share that is not between 0 and 1.
    """
    state, arrays = _best(run)
    training = summary(run, state)
    if begun:
        if not 0 <= share <= 1:
            raise RecipeError(f"a share of {share} is none between 0 and 1")
        nearer = _best(begun)[1]
        arrays = {key: share * array + (1 - share) * nearer[key] for key, array in arrays.items()}
        training |= {"share": share, "validation": None}  # nobody validated these
    recipe = from_dict(state["recipe"])
    metadata = {
        "name": name,
        "licence": licence,
        "units": recipe.units,
        "mixtures": recipe.mixtures,
        "forget_bias": FORGET_BIAS,
        "units_per_x_height": recipe.units_per_x_height,
        "pen_clock": PenClock().to_dict(),
        "training": training,
    }
    return Weights.from_arrays(arrays, metadata)


def _best(run: Path) -> tuple[dict, dict[str, np.ndarray]]:
    """State and best average of a run's newest checkpoint."""
    found = checkpoint.latest(run)
    if found is None:
        raise checkpoint.CheckpointError(f"{run}: no checkpoint here")
    state, groups = checkpoint.load(found)
    return state, to_arrays(groups["best"])


def summary(run: Path, state: dict) -> dict:
    """What a reader of the weights may want to know of their training, from the checkpoint and the run's log."""
    *earlier, records = log.runs(log.read(run / "log.jsonl"))
    start = next(record for record in records if record["kind"] in ("start", "resume"))
    validations = [record for record in records if record["kind"] == "validation"]
    steps, points, seconds = log.trained(earlier)
    best = min(validations, key=lambda record: record["total"], default=None)
    keys = ("points", "position", "lift", "total", "gain")
    return {
        "steps": steps + state["step"],
        "points": points + state["seen"],
        "seed": state["recipe"]["seed"],
        "ink": start["ink"],
        "parts": start["parts"],
        "seconds": round(seconds + state["extra"]["seconds"]),
        "device": start["device"],
        "torch": start["torch"],
        "validation": best and {key: round(best[key], 4) for key in keys} | {"points": points + best["points"]},
    }


if __name__ == "__main__":
    sys.exit(main())
