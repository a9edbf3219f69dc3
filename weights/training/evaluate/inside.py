"""Compare what the cells go with and what depends on them: `python -m weights.training.evaluate.inside WEIGHTS`.

The lines are those of styles.json, which the network wrote itself, so nothing else is needed to repeat it. Each cell
is probed over all of them together (`ductus.analysis.probing`), and silenced in each (`ductus.analysis.ablation`).
The result, weights/inside.json, names cells where both agree, the strongest of a quantity and among the tenth whose
silencing changes the matching prediction most; and cells that go with a quantity though nothing changes without them.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from ductus import cooperative
from ductus.analysis import ablation, probing
from ductus.generation.styles import StylesError
from ductus.model import Model
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError
from weights.training.evaluate import styles

FORMAT = "ductus inside 1"
# Of the cells that go with a quantity most, this many are asked whether anything changes without them.
STRONGEST = 10


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line on invalid weights or styles."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.evaluate.inside", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("weights", type=Path, help=".jb64 or .jb64.gz")
    parser.add_argument("--styles", type=Path, default=Path("weights/styles.json"))
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/inside.json"))
    arguments = parser.parse_args(argv)
    try:
        weights = weight_file.load(arguments.weights)
        lines = styles.load(arguments.styles, weights.metadata["sha256"])
        report = compare(Model(weights), lines)
    except (WeightsError, StylesError, OSError) as error:
        print(f"inside: {error}", file=sys.stderr)
        return 2
    arguments.output.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n")
    return 0


def compare(model: Model, lines: dict[str, np.ndarray]) -> dict:
    """Return the cells where probing and intervention agree and where they do not, families and the smallest set."""
    table = probing.probe([(line, model.cells(line)) for line in lines.values()], model.units_per_x_height)
    effects = measured(model, lines, ablation.single_cells(model.units))  # (H, 4)
    families = ablation.families(table)
    of_families = measured(model, lines, ablation.silenced(list(families.values())))
    name, line = next(iter(lines.items()))
    base = cooperative.run(ablation.predictions_slices(model, line))
    single = cooperative.run(ablation.effects_slices(model, base, ablation.single_cells(model.units)))
    smallest = cooperative.run(ablation.smallest_set_slices(model, base, single, 0))
    return {
        "format": FORMAT,
        "weights_sha256": model.weights.metadata["sha256"],
        "lines": list(lines),
        "points": sum(map(len, lines.values())),
        "cells": model.units,
        "medians": _effects(np.median(np.abs(effects), axis=0)),  # of their sizes
        "agree": agreeing(table, effects),
        "disagree": disagreeing(table, effects),
        "families": {
            quantity: {"cells": len(cells)} | _effects(row)
            for (quantity, cells), row in zip(families.items(), of_families, strict=True)
        },
        "smallest": {
            "line": name,
            "cells": [int(cell) for cell in smallest.cells],
            "nats": _rounded(smallest.nats),
            "random": {"median": _rounded(np.median(smallest.random)), "largest": _rounded(smallest.random.max())},
        },
    }


def measured(model: Model, lines: dict[str, np.ndarray], rows: list) -> np.ndarray:
    """Return the measures of rows of interventions (R, 4), means over all points of all lines."""
    parts = [len(line) * ablation.effects(model, line, rows) for line in lines.values()]
    return np.sum(parts, axis=0) / sum(map(len, lines.values()))


def agreeing(table: dict, effects: np.ndarray) -> list[dict]:
    """Return the cell that goes most strongly with each quantity, if its silencing changes what it should."""
    found = []
    for quantity, values in table.items():
        cell = int(np.argmax(probing.strength(quantity, values)))
        if ablation.verdicts(effects, quantity)[cell] == ablation.AGREES:
            found.append(_fact(table, effects, quantity, cell))
    return found


def disagreeing(table: dict, effects: np.ndarray) -> list[dict]:
    """Return the cells that go most strongly with a quantity though nothing changes without them."""
    found = []
    for quantity, values in table.items():
        strengths, verdicts = probing.strength(quantity, values), ablation.verdicts(effects, quantity)
        for cell in np.argsort(-strengths, kind="stable")[:STRONGEST]:
            if verdicts[cell] == ablation.NOTHING and strengths[cell] >= ablation.MIN_STRENGTH:
                found.append(_fact(table, effects, quantity, int(cell)))
    return found


def _fact(table: dict, effects: np.ndarray, quantity: str, cell: int) -> dict:
    strengths, measure = probing.strength(quantity, table[quantity]), ablation.MATCHING[quantity]
    column = effects[:, ablation.MEASURES.index(measure)]
    return {
        "cell": cell,
        "quantity": quantity,
        "statistic": probing.STATISTICS[quantity],
        "value": _rounded(table[quantity][cell]),
        "rank": 1 + int((strengths > strengths[cell]).sum()),
        "measure": measure,
        "effect_rank": 1 + int((column > column[cell]).sum()),
        "effects": _effects(effects[cell]),
    }


def _effects(row: np.ndarray) -> dict[str, float]:
    return {name: _rounded(value) for name, value in zip(ablation.MEASURES, row, strict=True)}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


if __name__ == "__main__":
    sys.exit(main())
