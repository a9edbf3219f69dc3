"""What the ink on a sheet says, read by a reader: a network of its own, loaded when it is first wanted."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from ductus import ink
from ductus.analysis.reader import Reader
from ductus.formats.line_split import split_lines
from ductus.weights import file as weight_file
from shared.limits import MAX_LINE_POINTS
from worker.tasks import task
from worker.workspace import Workspace

_readers: WeakKeyDictionary = WeakKeyDictionary()  # workspace -> Reader


@task
def load(workspace: Workspace, data):
    """Load a reader's weight file, given as bytes: {name, parameters, sha256}.

    Raises WeightsError for an invalid file or another kind of network; the current reader is kept.
    """
    yield
    weights = weight_file.load(bytes(data))
    yield
    _readers[workspace] = Reader(weights, backend=workspace.model.backend)
    return {"parameters": weights.parameters} | {key: weights.metadata[key] for key in ("name", "sha256")}


def loaded(workspace: Workspace) -> Reader:
    """Return the reader that is loaded. Raises ValueError if there is none."""
    if workspace not in _readers:
        raise ValueError("no reader is loaded")
    return _readers[workspace]


@task
def read(workspace: Workspace, sheet: str):
    """Read the ink on a sheet: {text, its lines of writing joined by spaces; nats, minus its log-probability}.

    A sheet without ink says "". Raises ValueError if no reader is loaded, InkError for more than MAX_LINE_POINTS.
    """
    reader = loaded(workspace)
    places = workspace.sheet(sheet).places()  # (N, 3)
    if len(places) > MAX_LINE_POINTS:
        raise ink.InkError(f"{len(places):,} points are too many: at most {MAX_LINE_POINTS:,} can be read")
    unit, texts, nats = reader.units_per_x_height, [], 0.0
    strokes = [stroke for stroke in np.split(places[:, :2], np.flatnonzero(places[:, 2]) + 1) if len(stroke)]
    for line in split_lines(strokes, 1.0):
        found = yield from reader.read_slices(ink.to_points(line) * [unit, unit, 1])
        texts.append(found.text)
        nats -= found.log_probability
    return {"text": " ".join(text for text in texts if text), "nats": nats}
