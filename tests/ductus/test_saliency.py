"""Gradients through time against finite differences, in float64."""

import numpy as np
import pytest

from ductus import mixture
from ductus.analysis.saliency import TARGETS, Saliency, reach, saliency
from ductus.ink import InkError
from ductus.model import Model
from tests.support.networks import random_line, random_weights

MODEL = Model(random_weights(seed=5), np.float64)
LINE = random_line(70, seed=6)  # more than are computed together


def said(line, point, of, cell):
    """What the network says at a point. The lifts are fed as they are, though they are neither 0 nor 1 here."""
    state = MODEL.start()
    for x in line[:point]:
        state = MODEL.step(x[None], state)
    density, truth = MODEL.head(state), LINE[point : point + 1]
    if of == "cell":
        return state.c[0, cell]
    if of == "lift":
        return mixture.lift_probability(density)[0]
    return mixture.log_density(density, truth[:, :2])[0] + mixture.log_lift(density, truth[:, 2])[0]


@pytest.mark.parametrize("of", TARGETS)
def test_the_gradient_is_that_of_finite_differences(of):
    point, cell, step = 66, 4, 1e-5
    found = saliency(MODEL, LINE, point, of, cell)
    assert found.value == pytest.approx(said(LINE, point, of, cell), abs=1e-12)
    assert found.gradient.shape == (point, 3)
    for i in (65, 64, 60, 50, 36, 35, 34, 3, 2, 1, 0):
        for axis in range(3):
            there, back = LINE.copy(), LINE.copy()
            there[i, axis] += step
            back[i, axis] -= step
            wanted = (said(there, point, of, cell) - said(back, point, of, cell)) / (2 * step)
            assert found.gradient[i, axis] == pytest.approx(wanted, rel=1e-5, abs=1e-9), (i, axis)
    assert np.abs(found.gradient[-1]).max() > 1e-3


def test_the_gradient_of_the_mixture_is_that_of_finite_differences():
    rng = np.random.default_rng(0)
    output, points = rng.normal(0, 1.5, (6, 1 + 6 * 4)), random_line(6, seed=1)
    output[2, 1 + 3 * 4] = 25.0  # a sigma beyond its bound
    found = mixture.log_probability_gradient(output, points)

    def log_p(output):
        density = mixture.split(output)
        return mixture.log_density(density, points[:, :2]) + mixture.log_lift(density, points[:, 2])

    for column in range(output.shape[1]):
        step = np.zeros_like(output)
        step[:, column] = 1e-6
        wanted = (log_p(output + step) - log_p(output - step)) / 2e-6
        np.testing.assert_allclose(found[:, column], wanted, rtol=1e-5, atol=1e-7)


def test_float32_and_a_hostile_density_stay_finite():
    single = saliency(Model(random_weights(seed=5)), LINE, 40)
    np.testing.assert_allclose(single.gradient, saliency(MODEL, LINE, 40).gradient, atol=1e-4)
    output = np.array([[50.0, 0, 0, 1e30, 1e30, -1e30, -50, 50, 0, 50, -50, 400, -400]])
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(mixture.log_probability_gradient(output, np.array([[0.0, 0, 1]]))).all()


def test_the_first_point_depends_on_nothing_and_a_point_beyond_the_line_is_refused():
    assert saliency(MODEL, LINE, 0).gradient.shape == (0, 3)
    for point in (70, -1):
        with pytest.raises(InkError, match=f"no point {point}; the line has 70, from 0 on"):
            saliency(MODEL, LINE, point)
    with pytest.raises(ValueError, match="no cell 12; the network has 12, 0 to 11"):
        saliency(MODEL, LINE, 5, "cell", 12)
    with pytest.raises(ValueError, match="no target 'mood' of a gradient, only point, lift, cell"):
        saliency(MODEL, LINE, 5, "mood")


def test_how_far_it_reaches():
    sizes = np.array([0.0, 1, 0, 2, 1, 6])
    assert [reach(sizes, share) for share in (0.5, 0.6, 0.7, 0.9, 1.0)] == [1, 1, 2, 3, 5]
    assert reach(sizes[:0], 0.9) == 0
    gradient = np.array([[3.0, 4.0, 100.0], [0, 0, 1]])
    np.testing.assert_array_equal(Saliency(0.0, gradient).size, [5, 0])
