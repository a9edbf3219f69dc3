"""t-SNE on a line against scikit-learn's exact method, finite differences, and cases that can be worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import squareform
from sklearn.manifold import TSNE as Reference
from sklearn.manifold import _t_sne as reference
from sklearn.manifold import trustworthiness

from ductus.analysis import tsne
from ductus.analysis.tsne import TSNE
from ductus.backend.numpy import tsne_gradient


def distances(x: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances (n, n) of the rows of x (n, d)."""
    return ((x[:, None] - x) ** 2).sum(axis=-1)


def blobs(seed: int, sizes=(20, 25, 30), dimensions: int = 8, apart: float = 4.0) -> np.ndarray:
    """Clusters of points (n, d) around random centres."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0, apart, dimensions) + rng.normal(0, 1, (size, dimensions)) for size in sizes])


def perplexities(conditional: np.ndarray) -> np.ndarray:
    """exp(entropy) of each row (n, n) of probabilities."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.exp(-np.nansum(conditional * np.log(conditional), axis=1))


def gradient(y, P, exaggeration=1.0):
    return tsne_gradient(y, P, exaggeration, np.empty((2, len(y), len(y)), y.dtype))


# --- affinities


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("perplexity", [1.0001, 2, 5.5, 30, 73.9, 74])
def test_every_row_has_the_perplexity_asked_for(perplexity, scale):
    rng = np.random.default_rng(1)
    x = blobs(2) * np.exp(rng.normal(0, 2, (75, 1)))  # crowded and lonely points side by side
    p = tsne.conditional_probabilities(distances(x) * scale, np.arange(75), perplexity)
    np.testing.assert_allclose(perplexities(p), perplexity, rtol=1e-5)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert not p.diagonal().any()
    nearer = np.argsort(distances(x) + np.diag(np.full(75, np.inf)), axis=1)
    assert (np.diff(np.take_along_axis(p, nearer, axis=1)[:, :-1], axis=1) <= 1e-15).all()


@given(st.integers(3, 25), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_whatever_the_distances_the_perplexity_is_reached(n, seed, share):
    perplexity = (n - 1) ** share
    d = squareform(np.exp(np.random.default_rng(seed).normal(0, 3, n * (n - 1) // 2)))  # no metric at all
    p = tsne.conditional_probabilities(d, np.arange(n), perplexity)
    np.testing.assert_allclose(perplexities(p), perplexity, rtol=1e-5)


@pytest.mark.parametrize("perplexity", [5, 30])
def test_affinities_are_those_of_scikit_learn(perplexity):
    d = distances(blobs(3))
    P = tsne.affinities(d, perplexity)
    expected = squareform(reference._joint_probabilities(d.astype(np.float32), perplexity, 0))
    np.testing.assert_allclose(P, expected, rtol=2e-4, atol=1e-9)  # theirs are sought to 1e-5, in float32
    np.testing.assert_array_equal(P, P.T)
    assert P.sum() == pytest.approx(1, abs=1e-12)


def test_more_twins_than_neighbours_share_evenly():
    x = np.concatenate([np.zeros((10, 2)), 5 + np.random.default_rng(0).normal(size=(6, 2))])
    p = tsne.conditional_probabilities(distances(x), np.arange(16), 4)
    np.testing.assert_allclose(p[:10, :10], (1 - np.eye(10)) / 9, atol=1e-8)
    np.testing.assert_allclose(perplexities(p[10:]), 4, rtol=1e-5)
    # twins that rounding has parted are twins still
    jittered = distances(x)
    jittered[:10, :10] += 1e-14 * squareform(np.random.default_rng(1).random(45))
    np.testing.assert_allclose(tsne.conditional_probabilities(jittered, np.arange(16), 4), p, atol=1e-2)


def test_where_all_are_alike_all_are_neighbours():
    np.testing.assert_allclose(tsne.affinities(np.zeros((6, 6)), 2), (1 - np.eye(6)) / 30)
    np.testing.assert_allclose(tsne.affinities(1 - np.eye(6), 3), (1 - np.eye(6)) / 30)


def test_affinities_in_slices():
    d = distances(blobs(4, (200, 150)))
    done = list(tsne.affinities_slices(d, 30))
    assert done[-1] == 350 and len(done) > 5 and done == sorted(set(done))
    whole = tsne.conditional_probabilities(d, np.arange(350), 30)
    np.testing.assert_allclose(tsne.affinities(d, 30), (whole + whole.T) / 700, rtol=1e-12)


def bad_distances():
    good = distances(np.random.default_rng(0).normal(size=(5, 2)))
    for place, value in (((1, 2), 7.0), ((3, 3), 1.0), (([0, 4], [4, 0]), math.nan), (([0, 4], [4, 0]), -1.0)):
        bad = good.copy()
        bad[place] = value
        yield bad
    yield good[:4]


@pytest.mark.parametrize("bad", list(bad_distances()))
def test_what_are_no_distances_is_refused(bad):
    with pytest.raises(ValueError, match="distance"):
        tsne.affinities(bad, 2)


@pytest.mark.parametrize(("n", "perplexity"), [(5, 4.1), (5, 50), (3, 2.5), (2, 1.5), (5, 0.9), (5, math.nan)])
def test_a_perplexity_that_cannot_be_is_refused(n, perplexity):
    with pytest.raises(ValueError, match="perplexity"):
        tsne.affinities(distances(np.random.default_rng(0).normal(size=(n, 2))), perplexity)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("perplexity", [1, 2, 50])
def test_very_few_things(n, perplexity):
    d = distances(np.random.default_rng(n).normal(size=(n, 2)))
    if n > 1 and perplexity > n - 1:
        with pytest.raises(ValueError, match=f"at most {n - 1}"):
            tsne.affinities(d, perplexity)
        return
    P = tsne.affinities(d, perplexity)
    assert P.shape == (n, n) and P.sum() == pytest.approx(float(n > 1))
    end = TSNE(perplexity).run(P, seed=1)
    assert end.places.shape == (n,) and np.isfinite(end.places).all()
    assert end.kl == pytest.approx(0, abs=1e-6) if n < 3 else 0 <= end.kl < 0.7
    assert end.places.sum() == pytest.approx(0, abs=1e-5)


# --- divergence and gradient


def by_the_book(y, P, exaggeration):
    """Equations 4 and 5, pair by pair."""
    n = len(y)
    w = [[0.0 if i == j else 1 / (1 + (y[i] - y[j]) ** 2) for j in range(n)] for i in range(n)]
    Z = sum(map(sum, w))
    return [
        4 * sum((exaggeration * P[i, j] - w[i][j] / Z) * (y[i] - y[j]) * w[i][j] for j in range(n)) for i in range(n)
    ]


@pytest.mark.parametrize("exaggeration", [1.0, 4.0])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 1e-6)])
def test_the_gradient_is_equation_5(exaggeration, dtype, tolerance):
    P = tsne.affinities(distances(blobs(5, (8, 9))), 5)
    y = np.random.default_rng(0).normal(0, 2, 17)
    found = gradient(y.astype(dtype), P.astype(dtype), exaggeration)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, by_the_book(y, P, exaggeration), atol=tolerance)


@pytest.mark.parametrize("spread", [1e-4, 1.0, 30.0])
def test_the_gradient_is_the_slope_of_the_divergence(spread):
    P = tsne.affinities(distances(blobs(6)), 12)
    y = np.random.default_rng(1).normal(0, spread, len(P))
    found, h = gradient(y, P), 1e-4 * min(max(spread, 0.01), 1)
    for i in range(0, len(y), 7):
        there, back = y.copy(), y.copy()
        there[i] += h
        back[i] -= h
        slope = (tsne.divergence(P, there) - tsne.divergence(P, back)) / (2 * h)
        assert found[i] == pytest.approx(slope, rel=1e-5, abs=2e-9)


@pytest.mark.parametrize("spread", [1e-4, 1.0, 30.0])
def test_divergence_and_gradient_are_those_of_scikit_learn(spread):
    P = tsne.affinities(distances(blobs(7)), 15)
    y = np.random.default_rng(2).normal(0, spread, len(P))
    kl, slope = reference._kl_divergence(y, squareform(P, checks=False), 1, len(P), 1)
    assert tsne.divergence(P, y) == pytest.approx(kl, rel=1e-9)
    np.testing.assert_allclose(gradient(y, P), slope, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("m", [2, 5, 40])
@pytest.mark.parametrize("gap", [0.1, 1.0, 12.0])
def test_two_heaps_by_hand(m, gap):
    """Two heaps of m twins each, `gap` apart: ln(1 + m / ((m - 1) (1 + gap^2)))."""
    P = np.kron(np.eye(2), 1 - np.eye(m)) / (2 * m * (m - 1))
    y = np.repeat([0.0, gap], m)
    ratio = m / (m - 1)
    assert tsne.divergence(P, y) == pytest.approx(math.log1p(ratio / (1 + gap**2)))
    slope = -2 * gap * ratio / (1 + gap**2) ** 2 / (1 + ratio / (1 + gap**2))  # by the gap, shared by m things
    np.testing.assert_allclose(gradient(y, P), np.repeat([-slope, slope], m) / m, rtol=1e-10)


def test_a_gradient_over_any_distance_is_finite():
    P = tsne.affinities(distances(blobs(8, (3, 3))), 2).astype(np.float32)
    far = np.array([0, 1e12, -1e12, 3e15, 5, -7], np.float32)
    assert np.isfinite(gradient(far, P)).all()
    assert np.isfinite(gradient(np.zeros(6, np.float32), P)).all()


# --- the run


def test_two_heaps_come_apart():
    x = np.concatenate([np.zeros((12, 2)), np.full((12, 2), 9.0)])
    mixed = np.random.default_rng(3).permutation(24)
    P = tsne.affinities(distances(x[mixed]), 11)
    end = TSNE(perplexity=11, iterations=1500).run(P, seed=0)
    left, right = (end.places[mixed < 12], end.places[mixed >= 12])
    if left.mean() > right.mean():
        left, right = right, left
    gap = right.min() - left.max()
    assert gap > 50 * max(np.ptp(left), np.ptp(right))
    assert end.kl == pytest.approx(math.log1p(12 / (11 * (1 + gap**2))), rel=0.02)


def by_scikit_learn(d, perplexity, start, **options):
    """The places (n,) that scikit-learn's exact method finds from these."""
    options |= {"method": "exact", "learning_rate": 10, "max_iter": 1000, "n_iter_without_progress": 1000}
    model = Reference(1, perplexity=perplexity, metric="precomputed", init=start[:, None], **options)
    return model.fit_transform(np.sqrt(d))[:, 0]


@pytest.mark.parametrize(("x", "perplexity"), [(blobs(0), 15), (np.random.default_rng(2).normal(size=(80, 5)), 20)])
def test_it_gets_as_low_as_scikit_learn(x, perplexity):
    """On a line the descent ends in one of several valleys, so the best of four runs are compared."""
    d = distances(x)
    P = tsne.affinities(d, perplexity)
    ours, theirs = [], []
    for seed in range(4):
        ours.append(TSNE(perplexity, iterations=1500).run(P, seed).places)
        start = np.random.default_rng(seed).normal(0, 1e-4, len(x))
        theirs.append(by_scikit_learn(d, perplexity, start, early_exaggeration=4))
    best, rival = (min(ends, key=lambda y: tsne.divergence(P, y)) for ends in (ours, theirs))
    low = tsne.divergence(P, best)
    assert low < 1.01 * tsne.divergence(P, rival)
    worth = [trustworthiness(x, y[:, None], n_neighbors=10) for y in (best, rival)]
    assert worth[0] > worth[1] - 0.02
    # and from there scikit-learn finds nothing lower
    onwards = by_scikit_learn(d, perplexity, best.astype(np.float64), early_exaggeration=1)
    assert low == pytest.approx(tsne.divergence(P, onwards), rel=0.01)
    np.testing.assert_array_equal(np.argsort(onwards), np.argsort(best))


def test_a_curve_is_unrolled():
    """Things along a spiral in space come to lie on the line in their order."""
    t = np.linspace(0, 12, 90)
    mixed = np.random.default_rng(5).permutation(90)
    x = np.column_stack([np.cos(t), np.sin(t), 0.8 * t])[mixed]
    runs = [TSNE(12).run(tsne.affinities(distances(x), 12), seed) for seed in range(4)]
    best = min(runs, key=lambda end: end.kl)
    assert abs(np.corrcoef(np.argsort(np.argsort(best.places)), mixed)[0, 1]) > 0.999


@pytest.fixture(scope="module")
def P():
    return tsne.affinities(distances(blobs(9)), 10)


def test_a_run_shows_every_iteration(P):
    seen = list(TSNE(10, iterations=320, settled=0).run_slices(P, seed=4))
    assert [progress.iteration for progress in seen] == list(range(321))
    start = np.random.default_rng(4).standard_normal(75) * 1e-4
    np.testing.assert_array_equal(seen[0].places, start)
    for progress in seen[1:]:
        assert abs(progress.places.mean()) < 1e-5 * max(1, np.ptp(progress.places))
    assert seen[-1].kl == pytest.approx(tsne.divergence(P, seen[-1].places))
    assert seen[-1].kl < 0.6 * seen[0].kl
    assert len({progress.places.tobytes() for progress in seen}) == 321  # each has its own copy


def test_a_run_can_be_cancelled_and_started_again(P):
    slices = TSNE(10).run_slices(P, seed=4)
    first = [next(slices).places for _ in range(40)]
    slices.close()
    again = TSNE(10).run_slices(P, seed=4)
    np.testing.assert_array_equal(first, [next(again).places for _ in range(40)])
    assert not np.array_equal(next(TSNE(10).run_slices(P, seed=5)).places, first[0])


def test_the_same_seed_gives_the_same_places(P):
    one, two = (TSNE(10, iterations=400).run(P, seed=6) for _ in range(2))
    np.testing.assert_array_equal(one.places, two.places)


def test_the_mirror_image_of_a_start_ends_in_the_mirror_image(P, monkeypatch):
    """Nothing in the descent knows left from right."""
    one = TSNE(10, iterations=300).run(P, seed=7, dtype=np.float64)
    monkeypatch.setattr(tsne, "_INITIAL_SPREAD", -tsne._INITIAL_SPREAD)
    two = TSNE(10, iterations=300).run(P, seed=7, dtype=np.float64)
    np.testing.assert_array_equal(one.places, -two.places)


def test_it_ends_when_it_has_settled():
    P = tsne.affinities(distances(np.random.default_rng(2).normal(size=(80, 5))), 20)
    short, whole = TSNE(20).run(P, seed=1), TSNE(20, settled=0).run(P, seed=1)
    assert 250 < short.iteration < 1000 and whole.iteration == 4000
    assert short.kl == pytest.approx(whole.kl, rel=1e-5)
    np.testing.assert_array_equal(np.argsort(short.places), np.argsort(whole.places))


def test_float32_finds_what_float64_finds():
    P = tsne.affinities(distances(np.random.default_rng(2).normal(size=(80, 5))), 20)
    single, double = (TSNE(20).run(P, seed=1, dtype=dtype) for dtype in (np.float32, np.float64))
    assert single.places.dtype == np.float32 and double.places.dtype == np.float64
    np.testing.assert_allclose(single.places, double.places, atol=1e-3)


def test_the_descent_is_that_of_the_reference_implementation(P):
    """Momentum, gains, exaggeration and centring as in van der Maaten's code and tsnejs, thing by thing."""
    settings = TSNE(10, iterations=12, exaggerated=5, momentum_switch=8)
    y = np.random.default_rng(8).standard_normal(75) * 1e-4
    velocity, gain = np.zeros(75), np.ones(75)
    for iteration in range(12):
        slope = by_the_book(y, P, 4.0 if iteration < 5 else 1.0)
        for i in range(75):
            gain[i] = gain[i] * 0.8 if np.sign(slope[i]) == np.sign(velocity[i]) else gain[i] + 0.2
            gain[i] = max(gain[i], 0.01)
            velocity[i] = (0.5 if iteration < 8 else 0.8) * velocity[i] - 10 * gain[i] * slope[i]
        y = y + velocity
        y = y - y.mean()
    np.testing.assert_allclose(settings.run(P, seed=8, dtype=np.float64).places, y, rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize(
    "settings",
    [
        {"perplexity": 0.5},
        {"perplexity": math.inf},
        {"iterations": -1},
        {"iterations": 10**9},
        {"learning_rate": 0},
        {"learning_rate": math.nan},
        {"exaggeration": 0.5},
        {"exaggerated": -1},
        {"momentum": 1},
        {"final_momentum": -0.1},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings):
    with pytest.raises(ValueError):
        TSNE(**settings)
