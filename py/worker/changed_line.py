"""An encoded line under interventions: the network's state before each of its points, computed as far as needed."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from ductus.intervention import Intervention, check, plan_of
from ductus.lstm import State
from ductus.model import Model
from worker.encoded_line import EncodedLine


class ChangedLine:
    """A line of N points under interventions, H cells.

    c and h (N + 1, H) are as those of the `EncodedLine` that it belongs to, and equal to them before the first point
    where something is changed. Raises InterventionError if the network or the line cannot have these interventions.
    """

    def __init__(self, model: Model, line: EncodedLine, interventions: Sequence[Intervention]):
        check(interventions, model.units, len(line) + 1)
        self.line, self.interventions, self._model = line, tuple(interventions), model
        self._plan = plan_of(self.interventions, model.units)
        self.begin = min((one.start for one in self.interventions if one.cells), default=len(line) + 1)
        self.c, self.h = np.zeros((2, len(line) + 1, model.units), np.float32)  # (N + 1, H) each
        self.known = 0

    def encode_slices(self, upto: int) -> Generator[None, None, None]:
        """Compute the states, as far as that of point `upto`, with pauses."""
        same = min(self.begin, upto + 1)  # rows that are those of the line
        if same > self.known:
            yield from self.line.encode_slices(same - 1)
            self.c[self.known : same], self.h[self.known : same] = (
                part[self.known : same] for part in (self.line.c, self.line.h)
            )
            self.known = same
        if self.known == 0 <= upto:
            first = self._model.start(interventions=self.interventions)
            self.c[0], self.h[0], self.known = first.c[0], first.h[0], 1
        while self.known <= upto:
            end = min(self.known + self._model.slice_points, upto + 1)
            inputs = self.line.inputs[self.known - 1 : end - 1, None]  # (n, 1, 3)
            trace = self._model.trace(inputs, self.state(self.known - 1), self._plan, self.known)
            self.c[self.known : end], self.h[self.known : end] = trace.c[1:, 0], trace.h[1:, 0]
            self.known = end
            yield

    def state(self, i: int) -> State:
        """Return the state that predicts point i, (1, H); it must be known."""
        return State(h=self.h[i : i + 1], c=self.c[i : i + 1])
