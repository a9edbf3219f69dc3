"""The cells of a line, and of the ink on a sheet while it is written: one column per point, c of its state."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from worker.tasks import task
from worker.workspace import Workspace

# Columns sent at a time: few enough for frequent pauses (64 of 500 cells are 128 kB), enough for one message.
MAX_COLUMNS = 64
# New columns worth sending while states are still being computed: the picture grows instead of waiting.
MIN_COLUMNS = 16


@task
def columns(workspace: Workspace, line: str, first: int, limit: float) -> Generator[dict | None, None, dict]:
    """Return the columns of a line from point `first` on, as soon as they are known.

    Progress: {first, columns (k, H) float32}. Value: {beyond: the share of all N * H values whose magnitude is above
    `limit`; liveliest: the cell that varies most within it; peak: the point where that cell is farthest from 0}.
    Raises ValueError if there is no such line.
    """
    encoded = workspace.line(line)
    count, sent = len(encoded), int(first)
    encoding = encoded.encode_slices(count - 1)
    while sent < count:
        if encoded.known >= min(sent + MIN_COLUMNS, count):
            last = min(encoded.known, count, sent + MAX_COLUMNS)
            yield {"first": sent, "columns": encoded.c[sent:last]}
            sent = last
        else:
            next(encoding, None)
            yield
    values = encoded.cells  # (N, H)
    beyond = np.count_nonzero(np.abs(values) > limit) / values.size
    liveliest = int(np.clip(values, -limit, limit).std(axis=0).argmax())
    return {"beyond": beyond, "liveliest": liveliest, "peak": int(np.abs(values[:, liveliest]).argmax())}


@task
def live_columns(workspace: Workspace, sheet: str, stroke: int, point: int) -> Generator[None, None, dict | None]:
    """Return the columns of a sheet's ink from a point of a stroke on, including points that may still change.

    Value: {first: number of the first column over the whole ink; columns (k + 1, H) float32, where the last is the
    state after the last point; places (k, 3) float32 of x, y in x-heights and lift; settled: for each stroke from
    this one on, how many of its points can no longer change (int32)}, or None once there is newer ink.
    Raises ValueError if there is no such point.
    """
    found = yield from workspace.sheet(sheet).columns(int(stroke), int(point))
    return found and {
        "first": found.first,
        "columns": found.cells,
        "places": np.float32(found.places),
        "settled": np.int32(found.settled),
    }
