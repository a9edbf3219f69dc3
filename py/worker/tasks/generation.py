"""What the network writes by itself, row after row, for as long as it is asked to go on."""

from __future__ import annotations

import numpy as np

from ductus.generation import line_wrap
from worker.tasks import task
from worker.workspace import Workspace


@task
def write(workspace: Workspace, style: int, temperature: float, seed: int):
    """Writes without end, beginning in a style (-1: from nothing); each row is progress.

    {count: N, points: (N, 3) float32 in model units, places: (N, 3) float32 of x, y in x-heights and lift, above,
    below}; see `ductus.rows.Row`. Raises StylesError for a style that is not there.
    """
    state = yield from workspace.begin_slices(int(style))
    for row in line_wrap.write_slices(workspace.model, state, float(temperature), int(seed)):
        yield row and {
            "count": len(row.points),
            "points": np.float32(row.points),
            "places": np.float32(row.places),
            "above": row.above,
            "below": row.below,
        }
