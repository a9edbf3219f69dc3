"""Fans of the network that knows the text: sampled alternatives to each point of a line that says it.

They are laid out, seeded and sampled as `Model.fan` does it: the same uniforms decide the fan of the same point, so
that the two differ only by what the networks know.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import numpy as np

from ductus import mixture
from ductus.alphabet import transliterate
from ductus.cooperative import run
from ductus.drawing import Seed
from ductus.generation.text import Primer
from ductus.ink import as_points
from ductus.model import MAX_INPUT
from ductus.text_network import TextNetwork, TextState, codes


def fan(
    network: TextNetwork,
    points: np.ndarray,
    text: str,
    samples: int,
    steps: int,
    temperature: float,
    seed: int,
    primer: Primer | None = None,
) -> np.ndarray:
    """Return sampled alternatives to each point of a line (N, 3) that says `text`: (N, samples, steps, 3), float32.

    Row i starts from the state that predicts point i, with the seed [seed, i]. Raises TextError, InkError, and
    ValueError for an invalid temperature or count.
    """
    states, whole = line_states(network, points, text, primer), whole_text(text, primer)
    found = np.empty((len(points), samples, steps, 3), np.float32)
    for i, state in zip(range(len(points)), filter(None, states), strict=False):
        found[i] = run(fan_slices(network, state, whole, samples, steps, temperature, [[seed, i]]))[0]
    return found


def whole_text(text: str, primer: Primer | None = None) -> str:
    """Return what the window looks at: what the primer says and a space, if there is one, and the text."""
    return (transliterate(primer.says).rstrip() + " " if primer else "") + transliterate(text)


def line_states(
    network: TextNetwork, points: np.ndarray, text: str, primer: Primer | None = None
) -> Iterator[TextState | None]:
    """Yield the state (1, H) that predicts each point of a line (N, 3), and at last the one after it.

    The line is fed from its beginning, after the primer's ink, as `generation.text.Writer` does; for each point of
    that ink it yields None, a pause. Raises TextError, InkError.
    """
    whole = whole_text(text, primer)
    given = as_points(primer.points) if primer else np.zeros((0, 3))
    inputs = np.clip(np.concatenate([given, as_points(points)]), -MAX_INPUT, MAX_INPUT)  # (G + N, 3)
    state, characters = network.start(whole), codes(whole)
    for i, x in enumerate(inputs):
        yield None if i < len(given) else state
        state = network.step(x[None], state, characters)
    yield state


def fan_slices(
    network: TextNetwork,
    states: TextState,
    text: str,
    samples: int,
    steps: int,
    temperature: float,
    seeds: Sequence[Seed],
) -> Generator[int, None, np.ndarray]:
    """Return continuations of states (P, H) of pens that write `text`, with a seed each: (P, samples, steps, 3).

    As `Model.fan_slices`: the samples of a pen share its first density. It pauses after each step of at most
    `Backend.slice_rows` paths, yielding how many points are drawn. Raises TextError, and ValueError for an invalid
    temperature or counts.
    """
    mixture.check_temperature(temperature)
    pens, characters, done = len(seeds), codes(text), 0
    if samples < 1 or steps < 1 or pens != len(states.h):
        raise ValueError(f"cannot draw {samples} samples of {steps} steps with {pens} seeds for {len(states.h)} pens")
    uniforms = np.stack([np.random.default_rng(seed).random((steps, samples, 4)) for seed in seeds])  # (P, K, S, 4)
    outputs = network.output(states)  # (P, 1 + 6M)
    paths = np.empty((pens, samples, steps, 3), np.float32)
    together = max(1, network.backend.slice_rows // pens)
    for first in range(0, samples, together):
        piece = slice(first, min(first + together, samples))
        rows = np.repeat(np.arange(pens), piece.stop - first)  # (B,) the pen of each path
        state, x = states.take(rows), np.empty((0, 3))
        for step in range(steps):
            chance = uniforms[:, step, piece].reshape(-1, 4)  # (B, 4)
            if step:
                state, x = network.draw(x, state, characters, temperature, chance)
            else:
                x = mixture.sample(outputs[rows], temperature, chance)
            paths[:, piece, step] = x.reshape(pens, -1, 3)
            done += len(rows)
            yield done
    return paths
