"""Writing a text with a `TextNetwork`: at once, or letter by letter as it is typed, with the same result."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ductus import mixture
from ductus.alphabet import END, TextError, transliterate
from ductus.ink import as_points
from ductus.text_network import TextNetwork, TextState, codes

# The line ends with the first lift at which the end mark has this share of what the window sees.
END_SHARE = 0.3
# If the window has not reached the next character after this many points, the line is given up as incomplete.
MAX_POINTS_PER_CHARACTER = 150


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


class Writer:
    """Writes a text that may still grow. Each point is final once drawn: later characters do not change it.

    With a primer the network is first fed its ink, as if it had written that and a space itself.
    """

    def __init__(self, network: TextNetwork, temperature: float, seed, primer: Primer | None = None):
        """Raises ValueError for a bad temperature, TextError or InkError for a bad primer."""
        mixture.check_temperature(temperature)
        says = transliterate(primer.says).rstrip() if primer else ""
        if primer and not says:
            raise TextError("what the ink says must be given")
        self._before = says + " " if primer else ""  # what was written before the text
        self._given = list(as_points(primer.points)) if primer else []  # ink still to be fed, in turn
        self._given.reverse()
        self.network, self.temperature = network, temperature
        self._text = self._before  # all that the window may look at so far
        self.ended, self.complete = False, False
        self._rng = np.random.default_rng(seed)
        self._uniforms: np.ndarray | None = None  # (1, 4), of the next point, once they are drawn
        self._state: TextState = network.rest()
        self._next = np.zeros((1, 3))  # drawn, but not yet fed to the network
        self._points: list[np.ndarray] = []
        self._places: list[float] = []
        self._reached = 0  # characters that the window may have seen
        self._farthest, self._since = 0, 0  # the farthest character, and the points drawn since it was reached

    @property
    def written(self) -> Written:
        """What there is so far."""
        points = np.array(self._points, np.float32).reshape(-1, 3)
        places = np.array(self._places, np.float32) - np.float32(len(self._before))
        return Written(points, places, self._text[len(self._before) :], self.complete)

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
        return self._advance(text[: max(len(text.rstrip()), self._reached)], last=True)

    def _advance(self, text: str, last: bool) -> np.ndarray:
        if text[: self._reached] != self._text[: self._reached] or len(text) < self._reached:
            raise TextError("the text has changed where it is written already")
        self._text, before = text, len(self._points)
        if last or text:
            characters = codes(text)  # (BEHIND + U + 1 + MARGIN,)
            while not self.ended and self._step(characters, last):
                pass
        return np.array(self._points[before:], np.float32).reshape(-1, 3)

    def _step(self, characters: np.ndarray, last: bool) -> bool:
        """Feed the last point and take the next; False, and nothing is changed, if that needs more of the text."""
        if self._uniforms is None:  # they are drawn once for each point, however often it is tried
            self._uniforms = self._rng.random((1, 4))
        state, point = self.network.draw(self._next, self._state, characters, self.temperature, self._uniforms)
        reached = self.network.reaches(state.view)
        if not last and reached > len(self._text):
            return False
        self._state = state
        self._reached = max(self._reached, min(reached, len(self._text)))
        if self._given:
            self._next = self._given.pop()[None]  # (1, 3)
            return True
        self._next, self._uniforms = point, None
        place = float(state.view.place[0])
        self._points.append(point[0].astype(np.float32))
        self._places.append(place)
        self._check_end(place, bool(point[0, 2]))
        return True

    def _check_end(self, place: float, lift: bool) -> None:
        w = self._state.w[0]  # (V,)
        if lift and (w[END] > END_SHARE * w.sum() or place >= len(self._text)):
            self.ended = self.complete = True
        self._since += 1
        if int(place) > self._farthest:
            self._farthest, self._since = int(place), 0
        if self._since >= MAX_POINTS_PER_CHARACTER:
            self.ended = True
