"""Probing as a task: the table and the curves of a line, against the library run to its end."""

import numpy as np
import pytest

from ductus import cooperative
from ductus.analysis.probing import STATISTICS, probe, quantities, strength
from tests.support.networks import random_line
from tests.worker.test_ink_session import MODEL
from worker.tasks import probing
from worker.workspace import Workspace

POINTS = random_line(60, seed=8)


@pytest.fixture
def workspace():
    """A workspace with a line "model" on it."""
    workspace = Workspace(MODEL)
    workspace.from_points("model", POINTS)
    return workspace


def test_the_table_is_that_of_the_library(workspace):
    value = cooperative.run(probing.probe(workspace, "model"))
    expected = probe([(POINTS, MODEL.cells(POINTS))], MODEL.units_per_x_height)
    assert (value["count"], value["units"]) == (60, MODEL.units)
    assert set(value["values"]) == set(STATISTICS)
    for name, numbers in expected.items():
        np.testing.assert_array_equal(value["values"][name], np.float32(numbers))
        strengths = strength(name, numbers)[value["ranks"][name]]
        assert (np.diff(strengths) <= 0).all()
        assert sorted(value["ranks"][name]) == list(range(MODEL.units))


def test_a_line_that_cannot_tell_says_so():
    workspace = Workspace(MODEL)
    workspace.from_points("ink", [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    value = cooperative.run(probing.probe(workspace, "ink"))
    assert "just_lifted" not in value["values"] and "just_lifted" not in value["ranks"]
    assert "x" in value["values"]


def test_the_work_is_done_with_pauses(workspace):
    pauses = sum(1 for _ in probing.probe(workspace, "model"))
    assert pauses > len(POINTS) / workspace.model.slice_points


@pytest.mark.parametrize("name", ["x", "dy", "curvature"])
def test_a_fit_correlates_with_its_cell_as_the_quantity_does(workspace, name):
    value = cooperative.run(probing.curves(workspace, "model", name, [3, 0, 5]))
    cells, fits = value["cells"], value["fits"]
    np.testing.assert_array_equal(cells, MODEL.cells(POINTS)[:, [3, 0, 5]].T)
    pen = quantities(POINTS, MODEL.units_per_x_height)[name]
    known = ~np.isnan(pen)
    np.testing.assert_array_equal(np.isnan(fits), np.broadcast_to(~known, fits.shape))
    for cell, fit in zip(cells, fits, strict=True):
        slope, constant = np.polyfit(pen[known], cell[known], 1)
        np.testing.assert_allclose(fit[known], slope * pen[known] + constant, atol=1e-4)


def test_the_fit_of_a_direction_is_the_angle_that_goes_with_the_cell_best(workspace):
    value = cooperative.run(probing.curves(workspace, "model", "direction", [2]))
    fit, cell = value["fits"][0], value["cells"][0]
    known = ~np.isnan(fit)
    R = cooperative.run(probing.probe(workspace, "model"))["values"]["direction"][2]
    assert np.corrcoef(fit[known], cell[known])[0, 1] == pytest.approx(R, abs=1e-5)


def test_an_event_is_shown_as_it_is(workspace):
    value = cooperative.run(probing.curves(workspace, "model", "lift_to_come", [1, 4]))
    np.testing.assert_array_equal(value["fits"], [POINTS[:, 2]] * 2)


def test_a_missing_line_is_named():
    for task in (probing.probe(Workspace(MODEL), "ink"), probing.curves(Workspace(MODEL), "ink", "x", [0])):
        with pytest.raises(ValueError, match="'ink'"):
            cooperative.run(task)
