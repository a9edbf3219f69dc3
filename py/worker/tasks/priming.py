"""The network goes on at length in the hand of the ink on a sheet, and, for comparison, in none (figure A3)."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ductus import cooperative
from ductus.analysis.style_metrics import hand
from ductus.generation import line_wrap
from ductus.lstm import State
from ductus.model import Model
from worker.tasks import task
from worker.workspace import Workspace

# Lines by which a hand is measured, besides the one that is shown: one line may be nothing but luck.
LINES = 6
# Ink of fewer points shows no hand: about four letters.
FEWEST = 100


@task
def write(
    workspace: Workspace, sheet: str, points: int, temperature: float, seed: int, width: float
) -> Generator[dict | None, None, dict]:
    """Writes in rows of this width, in x-heights, after the ink on a sheet (primed) and from nothing.

    Both from the same seed, and of at least so many points each, the last row whole. Progress, a row each: {primed: 1
    or 0; places (N, 3) float32 of x from the row's left edge, y from its baseline, in x-heights, and lift; above,
    below: how far it reaches from its baseline}. Value: {count: points of the ink}.
    Raises InkError if there is no ink.
    """
    ink, primed = yield from _read(workspace, sheet)
    for name, state in ((1, primed), (0, workspace.model.start())):
        written = 0
        for row in line_wrap.write_slices(workspace.model, state, float(temperature), int(seed), float(width)):
            if row is None:
                yield
                continue
            yield {"primed": name, "places": np.float32(row.places), "above": row.above, "below": row.below}
            written += len(row.points)
            if written >= int(points):
                break
    return {"count": len(ink)}


@task
def measure(
    workspace: Workspace, sheet: str, points: int, temperature: float, seed: int
) -> Generator[None, None, dict]:
    """How far the hand was kept, by LINES more lines of so many points after the ink, and as many from nothing.

    {count: points of the ink; lines: LINES; and only if the ink has FEWEST points: yours (4,) float32,
    `ductus.hand.HAND` of the ink; primed and plain (2, 4) float32, its mean and standard deviation over the lines of
    either kind}. Raises InkError if there is no ink.
    """
    ink, primed = yield from _read(workspace, sheet)
    value = {"count": len(ink), "lines": LINES}
    if len(ink) >= FEWEST:
        value["yours"] = np.float32(hand(ink))
        for name, state in (("primed", primed), ("plain", workspace.model.start())):
            value[name] = yield from _hands(workspace.model, state, int(points), float(temperature), int(seed))
    return value


def _read(workspace: Workspace, sheet: str) -> Generator[None, None, tuple[np.ndarray, State]]:
    """The ink on a sheet as points (N, 3) in x-heights, and the state after it."""
    places = workspace.sheet(sheet).places()  # (N, 3)
    ink = np.diff(places, axis=0, prepend=places[:1])  # (N, 3)
    ink[:, 2] = places[:, 2]
    units = workspace.model.units_per_x_height
    line = workspace.from_points(f"priming {sheet}", ink * [units, units, 1])  # what is known of it is kept
    yield from line.slices()
    return ink, line.state(len(line))


def _hands(model: Model, state: State, points: int, temperature: float, seed: int):
    units = model.units_per_x_height
    lines = yield from cooperative.without_progress(
        model.continue_slices(state, LINES, points, temperature, [seed, LINES])
    )
    hands = np.array([hand(line / [units, units, 1]) for line in lines])  # (LINES, 4)
    return np.float32([hands.mean(axis=0), hands.std(axis=0)])
