"""Blending ink with the network's predictions: the step against numerical truths, and a path near the ink."""

import numpy as np
import pytest

from ductus import cooperative, mixture
from ductus.generation.beautify import MAX_SHIFT, PULL, Beautifier, noise_scale, posterior_mean
from ductus.ink import InkError
from ductus.mixture import Mixture
from ductus.model import Model
from tests.support.networks import random_weights

MODEL = Model(random_weights(units_per_x_height=3.24), np.float64)


def densities(seed, count=4):
    """A mixture of one pen: narrow and wide components, some of them almost lines."""
    rng = np.random.default_rng(seed)
    log_pi = rng.normal(size=(1, count))
    log_pi -= mixture.log_sum_exp(log_pi)[:, None]
    return Mixture(
        np.zeros(1),
        log_pi,
        rng.normal(size=(1, count, 2)),
        rng.normal(-1, 0.5, (1, count, 2)),
        rng.normal(0, 1, (1, count)),
    )


def ink(points=60, seed=0):
    """Places (N, 3) of a scribble with lifts, in x-heights."""
    rng = np.random.default_rng(seed)
    xy = rng.normal(0, 0.2, (points, 2)).cumsum(axis=0)
    return np.column_stack([xy, rng.random(points) < 0.1])


def blurred(density, tau):
    """The mixture with tau^2 added to both variances of each component."""
    sigma = np.exp(density.log_sigma)
    across = np.tanh(density.r) * sigma[..., 0] * sigma[..., 1]
    wide = np.sqrt(sigma**2 + tau**2)
    return density._replace(log_sigma=np.log(wide), r=np.arctanh(across / wide.prod(axis=-1)))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tau", [0.05, 0.3, 2.0])
def test_a_step_goes_up_the_blurred_landscape(seed, tau):
    """Tweedie's formula, by central differences of an independent log-density."""
    density, seen = densities(seed), np.random.default_rng(100 + seed).normal(size=2)
    smooth, h = blurred(density, tau), 1e-5
    around = seen + h * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    up = mixture.log_density(smooth, around)
    gradient = np.array([up[0] - up[1], up[2] - up[3]]) / (2 * h)
    np.testing.assert_allclose(posterior_mean(density, seen, tau), seen + tau**2 * gradient, rtol=1e-6, atol=1e-7)


def test_a_step_is_the_mean_of_what_was_meant():
    """By summing over a grid: p(step) N(seen; step, tau^2)."""
    density, seen, tau = densities(3), np.array([0.3, -0.2]), 0.4
    axis = np.linspace(-6, 6, 1201)
    steps = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    log = mixture.log_density(density, steps) - ((steps - seen) ** 2).sum(axis=1) / (2 * tau**2)
    weight = np.exp(log - log.max())
    np.testing.assert_allclose(posterior_mean(density, seen, tau), weight @ steps / weight.sum(), atol=1e-6)


def test_one_round_hill_takes_its_strength():
    for strength in (0.2, 0.5, 0.9):
        component = Mixture(
            np.zeros(1), np.zeros((1, 1)), np.array([[[1.0, 2.0]]]), np.full((1, 1, 2), np.log(0.1)), np.zeros((1, 1))
        )
        found = posterior_mean(component, np.array([0.0, 0.0]), noise_scale(strength))
        np.testing.assert_allclose(found, strength * np.array([1.0, 2.0]))


def test_a_hill_that_is_a_line_or_a_point_is_no_trouble():
    for log_sigma, r in ((-20.0, 0.0), (0.0, 400.0), (20.0, -400.0), (-20.0, 400.0)):
        component = Mixture(
            np.zeros(1), np.zeros((1, 1)), np.zeros((1, 1, 2)), np.full((1, 1, 2), log_sigma), np.full((1, 1), r)
        )
        assert np.isfinite(posterior_mean(component, np.array([1e6, 3.0]), 0.1)).all()


def test_strength_0_is_the_ink_and_costs_what_the_model_says():
    places = ink()
    blend = cooperative.run(Beautifier(MODEL, 0.0).blend_slices(places))
    np.testing.assert_allclose(blend.places, places, atol=1e-12)
    points = np.diff(places * [3.24, 3.24, 1], axis=0, prepend=0)
    points[0, :2], points[:, 2] = 0, places[:, 2]
    np.testing.assert_allclose(blend.nats, MODEL.score(points).total, atol=1e-9)


def test_the_blend_is_as_defined_and_what_it_costs_too():
    """The recurrence of the docstring, written out by itself, and the score of its result."""
    places, tau = ink(seed=4), noise_scale(0.6)
    blend = cooperative.run(Beautifier(MODEL, 0.6).blend_slices(places))
    xy, lifts = places[:, :2] * 3.24, places[:, 2]
    points = np.zeros((len(xy), 3))
    points[:, 2] = lifts
    off = np.zeros(2)
    for i in range(1, len(xy)):
        step = xy[i] - xy[i - 1]
        if lifts[i - 1]:
            points[i, :2], off = step - off, np.zeros(2)
            continue
        state = MODEL.feed(points[:i], MODEL.start())
        seen = step - PULL * off
        moved = posterior_mean(MODEL.head(state), seen, tau) - seen
        moved *= min(1, MAX_SHIFT / np.linalg.norm(moved))
        points[i, :2] = seen + moved
        off = (1 - PULL) * off + moved
    np.testing.assert_allclose(blend.places[:, :2], (points[:, :2].cumsum(axis=0) + xy[0]) / 3.24, atol=1e-9)
    np.testing.assert_allclose(blend.nats, MODEL.score(points).total, atol=1e-8)
    assert np.abs(blend.places - places).max() > 0.01


@pytest.mark.parametrize("strength", [0.3, 0.9, 0.99])
def test_the_blend_stays_at_the_ink(strength):
    places = ink(200, seed=2)
    blend = cooperative.run(Beautifier(MODEL, strength).blend_slices(places))
    off = np.hypot(*(blend.places - places)[:, :2].T) * 3.24
    assert off.max() <= MAX_SHIFT / PULL
    begins = np.append(True, places[:-1, 2] == 1)
    np.testing.assert_allclose(off[begins], 0, atol=1e-9)  # a stroke begins where the pen came down


def test_ink_that_grows_or_changes_is_blended_as_if_at_once():
    places, beautifier = ink(80, seed=5), Beautifier(MODEL, 0.5)
    for upto in (10, 11, 40, 25, 80):
        grown = cooperative.run(beautifier.blend_slices(places[:upto]))
    other = places.copy()
    other[30:, 0] += 0.1
    for given, found in ((places, grown), (other, cooperative.run(beautifier.blend_slices(other)))):
        fresh = cooperative.run(Beautifier(MODEL, 0.5).blend_slices(given))
        np.testing.assert_array_equal(found.places, fresh.places)
        np.testing.assert_array_equal(found.nats, fresh.nats)


def test_only_what_is_new_is_worked_on():
    places, beautifier = ink(50), Beautifier(MODEL, 0.5)
    cooperative.run(beautifier.blend_slices(places[:45]))
    assert len(list(beautifier.blend_slices(places))) == 5


def test_a_newer_call_cancels_the_older():
    places, beautifier = ink(20), Beautifier(MODEL, 0.5)
    old = beautifier.blend_slices(places)
    next(old)
    new = cooperative.run(beautifier.blend_slices(places[:12]))
    assert cooperative.run(old) is None
    np.testing.assert_array_equal(
        new.places, cooperative.run(Beautifier(MODEL, 0.5).blend_slices(places[:12])).places
    )


def test_what_is_no_ink_is_refused_and_nothing_is_lost():
    beautifier = Beautifier(MODEL, 0.5)
    before = cooperative.run(beautifier.blend_slices(ink(9)))
    with pytest.raises(InkError):
        cooperative.run(beautifier.blend_slices(np.full((3, 3), np.nan)))
    assert list(beautifier.blend_slices(ink(9))) == []
    np.testing.assert_array_equal(cooperative.run(beautifier.blend_slices(ink(9))).places, before.places)
    assert len(cooperative.run(beautifier.blend_slices(np.zeros((0, 3)))).places) == 0
    for strength in (-0.1, 1.0, np.nan):
        with pytest.raises(ValueError, match="strength"):
            Beautifier(MODEL, strength)
    with pytest.raises(ValueError, match="x-height"):
        Beautifier(Model(random_weights(units_per_x_height=None)), 0.5)
