"""The text network's recurrence: its own backward pass against finite differences and autograd, and against numpy."""

import math

import numpy as np
import pytest
import torch

from ductus import alphabet
from ductus.text_network import TextNetwork
from tests.support.text_networks import random_text_weights
from weights.training.text import batches, compiled, recurrence
from weights.training.text.batches import TextBatch
from weights.training.text.compose import Row
from weights.training.text.export import parameters
from weights.training.text.network import begin, run
from weights.training.text.recurrence import Recurrence

pytestmark = pytest.mark.training
torch.set_num_threads(1)
TEXTS = ["some words", "3", "A, b!"]


def _problem(steps: int, units: int, dtype: torch.dtype, seed=0, spread=0.4, texts=TEXTS) -> list[torch.Tensor]:
    """Inputs, codes and the layer's arrays, of a window that goes over the text."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return (spread * torch.randn(*shape, generator=generator, dtype=torch.float64)).to(dtype)

    inputs, codes = normal(steps, len(texts), 3), batches.encode(texts)
    gates, K = 4 * units, 4
    arrays = [normal(3, gates), normal(alphabet.SYMBOLS, gates), normal(units, gates), normal(gates)]
    arrays += [normal(units, 3 * K), normal(3 * K)]
    arrays[-1][2 * K :] -= 1.0
    return [inputs, codes, *(array.requires_grad_() for array in arrays)]


def _projection(values):
    """A random projection of hidden states and windows."""
    generator = torch.Generator().manual_seed(1)
    return sum(
        (part * torch.randn(part.shape, generator=generator, dtype=torch.float64).to(part.dtype)).sum()
        for part in values[:2]
    )


def _gradients(values, arrays):
    return torch.autograd.grad(_projection(values), arrays)


@pytest.mark.parametrize("array", range(6))
def test_backward_against_finite_differences(array):
    """Central differences along random directions of each array, in float64."""
    inputs, codes, *arrays = _problem(9, 5, torch.float64)
    gradient = _gradients(Recurrence.apply(inputs, codes, *arrays, torch.float64), arrays)[array]
    generator = torch.Generator().manual_seed(array)
    for _ in range(4):
        direction = torch.randn(arrays[array].shape, generator=generator, dtype=torch.float64)
        sides = []
        for size in (1e-6, -1e-6):
            moved = [one.detach() + size * direction if i == array else one.detach() for i, one in enumerate(arrays)]
            sides.append(_projection(Recurrence.apply(inputs, codes, *moved, torch.float64)))
        slope = ((sides[0] - sides[1]) / 2e-6).item()
        assert slope == pytest.approx((gradient * direction).sum().item(), rel=1e-6, abs=1e-7)


def test_gradient_stops_at_the_bounds_of_alpha_and_beta():
    inputs, codes, *arrays = _problem(6, 3, torch.float64)
    with torch.no_grad():
        arrays[5][:2], arrays[5][4:6] = 9.0, -20.0
    hidden, windows, _ = Recurrence.apply(inputs, codes, *arrays, torch.float64)
    gradient = torch.autograd.grad(hidden.sum() + windows.sum(), arrays[5])[0]
    assert (gradient[[0, 1, 4, 5]] == 0).all() and (gradient[[2, 3, 6, 7]] != 0).all()


@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_forward_and_backward_against_autograd(dtype, tolerance):
    inputs, codes, *arrays = _problem(40, 16, dtype)
    ours = Recurrence.apply(inputs, codes, *arrays, dtype)
    theirs = recurrence.reference(inputs, codes, *arrays)
    assert ours[2].max() > len(TEXTS[0]) > 2  # over the end mark of each text
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)
    for one, other in zip(_gradients(ours, arrays), _gradients(theirs, arrays), strict=True):
        assert (one - other).norm() < tolerance * other.norm()


@pytest.mark.skipif(compiled.library() is None, reason="needs a C compiler and a CPU with bfloat16")
@pytest.mark.parametrize("spread", [0.1, 30.0])  # the latter has gates far beyond the exponentials of float32
def test_compiled_loops(spread, monkeypatch):
    """As near to the exact result as the uncompiled loops in bfloat16 are, or nearer, and always finite."""
    inputs, codes, *arrays = _problem(30, 64, torch.float32, spread=spread)
    fast = Recurrence.apply(inputs, codes, *arrays, torch.bfloat16)
    fast_gradients = _gradients(fast, arrays)
    assert all(part.isfinite().all() for part in (*fast, *fast_gradients))
    if spread > 1:
        return
    monkeypatch.setattr(compiled, "library", lambda: None)
    exact = Recurrence.apply(inputs, codes, *arrays, torch.float32)
    slow = Recurrence.apply(inputs, codes, *arrays, torch.bfloat16)
    slow_gradients, exact_gradients = _gradients(slow, arrays), _gradients(exact, arrays)
    for one, other, truth in zip(
        (*fast, *fast_gradients), (*slow, *slow_gradients), (*exact, *exact_gradients), strict=True
    ):
        assert (one - truth).norm() < 1.2 * (other - truth).norm() + 1e-6 * truth.norm()
        assert (other - truth).norm() < 0.05 * truth.norm()


@pytest.mark.skipif(compiled.library() is None, reason="needs a C compiler and a CPU with bfloat16")
def test_rows_shared_between_threads_are_the_same():
    inputs, codes, *arrays = _problem(30, 40, torch.float32, texts=8 * TEXTS)
    one = Recurrence.apply(inputs, codes, *arrays, torch.bfloat16)
    gradients = _gradients(one, arrays)
    torch.set_num_threads(3)
    try:
        three = Recurrence.apply(inputs, codes, *arrays, torch.bfloat16)
        shared = _gradients(three, arrays)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(1)
    # bfloat16 has 8 bits: sums in another order differ in the last one
    for mine, other in zip((*one, *gradients), (*three, *shared), strict=True):
        assert (mine - other).norm() < 2**-8 * mine.norm()


@pytest.mark.skipif(compiled.library() is None, reason="needs a C compiler and a CPU with bfloat16")
def test_the_compiled_loops_leave_denormal_numbers_alone():
    """Linked with -ffast-math, they make the process take such numbers for 0 from the moment they are loaded."""
    assert math.nextafter(0.0, 1.0) > 0.0


def test_torch_is_numpy():
    """The same nats from the training program and from ductus, for several rows side by side."""
    weights = random_text_weights(units=20, gaussians=5, seed=3)
    rng = np.random.default_rng(2)
    rows = []
    for text, length in zip(TEXTS, (70, 9, 33), strict=True):
        points = np.column_stack([rng.normal(0, 1, (length, 2)), rng.random(length) < 0.1]).astype(np.float32)
        rows.append(Row(points, text))
    batch = batches.plain(rows, 1.0)
    position, lift = run(parameters(weights), batch, torch.float32)
    network = TextNetwork(weights)
    scores = [network.score(row.points, row.text) for row in rows]
    by_row = batch.mask.bool().T  # (B, T)
    for ours, name in ((position, "position"), (lift, "lift")):
        table = torch.zeros_like(batch.mask)
        table[batch.mask.bool()] = ours
        expected = np.concatenate([getattr(score, name) for score in scores])
        np.testing.assert_allclose(table.T[by_row].numpy(), expected, rtol=1e-5, atol=2e-5)


def test_it_begins_as_the_plain_network_writes():
    from ductus.model import Model
    from tests.support.networks import random_weights

    base = random_weights(units=16, seed=5, forget_bias=0.3)
    begun = begin(base, 1)
    for name in ("W_wh", "W_wy"):
        begun[name].zero_()
    rng = np.random.default_rng(0)
    row = Row(np.column_stack([rng.normal(0, 1, (30, 2)), np.zeros(30)]).astype(np.float32), "abc")
    batch: TextBatch = batches.plain([row], 1.0)
    total = sum(run(begun, batch, torch.float32)).numpy()
    np.testing.assert_allclose(total, Model(base, np.float64).score(row.points).total, atol=1e-4)
