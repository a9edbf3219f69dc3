"""Fans in the worker: against the library's own fan of the line, and angles against complex numbers."""

import math

import numpy as np
import pytest

from ductus import cooperative, mixture
from shared.limits import ANGLE_BINS
from tests.support.networks import random_line
from tests.worker.test_ink_session import MODEL, STROKES
from worker.tasks import fans
from worker.workspace import Workspace

N, SAMPLES, STEPS = 40, 7, 3


@pytest.fixture
def workspace():
    """A workspace with a line of N points."""
    workspace = Workspace(MODEL)
    workspace.from_points("model", random_line(N, seed=1))
    return workspace


def drawn(workspace, samples=SAMPLES, steps=STEPS, left=-1e9, right=1e9, focus=0.0, known=None, line="model"):
    """All progress of a whole task, joined, and its value."""
    known = np.zeros(len(workspace.line(line)), np.uint8) if known is None else known
    work = fans.sample(workspace, line, samples, steps, 0.7, 5, left, right, focus, known)
    progress = []
    while True:
        try:
            progress.append(next(work))
        except StopIteration as end:
            pieces = [piece for piece in progress if piece]
            joined = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
            return joined, end.value, pieces


def test_the_fans_are_the_librarys(workspace):
    found, value, _ = drawn(workspace)
    line = workspace.line("model")
    assert value == {"count": N}
    assert sorted(found["points"]) == list(range(N))
    expected = MODEL.fan(line.points, SAMPLES, STEPS, 0.7, 5)  # (N, S, K, 3)
    starts = np.concatenate([[[0, 0]], line.places[:-1, :2]])
    ways = expected[..., :2].cumsum(axis=2) / MODEL.units_per_x_height + starts[:, None, None]
    np.testing.assert_allclose(found["xy"], ways[found["points"]], atol=1e-4)
    chances = mixture.lift_probability(MODEL.head(MODEL.line_states(line.points)))
    np.testing.assert_allclose(found["lifts"], chances[found["points"]], atol=1e-5)


def test_the_whole_line_comes_coarse_to_fine_and_the_nearest_first(workspace):
    x = workspace.line("model").origins[:, 0]
    left, right = np.quantile(x, [0.3, 0.6])
    found, _, pieces = drawn(workspace, left=left, right=right, focus=left)
    assert [len(piece["points"]) for piece in pieces[:3]] == [1, 2, 4]
    points = found["points"]
    levels = [points[points % 8 == 0], points[points % 8 == 4], points[points % 4 == 2], points[points % 2 == 1]]
    assert points.tolist() == np.concatenate(levels).tolist()
    for level in levels:
        order = x[level]
        inside = (order >= left) & (order <= right)
        seen = inside.sum()
        assert inside[:seen].all() and not inside[seen:].any()
        assert (np.diff(order[:seen] - left) >= 0).all()
        beyond = np.maximum(left - order[seen:], order[seen:] - right)
        assert (np.diff(beyond) >= 0).all()


def test_what_is_known_is_not_done_again(workspace):
    known = np.zeros(N, np.uint8)
    known[3:] = 1
    found, value, _ = drawn(workspace, known=known)
    assert sorted(found["points"]) == [0, 1, 2] and value == {"count": 3}
    assert workspace.line("model").known == 3  # nor are states found that nobody asked for
    work = fans.sample(workspace, "model", SAMPLES, STEPS, 0.7, 5, 0, 1, 0, np.zeros(N + 1, np.uint8))
    assert cooperative.run(work) is None


def test_colours_are_signed_angles():
    """A line to the right of the page, then ways off it by known angles; y points down."""
    workspace = Workspace(MODEL)
    line = workspace.from_points("straight", np.tile([0.5, 0, 0], (20, 1)))
    degrees = np.array([-179, -120, -89, -46, -14, -1, 1, 14, 46, 89, 120, 179])
    turn = np.exp(1j * np.radians(degrees))[:, None] * np.arange(1, 3)  # (12, K)
    starts = line.origins[[4]]
    xy = starts[:, None, None] + np.stack([turn.real, turn.imag], axis=-1)[None]  # (1, 12, K, 2)
    bins = fans.colour_bins(line, np.array([4]), xy, np.zeros((1, 12, 2)))
    width = 90 / (ANGLE_BINS / 2)
    expected = [min(max(int(d // width) + ANGLE_BINS // 2, 0), ANGLE_BINS - 1) for d in degrees]
    assert bins[0, :, 0].tolist() == bins[0, :, 1].tolist() == expected
    assert (bins[0, degrees < 0] < ANGLE_BINS // 2).all() and (bins[0, degrees > 0] >= ANGLE_BINS // 2).all()


def test_colours_turn_with_the_line(workspace):
    """The angle is to where the line really goes, from where the fan begins, step by step."""
    found, _, _ = drawn(workspace)
    line = workspace.line("model")
    places = line.places[:, 0] + 1j * line.places[:, 1]
    starts = np.concatenate([[0], places[:-1]])
    agreed = []
    for point, xy, bins in zip(found["points"], found["xy"].astype(float), found["bins"], strict=True):
        for step in range(STEPS):
            true = places[min(point + step, N - 1)] - starts[point]
            angle = np.angle((xy[:, step, 0] + 1j * xy[:, step, 1] - starts[point]) / true)
            expected = np.clip(np.floor((angle / (math.pi / 2) + 1) / 2 * ANGLE_BINS), 0, ANGLE_BINS - 1)
            seen = bins[:, step] != fans.NOT_DRAWN
            assert np.abs(bins[seen, step] - expected[seen]).max(initial=0) <= 1  # float32 at the edge of a bin
            agreed += (bins[seen, step] == expected[seen]).tolist()
    assert len(agreed) > 500 and np.mean(agreed) > 0.99


def test_nothing_follows_a_lift():
    line = Workspace(MODEL).from_points("model", random_line(9, seed=2))
    lifts = np.zeros((1, 3, 4))
    lifts[0, 1, 0] = lifts[0, 2, 2] = 1
    bins = fans.colour_bins(line, np.array([2]), np.random.default_rng(1).normal(size=(1, 3, 4, 2)), lifts)
    assert (bins[0] == fans.NOT_DRAWN).tolist() == [
        [False] * 4,
        [False, True, True, True],
        [False, False, False, True],
    ]


def test_paths_are_counted_by_where_they_end():
    """A line to the right of the page; paths end above it (left), below it, on it, and with a lift before the end."""
    line = Workspace(MODEL).from_points("straight", np.tile([1.0, 0, 0], (20, 1)))
    step = 1 / MODEL.units_per_x_height
    places = line.origins[4] + np.arange(1, 4)[:, None] * [step, 0]  # (K, 2)
    ends = np.array([-0.5, -0.3, 0.4, 0.05, -0.05, 0.5])
    xy = places + np.linspace(0, 1, 3)[:, None] * np.stack([0 * ends, ends], -1)[:, None]  # (S, K, 2)
    xy[5, 0], lifts = places[0] - [0, 0.4], np.zeros((1, 6, 3))
    lifts[0, 5, 0] = 1  # this one ended left
    bins = fans.colour_bins(line, np.array([4]), xy[None], lifts)[0]
    assert fans.sides(line, 4, xy, bins) == (3, 1, 2)


def test_the_fans_of_ink_begin_on_the_ink():
    workspace = Workspace(MODEL)
    line = workspace.from_strokes("ink", STROKES)
    np.testing.assert_allclose(line.origins[0], STROKES[0][0], atol=1e-9)
    np.testing.assert_array_equal(line.origins[1:], line.places[:-1, :2])


@pytest.mark.parametrize("point", [0, 11, N - 1])
def test_a_point_looked_at(workspace, point):
    seen = cooperative.run(fans.inspect(workspace, "model", point, SAMPLES, STEPS, 0.7, 5, 9))
    found, _, _ = drawn(workspace)
    row = found["points"].tolist().index(point)
    assert seen["xy"].shape == (SAMPLES, 9, 2) and seen["bins"].shape == (SAMPLES, 9)
    np.testing.assert_allclose(seen["xy"][:, :STEPS], found["xy"][row], atol=1e-5)  # the same fan, continued
    np.testing.assert_array_equal(seen["bins"][:, :STEPS], found["bins"][row])
    assert seen["left"] + seen["right"] + seen["along"] == SAMPLES
    line = workspace.line("model")
    score = MODEL.score(line.points)
    assert seen["position_nats"] == pytest.approx(score.position[point], abs=1e-4)
    assert seen["lift_nats"] == pytest.approx(score.lift[point], abs=1e-4)
    density = MODEL.head(MODEL.feed(line.points[:point], MODEL.start()))
    assert seen["weights"].sum() == pytest.approx(1, abs=1e-5)
    assert seen["lift"] == pytest.approx(mixture.lift_probability(density)[0], abs=1e-6)
    start = line.origins[point]
    middles = (seen["ellipses"][:, :2] - start) * MODEL.units_per_x_height
    np.testing.assert_allclose(middles, density.mu[0], atol=1e-4)
    sigma = np.exp(density.log_sigma[0])
    np.testing.assert_allclose(
        (seen["ellipses"][:, 2:4] ** 2).sum(axis=1) * MODEL.units_per_x_height**2, (sigma**2).sum(axis=1), rtol=1e-4
    )
