"""Guidance: the choice among candidates against SciPy's densities, and that it follows the text more."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import multivariate_normal

from ductus import guidance, mixture
from ductus.generation.text import write
from ductus.text_network import TextNetwork, codes
from tests.support.text_networks import random_text_weights

COMPONENTS = 3


def outputs(seed):
    rng = np.random.default_rng(seed)
    raw = 0.7 * rng.standard_normal((2, 1 + 6 * COMPONENTS))
    return raw, rng


def density(output, points):
    """The density of points (n, 3) under one output row, by SciPy."""
    pi, mu_x, mu_y, log_x, log_y, r = output[1:].reshape(6, COMPONENTS)
    pi = np.exp(pi) / np.exp(pi).sum()
    found = np.zeros(len(points))
    for k in range(COMPONENTS):
        x, y, rho = np.exp(log_x[k]), np.exp(log_y[k]), np.tanh(r[k])
        covariance = [[x * x, rho * x * y], [rho * x * y, y * y]]
        found += pi[k] * multivariate_normal([mu_x[k], mu_y[k]], covariance).pdf(points[:, :2])
    lift = expit(output[0])
    return found * np.where(points[:, 2] > 0.5, lift, 1 - lift)


@pytest.mark.parametrize("strength", [0.0, 0.5, 2.0])
def test_the_choice_follows_the_ratio_of_the_densities(strength):
    for seed in range(20):
        raw, rng = outputs(seed)
        uniforms = rng.random(guidance.UNIFORMS)
        candidates = mixture.sample(raw[:1], 0.8, uniforms[:-1].reshape(-1, 4))
        weights = (density(raw[0], candidates) / density(raw[1], candidates)) ** strength
        bounds = np.concatenate([[0], weights.cumsum() / weights.sum()])
        for number in range(guidance.CANDIDATES):
            uniforms[-1] = (bounds[number] + bounds[number + 1]) / 2
            if bounds[number + 1] - bounds[number] > 1e-6:
                point = guidance.sample(raw, 0.8, strength, uniforms)
                np.testing.assert_array_equal(point, candidates[number : number + 1])


def test_an_extreme_prediction_still_gives_a_point():
    raw, rng = outputs(1)
    for factor in (1e3, 1e30):
        point = guidance.sample(np.float32(raw * factor), 0.5, 2.0, rng.random(guidance.UNIFORMS))
        assert point.shape == (1, 3)


def test_the_second_pen_sees_nothing():
    network = TextNetwork(random_text_weights(units=8, seed=1))
    state = network.beside_unread(network.rest())

    for text in ("a", "some longer text"):
        state = network.step(np.ones((2, 3)), network.beside_unread(network.rest()), codes(text))
        assert state.w[0].any() and not state.w[1].any()
        state = network.step(np.ones((2, 3)), state, codes(text))
        assert not state.w[1].any()


def test_a_stronger_guidance_makes_the_text_likelier():
    """By the network itself: what the right text is worth against another one, in nats a point of what is written."""
    network = TextNetwork(random_text_weights(units=8, seed=1))

    def gain(strength):
        worth = []
        for seed in range(4):
            line = write(network, "abcd", 1.0, seed, strength=strength)
            points = line.points[:200]
            worth.append((network.score(points, "xXQ;").total - network.score(points, "abcd").total).mean())
        return np.mean(worth)

    assert gain(3.0) > gain(0.0)
