"""How strongly the cells of a line are related to the pen's movement, and the curves that show it."""

from __future__ import annotations

import numpy as np

from ductus import cooperative
from ductus.analysis.probing import STATISTICS, probe_slices, quantities, strength
from worker.tasks import task
from worker.workspace import Workspace


@task
def probe(workspace: Workspace, line: str):
    """Probe every cell over a line.

    {count: N, units: H, values, ranks}: for each name of `ductus.analysis.probing.STATISTICS` the statistic of each
    cell, float32 (H,), and the cells sorted from the strongest to the weakest relation, int32 (H,). Names that this
    line does not determine are left out. Raises ValueError if there is no such line.
    """
    encoded = workspace.line(line)
    yield from encoded.encode_slices(len(encoded) - 1)
    probing = probe_slices([(encoded.points, encoded.cells)], workspace.model.units_per_x_height)
    table = yield from cooperative.without_progress(probing)
    known = {name: values for name, values in table.items() if values is not None}
    return {
        "count": len(encoded),
        "units": workspace.model.units,
        "values": {name: np.float32(values) for name, values in known.items()},
        "ranks": {
            name: np.argsort(-strength(name, values), kind="stable").astype(np.int32)
            for name, values in known.items()
        },
    }


@task
def curves(workspace: Workspace, line: str, quantity: str, cells: list):
    """Return some cells over a line, and a quantity fitted to each: {cells: (k, N) float32, fits: (k, N) float32}.

    A fit is the least-squares fit of the quantity (of an angle: of its cosine and sine; of steadiness: nothing) and a
    constant to the cell; NaN where the quantity is undefined. For an event it is the event itself, 0 or 1. Raises
    ValueError if there is no such line.
    """
    encoded = workspace.line(line)
    yield from encoded.encode_slices(len(encoded) - 1)
    return fitted(workspace, line, quantity, cells)


def fitted(workspace: Workspace, line: str, quantity: str, cells: list) -> dict[str, np.ndarray]:
    """Return what `curves` does, for a line whose states are known."""
    encoded = workspace.line(line)
    c = encoded.cells[:, np.asarray(cells, np.int64)].T  # (k, N)
    pen = quantities(encoded.points, workspace.model.units_per_x_height)[quantity]  # (N,)
    if STATISTICS[quantity] == "AUC":
        return {"cells": c, "fits": np.broadcast_to(np.float32(pen), c.shape)}
    parts = {"R": (np.cos(pen), np.sin(pen)), "S": ()}.get(STATISTICS[quantity], (pen,))
    basis = np.stack([*parts, np.ones(len(pen))], axis=1)  # (N, 1 to 3)
    known = ~np.isnan(pen)
    fits = np.full(c.shape, np.nan, np.float32)  # (k, N)
    if known.any():
        factors = np.linalg.lstsq(basis[known], c[:, known].T.astype(np.float64), rcond=None)[0]  # (1 to 3, k)
        fits[:, known] = (basis[known] @ factors).T
    return {"cells": c, "fits": fits}
