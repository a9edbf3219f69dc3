"""A whole page of writing as an SVG drawing in millimetres: single lines, for plotters and for printing.

One user unit is a millimetre, so the drawing has the size of its paper whatever opens it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ductus.formats.svg import Drawing, Layer
from ductus.ink import InkError

# Width and height of the papers, in millimetres: ISO 216, and ANSI/ASME Y14.1 size A.
PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
NAMES = {"a4": "A4", "letter": "Letter"}
MARGIN_MM = 20.0
X_HEIGHT_MM = 2.6
# Between two points a curve may pass a little beyond both of them: that much more is left free, in x-heights.
_CURVE = 0.25


def row_width(paper: str) -> float:
    """Return how wide a row may be between a paper's margins, in x-heights. Raises InkError for another paper."""
    return (_size(paper)[0] - 2 * MARGIN_MM) / X_HEIGHT_MM - 2 * _CURVE


def render(
    rows: Sequence[Sequence[np.ndarray]], paper: str, title: str = "Handwriting", colour: str = "currentColor"
) -> str:
    """Return a page with rows of writing, each a list of strokes (n, 2) in x-heights, y down.

    The rows lie as they are given, the first place at the left and the upper margin. Raises InkError if they do not
    fit between the margins, or there is none, or no such paper.
    """
    width, height = _size(paper)
    whole = [np.float64(stroke) for row in rows for stroke in row if len(stroke)]
    if not whole:
        raise InkError("there is nothing to write on the page")
    corners = np.concatenate(whole)
    extent = (np.ptp(corners, axis=0) + 2 * _CURVE) * X_HEIGHT_MM  # (2,) millimetres
    room = np.array([width, height]) - 2 * MARGIN_MM
    if not (extent <= room + 1e-6).all():
        raise InkError(
            f"the writing takes {extent[0]:.0f} x {extent[1]:.0f} mm, more than the {room[0]:.0f} x {room[1]:.0f} mm "
            f"between the margins of a page of {NAMES[paper]}: shorten the text"
        )
    start = MARGIN_MM + (_CURVE - corners.min(axis=0)) * X_HEIGHT_MM  # (2,)
    placed = [[stroke * X_HEIGHT_MM + start for stroke in row if len(stroke)] for row in rows]
    drawing = Drawing([], X_HEIGHT_MM)
    drawing.left, drawing.top, drawing.right, drawing.bottom = 0.0, 0.0, width, height
    numbered = [Layer(row, f"line-{i}", colour, line=i) for i, row in enumerate(placed)]
    if len(numbered) == 1:
        numbered = [numbered[0]._replace(name="ink", line=None)]
    body = [text for layer in numbered for text in drawing.group(layer)]
    return drawing.document(body, title, x_height_mm=X_HEIGHT_MM)


def _size(paper: str) -> tuple[float, float]:
    if paper not in PAPERS:
        raise InkError(f"there is no paper {paper!r}, only {' and '.join(PAPERS)}")
    return PAPERS[paper]
