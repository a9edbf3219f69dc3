"""The mixtures of a line, and the landscape of one of them, as tasks: against the library, point by point."""

import numpy as np
import pytest

from ductus import cooperative, mixture
from tests.support.networks import random_line
from tests.worker.test_ink_session import MODEL
from tests.worker.test_task_cells import run
from worker.tasks import mixture as mixture_task
from worker.workspace import Workspace

UNITS = MODEL.units_per_x_height


def workspace_with(points, start=(2.0, -1.0)):
    workspace = Workspace(MODEL)
    workspace.from_points("ink", points, start)
    return workspace


def test_mixtures_along_a_line_are_the_models():
    points = random_line(2 * mixture_task.POINTS_PER_SLICE + 7, seed=2)
    workspace = workspace_with(points)
    progress, value = run(mixture_task.along(workspace, "ink"))
    assert progress == [] and value["count"] == len(points) and value["mixtures"] == MODEL.components
    score = MODEL.score(points)
    np.testing.assert_allclose(value["nats"], score.total, rtol=1e-4, atol=1e-4)
    for i in range(len(points)):
        density = MODEL.head(MODEL.feed(points[:i], MODEL.start()))
        np.testing.assert_allclose(value["weights"][i], np.exp(density.log_pi[0]), atol=1e-5)
        np.testing.assert_allclose(value["lifts"][i], mixture.lift_probability(density)[0], atol=1e-5)
        shapes = mixture.ellipses(density)[0]
        np.testing.assert_allclose(value["ellipses"][i, :, :4] * UNITS, shapes[:, :4], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(value["ellipses"][i, :, 4], shapes[:, 4], atol=1e-2)
    places = workspace.line("ink").places
    np.testing.assert_allclose(value["pens"], np.concatenate([[[2.0, -1.0]], places[:-1, :2]]), atol=1e-5)


def test_the_view_takes_in_the_pen_and_where_it_goes():
    workspace = workspace_with(random_line(200, seed=4, spread=3.0))
    value = cooperative.run(mixture_task.along(workspace, "ink"))
    places = workspace.line("ink").places[:, :2]
    for what in (value["pens"], places):
        off = np.hypot(*(what - value["views"][:, :2]).T)
        assert (off <= value["views"][:, 2] * mixture_task.MAX_OFFSET * (1 + 1e-5)).all()
    assert (value["views"][:, 2] >= mixture_task.MIN_VIEW * (1 - 1e-6)).all()


def test_the_view_is_as_wide_as_the_mixture():
    weights, shapes = np.full((50, 1), 1.0), np.zeros((50, 1, 5))
    shapes[30, 0, 2:4] = 1.0
    pens = np.zeros((50, 2))
    views = mixture_task.views(weights, shapes, pens, pens)
    expected = np.full(50, mixture_task.MIN_VIEW)
    expected[30] = mixture_task.VIEW_DEVIATIONS * np.sqrt(2)
    np.testing.assert_allclose(views, np.column_stack([pens, expected]), atol=1e-12)


def test_a_landscape_is_the_log_density():
    points = random_line(12, seed=1)
    workspace = workspace_with(points)
    grid = {"left": -1.0, "top": -2.5, "right": 3.0, "bottom": 0.5, "columns": 40, "rows": 30}
    value = cooperative.run(mixture_task.landscape(workspace, "ink", 9, **grid))
    assert value["heights"].shape == (30, 40) and value["heights"].dtype == np.float32
    density = MODEL.head(MODEL.feed(points[:9], MODEL.start()))
    pen = workspace.line("ink").places[8, :2]
    expected = np.empty((30, 40))
    for row in range(30):
        for column in range(40):
            place = np.array([-1 + 4 * (column + 0.5) / 40, -2.5 + 3 * (row + 0.5) / 30])
            expected[row, column] = mixture.log_density(density, (place - pen)[None] * UNITS)[0]
    expected = np.maximum(expected - expected.max(), mixture_task.MIN_NATS)
    np.testing.assert_allclose(value["heights"], expected, rtol=1e-4, atol=1e-3)


def test_what_is_no_landscape_is_refused():
    workspace = workspace_with(random_line(5))
    good = {"point": 0, "left": 0.0, "top": 0.0, "right": 1.0, "bottom": 1.0, "columns": 4, "rows": 4}
    for bad in ({"point": 5}, {"point": -1}, {"columns": 0}, {"columns": 10**5}, {"right": 0.0}, {"bottom": np.nan}):
        with pytest.raises(ValueError):
            cooperative.run(mixture_task.landscape(workspace, "ink", **(good | bad)))
    with pytest.raises(ValueError, match="'model'"):
        cooperative.run(mixture_task.along(workspace, "model"))
