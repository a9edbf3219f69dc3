"""A page of writing: the size of its paper, everything between its margins, and it is read back as it was."""

import itertools
from xml.etree import ElementTree

import numpy as np
import pytest

from ductus.formats import io, svg_page
from ductus.formats.svg_page import MARGIN_MM, PAPERS, X_HEIGHT_MM, row_width
from ductus.generation.text_rows import row_strokes, wrap
from ductus.ink import InkError
from tests.ductus.test_svg import SVG, beziers
from tests.ductus.test_text_rows import letters

SIZES = {"a4": ("210mm", "297mm", "0 0 210 297"), "letter": ("215.9mm", "279.4mm", "0 0 215.9 279.4")}


def curves(group):
    """Places (n, 2) along all strokes of a group."""
    t = np.linspace(0, 1, 8)[:, None, None]
    found = []
    for path in group.iter(f"{SVG}path"):
        start, pieces = beziers(path.get("d"))  # (n, 4, 2)
        a, b, c, d = np.moveaxis(pieces, 1, 0)
        on_it = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        found += [start[None], on_it.reshape(-1, 2)]
    return np.concatenate(found)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_page_has_its_size_and_all_rows_between_the_margins(paper, tmp_path):
    text = " ".join(["quick", "brown", "foxes", "jump", "over", "lazy", "dogs"] * 8)
    points, places = letters(text, 1.3)
    rows = row_strokes(wrap(points, places, text, row_width(paper)))
    drawing = svg_page.render(rows, paper, text)
    root = ElementTree.fromstring(drawing)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == SIZES[paper]
    groups = root.findall(f"{SVG}g")
    assert len(groups) == len(rows) >= 2 and all(group.get("fill") == "none" for group in groups)
    boxes = [(places.min(0), places.max(0)) for places in map(curves, groups)]
    for low, high in boxes:
        assert (low >= MARGIN_MM).all() and (high <= np.array(PAPERS[paper]) - MARGIN_MM).all()
    widths = [high[0] - low[0] for low, high in boxes[:-1]]
    assert min(widths) > PAPERS[paper][0] - 2 * MARGIN_MM - 7 * 1.3 * X_HEIGHT_MM  # no word more would fit
    for (_, above), (below, _) in itertools.pairwise(boxes):
        assert below[1] - above[1] > X_HEIGHT_MM
    (tmp_path / "page.svg").write_text(drawing)
    back = io.load(tmp_path / "page.svg", 1.0)
    for line, row in zip(back, rows, strict=True):
        assert line[:, 2].sum() == len(row)
        assert abs(np.ptp(line[:, 0].cumsum()) - np.ptp(np.concatenate(row)[:, 0])) < 0.1


def test_a_curve_that_passes_beyond_its_points_stays_between_the_margins():
    angles = np.linspace(0.35, 2 * np.pi + 0.35, 8)
    ring = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    (group,) = ElementTree.fromstring(svg_page.render([[ring]], "a4")).findall(f"{SVG}g")
    assert (curves(group) >= MARGIN_MM).all()


def test_what_does_not_fit_is_an_error_in_words():
    text = " ".join(["words"] * 66)
    points, places = letters(text, 3.0)
    rows = row_strokes(wrap(points, places, text, 20.0))
    with pytest.raises(InkError, match=r"more than the 170 x 257 mm .* page of A4: shorten the text"):
        svg_page.render(rows, "a4")
    wide = [[np.array([[0.0, 0], [70, 1]])]]
    with pytest.raises(InkError, match="the writing takes 183 x 4 mm"):
        svg_page.render(wide, "a4")
    with pytest.raises(InkError, match="no paper 'a5', only a4 and letter"):
        row_width("a5")
    with pytest.raises(InkError, match="nothing to write"):
        svg_page.render([], "a4")
