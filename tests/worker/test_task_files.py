"""A file as a line: each format at its size, one of several, and invalid files leave the current line."""

import json
import re

import numpy as np
import pytest

from ductus import cooperative
from ductus.formats import inkml, svg
from ductus.ink import InkError
from shared.limits import MAX_INK_FILE_BYTES
from tests.ductus.test_iam import render
from tests.ductus.test_x_height import garlands
from tests.support.networks import random_line
from tests.worker.test_ink_session import MODEL, fed
from worker.tasks import files
from worker.workspace import Workspace


@pytest.fixture
def workspace():
    return Workspace(MODEL)


def test_each_format_of_strokes_goes_through_the_pen_clock(workspace):
    strokes = [np.round(stroke * 40) for stroke in garlands()]
    expected = fed([stroke / 40 for stroke in strokes])
    data = {
        "a.inkml": inkml.render([strokes], 40.0).encode(),
        "A.XML": render(strokes),
        "a.json": json.dumps({"strokes": [stroke.tolist() for stroke in strokes]}).encode(),
    }
    for name, text in data.items():
        seen = cooperative.run(files.load(workspace, "ink", memoryview(text), name, 0))
        points = workspace.line("ink").points
        assert seen["lines"] == 1 and seen["count"] == len(points)
        assert points[:, 2].sum() == len(strokes)
        # a stated x-height is exact, an estimated one is near
        width = np.ptp(points[:, 0].cumsum()) / np.ptp(expected[:, 0].cumsum())
        assert width == pytest.approx(1, rel=1e-9 if name == "a.inkml" else 0.08)


def test_what_the_network_wrote_stays_as_it_is(workspace):
    points = np.float32(random_line(30, seed=3))
    data = b"\xef\xbb\xbf \n" + json.dumps(points.tolist()).encode()
    cooperative.run(files.load(workspace, "ink", data, "line.json", 0))
    np.testing.assert_array_equal(workspace.line("ink").points, points)


def test_one_of_several_lines(workspace):
    lines = [random_line(9, seed=4), np.zeros((0, 3)), random_line(5, seed=5)]
    data = json.dumps([line.tolist() for line in lines]).encode()
    assert cooperative.run(files.load(workspace, "ink", data, "some.json", 1))["lines"] == 2
    np.testing.assert_allclose(workspace.line("ink").points, lines[2])
    with pytest.raises(InkError, match="2 lines"):
        cooperative.run(files.load(workspace, "ink", data, "some.json", 2))


@pytest.mark.parametrize(
    ("data", "name", "complaint"),
    [
        (b"<ink/>", "a.inkml", "a.inkml: there is no ink"),
        (b"[]", "a.json", "no ink"),
        (b"hello", "a.txt", "a.txt: it is a file of an unknown kind; ink is read from InkML"),
        (b"<hello", "a.xml", "a.xml: it is XML with the root element <hello>"),
        (b"<ink><trace>1</trace></ink>", "a.inkml", "a.inkml: trace 0: point 0"),
        (
            json.dumps(random_line(5000).tolist()).encode(),
            "a.json",
            "a.json: a line has 5,000 points, but must have 1",
        ),
        (b'{"strokes":[' + b"[[0,0]]," * 10_000 + b"[[0,0]]]}", "a.json", "it has 10,001 strokes, more than 10,000"),
        (
            b'{"strokes":[' + b"[[0,0]]," * 9000 + b"[[0,0]]]}",
            "a.json",
            "a.json: line 1, stroke 4000: .* 4,000 points",
        ),
        (b" " * (MAX_INK_FILE_BYTES + 1), "a.json", "larger than 2 MB"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_bad_file_leaves_the_line_before(workspace, data, name, complaint):
    old = workspace.from_points("ink", random_line(5, seed=4))
    with pytest.raises(InkError, match=complaint):
        cooperative.run(files.load(workspace, "ink", data, name, 0))
    assert workspace.line("ink") is old


def test_lines_of_writing_stay_lines(workspace):
    """Groups mean words or nothing; what is written below is another line, and the last can be chosen."""
    rows = [[stroke * 40 + [0, 160 * i] for stroke in garlands(6 - i)] for i in range(3)]
    data = inkml.render(rows).replace('<annotation type="ductus:line">', '<annotation type="other">').encode()
    seen = cooperative.run(files.load(workspace, "ink", data, "a.inkml", 2))
    assert (seen["lines"], seen["which"], seen["guessed"]) == (3, 2, True)
    assert workspace.line("ink").points[:, 2].sum() == 4
    (joined,) = inkml.parse(data).lines
    text = json.dumps({"strokes": [stroke.tolist() for stroke in joined]}).encode()
    assert cooperative.run(files.load(workspace, "ink", text, "a.json", 0))["lines"] == 3


def test_the_reader_may_correct_a_guessed_size(workspace):
    data = inkml.render([[stroke * 40 for stroke in garlands()]]).encode()
    widths = []
    for size in (1.0, 2.0, 0.5):
        seen = cooperative.run(files.load(workspace, "ink", data, "a.inkml", 0, size))
        assert seen["guessed"] and seen["size"] == size
        widths.append(np.ptp(workspace.line("ink").places[:, 0]))
    assert np.array(widths) / widths[0] == pytest.approx([1, 2, 0.5], rel=0.01)


def test_a_stated_size_is_not_guessed(workspace):
    data = inkml.render([garlands()], 1.0).encode()
    seen = cooperative.run(files.load(workspace, "ink", data, "a.inkml", 0, 2.0))
    assert not seen["guessed"]
    assert np.ptp(workspace.line("ink").places[:, 0]) == pytest.approx(24, rel=0.02)


def test_one_capital_is_as_large_as_a_capital(workspace):
    data = b"<ink><trace>0 600, 200 0, 400 600</trace><trace>100 350, 300 350</trace></ink>"
    cooperative.run(files.load(workspace, "ink", data, "A.inkml", 0))
    assert 1.2 < np.ptp(workspace.line("ink").places[:, 1]) < 2.8


def test_our_own_drawing_loads_at_its_size_and_a_foreign_one_at_a_guess(workspace):
    """Without the continuations in the first; the second says what was left out."""
    layers = [svg.Layer(garlands(), "ink"), svg.Layer(garlands(3), "continuation-0", ink=False)]
    text = svg.render_layers(layers)
    seen = cooperative.run(files.load(workspace, "ink", text.encode(), "a.svg", 0))
    assert (seen["lines"], seen["guessed"], seen["skipped"]) == (1, False, "<g> that is no ink")
    assert workspace.line("ink").points[:, 2].sum() == 12
    assert np.ptp(workspace.line("ink").places[:, 0]) == pytest.approx(24, rel=0.02)
    foreign = re.sub(' data-[a-z-]+="[^"]*"', "", text).replace("</svg>", "<image/></svg>").encode()
    seen = cooperative.run(files.load(workspace, "ink", foreign, "a.svg", 0))
    assert (seen["guessed"], seen["skipped"]) == (True, "<image>")
