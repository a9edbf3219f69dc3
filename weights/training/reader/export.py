"""Writes the reader of a run as a weight file: `python -m weights.training.reader.export --folder DIR -o FILE`.

It takes the average of the weights, in 8 bits unless `--float32`. With `--units` it also measures the character error
of the file, as the library reads it, on real ink of writers who were not trained on: rows composed as in training,
where rare characters are frequent, and rows of text as they were written.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ductus.analysis.reader import Reader
from ductus.ink import UNITS_PER_X_HEIGHT
from ductus.resample import PenClock
from ductus.weights import file as weight_file
from ductus.weights import reader as reader_weights
from ductus.weights.weights import Weights, WeightsError
from weights.training.data import seeds
from weights.training.data.dataset import PARTS, DataError
from weights.training.reader.character_error import character_error
from weights.training.reader.recipe import ReaderRecipe
from weights.training.text import row_run, units
from weights.training.text.compose import Composer, Row, Shares
from weights.training.train import checkpoint
from weights.training.train.export import LICENCE

LEVELS = 63  # of a weight, on either side of 0: a file of 660 kB, where 127 take 780 and read no better
AS_WRITTEN = Shares(text=1.0, sheets=0.0, rarity=0.0)


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line if there is no usable run."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.reader.export", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--folder", type=Path, required=True, help="folder of the log and the checkpoints")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/reader.jb64.gz"))
    parser.add_argument("--name", default="ductus-reader")
    parser.add_argument("--float32", action="store_true", help="leave the matrices in 32 bits")
    parser.add_argument("--units", type=Path, help=".npz of labelled units, to measure the character error")
    parser.add_argument("--part", choices=PARTS, default="test", help="the writers to measure it on (default test)")
    parser.add_argument("--rows", type=int, default=200, help="rows to measure it on, of both sorts (default 200)")
    arguments = parser.parse_args(argv)
    try:
        exact = from_run(arguments.folder, arguments.name)
        weights = exact if arguments.float32 else exact.quantise(LEVELS)
        weight_file.save(weights, arguments.output)
        report = {"bytes": arguments.output.stat().st_size, "parameters": weights.parameters}
        if arguments.units:
            part = units.load(arguments.units).part(arguments.part)
            report |= {
                name: errors(Reader(weights), held_out(part, shares, arguments.rows))
                for name, shares in (("composed", Shares()), ("as_written", AS_WRITTEN))
            }
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
    recipe = ReaderRecipe(**state["recipe"])
    metadata = {
        "name": name,
        "licence": LICENCE,
        "units": recipe.cells,
        "units_per_x_height": UNITS_PER_X_HEIGHT,
        "pen_clock": PenClock().to_dict(),
        "training": row_run.summary(run, state, ("total", "error"), {}),
        **reader_weights.describe(recipe.layers, recipe.frame),
    }
    return Weights.from_arrays({key: array.numpy() for key, array in groups["average"].items()}, metadata)


def held_out(part: units.Units, shares: Shares, count: int) -> list[Row]:
    """Return rows of these writers, always the same ones."""
    composer, rng = Composer(part, shares, ReaderRecipe.longest), seeds.numpy_generator(0, 0, seeds.ORDER)
    return [composer.row(rng) for _ in range(count)]


def errors(reader: Reader, rows: list[Row]) -> dict:
    """Return the number of characters of the rows, and the share of them that is misread."""
    unit = [reader.units_per_x_height, reader.units_per_x_height, 1]
    pairs = [(row.text, reader.read(row.points * unit).text) for row in rows]
    return {"characters": sum(len(row.text) for row in rows), "error": round(character_error(pairs), 4)}


if __name__ == "__main__":
    sys.exit(main())
