"""A file of the reader's own as a line to take apart."""

from __future__ import annotations

from pathlib import PurePath

from ductus.formats import io
from ductus.ink import InkError
from worker.tasks import task
from worker.tasks.lines import describe
from worker.workspace import Workspace

# A line of writing takes some 100 kB in the wordiest of the formats. A file is parsed in one piece, and for the
# second or two that it may take at this size the pen is not followed.
MOST_BYTES = 2 * 2**20


@task
def load(workspace: Workspace, line: str, data, name: str, which: int):
    """Takes the line number `which` of an ink file, bytes with this name, as a line to take apart.

    See `jobs.lines.told`; besides, {lines: how many the file has, which}. Strokes go through the pen clock, at their
    own size or at one that is estimated; JSON that is a list of offsets is what the network wrote, in its own unit,
    and stays as it is. Raises InkError; the line of before stays then.
    """
    data, which = bytes(data), int(which)
    if len(data) > MOST_BYTES:
        raise InkError(f"{name}: it is larger than {MOST_BYTES / 2**20:.0f} MB")
    model = workspace.model
    raw = PurePath(name).suffix.lower() != ".json" or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    yield
    lines = io.load(data, model.units_per_x_height, raw=raw, clock=model.clock, name=name)
    lines = [points for points in lines if len(points)]
    if not 0 <= which < len(lines):
        raise InkError(f"{name}: there is no ink in it" if not lines else f"{name}: it has {len(lines)} lines")
    yield
    return describe(workspace.from_points(line, lines[which])) | {"lines": len(lines), "which": which}
