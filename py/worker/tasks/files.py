"""The reader's own ink file as a line for the figures."""

from __future__ import annotations

import math

from ductus.formats import forms, io
from ductus.ink import InkError
from shared.limits import MAX_INK_FILE_BYTES, MAX_INK_FILE_STROKES, MAX_LINE_POINTS
from worker.tasks import task
from worker.tasks.lines import describe
from worker.workspace import Workspace


@task
def load(workspace: Workspace, line: str, data, name: str, which: int, size: float = 1.0):
    """Set a line to line number `which` of an ink file, given as bytes and its name.

    Value: `lines.describe` and {lines: how many the file has, which, size, guessed: whether the size of its letters
    is a guess, skipped: what else it holds, in words}. With a guess, letters become `size` times as large as it says.
    Strokes are resampled by the pen clock; a network's offsets are in model units and are used unchanged. Raises
    InkError that names the file; the current line is kept then.
    """
    data, which, size = bytes(data), int(which), float(size)
    if len(data) > MAX_INK_FILE_BYTES:
        raise InkError(f"{name}: it is larger than {MAX_INK_FILE_BYTES / 2**20:.0f} MB")
    if not 0 < size < math.inf:
        raise ValueError(f"{size} is not a size")
    yield
    try:
        ink = forms.parse(data, MAX_INK_FILE_BYTES, MAX_INK_FILE_STROKES)
        yield
        points, about = yield from _line(workspace, ink, which, size)
        made = workspace.from_points(line, points)
    except InkError as error:
        raise InkError(f"{name}: {error}") from None
    return describe(made) | about | {"which": which, "size": size, "skipped": ink.skipped}


def _line(workspace: Workspace, ink, which: int, size: float):
    """Return line number `which`, (N, 3) in model units, and {lines, guessed}, with pauses."""
    units = workspace.units_per_x_height
    ours = not (ink.coordinates or ink.foreign)
    x_height = io.stated_x_height(ink, units)
    guessed = x_height is None
    x_height = x_height or io.guess_size(ink) / size
    yield
    lines = [line for line in io.lines_of(ink, x_height) if len(line)]
    if not 0 <= which < len(lines):
        raise InkError("there is no ink in it" if not lines else f"it has {len(lines)} lines")
    yield
    points = lines[which]
    if not ours:
        name = f"line {which + 1}"
        points = yield from io.resample_slices(points, name, x_height, units, workspace.model.clock, MAX_LINE_POINTS)
    return points, {"lines": len(lines), "guessed": guessed}
