"""InkML, the W3C's format for ink (Recommendation of 20 September 2011): parse traces, and render strokes as traces.

A trace's X and Y are read by the trace format that applies to it: that of its own context, of its group, of the last
context before it, the one that nothing refers to, or the default (X Y). A reference to what is not in the file, which
real writers leave behind, is as good as none. Values may be explicit (!), differences (') or second differences (")
(section 3.2.1). Canvas transforms, brushes, time stamps and views do not change the shape of the ink and are ignored.

The file is untrusted: no document type, no entities, and every size is bounded (safe_xml.py).
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

import numpy as np

from ductus.formats import safe_xml
from ductus.formats.inkml_trace import TraceFormat, read_points
from ductus.formats.safe_xml import MAX_DEPTH
from ductus.ink import InkError, as_stroke

NAMESPACE = "http://www.w3.org/2003/InkML"
MAX_POINTS = 1_000_000  # over all traces; 2,000 lines of writing
# Annotations for what InkML has no element for; other programs may use them too.
X_HEIGHT, LINE = "ductus:x-height", "ductus:line"
UNKNOWN = "unknown"  # the x-height of ink in the units of a network that does not know it

MAX_CHANNELS = 32  # of a trace whose format is missing

# What a trace refers to by the name of the default context, and by a name that is not in the file.
_DEFAULT, _MISSING = ElementTree.Element("default"), ElementTree.Element("missing")
_ID = "{http://www.w3.org/XML/1998/namespace}id"


class Traces(NamedTuple):
    """The ink of a file, y down: lines of writing, each a list of strokes (n, 2), and its x-height."""

    lines: list[list[np.ndarray]]
    x_height: float | None  # in the ink's own unit, where the file states it
    foreign: bool  # written by another program, which says nothing of x-heights


def parse(data: bytes) -> Traces:
    """Parse an InkML file. Raises InkError that names the invalid trace, or says why the file is invalid."""
    return from_tree(safe_xml.parse(data))


def from_tree(root: ElementTree.Element) -> Traces:
    """Return the ink of a parsed file, like `parse`."""
    if _name(root) != "ink":
        raise InkError(f"not InkML: the root element is <{root.tag[:80]}>")
    reader = _TraceReader(root)
    reader.walk(root, None, reader.line())
    lines = [line for line in map(reader.strokes, reader.lines) if line]
    return Traces(lines, _stated_x_height(root), _annotation(root, X_HEIGHT) is None)


def render(lines: list[list], x_height: float | str | None = None) -> str:
    """Render lines of writing, each a list of strokes (n, 2), as InkML; of several lines each is a trace group.

    Coordinates have five decimals. `x_height`, the ink's in its own unit, or UNKNOWN, is stated if given.
    Raises InkError for strokes that are not finite.
    """
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<ink xmlns="{NAMESPACE}">',
        *([f'<annotation type="{X_HEIGHT}">{x_height}</annotation>'] if x_height else []),
        '<traceFormat><channel name="X" type="decimal"/><channel name="Y" type="decimal"/></traceFormat>',
    ]
    for number, line in enumerate(lines):
        strokes = [as_stroke(stroke, f"line {number}, stroke {i}") for i, stroke in enumerate(line)]
        traces = [f"<trace>{_coordinates(stroke)}</trace>" for stroke in strokes if len(stroke)]
        if len(lines) > 1:
            traces = [f'<traceGroup><annotation type="{LINE}">{number}</annotation>', *traces, "</traceGroup>"]
        out += traces
    return "\n".join([*out, "</ink>", ""])


def _coordinates(stroke: np.ndarray) -> str:
    def short(value: float) -> str:
        return repr(round(value, 5) + 0.0).removesuffix(".0")  # + 0.0 makes -0 a 0

    return ", ".join(f"{short(x)} {short(y)}" for x, y in stroke.tolist())


def _name(element: ElementTree.Element) -> str:
    """Return the name of an InkML element (files without a namespace are common), "" for other namespaces."""
    namespace, _, name = element.tag.rpartition("}")
    return name if namespace in ("", "{" + NAMESPACE) else ""


def _children(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [child for child in element if _name(child) == name]


def _annotation(element: ElementTree.Element, kind: str) -> str | None:
    for child in _children(element, "annotation"):
        if child.get("type") == kind:
            return (child.text or "").strip()
    return None


def _stated_x_height(root: ElementTree.Element) -> float | None:
    text = _annotation(root, X_HEIGHT)
    if text is None or text == UNKNOWN:
        return None
    try:
        height = float(text)
    except ValueError:
        height = math.nan
    if not 0 < height < math.inf:
        raise InkError(f"its annotation {X_HEIGHT} is not a height: {text[:40]!r}")
    return height


class _TraceReader:
    """The state of parsing: the elements with an id, the current context, and the strokes so far."""

    def __init__(self, root: ElementTree.Element):
        elements = [(element.get(_ID) or element.get("id"), element) for element in root.iter()]
        self.by_id = {identity: element for identity, element in elements if identity}
        self.fallback = _unused_format(root)
        self.context = None  # the last <context> (or <traceFormat>)
        self.formats = {}  # of contexts, by element
        self.lines = []  # lists of indices of `parts`
        self.parts = []  # a list of arrays for each stroke: further traces may continue a stroke
        self.place = {}  # the index in `parts` of a trace, by its id
        self.traces = self.points = 0

    def line(self) -> list[int]:
        self.lines.append([])
        return self.lines[-1]

    def strokes(self, line: list[int]) -> list[np.ndarray]:
        joined = [np.concatenate(self.parts[place]) for place in line]
        return [stroke for stroke in joined if len(stroke)]

    def walk(self, element, context, line) -> None:
        """Read the content of an <ink> or <traceGroup> with this context into a line."""
        for child in element:
            name = _name(child)
            if name in ("context", "traceFormat"):
                self.context = child
            elif name == "traceGroup":
                try:
                    own = self.own_context(child, context)
                except InkError as error:
                    raise InkError(f"the trace group before trace {self.traces}: {error}") from None
                self.walk(child, own, line if _annotation(child, LINE) is None else self.line())
            elif name == "trace":
                try:
                    self.trace(child, context, line)
                except InkError as error:
                    raise InkError(f"trace {self.traces}: {error}") from None
                self.traces += 1

    def trace(self, element, context, line) -> None:
        if element.get("type", "penDown") == "penUp":
            return
        context = self.own_context(element, self.context if context is None else context)
        text = (element.text or "").strip()
        if self.points + text.count(",") >= MAX_POINTS:
            raise InkError(f"the file has more than {MAX_POINTS:,} points")
        points = read_points(text, self.format(context))
        stroke = as_stroke(points, "its ink")
        self.points += len(stroke)
        if element.get("continuation", "begin") == "begin":
            place = len(self.parts)
            self.parts.append([])
            line.append(place)
        else:
            prior = element.get("priorRef", "").removeprefix("#")
            place = self.place.get(prior)
            if place is None:
                raise InkError(f"it continues a trace {prior!r} that is not before it")
        self.parts[place].append(stroke)
        identity = element.get(_ID) or element.get("id")
        if identity:
            self.place[identity] = place

    def own_context(self, element, inherited):
        """Return the context that a trace or a group names, otherwise the inherited one."""
        reference = element.get("contextRef")
        if reference == "#DefaultContext":
            return _DEFAULT
        own = self.referred(reference)
        if own is not None:  # not `own or`: an element without children is false
            return own
        return _MISSING if reference and inherited is None else inherited

    def referred(self, reference: str | None):
        """Return the context, source or format to which a reference points, None if it is not in the file."""
        found = self.by_id.get((reference or "").removeprefix("#"))
        return found if found is not None and _name(found) in ("context", "inkSource", "traceFormat") else None

    def format(self, context) -> TraceFormat:
        if context not in self.formats:
            element = self.fallback if context is None else self.trace_format(context, MAX_DEPTH)
            if element is not None:
                self.formats[context] = _read_format(element)
            else:  # further values belong to the channels of a format that is not in the file
                known = context is None or context is _DEFAULT
                self.formats[context] = TraceFormat() if known else TraceFormat(max_values=MAX_CHANNELS)
        return self.formats[context]

    def trace_format(self, element, depth: int):
        """Return the <traceFormat> that a context (or an ink source) contains or refers to, or None."""
        if _name(element) == "traceFormat":
            return element
        if not depth:
            raise InkError("its context refers to itself")
        for child in element:
            if _name(child) in ("traceFormat", "inkSource"):
                return self.trace_format(child, depth - 1)
        for attribute in ("traceFormatRef", "inkSourceRef", "contextRef"):
            found = self.referred(element.get(attribute))
            if found is not None:
                return self.trace_format(found, depth - 1)
        return None if element is _DEFAULT else self.fallback


def _unused_format(root: ElementTree.Element) -> ElementTree.Element | None:
    """Return the first <traceFormat> of the definitions that is in nothing to which the file refers, or None.

    By the Recommendation it has no effect; writers that define one and refer to none mean it.
    """
    named = {
        value.removeprefix("#") for element in root.iter() for key, value in element.items() if key.endswith("Ref")
    }
    for definitions in _children(root, "definitions"):
        for element in definitions:
            inside = {part.get(_ID) or part.get("id") for part in element.iter()}
            if not inside & named:
                found = next((part for part in element.iter() if _name(part) == "traceFormat"), None)
                if found is not None:
                    return found
    return None


def _read_format(element: ElementTree.Element) -> TraceFormat:
    regular = _children(element, "channel")
    names = [channel.get("name", "").upper() for channel in regular]
    if "X" not in names or "Y" not in names:
        raise InkError("its trace format has no regular channels X and Y")
    x, y = names.index("X"), names.index("Y")
    if regular[x].get("units") != regular[y].get("units"):
        raise InkError("X and Y are in different units")
    sign_x, sign_y = (-1.0 if regular[place].get("orientation") == "-ve" else 1.0 for place in (x, y))
    extra = sum(len(_children(group, "channel")) for group in _children(element, "intermittentChannels"))
    return TraceFormat(x, y, len(names), len(names) + extra, (sign_x, sign_y))
