"""The parts of the evaluation against SciPy, closed forms, and networks with known output."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.stats

from ductus.lstm import State
from ductus.mixture import split
from ductus.model import Model
from ductus.weights.quantise import Quantised
from ductus.weights.weights import Weights
from tests.support.networks import random_line, random_weights
from tests.training import synthetic
from weights.training.data import baselines
from weights.training.data.dataset import Dataset
from weights.training.evaluate import (
    bootstrap,
    calibration,
    drift,
    fans,
    likelihood,
    penmanship,
    quantisation,
    reading,
)


def ink_of(lines, writer=None):
    """Return lines (N, 3) as a Dataset, each by its own writer unless `writer` says otherwise."""
    offsets = np.cumsum([0] + [len(line) for line in lines])
    writer = np.arange(len(lines)) if writer is None else np.asarray(writer)
    points = np.concatenate(lines).astype(np.float32)
    return Dataset(points, offsets, writer.astype(np.int32), np.zeros(len(lines), np.int32), ("",))


@pytest.fixture(scope="module")
def model():
    return Model(random_weights(units=16, mixtures=4, seed=3))


@pytest.fixture(scope="module")
def drawn(model):
    """Ink that the network wrote at T = 1, and its reading of it."""
    ink = ink_of(list(model.continue_(model.start(), 60, 150, 1.0, 5)))
    return ink, reading.read(model, ink.points.astype(np.float64), ink.offsets)


# --- reading


def test_reading_scores_as_the_model_does(model):
    lines = [random_line(n, seed=n) for n in (3, 60, 17, 200, 1)]
    ink = ink_of(lines)
    read = reading.read(model, ink.points.astype(np.float64), ink.offsets)
    for line, first, last in zip(lines, ink.offsets, ink.offsets[1:], strict=False):
        expected = model.score(np.float32(line))
        np.testing.assert_allclose(read.position[first:last], expected.position, atol=1e-4)
        np.testing.assert_allclose(read.lift[first:last], expected.lift, atol=1e-4)


def test_reading_keeps_the_states_asked_for(model):
    lines = [random_line(n, seed=n) for n in (30, 50)]
    ink = ink_of(lines)
    read = reading.read(model, ink.points.astype(np.float64), ink.offsets, [0, 12, 30, 79])
    for number, line, before in ((0, 0, 0), (12, 0, 12), (30, 1, 0), (79, 1, 49)):
        expected = model.feed(np.float32(lines[line][:before]), model.start())
        np.testing.assert_allclose(read.states[number].h, expected.h, atol=1e-5)
        np.testing.assert_allclose(read.states[number].c, expected.c, atol=1e-5)
    assert sorted(read.states) == [0, 12, 30, 79]


def test_marginal_distributions_are_scipys():
    rng = np.random.default_rng(0)
    density, offsets = split(rng.normal(0, 1, (7, 1 + 6 * 5))), rng.normal(0, 2, (7, 2))
    expected = np.zeros((7, 2))
    for component in range(5):
        mu, sigma = density.mu[:, component], np.exp(density.log_sigma[:, component])
        expected += np.exp(density.log_pi[:, component, None]) * scipy.stats.norm.cdf(offsets, mu, sigma)
    np.testing.assert_allclose(reading.marginal_cdf(density, offsets), expected, atol=1e-14)


# --- calibration


def test_a_network_is_calibrated_on_what_it_wrote_itself(drawn):
    ink, read = drawn
    n = len(ink.points)
    for values in (read.pit_x, read.pit_y):
        assert scipy.stats.kstest(values, "uniform").pvalue > 0.01
        assert calibration.transform(values)["distance"] < 1.63 / math.sqrt(n)  # the 1 % point
    report = calibration.reliability(read.lift_probability, ink.points[:, 2])
    for row in report["by_chance"] + report["by_rank"]:
        deviation = math.sqrt(row["predicted"] * (1 - row["predicted"]) / row["points"])
        assert abs(row["happened"] - row["predicted"]) < 4 * deviation + 1e-3
    assert report["error"] < 0.02


def test_a_network_is_not_calibrated_on_ink_of_another_temperature(model):
    ink = ink_of(list(model.continue_(model.start(), 60, 150, 0.5, 5)))
    read = reading.read(model, ink.points.astype(np.float64), ink.offsets)
    summary = calibration.summary(read, ink.points[:, 2], likelihood.pen_masks(ink.points, ink.offsets))
    assert summary["dx"]["all"]["distance"] > 0.05
    middle = np.array(summary["dy"]["in_stroke"]["tenths"])[3:7]
    assert middle.sum() > 0.45  # too narrow, so too many in the middle


def test_transform_is_the_kolmogorov_smirnov_statistic():
    values = np.random.default_rng(1).beta(2, 3, 500)
    report = calibration.transform(values)
    assert report["distance"] == pytest.approx(scipy.stats.kstest(values, "uniform").statistic, abs=1e-12)
    np.testing.assert_allclose(np.array(report["tenths"]) * 500, np.histogram(values, 10, (0, 1))[0])


def test_reliability_of_known_chances():
    rng = np.random.default_rng(2)
    chance = rng.random(200_000)
    event = rng.random(200_000) < chance
    honest = calibration.reliability(chance, event)
    assert [row["tenth"] for row in honest["by_chance"]] == list(range(10))
    assert honest["error"] < 0.006
    for row in honest["by_chance"]:
        assert row["predicted"] == pytest.approx(row["tenth"] / 10 + 0.05, abs=0.002)
        assert row["happened"] == pytest.approx(row["predicted"], abs=0.015)
    assert sum(row["points"] for row in honest["by_rank"]) == 200_000
    # predicting the square of the probability is off by E[p - p^2] = 1/6
    assert calibration.reliability(chance**2, event)["error"] == pytest.approx(1 / 6, abs=0.005)


# --- likelihood


@pytest.fixture(scope="module")
def made_up():
    points, offsets, writer = synthetic.rows(60, 12, seed=4)
    return Dataset(points, offsets, writer, np.arange(60, dtype=np.int32) % 2, ("", ""))


def least_squares(points, offsets):
    """Return mean nats of offsets predicted linearly from the one before: one fit after lifts, one inside strokes."""
    targets, before = points[:, :2], np.vstack([np.zeros((1, 3)), points[:-1]])  # (N, 2), (N, 3)
    before[offsets[:-1]] = 0
    total = 0.0
    for pen in (0, 1):
        chosen = before[:, 2] == pen
        inputs = np.column_stack([np.ones(chosen.sum()), before[chosen, :2]])  # (n, 3)
        residuals = targets[chosen] - inputs @ np.linalg.lstsq(inputs, targets[chosen], rcond=None)[0]
        total += 0.5 * np.log(2 * np.pi * np.e * np.square(residuals).mean(0)).sum() * chosen.sum()
    return total / len(points)


def test_baselines_are_those_of_training_and_scipy(made_up):
    points = made_up.points.astype(np.float64)
    one = np.repeat(np.unique(made_up.writer, return_inverse=True)[1], made_up.lengths)
    sums = likelihood.products(points, made_up.offsets, one).sum(0, keepdims=True)
    assert likelihood.marginal(sums)[0] == pytest.approx(baselines.marginal(points).position, abs=1e-10)
    assert likelihood.linear(sums)[0] == pytest.approx(least_squares(points, made_up.offsets), abs=1e-9)
    normal = sum(scipy.stats.norm(*scipy.stats.norm.fit(axis)).logpdf(axis).mean() for axis in points[:, :2].T)
    assert likelihood.marginal(sums)[0] == pytest.approx(-normal, abs=1e-10)
    lift = points[:, 2]
    expected = scipy.stats.bernoulli(lift.mean()).entropy()
    assert likelihood.bernoulli(np.array([lift.mean()]))[0] == pytest.approx(expected, abs=1e-12)
    assert likelihood.bernoulli(np.array([0.0, 1.0])).tolist() == [0, 0]


def test_the_linear_yardstick_finds_the_noise_of_an_autoregression():
    rng = np.random.default_rng(5)
    points = np.zeros((40_000, 3))
    noise = rng.normal(0, [0.1, 0.3], (len(points), 2))
    for i in range(1, len(points)):
        points[i, :2] = points[i - 1, :2] @ [[0.5, 0.3], [-0.4, 0.6]] + noise[i]
    points[-1, 2] = 1
    sums = likelihood.products(points, np.array([0, len(points)]), np.zeros(len(points), int))
    expected = math.log(2 * math.pi * math.e) + math.log(0.1) + math.log(0.3)
    assert likelihood.linear(sums)[0] == pytest.approx(expected, abs=0.01)
    assert likelihood.marginal(sums)[0] > expected + 0.2


def test_summary_adds_up(made_up, model):
    unit = np.array([3.0, 3.0, 1.0])
    read = reading.read(model, made_up.points * unit, made_up.offsets)
    report = likelihood.summary(made_up, read, 3.0)
    position, lift = read.position.mean(), read.lift.mean()
    assert report["position"]["value"] == pytest.approx(position)
    assert report["total"]["value"] == pytest.approx(position + lift)
    expected = baselines.marginal(made_up.points * unit).total - position - lift
    assert report["gain_over_marginal"]["value"] == pytest.approx(expected)
    assert report["gain_over_marginal"]["low"] < expected < report["gain_over_marginal"]["high"]
    for parts in ("by_pen", "by_place", "by_file"):
        assert sum(part["points"] for part in report[parts].values()) == len(made_up.points)
        mean = sum(part["points"] * part["total"]["value"] for part in report[parts].values()) / len(made_up.points)
        assert mean == pytest.approx(position + lift)
    assert report["by_pen"]["first"]["points"] == 60
    assert report["by_line"]["nats_a_line"] == pytest.approx(read.total.sum() / 60)


def test_other_units_are_those_of_a_density(made_up):
    """Score a Gaussian in units that differ by a factor, against SciPy's density of the scaled numbers."""
    points = made_up.points.astype(np.float64) * [3.24, 3.24, 1]
    nats = -scipy.stats.norm(0, 2).logpdf(points[:, :2]).sum(1).mean()
    means = {"position": {"value": nats}, "total": {"value": nats + 0.1}}
    table = likelihood.conversions(means, points, 3.24)
    in_x_heights = -scipy.stats.norm(0, 2 / 3.24).logpdf(points[:, :2] / 3.24).sum(1).mean()
    assert table["x_heights"]["position"] == pytest.approx(in_x_heights)
    sigma = points[:, :2].std(0)
    at_unit_variance = -scipy.stats.norm(0, 2 / sigma).logpdf(points[:, :2] / sigma).sum(1).mean()
    assert table["unit_variance"]["position"] == pytest.approx(at_unit_variance)
    assert table["unit_variance"]["total"] == pytest.approx(at_unit_variance + 0.1)


def test_gain_does_not_depend_on_the_unit(made_up):
    rng = np.random.default_rng(6)
    nats = rng.normal(0, 1, len(made_up.points))
    writer = np.repeat(np.unique(made_up.writer, return_inverse=True)[1], made_up.lengths)
    gains = []
    for unit in (1.0, 7.0):  # a density in a unit 7 times smaller has 2 ln 7 nats more
        position = nats + 2 * math.log(unit)
        read = reading.Reading(position, 0 * nats, nats, nats, nats, {})
        points = made_up.points.astype(np.float64) * [unit, unit, 1]
        gains.append(likelihood.gains(points, made_up.offsets, writer, read))
    for name in ("gain_over_marginal", "gain_over_linear"):
        assert gains[0][name] == pytest.approx(gains[1][name], abs=1e-8)


def test_linear_baseline_finds_the_law_and_the_residual():
    """Offsets are 0.8 times the one before plus noise of deviation 0.1; after a lift, noise of deviation 2."""
    generator = np.random.default_rng(6)
    points = np.zeros((40_000, 3))
    points[:, 2] = generator.random(len(points)) < 0.1
    for i in range(1, len(points)):
        lifted = points[i - 1, 2]
        points[i, :2] = (0 if lifted else 0.8) * points[i - 1, :2] + (2 if lifted else 0.1) * generator.normal(size=2)
    entropy = sum(
        share * 2 * (0.5 * math.log(2 * math.pi * math.e) + math.log(deviation))
        for share, deviation in ((0.9, 0.1), (0.1, 2))
    )
    sums = likelihood.products(points, np.array([0, len(points)]), np.zeros(len(points), int))
    assert likelihood.linear(sums)[0] == pytest.approx(entropy, abs=0.03)
    assert likelihood.linear(sums)[0] < likelihood.marginal(sums)[0] - 1


# --- bootstrap


def test_interval_is_the_analytic_one():
    rng = np.random.default_rng(7)
    means = rng.normal(3, 1, 400)  # writers of 10 points each
    estimate = bootstrap.ratio(10 * means, np.full(400, 10))
    half = 1.96 * means.std() / math.sqrt(400)
    assert estimate["value"] == pytest.approx(means.mean())
    assert estimate["low"] == pytest.approx(means.mean() - half, abs=0.1 * half)
    assert estimate["high"] == pytest.approx(means.mean() + half, abs=0.1 * half)
    group = np.repeat(np.arange(400), 10)
    assert bootstrap.of_values(np.repeat(means, 10), group, np.mean) == pytest.approx(estimate)


def test_points_of_one_hand_do_not_count_as_many():
    group = np.repeat(np.arange(20), 1000)
    values = np.random.default_rng(8).normal(0, 1, 20)[group]
    estimate = bootstrap.of_values(values, group, np.mean)
    assert estimate["high"] - estimate["low"] > 0.6  # of 20,000 independent points it would be 0.03


# --- fans


class Straight:
    """A network whose continuations are straight lines at known angles, one a sample, for any input."""

    units_per_x_height = 2.0
    angles = np.linspace(0.2, 1.2, fans.SAMPLES)

    def continue_(self, state, samples, steps, temperature, seed):
        assert (samples, steps, temperature) == (fans.SAMPLES, fans.STEPS, 1.0)
        offsets = 0.3 * np.stack([np.cos(self.angles), np.sin(self.angles), 0 * self.angles], 1)  # model units
        return np.repeat(offsets[:, None], steps, axis=1).astype(np.float32)


def straight_ink(lifts=(59,)):
    """A level line of 60 points, 0.1 x-heights apart, with these last points of strokes."""
    line = np.tile([0.1, 0.0, 0.0], (60, 1))
    line[list(lifts), 2] = 1
    return ink_of([line])


def test_fans_miss_by_what_geometry_says():
    report = fans.measure(Straight(), straight_ink(), np.array([3, 10]), {4: None, 11: None}, 0)
    for row in report["paths"]:
        miss = 2 * row["path"] * math.sin(0.2 / 2)  # the chord between the truth and the nearest line, 0.2 rad off
        assert row["median_miss"]["value"] == pytest.approx(miss, rel=1e-5)
        assert row["in_region"]["value"] == 0
        assert row["in_stroke"]["fans"] == 2
        assert row["not_reached"] == 0


def test_fans_tell_when_the_truth_has_left_the_stroke():
    ink = straight_ink(lifts=(23, 59))  # from point 3, 2 x-heights of stroke remain
    report = fans.measure(Straight(), ink, np.array([3]), {4: None}, 0)
    assert [row["in_stroke"]["fans"] for row in report["paths"]] == [1, 1, 1, 0]


def test_fans_start_inside_strokes_with_path_enough_ahead():
    ink = straight_ink(lifts=(7, 59))
    assert fans.choose(ink, 1000, 0).tolist() == [i for i in range(20) if i != 7]  # 4.0 is left after point 19
    chosen = fans.choose(ink, 5, 0)
    assert len(set(chosen.tolist())) == 5
    assert chosen.tolist() == fans.choose(ink, 5, 0).tolist()


def test_places_along_a_bent_line():
    offsets = np.array([[[1.0, 0.0], [0.0, 0.6], [3.0, 0.0]], [[0.2, 0.0], [0.2, 0.0], [0.2, 0.0]]])
    where, reached = fans.places(offsets)
    np.testing.assert_allclose(where[0], [[0.5, 0], [1, 0], [1.4, 0.6], [3.4, 0.6]])
    np.testing.assert_allclose(where[1], [[0.5, 0], [0.6, 0], [0.6, 0], [0.6, 0]])
    assert reached.tolist() == [[True] * 4, [True, False, False, False]]


def test_the_region_holds_the_share_that_it_should():
    rng = np.random.default_rng(9)
    inside = []
    for _ in range(3000):  # two clouds of different shapes
        left = rng.random(51) < 0.3
        draws = np.where(left[:, None], rng.normal([-4, 0], [0.2, 2], (51, 2)), rng.normal([3, 1], 1, (51, 2)))
        inside.append(fans.in_region(draws[-1], draws[:-1]))
    expected = 1 - fans.outside_rank(50) / 51
    assert expected == pytest.approx(46 / 51)
    assert np.mean(inside) == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 3000))


def test_the_region_leaves_out_the_gap_between_two_clouds():
    rng = np.random.default_rng(10)
    cloud = np.concatenate([rng.normal([-5, 0], 0.3, (25, 2)), rng.normal([5, 0], 0.3, (25, 2))])
    assert not fans.in_region(np.zeros(2), cloud)
    assert fans.in_region(np.array([5.0, 0.1]), cloud)
    assert not fans.in_region(np.array([1.0, 1.0]), np.zeros((50, 2)))  # all samples in one place


# --- penmanship and drift


def test_strokes_and_words_are_measured():
    square = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [-1, 0, 0], [0, -2, 1]], float)  # 1 wide, 2 high, path 6
    jump = square.copy()
    jump[0] = [1.5, 0, 0]  # 0.5 right of the square's edge, as it was closed at its left: the same word
    far = square.copy()
    far[0] = [3.0, 0, 0]  # 2 right of the edge
    cut = np.array([[2.0, 0, 0], [0.5, 0, 0]])  # unfinished
    found = penmanship.measures([np.concatenate([square, jump, far, cut])])
    assert found["stroke_length"].tolist() == [6, 6, 6]
    assert found["stroke_height"].tolist() == [2, 2, 2]
    assert found["stroke_points"].tolist() == [5, 5, 5]
    assert found["word_width"].tolist() == [2.5]  # the last word may be cut off
    assert found["jump_length"].tolist() == [1.5, 3, 2]
    assert sorted(found["step_length"]) == [0.5] + 6 * [1] + 6 * [2]
    assert found["lift_rate"].tolist() == [3 / 17]
    assert found["advance"].tolist() == [7 / 17]


def test_slope_is_the_angle_of_the_line():
    t = np.linspace(0, 30, 600)
    for degrees in (-15, 0, 4):
        xy = np.stack([t, math.tan(math.radians(degrees)) * t + 0.5 * np.sin(math.pi * t)], 1)
        line = np.column_stack([np.diff(xy, axis=0, prepend=xy[:1]), np.zeros(600)])
        assert penmanship.slope(line) == pytest.approx(degrees, abs=0.15)


def writing(points=600):
    """Words of five strokes of 30 points each: a row of loops, 4.5 x-heights to a hundred points."""
    t = np.arange(points) * 0.25
    x = 0.045 * np.arange(points) + 2 * (np.arange(points) // 150)
    xy = np.stack([x + 0.3 * np.cos(t), 0.5 * np.sin(t)], 1)
    return np.column_stack([np.diff(xy, axis=0, prepend=xy[:1]), np.arange(points) % 30 == 29]).astype(np.float32)


def test_collapse_is_seen_and_writing_is_let_alone():
    assert penmanship.collapse(writing()) is None
    spot = writing()
    spot[300:450, :2] *= [0.05, 1]
    assert penmanship.collapse(spot) == "on the spot"
    endless = writing()
    endless[:, 2] = 0
    assert penmanship.collapse(endless) == "endless stroke"
    assert penmanship.collapse(endless[:400]) is None
    dots = writing()
    dots[200:220, 2] = 1
    assert penmanship.collapse(dots) == "dots"
    assert penmanship.collapse(np.tile([0.001, 0, 1], (60, 1)), 60) == "on the spot"
    assert penmanship.collapse(writing(60), 60) is None


def test_a_hand_is_told_by_its_numbers():
    t = np.arange(600) * 0.25
    loops = np.stack([0.2 * t + 0.1 * np.cos(t), 0.5 * np.sin(t)], 1)
    for degrees in (-20, 0, 25):  # sheared, its downstrokes lean by that much more
        sheared = loops - np.outer(math.tan(math.radians(degrees)) * loops[:, 1], [1, 0])
        line = np.column_stack([np.diff(sheared, axis=0, prepend=sheared[:1]), np.arange(600) % 50 == 49])
        slant, height, joining, advance = penmanship.style_metrics(line)
        down = np.diff(sheared, axis=0)[(np.diff(loops[:, 1]) > 0)]
        straight = math.degrees(math.atan2(-down[:, 0].sum(), down[:, 1].sum()))
        assert slant == pytest.approx(straight, abs=8)  # without the flat parts at the turns
        assert height == pytest.approx(1.0, abs=0.02)
        assert joining == pytest.approx(math.log(600 / 13))
        assert advance == pytest.approx(np.ptp(sheared[:, 0]) / 600)


def test_a_kept_hand_correlates():
    rng = np.random.default_rng(13)

    def line(first, second):
        both = np.concatenate([writing(penmanship.HALF) * [1, first, 1], writing(penmanship.HALF) * [1, second, 1]])
        return both.astype(np.float32)

    sizes = rng.uniform(0.5, 1.5, 40)
    assert penmanship.kept([line(size, size) for size in sizes])["height"] > 0.99
    assert abs(penmanship.kept([line(*pair) for pair in rng.uniform(0.5, 1.5, (40, 2))])["height"]) < 0.5
    assert penmanship.kept([line(1, 1)] * 5) == {}
    assert penmanship.kept([line(1, 1)[:-1]] * 5) == {}


def test_distance_is_scipys():
    rng = np.random.default_rng(11)
    a, b = np.round(rng.normal(0, 1, 300), 1), np.round(rng.normal(0.3, 1, 170), 1)  # with ties
    assert penmanship.distance(a, b) == pytest.approx(scipy.stats.ks_2samp(a, b).statistic)
    assert penmanship.distance(a, a) == 0


def test_free_running_is_compared_with_the_human_hand():
    ink = ink_of([writing() for _ in range(4)])
    human = penmanship.measures(drift.lines_of(ink))
    same = drift.free(np.stack([writing()] * 3), human)
    assert same["distance"] == pytest.approx(dict.fromkeys(penmanship.MEASURES, 0), abs=0.01)
    assert same["ratio"] == pytest.approx({"stroke_height": 1, "lift_rate": 1}, abs=0.01)
    twice = drift.free(np.stack([writing() * [2, 2, 1]] * 3), human)
    assert twice["ratio"]["stroke_height"] == pytest.approx(2, rel=0.01)
    assert twice["distance"]["step_length"] > 0.5
    assert twice["collapsed"] == 0
    report = drift.human(ink, 0)
    assert report["between_halves"] == pytest.approx(dict.fromkeys(penmanship.MEASURES, 0), abs=1e-9)


def test_free_running_is_what_the_model_writes(model):
    lines = drift.write(model, 3, 0.8, 4)
    expected = model.continue_(model.start(), 3, drift.STEPS, 0.8, 4)
    np.testing.assert_allclose(lines * [3, 3, 1], expected, rtol=1e-6)
    state = State(*(np.full((1, 16), value, np.float32) for value in (0.3, 0.5)))
    assert np.abs(drift.write(model, 3, 0.8, 4, state) - lines).max() > 0.01


def test_prefixes_leave_room_on_both_sides():
    ink = ink_of([writing(n) for n in (109, 110, 111, 600)])
    chosen = drift.choose_prefixes(ink, 10, 0)
    rows = np.searchsorted(ink.offsets, chosen, side="right") - 1
    assert rows.tolist() == [1, 2, 3]
    assert (chosen - ink.offsets[rows] >= drift.MIN_PREFIX - 1).all()
    assert (ink.offsets[rows + 1] - 1 - chosen >= drift.CONTINUED).all()


# --- quantisation


def test_loss_is_paired():
    ink = ink_of([random_line(n, seed=n) for n in (20, 40, 30)], writer=[7, 7, 2])
    theirs = np.random.default_rng(12).normal(0, 5, 90)
    report = quantisation.loss(ink, theirs + 0.25, theirs)
    assert report["total"] == pytest.approx({"value": 0.25, "low": 0.25, "high": 0.25})
    assert report["line_median"] == pytest.approx(0.25)
    ours = theirs.copy()
    ours[:20] += 0.9  # on the first line only: 18 nats over 90 points
    report = quantisation.loss(ink, ours, theirs)
    assert report["total"]["value"] == pytest.approx(0.2)
    assert report["line_largest"] == pytest.approx(0.9)


def test_clip_rates_count_what_was_clipped():
    exact = random_weights(units=4, mixtures=1)
    matrix = np.full((3, 16), 0.5, np.float32)
    matrix[0, :4] = [2.0, -2.0, 1.27, 1.2]
    exact = Weights({**exact.arrays, "W_xh": matrix}, exact.metadata)
    scale = np.array([[0.01], [1.0], [1.0]])
    values = np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8)
    weights = Weights({**exact.arrays, "W_xh": Quantised(values, scale)}, exact.metadata)
    assert quantisation.clip_rates(weights)["W_xh"] == {"at_the_end": 3 / 48}
    report = quantisation.clip_rates(weights, exact)
    assert set(report) == {"W_xh"}
    assert report["W_xh"]["clipped"] == 2 / 48
    assert report["W_xh"]["largest_error"] == pytest.approx(0.73)


def test_every_purpose_has_its_own_random_numbers(made_up):
    several = [fans.choose(made_up, 5, [1, purpose]).tolist() for purpose in range(4)]
    assert all(a != b for a, b in pairwise(several))
