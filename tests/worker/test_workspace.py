"""Encoded lines in the worker: their known states, against the model run over the whole line."""

import numpy as np
import pytest

from ductus import cooperative
from ductus.ink import InkError
from ductus.model import Model
from ductus.resample import PenClock
from shared.limits import MAX_LINE_POINTS
from tests.support.networks import random_line, random_weights
from tests.worker.test_ink_session import MODEL, STROKES, fed
from worker.tasks import lines
from worker.workspace import ASSUMED_UNITS_PER_X_HEIGHT, Workspace, complete_metadata


def test_states_of_a_line_are_those_that_predict_its_points():
    workspace, points = Workspace(MODEL), random_line(23, seed=1)
    line = workspace.from_points("ink", points)
    cooperative.run(line.encode_slices(9))
    assert line.known == 10
    cooperative.run(line.encode_slices())
    expected = [MODEL.feed(points[:i], MODEL.start()) for i in range(len(points))]
    np.testing.assert_array_equal(line.c[:-1], np.concatenate([state.c for state in expected]))
    np.testing.assert_array_equal(line.h[:-1], np.concatenate([state.h for state in expected]))
    np.testing.assert_array_equal(line.state(23).h, MODEL.feed(points, MODEL.start()).h)


def test_a_line_that_goes_on_keeps_what_is_known():
    workspace, points = Workspace(MODEL), random_line(30, seed=2)
    cooperative.run(workspace.from_points("ink", points[:20]).encode_slices())
    longer = workspace.from_points("ink", points)
    assert longer.known == 21
    other = points.copy()
    other[12, 0] += 1
    changed = workspace.from_points("ink", other)
    assert changed.known == 13
    cooperative.run(changed.encode_slices())
    np.testing.assert_array_equal(changed.c[:-1], MODEL.cells(other))


def test_strokes_are_taken_as_the_pen_clock_makes_them():
    workspace = Workspace(MODEL)
    value = cooperative.run(lines.from_strokes(workspace, "ink", [stroke.ravel() for stroke in STROKES]))
    np.testing.assert_allclose(workspace.line("ink").points, fed(STROKES), atol=1e-9)
    assert value["count"] == len(value["places"]) == len(value["points"])
    ends = np.flatnonzero(value["places"][:, 2])
    np.testing.assert_allclose(value["places"][ends, :2], [stroke[-1] for stroke in STROKES], atol=1e-6)
    np.testing.assert_allclose(value["places"][0, :2], STROKES[0][0], atol=1e-6)


def test_points_are_taken_as_they_are():
    workspace, points = Workspace(MODEL), np.float32(random_line(12, seed=3))
    value = cooperative.run(lines.from_points(workspace, "model", points.ravel()))
    np.testing.assert_array_equal(value["points"], points)
    np.testing.assert_allclose(value["places"][:, :2] * 3.24, points[:, :2].cumsum(0), atol=1e-4)


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.zeros((MAX_LINE_POINTS + 1, 3)), np.full((2, 3), np.nan)])
def test_a_bad_line_leaves_the_old_one(points):
    workspace = Workspace(MODEL)
    old = workspace.from_points("ink", random_line(5, seed=4))
    with pytest.raises(InkError):
        workspace.from_points("ink", points)
    assert workspace.line("ink") is old


def test_no_ink_is_no_line_and_a_missing_line_is_named():
    workspace = Workspace(MODEL)
    with pytest.raises(InkError, match="no ink"):
        cooperative.run(lines.from_strokes(workspace, "ink", []))
    with pytest.raises(ValueError, match="'ink'"):
        workspace.line("ink")


def test_what_the_network_wrote_follows_the_strokes():
    workspace = Workspace(MODEL)
    flat = [stroke.ravel() for stroke in STROKES]
    alone = cooperative.run(lines.from_strokes(workspace, "ink", flat))
    pen = STROKES[-1][-1]
    after = np.array([[*pen, 1], [pen[0] + 1, 0.5, 0], [pen[0] + 2, 0.25, 1]])
    value = cooperative.run(lines.from_strokes(workspace, "ink", flat, after.ravel()))
    assert value["count"] == alone["count"] + 2
    np.testing.assert_array_equal(value["places"][:-2], alone["places"])
    np.testing.assert_allclose(value["places"][-2:], after[1:], atol=1e-5)


def test_weights_without_a_scale_are_refused_unless_one_is_assumed():
    plain = random_weights(units_per_x_height=None)
    with pytest.raises(ValueError, match="x-height"):
        Workspace(Model(plain))
    workspace = Workspace(Model(complete_metadata(plain)))
    assert workspace.model.units_per_x_height == ASSUMED_UNITS_PER_X_HEIGHT and workspace.model.clock == PenClock()
    assert complete_metadata(plain).metadata["sha256"] == plain.metadata["sha256"]
    value = cooperative.run(lines.from_strokes(workspace, "ink", [stroke.ravel() for stroke in STROKES]))
    steps = np.hypot(*np.diff(value["places"][:, :2], axis=0).T)[value["places"][:-1, 2] == 0]
    assert 0.1 < np.median(steps) < 0.25  # x-heights, whatever the network's unit is
    assert complete_metadata(MODEL.weights) is MODEL.weights


def test_what_weights_say_is_not_assumed_away():
    clock = PenClock(step=0.3).to_dict()
    for said in ({"units_per_x_height": 7.0}, {"pen_clock": clock}):
        some = random_weights(**{"units_per_x_height": None, "pen_clock": None} | said)
        known = complete_metadata(some).metadata
        assert {name: known[name] for name in said} == said
        assert known["units_per_x_height"] and known["pen_clock"]
