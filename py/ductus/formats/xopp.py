"""Ink of Xournal++ (.xopp) and Xournal (.xoj): XML, usually packed with gzip.

A <xournal> has <page>s, these <layer>s, and these <stroke>s: pairs of x and y in points of 1/72 inch, y down, as the
manual of Xournal describes. The ink is that of the pen: strokes of the highlighter and of the eraser (which
paints white), texts, pictures and formulas are left out and named. Each page is a sequence of its own.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter

import numpy as np

from ductus.formats import svg_path
from ductus.formats.content import ParsedInk, name_counts
from ductus.ink import InkError

ROOT = "xournal"
MAX_POINTS = 1_000_000  # over all pages; 2,000 lines of writing


def from_tree(root: ElementTree.Element) -> ParsedInk:
    """Return the strokes (n, 2) of each page that has ink. Raises InkError that names the page and the stroke."""
    if root.tag != ROOT:
        raise InkError(f"not a file of Xournal++: the root element is <{root.tag[:80]}>")
    pages, skipped, left = [], Counter(), MAX_POINTS
    for number, page in enumerate(root.iterfind("page"), 1):
        strokes = []
        for element in page.iterfind("layer/*"):
            tool = element.get("tool", "pen")
            if element.tag != "stroke" or tool != "pen":
                skipped[f"<{element.tag[:40]}>" if element.tag != "stroke" else f"stroke of the {tool[:40]}"] += 1
                continue
            try:
                strokes.append(_stroke(element.text or "", left))
            except InkError as error:
                raise InkError(f"page {number}, stroke {len(strokes)}: {error}") from None
            left -= len(strokes[-1])
        pages.append([stroke for stroke in strokes if len(stroke)])
    words = name_counts(skipped)
    pages = [strokes for strokes in pages if strokes]
    if words and not pages:
        raise InkError(f"there is no ink of a pen in it, only {words}")
    return ParsedInk(pages, True, foreign=True, skipped=words)


def _stroke(text: str, left: int) -> np.ndarray:
    values = svg_path.numbers(text, 2 * left)
    if len(values) % 2:
        raise InkError(f"its places are {len(values)} numbers, not pairs")
    return np.array(values).reshape(-1, 2)
