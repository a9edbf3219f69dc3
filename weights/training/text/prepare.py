"""The published UNIPEN tree as labelled units: `python -m weights.training.text.prepare TREE OUT`.

TREE is what `weights.training.data.prepare` takes. OUT gets unipen_labelled.npz in the form that `units` reads:
words and rows of text (categories 7 and 8), digits and capitals (1a, 1b), each with its label. Writers are numbered
in the order of contributor and name, but first those of `--numbers FILE.json`, the writers.json of the other program:
so a writer has one number, and is in the same part of the split, in all files.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ductus.ink import InkError
from ductus.resample import resample
from ductus.x_height import x_height
from weights.training.data import rows, unipen
from weights.training.text.units import CAPITAL, DIGIT, GRID, ROW, WORD

CATEGORIES = {"7": WORD, "8": ROW, "1a": DIGIT, "1b": CAPITAL}
SINGLE = {DIGIT: re.compile(r"[0-9]"), CAPITAL: re.compile(r"[A-Z]")}
# Contributors whose labels do not fit their ink, or whose ink is in boxes, program code or alphabets.
LEFT_OUT = frozenset({"cec", "abm", "att", "ced", "scr", "lex"})
MAX_POINTS = 1400
POINTS_A_LETTER = {True: (4, 90), False: (6, 55)}  # of a single character, and of words and rows
SINGLE_HEIGHT = 1.9  # x-heights that digits and capitals are taken to be tall
_SEED, _SAMPLE = 7, 80  # of the pieces that a writer's x-height is measured on


class Piece(NamedTuple):
    """A segment's label and its strokes, y pointing down."""

    text: str
    strokes: list[np.ndarray]


class Unit(NamedTuple):
    """A unit as the file has it: xy int (n, 2) in steps of GRID, lift (n,)."""

    kind: int
    text: str
    xy: np.ndarray
    lift: np.ndarray


def main(arguments: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line if the tree is not one."""
    parser = argparse.ArgumentParser(prog="prepare", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("tree", type=Path, metavar="TREE")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--numbers", type=Path, metavar="FILE.json")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)
    try:
        first = json.loads(options.numbers.read_text()) if options.numbers else []
        prepare(options.tree, options.out, [tuple(pair) for pair in first], max(options.processes, 1))
    except (OSError, ValueError) as error:
        print(f"prepare: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(tree: Path, out: Path, first: list[tuple[str, str]], processes: int = 1) -> Path:
    """Write the file and return its path; `first` are the writers that are numbered from 0. Raises OSError."""
    if not ((tree / "data").is_dir() and (tree / "include").is_dir()):
        raise FileNotFoundError(f"{tree}: there are no folders data/ and include/ in it")
    jobs = [
        (path, tree / "include", folder.name, kind)
        for category, kind in CATEGORIES.items()
        for folder in sorted((tree / "data" / category).glob("*"))
        if folder.name not in LEFT_OUT
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    writers: dict[tuple[str, str], dict[int, list[Piece]]] = {}
    with multiprocessing.Pool(processes) as pool:
        for (_, _, contributor, kind), (writer, pieces) in zip(jobs, pool.imap(_read, jobs, 16), strict=True):
            if pieces:
                writers.setdefault((contributor, writer), {}).setdefault(kind, []).extend(pieces)
        keys = sorted(writers)
        found = dict(zip(keys, pool.imap(shape, [writers[key] for key in keys], 2), strict=True))
    numbers = {key: number for number, key in enumerate(dict.fromkeys([*first, *(k for k in keys if found[k])]))}
    out.mkdir(parents=True, exist_ok=True)
    path = out / "unipen_labelled.npz"
    save(
        path, [(numbers[key], unit) for key in sorted(found, key=lambda k: numbers.get(k, 0)) for unit in found[key]]
    )
    return path


def _read(job: tuple[Path, Path, str, int]) -> tuple[str, list[Piece]]:
    """The writer of a file and its labelled pieces; none of a file that is not UNIPEN."""
    path, include_root, contributor, kind = job
    try:
        recording = unipen.read(path, include_root)
    except unipen.UnipenError:
        return path.name, []
    return recording.writer or path.name, take(recording, contributor, kind)


def take(recording: unipen.Recording, contributor: str, kind: int) -> list[Piece]:
    """Return the pieces of a recording whose label is printable ASCII and fits the kind."""
    if contributor == "hpb" and (recording.points_per_inch or 200) < 200:
        return []  # recorded so coarsely that its curves are stairs
    # UNIPEN's y points up; the tablet of aga had another resolution across than along
    axes = np.array([1.0, -856.7 / 979.3 if contributor == "aga" else -1.0])
    pieces = []
    for segment in recording.segments:
        text = clean(segment.label)
        if segment.quality == "BAD" or not (text and text.isascii() and text.isprintable()):
            continue
        if kind in SINGLE and not SINGLE[kind].fullmatch(text):
            continue
        strokes = [stroke * axes for stroke in recording.strokes(segment.spans) if stroke.any()]  # (0, 0): no signal
        if sum(map(len, strokes)) >= 4:
            pieces.append(Piece(text, strokes))
    return pieces


def clean(label: str) -> str:
    """Return a label without the format's escapes, its runs of space as one."""
    text = label.replace('\\"', '"').replace("\\@", "").replace("\\", "")
    return " ".join(text.split())


def shape(pieces: dict[int, list[Piece]]) -> list[Unit]:
    """Return one writer's units, levelled and put through the pen clock, those that are plain rows of their label."""
    ink = [piece.strokes for kind in (ROW, WORD) for piece in pieces.get(kind, [])]
    some = np.random.default_rng(_SEED).permutation(len(ink))[:_SAMPLE]
    height = x_height([stroke for i in some for stroke in ink[i]])[0] if ink else 0.0
    units = []
    for kind, own in pieces.items():
        scale = _own_height(own) / SINGLE_HEIGHT if kind in SINGLE else height
        if not (np.isfinite(scale) and scale > 0):
            continue
        for piece in own:
            level = _level(piece.strokes, kind, scale)
            if _fits(level, piece.text, kind in SINGLE):
                units.append(_unit(kind, piece.text, level))
    return units


def _own_height(pieces: list[Piece]) -> float:
    """The median height of the pieces: digits and capitals stand on sheets of their own."""
    tall = [np.ptp(np.concatenate(piece.strokes)[:, 1]) for piece in pieces]
    return float(np.median(tall))


def _level(strokes: list[np.ndarray], kind: int, scale: float) -> list[np.ndarray]:
    """The strokes in x-heights on their baseline, through the pen clock; none if they are not one row."""
    if kind in SINGLE:
        ink = np.concatenate(strokes)
        corner = np.array([ink[:, 0].min(), ink[:, 1].max()])  # the baseline is at the lowest point
        level = [(stroke - corner) / scale for stroke in strokes]
    elif kind == ROW and len(rows.split_rows(strokes, scale)) != 1:
        return []
    else:
        level = rows.level(strokes, scale, tilted=kind == ROW)
    try:
        return [resample(stroke) for stroke in level]
    except InkError:  # endless: a tablet's error
        return []


def _fits(strokes: list[np.ndarray], text: str, single: bool) -> bool:
    size, letters = sum(map(len, strokes)), len(text.replace(" ", ""))
    low, high = POINTS_A_LETTER[single]
    return 0 < size <= MAX_POINTS and low <= size / letters <= high and rows.is_plain(strokes)


def _unit(kind: int, text: str, strokes: list[np.ndarray]) -> Unit:
    """The unit, its left edge at 0; its first offset is its first point's place."""
    places = np.concatenate(strokes)
    places = np.rint((places - [places[:, 0].min(), 0.0]) * GRID).astype(np.int64)  # (n, 2)
    lift = np.zeros(len(places), np.uint8)
    lift[np.cumsum([len(stroke) for stroke in strokes]) - 1] = 1
    return Unit(kind, text, np.diff(places, axis=0, prepend=0), lift)


def save(path: Path, units: list[tuple[int, Unit]]) -> None:
    """Write units with their writers' numbers. Raises OSError, ValueError if there are none."""
    if not units:
        raise ValueError("there is no labelled ink in the tree")
    texts = [unit.text.encode("ascii") for _, unit in units]
    np.savez_compressed(
        path,
        xy=np.concatenate([unit.xy for _, unit in units]).astype(np.int16),
        lift=np.concatenate([unit.lift for _, unit in units]),
        offsets=np.cumsum([0] + [len(unit.xy) for _, unit in units]),
        writer=np.array([number for number, _ in units], np.int32),
        kind=np.array([unit.kind for _, unit in units], np.int8),
        chars=np.frombuffer(b"".join(texts), np.uint8),
        char_offsets=np.cumsum([0] + [len(text) for text in texts]),
    )


if __name__ == "__main__":
    sys.exit(main())
