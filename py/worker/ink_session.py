"""The ink on one sheet as the model follows it: predictions of how it goes on, and the cells on the way.

Pure Python over `ductus`, so that CPython tests it; `worker.py` lends it to the page. New ink is only noted: whatever
is asked is a job (`running.py`) that catches up with the ink first, with pauses.

Ink comes in x-heights, y down, as the pen drew it; the pen clock makes points of it while it comes. Every stroke
keeps the state that the model reached at its end. Undo and redo only move a mark along the strokes, and with it the
state goes back to exactly what it was.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np

from ductus.lstm import State
from ductus.model import Model
from ductus.resample import StreamingClock

# Points fed between two looks at the time: with numpy in WebAssembly about 2 ms.
FEED = 4


@dataclass
class Stroke:
    """A stroke of ink: its settled points so far, and how far along them the model is."""

    clock: StreamingClock
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))  # (n, 2) x-heights
    lifted: bool = False
    fed: int = 0
    state: State | None = None  # after the `fed` points; None: as the stroke before left it

    @property
    def followed(self) -> bool:
        """Is it finished, and has the model been fed all of it?"""
        return self.lifted and self.state is not None and self.fed == len(self.points)


@dataclass(frozen=True)
class Prediction:
    """A finished job: what was asked, and what came of it."""

    points: np.ndarray  # (N, 3) model units: the ink, as the model was fed it
    pen: np.ndarray  # (3,) where the ink ends: x, y in x-heights, and is the pen lifted
    offsets: np.ndarray  # (samples, steps, 3) model units, as `Model.continue_` gives them
    paths: np.ndarray  # (samples, 1 + steps, 3) places in x-heights and lifts; row 0 is `pen`
    temperature: float
    seed: int


@dataclass(frozen=True)
class Columns:
    """The cells over the ink from some point on: column i is the state that predicts point i of the whole ink."""

    first: int  # the number of the first column here
    cells: np.ndarray  # (k + 1, H) of c; the last is the state after the last point
    places: np.ndarray  # (k, 3) of the points: x, y in x-heights and lift
    settled: list[int]  # how many points will not change any more, of the stroke asked for and of each after it


class InkSession:
    """The ink, and the model's state along it. The model must have a pen clock and a scale of its own."""

    def __init__(self, model: Model):
        self.model = model
        self._strokes: list[Stroke] = []
        self._count = 0  # strokes on the paper; those beyond were undone and can come back
        self._version = 0  # of ink and prediction: only the newest prediction for the ink as it is goes on
        self.last: Prediction | None = None
        self._blank = model.start()

    def pen(self, stroke: int, xy: np.ndarray, lifted: bool) -> None:
        """Notes new ink (n, 2), in x-heights, of the stroke with this number; `lifted` says that it ends there.

        The number is that of the last stroke, if it is still open, or the next one: that begins a stroke, and what
        was undone is gone. Raises ValueError for any other number and for a stroke that begins with no ink, InkError
        for ink that is none.
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
        self._stop()

    def set_stroke_count(self, strokes: int) -> None:
        """The ink is what it was after so many strokes: undo, redo, and with 0 an empty page.

        A stroke that is still being written is dropped for good if it is not among them. Raises ValueError if there
        are not so many strokes, the undone ones included.
        """
        if not 0 <= strokes <= len(self._strokes):
            raise ValueError(f"there are {len(self._strokes)} strokes, not {strokes}")
        if strokes < len(self._strokes) and not self._strokes[-1].lifted:
            self._strokes = self._strokes[:-1]
        self._count = strokes
        self._stop()

    def begin_from(self, state: State) -> None:
        """The ink, that of undone strokes too, is read anew from this state (1, H) on."""
        self._blank = state
        for stroke in self._strokes:
            stroke.state, stroke.fed = None, 0
        self._stop()

    def predict(
        self, samples: int, steps: int, temperature: float, seed: int
    ) -> Generator[None, None, Prediction | None]:
        """A job that gives a Prediction, or None once there is newer ink or a newer prediction.

        Raises ValueError if there is no ink to go on from.
        """
        if not self._count:
            raise ValueError("there is no ink to go on from")
        self._stop()
        return self._while_current(self._version, self._work(samples, steps, temperature, seed))

    def columns(self, stroke: int, point: int) -> Generator[None, None, Columns | None]:
        """A job that gives the Columns from a point of a stroke on, or None once there is newer ink.

        Raises ValueError if there is no such point, nor one just before it.
        """
        settled = len(self._strokes[stroke].points) if 0 <= stroke < self._count else 0
        if not (0 <= stroke <= self._count and 0 <= point <= settled):
            raise ValueError(f"stroke {stroke} has no point {point}")
        self._stop()
        return self._while_current(self._version, self._columns(stroke, point))

    def places(self) -> np.ndarray:
        """The ink as it stands, the points that may still change included: (N, 3) of x, y in x-heights and lift."""
        whole = [np.zeros((0, 3))]
        for stroke in self._strokes[: self._count]:
            xy = (
                stroke.points if stroke.lifted else np.concatenate([stroke.points, stroke.clock.open_points()])
            )  # (n, 2)
            whole.append(np.column_stack([xy, np.zeros(len(xy))]))
            whole[-1][-1:, 2] = stroke.lifted
        return np.concatenate(whole)

    def _while_current(self, version, work):
        while version == self._version:
            try:
                next(work)
            except StopIteration as end:
                return end.value
            yield
        return None

    def _stop(self) -> None:
        self._version += 1

    def _work(self, samples, steps, temperature, seed):
        """The Prediction, with a pause every few milliseconds."""
        state, pen, points = self._blank, None, []
        for stroke in self._strokes[: self._count]:
            table = _offsets(stroke.points, pen, stroke.lifted) * self._units  # (n, 3)
            stroke.state = state if stroke.state is None else stroke.state
            while stroke.fed < len(table):
                piece = table[stroke.fed : stroke.fed + FEED]
                stroke.state, stroke.fed = self.model.feed(piece, stroke.state), stroke.fed + len(piece)
                yield
            state = stroke.state
            points.append(table)
            pen = stroke.points[-1] if len(stroke.points) else pen  # an open stroke may have settled nothing yet
            if not stroke.lifted:
                # Where the pen is now: these points may yet change, so the stroke's own state does not see them.
                ahead = stroke.clock.open_points()
                table = _offsets(ahead, pen, lifted=False) * self._units  # (k, 3)
                for row in range(0, len(table), FEED):
                    state = self.model.feed(table[row : row + FEED], state)
                    yield
                points.append(table)
                pen = ahead[-1]
        offsets = yield from self.model.continue_slices(state, samples, steps, temperature, seed)
        lifted = float(self._strokes[self._count - 1].lifted)
        pen = np.append(pen, lifted)  # (3,)
        paths = np.concatenate([np.broadcast_to(pen, (samples, 1, 3)), offsets / self._units], axis=1)
        paths[..., :2] = np.cumsum(paths[..., :2], axis=1)  # (samples, 1 + steps, 3)
        self.last = Prediction(np.concatenate(points), pen, offsets, paths, temperature, seed)
        return self.last

    def _columns(self, first, point):
        """The Columns from point number `point` of stroke number `first` on, with a pause every few milliseconds."""
        strokes, begin = self._strokes[: self._count], first
        while begin and not strokes[begin - 1].followed:
            begin -= 1
        state, pen = (strokes[begin - 1].state, strokes[begin - 1].points[-1]) if begin else (self._blank, None)
        before = sum(len(stroke.points) for stroke in strokes[:begin])
        cells, places, settled = [], [], []
        for number in range(begin, len(strokes)):
            stroke = strokes[number]
            lifted = stroke.lifted
            xy = stroke.points if lifted else np.concatenate([stroke.points, stroke.clock.open_points()])  # (n, 2)
            table = _offsets(xy, pen, lifted) * self._units  # (n, 3)
            pen = xy[-1] if len(xy) else pen
            told = point if number == first else 0 if number > first else len(xy)
            start = min(stroke.fed, len(stroke.points))
            if stroke.state is None or told < start:  # it has to be gone through again, from where it begins
                start = 0
            else:
                state = stroke.state
            for row in range(start, len(xy)):
                if row == len(stroke.points):
                    stroke.state, stroke.fed = state, row
                if row >= told:
                    cells.append(state.c)
                state = self.model.feed(table[row : row + 1], state)
                if row % FEED == 0:
                    yield
            if lifted:
                stroke.state, stroke.fed = state, len(xy)
            if number < first:
                before += len(xy)
                continue
            places.append(np.column_stack([xy, table[:, 2]])[told:])  # (n - told, 3)
            settled.append(len(stroke.points))
        cells = np.concatenate([*cells, state.c])  # (k + 1, H)
        return Columns(before + point, cells, np.concatenate([np.zeros((0, 3)), *places]), settled)

    @property
    def _units(self) -> np.ndarray:
        """Model units to an x-height for dx and dy; lifts are no lengths: (3,)."""
        return np.array([self.model.units_per_x_height, self.model.units_per_x_height, 1.0])


def _offsets(xy: np.ndarray, pen: np.ndarray | None, lifted: bool) -> np.ndarray:
    """Places (n, 2) as points (n, 3) that follow the place `pen` (None: nothing was written yet)."""
    if not len(xy):
        return np.zeros((0, 3))
    points = np.zeros((len(xy), 3))
    points[:, :2] = np.diff(xy, axis=0, prepend=xy[:1] if pen is None else pen[None])
    points[-1, 2] = lifted
    return points
