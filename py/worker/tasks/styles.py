"""Styles: what there is to begin in the hand of, and sheets whose ink is read in one."""

from __future__ import annotations

from worker.tasks import task
from worker.workspace import Workspace


@task
def load(workspace: Workspace, data):
    """Takes a file of styles, bytes: {names, seeds}, a list each. Raises StylesError."""
    yield
    workspace.load_styles(bytes(data))
    return {"names": [style.name for style in workspace.styles], "seeds": [style.seed for style in workspace.styles]}


@task
def apply(workspace: Workspace, sheet: str, style: int):
    """From now on the ink on a sheet is read as if it came after the line of a style; -1: from nothing."""
    state = yield from workspace.begin_slices(int(style))
    workspace.sheet(sheet).begin_from(state)
