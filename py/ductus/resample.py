"""The pen clock: the same points for the same curve on every device.

Devices send pointer events at different rates, so the time of a stroke is computed from its shape. A hand slows down
in bends: by the two-thirds power law (F. Lacquaniti, C. Terzuolo, P. Viviani, "The law relating the kinematic and
figural aspects of drawing movements", Acta Psychologica 54, 1983) its speed along the path is proportional to
curvature ** (-1/3). Points at equal steps of that time are close in bends and sparse on straights.

The stages, each of which needs only a few samples on either side:

    stroke -> even samples along the path -> smoothed -> curvature -> speed -> time -> points at whole times

Everything is counted from the start of the stroke, so a half-drawn stroke already has its final points except the
last few, whose neighbourhood is still being drawn. `StreamingClock` returns the points while the ink arrives;
`resample` does the same for a whole stroke.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields

import numpy as np

from ductus.ink import InkError, as_stroke

# In x-heights: ten pages of handwriting. Such a stroke has 800,000 even samples, which bounds the memory of a hostile
# stroke.
MAX_LENGTH = 20_000.0
# In x-heights: beyond it a float64 no longer resolves a millionth of a pen step.
MAX_COORDINATE = 1e9


@dataclass(frozen=True)
class PenClock:
    """The numbers of the pen clock. Lengths are in x-heights, curvatures in 1 / x-height."""

    step: float = 0.20  # path between points where the speed is 1: about 27 points to a letter
    even: float = 0.025  # path between the even samples: an eighth of a step, half of smoothing
    smoothing: float = 0.05  # standard deviation of the Gaussian along the path: removes a tablet's jitter
    reach: float = 3.0  # the Gaussian is cut at this many standard deviations, with 0.3 % left outside
    window: int = 7  # even samples (0.175) over which curvature is averaged: one sample's turn is mostly noise
    rest: float = 0.3  # added to the curvature, so that a straight has a finite speed (and 0.7 has speed 1)
    power: float = 1.0 / 3.0  # of the two-thirds law: speed = (curvature + rest) ** -power
    slowest: float = 0.35  # speed in a cusp, where the measured curvature is nearly infinite
    fastest: float = 1.5  # speed on a straight: just above rest ** -power = 1.494
    last: float = 0.5  # of a step: a longer remainder at the end is a step of its own, a shorter one joins the last
    dot: float = 0.12  # a shorter stroke is one point: its shape is a tremor

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            low, high = _RANGES[field.name]
            whole = field.name == "window"
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                raise InkError(f"pen clock: {field.name} is not {'a whole' if whole else 'a'} number")
            if not low <= value <= high:
                raise InkError(f"pen clock: {field.name} = {value} is outside {low} to {high}")
        if self.window % 2 == 0:
            raise InkError(f"pen clock: window = {self.window} is even, so it has no middle")
        if self.slowest > self.fastest:
            raise InkError("pen clock: slowest is above fastest")
        if self.radius < 1 or self.dot < 3 * self.even:
            raise InkError("pen clock: even is too coarse for smoothing and dot")

    @property
    def radius(self) -> int:
        """Return the half-width of the Gaussian in even samples."""
        return math.ceil(self.reach * self.smoothing / self.even - 1e-9)  # 3 * 0.05 / 0.025 is just above 6

    @property
    def margin(self) -> int:
        """Return the number of even samples on either side that decide a speed: Gaussian, mean, one neighbour."""
        return self.radius + self.window // 2 + 1

    def to_dict(self) -> dict:
        """Return the numbers by name, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, numbers: dict) -> PenClock:
        """Return the clock with these numbers; a missing one keeps its default. Raise InkError for an unknown one."""
        if not isinstance(numbers, dict):
            raise InkError("pen clock: not a table of numbers")
        unknown = sorted(map(str, numbers.keys() - {field.name for field in fields(cls)}))
        if unknown:
            raise InkError(f"pen clock: unknown number {unknown[0]!r}")
        return cls(**numbers)


# The range of each number. The clock comes from the metadata of a weight file; these ranges bound the work for a
# stroke whatever the file says.
_RANGES = {
    "step": (0.01, 10.0),
    "even": (0.005, 1.0),
    "smoothing": (0.001, 1.0),
    "reach": (1.0, 6.0),
    "window": (1, 99),
    "rest": (1e-3, 100.0),
    "power": (0.0, 2.0),
    "slowest": (0.01, 100.0),
    "fastest": (0.01, 100.0),
    "last": (0.1, 0.9),
    "dot": (0.0, 10.0),
}


def resample(stroke, clock: PenClock | None = None) -> np.ndarray:
    """Return the pen clock's points (m, 2) on a whole stroke (n, 2), both in x-heights.

    The first and last points are the stroke's own; a stroke shorter than `clock.dot` becomes its middle, and an empty
    one stays empty. Raises InkError for coordinates that are not finite or beyond MAX_COORDINATE, and for a path
    longer than MAX_LENGTH.
    """
    stream = StreamingClock(clock)
    return np.concatenate([stream.add(stroke), stream.lift()])  # (m, 2)


class StreamingClock:
    """The pen clock on a stroke that is still being drawn.

    `add` takes new ink and returns the points that it settled, which never change again. `open_points` returns the
    few that would follow if the pen were lifted now; they may differ after the next `add`. The results of all calls
    of `add`, followed by that of `lift`, are those of `resample` for the whole stroke, however the ink was divided.
    An `add` takes time and memory for the new ink alone, not for the stroke so far.

    Coordinates are in x-heights. Raises InkError as `resample` does; the stroke then stays as it was.
    """

    def __init__(self, clock: PenClock | None = None):
        self.clock = clock or PenClock()
        self._closed = False
        self._origin = None  # (2,) the first point; all others are stored relative to it, for precision
        self._pen = np.zeros((1, 2))  # the last point, to which new ink is joined
        self._length = 0.0  # of the path so far
        self._sum, self._count = np.zeros(2), 0  # of the points so far, for the middle of a dot
        # The even samples that are still needed. The last lies within one even step of the pen; whether the finished
        # stroke keeps it depends on how the pen continues.
        self._samples, self._first = np.zeros((0, 2)), 0  # rows, and the number of the first row
        self._timed, self._time = 0, 0.0  # the last sample whose time is settled, and that time
        self._given = 0  # points returned so far
        # Points at whole times that were not returned yet: the stroke may still end too close to them.
        self._held = np.zeros((0, 2))

    def add(self, xy) -> np.ndarray:
        """Add the points xy (n, 2) to the stroke; return the points (k, 2) that this settles."""
        if self._closed:
            raise InkError("the stroke was lifted: no ink can be added to it")
        ink = as_stroke(xy)
        if not len(ink):
            return np.zeros((0, 2))
        if np.abs(ink).max() > MAX_COORDINATE:
            raise InkError(f"a coordinate is beyond {MAX_COORDINATE:.0e} x-heights")
        origin = ink[0] if self._origin is None else self._origin
        ink = np.concatenate([self._pen, ink - origin])  # (1 + n, 2): the new ink from the pen on
        pieces = np.hypot(*np.diff(ink, axis=0).T)  # (n,)
        path = np.cumsum(np.concatenate([[self._length], pieces]))  # (1 + n,)
        if path[-1] > MAX_LENGTH:
            raise InkError(f"the stroke is longer than {MAX_LENGTH:,.0f} x-heights")
        moved = np.concatenate([[True], pieces > 0])  # a repeated point adds nothing
        new = ink[moved]
        # summed one by one, so that the result is the same to the last bit however the ink was divided
        self._sum = np.cumsum(np.concatenate([self._sum[None], new[1:]]), axis=0)[-1]
        self._count += len(new) - 1
        if self._origin is None:
            self._origin, self._count = origin.copy(), len(new)
            self._samples = np.zeros((1, 2))
        self._sample(new, path[moved])
        self._pen, self._length = new[-1:], float(path[-1])
        return self._settle() + self._origin

    def open_points(self) -> np.ndarray:
        """Return the points (k, 2) that would follow the settled ones if the pen were lifted now."""
        if self._closed or self._origin is None:
            return np.zeros((0, 2))
        clock = self.clock
        if self._length < clock.dot:
            return (self._sum / self._count)[None] + self._origin
        row = self._timed - self._first
        even = np.concatenate([self._samples[: self._certain() - self._first], self._pen])
        line, spent = _timeline(even, self._first == 0, True, clock)
        row -= len(even) - len(line)  # without the mirror at the start, the first rows are context only
        line, time = line[row:], np.cumsum(np.concatenate([[self._time], spent[row:]]))
        # whole times up to the last that is far enough from the end, and the start of the stroke in any case
        count = max(math.ceil(time[-1] - clock.last), 1)
        held = self._held[: count - self._given]
        whole = np.append(np.arange(self._given + len(held), count), time[-1])
        return np.concatenate([held, _at(whole, time, line)]) + self._origin

    def lift(self) -> np.ndarray:
        """Close the stroke; return the points (k, 2) after the settled ones, the stroke's last point included."""
        points = self.open_points()
        self._closed = True
        return points

    def _certain(self) -> int:
        """Return the least number of even samples that the stroke will have, its end included."""
        return max(math.ceil((self._length - self.clock.last * self.clock.even) / self.clock.even), 0)

    def _sample(self, ink: np.ndarray, path: np.ndarray) -> None:
        """Put even samples on the new ink (n, 2), whose points lie `path` (n,) along the stroke."""
        begin = self._first + len(self._samples)
        end = math.floor(path[-1] / self.clock.even) + 1
        if end > begin:
            places = np.arange(begin, end) * self.clock.even
            self._samples = np.concatenate([self._samples, _at(places, path, ink)])

    def _settle(self) -> np.ndarray:
        """Settle times and points as far as the ink allows; return the new points (k, 2), relative to the origin."""
        clock, certain = self.clock, self._certain()
        timed = certain - 1 - clock.margin
        if timed <= self._timed or self._length < clock.dot:
            return np.zeros((0, 2))
        at_start = self._first == 0
        line, spent = _timeline(self._samples[: certain - self._first], at_start, False, clock)
        row = self._timed - self._first - (0 if at_start else clock.margin)
        line, time = line[row:], np.cumsum(np.concatenate([[self._time], spent[row:]]))
        self._timed, self._time = timed, float(time[-1])
        drop = max(timed - clock.margin - self._first, 0)
        self._samples, self._first = self._samples[drop:].copy(), self._first + drop
        begin = self._given + len(self._held)
        points = np.concatenate([self._held, _at(np.arange(begin, math.floor(time[-1]) + 1), time, line)])
        # a point is certain when there is room for it before any possible end of the stroke
        count = max(math.ceil(time[-1] - clock.last) - self._given, 0)
        self._held = points[count:]
        self._given += count
        return points[:count]


def smooth(line: np.ndarray, deviation: float, radius: int, at_start=True, at_end=True) -> np.ndarray:
    """Return a line (n, 2) of even samples smoothed by a Gaussian of this deviation and radius, both in samples.

    An end of the stroke is mirrored in its point, so that smoothing leaves it in place; an end that is only cut off
    loses `radius` samples.
    """
    if at_start and at_end:
        radius = min(radius, len(line) - 1)  # a short stroke has no more to mirror
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)
    kernel /= kernel.sum()
    before = [2 * line[0] - line[radius:0:-1]] if at_start else []
    after = [2 * line[-1] - line[-2 : -radius - 2 : -1]] if at_end else []
    full = np.concatenate([*before, line, *after])
    return np.stack([np.convolve(axis, kernel, "valid") for axis in full.T], axis=1)


def _at(places: np.ndarray, path: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return the points (m, 2) at `places` (m,) on the polyline `line` (n, 2) whose corners lie at `path` (n,)."""
    return np.stack([np.interp(places, path, line[:, 0]), np.interp(places, path, line[:, 1])], axis=1)


def _timeline(even, at_start: bool, at_end: bool, clock: PenClock) -> tuple[np.ndarray, np.ndarray]:
    """Return the smoothed line (m, 2) through even samples (n, 2) and the pen's time for each of its m - 1 pieces.

    If the samples begin (end) with the stroke, so does the line; otherwise it lacks the first (last) `clock.margin`
    samples, which are only its context. Time 1 is one point of the pen.
    """
    line = smooth(even, clock.smoothing / clock.even, clock.radius, at_start, at_end)
    step = np.diff(line, axis=0)
    # A hairpin may fold one sample onto the next; a billionth keeps the division by the length finite.
    piece = np.hypot(step[:, 0], step[:, 1]) + 1e-9  # (m - 1,)
    turn = np.abs(np.diff(np.arctan2(step[:, 1], step[:, 0])))
    turn = np.minimum(turn, 2 * np.pi - turn)  # (m - 2,) in 0..pi
    bend = turn / (0.5 * (piece[1:] + piece[:-1]))
    # Beyond the ends the line is straight.
    half = clock.window // 2
    bend = np.concatenate([np.zeros((half + 1) * at_start), bend, np.zeros((half + 1) * at_end)])
    bend = np.convolve(bend, np.full(clock.window, 1 / clock.window), "valid")
    speed = np.clip((bend + clock.rest) ** -clock.power, clock.slowest, clock.fastest)
    context = half + 1
    keep = slice(0 if at_start else context, len(line) if at_end else len(line) - context)
    line, piece = line[keep], piece[keep][: len(speed) - 1]
    return line, piece / (0.5 * (speed[1:] + speed[:-1]) * clock.step)
