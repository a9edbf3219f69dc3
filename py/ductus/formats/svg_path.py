"""The path data of SVG (SVG 2, chapter 9.3) as cubic Bezier curves, and those as points.

Lines, quadratic curves and cubic ones become cubic curves exactly. An elliptical arc becomes one for each eighth of a
turn, at most 5e-6 of its radius away from it.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence

import numpy as np

from ductus.ink import InkError

# The largest distance of a curve from the points that stand for it, as a part of the length of its control polygon.
TOLERANCE = 1e-3
# A larger number is no place on paper, and its square would lose the place of a pixel beside it.
MAX_NUMBER = 1e9
_BLOCK = 4096  # curves made into points together: what that takes of memory stays small
_SPACE = " \t\r\n\f"
_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_CHUNK = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])([^MmLlHhVvCcSsQqTtAaZz]*)")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_GAP = re.compile(rf"[{_SPACE}]*(?:,[{_SPACE}]*)?")
_FLAG = re.compile("[01]")
_NO_SPACE = str.maketrans("", "", _SPACE)


def parse(data: str, limit: int) -> list[np.ndarray]:
    """Parse the `d` of a path: its subpaths, each the control points (k, 4, 2) of k cubic curves, at most `limit`.

    A subpath of which nothing is drawn is left out. Raises InkError that names the character.
    """
    first = _CHUNK.search(data)
    begin = first.start() if first else len(data)
    if data[:begin].strip(_SPACE):
        raise InkError(f"character {begin - len(data[:begin].lstrip(_SPACE))}: a path begins with M")
    pen = _Pen(limit)
    # A command that follows itself only goes on with its arguments.
    for letter, chunks in itertools.groupby(_CHUNK.finditer(data), lambda chunk: chunk[1]):
        if not pen.moved and letter not in "Mm":
            raise InkError(f"character {begin}: a path begins with M, not with {letter}")
        if letter in "MmZz":
            for chunk in chunks:
                pen.run(letter, _rows(chunk, limit))
        else:
            rows: list[list[float]] = []
            for chunk in chunks:
                rows += _rows(chunk, limit - len(rows))
            pen.run(letter, rows)
    return pen.finish()


def flatten(pieces: np.ndarray, limit: int) -> np.ndarray:
    """Return points (n, 2) along joined cubic curves (k, 4, 2): TOLERANCE from them at most, and all their ends.

    The number of steps follows from the second differences of the control points (G. Wang, "The subdivision method
    for finding the intersection between two Bezier curves or surfaces", 1984). A point that repeats the one before it
    is left out. Raises InkError for more than `limit` points.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = np.hypot(*np.moveaxis(np.diff(pieces, 2, axis=1), 2, 0)).max(1)  # (k,)
        length = np.hypot(*np.moveaxis(np.diff(pieces, axis=1), 2, 0)).sum(1)  # (k,)
        steps = np.ceil(np.sqrt(0.75 * bend / (TOLERANCE * length)))
    steps = np.maximum(np.where(length > 0, steps, 1), 1).astype(np.int64)  # (k,), at most 39
    total = int(steps.sum())
    if total + 1 > limit:
        raise InkError(f"its curves have more than {limit:,} points")
    blocks = [slice(first, first + _BLOCK) for first in range(0, len(pieces), _BLOCK)]
    points = np.concatenate([pieces[:1, 0], *(_places(pieces[block], steps[block]) for block in blocks)])
    moved = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(1)])
    return points[moved]


def _places(pieces: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the places (total, 2) on curves (k, 4, 2) after each of their steps (k,)."""
    total = int(steps.sum())
    piece = np.repeat(np.arange(len(pieces)), steps)  # (total,)
    t = ((np.arange(total) - (np.cumsum(steps) - steps)[piece] + 1) / steps[piece])[:, None]  # (total, 1), in (0, 1]
    s = 1 - t
    a, b, c, d = np.moveaxis(pieces[piece], 1, 0)  # (total, 2) each
    return s**3 * a + 3 * s**2 * t * b + 3 * s * t**2 * c + t**3 * d


def numbers(text: str, limit: int, first: int = 0) -> list[float]:
    """Return numbers separated by spaces, a comma, or their own signs and dots; the text begins at character `first`.

    Raises InkError that names the character, or says that there are more than `limit`.
    """
    rest = _NUMBER.sub("0", text).translate(_NO_SPACE)
    if rest.count("0") > limit:
        raise InkError(f"it has more than {limit:,} numbers")
    if rest.strip("0,") or ",," in rest or rest.startswith(",") or rest.endswith(","):
        return _one_by_one(text, limit, first)
    return _checked(list(map(float, _NUMBER.findall(text))))


def _one_by_one(text: str, limit: int, first: int, flags: Sequence[int] = ()) -> list[float]:
    """Return the numbers, of which those at the places `flags` in each seven are one digit. Raises InkError."""
    values, position = [], 0
    while position < len(text):
        gap = _GAP.match(text, position)
        end = gap.end() if gap else position
        if end == len(text) and "," not in text[position:end]:
            break
        one = (_FLAG if len(values) % 7 in flags else _NUMBER).match(text, end)
        if not one or (not values and "," in text[position:end]):
            bad = end if not one and end < len(text) else position + text[position:].index(",")
            raise InkError(f"unexpected {text[bad]!r} at character {first + bad}")
        if len(values) == limit:
            raise InkError(f"it has more than {limit:,} numbers")
        values.append(float(one[0]))
        position = one.end()
    return _checked(values)


def _checked(values: list[float]) -> list[float]:
    if values and not max(max(values), -min(values)) <= MAX_NUMBER:
        raise InkError(f"a number is larger than {MAX_NUMBER:.0e}")
    return values


def _rows(chunk: re.Match, limit: int) -> list[list[float]]:
    """Return the arguments of a command, a list for each time that it is given."""
    letter, text = chunk[1], chunk[2]
    count = _COUNTS[letter.upper()]
    try:
        if count == 7:
            values = _one_by_one(text, count * limit, chunk.start(2), (3, 4))
        else:
            values = numbers(text, max(count, 1) * limit, chunk.start(2))
    except InkError as error:
        raise InkError(f"its command {letter} at character {chunk.start()}: {error}") from None
    if count == 0 and not values:
        return [[]]
    if not values or not count or len(values) % count:
        raise InkError(
            f"its command {letter} at character {chunk.start()} takes {count} numbers at a time, not {len(values)}"
        )
    return [values[i : i + count] for i in range(0, len(values), count)]


class _Pen:
    """The state of drawing a path: the place of the pen, and the curves so far."""

    def __init__(self, limit: int):
        self.moved = False
        self._place = self._start = (0.0, 0.0)
        self._control = None  # the last control point of the command before
        self._kind = ""  # that command: S continues C and S, T continues Q and T
        self._pieces: list[np.ndarray] = []  # of the subpath that is being drawn, (k, 4, 2) each
        self._subpaths: list[np.ndarray] = []
        self._left = limit

    def finish(self) -> list[np.ndarray]:
        """Return the subpaths, each (k, 4, 2)."""
        self._end()
        return self._subpaths

    def run(self, letter: str, rows: list[list[float]]) -> None:
        """Draw one command with its arguments."""
        kind, relative = letter.upper(), letter.islower()
        if kind == "M":
            self._end()
            self.moved = True
            (x, y), rows = rows[0], rows[1:]
            self._place = (self._place[0] + x, self._place[1] + y) if relative else (x, y)
            self._start, self._control, self._kind = self._place, None, "M"
            if not rows:
                return
            kind = "L"
        if kind == "Z":
            if self._place != self._start or not self._pieces:
                self._add(lines(np.array([self._place, self._start])))
            self._place, self._control, self._kind = self._start, None, "Z"
            self._end()
            return
        if kind == "A":
            for row in rows:
                self._arc(row, relative)
            self._control = None
        else:
            self._curves(kind, np.array(rows), relative)
        self._kind = kind

    def _curves(self, kind: str, rows: np.ndarray, relative: bool) -> None:
        """Draw a command that is not an arc, with arguments (k, values)."""
        here = np.array(self._place)
        if kind in "HV":
            axis = "HV".index(kind)
            ends = np.zeros((len(rows), 1, 2))
            ends[:, 0, axis] = rows[:, 0]
            if not relative:
                ends[:, 0, 1 - axis] = here[1 - axis]
            rows = ends
        places = rows.reshape(len(rows), -1, 2)  # (k, places of the command, 2)
        if relative:
            ends = here + np.cumsum(places[:, -1], axis=0)  # (k, 2)
            starts = np.concatenate([here[None], ends[:-1]])
            places = places + starts[:, None]
        ends = places[:, -1]
        path = np.concatenate([here[None], ends])  # (k + 1, 2)
        starts = path[:-1]
        if kind in "LHV":
            pieces, control = lines(path), None
        elif kind in "CS":
            if kind == "C":
                first, second = places[:, 0], places[:, 1]
            else:
                second = places[:, 0]
                before = self._control if self._kind in ("C", "S") else self._place
                first = 2 * starts - np.concatenate([np.array([before]), second[:-1]])
            pieces, control = np.stack([starts, first, second, ends], 1), second[-1]
        else:
            middle = places[:, 0] if kind == "Q" else self._reflected(starts)
            # A quadratic curve as a cubic one: two thirds of the way to its control point.
            pieces = np.stack([starts, starts + (middle - starts) * 2 / 3, ends + (middle - ends) * 2 / 3, ends], 1)
            control = middle[-1]
        self._add(pieces)
        self._place = (float(ends[-1, 0]), float(ends[-1, 1]))
        self._control = control

    def _reflected(self, starts: np.ndarray) -> np.ndarray:
        """Return the control points (k, 2) of T: each the one before it, reflected at the start."""
        middle = np.empty_like(starts)
        before = np.array(self._control if self._kind in ("Q", "T") else self._place)
        for i, start in enumerate(starts):
            middle[i] = before = 2 * start - before
        return middle

    def _arc(self, row: list[float], relative: bool) -> None:
        rx, ry, degrees, large, sweep, x, y = row
        here = self._place
        end = (here[0] + x, here[1] + y) if relative else (x, y)
        self._add(arc(here, end, (abs(rx), abs(ry)), math.radians(degrees % 360), bool(large), bool(sweep)))
        self._place = end

    def _add(self, pieces: np.ndarray) -> None:
        self._left -= len(pieces)
        if self._left < 0:
            raise InkError("it has too many curves")
        self._pieces.append(pieces)

    def _end(self) -> None:
        if self._pieces:
            self._subpaths.append(np.concatenate(self._pieces))
            self._pieces = []


def lines(path: np.ndarray) -> np.ndarray:
    """Return lines between places (k + 1, 2) as cubic curves (k, 4, 2) of even speed."""
    starts, ends = path[:-1], path[1:]
    step = (ends - starts) / 3
    return np.stack([starts, starts + step, ends - step, ends], 1)


def arc(start, end, radii, tilt: float, large: bool, sweep: bool) -> np.ndarray:
    """Return an elliptical arc as cubic curves (k, 4, 2), by appendix B.2.4 and B.2.5 of SVG 2."""
    chord = math.dist(start, end)
    if min(radii) <= 1e-9 * chord:  # no ellipse, by the standard a line
        return lines(np.array([start, end]))
    if not chord:
        return np.zeros((0, 4, 2))
    turn = np.array([[math.cos(tilt), -math.sin(tilt)], [math.sin(tilt), math.cos(tilt)]])
    size = np.array(radii)
    # Half the chord, where the ellipse is the unit circle.
    half = (np.subtract(start, end) / 2) @ turn / size  # (2,)
    reach = float(np.hypot(*half))
    if reach > 1:  # too small an ellipse is enlarged until it reaches
        size, half, reach = size * reach, half / reach, 1.0
    away = math.sqrt(max(1 / (reach * reach) - 1, 0.0)) * (-1 if large == sweep else 1)
    centre = away * np.array([half[1], -half[0]])  # (2,)
    first, last = half - centre, -half - centre
    begin = math.atan2(first[1], first[0])
    angle = (math.atan2(last[1], last[0]) - begin) % math.tau
    if not sweep:
        angle -= math.tau
    middle = np.add(start, end) / 2 + turn @ (centre * size)
    pieces = arc_pieces(begin, angle) * size @ turn.T + middle
    pieces[0, 0], pieces[-1, 3] = start, end
    return pieces


def arc_pieces(begin: float, angle: float) -> np.ndarray:
    """Return an arc of the unit circle, from an angle on over another, as cubic curves (k, 4, 2)."""
    count = max(math.ceil(abs(angle) / (math.pi / 4) - 1e-9), 1)
    ends = begin + angle * np.arange(count + 1) / count  # (k + 1,)
    places = np.stack([np.cos(ends), np.sin(ends)], 1)  # (k + 1, 2)
    speeds = np.stack([-places[:, 1], places[:, 0]], 1) * (4 / 3 * math.tan(angle / count / 4))
    return np.stack([places[:-1], places[:-1] + speeds[:-1], places[1:] - speeds[1:], places[1:]], 1)
