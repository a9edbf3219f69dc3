"""The cells over the ink on a sheet, while it is being written."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from worker.tasks import task
from worker.workspace import Workspace


@task
def columns(workspace: Workspace, sheet: str, stroke: int, point: int) -> Generator[None, None, dict | None]:
    """The columns from a point of a stroke on, with those of the points that may still change, and one beyond.

    Value: {first: number of the first column over the whole ink; columns (k + 1, H) float32, where the last is the
    state after the last point; places (k, 3) float32 of x, y in x-heights and lift; settled: for each stroke from
    this one on, how many of its points will not change (int32)}, or None if newer ink came meanwhile. Raises
    ValueError if there is no such point.
    """
    found = yield from workspace.sheet(sheet).columns(int(stroke), int(point))
    return found and {
        "first": found.first,
        "columns": found.cells,
        "places": np.float32(found.places),
        "settled": np.int32(found.settled),
    }
