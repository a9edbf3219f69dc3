"""What the cells track on other lines as well: read from the file beside the network, or measured here."""

from __future__ import annotations

import numpy as np

from ductus import cooperative
from ductus.analysis import claims
from worker.tasks import task
from worker.tasks.probing import fitted
from worker.workspace import Workspace


@task
def read(workspace: Workspace, data: bytes):
    """Read a file of claims.

    {lines, worst, least, ranks}: of how many lines, and for each name of `ductus.analysis.probing.STATISTICS` the
    statistic on the worst of them, the effect that is left there (below 0: on one it is the other way round), float32
    (H,) each, and the cells from the one that holds best to the one that holds least, int32 (H,). lines is 0 if the
    file is about other weights than those in use. Raises ClaimsError if it is invalid.
    """
    model = workspace.model
    yield
    try:
        return _told(claims.parse(bytes(data), model.weights.metadata["sha256"], model.units))
    except claims.OtherWeightsError:
        return {"lines": 0}


@task
def measure(workspace: Workspace):
    """Measure the same for the network in use. Progress: {done}, the share of the work."""
    styles = [style.points for style in workspace.styles]
    lines = yield from claims.other_lines_slices(workspace.model, styles)
    return _told((yield from cooperative.with_progress(claims.measure_slices(workspace.model, lines), _done)))


def _done(share: float) -> dict:
    return {"done": share}


def _told(found: claims.Claims) -> dict:
    return {
        "lines": found.lines,
        "worst": {name: np.float32(found.worst(name)) for name in found.least},
        "least": {name: np.float32(least) for name, least in found.least.items()},
        "ranks": {name: found.ranks(name).astype(np.int32) for name in found.least},
    }


@task
def cards(workspace: Workspace, line: str, quantities: list, cells: list):
    """Return a cell for each of some quantities over a line, with the quantity fitted to it, as `probing.curves`.

    {cells: (k, N) float32, fits: (k, N) float32}. Raises ValueError if there is no such line.
    """
    encoded = workspace.line(line)
    yield from encoded.encode_slices(len(encoded) - 1)
    found = []
    for quantity, cell in zip(quantities, cells, strict=True):
        found.append(fitted(workspace, line, quantity, [cell]))
        yield
    return {name: np.concatenate([one[name] for one in found]) for name in ("cells", "fits")}
