"""Priming: rows that the network writes after the ink on a sheet, and from nothing for comparison (figure A3)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from ductus import cooperative
from ductus.analysis.style_metrics import style_metrics
from ductus.generation import line_wrap
from ductus.lstm import State
from ductus.model import Model
from worker.tasks import task
from worker.workspace import Workspace

# Lines over which style metrics are averaged, besides the one on screen: a single line varies too much.
MEASURED_LINES = 6
# Style metrics of fewer points, about four letters, mean nothing.
MIN_POINTS = 100


@task
def write(
    workspace: Workspace, sheet: str, points: int, temperature: float, seed: int, width: float
) -> Generator[dict | None, None, dict]:
    """Write rows of this width, in x-heights, after the ink on a sheet (primed) and from nothing.

    Both use the same seed and have at least `points` points; the last row is complete. Progress, one per row:
    {primed: 1 or 0; places (N, 3) float32 of x from the row's left edge, y from its baseline, in x-heights, and lift;
    above, below: its extent above and below the baseline}. Value: {count: points of the ink}.
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
    """Measure how well the style is kept, over lines of `points` points written after the ink and from nothing.

    {count: points of the ink; lines: MEASURED_LINES; and only if the ink has MIN_POINTS: yours (4,) float32, the
    style metrics of the ink; primed and plain (2, 4) float32, their mean and standard deviation over the lines of
    each kind}. Raises InkError if there is no ink.
    """
    ink, primed = yield from _read(workspace, sheet)
    value: dict[str, Any] = {"count": len(ink), "lines": MEASURED_LINES}
    if len(ink) >= MIN_POINTS:
        value["yours"] = np.float32(style_metrics(ink))
        states = State(*map(np.concatenate, zip(primed, workspace.model.start(), strict=True)))  # (2, H)
        found = yield from _average_metrics(workspace.model, states, int(points), float(temperature), int(seed))
        value |= zip(("primed", "plain"), found, strict=True)
    return value


def _read(workspace: Workspace, sheet: str) -> Generator[None, None, tuple[np.ndarray, State]]:
    """Return the ink on a sheet as points (N, 3) in x-heights, and the state after it."""
    places = workspace.sheet(sheet).places()  # (N, 3)
    ink = np.diff(places, axis=0, prepend=places[:1])  # (N, 3)
    ink[:, 2] = places[:, 2]
    units = workspace.model.units_per_x_height
    line = workspace.from_points(f"priming {sheet}", ink * [units, units, 1])  # reuses known states
    yield from line.encode_slices()
    return ink, line.state(len(line))


def _average_metrics(model: Model, states: State, points: int, temperature: float, seed: int):
    """Return the mean and standard deviation (2, 4) of the metrics of lines from each state (P, H), in a list."""
    units = model.units_per_x_height
    written = yield from cooperative.without_progress(
        model.fan_slices(states, MEASURED_LINES, points, temperature, [[seed, MEASURED_LINES]] * len(states.h))
    )  # (P, MEASURED_LINES, points, 3)
    found = []
    for lines in written:
        metrics = np.array([style_metrics(line / [units, units, 1]) for line in lines])  # (MEASURED_LINES, 4)
        found.append(np.array([metrics.mean(axis=0), metrics.std(axis=0)], np.float32))
    return found
