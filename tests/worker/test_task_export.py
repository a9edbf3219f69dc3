"""What is saved: files that the library reads back as the same ink, and drawings that a plotter can draw."""

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from ductus import cooperative
from ductus.formats import inkml, io, svg_fans
from ductus.ink import InkError, to_points
from ductus.resample import resample
from ductus.weights import file as weight_file
from shared.limits import ANGLE_BINS
from tests.ductus.test_svg import SVG, beziers
from tests.ductus.test_svg_motion import motions
from tests.support.networks import random_line
from tests.support.text_networks import random_text_weights
from tests.worker.test_ink_session import MODEL, STROKES, fed
from worker.tasks import export, fans, files, lines
from worker.tasks import text as texts
from worker.workspace import Workspace

INK, AMBER = "rgb(13, 122, 113)", "rgb(176 86 10)"  # as browsers write them


@pytest.fixture
def workspace():
    return Workspace(MODEL)


def text(task):
    return cooperative.run(task)["data"].tobytes().decode()


def ink(form, strokes=STROKES, paths=()):
    flat = [np.ravel(stroke) for stroke in strokes]
    return text(
        export.ink(Workspace(MODEL), form, flat, [np.ravel(path) for path in paths], [INK, AMBER], 'Ink, "seed" <7>')
    )


def millimetres(root):
    """The size of a drawing, and of its view."""
    size = [float(re.fullmatch(r"([\d.]+)mm", root.get(side))[1]) for side in ("width", "height")]
    return np.array(size), np.array(root.get("viewBox").split(), float)


@pytest.mark.parametrize("form", ["inkml", "json"])
def test_ink_comes_back_as_it_was(workspace, form):
    """Through a file and the figure's own import: the points that the network would have read."""
    data = ink(form).encode()
    described = cooperative.run(files.load(workspace, "ink", data, f"ductus-ink.{form}", 0))
    assert described["lines"] == 1
    expected = fed(STROKES)
    expected[0, :2] = 0  # where a line begins on the paper is no part of it
    np.testing.assert_allclose(workspace.line("ink").points[1:], expected[1:], atol=2e-4)
    (strokes,) = inkml.parse(data).lines if form == "inkml" else [json.loads(data)["strokes"]]
    for before, after in zip(STROKES, strokes, strict=True):
        np.testing.assert_allclose(after, before, atol=0.51e-5)


def test_the_size_that_a_json_states_is_believed():
    small = json.dumps({"x_height": 0.01, "strokes": [(stroke / 100).tolist() for stroke in STROKES]}).encode()
    (points,) = io.load(small, 3.0, name="a.json")
    np.testing.assert_allclose(points, to_points(STROKES) * [3, 3, 1], atol=1e-9)
    for wrong in ("0", "-1", "true", '"1"', "1e999", "[]"):
        with pytest.raises(InkError, match='"x_height" is not a height'):
            io.load(f'{{"x_height": {wrong}, "strokes": []}}'.encode(), 3.0, name="a.json")


def test_a_drawing_has_a_path_a_stroke_and_a_size():
    root = ElementTree.fromstring(ink("svg"))
    assert root.find(SVG + "title").text == 'Ink, "seed" <7>'
    (group,) = root.findall(SVG + "g")
    assert (group.get("id"), group.get("fill"), group.get("stroke")) == ("ink", "none", "#0d7a71")
    paths = [beziers(path.get("d")) for path in group.findall(SVG + "path")]
    assert len(paths) == len(STROKES) == len(list(root.iter(SVG + "path")))
    for (start, pieces), stroke in zip(paths, STROKES, strict=True):
        np.testing.assert_allclose(start, stroke[0], atol=1e-3)
        if len(pieces):  # a dot has none
            np.testing.assert_allclose(pieces[-1, 3], stroke[-1], atol=1e-3)
    size, view = millimetres(root)
    np.testing.assert_allclose(size, view[2:] * 3, atol=0.01)  # 3 mm an x-height
    corners = np.concatenate(STROKES)
    np.testing.assert_allclose(view[2:], np.ptp(corners, axis=0) + 1, atol=0.01)
    assert not [element for element in root.iter() if element.get("fill", "none") != "none"]


# the pen is lifted at (1, 0); then a stroke of two points, one of one, and one that is not lifted
LIFTED = [[1, 0, 1], [2, 0, 0], [2, -1, 1], [3, -1, 1], [4, 0, 0], [5, 0, 0]]
DOWN = [[1, 0, 0], [2, 0, 0], [2, -1, 1], [3, -1, 1], [4, 0, 0], [5, 0, 0]]


@pytest.mark.parametrize(
    ("paths", "first"), [(LIFTED, [[2, 0], [2, -1]]), (DOWN, [[1, 0], [2, 0], [2, -1]])], ids=["lifted", "down"]
)
def test_continuations_go_along(paths, first):
    expected = [first, [[3, -1]], [[4, 0], [5, 0]]]
    both = [paths, paths]
    data = json.loads(ink("json", paths=both))
    assert data["continuations"] == [expected, expected] and len(data["strokes"]) == len(STROKES)
    found = inkml.parse(ink("inkml", paths=both).encode()).lines
    assert len(found) == 3 and [stroke.tolist() for stroke in found[1]] == expected
    root = ElementTree.fromstring(ink("svg", paths=both))
    groups = {group.get("id"): group for group in root.findall(SVG + "g")}
    assert list(groups) == ["continuation-1", "continuation-0", "ink"]
    for name in ("continuation-0", "continuation-1"):
        assert groups[name].get("stroke") == "#b0560a" and len(groups[name]) == 3
    assert millimetres(root)[1][2] == pytest.approx(max(5, np.concatenate(STROKES)[:, 0].max()) + 1, abs=0.01)


def test_an_animation_writes_the_ink_by_the_pen_clock_and_then_the_continuation():
    found = motions(ink("motion", paths=[DOWN, DOWN]))
    *_, (_, _, begin, duration, _) = found
    assert len(found) == len(STROKES) + 3  # one continuation, the first
    counts = [len(resample(stroke, MODEL.clock)) for stroke in STROKES]
    assert [round(60 * took) for _, _, _, took, _ in found] == [*counts, 3, 1, 2]
    assert begin + duration == pytest.approx((sum(counts) + 6) / 60, abs=1e-4)


@pytest.mark.parametrize("form", ["rows", "line"])
def test_lines_and_rows_are_animated_at_the_pace_of_their_points(workspace, form):
    written = np.float32(random_line(30, seed=2))
    cooperative.run(lines.from_points(workspace, "model", written.ravel()))
    rows = [{"points": written.ravel(), "y": y} for y in (0.0, 5.0)]
    data = {"rows": export.rows(workspace, "motion", rows, AMBER, "Writing")}
    data["line"] = export.line(workspace, "motion", "model", AMBER, "Line")
    *_, (_, _, begin, duration, _) = motions(text(data[form]))
    assert begin + duration == pytest.approx({"rows": 60, "line": 30}[form] / 60, abs=1e-4)


def test_what_the_network_wrote_comes_back_to_the_last_bit(workspace):
    written = [np.float32(random_line(n, seed=n)) for n in (40, 30)]
    rows = [{"points": table.ravel(), "y": 2.0 * i} for i, table in enumerate(written)]
    data = text(export.rows(workspace, "json", rows, AMBER, "Writing")).encode()
    for which in (0, 1):
        described = cooperative.run(files.load(workspace, "ink", data, "ductus-writing.json", which))
        assert described["lines"] == 2
        np.testing.assert_array_equal(np.float32(workspace.line("ink").points), written[which])
    cooperative.run(lines.from_points(workspace, "model", written[0].ravel()))
    again = text(export.line(workspace, "json", "model", AMBER, "Line"))
    assert json.loads(again) == json.loads(data)[0]


def test_rows_lie_on_the_drawing_as_on_the_page(workspace):
    written = np.float32(random_line(30, seed=2))
    rows = [{"points": written.ravel(), "y": y} for y in (0.0, 5.0)]
    root = ElementTree.fromstring(text(export.rows(workspace, "svg", rows, AMBER, "Writing")))
    starts = [beziers(path.get("d"))[0] for path in root.iter(SVG + "path")]
    strokes = int(written[:, 2].sum())
    np.testing.assert_allclose(np.subtract(starts[strokes:], starts[:strokes]), [[0, 5]] * strokes, atol=2e-3)
    found = inkml.parse(text(export.rows(workspace, "inkml", rows, AMBER, "Writing")).encode())
    assert [len(line) for line in found.lines] == [strokes, strokes] and found.x_height == 1
    with pytest.raises(InkError, match="nothing has been written"):
        cooperative.run(export.rows(workspace, "svg", [], AMBER, "Writing"))


@pytest.mark.parametrize("form", ["svg", "inkml"])
def test_a_line_taken_apart_lies_where_it_was_written(workspace, form):
    cooperative.run(lines.from_strokes(workspace, "ink", [stroke.ravel() for stroke in STROKES]))
    data = text(export.line(workspace, form, "ink", INK, "Line"))
    if form == "inkml":
        starts = [stroke[0] for stroke in inkml.parse(data.encode()).lines[0]]
    else:
        starts = [beziers(path.get("d"))[0] for path in ElementTree.fromstring(data).iter(SVG + "path")]
    np.testing.assert_allclose(starts, [stroke[0] for stroke in STROKES], atol=1e-3)
    with pytest.raises(ValueError, match="no line"):
        cooperative.run(export.line(workspace, form, "none", INK, "Line"))


def drawn_fans(workspace, samples=4, steps=3):
    """The fans of a line as the page has them, and the arguments of the task that saves them."""
    cooperative.run(lines.from_strokes(workspace, "ink", [stroke.ravel() for stroke in STROKES]))
    count = len(workspace.line("ink"))
    task = fans.sample(workspace, "ink", samples, steps, 0.5, 1, 0, 9, 0, np.zeros(count))
    sent = [progress for progress in task if progress]
    names = ("points", "xy", "bins", "lifts")
    points, ways, bins, lifts = (np.concatenate([progress[name] for progress in sent]) for name in names)
    return {
        "points": points,
        "ways": ways.ravel(),
        "bins": bins.ravel(),
        "lifts": lifts,
        "weights": np.ones(len(points)),
        "strengths": [0.3, 0.2, 0.1],
        "air": 0.105,
        "colours": [f"rgb({20 * i} 0 0)" for i in range(ANGLE_BINS)],
    }


def segments(path):
    """The pieces (n, 2, 2) of a path of moves and relative lines."""
    numbers = np.array([float(n) for n in re.findall(r"-?[\d.]+", path.get("d"))]).reshape(-1, 4)
    assert re.fullmatch(r"(M-?[\d.]+ -?[\d.]+l-?[\d.]+ -?[\d.]+)+", path.get("d"))
    return np.stack([numbers[:, :2], numbers[:, :2] + numbers[:, 2:]], 1)


def test_fans_are_drawn_as_true_paths(workspace):
    given = drawn_fans(workspace)
    root = ElementTree.fromstring(text(export.fans(workspace, "ink", title="Fans", **given)))
    groups = {group.get("id"): group for group in root.findall(SVG + "g")}
    assert list(groups) == ["fans", "line", "lifts"]
    assert len(groups["line"]) == len(STROKES) and len(groups["lifts"]) == len(given["points"])
    line = workspace.line("ink")
    starts = np.concatenate([[line.start], line.places[:-1, :2]])[given["points"]]
    ways = np.reshape(given["ways"], (len(starts), 4, 3, 2))
    bins = np.reshape(given["bins"], ways.shape[:3])
    air = np.array([p > 0 and line.points[p - 1, 2] > 0 for p in given["points"]])
    expected = []
    for row, sample, step in np.argwhere(bins < ANGLE_BINS):
        begin = ways[row, sample, step - 1] if step else starts[row]
        opacity = given["air"] if air[row] and not step else given["strengths"][step]
        expected.append([*begin, *ways[row, sample, step], 20 * bins[row, sample, step], opacity])
    found = []
    for path in groups["fans"]:
        colour = int(re.fullmatch(r"#(..)0000", path.get("stroke"))[1], 16)
        found += [[*piece.ravel(), colour, float(path.get("opacity"))] for piece in segments(path)]
    order = lambda rows: np.array(sorted(np.round(rows, 6).tolist(), key=lambda r: [r[5], r[4], *np.round(r[:4], 1)]))  # noqa: E731
    assert len(found) == len(expected)
    # sorted by places rounded to a tenth they may be swapped near a border, so the sums are compared as well
    np.testing.assert_allclose(np.sum(found, 0), np.sum(expected, 0), atol=1e-3 * len(found))
    np.testing.assert_allclose(order(found)[:, 4:], order(expected)[:, 4:], atol=1e-6)
    distances = np.abs(np.array(found)[:, None, :4] - np.array(expected)[None, :, :4]).max(-1)
    assert distances.min(0).max() < 2e-3 and distances.min(1).max() < 2e-3
    size, view = millimetres(root)
    np.testing.assert_allclose(size, 3 * view[2:], atol=0.01)


def test_too_many_ways_for_a_drawing_are_refused(workspace, monkeypatch):
    given = drawn_fans(workspace)
    with pytest.raises(ValueError, match="another line"):
        cooperative.run(export.fans(workspace, "ink", title="Fans", **given | {"points": given["points"] + 1}))
    monkeypatch.setattr(svg_fans, "MAX_STEPS", 30)
    with pytest.raises(InkError, match="are too many for a drawing, at most 30"):
        cooperative.run(export.fans(workspace, "ink", title="Fans", **given))


def test_no_fans_are_a_line(workspace):
    given = drawn_fans(workspace)
    none = {"points": [], "ways": [], "bins": [], "lifts": [], "weights": []}
    root = ElementTree.fromstring(text(export.fans(workspace, "ink", title="Fans", **given | none)))
    assert len(list(root.iter(SVG + "path"))) == len(STROKES)


def test_a_typed_text_is_a_page(workspace):
    with pytest.raises(ValueError, match="no network that writes a text"):
        text(export.page(workspace, "a4", AMBER))
    weights = random_text_weights(units=8, seed=1)
    cooperative.run(texts.load(workspace, b"".join(weight_file.encode(weights))))
    with pytest.raises(ValueError, match="nothing has been written"):
        text(export.page(workspace, "a4", AMBER))
    cooperative.run(texts.write(workspace, "a few words", "a", "", -1, 0.8, 4, 0, 10.0))
    root = ElementTree.fromstring(text(export.page(workspace, "a4", AMBER)))
    size, view = millimetres(root)
    assert size.tolist() == [210, 297] and view.tolist() == [0, 0, 210, 297]
    assert root.find(f"{SVG}title").text == "a few words"
    with pytest.raises(InkError, match="no paper"):
        text(export.page(workspace, "a5", AMBER))
