"""The ink on a sheet, beautified by the network (figure A2)."""

from __future__ import annotations

from collections.abc import Generator
from weakref import WeakKeyDictionary

import numpy as np

from ductus.generation.beautify import Beautifier
from ductus.ink import InkError
from shared.limits import MAX_LINE_POINTS
from worker.tasks import task
from worker.workspace import Workspace

# workspace -> {sheet: {strength: Beautifier}}: for each sheet strength 0 and one other.
_beautifiers: WeakKeyDictionary = WeakKeyDictionary()


@task
def blend(workspace: Workspace, sheet: str, strength: float) -> Generator[dict | None, None, dict | None]:
    """Blend the ink on a sheet with the network's predictions, and score both.

    Progress: {places (N, 3) float32 of x, y in x-heights and lift}. Value: {count: N; apart: the mean distance of the
    two, in x-heights; yours and blend: their costs, in nats a point (None without ink)}; None once it was requested
    again. Points that do not change are not computed again. Raises ValueError for an invalid strength, InkError for
    more than MAX_LINE_POINTS.
    """
    places = workspace.sheet(sheet).places()  # (N, 3)
    if len(places) > MAX_LINE_POINTS:
        raise InkError(f"{len(places):,} points are too many: at most {MAX_LINE_POINTS:,} can be beautified")
    blended = yield from _beautifier(workspace, sheet, float(strength)).blend_slices(places)
    if blended is None:
        return None
    yield {"places": np.float32(blended.places)}
    plain = yield from _beautifier(workspace, sheet, 0.0).blend_slices(places)
    if plain is None:
        return None
    apart = np.hypot(*(blended.places - places)[:, :2].T)  # (N,)
    return {"count": len(places), "apart": _mean(apart), "yours": _mean(plain.nats), "blend": _mean(blended.nats)}


def _beautifier(workspace: Workspace, sheet: str, strength: float) -> Beautifier:
    kept = _beautifiers.setdefault(workspace, {}).setdefault(sheet, {})
    if strength not in kept:
        new = Beautifier(workspace.model, strength)
        for old in [old for old in kept if old]:
            del kept[old]
        kept[strength] = new
    return kept[strength]


def _mean(x: np.ndarray) -> float | None:
    return float(x.mean()) if len(x) else None
