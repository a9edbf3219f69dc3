"""The ink on one sheet and the model's states along it: predictions of its continuation, and the cells over it.

Pure Python over `ductus`, so CPython tests it. New ink is only stored; a prediction or a request for cells is a task
(`scheduler.py`) that first encodes the ink that is not encoded yet, with pauses.

Ink arrives in x-heights, y down, as the pen drew it, and the pen clock resamples it on arrival. Every stroke keeps
the state that the model reached at its end. Undo and redo only change how many strokes count, so they rewind the
state to exactly what it was.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ductus.lstm import State
from ductus.model import Model
from ductus.resample import StreamingClock
from worker.scheduler import POINTS_PER_SLICE

# Steps of a long path between two reports: few, so that its first ink is on the screen soon after the pen has lifted.
LEAD_STEPS = 10


@dataclass
class Stroke:
    """A stroke of ink: its settled points so far, and how many of them the model has been fed."""

    clock: StreamingClock
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))  # (n, 2) x-heights
    lifted: bool = False
    fed: int = 0
    state: State | None = None  # after the `fed` points; None: that of the stroke before

    @property
    def encoded(self) -> bool:
        """Whether it is finished and the model has been fed all of it."""
        return self.lifted and self.state is not None and self.fed == len(self.points)

    def current_points(self) -> np.ndarray:
        """All its points, including those that may still change: (n, 2), x-heights."""
        return self.points if self.lifted else np.concatenate([self.points, self.clock.open_points()])


@dataclass(frozen=True)
class Prediction:
    """A finished prediction with all its inputs."""

    points: np.ndarray  # (N, 3) model units: the ink, as the model was fed it
    pen: np.ndarray  # (3,) where the ink ends: x, y in x-heights, and 1 if the pen is lifted
    offsets: np.ndarray  # (samples, steps, 3) model units, as `Model.continue_` returns them
    paths: np.ndarray  # (samples, 1 + steps, 3) places in x-heights and lifts; row 0 is `pen`
    temperature: float
    seed: int


@dataclass(frozen=True)
class Columns:
    """The cells over the ink from a point on: column i is the state that predicts point i of the whole ink."""

    first: int  # the number of the first column here
    cells: np.ndarray  # (k + 1, H) of c; the last is the state after the last point
    places: np.ndarray  # (k, 3) of the points: x, y in x-heights and lift
    settled: list[int]  # how many points can no longer change, of the requested stroke and of each after it


class InkSession:
    """The ink, and the model's states along it. The model must have a pen clock and a scale."""

    def __init__(self, model: Model):
        self.model = model
        self._strokes: list[Stroke] = []
        self._count = 0  # strokes on the paper; those beyond were undone and can be redone
        self._version = 0  # of ink and requests: only the newest request for the current ink continues
        self.last: Prediction | None = None
        self._start = model.start()

    def add_ink(self, stroke: int, xy: np.ndarray, lifted: bool) -> None:
        """Store new ink (n, 2), in x-heights, of the stroke with this number; `lifted` says that it ends there.

        The number is that of the last stroke, if it is still open, or the next one: that begins a stroke, and undone
        strokes are dropped. Raises ValueError for any other number and for a stroke that begins without ink, InkError
        for invalid ink.
        """
        xy = np.reshape(xy, (-1, 2))
        if stroke == self._count and (not stroke or self._strokes[stroke - 1].lifted):
            kept, open_stroke = self._strokes[:stroke], Stroke(StreamingClock(self.model.clock))
        elif 0 <= stroke == self._count - 1 and not self._strokes[stroke].lifted:
            kept, open_stroke = self._strokes[:stroke], self._strokes[stroke]
        else:
            raise ValueError(f"stroke {stroke} is not the one being written")
        if stroke == self._count and not len(xy):
            raise ValueError(f"stroke {stroke} begins with no ink")
        pieces = [open_stroke.points, open_stroke.clock.add(xy)]
        if lifted:
            pieces.append(open_stroke.clock.lift())
        open_stroke.points, open_stroke.lifted = np.concatenate(pieces), lifted  # (n, 2)
        self._strokes, self._count = [*kept, open_stroke], stroke + 1
        self._cancel_requests()

    def set_stroke_count(self, strokes: int) -> None:
        """Rewind (undo) or advance (redo) the ink to its first `strokes` strokes; 0 is an empty sheet.

        A stroke that is still being written is dropped for good if it is not among them. Raises ValueError if there
        are fewer strokes, including the undone ones.
        """
        if not 0 <= strokes <= len(self._strokes):
            raise ValueError(f"there are {len(self._strokes)} strokes, not {strokes}")
        if strokes < len(self._strokes) and not self._strokes[-1].lifted:
            self._strokes = self._strokes[:-1]
        self._count = strokes
        self._cancel_requests()

    def start_from(self, state: State) -> None:
        """Encode the ink, including undone strokes, again from this state (1, H)."""
        self._start = state
        for stroke in self._strokes:
            stroke.state, stroke.fed = None, 0
        self._cancel_requests()

    def predict(
        self, samples: int, steps: int, temperature: float, seed: int
    ) -> Generator[dict | None, None, Prediction | None]:
        """Return a task whose value is a Prediction, or None once there is newer ink or a newer request.

        `samples` paths of `steps` points each. Raises ValueError if there is no ink.
        """
        return self._request(self._predict_slices(samples, steps, temperature, seed))

    def lead(self, steps: int, temperature: float, seed: int, draws: int) -> Generator[Any, None, Any]:
        """Return a task that draws one long continuation of finished ink, and reports it while it is drawn.

        Of `draws` seeded draws, the first whose next stroke begins to the right of all ink leads; if none does, the
        first. A pen that goes back to cross a t would write over the reader's own letters. Draw 0 is the first path
        that `predict` samples alone with this seed; draw k is sampled with the seed [seed, k].

        Progress: {places: (n, 3) float32 of x, y in x-heights and lift}; the first of all rows is the pen's place.
        Value: {draw: k, right: does it begin to the right?}, or None as for `predict`. Raises ValueError if there is
        no ink.
        """
        return self._request(self._lead_slices(steps, temperature, seed, draws))

    def _request(self, work):
        if not self._count:
            raise ValueError("there is no ink to continue")
        self._cancel_requests()
        return self._while_current(self._version, work)

    def columns(self, stroke: int, point: int) -> Generator[None, None, Columns | None]:
        """Return a task whose value is the Columns from a point of a stroke on, or None as for `predict`.

        Raises ValueError if there is neither such a point nor one just before it.
        """
        settled = len(self._strokes[stroke].points) if 0 <= stroke < self._count else 0
        if not (0 <= stroke <= self._count and 0 <= point <= settled):
            raise ValueError(f"stroke {stroke} has no point {point}")
        self._cancel_requests()
        return self._while_current(self._version, self._columns_slices(stroke, point))

    def places(self) -> np.ndarray:
        """Return the ink, including points that may still change: (N, 3) of x, y in x-heights and lift."""
        whole: list[np.ndarray] = [np.zeros((0, 3))]
        for stroke in self._strokes[: self._count]:
            xy = stroke.current_points()  # (n, 2)
            whole.append(np.column_stack([xy, np.zeros(len(xy))]))
            whole[-1][-1:, 2] = stroke.lifted
        return np.concatenate(whole)

    def _while_current(self, version, work):
        while version == self._version:
            try:
                piece = next(work)
            except StopIteration as end:
                return end.value
            yield piece if isinstance(piece, dict) else None
        return None

    def _cancel_requests(self) -> None:
        self._version += 1

    def _predict_slices(self, samples, steps, temperature, seed):
        """Return the Prediction, with a pause every few milliseconds."""
        state, points, pen = yield from self._encode_slices()
        offsets = yield from self.model.continue_slices(state, samples, steps, temperature, seed)
        paths = self._places(pen, offsets)
        self.last = Prediction(points, pen, offsets, paths, temperature, seed)
        return self.last

    def _lead_slices(self, steps, temperature, seed, draws):
        """Report one long path in pieces; return which draw it is."""
        state, _, pen = yield from self._encode_slices()
        edge = max(stroke.current_points()[:, 0].max() for stroke in self._strokes[: self._count])
        seeds: list[Any] = [seed, *([seed, draw] for draw in range(1, draws))]
        states = State(np.repeat(state.h, draws, axis=0), np.repeat(state.c, draws, axis=0))  # (draws, H)
        first = yield from self.model.fan_slices(states, 1, 1, temperature, seeds)  # (draws, 1, 1, 3)
        right = pen[0] + first[:, 0, 0, 0] / self.model.units_per_x_height > edge  # (draws,)
        draw = int(right.argmax())
        rng, last = np.random.default_rng(seeds[draw]), None
        place = pen  # where the path has come to
        for done in range(0, steps, LEAD_STEPS):
            uniforms = rng.random((1, min(LEAD_STEPS, steps - done), 1, 4))  # (P, t, S, 4)
            state, drawn = self.model.draw(last, state, temperature, uniforms)  # (P, S, t, 3)
            last = drawn[:, :, -1].reshape(-1, 3)
            table = self._places(place, drawn[0])[0, 1:]  # (t, 3)
            yield {"places": np.float32(table if done else np.concatenate([pen[None], table]))}
            place = table[-1]
        return {"draw": draw, "right": bool(right[draw])}

    def _places(self, pen, offsets):
        """Return offsets (samples, steps, 3) as places after a pen (3,): (samples, 1 + steps, 3)."""
        paths = np.concatenate([np.broadcast_to(pen, (len(offsets), 1, 3)), offsets / self._units], axis=1)
        paths[..., :2] = np.cumsum(paths[..., :2], axis=1)
        return paths

    def _encode_slices(self):
        """Return the state after the ink, its points (N, 3), and the pen (3,): x, y and lift; with pauses."""
        state, points = self._start, []
        pen: Any = None  # the place (2,) up to which the network has read
        for stroke in self._strokes[: self._count]:
            table = _offsets(stroke.points, pen, stroke.lifted) * self._units  # (n, 3)
            stroke.state = state if stroke.state is None else stroke.state
            while stroke.fed < len(table):
                piece = table[stroke.fed : stroke.fed + POINTS_PER_SLICE]
                stroke.state, stroke.fed = self.model.feed(piece, stroke.state), stroke.fed + len(piece)
                yield
            state = stroke.state
            points.append(table)
            pen = stroke.points[-1] if len(stroke.points) else pen  # an open stroke may have settled nothing yet
            if not stroke.lifted:
                # These points, up to the pen, may still change, so the stroke's own state does not include them.
                ahead = stroke.clock.open_points()
                table = _offsets(ahead, pen, lifted=False) * self._units  # (k, 3)
                for row in range(0, len(table), POINTS_PER_SLICE):
                    state = self.model.feed(table[row : row + POINTS_PER_SLICE], state)
                    yield
                points.append(table)
                pen = ahead[-1]
        lifted = float(self._strokes[self._count - 1].lifted)
        return state, np.concatenate(points), np.append(pen, lifted)

    def _columns_slices(self, first, point):
        """Return the Columns from point number `point` of stroke number `first` on, with pauses."""
        strokes, begin = self._strokes[: self._count], first
        while begin and not strokes[begin - 1].encoded:
            begin -= 1
        state, pen = (strokes[begin - 1].state, strokes[begin - 1].points[-1]) if begin else (self._start, None)
        before = sum(len(stroke.points) for stroke in strokes[:begin])
        cells, places, settled = [], [], []
        for number in range(begin, len(strokes)):
            stroke = strokes[number]
            xy = stroke.current_points()  # (n, 2)
            table = _offsets(xy, pen, stroke.lifted) * self._units  # (n, 3)
            pen = xy[-1] if len(xy) else pen
            wanted = point if number == first else 0 if number > first else len(xy)  # columns from here on
            start = min(stroke.fed, len(stroke.points))
            if stroke.state is None or wanted < start:  # encode it again from its start
                start = 0
            else:
                state = stroke.state
            for row in range(start, len(xy)):
                if row == len(stroke.points):
                    stroke.state, stroke.fed = state, row
                if row >= wanted:
                    cells.append(state.c)
                state = self.model.feed(table[row : row + 1], state)
                if row % POINTS_PER_SLICE == 0:
                    yield
            if stroke.lifted:
                stroke.state, stroke.fed = state, len(xy)
            if number < first:
                before += len(xy)
                continue
            places.append(np.column_stack([xy, table[:, 2]])[wanted:])  # (n - wanted, 3)
            settled.append(len(stroke.points))
        cells = np.concatenate([*cells, state.c])  # (k + 1, H)
        return Columns(before + point, cells, np.concatenate([np.zeros((0, 3)), *places]), settled)

    @property
    def _units(self) -> np.ndarray:
        """The factors from x-heights to model units for (dx, dy, lift): (3,)."""
        return np.array([self.model.units_per_x_height, self.model.units_per_x_height, 1.0])


def _offsets(xy: np.ndarray, pen: np.ndarray | None, lifted: bool) -> np.ndarray:
    """Convert places (n, 2) to offsets (n, 3) that follow the place `pen` (None: the line begins)."""
    if not len(xy):
        return np.zeros((0, 3))
    points = np.zeros((len(xy), 3))
    points[:, :2] = np.diff(xy, axis=0, prepend=xy[:1] if pen is None else pen[None])
    points[-1, 2] = lifted
    return points
