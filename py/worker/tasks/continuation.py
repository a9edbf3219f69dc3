"""One long continuation of the ink on a sheet (figure 1)."""

from __future__ import annotations

from worker.tasks import task
from worker.workspace import Workspace


@task
def lead(workspace: Workspace, sheet: str, steps: int, temperature: float, seed: int, draws: int):
    """Draw one path of `steps` points after the ink on a sheet, the best of `draws`: see `InkSession.lead`."""
    return (yield from workspace.sheet(sheet).lead(int(steps), float(temperature), int(seed), int(draws)))
