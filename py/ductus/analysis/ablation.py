"""What breaks without a cell: how a network's predictions of a line change under interventions.

Probing (`ductus.analysis.probing`) says what a cell goes with; this says what depends on it (J. Pearl, "Causality",
2009; for units of a network: Morcos et al. 2018, "On the importance of single directions for generalization"). The
line is read once more for each row of a batch, each with its own interventions, always with the true points as input.
Rows do not depend on one another, so groups of them can be computed apart.

Measures, each a mean over the line's N points:

position     how much worse the true offsets are predicted, in nats a point
lift         the same of the lifts
lift_chance  by how much the chance of a lift changes, up or down
direction    by what angle the direction of the next step on average (the mixture's mean) changes, in radians
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from typing import NamedTuple

import numpy as np

from ductus import cooperative, mixture
from ductus.analysis.probing import STATISTICS, strength
from ductus.ink import as_points
from ductus.intervention import SILENCE, Intervention, check, plan_of
from ductus.lstm import State
from ductus.model import Model
from ductus.sharing import Piece

MEASURES = ("position", "lift", "lift_chance", "direction")
# The measure in which a cell that goes with a quantity should count.
MATCHING = dict.fromkeys(STATISTICS, "direction")
MATCHING |= dict.fromkeys(("x", "y", "position_in_word"), "position")
MATCHING |= dict.fromkeys(("lift_to_come", "just_lifted"), "lift_chance")
AGREES, NOTHING = 1, -1  # see `verdicts`
# A cell belongs to the family of the quantity that it goes with most, if at least this strongly (`probing.strength`).
MIN_STRENGTH = 0.5
# What the smallest set of cells has to cost, in nats a point; and the random sets of its size.
NATS, RANDOM_SETS = 1.0, 16
# Set sizes tried side by side: two rounds of them narrow down 23^2 sizes.
_TRIED = 23


class Predictions(NamedTuple):
    """What the network says about each point of a line, (N,) or (N, 2), and its states (N, H) there."""

    points: np.ndarray  # (N, 3)
    states: State
    position: np.ndarray  # nats of the true offset
    lift: np.ndarray  # nats of the true lift
    chance: np.ndarray  # of a lift
    step: np.ndarray  # (N, 2), the mean of the mixture


class SmallestSet(NamedTuple):
    """The fewest cells of a ranking whose silencing costs NATS a point, and what random sets of that size cost."""

    cells: np.ndarray  # (k,), the largest single effect first; all of them if even that is too little
    nats: float  # a point, position and lift together
    random: np.ndarray  # (RANDOM_SETS,)


def predictions_slices(
    model: Model, points: np.ndarray, states: State | None = None
) -> Generator[int, None, Predictions]:
    """Return the predictions of a line (N, 3), with its states (N, H) if they are known; yields the points done."""
    line = as_points(points)
    known = model.line_states(line) if states is None else State(states.h[: len(line)], states.c[: len(line)])
    facts = np.empty((len(line), 5))
    rows = model.backend.slice_rows
    for first in range(0, len(line), rows):
        some = slice(first, first + rows)
        facts[some] = mixture.facts(model.output(State(known.h[some], known.c[some])), line[some])
        yield min(first + rows, len(line))
    position, lift, chance = facts[:, :3].T
    return Predictions(line, known, position, lift, chance, facts[:, 3:])


def effects_slices(
    model: Model, base: Predictions, rows: Sequence[Sequence[Intervention]]
) -> Generator[float, None, np.ndarray]:
    """Return the measures of a line under R sequences of interventions: (R, 4) float64, columns as in MEASURES.

    Pauses every few milliseconds, yielding the rows done, a fraction of them too. With a pool of workers they are
    shared. Raises InterventionError.
    """
    for own in rows:
        check(own, model.units, len(base.points))
    together, times = model.reading_size(len(rows))
    groups = [rows[first : first + together] for first in range(0, len(rows), together)]
    edges = [_edges(model, base, group, times) for group in groups]
    pieces = sum(map(len, edges))
    chains = [_group(model, base, group, own) for group, own in zip(groups, edges, strict=True)]
    sharing = model.share_chains(chains, len(rows) * len(base.points))
    found = yield from cooperative.with_progress(sharing, lambda done: len(rows) * done / max(1, pieces))
    return np.concatenate([np.empty((0, len(MEASURES))), *found])


def _edges(
    model: Model, base: Predictions, rows: Sequence[Sequence[Intervention]], times: int
) -> list[tuple[int, int]]:
    """Return the points, from and to, that each call reads: at most `times`, and alike in the plan of these rows."""
    count = len(base.points)
    begin = min((one.start for own in rows for one in own if one.cells), default=count)
    plan = plan_of(rows, model.units)
    parts = plan.parts(begin, count) if plan else []
    edges = sorted({*range(begin, count, times), *(first for first, _ in parts), count})
    return list(itertools.pairwise(edges))


def _group(
    model: Model, base: Predictions, rows: Sequence[Sequence[Intervention]], edges: list[tuple[int, int]]
) -> Generator[Piece, tuple[State, np.ndarray], np.ndarray]:
    """Return the measures of some rows (R, 4), read side by side: a chain of readings (`Model.share_chains`)."""
    sums = np.zeros((len(rows), len(MEASURES)))
    if not edges:
        return sums
    # the step that the interventions first act on is the one that makes the state of point `begin`
    begin, plan = edges[0][0], plan_of(rows, model.units)
    before = State(*(part[begin - 1 : begin] for part in base.states)) if begin else model.lstm.zero_state(1)
    state = State(*(np.repeat(part, len(rows), axis=0) for part in before))  # (R, H)
    inputs = np.concatenate([np.zeros((1, 3)), base.points[:-1]])  # (N, 3)
    for first, end in edges:
        state, facts = yield model.reading(inputs[first:end], base.points[first:end], state, plan, first)
        for changes in _changes(base, facts, first):  # one by one, so that no bit depends on the edges
            sums += changes
    return sums / len(base.points)


def _changes(base: Predictions, facts: np.ndarray, first: int) -> np.ndarray:
    """Return the measures of rows by what they say of the points from `first` on, (t, R, 5): (t, R, 4)."""
    here = slice(first, first + len(facts))
    position, lift, chance, x, y = np.moveaxis(facts, 2, 0)  # (t, R) each
    was_x, was_y = base.step[here, :1], base.step[here, 1:]  # (t, 1)
    turned = np.abs(np.arctan2(was_x * y - was_y * x, was_x * x + was_y * y))  # (t, R)
    changes = (
        position - base.position[here, None],
        lift - base.lift[here, None],
        np.abs(chance - base.chance[here, None]),
        turned,
    )
    return np.stack(changes, axis=2)


def effects(model: Model, points: np.ndarray, rows: Sequence[Sequence[Intervention]]) -> np.ndarray:
    """Run `effects_slices` on a line (N, 3) of which nothing is known yet."""
    return cooperative.run(effects_slices(model, cooperative.run(predictions_slices(model, points)), rows))


def silenced(sets: Sequence[Sequence[int]]) -> list[list[Intervention]]:
    """Return a row for each set of cells, all of which it silences over the whole line."""
    return [[Intervention(tuple(int(cell) for cell in cells), SILENCE)] for cells in sets]


def single_cells(units: int) -> list[list[Intervention]]:
    """Return a row for each cell, which it silences over the whole line."""
    return silenced([[cell] for cell in range(units)])


def families(table: dict[str, np.ndarray | None]) -> dict[str, list[int]]:
    """Return the cells that go with each quantity more than with any other, from a table of `probing.probe`.

    Quantities with no cell of at least MIN_STRENGTH are left out.
    """
    names = [name for name in STATISTICS if table.get(name) is not None]
    if not names:
        return {}
    strengths = np.stack([strength(name, np.asarray(table[name])) for name in names])  # (Q, H)
    best, sure = strengths.argmax(axis=0), strengths.max(axis=0) >= MIN_STRENGTH
    found = {name: np.flatnonzero((best == row) & sure).tolist() for row, name in enumerate(names)}
    return {name: cells for name, cells in found.items() if cells}


def smallest_set_slices(
    model: Model, base: Predictions, single: np.ndarray, seed: int
) -> Generator[float, None, SmallestSet]:
    """Find the fewest cells, of those ranked by their single effects (H, 4), whose silencing costs NATS a point.

    By bisection, several sizes at a time. It assumes that silencing more of the ranking costs more, so a smaller set
    of other cells may exist. Yields the share done, 0 to 1.
    """
    units = len(single)
    ranking = np.argsort(-single[:, :2].sum(axis=1), kind="stable")  # (H,)

    def costs(sets, done: float, part: float) -> Generator[float, None, np.ndarray]:
        rows = silenced(sets)
        found = yield from cooperative.with_progress(
            effects_slices(model, base, rows), lambda row: done + part * row / len(rows)
        )
        return found[:, :2].sum(axis=1)

    low, high, nats = 0, units, 0.0  # `low` cells cost too little; nats are those of `high`
    for number in range(1, 20):
        inside = np.unique(np.linspace(low, high, _TRIED + 1).round().astype(int))[1:]  # (n,), the last is `high`
        found = yield from costs(
            [ranking[:size] for size in inside], 0.8 - 0.8 * 0.5 ** (number - 1), 0.8 * 0.5**number
        )
        enough = np.flatnonzero(found >= NATS)
        place = enough[0] if len(enough) else len(inside) - 1
        low, high, nats = (inside[place - 1] if place else low), inside[place], float(found[place])
        if high - low <= 1 or not len(enough):
            break
    rng = np.random.default_rng(seed)
    sets = [rng.permutation(units)[:high] for _ in range(RANDOM_SETS)]
    random = yield from costs(sets, 0.8, 0.2)
    return SmallestSet(ranking[:high], nats, random)


def verdicts(effects: np.ndarray, quantity: str) -> np.ndarray:
    """Return whether what goes with each cell also depends on it, from the single effects (H, 4): (H,) int8.

    AGREES if silencing it changes the prediction that matches the quantity more than silencing nine in ten cells
    does; NOTHING if it changes less than the median in every measure; 0 otherwise.
    """
    size = np.abs(effects)
    column = size[:, MEASURES.index(MATCHING[quantity])]  # (H,)
    larger = len(column) - np.searchsorted(np.sort(column), column, "right")  # (H,)
    nothing = (size < np.median(size, axis=0)).all(axis=1)  # (H,)
    return np.where(larger < len(column) / 10, AGREES, np.where(nothing, NOTHING, 0)).astype(np.int8)
