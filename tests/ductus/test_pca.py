"""Principal components against scikit-learn's, and the solver of its own against numpy's."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ductus import cooperative
from ductus.analysis import pca
from ductus.analysis.cell_order import signs
from ductus.model import Model
from tests.support.networks import random_line, random_weights


def same_up_to_sign(found, expected, atol):
    np.testing.assert_allclose(np.abs((found * expected).sum(axis=1)), 1, atol=atol)


@pytest.mark.parametrize(("points", "units"), [(60, 8), (60, 40), (20, 64), (3, 30), (400, 120)])
def test_components_are_scikit_learns(points, units):
    rng = np.random.default_rng(points + units)
    cells = rng.normal(size=(points, units)) @ rng.normal(size=(units, units)) * 0.95 ** np.arange(units) + 3
    found = pca.fit(cells, 10)
    rank = min(points - 1, units)
    reference = PCA(svd_solver="full").fit(cells)
    kept = min(10, rank)
    assert len(found.share) == rank and found.scores.shape == (points, kept)
    np.testing.assert_allclose(found.share, reference.explained_variance_ratio_[:rank], atol=1e-10)
    np.testing.assert_allclose(found.deviation, np.sqrt(reference.explained_variance_[:kept]), rtol=1e-7)
    same_up_to_sign(found.vectors, reference.components_[:kept], 1e-9)
    np.testing.assert_allclose(np.abs(found.scores), np.abs(reference.transform(cells)[:, :kept]), atol=1e-6)


def test_the_cells_of_a_network():
    cells = Model(random_weights(units=50)).cells(random_line(150))
    found = pca.fit(cells, 12)
    reference = PCA(svd_solver="full").fit(np.float64(cells))
    np.testing.assert_allclose(found.share, reference.explained_variance_ratio_[: len(found.share)], atol=1e-9)
    same_up_to_sign(found.vectors, reference.components_[:12], 1e-7)
    np.testing.assert_allclose(found.scores, (cells - cells.mean(axis=0)) @ found.vectors.T, atol=1e-5)


def test_signs_follow_the_rule_of_the_order():
    cells = Model(random_weights(units=20)).cells(random_line(80, seed=3))
    found = pca.fit(cells, 20)
    along = np.float64(cells) @ found.vectors.T
    np.testing.assert_array_equal(signs([along]), 1)
    turned = pca.fit(-cells, 20)  # every cell the other way round: the components too
    np.testing.assert_allclose(turned.vectors, -found.vectors, atol=1e-6)


def test_values_that_coincide_are_all_found():
    """Four groups of cells that move alike and as much: from one start Lanczos sees each value once."""
    rng = np.random.default_rng(5)
    basis = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    time = rng.normal(size=(40, 12))
    time = np.linalg.qr(time - time.mean(axis=0))[0]
    cells = time * np.repeat([4.0, 2.0, 1.0], 4) @ basis
    found = pca.fit(cells, 12)
    np.testing.assert_allclose(found.share, np.repeat([16, 4, 1], 4) / 84, atol=1e-10)
    np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(12), atol=1e-9)
    covariance = np.cov(cells.T)
    np.testing.assert_allclose(covariance @ found.vectors.T, found.vectors.T * found.deviation**2, atol=1e-9)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 90])
def test_a_tridiagonal_matrix_against_numpy(size):
    rng = np.random.default_rng(size)
    diagonal, beside = rng.normal(size=size), rng.normal(size=size - 1)
    beside[rng.random(size - 1) < 0.1] = 0
    matrix = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    values = cooperative.run(pca._eigenvalues(diagonal, beside))
    expected = np.linalg.eigvalsh(matrix)
    np.testing.assert_allclose(values, expected[::-1], atol=1e-12)
    found = cooperative.run(pca._eigenvectors(diagonal, beside, values))
    np.testing.assert_allclose(matrix @ found, found * values, atol=1e-9)


def test_how_many_are_needed():
    share = np.array([0.5, 0.25, 0.125, 0.125])
    assert [pca.components_needed(share, part) for part in (0, 0.5, 0.51, 0.75, 0.9, 1, 2)] == [1, 1, 2, 2, 4, 4, 4]


def test_pauses_are_frequent():
    """With 500 cells the work is in some hundred pieces, none of which holds a page up for long."""
    cells = np.random.default_rng(1).normal(size=(60, 500))
    assert sum(1 for _ in pca.fit_slices(cells, 40)) > 60


@pytest.mark.parametrize(
    "cells", [np.zeros((1, 5)), np.zeros(5), np.zeros((4, 3)), np.full((4, 3), np.nan), [[2, 3], [2, 3]]]
)
def test_what_has_no_components_is_refused(cells):
    with pytest.raises(ValueError):
        pca.fit(cells, 3)
