"""Parse untrusted XML into a tree after checking that all its sizes are bounded.

UTF-8, UTF-16 and the encodings that agree with ASCII in its digits and tags. A document type may be named, as many
SVG files do, but not defined: no internal subset, so no entities, and nothing is fetched.
"""

from __future__ import annotations

import codecs
import re
import xml.etree.ElementTree as ElementTree

from ductus.ink import InkError

MAX_TAGS, MAX_ATTRIBUTES, MAX_DEPTH = 400_000, 1_000_000, 32
_DECLARED = re.compile(rb"\s{0,99}<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([ -!#-&(-=?-~]{0,80})")
_DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]{0,500}>")
# Byte order marks, and the first character < without one (XML, appendix F); the longer of two first.
_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
]
# What ink needs of these is ASCII in all of them; a name that is written in one is read as that one has it.
_ONE_BYTE = re.compile(r"(us-)?ascii|latin-?1|iso-?8859-([1-9]|1[013-6])|(windows-|cp)125[0-8]|koi8-[ru]|macintosh")
_BEFORE_ROOT = [("<!--", "-->"), ("<?", "?>"), ("<!", ">")]
_START_TAG = re.compile(r"<(?:[^\s<>/:]{1,200}:)?([^\s<>/:]{1,200})")


class _Builder(ElementTree.TreeBuilder):
    """A tree builder with bounded nesting."""

    def __init__(self):
        super().__init__()
        self.depth = 0

    def start(self, tag, attributes):
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise InkError(f"elements are nested more than {MAX_DEPTH} deep")
        return super().start(tag, attributes)

    def end(self, tag):
        self.depth -= 1
        return super().end(tag)


def parse(data: bytes) -> ElementTree.Element:
    """Parse an XML file whose sizes are bounded. Raises InkError that says why the file is invalid."""
    text = text_of(data)
    if "\0" in text:
        raise InkError(f"there is a null at character {text.index(chr(0))}")
    text = _DOCTYPE.sub("", text, count=1)
    foreign = re.search(r"<!(?!--|\[CDATA\[)", text)
    if foreign:
        raise InkError(f"there is a document type or entity at character {foreign.start()}: they are not allowed")
    if text.count("<") > MAX_TAGS or text.count("=") > MAX_ATTRIBUTES:
        raise InkError(f"it has more than {MAX_TAGS:,} tags or {MAX_ATTRIBUTES:,} attributes")
    try:
        return ElementTree.fromstring(text, ElementTree.XMLParser(target=_Builder()))
    except ElementTree.ParseError as error:
        raise InkError(f"not well-formed XML: {error}") from None


def text_of(data: bytes, lenient: bool = False) -> str:
    """Decode XML by its byte order mark, else by the encoding that it declares, else as UTF-8.

    Raises InkError that names the encoding, unless `lenient`: then what is invalid becomes question marks.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None:
        declared = _DECLARED.match(data)
        encoding = declared[1].decode().lower() if declared else "utf-8"
        if _ONE_BYTE.fullmatch(encoding):
            return data.decode(encoding, "replace")
        if encoding not in ("utf-8", "utf8") and not lenient:
            read = "UTF-8, UTF-16 (with its mark), ASCII, ISO-8859 and windows-1250 to 1258 are read"
            raise InkError(f"its encoding is {encoding!r}: {read}")
        encoding = "utf-8"
    try:
        return data.decode(encoding, "replace" if lenient else "strict")
    except UnicodeDecodeError as error:
        name = encoding.upper().removesuffix("-SIG")
        raise InkError(f"not {name} at byte {error.start}") from None


def root_name(text: str) -> str:
    """Return the name of the root element of an XML text, without its prefix, or "" if none is found."""
    place = 0
    for _ in range(100):  # comments, instructions and a document type may stand before it
        place = next((i for i in range(place, len(text)) if text[i] not in "\ufeff \t\r\n"), len(text))
        closing = next((end for start, end in _BEFORE_ROOT if text.startswith(start, place)), None)
        if closing is None:
            found = _START_TAG.match(text, place)
            return found[1] if found else ""
        end = text.find(closing, place)
        if end < 0:
            return ""
        place = end + len(closing)
    return ""
