"""What JSON and zip archives of other programs are, in words, where they hold no ink that is read.

A file is told by keys or members that its program always writes.
"""

from __future__ import annotations

from typing import Any

_OBJECTS = [
    (("tldrawFileFormatVersion",), "a tldraw drawing"),
    (("word", "drawing"), "a drawing of Quick, Draw!"),
    (("v", "fr", "layers"), "a Lottie animation"),
    (("nbformat", "cells"), "a Jupyter notebook"),
    (("type", "features"), "a GeoJSON map"),
    (("version", "data"), "a file of Rnote, or of another program that writes a version and data"),
]
_MEMBERS = [
    ("word/", "a Word document"),
    ("ppt/", "a PowerPoint presentation"),
    ("xl/", "an Excel workbook"),
    ("index.notes.pb", "a GoodNotes document"),
    ("META-INF/", "a document of LibreOffice, an e-book or a Java archive"),
]


def name_json(value: Any) -> str:
    """Return what an object of JSON is, "" if it is not known."""
    known = (words for keys, words in _OBJECTS if isinstance(value, dict) and all(key in value for key in keys))
    return next(known, "")


def name_zip(members: list[str]) -> str:
    """Return what a zip archive of these members is."""
    known = (words for start, words in _MEMBERS if any(member.startswith(start) for member in members))
    return next(known, f"a zip archive that holds {members[0][:40]!r}" if members else "an empty zip archive")
