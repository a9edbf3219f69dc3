"""What a file of ink holds, told by its bytes and never by its name, and what a reader of it returns."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
import zlib
from collections import Counter
from functools import cached_property
from typing import Any, NamedTuple

from ductus.formats import json, safe_xml
from ductus.ink import InkError

MAX_NAMES = 8  # of kinds of things that were left out
MAX_BYTES = 64 * 2**20
GZIP = b"\x1f\x8b"
# First bytes of files that are often tried, and the words for them.
_OTHERS = [
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a WebP picture, or sound"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"W1si", "a file of weights in JB64"),
    (GZIP, "a gzip file inside a gzip file"),
]


class ParsedInk(NamedTuple):
    """The ink of a file, as a reader returns it: sequences, each a table (N, 3) of offsets or a list of strokes.

    A sequence is a line of writing, or all the ink of a file whose form knows no lines. y points down.
    """

    sequences: list
    coordinates: bool = False  # strokes (n, 2) of places, not offsets
    x_height: float | None = None  # in the ink's own unit, where the file states it
    foreign: bool = False  # from a pen or a drawing program: not in model units, and not resampled by the pen clock
    skipped: str = ""  # what the file also holds and was left out: "text (2), picture"


def name_counts(counts: Counter[str]) -> str:
    """Return the names of what was left out and how often, in one line: "text (2), arrow"."""
    some = list(counts.items())[:MAX_NAMES]
    words = [name[:60] if count == 1 else f"{name[:60]} ({count})" for name, count in some]
    more = len(counts) - len(some)
    text = ", ".join(words) + (f" and {more} more kinds" if more else "")
    return "".join(character if character.isprintable() else "?" for character in text)


class Content:
    """The bytes of a file, unpacked if they were packed with gzip, and the ways to look at them.

    Raises InkError if they are damaged or, unpacked, more than `max_bytes`.
    """

    def __init__(self, data: bytes, max_bytes: int = MAX_BYTES):
        self.packed = data.startswith(GZIP)
        self.data = _unpack(data, max_bytes) if self.packed else data

    @cached_property
    def start(self) -> str:
        """The first characters, without white space before them."""
        return safe_xml.text_of(self.data[:4096], lenient=True).lstrip("\ufeff \t\r\n")

    @cached_property
    def root(self) -> str:
        """The name of the root element, without its namespace, if the file looks like XML, else ""."""
        if not self.start.startswith("<"):
            return ""
        return safe_xml.root_name(safe_xml.text_of(self.data[: 2**18], lenient=True))

    @cached_property
    def tree(self) -> ElementTree.Element:
        """The whole XML tree. Raises InkError if it is not well-formed, or too large."""
        return safe_xml.parse(self.data)

    @property
    def is_json(self) -> bool:
        """Whether the file begins like a list or an object of JSON."""
        return self.start[:1] in ("[", "{")

    @cached_property
    def value(self) -> Any:
        """The value of the JSON, all numbers float. Raises InkError if it is invalid, or too large."""
        return json.parse_value(self.data)

    @property
    def keys(self) -> list[str]:
        """The keys of the JSON's object, [] for other files."""
        return list(self.value) if self.start[:1] == "{" and isinstance(self.value, dict) else []

    def describe(self) -> str:
        """Return what a file that is no known form of ink is, in words.

        Raises InkError for XML without a root element that can be told, which says what is wrong with it.
        """
        if not self.data:
            return "an empty file"
        if self.start.startswith("<") and not self.root:
            return f"XML with the root element <{self.tree.tag[:40]}>"
        if self.root:
            return "a web page" if self.root.lower() == "html" else f"XML with the root element <{self.root[:40]}>"
        known = (words for magic, words in _OTHERS if self.data.startswith(magic))
        return next(known, "a file of an unknown kind")


def _unpack(data: bytes, max_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(31)
    try:
        found = unpacker.decompress(data, max_bytes + 1)
    except zlib.error as error:
        raise InkError(f"a damaged gzip file: {error}") from None
    if len(found) > max_bytes:
        raise InkError(f"unpacked it is larger than {max_bytes:,} bytes")
    if not unpacker.eof:
        raise InkError("a gzip file that is cut off")
    return found
