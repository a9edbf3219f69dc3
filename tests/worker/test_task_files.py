"""A file as a line: each format at its size, one of several, and invalid files leave the current line."""

import json

import numpy as np
import pytest

from ductus import cooperative
from ductus.formats import inkml
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
        (b"hello", "a.txt", "its name must end in"),
        (b"hello", "a.xml", "a.xml: not well-formed"),
        (b"<ink><trace>1</trace></ink>", "a.inkml", "a.inkml: trace 0: point 0"),
        (json.dumps(random_line(5000).tolist()).encode(), "a.json", "must have 1 to 4,000"),
        (b" " * (MAX_INK_FILE_BYTES + 1), "a.json", "larger than 2 MB"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_bad_file_leaves_the_line_before(workspace, data, name, complaint):
    old = workspace.from_points("ink", random_line(5, seed=4))
    with pytest.raises(InkError, match=complaint):
        cooperative.run(files.load(workspace, "ink", data, name, 0))
    assert workspace.line("ink") is old
