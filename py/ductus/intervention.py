"""Interventions: what happens to the network if some of its cells are held or turned.

An intervention acts on c' in each step, after it is computed and before h' = tanh(c') sigmoid(o) is (`ductus.lstm`):

    silence    c' = 0
    clamp=V    c' = V
    flip       c' = -c'
    freeze     c' = c: the cell keeps the value it has at the point where the intervention starts

It starts at a point p of the line and lasts from there on: the state that predicts point p is the first that it acts
on, and the one whose values `freeze` keeps. Where several act on a cell, the last of them that has started counts. As
text: "12,40-45:silence;7:clamp=1.5@120", cells, action and, after @, the point; without one it is point 0.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ductus.backend.numpy import CellChange, State

SILENCE, CLAMP, FLIP, FREEZE = ACTIONS = ("silence", "clamp", "flip", "freeze")
# No cell of a network reaches this; the square is still a float32.
MAX_VALUE = 1e6
# Bounds of a text. Longer ones list cells that a range would name.
MAX_TEXT, MAX_INTERVENTIONS = 20_000, 200
_FORM = re.compile(r"([^:]*):\s*([a-z]+)\s*(?:=([^@]*))?(?:@(.*))?", re.DOTALL)
_RANGE = re.compile(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?")


class InterventionError(ValueError):
    """An intervention that cannot be made; the message says which part of it."""


class Intervention(NamedTuple):
    """One action on a set of cells."""

    cells: tuple[int, ...]
    action: str  # of ACTIONS
    value: float = 0.0  # of `clamp`
    start: int = 0  # the point from which on


# What is done to one pen, or to each of several.
Interventions: TypeAlias = "Sequence[Intervention] | Sequence[Sequence[Intervention]]"


def parse(text: str, units: int) -> tuple[Intervention, ...]:
    """Return the interventions that a text names, for a network of `units` cells; none for an empty text.

    Raises InterventionError.
    """
    if len(text) > MAX_TEXT:
        raise InterventionError(f"the interventions have {len(text):,} characters, more than {MAX_TEXT:,}")
    if not text.strip():
        return ()
    parts = text.split(";")
    if len(parts) > MAX_INTERVENTIONS:
        raise InterventionError(f"{len(parts)} interventions are more than {MAX_INTERVENTIONS}")
    found = tuple(_one(part.strip(), units) for part in parts)
    check(found, units)
    return found


def _one(text: str, units: int) -> Intervention:
    form = _FORM.fullmatch(text)
    if form is None:
        raise InterventionError(f'"{_short(text)}" is not of the form CELLS:ACTION or CELLS:ACTION@POINT')
    cells, action, value, start = form.groups()
    if action not in ACTIONS:
        raise InterventionError(f'"{_short(text)}": there is no action "{_short(action)}", only {", ".join(ACTIONS)}')
    if (value is not None) != (action == CLAMP):
        wrong = "clamp needs a value, as in clamp=1.5" if action == CLAMP else f"{action} takes no value"
        raise InterventionError(f'"{_short(text)}": {wrong}')
    try:
        number = 0.0 if value is None else float(value)
    except ValueError:
        raise InterventionError(f'"{_short(text)}": "{_short(value or "")}" is not a number') from None
    if start is not None and not re.fullmatch(r"\s*\d{1,9}\s*", start):
        raise InterventionError(f'"{_short(text)}": "{_short(start)}" is not the number of a point')
    return Intervention(tuple(_cells(cells, units)), action, number, int(start or 0))


def _cells(text: str, units: int) -> list[int]:
    cells: list[int] = []
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise InterventionError(f'"{_short(part)}" is not the number of a cell, nor a range such as 12-40')
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise InterventionError(f'the range of cells "{part.strip()}" ends before it begins')
        _check_cell(last, units)
        cells += range(first, last + 1)
    return list(dict.fromkeys(cells))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}\N{HORIZONTAL ELLIPSIS}"


def _check_cell(cell: int, units: int) -> None:
    if not 0 <= cell < units:
        raise InterventionError(f"there is no cell {cell}; the network has {units}, 0 to {units - 1}")


def check(interventions: Sequence[Intervention], units: int, points: int | None = None) -> None:
    """Raise InterventionError unless a network of `units` cells, and a line of `points`, can have these."""
    for one in interventions:
        for cell in one.cells:
            _check_cell(cell, units)
        if one.action not in ACTIONS:
            raise InterventionError(f'there is no action "{one.action}", only {", ".join(ACTIONS)}')
        if not math.isfinite(one.value) or abs(one.value) > MAX_VALUE:
            raise InterventionError(f"a cell cannot be clamped to {one.value}, only to at most {MAX_VALUE:,.0f}")
        if one.start < 0 or (points is not None and one.start >= max(points, 1)):
            where = "" if points is None else f"; the line has {points}, from 0 on"
            raise InterventionError(f"there is no point {one.start} to start from{where}")


def to_text(interventions: Sequence[Intervention]) -> str:
    """Return the text that `parse` reads as these."""
    return ";".join(
        _ranges(one.cells)
        + f":{one.action}"
        + (f"={one.value!r}" if one.action == CLAMP else "")
        + (f"@{one.start}" if one.start else "")
        for one in interventions
    )


def _ranges(cells: Sequence[int]) -> str:
    parts: list[list[int]] = []
    for cell in sorted(set(cells)):
        if parts and cell == parts[-1][1] + 1:
            parts[-1][1] = cell
        else:
            parts.append([cell, cell])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def of_rows(interventions: Interventions, rows: int) -> list[Sequence[Intervention]]:
    """Return the interventions of each of this many rows. Raises InterventionError if they are for other numbers."""
    own: list[Any] = list(interventions)
    if all(isinstance(one, Intervention) for one in own):
        return [own] * rows
    if len(own) != rows:
        raise InterventionError(f"{len(own)} sequences of interventions are not one for each of {rows}")
    return own


class Plan:
    """Interventions on R rows of a batch, made into the changes of each step.

    Steps count from 0 at the point `at` of each row's line: step s makes the state that predicts point at + s.
    """

    def __init__(self, interventions: Interventions, units: int, at: int | Sequence[int] | np.ndarray = 0):
        """Take one sequence for all rows, or one for each, and their points `at`. Raises InterventionError."""
        single = all(isinstance(one, Intervention) for one in interventions)
        own: list[Any] = [interventions] if single else list(interventions)
        places = np.atleast_1d(np.asarray(at, np.int64))  # (R,), or one for all
        rows = max(len(own), len(places))
        if len(own) not in (1, rows) or len(places) not in (1, rows):
            raise InterventionError(f"{len(own)} rows of interventions and {len(places)} points do not go together")
        self.rows, self.units = rows, units
        self._acts: list[tuple[int, int, Intervention]] = []  # the step it starts with, its row, and itself
        for row in range(rows):
            of_row = own[row % len(own)]
            check(of_row, units)
            start = int(places[row % len(places)])
            self._acts += [(one.start - start + (one.action == FREEZE), row, one) for one in of_row if one.cells]
        self._starts = sorted({first for first, _, _ in self._acts})
        self._last: tuple[Any, CellChange | None] = (None, None)  # made without c, and what it was made from

    def parts(self, first: int, end: int) -> list[tuple[int, int]]:
        """Return the steps from `first` to before `end` as ranges over which the change is the same."""
        inside = [step for step in self._starts if first < step < end]
        edges = [first, *inside, end]
        return list(itertools.pairwise(edges)) if end > first else []

    def change(self, step: int, c: np.ndarray) -> CellChange | None:
        """Return the change to make in a step from cells c (B, H), B a multiple of R; None if there is none."""
        acts = [(row, one) for first, row, one in self._acts if first <= step]
        if not acts:
            return None
        frozen = any(one.action == FREEZE for _, one in acts)
        made_from = len(acts), c.dtype  # of two steps with as many acts, all are the same
        if not frozen and made_from == self._last[0]:
            return self._last[1]
        rows = len(c) if frozen else self.rows
        each = rows // self.rows
        scale = np.ones((rows, self.units), c.dtype)
        value = np.full((rows, self.units), -0.0, c.dtype)  # x + -0.0 is x, to the last bit
        for row, one in acts:
            some = slice(row * each, (row + 1) * each)
            cells = list(one.cells)
            scale[some, cells] = -1 if one.action == FLIP else 0
            if one.action == FREEZE:
                value[some, cells] = c[some][:, cells]
            else:
                value[some, cells] = one.value if one.action == CLAMP else -0.0 if one.action == FLIP else 0
        change = CellChange(scale, value)
        if not frozen:
            self._last = made_from, change
        return change


def trace(network: Any, x: np.ndarray, state: State, plan: Plan | None, first: int = 1) -> State:
    """Return all states along inputs x (T, B, 3), the given state first, like `lstm.Network.trace`, under a plan.

    `first` is the number of the first step.
    """
    if plan is None:
        return network.trace(x, state)
    h, c = np.empty((2, len(x) + 1, *state.h.shape), network.dtype)  # (T + 1, B, H) each
    h[0], c[0] = state
    for begin, end in plan.parts(first, first + len(x)):
        rows = slice(begin - first, end - first)
        before = State(h[rows.start], c[rows.start])
        part = network.trace(x[rows], before, plan.change(begin, before.c))
        h[rows.start : rows.stop + 1], c[rows.start : rows.stop + 1] = part
    return State(h, c)


def plan_of(interventions: Interventions, units: int, at: int | Sequence[int] | np.ndarray = 0) -> Plan | None:
    """Return the plan of interventions, or None if there are none. Raises InterventionError."""
    return Plan(interventions, units, at) if len(interventions) and any(interventions) else None
