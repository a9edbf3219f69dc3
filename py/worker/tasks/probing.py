"""What the cells of a line track, and the curves that show it."""

from __future__ import annotations

import numpy as np

from ductus.analysis.probing import KINDS, quantities, strength, track_slices
from worker.tasks import task
from worker.workspace import Workspace


@task
def probe(workspace: Workspace, line: str):
    """How every cell goes with what the pen does, over a line.

    {count: N, units: H, values, ranks}: for each name of `ductus.track.KINDS` the numbers of the cells, float32 (H,),
    and the cells from the one that goes with it best to the one that does so least, int32 (H,). A name of which this
    line cannot tell anything is not there.
    """
    taken = workspace.line(line)
    yield from taken.slices(len(taken) - 1)
    slices = track_slices([(taken.points, taken.c[: len(taken)])], workspace.model.units_per_x_height)
    try:
        while True:
            next(slices)
            yield
    except StopIteration as end:
        table = end.value
    values, ranks = {}, {}
    for name, numbers in table.items():
        if numbers is not None:
            values[name] = np.float32(numbers)
            ranks[name] = np.argsort(-strength(name, numbers), kind="stable").astype(np.int32)
    return {"count": len(taken), "units": workspace.model.units, "values": values, "ranks": ranks}


@task
def curves(workspace: Workspace, line: str, quantity: str, cells: list):
    """Some cells over a line, and a quantity beside them: {cells: (k, N) float32, fits: (k, N) float32}.

    A fit is what comes nearest to the cell of all that the quantity alone can make up: a multiple of it (of an angle,
    of its cosine and its sine) and a constant; NaN where the quantity is none. Of an event it is the event itself, 0
    or 1.
    """
    taken = workspace.line(line)
    yield from taken.slices(len(taken) - 1)
    c = taken.c[: len(taken), np.asarray(cells, np.int64)].T  # (k, N)
    pen = quantities(taken.points, workspace.model.units_per_x_height)[quantity]  # (N,)
    if KINDS[quantity] == "AUC":
        return {"cells": c, "fits": np.broadcast_to(np.float32(pen), c.shape)}
    parts = (np.cos(pen), np.sin(pen)) if KINDS[quantity] == "R" else (pen,)
    basis = np.stack([*parts, np.ones(len(pen))], axis=1)  # (N, 2 or 3)
    known = ~np.isnan(pen)
    fits = np.full(c.shape, np.nan, np.float32)  # (k, N)
    if known.any():
        factors = np.linalg.lstsq(basis[known], c[:, known].T.astype(np.float64), rcond=None)[0]  # (2 or 3, k)
        fits[:, known] = (basis[known] @ factors).T
    return {"cells": c, "fits": fits}
