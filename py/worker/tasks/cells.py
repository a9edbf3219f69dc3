"""The cells of a line, a column a point: c of the state that predicts it."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from worker.tasks import task
from worker.workspace import Workspace

# Columns told at a time: few enough that a pause is never far (500 cells: 128 kB), many enough for a message.
PIECE = 64
# While the states are still being found, so many are worth telling: a picture that grows is better than a wait.
SOME = 16


@task
def columns(workspace: Workspace, line: str, first: int, limit: float) -> Generator[dict | None, None, dict]:
    """The columns of a line from point `first` on, as soon as they are known.

    Progress: {first, columns (k, H) float32}. Value: {beyond: the share of all N * H values whose magnitude is above
    `limit`; liveliest: the cell that varies most within it; peak: the point where that is farthest from 0}. Raises
    ValueError if there is no such line.
    """
    taken = workspace.line(line)
    count, told = len(taken), int(first)
    filling = taken.slices(count - 1)
    while told < count:
        if taken.known >= min(told + SOME, count):
            last = min(taken.known, count, told + PIECE)
            yield {"first": told, "columns": taken.c[told:last]}
            told = last
        else:
            next(filling, None)
            yield
    values = taken.c[:count]  # (N, H)
    beyond = np.count_nonzero(np.abs(values) > limit) / values.size
    liveliest = int(np.clip(values, -limit, limit).std(axis=0).argmax())
    return {"beyond": beyond, "liveliest": liveliest, "peak": int(np.abs(values[:, liveliest]).argmax())}
