"""Families of cells: the best cuts against every possible one, and names that follow from the numbers."""

import itertools

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from ductus import cooperative
from ductus.analysis import families
from ductus.analysis.families import MIN_CELLS


def cuts(cells, order, signs=None):
    signs = np.ones(cells.shape[1]) if signs is None else signs
    return cooperative.run(families.cuts_slices([cells[:20], cells[20:]], order, signs))


def cost(signals, edges):
    """Return the sum of squared distances from the mean of each piece: signals (H, T) scaled to length 1."""
    return sum(
        (cdist(piece, piece.mean(axis=0, keepdims=True)) ** 2).sum()
        for piece in np.split(signals, edges)
        if len(piece)
    )


def test_no_other_cuts_are_better():
    """Try all cuts of 32 cells into three pieces."""
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(45, 32)).cumsum(axis=0)
    order, signs = rng.permutation(32), np.where(rng.random(32) < 0.5, -1.0, 1.0)
    found = cuts(cells, order, signs)
    assert len(found) == 3 and found[0] == 0
    signals = ((cells * signs)[:, order] / np.linalg.norm(cells[:, order], axis=0)).T
    possible = [
        pair for pair in itertools.combinations(range(MIN_CELLS, 33 - MIN_CELLS), 2) if pair[1] - pair[0] >= MIN_CELLS
    ]
    least = min(cost(signals, pair) for pair in possible)
    assert tuple(found[1:]) in possible and cost(signals, found[1:]) == pytest.approx(least, abs=1e-9)


def test_groups_are_found_whatever_their_size_and_sign():
    rng = np.random.default_rng(1)
    shapes, sizes = rng.normal(size=(8, 60)), [10, 12, 40, 11, 30, 15, 10, 20]
    signals = np.concatenate([np.repeat(shape[None], size, 0) for shape, size in zip(shapes, sizes, strict=True)])
    scale = rng.uniform(0.01, 5, len(signals)) * np.where(rng.random(len(signals)) < 0.5, -1, 1)
    cells = (signals * scale[:, None]).T + 1e-4 * rng.normal(size=(60, len(signals)))
    order = rng.permutation(len(signals))
    found = cuts(cells[:, np.argsort(order)], order, np.sign(scale)[np.argsort(order)])
    np.testing.assert_array_equal(found, np.cumsum([0, *sizes[:-1]]))


@pytest.mark.parametrize("units", [1, 5, MIN_CELLS, 2 * MIN_CELLS - 1])
def test_few_cells_are_one_family(units):
    cells = np.random.default_rng(0).normal(size=(45, units))
    cells[:, 0] = 0
    assert list(cuts(cells, np.arange(units))) == [0]


def table(**strengths):
    return {name: np.array(values, float) for name, values in strengths.items()}


def test_a_family_has_the_name_of_what_it_holds_most_of():
    first = np.r_[np.full(10, 0.9), np.full(40, 0.1)]
    second = np.r_[np.full(40, 0.5), np.full(10, 0.0)]  # as an AUC: no better than chance, and always low
    some = table(x=-first, just_lifted=second)
    found = families.name_families(some, np.arange(50), np.array([0, 10, 40]), ["x", "just_lifted"])
    assert [(family.first, family.end, family.name) for family in found] == [
        (0, 10, "x"),
        (10, 40, ""),
        (40, 50, "just_lifted"),
    ]
    assert found[0].excess == pytest.approx(5) and found[0].strength == pytest.approx(0.9)
    assert found[2].strength == pytest.approx(1)
    turned = families.name_families(some, np.arange(50)[::-1], np.array([0, 10, 40]), ["x", "just_lifted"])
    assert [family.name for family in turned] == ["just_lifted", "", "x"]


def test_neighbours_of_one_name_are_one_family():
    values = np.r_[np.full(10, 0.9), np.full(40, 0.1)]
    some = table(x=values) | {"y": None}
    found = families.name_families(some, np.arange(50), np.array([0, 5, 10, 30]), ["x", "y"])
    assert [(family.first, family.end, family.name) for family in found] == [(0, 10, "x"), (10, 50, "")]


def test_what_is_common_to_all_cells_or_weak_in_all_names_none():
    for values in (np.full(50, 0.95), np.r_[np.full(10, 0.29), np.full(40, 0.1)]):
        found = families.name_families(table(x=values), np.arange(50), np.array([0, 10]), ["x"])
        assert [family.name for family in found] == [""]
