"""How fast training runs: the layers' forward and backward pass against the products that they cannot do without.

The limit is the same machine's bfloat16 products of the same shapes on as many threads: for each step [w, h] W and
dz W^T, then one product for the gradient of W. All else (gates, window, head, copies) is what the ratio shows.
"""

from __future__ import annotations

import time
from collections.abc import Callable

STEPS, ROWS, UNITS, SYMBOLS, GAUSSIANS, CHARACTERS = 300, 40, 500, 84, 10, 60


def measure(rounds: int, threads: int) -> dict[str, dict[str, list[float]]]:
    """Return {network: {part: ms of each round}} for the plain and the text network, the parts interleaved."""
    import torch  # only --training installs it

    from weights.training.train import memory

    memory.keep_freed()
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    contenders = {"plain": _plain(torch), "text": _text(torch)}
    found: dict[str, dict[str, list[float]]] = {}
    for turn in range(rounds + 1):
        for network, parts in contenders.items():
            for part, run in parts.items():
                start = time.perf_counter()
                run()
                if turn:  # the first warms up
                    times = found.setdefault(network, {}).setdefault(part, [])
                    times.append(1000 * (time.perf_counter() - start))
    return found


def _products(torch, width: int) -> Callable[[], None]:
    W = torch.randn(width, 4 * UNITS).bfloat16()
    WT = W.T.contiguous()
    before, after = torch.randn(STEPS, ROWS, width).bfloat16(), torch.randn(STEPS, ROWS, 4 * UNITS).bfloat16()
    z, ds = torch.empty(ROWS, 4 * UNITS).bfloat16(), torch.empty(ROWS, width).bfloat16()

    def run() -> None:
        for step in before:
            torch.mm(step, W, out=z)
        for step in after:
            torch.mm(step, WT, out=ds)
        torch.mm(before.flatten(0, 1).T, after.flatten(0, 1))

    return run


def _plain(torch) -> dict[str, Callable[[], None]]:
    """Return the plain network with its head, and the limit of its layer."""
    from weights.training.train.network import TorchNetwork

    network, points = TorchNetwork(UNITS, 20, 1), torch.randn(STEPS, ROWS, 3)

    def run() -> None:
        network.zero_grad()
        network(points, precision=torch.bfloat16).sum().backward()

    return {"all": run, "products": _products(torch, UNITS)}


def _text(torch) -> dict[str, Callable[[], None]]:
    """Return the text network's layer with its window, and the limit of the layer."""
    from weights.training.text.recurrence import Recurrence

    arrays = [torch.randn(3, 4 * UNITS) / 10, torch.randn(SYMBOLS, 4 * UNITS) / 100]
    arrays += [torch.randn(UNITS, 4 * UNITS) / 25, torch.zeros(4 * UNITS)]
    arrays += [torch.randn(UNITS, 3 * GAUSSIANS) / 100, torch.full((3 * GAUSSIANS,), -3.0)]
    arrays = [array.requires_grad_() for array in arrays]
    points, codes = torch.randn(STEPS, ROWS, 3), torch.randint(0, SYMBOLS, (ROWS, CHARACTERS))

    def run() -> None:
        hidden, windows, _ = Recurrence.apply(points, codes, *arrays, torch.bfloat16)
        (hidden.sum() + windows.sum()).backward()

    return {"all": run, "products": _products(torch, SYMBOLS + UNITS)}
