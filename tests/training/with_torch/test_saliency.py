"""The gradient through time that ductus computes in numpy, against PyTorch's autograd on the same network."""

import numpy as np
import pytest
import torch

from ductus import mixture
from ductus.analysis.saliency import Backward, saliency, target
from ductus.lstm import State
from ductus.model import Model
from ductus.weights.weights import Weights
from tests.support.networks import random_line, random_weights
from weights.training.train.loss import nats
from weights.training.train.network import FORGET_BIAS, TorchNetwork, to_arrays

pytestmark = pytest.mark.training
torch.set_num_threads(1)
NETWORK = TorchNetwork(24, 5, seed=1)
METADATA = random_weights(24, 5).metadata | {"forget_bias": FORGET_BIAS}
MODEL = Model(Weights.from_arrays(to_arrays(dict(NETWORK.named_parameters())), METADATA))
LINES = np.stack([random_line(90, seed) for seed in range(3)], axis=1).astype(np.float32)  # (T, B, 3)


def by_autograd(value):
    """The gradients of a number that torch computed from the points, and the points: (T, B, 3)."""
    points = torch.from_numpy(LINES).requires_grad_()
    value(points, NETWORK(points)).sum().backward()
    return points.grad.numpy()


@pytest.mark.parametrize("point", [1, 50, 89])
def test_log_p_of_the_next_point(point):
    def log_p(points, heads):
        position, lift = nats(heads[point], points[point].detach())
        return -(position + lift)

    wanted = by_autograd(log_p)[:point]
    for row in range(3):
        found = saliency(MODEL, LINES[:, row], point)
        np.testing.assert_allclose(found.gradient, wanted[:, row], rtol=1e-4, atol=1e-4)
    assert np.abs(wanted).max() > 0.1


def test_the_chance_of_a_lift():
    wanted = by_autograd(lambda points, heads: torch.sigmoid(heads[70, :, 0]))[:70]
    for row in range(3):
        found = saliency(MODEL, LINES[:, row], 70, "lift")
        np.testing.assert_allclose(found.gradient, wanted[:, row], rtol=1e-4, atol=1e-5)
    assert np.abs(wanted).max() > 1e-3


def test_lines_side_by_side():
    """As the curve of memory takes them: the whole batch in one backward pass."""
    points = LINES.astype(np.float64)
    states = MODEL.trace(points[:60], MODEL.start(3))
    value, dh, dc = target(MODEL, State(states.h[60], states.c[60]), points[60])
    slices = Backward(MODEL).slices(points[:60], states, dh, dc)
    while True:
        try:
            next(slices)
        except StopIteration as end:
            found = end.value
            break
    wanted = by_autograd(lambda points, heads: -sum(nats(heads[60], points[60].detach())))[:60]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    density = MODEL.head(State(states.h[60], states.c[60]))
    expected = mixture.log_density(density, points[60, :, :2]) + mixture.log_lift(density, points[60, :, 2])
    np.testing.assert_allclose(value, expected, atol=1e-6)
