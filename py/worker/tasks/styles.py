"""Styles: what there is to begin in the hand of, and sheets whose ink is read in one."""

from __future__ import annotations

from worker.workspace import Desk


def take(desk: Desk, data):
    """Takes a file of styles, bytes: {names, seeds}, a list each. Raises StylesError."""
    yield
    desk.take_styles(bytes(data))
    return {"names": [style.name for style in desk.styles], "seeds": [style.seed for style in desk.styles]}


def begin(desk: Desk, sheet: str, style: int):
    """From now on the ink on a sheet is read as if it came after the line of a style; -1: from nothing."""
    state = yield from desk.begin_slices(int(style))
    desk.sheet(sheet).begin_from(state)
