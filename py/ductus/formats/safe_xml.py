"""Parse untrusted XML into a tree after checking that all its sizes are bounded.

UTF-8 or ISO-8859-1, no document type and no entities: ink does not need the rest of XML.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from ductus.ink import InkError

MAX_TAGS, MAX_ATTRIBUTES, MAX_DEPTH = 400_000, 1_000_000, 32
_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([ -!#-&(-=?-~]{0,80})")
_ENCODINGS = {"utf-8": "utf-8-sig", "utf8": "utf-8-sig", "us-ascii": "utf-8-sig", "iso-8859-1": "latin-1"}


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
    declared = _DECLARED.match(data)
    encoding = declared[1].decode().lower() if declared else "utf-8"
    if encoding not in _ENCODINGS:
        raise InkError(f"its encoding is {encoding!r}, only UTF-8 and ISO-8859-1 are read")
    try:
        text = data.decode(_ENCODINGS[encoding])
    except UnicodeDecodeError as error:
        raise InkError(f"not UTF-8 at byte {error.start}") from None
    if "\0" in text:  # the parser would take it for UTF-16, which no check here covers
        raise InkError(f"there is a null at character {text.index(chr(0))}")
    foreign = re.search(r"<!(?!--|\[CDATA\[)", text)
    if foreign:
        raise InkError(f"there is a document type or entity at character {foreign.start()}: they are not allowed")
    if text.count("<") > MAX_TAGS or text.count("=") > MAX_ATTRIBUTES:
        raise InkError(f"it has more than {MAX_TAGS:,} tags or {MAX_ATTRIBUTES:,} attributes")
    try:
        return ElementTree.fromstring(text, ElementTree.XMLParser(target=_Builder()))
    except ElementTree.ParseError as error:
        raise InkError(f"not well-formed XML: {error}") from None
