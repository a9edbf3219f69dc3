"""The order of cells: its metrics against naive definitions, its quality against scikit-learn, its signs."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from ductus import cooperative
from ductus.analysis import cell_order, tsne
from ductus.analysis.tsne import TSNE


def signals(cells: int, points: int, seed: int = 0, kinds: int = 5) -> np.ndarray:
    """Cells (T, H) of a few kinds: each is one of some smooth signals, either way up, and noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(points)[:, None] / points
    sources = np.sin(2 * np.pi * (t * rng.uniform(1, 9, kinds) + rng.random(kinds))) + 0.4  # (T, kinds)
    chosen = sources[:, rng.integers(0, kinds, cells)] * rng.choice([-1, 1], cells)
    return (chosen + rng.normal(0, 0.2, (points, cells))).astype(np.float32)


# --- the metrics, each by its definition in words


def features(x, metric):
    """The features of the signals (T, H) of one line: (F, H)."""
    parts = [feature.make(x) for feature in cell_order.METRICS[metric] if len(x) > feature.reach]
    return np.concatenate([np.empty((0, x.shape[1])), *parts])


def naive_features(x, metric):
    """For one cell (T,), number by number."""
    weights = [0.2, 0.4, 1, 0.4, 0.2]
    blurred = [sum(weights[lag] * x[t + lag] for lag in range(5)) for t in range(len(x) - 4)]
    if metric == "plain":
        return list(x)
    if metric == "blurred":
        return blurred
    if metric == "blurred-sobolev":
        return blurred + [after - before for before, after in itertools.pairwise(blurred)]
    windows = [sorted(series[t : t + 5]) for series in (list(x), blurred) for t in range(len(series) - 4)]
    return [value for window in windows for value in window]


@pytest.mark.parametrize("metric", cell_order.METRICS)
@pytest.mark.parametrize("points", [1, 4, 5, 6, 9, 40])
def test_features_are_what_they_are_said_to_be(metric, points):
    x = signals(6, points).astype(np.float64)
    expected = [naive_features(x[:, cell].tolist(), metric) for cell in range(6)]
    found = features(x, metric)
    assert found.shape == (len(expected[0]), 6)
    np.testing.assert_allclose(np.sort(found.T, axis=1), np.sort(expected, axis=1), atol=1e-12)
    if len(found):
        np.testing.assert_allclose(cdist(found.T, found.T), cdist(expected, expected), atol=1e-9)


def test_the_articles_feature_vector():
    """370 steps give 366 windows and 362 of what is blurred; the article lost one of each and had 3,630 numbers."""
    assert features(np.zeros((370, 2)), "percentile").shape == (5 * 366 + 5 * 362, 2)


def test_windows_are_sorted_as_numbers_are():
    """As strings, the way of the article, -10 would come after -1 and 10 before 9."""
    window = np.array([[-1.0], [9.0], [-10.0], [10.0], [0.5]])
    np.testing.assert_array_equal(cell_order.sorted_windows(window)[:, 0], [-10, -1, 0.5, 9, 10])


def test_a_shift_costs_little_by_percentile():
    """What the metric is for: the same peak one point later is nearer than by plain comparison."""
    peaks = np.zeros((40, 3))
    peaks[20, 0] = peaks[21, 1] = peaks[33, 2] = 1
    ratio = {}
    for metric in ("plain", "percentile"):
        d = cell_order.squared_distances([peaks], np.ones(3), metric)
        ratio[metric] = d[0, 1] / d[0, 2]
    assert ratio["plain"] == pytest.approx(1) and ratio["percentile"] < 0.25


@pytest.mark.parametrize("metric", cell_order.METRICS)
def test_distances_over_several_lines(metric, monkeypatch):
    lines = [signals(7, points, seed=points) for points in (3, 50, 77, 9)]
    flip = cell_order.signs(lines)
    every = np.concatenate([features(line * flip, metric) for line in lines])  # (F, H)
    expected = cdist(every.T, every.T, "sqeuclidean")
    for block in (1, 7, cell_order._POINTS):
        monkeypatch.setattr(cell_order, "_POINTS", block)
        found = cell_order.squared_distances(lines, flip, metric)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(found, found.T)
        assert not found.diagonal().any()


def test_distances_are_refused_where_there_are_none():
    with pytest.raises(ValueError, match="too short for the metric 'blurred'"):
        cell_order.squared_distances([signals(5, 4)] * 3, np.ones(5), "blurred")
    with pytest.raises(ValueError, match="no metric 'cosine', only plain, "):
        cell_order.squared_distances([signals(5, 40)], np.ones(5), "cosine")


# --- signs


def test_signs_are_fitted_over_all_the_lines():
    short, long = np.array([[5.0, -1.0, 2.0]]), np.array([[-3.0, -1.0, 1.0]] * 2)
    np.testing.assert_array_equal(cell_order.signs([short]), [1, -1, 1])
    np.testing.assert_array_equal(cell_order.signs([short, long]), [-1, -1, 1])
    np.testing.assert_array_equal(cell_order.signs([long, short]), [-1, -1, 1])


def test_a_tied_sign_is_that_of_the_first_value():
    ties = np.array([[0, 0, 0, 0.1], [1, -1, 0, 0.2], [-1, 1, 0, -0.3]])  # the last sums to 5.6e-17
    assert ties[:, 3].sum() != 0
    np.testing.assert_array_equal(cell_order.signs([ties[:1], ties[1:]]), [1, -1, 1, 1])
    np.testing.assert_array_equal(cell_order.signs([-ties]), [-1, 1, 1, -1])


@given(st.integers(0, 2**32 - 1))
def test_signs_make_cells_that_were_turned_over_the_same_again(seed):
    lines = [signals(9, points, seed) for points in (12, 30)]
    turned = np.random.default_rng(seed).choice([-1, 1], 9).astype(np.float32)
    np.testing.assert_array_equal(
        cell_order.signs([line * turned for line in lines]), cell_order.signs(lines) * turned
    )


# --- quality


def by_scikit_learn(x, ordering, k):
    """Trustworthiness and preservation of cells, columns of x (F, H), that lie in this order."""
    position = np.argsort(ordering)[:, None].astype(float)
    near = [
        NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False) for points in (x.T, position)
    ]
    shared = [len(set(a) & set(b)) for a, b in zip(*near, strict=True)]
    return trustworthiness(x.T, position, n_neighbors=k), np.mean(shared) / k


@pytest.mark.parametrize(("cells", "neighbours"), [(5, 2), (8, 2), (9, 4), (21, 10), (60, 10)])
def test_quality_is_that_of_scikit_learn(cells, neighbours):
    rng = np.random.default_rng(cells)
    x = rng.normal(size=(30, cells))
    ranks = cooperative.run(cell_order.ranks_slices(cdist(x.T, x.T, "sqeuclidean")))
    for ordering in (np.arange(cells), rng.permutation(cells), np.argsort(x[0])):
        found = cell_order.quality(ranks, ordering)
        assert found.neighbours == neighbours
        assert found[1:] == pytest.approx(by_scikit_learn(x, ordering, neighbours), abs=1e-12)


def test_a_perfect_order_has_quality_one_and_chance_has_little():
    x = np.cumsum(np.random.default_rng(0).uniform(1, 1.01, (1, 200)), axis=1)
    ranks = cooperative.run(cell_order.ranks_slices(cdist(x.T, x.T)))
    assert (
        cell_order.quality(ranks, np.arange(200))[1:] == (1, 1) == cell_order.quality(ranks, np.arange(200)[::-1])[1:]
    )
    chances = [cell_order.quality(ranks, np.random.default_rng(seed).permutation(200)) for seed in range(20)]
    assert np.mean([chance.trustworthiness for chance in chances]) == pytest.approx(0.5, abs=0.02)
    assert np.mean([chance.preservation for chance in chances]) == pytest.approx(10 / 199, abs=0.01)


def test_too_few_cells_have_no_quality():
    for n in range(5):
        assert cell_order.quality(np.zeros((n, n), int), np.arange(n)) is None


def test_ranks_count_from_the_nearest_ties_by_number():
    d = np.array([[0, 4, 1, 4], [4, 0, 0, 9], [1, 0, 0, 1], [4, 9, 1, 0]], float)
    expected = [[0, 2, 1, 3], [2, 0, 1, 3], [2, 1, 0, 3], [2, 3, 1, 0]]
    np.testing.assert_array_equal(cooperative.run(cell_order.ranks_slices(d)), expected)


# --- the whole


@pytest.fixture(scope="module")
def lines():
    return [signals(60, points, seed=1) for points in (90, 50)]


SETTINGS = TSNE(perplexity=8, iterations=600)


@pytest.mark.parametrize("metric", cell_order.METRICS)
def test_cells_of_a_kind_lie_together(lines, metric):
    found = cell_order.order_cells(lines[:1], metric, SETTINGS, seed=0)
    assert sorted(found.order) == list(range(60))
    np.testing.assert_array_equal(np.argsort(found.places, kind="stable"), found.order)
    kind = np.abs(np.corrcoef(lines[0].T)) > 0.6  # (H, H)
    side_by_side = [kind[a, b] for a, b in itertools.pairwise(found.order)]
    assert np.mean(side_by_side) > 0.9 > 0.3 > np.mean([kind[a, a + 1] for a in range(59)])
    x = features(lines[0] * found.signs, metric)
    for quality, ordering in ((found.before, np.arange(60)), (found.after, found.order)):
        assert quality[1:] == pytest.approx(by_scikit_learn(x, ordering, 10), abs=1e-12)
    assert found.after.trustworthiness > 0.85 > 0.65 > found.before.trustworthiness
    assert found.after.preservation > 2 * found.before.preservation


def test_the_divergence_is_that_of_the_places(lines):
    found = cell_order.order_cells(lines, "blurred", SETTINGS, seed=0)
    P = tsne.affinities(cell_order.squared_distances(lines, found.signs, "blurred"), 8)
    assert found.kl == pytest.approx(tsne.divergence(P, found.places), rel=1e-6)
    assert found.iterations <= 600


def test_turned_cells_come_in_the_same_order(lines):
    turned = np.random.default_rng(0).choice([-1, 1], 60).astype(np.float32)
    one = cell_order.order_cells(lines, "percentile", SETTINGS, seed=0)
    two = cell_order.order_cells([line * turned for line in lines], "percentile", SETTINGS, seed=0)
    np.testing.assert_array_equal(one.order, two.order)
    np.testing.assert_array_equal(one.signs, two.signs * turned)


def test_whatever_the_seed_the_busier_cells_come_first(lines):
    activity = np.concatenate(lines).mean(axis=0)
    seen = set()
    for seed in range(6):
        found = cell_order.order_cells(lines, "plain", SETTINGS, seed)
        assert np.corrcoef(activity * found.signs, np.argsort(found.order))[0, 1] < 0
        start = np.random.default_rng(seed).standard_normal(60)
        seen.add(np.corrcoef(start, found.places)[0, 1] > 0)
    assert seen == {True, False}  # so some of them had to be turned


def test_places_without_any_tendency_are_turned_by_number():
    flat = np.ones(4)
    np.testing.assert_array_equal(cell_order.orient(np.array([3.0, 0, 1, 2]), flat), [-3, 0, -1, -2])
    np.testing.assert_array_equal(cell_order.orient(np.array([0.0, 3, 1, 2]), flat), [0, 3, 1, 2])
    np.testing.assert_array_equal(cell_order.orient(np.array([0.0, 1]), np.array([1.0, 2])), [0, -1])


def test_an_order_in_slices(lines):
    slices = cell_order.order_cells_slices(lines, "percentile", SETTINGS, 3)
    seen = []
    while True:
        try:
            seen.append(next(slices))
        except StopIteration as end:
            result = end.value
            break
    stages = [progress.stage for progress in seen]
    assert list(dict.fromkeys(stages)) == ["distances", "affinities", "quality", "places"]
    assert all(0 <= progress.done <= progress.total for progress in seen)
    assert all(
        (progress.order is None) == (progress.kl is None) == (progress.embedding is None) for progress in seen[:9]
    )
    last = seen[-1]
    np.testing.assert_array_equal(last.order, result.order)
    assert (last.kl, last.done) == (result.kl, result.iterations)
    places = [progress for progress in seen if progress.stage == "places"]
    assert [progress.done for progress in places] == list(range(result.iterations + 1))
    assert sorted(places[7].order) == list(range(60)) and places[7].kl > last.kl
    np.testing.assert_array_equal(result.order, cell_order.order_cells(lines, "percentile", SETTINGS, 3).order)


def test_an_order_can_be_given_up(lines):
    slices = cell_order.order_cells_slices(lines, "percentile", SETTINGS, 3)
    while next(slices).stage != "places":
        pass
    slices.close()
    with pytest.raises(StopIteration):
        next(slices)


def test_cells_are_not_changed(lines):
    before = [line.copy() for line in lines]
    cell_order.order_cells(lines, "blurred-sobolev", TSNE(8, iterations=3))
    for line, copy in zip(lines, before, strict=True):
        np.testing.assert_array_equal(line, copy)


def test_constant_and_silent_cells_find_a_place():
    x = signals(20, 30)
    x[:, 3] = x[:, 4] = 0
    x[:, 5] = 2
    found = cell_order.order_cells([x], "percentile", TSNE(3, iterations=400))
    assert sorted(found.order) == list(range(20)) and np.isfinite(found.places).all()
    assert abs(np.argsort(found.order)[3] - np.argsort(found.order)[4]) == 1


@pytest.mark.parametrize("cells", [1, 2, 3])
def test_very_few_cells(cells):
    found = cell_order.order_cells([signals(cells, 20)], "plain", TSNE(1, iterations=300))
    assert sorted(found.order) == list(range(cells)) and found.before is found.after is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "one or more arrays"),
        ([np.zeros(20)], "points x cells"),
        ([np.zeros((20, 9)), np.zeros((20, 8))], "of one width"),
        ([np.full((20, 9), np.nan)], "not a number, or far too large"),
        ([np.full((20, 9), 1e300)], "not a number, or far too large"),
        ([np.zeros((20, 8))], "a perplexity of 8 is too large for 8"),
        ([np.zeros((0, 9))], "too short"),
        ([np.zeros((4, 9))], "too short"),
    ],
)
def test_cells_that_cannot_be_ordered_are_refused(lines, words):
    with pytest.raises(ValueError, match=words):
        cell_order.order_cells(lines, "percentile", TSNE(8))


def order_facts(seed):
    import numpy as np

    from ductus.analysis import cell_order
    from ductus.analysis.tsne import TSNE

    t = np.arange(60)[:, None] / 60
    rng = np.random.default_rng(seed)
    cells = np.sin(9 * t * rng.random(40) + 6 * rng.random(40)) + 0.3 * rng.standard_normal((60, 40))
    found = cell_order.order_cells([cells.astype("f4")], "percentile", TSNE(8), seed)
    return [found.order.tolist(), found.signs.tolist(), found.after._asdict(), found.kl, found.iterations]


def test_the_browsers_python_finds_the_same_order(pyodide):
    for seed in range(3):
        here, there = order_facts(seed), pyodide.call(order_facts, seed)
        assert there[:3] == here[:3]
        assert there[3] == pytest.approx(here[3], rel=1e-5)
