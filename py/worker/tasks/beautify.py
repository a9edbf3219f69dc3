"""The ink on a sheet with a part of the network's hand in it (figure A2)."""

from __future__ import annotations

from collections.abc import Generator
from weakref import WeakKeyDictionary

import numpy as np

from ductus.generation.beautify import Beautifier, Blend
from worker.tasks import task
from worker.workspace import Workspace

# workspace -> what follows one sheet: {sheet: {strength: Beautifier}}. Of each sheet one strength is kept, and 0.
_followers: WeakKeyDictionary = WeakKeyDictionary()


@task
def blend(workspace: Workspace, sheet: str, strength: float) -> Generator[dict | None, None, dict | None]:
    """The ink on a sheet blended, and then what it costs the network as it is.

    Progress: {places (N, 3) float32 of x, y in x-heights and lift}. Value: {count: N; apart: the mean distance of the
    two, in x-heights; yours and blend: what they cost, in nats a point (None without ink)}; None once it was asked
    for anew. The points that do not change any more are not worked on again. Raises ValueError for a strength that is
    none, InkError for too much ink.
    """
    places = workspace.sheet(sheet).places()  # (N, 3)
    blended = yield from _follower(workspace, sheet, float(strength)).follow_slices(places)
    if blended is None:
        return None
    yield {"places": np.float32(blended.places)}
    plain = yield from _follower(workspace, sheet, 0.0).follow_slices(places)
    if plain is None:
        return None
    apart = np.hypot(*(blended.places - places)[:, :2].T)  # (N,)
    return {"count": len(places), "apart": _mean(apart), "yours": _cost(plain), "blend": _cost(blended)}


def _follower(workspace: Workspace, sheet: str, strength: float) -> Beautifier:
    kept = _followers.setdefault(workspace, {}).setdefault(sheet, {})
    if strength not in kept:
        new = Beautifier(workspace.model, strength)
        for old in [old for old in kept if old]:
            del kept[old]
        kept[strength] = new
    return kept[strength]


def _cost(blended: Blend) -> float | None:
    return _mean(blended.nats)


def _mean(x: np.ndarray) -> float | None:
    return float(x.mean()) if len(x) else None
