"""The reader's own ink file as a line for the figures."""

from __future__ import annotations

from pathlib import PurePath

from ductus.formats import io
from ductus.ink import InkError
from shared.limits import MAX_INK_FILE_BYTES
from worker.tasks import task
from worker.tasks.lines import describe
from worker.workspace import Workspace


@task
def load(workspace: Workspace, line: str, data, name: str, which: int):
    """Set a line to line number `which` of an ink file, given as bytes and its name.

    Value: `lines.describe` and {lines: how many the file has, which}. Strokes are resampled by the pen clock, at
    their stated or an estimated size; JSON that is a list of offsets is a network's output in model units and is
    used unchanged. Raises InkError; the current line is kept then.
    """
    data, which = bytes(data), int(which)
    if len(data) > MAX_INK_FILE_BYTES:
        raise InkError(f"{name}: it is larger than {MAX_INK_FILE_BYTES / 2**20:.0f} MB")
    model = workspace.model
    raw = PurePath(name).suffix.lower() != ".json" or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    yield
    lines = io.load(data, model.units_per_x_height, raw=raw, clock=model.clock, name=name)
    lines = [points for points in lines if len(points)]
    if not 0 <= which < len(lines):
        raise InkError(f"{name}: there is no ink in it" if not lines else f"{name}: it has {len(lines)} lines")
    yield
    return describe(workspace.from_points(line, lines[which])) | {"lines": len(lines), "which": which}
