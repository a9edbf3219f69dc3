"""The loss against PyTorch's own distributions, and at the edges of float32."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Categorical, MixtureSameFamily, MultivariateNormal

from weights.training.data import baselines
from weights.training.train.loss import nats

pytestmark = pytest.mark.training


def _head(shape, mixtures, seed, dtype):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((*shape, 1 + 6 * mixtures), generator=generator, dtype=dtype)


def _points(shape, seed, dtype):
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn((*shape, 3), generator=generator, dtype=dtype)
    points[..., 2] = (points[..., 2] > 0).to(dtype)
    return points


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-11), (torch.float32, 2e-5)])
def test_equals_torch_distributions(dtype, tolerance):
    head, points = _head((7, 5), 20, 1, dtype), _points((7, 5), 2, dtype)
    position, lift = nats(head, points)
    pi, mu1, mu2, s1, s2, r = head.double()[..., 1:].reshape(7, 5, 6, 20).unbind(-2)
    covariance = torch.stack(
        [
            torch.stack([(2 * s1).exp(), (s1 + s2).exp() * r.tanh()], -1),
            torch.stack([(s1 + s2).exp() * r.tanh(), (2 * s2).exp()], -1),
        ],
        -2,
    )
    components = MultivariateNormal(torch.stack([mu1, mu2], -1), covariance)
    truth = -MixtureSameFamily(Categorical(logits=pi), components).log_prob(points[..., :2].double())
    torch.testing.assert_close(position.double(), truth, rtol=tolerance, atol=tolerance)
    truth = -Bernoulli(logits=head[..., 0].double()).log_prob(points[..., 2].double())
    torch.testing.assert_close(lift.double(), truth, rtol=tolerance, atol=tolerance)


def test_gradient_equals_finite_differences():
    head, points = _head((3,), 4, 3, torch.float64).requires_grad_(), _points((3,), 4, torch.float64)
    assert torch.autograd.gradcheck(lambda h: nats(h, points), (head,))


def test_nearly_singular_correlation_in_float32():
    """rho = 1 - 5e-6 and a point along it: the textbook quadratic form fails here by cancellation."""
    head = torch.zeros(1, 7)
    head[0, 6] = math.atanh(1 - 5e-6)
    points = torch.tensor([[2.0, 2.001, 0.0]])
    single, double = nats(head, points)[0], nats(head.double(), points.double())[0]
    assert abs(single.item() - double.item()) < 1e-3
    assert single.item() < -1


def test_far_points_stay_finite():
    head = torch.zeros(2, 7)
    head[:, 4:6] = -8  # sigma 3e-4
    points = torch.tensor([[1000.0, -1000.0, 1.0], [0.0, 0.0, 0.0]])
    assert all(torch.isfinite(loss).all() for loss in nats(head, points))


def test_marginal_baseline_is_the_best_constant_network():
    """Its score is the loss of one component with the ink's mean, deviations and lift rate."""
    generator = np.random.default_rng(5)
    points = np.column_stack([generator.normal([1, -2], [0.5, 3], (400, 2)), generator.random(400) < 0.1])
    mean, deviation, rate = points[:, :2].mean(0), points[:, :2].std(0), points[:, 2].mean()
    head = [math.log(rate / (1 - rate)), 0, *mean, *np.log(deviation), 0]
    position, lift = nats(torch.tensor([head] * 400, dtype=torch.float64), torch.from_numpy(points))
    found = baselines.marginal(points)
    assert found.position == pytest.approx(position.mean().item(), abs=1e-12)
    assert found.lift == pytest.approx(lift.mean().item(), abs=1e-12)
