"""Components as ellipses, against numpy's eigenvalues and against samples of the component itself."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ductus.ellipses import ellipses
from ductus.mixture import Mixture, sample


def one(sigma1, sigma2, r, mu=(0.0, 0.0)):
    """A mixture of one component, for one pen."""
    return Mixture(
        np.zeros(1), np.zeros((1, 1)), np.reshape(mu, (1, 1, 2)), np.log([[[sigma1, sigma2]]]), np.array([[r]])
    )


@example(24.0, 24.0, 0.0)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(-3, 3))
def test_axes_are_those_of_the_covariance(sigma1, sigma2, r):
    x, y, a, b, angle = ellipses(one(sigma1, sigma2, r, (2.0, -3.0)))[0, 0]
    assert (x, y) == (2.0, -3.0)
    assert a >= b > 0 and -np.pi / 2 <= angle <= np.pi / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    off = np.tanh(r) * sigma1 * sigma2
    np.testing.assert_allclose(
        turn @ np.diag([a * a, b * b]) @ turn.T, [[sigma1**2, off], [off, sigma2**2]], rtol=1e-9, atol=1e-9 * a * a
    )


def test_a_needle_has_a_width():
    """Where rho rounds to 1, the small axis is still what the determinant says."""
    _, _, a, b, _ = ellipses(one(1.0, 1.0, 20.0))[0, 0]
    assert a == pytest.approx(np.sqrt(2)) and b == pytest.approx(np.sqrt(2) * np.exp(-20.0), rel=1e-6)


def test_as_many_samples_lie_inside_as_should():
    """Within k sigma of a bivariate Gaussian lies 1 - exp(-k^2 / 2) of it."""
    x, y, a, b, angle = ellipses(one(0.7, 2.0, 0.8, (1.0, 1.0)))[0, 0]
    output = np.array([[0.0, 0.0, 1.0, 1.0, np.log(0.7), np.log(2.0), 0.8]])  # the same from the head
    offsets = sample(output, 1.0, np.random.default_rng(1).random((40_000, 4)))[:, :2] - [x, y]
    along = offsets @ [np.cos(angle), np.sin(angle)] / a
    across = offsets @ [-np.sin(angle), np.cos(angle)] / b
    radius = np.hypot(along, across)
    for k in (1, 2):
        assert np.mean(radius < k) == pytest.approx(1 - np.exp(-k * k / 2), abs=0.01)
