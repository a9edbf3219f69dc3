"""Styles: loading a styles file, and sheets whose ink continues a style."""

from __future__ import annotations

from worker.tasks import task
from worker.workspace import Workspace


@task
def load(workspace: Workspace, data):
    """Load a styles file, given as bytes: {names, seeds}, a list each. Raises StylesError."""
    yield
    workspace.load_styles(bytes(data))
    return {"names": [style.name for style in workspace.styles], "seeds": [style.seed for style in workspace.styles]}


@task
def apply(workspace: Workspace, sheet: str, style: int):
    """Encode the ink on a sheet, from now on, as if it followed the line of a style; -1 is no style."""
    state = yield from workspace.style_state_slices(int(style))
    workspace.sheet(sheet).start_from(state)
