"""SVG drawings: well-formed, correctly placed, with curves that match the spline."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ductus.formats import svg
from ductus.ink import InkError, to_points
from ductus.resample import resample
from tests.conftest import ROOT
from tests.ductus.test_x_height import garlands
from tests.support.inks import anywhere, array, curves, points, strokes

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def beziers(data):
    """Return the start (2,) and the pieces (n, 4, 2) of a path of one relative cubic command, as rendered."""
    match = re.fullmatch(r"M(\S+) (\S+?)(?:h\.?[01]+|c(.*))", data)
    start = np.array([float(match[1]), float(match[2])])
    if match[3] is None:
        return start, np.zeros((0, 4, 2))
    numbers = np.array([float(text) for text in NUMBER.findall(match[3])]).reshape(-1, 3, 2)
    assert re.fullmatch(r"(?: ?-?(?:\d+\.?\d*|\.\d+))+", match[3])
    pen, pieces = start, []
    for offsets in numbers:
        pieces.append(np.concatenate([pen[None], pen + offsets]))
        pen = pen + offsets[2]
    return start, np.array(pieces)


@given(strokes, st.integers(0, 6))
def test_a_path_goes_through_every_point(stroke, digits):
    start, pieces = beziers(svg.path_data(stroke, digits))
    grid = 0.5000001 * 10**-digits + 1e-9
    places = stroke[np.concatenate([[True], np.diff(stroke, axis=0).any(1)])]
    np.testing.assert_allclose(start, places[0], atol=grid)
    assert len(pieces) == len(places) - 1
    if len(pieces):
        np.testing.assert_allclose(pieces[:, 3], places[1:], atol=grid)


@given(points(anywhere, 4, 12))
def test_the_curve_is_the_centripetal_catmull_rom_spline(stroke):
    """Compare with the pyramid of Barry and Goldman (1988), which does not use Bezier curves."""
    assume((np.hypot(*np.diff(stroke, axis=0).T) > 0.1).all())
    _, pieces = beziers(svg.path_data(stroke, 9))
    for i in range(1, len(stroke) - 2):
        p = stroke[i - 1 : i + 3]
        t = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(p, axis=0).T) ** 0.5)])
        for u in (0.25, 0.5, 0.9):
            x = t[1] + u * (t[2] - t[1])

            def between(a, b, i, j, x=x, t=t):
                return ((t[j] - x) * a + (x - t[i]) * b) / (t[j] - t[i])

            a = [between(p[j], p[j + 1], j, j + 1) for j in range(3)]
            b = [between(a[j], a[j + 1], j, j + 2) for j in range(2)]
            expected = between(b[0], b[1], 1, 2)
            weights = np.array([(1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3])
            np.testing.assert_allclose(weights @ pieces[i], expected, atol=1e-6)


def test_a_straight_stays_straight_and_a_dot_is_a_dot():
    _, pieces = beziers(svg.path_data([[0, 0], [1, 1], [3, 3]], 6))
    np.testing.assert_allclose(pieces[..., 0], pieces[..., 1])
    assert svg.path_data([[1.25, -0.004]], 2) == svg.path_data([[1.25, -0.004]] * 3, 2) == "M1.25 0h.1"
    assert svg.path_data([]) == ""
    assert svg.path_data([[0, 0], [-0.5, 10]], 0).startswith("M0 0c0 3")


@given(st.lists(st.lists(strokes, max_size=4), max_size=4), st.text(), st.text(), st.booleans())
def test_every_drawing_is_well_formed_and_inside_its_box(lines, title, description, guided):
    text = svg.render(lines, 1.0, title, description, [0.0] * len(lines) if guided else None)
    assert text == svg.render(lines, 1.0, title, description, [0.0] * len(lines) if guided else None)
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    x, y, width, height = map(float, root.get("viewBox").split())
    paths = [element.get("d") for element in root.iter(f"{SVG}path")]
    ink = [data for data in paths if "H" not in data]
    assert len(ink) == sum(map(len, lines))
    assert len(paths) - len(ink) == (sum(map(bool, lines)) if guided else 0)
    for data in ink:
        start, pieces = beziers(data)
        knots = np.concatenate([start[None], *(piece[3:] for piece in pieces)])
        assert (knots >= np.array([x, y])).all() and (knots <= np.array([x + width, y + height])).all()


@given(st.text())
def test_no_title_can_break_out(title):
    root = ElementTree.fromstring(svg.render([[[[0, 0]]]], title=title))
    (shown,) = root.iter(f"{SVG}title")
    # XML turns every line end into \n; what it cannot represent becomes a question mark
    said = re.sub(r"\r\n?", "\n", re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", title))
    assert (shown.text or "") == said


def test_lines_stand_one_below_the_other():
    line = [[[0, -1], [5, 1]]]
    root = ElementTree.fromstring(svg.render([line, [], line], 1.0, baselines=[0.5, 0, 0.5]))
    paths = [element.get("d") for element in root.iter(f"{SVG}path")]
    assert [data.split("c")[0] for data in paths[2:]] == ["M0 -1", "M0 1.8"]
    assert [float(data.split("H")[0].split()[1]) for data in paths[:2]] == [0.5, 3.3]


@given(curves(), st.floats(0.01, 1000))
def test_the_drawing_scales_with_the_x_height(stroke, x_height):
    small, large = svg.render([[stroke]], 1.0), svg.render([[stroke * x_height]], x_height)
    a, b = (ElementTree.fromstring(text).get("viewBox").split() for text in (small, large))
    np.testing.assert_allclose(np.array(b, float) / x_height, np.array(a, float), atol=0.02)


@pytest.mark.parametrize("x_height", [0, -1, float("nan"), float("inf")])
def test_impossible_heights(x_height):
    with pytest.raises(InkError):
        svg.render([[[[0, 0]]]], x_height)


def test_ink_that_is_too_far_out():
    with pytest.raises(InkError, match="line 0"):
        svg.render([[array([[1e7, 0]])]], 1.0)
    with pytest.raises(InkError, match="large"):
        svg.path_data([[1e300, 0]])
    with pytest.raises(InkError, match="line 1, stroke 0, point 1"):
        svg.render([[], [[[0, 0], [np.nan, 0]]]])


# The cubic pieces, 4 points each, that the page draws for a line: a flat array of x, y and lift.
SCREEN_CURVE = """async (table) => {
    const {Paths} = await import(location.href);
    const pieces = [];
    let pen;
    const target = {
        moveTo(...place) { pen = place; },
        lineTo() {},
        bezierCurveTo(a, b, c, d, x, y) { pieces.push([pen, [a, b], [c, d], [x, y]]); pen = [x, y]; },
    };
    new Paths(Float32Array.from(table), 1).trace(0, table.length / 3, target);
    return pieces;
}"""


def test_an_exported_path_is_the_curve_on_the_screen(page, site):
    """Compare two implementations of centripetal Catmull-Rom splines through the pen clock's points."""
    strokes = [resample(stroke) for stroke in garlands(6)]
    table = to_points(strokes)
    table[:, :2] = np.concatenate(strokes)
    (module,) = (path for path in (ROOT / "js-shims").rglob("*.js") if "export class Paths" in path.read_text())
    page.goto(site.url + module.relative_to(ROOT).as_posix())
    drawn = page.evaluate(SCREEN_CURVE, table.ravel().tolist())
    written = np.concatenate([beziers(svg.path_data(stroke, 6))[1] for stroke in strokes])
    assert len(drawn) == len(written) > 50
    np.testing.assert_allclose(drawn, written, atol=1e-5)  # x-heights: float32, and six decimals
