"""Read UNIPEN 1.0, the plain-text ink format of the International Unipen Foundation (I. Guyon, L. Schomaker,
R. Plamondon, M. Liberman, S. Janet, "UNIPEN project of on-line data exchange and recognizer benchmarks", ICPR 1994).

A line that starts with a dot and a keyword starts a statement; the lines after it belong to it. The files of the
published set come from forty laboratories over ten years and do not all follow the definition, so statements that
cannot be parsed are skipped; look at the result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

MAX_DEPTH = 8  # of files that include files
MAX_BYTES = 256 * 2**20  # of one recording with all that it includes; the largest published has 6 MB

_SPAN = re.compile(r"(\d{1,9})(?::(\d{1,9}))?(?:-(\d{1,9})(?::(\d{1,9}))?)?")
_SEGMENT = re.compile(r"\.SEGMENT\s+(\S+)\s+(\S+)\s*(\S*)\s*(.*)")


class UnipenError(ValueError):
    """A file that is not a recording. The message names it."""


@dataclass(frozen=True)
class Span:
    """Components `first` to `last` of a recording; the first from point `start`, the last up to point `stop`."""

    first: int
    last: int
    start: int | None = None
    stop: int | None = None  # inclusive, as everything in the format


@dataclass(frozen=True)
class Segment:
    """A labelled part of the ink: its level in the hierarchy (TEXT, WORD, ...), place, quality and text."""

    level: str
    spans: tuple[Span, ...]
    quality: str
    label: str


@dataclass
class Recording:
    """One file with all files that it includes."""

    components: list[tuple[bool, np.ndarray]] = field(default_factory=list)  # (pen down?, (n, 2)), y pointing up
    segments: list[Segment] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)  # the components before which a box of the form starts
    writer: str | None = None
    points_per_inch: float | None = None
    missing: list[Path] = field(default_factory=list)  # included, but missing

    def strokes(self, spans: tuple[Span, ...]) -> list[np.ndarray]:
        """Return the strokes (n, 2) of a segment: its components with the pen down."""
        found = []
        for span in spans:
            for number in range(span.first, min(span.last + 1, len(self.components))):
                down, xy = self.components[number]
                begin = span.start if number == span.first else None
                end = span.stop + 1 if number == span.last and span.stop is not None else None
                if down and len(xy[begin:end]):
                    found.append(xy[begin:end])
        return found


def read(path: str | Path, include_root: str | Path) -> Recording:
    """Return the recording in a file, with the files that it includes from below `include_root`.

    Raises OSError if the file cannot be read, UnipenError if it is too large, includes itself, or is not UNIPEN.
    """
    reader = _UnipenReader(Path(include_root).resolve())
    reader.read(Path(path), 0)
    if not reader.statements:
        raise UnipenError(f"{path}: it has no UNIPEN statement")
    return reader.recording


def parse_spans(text: str) -> tuple[Span, ...] | None:
    """Parse spans such as "3,5-7,9:12-10:4" (component:point); return None if `text` is not of that form."""
    spans = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part)
        if not match:
            return None
        first, start, last, stop = (None if number is None else int(number) for number in match.groups())
        spans.append(Span(first, first if last is None else last, start, stop))
    return tuple(spans)


class _UnipenReader:
    """The state of reading a recording."""

    def __init__(self, include_root: Path):
        self.root = include_root
        self.recording = Recording()
        self.width, self.x, self.y = 2, 0, 1  # numbers of a point, and the indices of its coordinates
        self.bytes = self.statements = 0

    def read(self, path: Path, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise UnipenError(f"{path}: it includes itself, or is included too deeply")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES - self.bytes + 1)
        self.bytes += len(data)
        if self.bytes > MAX_BYTES:
            raise UnipenError(f"{path}: with what it includes it is larger than {MAX_BYTES:,} bytes")
        # names are in various 8-bit alphabets; nothing here depends on which
        statement = []
        for line in data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
            if line.startswith(".") and statement:
                self.statement(statement, depth)
                statement = []
            if line.startswith(".") or statement:
                statement.append(line)
        if statement:
            self.statement(statement, depth)

    def statement(self, lines: list[str], depth: int) -> None:
        """Read one statement: the line with its keyword and the lines that belong to it."""
        self.statements += 1
        keyword, *words = lines[0].split()
        match keyword, words:
            case ((".PEN_DOWN" | ".PEN_UP"), _):
                self.component(keyword == ".PEN_DOWN", " ".join([*words, *lines[1:]]))
            case ".SEGMENT", _:
                self.segment(lines)
            case ".START_BOX", _:
                self.recording.boxes.append(len(self.recording.components))
            case ".COORD", _ if "X" in words and "Y" in words:
                self.width, self.x, self.y = len(words), words.index("X"), words.index("Y")
            case ".INCLUDE", [name, *_]:
                self.include(name, depth + 1)
            case ".WRITER_ID", [name, *_]:
                self.recording.writer = name
            case ".X_POINTS_PER_INCH", [number, *_]:
                self.resolution(number, 1.0)
            case ".X_POINTS_PER_MM", [number, *_]:
                self.resolution(number, 25.4)

    def component(self, down: bool, text: str) -> None:
        try:
            numbers = np.array(text.split(), dtype=np.float64)
        except ValueError:
            numbers = np.zeros(0)
        if not np.isfinite(numbers).all():
            numbers = np.zeros(0)
        count = len(numbers) // self.width
        xy = numbers[: count * self.width].reshape(count, self.width)[:, [self.x, self.y]]
        # segments count every pen-down, but a pen-up only if its path was recorded
        if down or count:
            self.recording.components.append((down, xy))

    def segment(self, lines: list[str]) -> None:
        match = _SEGMENT.match(lines[0])
        if not match:
            return
        level, where, quality, label = match.groups()
        label = label.strip()
        for line in lines[1:]:  # a quoted label may continue on the next line
            if not label.startswith('"') or (len(label) > 1 and label.endswith('"')):
                break
            label += " " + line.strip()
        spans = parse_spans(where)
        if spans is not None:
            self.recording.segments.append(Segment(level, spans, quality, label.strip('"')))

    def include(self, name: str, depth: int) -> None:
        path = (self.root / name).resolve()
        if path.is_relative_to(self.root) and path.is_file():
            self.read(path, depth)
        else:
            self.recording.missing.append(path)

    def resolution(self, number: str, units_per_inch: float) -> None:
        try:
            value = float(number) * units_per_inch
        except ValueError:
            return
        if 0 < value < np.inf:
            self.recording.points_per_inch = value
