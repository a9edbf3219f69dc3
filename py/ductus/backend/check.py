"""The check of a backend against numpy, on small cases, before it is used."""

from __future__ import annotations

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from ductus.backend.numpy import BackendError, CellChange, NumpyDescent, State

# Of two results of the size of 1, float32 against float64: about ten roundings of sums over 500.
TOLERANCE = 2e-5
# Sizes that no loop of a backend divides.
_UNITS, _OUTPUTS, _ITEMS = 13, 37, 13


def check(backend) -> None:
    """Compare each routine of a backend with numpy. Raise BackendError if one disagrees."""
    rng = np.random.default_rng(0)
    same = _Comparison(backend.name)
    a, b = rng.normal(0, 0.3, (11, 13)), rng.normal(0, 0.3, (13, 37))
    same("matmul", backend.multiply(a, b), np.einsum("bk,kn->bn", a, b))
    _check_network(backend, same, rng)
    _check_text(backend, same, rng)
    _check_directions(backend, same, rng)
    _check_descent(backend, same, rng)


class _Comparison:
    def __init__(self, backend: str):
        self.backend = backend

    def __call__(self, name: str, found, expected) -> None:
        if not np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE):
            raise BackendError(f"{self.backend}: {name} disagrees with numpy")


def _check_network(backend, same: _Comparison, rng: np.random.Generator) -> None:
    shapes = (3 + _UNITS, 4 * _UNITS), (4 * _UNITS,), (_UNITS, _OUTPUTS), (_OUTPUTS,)
    W, b, W_y, b_y = (rng.normal(0, 0.3, shape).astype(np.float32) for shape in shapes)
    lstm = SimpleNamespace(units=_UNITS, inputs=3, W=W, b=b)
    network = backend.compile(SimpleNamespace(lstm=lstm, W_y=W_y, b_y=b_y, dtype=np.dtype(np.float32)))

    def step(x, h, c):
        return _step(np.concatenate([x, h], axis=1) @ W + b, c)

    for pens, samples in ((1, 1), (7, 1), (3, 5)):
        state = State(*rng.normal(0, 0.5, (2, pens, _UNITS)).astype(np.float32))
        x = rng.normal(0, 1, (pens * samples, 3))
        found, output = network.advance(x, state)
        h, c = step(x, *(np.repeat(part, samples, axis=0) for part in state))
        for name, ours, expected in zip("hcy", (*found, output), (h, c, h @ W_y + b_y), strict=True):
            same(f"a step of {pens} x {samples} ({name})", ours, expected)
        same("the head", network.output(state.h), state.h @ W_y + b_y)
    x = rng.normal(0, 1, (5, 2, 3))
    states: list[np.ndarray] = [np.zeros((2, 2, _UNITS), np.float32)]
    for inputs in x:
        states.append(np.stack(step(inputs, *states[-1])))
    same("a trace", network.trace(x, State(*states[0])), np.stack(states, axis=1))
    change = CellChange(*rng.choice(np.array([1, 0, -1, 0.5], np.float32), (2, 2, _UNITS)))
    h, c = _step(np.concatenate([x[0], states[0][0]], axis=1) @ W + b, states[0][1], *change)
    same("a changed step", network.trace(x[:1], State(*states[0]), change), np.stack([states[0], [h, c]], axis=1))
    (h, c), truth = states[0], x[3:, 0]  # (2, 3)
    read, facts = network.read(x[:2, 0], truth, State(h, c), change)
    for inputs, point, said in zip(x[:2, 0], truth, facts, strict=True):
        h, c = _step(np.concatenate([[inputs] * 2, h], axis=1) @ W + b, c, *change)
        same("what is said of a point", said, [_facts(output, point) for output in h @ W_y + b_y])
    same("states after a reading", read, [h, c])

    pens, steps, samples, temperature = 2, 3, 4, 0.7
    start, uniforms = rng.normal(0, 0.5, (2, pens, _UNITS)), rng.random((pens, steps, samples, 4))
    _, paths = network.draw(None, State(*start.astype(np.float32)), temperature, uniforms)
    h, c = (np.repeat(part, samples, axis=0) for part in start)  # (B * S, H)
    for t in range(steps):
        points = map(_sample, h @ W_y + b_y, uniforms[:, t].reshape(-1, 4), [temperature] * pens * samples)
        x = np.reshape(list(points), (pens, samples, 3))
        same("a drawn point", paths[:, :, t], x)
        h, c = step(x.reshape(-1, 3), h, c)


def _step(
    z: np.ndarray, c: np.ndarray, scale: np.ndarray | float = 1.0, value: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return h and c by the LSTM's equations with the halves folded into W and b, as `lstm.LSTM` has them."""
    i, g, f, o = np.split(np.tanh(z), 4, axis=1)  # (B, H) each
    c = scale * 0.5 * (c * (1 + f) + (1 + i) * g) + value
    return 0.5 * np.tanh(c) * (1 + o), c


class _View(NamedTuple):
    alpha: np.ndarray
    beta: np.ndarray
    kappa: np.ndarray
    place: np.ndarray


class _TextState(NamedTuple):
    h: np.ndarray
    c: np.ndarray
    w: np.ndarray
    view: _View

    def take(self, rows: slice) -> _TextState:
        return _TextState(self.h[rows], self.c[rows], self.w[rows], _View(*(part[rows] for part in self.view)))


def _check_text(backend, same: _Comparison, rng: np.random.Generator) -> None:
    """Check two steps of a network with a window, by the equations of `window.Window`."""
    pens, K, V, behind, ahead, temperature = 2, 3, 5, 2, 1, 0.7
    shapes = (
        (3 + V + _UNITS, 4 * _UNITS),
        (4 * _UNITS,),
        (_UNITS + V, _OUTPUTS),
        (_OUTPUTS,),
        (_UNITS, 3 * K),
        (3 * K,),
    )
    W, b, W_y, b_y, W_hk, b_k = (rng.normal(0, 0.3, shape).astype(np.float32) for shape in shapes)
    layer = SimpleNamespace(
        lstm=SimpleNamespace(inputs=3 + V, W=W, b=b),
        window=SimpleNamespace(
            W_hk=W_hk, b_k=b_k, gaussians=K, symbols=V, behind=behind, ahead=ahead, log_range=(-0.4, 0.4)
        ),
        W_y=W_y,
        b_y=b_y,
        dtype=np.dtype(np.float32),
    )
    text = np.array([V, V, 1, 4, 4, 2, 0, V, V, V])
    zeros = np.zeros((pens, K), np.float32)
    h, c, w, kappa = (rng.normal(0, 0.5, (pens, n)).astype(np.float32) for n in (_UNITS, _UNITS, V, K))
    kappa = np.abs(kappa)  # a window is never before the text
    network, state = backend.compile_text(layer), _TextState(h, c, w, _View(zeros, zeros, kappa, zeros[:, 0]))
    for _ in range(2):
        x, uniforms = rng.normal(0, 1, (pens, 3)), rng.random((pens, 4))
        state, points = network.draw(x, state, text, temperature, uniforms)
        h, c = _step(np.concatenate([x, w, h], axis=1) @ W + b, c)
        alpha, beta, move = np.split(h @ W_hk + b_k, 3, axis=1)  # (B, K) each
        alpha, beta = np.exp(np.clip([alpha, beta], -0.4, 0.4))
        kappa = kappa + 1 / (1 + np.exp(-move))
        place = (alpha * kappa).sum(axis=1) / alpha.sum(axis=1)  # (B,)
        kappa = np.clip(kappa, place[:, None] - behind, place[:, None] + ahead)
        w = np.zeros((pens, V))
        for pen, u in np.ndindex(pens, len(text) - 1):
            near = u - behind - np.floor(place[pen])  # of a character at u - behind in the text
            if -behind <= near <= ahead and text[u] < V:
                w[pen, text[u]] += (alpha * np.exp(-beta * (kappa - u + behind) ** 2)).sum(axis=1)[pen]
        output = np.concatenate([h, w], axis=1) @ W_y + b_y
        expected = list(map(_sample, output, uniforms, [temperature] * pens))
        found = (*state[:3], *state.view, points)
        for ours, wanted in zip(found, (h, c, w, alpha, beta, kappa, place, expected), strict=True):
            same("a step of a text", ours, wanted)
    same("the head of a text", network.output(state), output)
    uniforms, strength = rng.random((3, 4 * 3 + 1)), 2.0
    x = rng.normal(0, 1, (1, 3))
    states, points = network.write(x, state, text, np.inf, temperature, strength, uniforms)
    outputs = network.output(states).reshape(-1, pens, _OUTPUTS)  # (n, 2, O)
    for output, chance, point in zip(outputs, uniforms, points, strict=False):
        candidates = [_sample(output[0], some, temperature) for some in chance[:-1].reshape(-1, 4)]
        ratios = np.array([_density(output[0], some) / _density(output[1], some) for some in candidates]) ** strength
        chosen = np.searchsorted(ratios.cumsum(), chance[-1] * ratios.sum(), side="right")
        same("a guided point", point, candidates[chosen])
    inputs = np.concatenate([x, points[:-1]])  # (n, 3)
    same("a trace of a text", network.trace(inputs, state, text, np.inf).h, states.h)
    for number, point in enumerate(inputs):
        state = network.step(np.repeat(point[None], pens, axis=0), state, text)
        same("a written state", states.h[number * pens :][:pens], state.h)
    seen = np.floor(states.view.place[0]) + ahead
    same("a trace to a limit", len(network.trace(inputs, states.take(slice(0, pens)), text, seen).h), 0)


def _check_directions(backend, same: _Comparison, rng: np.random.Generator) -> None:
    """Check two layers of more inputs than a point has."""
    inputs, times, pens = 7, 5, 3
    layers = []
    for _ in range(2):
        W, b = (rng.normal(0, 0.3, shape).astype(np.float32) for shape in ((inputs + _UNITS, 4 * _UNITS), 4 * _UNITS))
        layers.append(SimpleNamespace(inputs=inputs, dtype=W.dtype, W=W, b=b))
    x = rng.normal(0, 1, (2, times, pens, inputs))
    slices = backend.bidirectional(*layers)(x)
    while True:
        try:
            next(slices)
        except StopIteration as end:
            found = end.value
            break
    for layer, own, ours in zip(layers, x, found, strict=True):
        h, c = np.zeros((2, pens, _UNITS))
        for t in range(times):
            h, c = _step(np.concatenate([own[t], h], axis=1) @ layer.W + layer.b, c)
            same("a layer in a direction", ours[t], h)


def _sample(output: np.ndarray, u: np.ndarray, temperature: float) -> list[float]:
    """Sample a point from the head's output (1 + 6M,) by uniforms u (4,), as `mixture.sample` does."""
    pi, mu1, mu2, log_sigma1, log_sigma2, r = output[1:].reshape(6, -1)  # (M,) each
    cumulative = np.exp(pi / temperature).cumsum()
    chosen = np.searchsorted(cumulative, u[0] * cumulative[-1], side="right")
    sigma = temperature * np.exp([log_sigma1[chosen], log_sigma2[chosen]])
    rho, radius, angle = np.tanh(r[chosen]), np.sqrt(-2 * np.log(1 - u[2])), 2 * np.pi * u[3]
    first, other = radius * np.cos(angle), radius * np.sin(angle)
    second = rho * first + np.sqrt(1 - rho**2) * other
    return [mu1[chosen] + sigma[0] * first, mu2[chosen] + sigma[1] * second, u[1] < 1 / (1 + np.exp(-output[0]))]


def _facts(output: np.ndarray, point: np.ndarray | list[float]) -> list[float]:
    """Return what the head's output (1 + 6M,) says about a point (3,), as `mixture.facts` does."""
    pi, mu1, mu2, log_sigma1, log_sigma2, r = output[1:].reshape(6, -1)  # (M,) each
    pi, sigma1, sigma2, rho = np.exp(pi) / np.exp(pi).sum(), np.exp(log_sigma1), np.exp(log_sigma2), np.tanh(r)
    z1, z2, rest = (point[0] - mu1) / sigma1, (point[1] - mu2) / sigma2, 1 - rho**2
    normal = np.exp((2 * rho * z1 * z2 - z1**2 - z2**2) / (2 * rest)) / (2 * np.pi * sigma1 * sigma2 * np.sqrt(rest))
    chance = 1 / (1 + np.exp(-output[0]))
    of_lift = chance if point[2] > 0.5 else 1 - chance
    return [-np.log(pi @ normal), -np.log(of_lift), chance, pi @ mu1, pi @ mu2]


def _density(output: np.ndarray, point: np.ndarray | list[float]) -> float:
    """Return the density of a point (3,) by the head's output (1 + 6M,)."""
    return np.exp(-sum(_facts(output, point)[:2]))


def _check_descent(backend, same: _Comparison, rng: np.random.Generator) -> None:
    P = rng.random((_ITEMS, _ITEMS))
    P += P.T
    np.fill_diagonal(P, 0)
    P /= P.sum()
    y = rng.normal(0, 1, _ITEMS)
    for dtype in (np.float32, np.float64):
        start = [array.astype(dtype) for array in (y, np.zeros(_ITEMS), np.ones(_ITEMS), P)]
        ours, numpys = (make(*(array.copy() for array in start)) for make in (backend.descent, NumpyDescent))
        same("the gradient of t-SNE", ours.gradient(2.0), numpys.gradient(2.0))
        done = [descent.iterate(3, 2.0, 0.5, 0.5, 0.0) for descent in (ours, numpys)]
        same("a descent of t-SNE", [*ours.y, done[0]], [*numpys.y, done[1]])
