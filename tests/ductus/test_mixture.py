"""The mixture head against SciPy, numerical integration and the analytic moments."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import dblquad

from ductus import mixture

M = 4


def outputs(rows: int, seed: int = 0, components: int = M) -> np.ndarray:
    """Raw head outputs (rows, 1 + 6M) with narrow and wide, round and slanted components."""
    return np.random.default_rng(seed).normal(0, 0.8, (rows, 1 + 6 * components))


def by_the_book(row: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights (M,), means (M, 2) and covariances (M, 2, 2) straight from Graves' equations 19-22."""
    pi, mu1, mu2, sigma1, sigma2, rho = row[1:].reshape(6, -1)
    s1, s2, rho = np.exp(sigma1), np.exp(sigma2), np.tanh(rho)
    covariance = np.array([[s1 * s1, rho * s1 * s2], [rho * s1 * s2, s2 * s2]]).transpose(2, 0, 1)
    return np.exp(pi) / np.exp(pi).sum(), np.stack([mu1, mu2], axis=1), covariance


def test_density_is_that_of_scipy():
    raw = outputs(50)
    offsets = np.random.default_rng(1).normal(0, 2, (50, 2))
    expected = []
    for row, offset in zip(raw, offsets, strict=True):
        parts = zip(*by_the_book(row), strict=True)
        expected.append(np.log(sum(p * stats.multivariate_normal(m, c).pdf(offset) for p, m, c in parts)))
    np.testing.assert_allclose(mixture.log_density(mixture.split(raw), offsets), expected, rtol=1e-10)


def test_density_integrates_to_one():
    density = mixture.split(outputs(1, seed=3))

    def at(y: float, x: float) -> float:
        return float(np.exp(mixture.log_density(density, np.array([[x, y]])))[0])

    total, _ = dblquad(at, -30, 30, -30, 30, epsabs=1e-5)
    assert total == pytest.approx(1, abs=1e-4)


def test_lift_is_a_bernoulli_of_the_logistic_function():
    density = mixture.split(np.array([[0.0] * 7, [2.5] * 7, [-800.0] * 7]))
    np.testing.assert_allclose(mixture.lift_probability(density)[:2], [0.5, 1 / (1 + np.exp(-2.5))])
    one, none = (mixture.log_lift(density, np.full(3, lift)) for lift in (1.0, 0.0))
    np.testing.assert_allclose(np.exp(one) + np.exp(none), 1)
    assert one[2] == -800


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.4])
def test_samples_have_the_moments_of_the_sharpened_mixture(temperature):
    row = outputs(1, seed=5)[0]
    pi, mu, covariance = by_the_book(row)
    pi = pi ** (1 / temperature) / (pi ** (1 / temperature)).sum()
    covariance = covariance * temperature**2
    mean = pi @ mu
    spread = np.einsum("m,mij->ij", pi, covariance) + np.einsum("m,mi,mj->ij", pi, mu - mean, mu - mean)
    n = 200_000
    points = mixture.sample(row[None], temperature, np.random.default_rng(0).random((n, 4)))
    error = 5 / np.sqrt(n)  # five standard errors of a quantity whose own spread is about 1
    scale = np.sqrt(np.diag(spread))
    np.testing.assert_allclose((points[:, :2].mean(axis=0) - mean) / scale, 0, atol=error)
    np.testing.assert_allclose((np.cov(points[:, :2].T) - spread) / np.outer(scale, scale), 0, atol=3 * error)
    assert points[:, 2].mean() == pytest.approx(1 / (1 + np.exp(-row[0])), abs=error)


def test_one_component_gives_normal_samples():
    raw = np.tile([[0.0, 0.0, 1.0, -2.0, np.log(0.5), np.log(3.0), np.arctanh(0.8)]], (20_000, 1))
    points = mixture.sample(raw, 1.0, np.random.default_rng(2).random((20_000, 4)))
    across = (points[:, 1] + 2) / 3 - 0.8 * (points[:, 0] - 1) / 0.5  # what is left of y once x is known
    assert stats.kstest((points[:, 0] - 1) / 0.5, "norm").pvalue > 1e-3
    assert stats.kstest(across / 0.6, "norm").pvalue > 1e-3


def test_cold_is_the_mean_of_the_likeliest_component():
    raw = outputs(40, seed=6)
    likeliest = raw[:, 1 : 1 + M].argmax(axis=1)
    expected = np.stack([raw[np.arange(40), 1 + M + likeliest], raw[np.arange(40), 1 + 2 * M + likeliest]], axis=1)
    uniforms = np.random.default_rng(3).random((40, 4))
    for temperature in (0.0, 5e-324, 1e-300, 1e-12):
        with np.errstate(all="raise", under="ignore", over="ignore"):
            points = mixture.sample(raw, temperature, uniforms)
        np.testing.assert_allclose(points[:, :2], expected, atol=1e-9)


@pytest.mark.parametrize("temperature", [-0.1, float("nan"), float("inf")])
def test_a_temperature_that_makes_no_sense_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature"):
        mixture.sample(outputs(1), temperature, np.zeros((1, 4)))


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=13, max_size=13), st.tuples(finite, finite), st.booleans())
def test_likelihood_is_finite_for_any_finite_numbers(numbers, offset, narrow):
    raw = np.clip(np.array([numbers]), -1e30, 1e30).astype(np.float32 if narrow else np.float64)
    density = mixture.split(raw)
    assert np.isfinite(mixture.log_density(density, np.array([offset]))).all()
    assert np.isfinite(mixture.log_lift(density, np.array([1.0]))).all()


@given(st.lists(st.floats(-1e4, 1e4), min_size=13, max_size=13), st.floats(0, 2), st.data())
def test_samples_are_finite_for_any_head(numbers, temperature, data):
    almost_one = float(np.nextafter(1, 0))
    uniforms = data.draw(st.lists(st.sampled_from([0.0, 0.5, almost_one]), min_size=4, max_size=4))
    point = mixture.sample(np.array([numbers]), temperature, np.array([uniforms]))
    assert np.isfinite(point).all()


# --- ellipses, against numpy's eigenvalues and against samples of the component itself


def one_component(sigma1, sigma2, r, mu=(0.0, 0.0)):
    """A mixture of one component, for one pen."""
    return mixture.Mixture(
        np.zeros(1), np.zeros((1, 1)), np.reshape(mu, (1, 1, 2)), np.log([[[sigma1, sigma2]]]), np.array([[r]])
    )


@example(24.0, 24.0, 0.0)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(-3, 3))
def test_axes_are_those_of_the_covariance(sigma1, sigma2, r):
    x, y, a, b, angle = mixture.ellipses(one_component(sigma1, sigma2, r, (2.0, -3.0)))[0, 0]
    assert (x, y) == (2.0, -3.0)
    assert a >= b > 0 and -np.pi / 2 <= angle <= np.pi / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    off = np.tanh(r) * sigma1 * sigma2
    np.testing.assert_allclose(
        turn @ np.diag([a * a, b * b]) @ turn.T, [[sigma1**2, off], [off, sigma2**2]], rtol=1e-9, atol=1e-9 * a * a
    )


def test_a_needle_has_a_width():
    """Where rho rounds to 1, the small axis is still what the determinant says."""
    _, _, a, b, _ = mixture.ellipses(one_component(1.0, 1.0, 20.0))[0, 0]
    assert a == pytest.approx(np.sqrt(2)) and b == pytest.approx(np.sqrt(2) * np.exp(-20.0), rel=1e-6)


def test_as_many_samples_lie_inside_as_should():
    """Within k sigma of a bivariate Gaussian lies 1 - exp(-k^2 / 2) of it."""
    x, y, a, b, angle = mixture.ellipses(one_component(0.7, 2.0, 0.8, (1.0, 1.0)))[0, 0]
    output = np.array([[0.0, 0.0, 1.0, 1.0, np.log(0.7), np.log(2.0), 0.8]])  # the same from the head
    offsets = mixture.sample(output, 1.0, np.random.default_rng(1).random((40_000, 4)))[:, :2] - [x, y]
    along = offsets @ [np.cos(angle), np.sin(angle)] / a
    across = offsets @ [-np.sin(angle), np.cos(angle)] / b
    radius = np.hypot(along, across)
    for k in (1, 2):
        assert np.mean(radius < k) == pytest.approx(1 - np.exp(-k * k / 2), abs=0.01)
