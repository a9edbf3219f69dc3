"""`ductus ablate` and `ductus saliency`: what breaks without a cell, and which ink a prediction depends on."""

from __future__ import annotations

import numpy as np

from ductus import cooperative
from ductus.analysis import ablation, probing
from ductus.analysis.removal import removal_slices
from ductus.analysis.saliency import Backward, reach, saliency_slices
from ductus.model import Model

# Shares of the gradient for which it is reported how far back they reach.
SHARES = (0.5, 0.9, 0.99)


def ablate(model: Model, line: np.ndarray, seed: int) -> dict:
    """Return what breaks in a line (N, 3) without each cell, each family of cells, and the smallest set."""
    base = cooperative.run(ablation.predictions_slices(model, line))
    single = cooperative.run(ablation.effects_slices(model, base, ablation.single_cells(model.units)))  # (H, 4)
    table = probing.probe([(base.points, base.states.c)], model.units_per_x_height)
    families = ablation.families(table)
    rows = ablation.silenced(list(families.values()))
    of_families = cooperative.run(ablation.effects_slices(model, base, rows))
    smallest = cooperative.run(ablation.smallest_set_slices(model, base, single, seed))
    return {
        "points": len(line),
        "cells": model.units,
        "nats": {"position": float(base.position.mean()), "lift": float(base.lift.mean())},
        "effects": dict(zip(ablation.MEASURES, single.T.tolist(), strict=True)),
        "families": {
            quantity: {"cells": cells} | dict(zip(ablation.MEASURES, row.tolist(), strict=True))
            for (quantity, cells), row in zip(families.items(), of_families, strict=True)
        },
        "smallest": {
            "cells": smallest.cells.tolist(),
            "nats": smallest.nats,
            "random": smallest.random.tolist(),
            "seed": seed,
        },
    }


def depends(model: Model, line: np.ndarray, options) -> dict:
    """Return the gradient at a point of a line (N, 3), and what changes there without each earlier stroke."""
    states = model.line_states(line)
    slices = saliency_slices(Backward(model), line, states, options.point, options.of, options.cell)
    found = cooperative.run(slices)
    size = found.size
    removal = cooperative.run(
        removal_slices(model, line, states, options.point, options.samples, options.steps, options.seed)
    )
    strokes = [
        {"first": int(first), "end": int(end), "nats": float(nats), "fan": float(fan)}
        for first, end, nats, fan in zip(*removal, strict=True)
    ]
    asked = {"point": options.point, "of": options.of} | ({"cell": options.cell} if options.of == "cell" else {})
    return asked | {
        "value": found.value,
        "gradient": found.gradient.astype(np.float64).tolist(),
        "reach": {str(share): reach(size, share) for share in SHARES},
        "strokes": strokes,
        "samples": options.samples,
        "steps": options.steps,
        "seed": options.seed,
    }
