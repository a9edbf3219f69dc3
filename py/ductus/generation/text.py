"""Writing a text with a `TextNetwork`: at once, or letter by letter as it is typed, with the same result."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np

from ductus import mixture
from ductus.alphabet import END, TextError, transliterate
from ductus.cooperative import with_progress
from ductus.ink import as_points
from ductus.text_network import TextNetwork, TextState, codes
from ductus.window import View

# The line ends with the first lift at which the end mark has this share of what the window sees.
END_SHARE = 0.3
# If the window has not reached the next character after this many points, the line is given up as incomplete.
MAX_POINTS_PER_CHARACTER = 150
_KEEP_EVERY = 16  # points between two places to go back to
_POINTS = 8  # between two pauses


class Written(NamedTuple):
    """A text as ink.

    points float32 (N, 3); places float32 (N,), where the window was as each was drawn, in characters from 0; text,
    what was written; complete, whether the window reached its end.
    """

    points: np.ndarray
    places: np.ndarray
    text: str
    complete: bool


class Primer(NamedTuple):
    """Ink to go on from in the same hand (Graves 2013, section 5.5): points (N, 3) and what they say."""

    points: np.ndarray
    says: str


def write(network: TextNetwork, text: str, temperature: float, seed, primer: Primer | None = None) -> Written:
    """Return the text as the network writes it; the seed is what numpy's default_rng takes.

    Raises TextError for a text that cannot be written, InkError for a bad primer, ValueError for a bad temperature.
    """
    writer = Writer(network, temperature, seed, primer)
    writer.finish(text)
    return writer.written


def best_slices(
    network: TextNetwork,
    reader: Any,  # an analysis.reader.Reader, which generation does not import
    text: str,
    temperature: float,
    seed,
    draws: int,
    primer: Primer | None = None,
) -> Generator[int, None, tuple[Written, int]]:
    """Return the draw, of several, that the reader finds most likely to say the text, and its number; with pauses.

    Draw 0 is what `write` returns; draw k has the seed [seed, k]. Complete lines come before others. At each pause it
    yields the number of finished draws. Raises what `write` does.
    """
    found = []
    for draw in range(draws):
        writer = Writer(network, temperature, [seed, draw] if draw else seed, primer)
        for _ in writer.change(text):
            yield draw
        written = writer.written
        unit = network.units_per_x_height or 1.0
        line = written.points / [unit, unit, 1] * [reader.units_per_x_height, reader.units_per_x_height, 1]
        (nats,) = yield from with_progress(reader.scores_slices([line], written.text), lambda _, draw=draw: draw)
        found.append((written.complete, nats, written))
    best = max(range(draws), key=lambda draw: found[draw][:2])
    return found[best][2], best


class Writer:
    """Writes a text that may grow or change. Each point is final once drawn: later characters do not change it.

    With a primer the network is first fed its ink, as if it had written that and a space itself.
    """

    def __init__(self, network: TextNetwork, temperature: float, seed, primer: Primer | None = None):
        """Raises ValueError for a bad temperature, TextError or InkError for a bad primer."""
        mixture.check_temperature(temperature)
        says = transliterate(primer.says).rstrip() if primer else ""
        if primer and not says:
            raise TextError("what the ink says must be given")
        self._before = says + " " if primer else ""  # what was written before the text
        self._given = as_points(primer.points) if primer else np.zeros((0, 3))  # (G, 3), fed before anything is drawn
        self.network, self.temperature = network, temperature
        self._text = self._before  # all that the window may look at so far
        self._rng = np.random.default_rng(seed)
        self._uniforms: np.ndarray | None = None  # (1, 4), of the next point, once they are drawn
        self._now = _Place(network.rest(), np.zeros((1, 3)), 0, 0, 0, 0, False, False)
        self._points: list[np.ndarray] = []
        self._views: list[np.ndarray] = []  # (3K + 1,) each: where the window was
        self._kept = [(self._now, self._rng.bit_generator.state)]  # to go back to, in turn

    @property
    def written(self) -> Written:
        """What there is so far."""
        return self.since(0)

    def since(self, first: int) -> Written:
        """Return what there is from the point `first` on; the text is the whole one."""
        points = np.array(self._points[first:], np.float32).reshape(-1, 3)
        places = np.array([view[-1] for view in self._views[first:]], np.float32) - np.float32(len(self._before))
        return Written(points, places, self._text[len(self._before) :], self._now.complete)

    @property
    def ended(self) -> bool:
        """Whether the line has ended, complete or given up."""
        return self._now.ended

    def look(self, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return how much the window saw of which characters, from the point `first` on: (n, J) and int64 (n,).

        Column j of a row is the character of the second array plus j, counted from the text's first.
        """
        window = self.network.window
        table = np.array(self._views[first:], window.dtype).reshape(-1, 3 * window.gaussians + 1)
        alpha, beta, kappa = np.split(table[:, :-1], 3, axis=1)  # (n, K) each
        view = View(alpha, beta, kappa, table[:, -1])
        return window.weights(view), view.character - window.behind - len(self._before)

    def extend(self, text: str) -> np.ndarray:
        """Write as far as the text so far decides, and return the new points (n, 3).

        `text` is the whole text and must begin with all characters that the window has seen already. Raises TextError
        if it does not, or cannot be written.
        """
        return self._advance(self._before + transliterate(text), last=False)

    def finish(self, text: str) -> np.ndarray:
        """Write to the end of the text, now that no more of it comes, and return the new points (n, 3).

        Space at the end is left out, unless the window has seen it already.
        """
        text = transliterate(text)
        if not text:
            raise TextError("there is no text to write")
        text = self._before + text
        return self._advance(text[: max(len(text.rstrip()), min(self._now.reached, len(self._text)))], last=True)

    def change(self, text: str) -> Generator[int, None, None]:
        """Write another text from the first character that differs on; a task in slices.

        It yields how many of the points written before stay, and then that number again at each pause. When it ends,
        `written` is what `finish` makes of the text from the beginning. Raises TextError.
        """
        text = transliterate(text).rstrip()
        if not text:
            raise TextError("there is no text to write")
        whole = self._before + text
        keep = self._go_back(whole)
        self._text, characters = whole, codes(whole)
        yield keep
        count = 0
        while not self._now.ended and self._step(characters, last=True):
            count += 1
            if count % _POINTS == 0:
                yield keep

    def _go_back(self, text: str) -> int:
        """Go back to before the window saw anything that is not so in this text; return how many points stay."""
        same = next((i for i, (a, b) in enumerate(zip(self._text, text, strict=False)) if a != b), None)
        if same is None:
            same = min(len(self._text), len(text))
            if len(self._text) == len(text):
                return len(self._points)
        if self._now.reached > same:
            while len(self._kept) > 1 and self._kept[-1][0].reached > same:
                self._kept.pop()
            self._now, self._rng.bit_generator.state = self._kept[-1]
            self._uniforms = None
            del self._points[self._now.drawn :], self._views[self._now.drawn :]
        return len(self._points)

    def _advance(self, text: str, last: bool) -> np.ndarray:
        reached = min(self._now.reached, len(self._text))
        if text[:reached] != self._text[:reached] or len(text) < reached:
            raise TextError("the text has changed where it is written already")
        self._text, before = text, len(self._points)
        if last or text:
            characters = codes(text)  # (BEHIND + U + 1 + MARGIN,)
            while not self._now.ended and self._step(characters, last):
                pass
        return np.array(self._points[before:], np.float32).reshape(-1, 3)

    def _step(self, characters: np.ndarray, last: bool) -> bool:
        """Feed the last point and take the next; False, and nothing is changed, if that needs more of the text."""
        now = self._now
        if now.fed < len(self._given):
            state = self.network.step(now.next, now.state, characters)
            point = self._given[now.fed][None]  # (1, 3)
        else:
            if self._uniforms is None:  # they are drawn once for each point, however often it is tried
                self._uniforms = self._rng.random((1, 4))
            state, point = self.network.draw(now.next, now.state, characters, self.temperature, self._uniforms)
        reached = max(now.reached, self.network.reaches(state.view))
        if not last and reached > len(self._text):
            return False
        given = now.fed < len(self._given)
        now = now._replace(
            state=state, next=point, reached=reached, fed=now.fed + given, drawn=now.drawn + (not given)
        )
        if not given:
            self._uniforms = None
            self._points.append(point[0].astype(np.float32))
            self._views.append(np.concatenate([*(part[0] for part in state.view[:3]), state.view.place]))
            now = self._check_end(now, bool(point[0, 2]))
        self._now = now
        if (now.fed + now.drawn) % _KEEP_EVERY == 0:
            self._kept.append((now, self._rng.bit_generator.state))
        return True

    def _check_end(self, now: _Place, lift: bool) -> _Place:
        w, place = now.state.w[0], float(now.state.view.place[0])  # (V,)
        if lift and (w[END] > END_SHARE * w.sum() or place >= len(self._text)):
            return now._replace(ended=True, complete=True)
        if int(place) > now.farthest:
            now = now._replace(farthest=int(place), since=now.drawn)
        return now._replace(ended=now.drawn - now.since >= MAX_POINTS_PER_CHARACTER)


class _Place(NamedTuple):
    """How far a Writer is: all that it needs to go on from there, with the state of its generator."""

    state: TextState
    next: np.ndarray  # (1, 3), drawn or given, but not yet fed to the network
    fed: int  # points of the primer
    drawn: int  # points
    reached: int  # characters that the window may have seen, the end mark and what is beyond it included
    farthest: int  # the farthest character
    ended: bool
    complete: bool
    since: int = 0  # points drawn when the farthest character was reached
