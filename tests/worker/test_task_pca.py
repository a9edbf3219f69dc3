"""The principal components of a line's cells, as a task: against the library and scikit-learn."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ductus import cooperative
from tests.support.networks import random_line
from tests.worker.test_ink_session import MODEL
from tests.worker.test_task_cells import run
from worker.tasks import pca
from worker.workspace import Workspace


def test_components_of_a_line_are_those_of_its_cells():
    points = random_line(90, seed=6)
    workspace = Workspace(MODEL)
    workspace.from_points("ink", points)
    progress, value = run(pca.fit(workspace, "ink", 5))
    cells = np.float64(MODEL.cells(points))
    reference = PCA(svd_solver="full").fit(cells)
    assert progress == [] and value["count"] == 90 and value["kept"] == 5
    np.testing.assert_allclose(value["share"], reference.explained_variance_ratio_, atol=1e-6)
    scores = reference.transform(cells)[:, :5]
    np.testing.assert_allclose(value["deviation"], scores.std(axis=0, ddof=1), rtol=1e-4)
    sign = np.sign((value["scores"] * scores).sum(axis=0))
    np.testing.assert_allclose(value["scores"], scores * sign / scores.std(axis=0, ddof=1), atol=1e-3)
    assert (cells @ (reference.components_[:5].T * sign)).sum(axis=0).min() > 0
    for k in range(5):
        weights = reference.components_[k] * sign[k]
        order = np.argsort(-np.abs(weights))[: pca.HEAVIEST]
        np.testing.assert_array_equal(value["cells"][k], order)
        np.testing.assert_allclose(value["weights"][k], weights[order], atol=1e-4)
    total = np.cumsum(reference.explained_variance_ratio_)
    for part, needed in zip(pca.PARTS, value["needed"], strict=True):
        assert total[needed - 1] >= part - 1e-9 and (needed == 1 or total[needed - 2] < part)


def test_a_line_of_one_point_has_none():
    workspace = Workspace(MODEL)
    workspace.from_points("ink", random_line(1))
    with pytest.raises(ValueError, match="two points"):
        cooperative.run(pca.fit(workspace, "ink", 5))
    with pytest.raises(ValueError, match="'model'"):
        cooperative.run(pca.fit(workspace, "model", 5))
