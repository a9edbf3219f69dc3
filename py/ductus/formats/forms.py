"""The forms of ink that are read: one table of (recogniser, reader, name).

A new form is a new row. Its recogniser looks at the content (root element, JSON's shape, first bytes), never at the
file's name; its reader returns a ParsedInk or raises InkError that names the place. The first row that recognises a
file reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ductus.formats import excalidraw, iam, inkml, json, npz, other_programs, stroke3, svg_read, xopp
from ductus.formats.content import MAX_BYTES, Content, ParsedInk
from ductus.ink import InkError

MAX_SEQUENCES = 50_000


class Form(NamedTuple):
    """A form of ink: what it is called, how it is recognised, and how it is read."""

    name: str
    recognises: Callable[[Content], bool]
    read: Callable[[Content], ParsedInk]


def _inkml(content: Content) -> ParsedInk:
    traces = inkml.from_tree(content.tree)
    return ParsedInk(traces.lines, True, traces.x_height, foreign=traces.foreign)


def _iam(content: Content) -> ParsedInk:
    return ParsedInk([iam.from_tree(content.tree)], True, foreign=True)


def _npz(content: Content) -> ParsedInk:
    members = npz.members(content.data)
    if "offsets.npy" in members or "points.npy" in members:
        return ParsedInk(npz.parse(content.data))
    if members and all(member.endswith(".npy") for member in members):
        return stroke3.from_npz(content.data)
    raise InkError(f"it is {other_programs.name_zip(members)}; of zip archives, .npz with arrays of points are read")


def _json(content: Content) -> ParsedInk:
    name = "" if "strokes" in content.keys else other_programs.name_json(content.value)
    if name:
        raise InkError(f"it is {name}; what is read is {json.SHAPES}")
    return ParsedInk(*json.from_value(content.value))


FORMS = (
    Form("InkML", lambda content: content.root == "ink", _inkml),
    Form("IAM-OnDB", lambda content: content.root == iam.ROOT, _iam),
    Form("SVG", lambda content: content.root == "svg", lambda content: svg_read.from_tree(content.tree)),
    Form("Xournal++", lambda content: content.root == xopp.ROOT, lambda content: xopp.from_tree(content.tree)),
    Form(".npz with points and offsets", lambda content: content.data.startswith(b"PK"), _npz),
    Form(
        "stroke-3 as .npy or .npz",
        lambda content: content.data.startswith(stroke3.NPY),
        lambda content: stroke3.from_npy(content.data),
    ),
    Form(
        "Excalidraw",
        lambda content: content.is_json and excalidraw.recognises(content.value),
        lambda content: excalidraw.from_value(content.value),
    ),
    Form(
        "stroke-3 as JSON",
        lambda content: content.is_json and stroke3.recognises(content.value),
        lambda content: stroke3.from_value(content.value),
    ),
    # Last of JSON's forms: it takes all that no other has taken, and says which shape is read.
    Form(json.SHAPES, lambda content: content.is_json, _json),
)


def parse(data: bytes, max_bytes: int = MAX_BYTES, max_strokes: int = json.MAX_STROKES) -> ParsedInk:
    """Parse a file of ink of any form in the table, packed with gzip or not; bounds are those of the unpacked file.

    Raises InkError that names the place, or says what the file is instead and which forms are read.
    """
    content = Content(data, max_bytes)
    for form in FORMS:
        if form.recognises(content):
            return _bounded(form.read(content), max_strokes)
    packed = "packed with gzip, " if content.packed else ""
    raise InkError(f"it is {packed}{content.describe()}; ink is read from {', '.join(form.name for form in FORMS)}")


def _bounded(ink: ParsedInk, max_strokes: int) -> ParsedInk:
    """Return the ink unless each of its many strokes or sequences, however small, would take its time."""
    if len(ink.sequences) > MAX_SEQUENCES:
        raise InkError(f"it has {len(ink.sequences):,} sequences, more than {MAX_SEQUENCES:,}")
    strokes = sum(map(len, ink.sequences)) if ink.coordinates else 0
    if strokes > max_strokes:
        raise InkError(f"it has {strokes:,} strokes, more than {max_strokes:,}")
    return ink
