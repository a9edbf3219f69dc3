"""Make training ink from the published UNIPEN tree: `python -m weights.training.data.prepare TREE OUT`.

TREE is a checkout of train_r01_v07 (folders data/ and include/), published under CC BY 4.0,
doi:10.5281/zenodo.1195803. OUT gets unipen_text.npz (category 8, rows of running text), unipen_words.npz (category 7,
single words of one writer joined to rows) and data.json (what was taken, and from where).

Each file: points float32 (N, 3) of dx, dy, lift in x-heights, offsets int64 (S + 1), writer int32 (S), one numbering
of writers for both.  Every stroke has been through the pen clock; the places of the points lie on a grid of GRID.
The ink belongs to the writers: publish only weights that were trained on it, and no names.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ductus.formats import io
from ductus.ink import InkError, to_points
from ductus.resample import resample
from ductus.x_height import x_height
from weights.training.data import rows, unipen

GRID = 1 / 800  # x-heights: finer than any tablet in the set, and it packs far better
SEED = 1000

SOURCE = {
    "title": "UNIPEN train_r01_v07, on-line handwriting, International Unipen Foundation, 1999",
    "source": "doi:10.5281/zenodo.1195803",
    "licence": "CC-BY-4.0, says the published record; the files themselves still carry the notice of 1999: "
    "'permission is hereby granted to use the data for research purposes. it is not allowed to distribute this data "
    "for commercial purposes'",
    "attribution": "I. Guyon, L. Schomaker, R. Plamondon, M. Liberman, S. Janet, UNIPEN project of on-line data "
    "exchange and recognizer benchmarks, ICPR 1994, pp. 29-33",
}


@dataclass(frozen=True)
class UnipenPart:
    """One of the two files: its folder in the tree and the contributors whose ink is used."""

    category: str
    contributors: tuple[str, ...]
    words: bool  # single words to join, not rows


# Left out of the text: abm (its segments do not fit its ink), att (program code), ced (a letter a box), scr
# (alphabets).
_TEXT = "aga apa apb apc apd ape app art atu bba bbb bbc bbd cea ceb cec dar hpb hpp lex phi pri sta"
_WORDS = "anj cee huj ibm imp imt int kai kar lav lou nic not pap par pcl phi rim sie sta ugi"
PARTS = {
    "unipen_text": UnipenPart("8", tuple(_TEXT.split()), words=False),
    "unipen_words": UnipenPart("7", tuple(_WORDS.split()), words=True),
}


@dataclass(frozen=True)
class Piece:
    """The strokes of one segment, y pointing down, and the letters of its label ("" without a label)."""

    letters: str
    strokes: list[np.ndarray]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.data.prepare", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("tree", type=Path, metavar="TREE")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)
    try:
        prepare(options.tree, options.out, max(options.processes, 1))
    except (OSError, unipen.UnipenError) as error:
        print(f"prepare: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(tree: Path, out: Path, processes: int = 1) -> dict:
    """Write both files and data.json; return the content of data.json. Raises OSError if the tree is invalid."""
    if not ((tree / "data").is_dir() and (tree / "include").is_dir()):
        raise FileNotFoundError(f"{tree}: there are no folders data/ and include/ in it")
    out.mkdir(parents=True, exist_ok=True)
    numbers, reports = {}, {}
    # Spawned: a fork of a process with threads, such as PyTorch's, may hang.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for name, part in PARTS.items():
            reports[name] = _prepare_part(tree, out / f"{name}.npz", part, numbers, pool)
    (out / "writers.json").write_text(json.dumps(list(numbers)) + "\n")  # for `text.prepare`
    (out / "data.json").write_text(json.dumps(reports, indent=1) + "\n")
    return reports


def _prepare_part(tree: Path, path: Path, part: UnipenPart, numbers: dict, pool) -> dict:
    files = [
        (contributor, file, tree / "include")
        for contributor in part.contributors
        for file in _files(tree / "data" / part.category / contributor)
    ]
    writers, skipped = {}, Counter()
    for (contributor, file, _), (writer, pieces) in zip(files, pool.imap(_read, files, 16), strict=True):
        if pieces is None:
            skipped["files"] += 1
        else:
            writers.setdefault((contributor, writer or file.name), []).append(pieces)
    tables, ids, taken = [], [], {}
    jobs = [(writers[key], part.words, SEED + i) for i, key in enumerate(sorted(writers))]
    for key, (found, dropped) in zip(sorted(writers), pool.imap(shape, jobs, 2), strict=True):
        skipped["rows"] += dropped
        if found:
            ids += [numbers.setdefault(key, len(numbers))] * len(found)
            tables += [to_table(row) for row in found]
            counts = taken.setdefault(key[0], Counter())
            counts.update(writers=1, sequences=len(found), points=sum(len(stroke) for row in found for stroke in row))
    io.save(path, tables, writer=np.array(ids))
    report = {
        "sequences": len(tables),
        "points": sum(map(len, tables)),
        "writers": len(set(ids)),
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "source": SOURCE | {"files": len(files)},
        "left_out": dict(skipped),
        "contributors": {contributor: dict(counts) for contributor, counts in sorted(taken.items())},
    }
    print(path, *(f"{report[key]} {key}" for key in ("sequences", "points", "writers")), flush=True)
    return report


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _read(job: tuple[str, Path, Path]) -> tuple[str | None, list[Piece] | None]:
    """Return the writer of a file and its pieces; None for a file that is not UNIPEN."""
    contributor, path, include_root = job
    try:
        recording = unipen.read(path, include_root)
    except unipen.UnipenError:
        return None, None
    return recording.writer, take(recording, contributor)


def take(recording: unipen.Recording, contributor: str) -> list[Piece]:
    """Return the pieces of a recording that are handwritten words, with known faults of its contributor corrected."""
    if contributor == "hpb" and (recording.points_per_inch or 200) < 200:
        return []  # recorded so coarsely that curves look like stairs
    if contributor == "lex":  # its segments do not match its ink; its boxes do, and contain text
        ends = [*recording.boxes[1:], len(recording.components)]
        cuts = [(unipen.Span(a, b - 1),) for a, b in zip(recording.boxes, ends, strict=True) if b > a]
        segments = [unipen.Segment("TEXT", cut, "?", "") for cut in cuts]
    else:
        segments = [segment for segment in recording.segments if _is_words(segment)]
    # UNIPEN's y points up; the tablet of aga had different resolutions along x and y
    axes = np.array([1.0, -856.7 / 979.3 if contributor == "aga" else -1.0])
    pieces = []
    for segment in segments:
        strokes = [stroke * axes for stroke in recording.strokes(segment.spans) if stroke.any()]  # (0, 0): no signal
        if sum(map(len, strokes)) >= 8:
            pieces.append(Piece(_letters(segment.label), strokes))
    return pieces


def _letters(label: str) -> str:
    return label.replace("\\", "").replace(" ", "")


def _is_words(segment: unipen.Segment) -> bool:
    letters = _letters(segment.label)
    alphabetic = sum(map(str.isalpha, letters))
    return segment.quality != "BAD" and alphabetic >= 2 and alphabetic >= 0.6 * len(letters)


def shape(job: tuple[list[list[Piece]], bool, int]) -> tuple[list[list[np.ndarray]], int]:
    """Return one writer's rows of levelled, resampled strokes, and how many rows were not plain writing."""
    files, words, seed = job
    rng = np.random.default_rng(seed)
    ink = [piece.strokes for pieces in files for piece in pieces]
    some = rng.permutation(len(ink))[:80]
    height, _ = x_height([stroke for i in some for stroke in ink[i]])
    if height <= 0:
        return [], len(ink)
    dropped, kept = 0, []
    for pieces in files:
        good = []
        for piece in pieces:
            for row in [piece.strokes] if words else rows.split_rows(piece.strokes, height):
                clocked = _clocked(rows.level(row, height, tilted=not words))
                if _is_good(clocked, piece.letters if words else ""):
                    good += rows.pieces(clocked)
                else:
                    dropped += 1
        kept.append(good)
    gap = rows.word_gap([row for good in kept for row in good])
    if words and any(len(good) < 2 for good in kept):  # files of one word each
        kept = [[row for good in kept for row in good]]
    packed = []
    for good in kept:
        if words:  # many lists of words are in alphabetical order
            good = [good[i] for i in rng.permutation(len(good))]
        packed += rows.pack(good, rng, gap)
    return packed, dropped


def _clocked(strokes: list[np.ndarray]) -> list[np.ndarray]:
    try:
        return [resample(stroke) for stroke in strokes]
    except InkError:  # too long: a fault of the tablet
        return []


def _is_good(strokes: list[np.ndarray], letters: str) -> bool:
    size = sum(map(len, strokes))
    if size < 8 or not rows.is_plain(strokes):
        return False
    # a letter has about 27 points: with far fewer or more, the label does not match the ink
    return not letters or 6 <= size / len(letters) <= 55


def to_table(strokes: list[np.ndarray]) -> np.ndarray:
    """Return a row as an array (N, 3) of (dx, dy, lift) in x-heights, its points on the grid."""
    return to_points([np.round(stroke / GRID) * GRID for stroke in strokes])


if __name__ == "__main__":
    sys.exit(main())
