"""Write the network of a run as the file that the page loads: `python -m weights.training.train.export --folder DIR`.

The weights are the average that scored best in validation, in 8 bits unless `--float32`.
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
    """Run the command; exit code 2 and one line if there is no usable run."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.train.export", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--folder", type=Path, required=True, help="folder of the log and the checkpoints")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/ductus-500.jb64.gz"))
    parser.add_argument("--name", default="ductus-500")
    parser.add_argument("--licence", default=LICENCE)
    parser.add_argument("--interpolate-from", type=Path, help="folder of the run whose weights it started from")
    parser.add_argument("--share", type=float, default=0.5, help="of the way from those weights (default 0.5)")
    parser.add_argument("--float32", action="store_true", help="leave the matrices in 32 bits")
    arguments = parser.parse_args(argv)
    try:
        about = (arguments.name, arguments.licence)
        weights = from_run(arguments.folder, *about, arguments.interpolate_from, arguments.share)
        weight_file.save(weights if arguments.float32 else weights.quantise(), arguments.output)
    except (OSError, WeightsError, checkpoint.CheckpointError, RecipeError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.output}: {arguments.output.stat().st_size} bytes, {weights.parameters} parameters")
    return 0


def from_run(run: Path, name: str, licence: str | None, base: Path | None = None, share: float = 1.0) -> Weights:
    """Return the best average in the run's newest checkpoint, in float32, or an interpolation to it.

    With `base`, the run that this one started from, the weights are `share` of the way from its best average: they
    keep most of what either was better at (Wortsman et al. 2022, Robust fine-tuning of zero-shot models). Raises
    CheckpointError if there is no checkpoint, RecipeError for a share that is not between 0 and 1.
    """
    state, arrays = _best(run)
    training = summary(run, state)
    if base:
        if not 0 <= share <= 1:
            raise RecipeError(f"a share of {share} is not between 0 and 1")
        start = _best(base)[1]
        arrays = {key: share * array + (1 - share) * start[key] for key, array in arrays.items()}
        training |= {"share": share, "validation": None}  # these weights were not validated
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
    """Return the state and the best average of a run's newest checkpoint. Raises CheckpointError."""
    found = checkpoint.latest(run)
    if found is None:
        raise checkpoint.CheckpointError(f"{run}: no checkpoint here")
    state, groups = checkpoint.load(found)
    return state, to_arrays(groups["best"])


def summary(run: Path, state: dict) -> dict:
    """Return what the weight file says of its training, from the checkpoint's state and the run's log."""
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
