"""Writing a text, row by row, in the hand of the ink on a sheet, in a loaded hand or in none, as a task.

The network for this and the hands are loaded when they are first wanted. What was written last is kept, so that a
text which changes is written again only from the first letter that differs.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from ductus.alphabet import TextError, changes, transliterate
from ductus.analysis.ctc import edit_distance
from ductus.generation import hands, text_rows
from ductus.generation.best_draw import best_slices
from ductus.generation.hands import Hand
from ductus.generation.styles import MAX_POINTS
from ductus.generation.text import Primer, Writer
from ductus.ink import InkError
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from worker.encoded_line import EncodedLine
from worker.scheduler import LISTEN
from worker.tasks import reader as reading
from worker.tasks import task
from worker.text_fans import TextFans
from worker.workspace import Workspace

INK = -2  # the hand of the ink on the sheet; -1 is no hand, and from 0 on are those that are loaded
# What ink is said to say does not fit it if more than this part differs from what the reader finds.
WRONG = 0.6
_NEW_POINTS = 48  # between two reports of the row that is being written: some 20 ms with the kernels


class _Written:
    """What was written last, from which inputs, and how it is laid out."""

    def __init__(self, inputs: tuple, writer: Writer, primer: Primer | None):
        self.inputs, self.writer, self.primer = inputs, writer, primer
        self.rows: list[text_rows.TextRow] = []
        self.width = 0.0


class _Line(NamedTuple):
    """What the figures were given: the points as they have them, and all that the network's fans of it need."""

    points: np.ndarray  # (N, 3) float32, in units of the workspace's network
    fans: TextFans


class _Shelf:
    """What a workspace has for writing: the network, the hands, and what was written last."""

    def __init__(self, network: TextNetwork):
        self.network = network
        self.hands: list[Hand] = []
        self.last: _Written | None = None
        self.line: _Line | None = None


_shelves: WeakKeyDictionary = WeakKeyDictionary()  # workspace -> _Shelf


@task
def load(workspace: Workspace, data):
    """Load a text network's weight file, given as bytes: {name, parameters, sha256}.

    Raises WeightsError for an invalid file or another kind of network; the current one is kept.
    """
    yield
    weights = weight_file.load(bytes(data))
    yield
    network = TextNetwork(weights, backend=workspace.model.backend, pool=workspace.model.pool)
    yield
    if workspace in _shelves:
        _shelves[workspace].network, _shelves[workspace].last = network, None
    else:
        _shelves[workspace] = _Shelf(network)
    return {"parameters": weights.parameters} | {key: weights.metadata[key] for key in ("name", "sha256")}


@task
def add_hands(workspace: Workspace, data):
    """Add the hands of a file, given as bytes, to those that are there: {names: all of them}. Raises HandsError."""
    shelf = _shelf(workspace)
    yield
    shelf.hands += hands.parse(bytes(data))
    return {"names": [hand.name for hand in shelf.hands]}


@task
def save_hand(workspace: Workspace, sheet: str, says: str, name: str):
    """Return the ink on a sheet and what it says as a file of hands, {data: uint8}. Raises InkError, TextError."""
    points = _ink(workspace, sheet)
    yield
    text = hands.render([Hand(name or "hand", says, points)])
    return {"data": np.frombuffer(text.encode(), np.uint8)}


@task
def fits(workspace: Workspace, sheet: str, says: str):
    """Return what the reader finds in the ink on a sheet, and whether `says` may be right: {text, fits}.

    Raises as `reader.read`.
    """
    found = yield from reading.read(workspace, sheet)
    try:
        given = transliterate(says).strip()
    except TextError:
        given = ""
    wrong = edit_distance(found["text"].lower(), given.lower())
    return {"text": found["text"], "fits": wrong <= WRONG * max(len(found["text"]), len(given))}


@task
def write(
    workspace: Workspace,
    text: str,
    sheet: str,
    says: str,
    hand: int,
    temperature: float,
    seed: int,
    draw: int,
    width: float,
    again: bool = False,
):
    """Write a text in rows, at most `width` x-heights wide, from the first letter on that differs from the last time.

    With the hand INK that is done in the hand of the ink on the sheet, which says `says`. Draw 0 has the seed, draw k
    [seed, k]. With `again` all rows are reported, because the page may have missed some.

    Progress, for each row that is new or has grown: {row: its number, no row after it stays; keep: how many points of
    what was written before are the same; places (N, 3) float32 of x from the row's left edge, y from its baseline, in
    x-heights, and lift; above, below: its extent; letters (N,) float32, where in the text the window was at each
    point; window (N, J) float32, what it saw of the J characters from number seen (N,) int32 on}.
    Value: {points, rows, complete, text: as it was written, changes: [[character, what is written for it], ...]}.

    Raises TextError for a text that cannot be written, InkError for ink that cannot be used.
    """
    shelf = _shelf(workspace)
    primer, inputs = _primer(workspace, shelf, sheet, says, int(hand))
    inputs += float(temperature), int(seed), int(draw)
    last = shelf.last
    if last is None or last.inputs != inputs:
        writer = Writer(shelf.network, float(temperature), [int(seed), int(draw)] if draw else int(seed), primer)
        last = _Written(inputs, writer, primer)
    if again or last.width != width:
        last.rows, last.width = [], float(width)
    work = last.writer.change(text)
    keep = next(work)  # before this, an invalid text has changed nothing
    shelf.last = last
    _drop_rows(last, keep)
    told = keep - _NEW_POINTS  # so that the first points are shown at once
    for _ in work:
        if last.writer.drawn >= told + _NEW_POINTS:
            told = last.writer.drawn
            yield from _report(last, keep)
        yield
    yield from _report(last, keep)
    written = last.writer.written
    return {
        "points": len(written.points),
        "rows": len(last.rows),
        "complete": written.complete,
        "text": written.text,
        "changes": [list(pair) for pair in changes(text).items()],
    }


@task
def best(
    workspace: Workspace, text: str, sheet: str, says: str, hand: int, temperature: float, seed: int, draws: int
) -> Generator[Any, None, dict]:
    """Find the draw that the loaded reader finds most likely to say the text: {draw}, for `write`.

    Progress: {draw: as how many draws counts what is written of all}. Raises as `write`, and ValueError if no reader
    is loaded.
    """
    shelf, told = _shelf(workspace), -1
    primer, _ = _primer(workspace, shelf, sheet, says, int(hand))
    reader, pool = reading.loaded(workspace), shelf.network.pool
    pause = LISTEN if pool and pool.size else None
    work = best_slices(shelf.network, reader, text, float(temperature), int(seed), int(draws), primer)
    while True:
        try:
            draw = next(work)
        except StopIteration as end:
            return {"draw": end.value[1]}
        yield pause if draw == told else {"draw": draw}
        told = draw


@task
def line(workspace: Workspace):
    """Return what was written last as one line for the figures, {points: float32 in the plain network's units}.

    It is kept, so that the network which wrote it can show its fans. Raises ValueError if nothing was written yet.
    """
    shelf = _shelf(workspace)
    yield
    if shelf.last is None or not len(shelf.last.writer.written.points):
        raise ValueError("nothing has been written yet")
    units, written = workspace.units_per_x_height, shelf.last.writer.written
    points = (_in_x_heights(shelf, written.points) * [units, units, 1]).astype(np.float32)  # (N, 3)
    primer = shelf.last.primer
    shelf.line = _Line(points, TextFans(shelf.network, written.points, written.text, primer, units))
    return {"points": points}


def rows_of(workspace: Workspace, width: float) -> tuple[list[list[np.ndarray]], str]:
    """Return what was written last, in rows of this width of strokes (n, 2), all in x-heights, and the text.

    Raises ValueError if nothing was written yet.
    """
    shelf = _shelf(workspace)
    if shelf.last is None or not len(shelf.last.writer.written.points):
        raise ValueError("nothing has been written yet")
    written = shelf.last.writer.written
    points = _in_x_heights(shelf, written.points)
    return text_rows.row_strokes(text_rows.wrap(points, written.places, written.text, width)), written.text


def fans_of(workspace: Workspace, line: EncodedLine) -> TextFans:
    """Return what draws the fans of a line that was typed. Raises ValueError if it was not, or not last."""
    shelf = _shelves.get(workspace)
    if shelf is None or shelf.line is None or not np.array_equal(shelf.line.points, line.points):
        raise ValueError("this line is no text that was typed here: show the text again")
    return shelf.line.fans


def _shelf(workspace: Workspace) -> _Shelf:
    if workspace not in _shelves:
        raise ValueError("no network that writes a text is loaded")
    return _shelves[workspace]


def _ink(workspace: Workspace, sheet: str) -> np.ndarray:
    """Return the ink on a sheet as points (N, 3), in x-heights."""
    places = workspace.sheet(sheet).places()  # (N, 3)
    if not len(places):
        raise InkError("there is no ink on the sheet")
    if len(places) > MAX_POINTS:
        raise InkError(f"{len(places):,} points are too much ink for a sample of a hand; {MAX_POINTS:,} are enough")
    points = np.diff(places, axis=0, prepend=places[:1])  # (N, 3)
    points[:, 2] = places[:, 2]
    return points


def _primer(workspace, shelf: _Shelf, sheet: str, says: str, number: int) -> tuple[Primer | None, tuple]:
    """Return what the network reads before it writes, and all that this depends on."""
    if number == INK:
        hand = Hand("ink", transliterate(says).strip(), _ink(workspace, sheet))
    elif number < 0:
        return None, ()
    elif number < len(shelf.hands):
        hand = shelf.hands[number]
    else:
        raise ValueError(f"there is no hand {number}, only {len(shelf.hands)} of them")
    unit = shelf.network.units_per_x_height or 1.0
    return Primer(hand.points * [unit, unit, 1], hand.says), (hand.says, hand.points.tobytes())


def _in_x_heights(shelf: _Shelf, points: np.ndarray) -> np.ndarray:
    unit = shelf.network.units_per_x_height or 1.0
    return points / [unit, unit, 1]


def _drop_rows(last: _Written, keep: int) -> None:
    """Leave only the rows, and the beginning of one more, that the first `keep` points decide."""
    rows = last.rows
    while rows and not (len(rows) > 1 and rows[-1].first < keep):
        rows.pop()
    if rows:
        rows.pop()  # what came after it may have decided where it ends


def _report(last: _Written, keep: int):
    """Lay out what was written since the last row began, and report the rows that are new."""
    rows = last.rows
    first = rows.pop().first if rows else 0
    written = last.writer.since(first)
    unit = last.writer.network.units_per_x_height or 1.0
    new = text_rows.wrap(written.points / [unit, unit, 1], written.places, written.text, last.width, first)
    phi, seen = last.writer.look(first)
    for row in new:
        rows.append(row)
        own = slice(row.first - first, row.first - first + len(row.places))
        yield {
            "row": len(rows) - 1,
            "keep": keep,
            "places": np.float32(row.places),
            "above": row.above,
            "below": row.below,
            "letters": written.places[own],
            "window": np.float32(phi[own]),
            "seen": np.int32(seen[own]),
        }
