"""Fans of the network that knows the text: sampled alternatives to each point of a line that says it.

They are laid out, seeded and sampled as `Model.fan` does it: the same uniforms decide the fan of the same point, so
that the two differ only by what the networks know.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

import numpy as np

from ductus import mixture
from ductus.alphabet import TextError, transliterate
from ductus.cooperative import run
from ductus.drawing import Seed
from ductus.generation.text_line import Place, Primer, TextLine
from ductus.ink import as_points
from ductus.model import MAX_INPUT
from ductus.sharing import Piece
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
    found = np.empty((len(points), samples, steps, 3), np.float32)
    for i, (state, context) in enumerate(filter(None, line_states(network, points, text, primer))):
        found[i] = run(fan_slices(network, state, context, samples, steps, temperature, [[seed, i]]))[0]
    return found


def line_states(
    network: TextNetwork, points: np.ndarray, text: str, primer: Primer | None = None
) -> Iterator[tuple[TextState, str] | None]:
    """Yield the state (1, H) that predicts each point of a line (N, 3), and the text that its window looks at.

    The line is fed as `generation.text.Writer` does it that wrote it, after the primer's ink and context by context;
    where others than its own points are fed it yields None, a pause. Raises TextError, InkError.
    """
    return _Replay(network, points, text, primer).states()


class _Replay(TextLine):
    """A line that takes its points instead of drawing them."""

    def __init__(self, network: TextNetwork, points: np.ndarray, text: str, primer: Primer | None):
        super().__init__(network, 1.0, 0, primer, strength=0.0)
        text = transliterate(text)
        if not text:
            raise TextError("there is no text to write")
        self._text = self._before + text
        self._line = np.clip(as_points(points), -MAX_INPUT, MAX_INPUT)  # (N, 3)
        self._found: list[tuple[TextState, str]] = []

    def states(self) -> Iterator[tuple[TextState, str] | None]:
        for _ in self.network.share_chains([self.pieces(last=True)] if len(self._line) else []):
            yield from self._found or [None]
            self._found = []

    def _draw(self, now: Place, limit: float, count: int) -> Generator[Piece, Any, tuple[TextState, np.ndarray]]:
        line = self._line[now.drawn : now.drawn + count]
        line = line[: int(np.argmax(np.append(line[:, 2], 1) > 0)) + 1]  # (n, 3), to the first lift
        inputs = np.concatenate([now.next, line[:-1]])  # (n, 3)
        states = yield self.network.tracing(inputs, now.state, self._characters(), limit)
        self._found = [(states.take(np.array([i])), self._codes[0]) for i in range(len(line))]
        return states, line

    def _check_end(self, now: Place, lift: bool, place: float) -> Place:
        now = super()._check_end(now, lift, place)
        return now._replace(ended=now.drawn == len(self._line), complete=False)


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
