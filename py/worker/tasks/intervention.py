"""What changes when cells are silenced, clamped, turned or frozen, and which past ink a prediction depends on.

Interventions come as text (`ductus.intervention`), so that a link and a request say the same.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ductus import cooperative, mixture
from ductus.analysis import ablation, removal, saliency
from ductus.analysis.probing import probe_slices
from ductus.lstm import State
from worker.encoded_line import EncodedLine
from worker.tasks import task
from worker.workspace import Workspace

# States whose predictions are scored between two pauses: about 2 ms with numpy in WebAssembly.
_SCORED = 64


class _Known:
    """What is known of a line of N points without interventions, while the reader tries one after another.

    costs (N,) float32, in nats, of the first `costed` points; paths, those that were drawn last, by what was asked.
    """

    def __init__(self, points: int):
        self.costs, self.costed = np.zeros(points, np.float32), 0
        self.paths: dict[tuple, np.ndarray] = {}


_known: WeakKeyDictionary[EncodedLine, _Known] = WeakKeyDictionary()


@task
def fans(
    workspace: Workspace,
    line: str,
    point: int,
    samples: int,
    steps: int,
    temperature: float,
    seed: int,
    interventions: str,
) -> Generator[None, None, dict]:
    """Return the fan at a point of a line before and under interventions, from the same random numbers.

    {before, after (samples, steps, 2) float32: places in x-heights; chances (2,) float32: of a lift at the point;
    nats (2,) float32: the cost of the true point, NaN after the last one}. "before" is the fan of `fans.sample`.
    Raises ValueError if there is no such line or point, or for invalid interventions.
    """
    encoded, point = workspace.line(line), int(point)
    states, (before, after) = yield from _two(
        workspace, line, point, int(samples), int(steps), float(temperature), seed, interventions
    )
    density = workspace.model.head(states)
    nats = np.full(2, np.nan)
    if point < len(encoded):
        truth = np.repeat(encoded.points[point : point + 1], 2, axis=0)  # (2, 3)
        nats = -mixture.log_density(density, truth[:, :2]) - mixture.log_lift(density, truth[:, 2])
    return {
        "before": before[..., :2],
        "after": after[..., :2],
        "chances": np.float32(mixture.lift_probability(density)),
        "nats": np.float32(nats),
    }


@task
def write(
    workspace: Workspace, line: str, point: int, steps: int, temperature: float, seed: int, interventions: str
) -> Generator[None, None, dict]:
    """Write on from a point of a line, before and under interventions, from the same random numbers.

    {before, after (steps, 3) float32: x, y in x-heights and lift}. Raises ValueError as `fans`.
    """
    _, drawn = yield from _two(workspace, line, int(point), 1, int(steps), float(temperature), seed, interventions)
    return dict(zip(("before", "after"), (paths[0] for paths in drawn), strict=True))


def _two(
    workspace: Workspace,
    line: str,
    point: int,
    samples: int,
    steps: int,
    temperature: float,
    seed: int,
    interventions: str,
) -> Generator[None, None, tuple[State, list[np.ndarray]]]:
    """Return the two states (2, H) at a point, and the paths from each, (S, K, 3) float32: x-heights and lift."""
    encoded, changed = workspace.line(line), workspace.changed_line(line, interventions)
    if not 0 <= point <= len(encoded):
        raise ValueError(f"there is no point {point}; the line has {len(encoded)}, from 0 on")
    drawn, known = [], _known.setdefault(encoded, _Known(len(encoded)))
    asked = point, samples, steps, temperature, int(seed)
    for states in (encoded, changed):
        yield from states.encode_slices(point)
        plan = changed.interventions if states is changed else ()
        if not plan and asked in known.paths:
            drawn.append(known.paths[asked])
            continue
        drawing = workspace.model.fan_slices(
            states.state(point), samples, steps, temperature, [[int(seed), point]], [plan], [point]
        )
        paths = (yield from cooperative.without_progress(drawing))[0]  # (S, K, 3)
        places = paths[..., :2].cumsum(axis=1) / workspace.units_per_x_height + encoded.place_before(point)
        drawn.append(np.concatenate([places, paths[..., 2:]], axis=2, dtype=np.float32))
        if not plan:
            known.paths = {asked: drawn[0]}
    both = (encoded.state(point), changed.state(point))
    return State(*(np.concatenate(parts) for parts in zip(*both, strict=True))), drawn


@task
def nats(workspace: Workspace, line: str, interventions: str) -> Generator[None, None, dict]:
    """Return what each point of a line costs before and under interventions, in nats.

    {count: N, before, after (N,) float32, position and lift together}. Raises ValueError if there is no such line, or
    for invalid interventions.
    """
    encoded, changed = workspace.line(line), workspace.changed_line(line, interventions)
    count, model = len(encoded), workspace.model
    known = _known.setdefault(encoded, _Known(count))
    before, after = known.costs, np.zeros(count, np.float32)
    for states, costs in ((encoded, before), (changed, after)):
        for first in range(known.costed if states is encoded else 0, count, _SCORED):
            some = slice(first, min(first + _SCORED, count))
            if states is changed and some.stop <= changed.begin:
                after[some] = before[some]
                continue
            yield from states.encode_slices(some.stop - 1)
            density, truth = model.head(State(states.h[some], states.c[some])), encoded.points[some]
            costs[some] = -mixture.log_density(density, truth[:, :2]) - mixture.log_lift(density, truth[:, 2])
            if states is encoded:
                known.costed = some.stop
            yield
    return {"count": count, "before": before, "after": after}


@task
def ablate(workspace: Workspace, line: str, first: int, last: int) -> Generator[dict | None, None, dict]:
    """Silence each cell from `first` to before `last` over a whole line, and measure what breaks.

    Progress: {done: cells, a fraction of them too}. Value: {first, last, and for each name of
    `ductus.analysis.ablation.MEASURES` its values, (last - first,) float32}. Rows do not depend on one another, so
    several workers can share the cells. Raises ValueError if there is no such line, or no such cells.
    """
    encoded, first, last = workspace.line(line), int(first), int(last)
    if not 0 <= first < last <= workspace.model.units:
        raise ValueError(f"there are no cells {first} to {last - 1}; the network has {workspace.model.units}")
    known = [cell for cell in range(first, last) if cell not in encoded.effects]
    if known:
        base = yield from _predictions(workspace, encoded)
        rows = ablation.silenced([[cell] for cell in known])
        found = yield from _with_done(ablation.effects_slices(workspace.model, base, rows))
        encoded.effects.update(zip(known, found, strict=True))
    table = np.array([encoded.effects[cell] for cell in range(first, last)], np.float32)  # (n, 4)
    return {"first": first, "last": last} | dict(zip(ablation.MEASURES, table.T, strict=True))


@task
def groups(workspace: Workspace, line: str, seed: int) -> Generator[dict | None, None, dict]:
    """Silence each family of cells, find the smallest set that costs a nat a point, and random sets of its size.

    `ablate` must have measured every cell of this line. Progress: {done: 0 to 1}. Value: {families: for each quantity
    {cells int32, and the measures}; smallest: {cells int32, nats, random float32: nats of random sets}}. Raises
    ValueError if there is no such line, or cells have not been measured.
    """
    encoded, model = workspace.line(line), workspace.model
    single = _single(workspace, encoded)
    base = yield from _predictions(workspace, encoded)
    found = ablation.families((yield from _probes(workspace, encoded)))
    rows = ablation.silenced(list(found.values()))
    of_families = yield from cooperative.without_progress(ablation.effects_slices(model, base, rows))
    smallest = yield from _with_done(ablation.smallest_set_slices(model, base, single, int(seed)))
    return {
        "families": {
            quantity: {"cells": np.array(cells, np.int32)} | dict(zip(ablation.MEASURES, row.tolist(), strict=True))
            for (quantity, cells), row in zip(found.items(), of_families, strict=True)
        },
        "smallest": {
            "cells": np.int32(smallest.cells),
            "nats": smallest.nats,
            "random": np.float32(smallest.random),
        },
    }


@task
def verdicts(workspace: Workspace, line: str) -> Generator[None, None, dict]:
    """Return whether what goes with a cell also depends on it, from `ablate` of every cell of this line.

    {for each quantity of `ductus.analysis.probing.STATISTICS` that the line determines: (H,) int8, 1 if the cell
    counts for what matches the quantity, -1 if nothing changes without it, 0 otherwise: `ablation.verdicts`}. Raises
    ValueError as `groups`.
    """
    encoded = workspace.line(line)
    single = _single(workspace, encoded)
    table = yield from _probes(workspace, encoded)
    return {name: ablation.verdicts(single, name) for name, values in table.items() if values is not None}


@task
def gradient(workspace: Workspace, line: str, point: int, of: str, cell: int) -> Generator[None, None, dict]:
    """Return how much what the network says at a point depends on each point before.

    `of` is one of `ductus.analysis.saliency.TARGETS`. {value; by (i, 3) float32: the gradient by dx, dy in
    x-heights, and by lift; back (3,) int32: how many points back half, 90 % and 99 % of it reach}. Raises ValueError
    if there is no such line, point, target or cell.
    """
    encoded, point = workspace.line(line), int(point)
    saliency.check_point(encoded.points, point)
    yield from encoded.encode_slices(point)
    states = State(encoded.h, encoded.c)
    slices = saliency.saliency_slices(workspace.backward(), encoded.points, states, point, of, int(cell))
    found = yield from slices
    units = workspace.units_per_x_height
    back = [saliency.reach(found.size, share) for share in (0.5, 0.9, 0.99)]
    return {
        "value": found.value,
        "by": np.float32(found.gradient * [units, units, 1]),
        "back": np.array(back, np.int32),
    }


@task
def strokes(
    workspace: Workspace, line: str, point: int, samples: int, steps: int, seed: int
) -> Generator[dict | None, None, dict]:
    """Take each earlier stroke away from what comes before a point, and measure what changes there.

    Progress: {done: strokes}. Value: {first, end (P,) int32: the points of each stroke; nats, fan (P,) float32: see
    `ductus.analysis.removal.Removal`}. Raises ValueError if there is no such line or point.
    """
    encoded, point = workspace.line(line), int(point)
    saliency.check_point(encoded.points, point)
    yield from encoded.encode_slices(point)
    states = State(encoded.h, encoded.c)
    slices = removal.removal_slices(
        workspace.model, encoded.points, states, point, int(samples), int(steps), int(seed)
    )
    found = yield from _with_done(slices)
    return {
        "first": np.int32(found.first),
        "end": np.int32(found.end),
        "nats": np.float32(found.nats),
        "fan": np.float32(found.fan),
    }


def _single(workspace: Workspace, encoded: EncodedLine) -> np.ndarray:
    """Return what silencing each cell changes, (H, 4). Raise ValueError if that is not known of all."""
    units = workspace.model.units
    if len(encoded.effects) < units:
        raise ValueError(f"only {len(encoded.effects)} of {units} cells have been silenced one by one")
    return np.stack([encoded.effects[cell] for cell in range(units)])


def _probes(workspace: Workspace, encoded: EncodedLine) -> Generator[None, None, dict[str, np.ndarray | None]]:
    yield from encoded.encode_slices(len(encoded) - 1)
    probing = probe_slices([(encoded.points, encoded.cells)], workspace.units_per_x_height)
    return (yield from cooperative.without_progress(probing))


def _predictions(workspace: Workspace, encoded: EncodedLine) -> Generator[None, None, ablation.Predictions]:
    yield from encoded.encode_slices(len(encoded) - 1)
    slices = ablation.predictions_slices(workspace.model, encoded.points, State(encoded.h, encoded.c))
    return (yield from cooperative.without_progress(slices))


def _with_done(slices: Generator[Any, None, Any]) -> Generator[dict | None, None, Any]:
    """Return the same task with {done} as its progress, whenever that has grown."""
    last = -1.0

    def tell(done: float) -> dict | None:
        nonlocal last
        if done <= last:
            return None
        last = done
        return {"done": float(done)}

    return cooperative.with_progress(slices, tell)
