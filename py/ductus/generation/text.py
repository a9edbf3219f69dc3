"""Writing a text with a `TextNetwork`: at once, or letter by letter as it is typed, with the same result."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus import guidance, mixture
from ductus.alphabet import END, TextError, transliterate
from ductus.generation.recall import PRIMED, UNPRIMED, last_words, recalled
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


def write(
    network: TextNetwork,
    text: str,
    temperature: float,
    seed,
    primer: Primer | None = None,
    strength: float = guidance.STRENGTH,
) -> Written:
    """Return the text as the network writes it; the seed is what numpy's default_rng takes.

    `strength` is that of the guidance; with 0 each point is a draw from the network's own prediction.

    Raises TextError for a text that cannot be written, InkError for a bad primer, ValueError for a bad temperature or
    strength.
    """
    writer = Writer(network, temperature, seed, primer, strength)
    writer.finish(text)
    return writer.written


class Writer:
    """Writes a text that may grow or change. Each point is final once drawn: later characters do not change it.

    With a primer the network is first fed its ink, as if it had written that and a space itself. A long text is
    written in several contexts (see `generation.recall`): each begins with the primer and the last words.
    """

    def __init__(
        self,
        network: TextNetwork,
        temperature: float,
        seed,
        primer: Primer | None = None,
        strength: float = guidance.STRENGTH,
    ):
        """Raises ValueError for a bad temperature or strength, TextError or InkError for a bad primer."""
        mixture.check_temperature(temperature)
        guidance.check_strength(strength)
        says = transliterate(primer.says).rstrip() if primer else ""
        if primer and not says:
            raise TextError("what the ink says must be given")
        self._before = says + " " if primer else ""  # what was written before the text
        self._primer = as_points(primer.points) if primer else np.zeros((0, 3))  # (G, 3)
        self._recall = PRIMED if primer else UNPRIMED
        self.network, self.temperature, self.strength = network, temperature, strength
        self._text = self._before  # all that the window may look at so far
        self._rng = np.random.default_rng(seed)
        self._uniforms: np.ndarray | None = None  # of the next point, once they are drawn
        self._codes: tuple[str, np.ndarray] = ("", np.zeros(0, np.int64))  # the last context's text, and its codes
        self._now = self._joined(_Place(network.rest(), np.zeros((1, 3)), self._primer))
        self._primed = self._now  # as far into the primer as does not depend on what comes after it
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
        self._text = whole
        yield keep
        count = 0
        while not self._now.ended and self._step(last=True):
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
            while not self._now.ended and self._step(last):
                pass
        return np.array(self._points[before:], np.float32).reshape(-1, 3)

    def _step(self, last: bool) -> bool:
        """Feed the last point and take the next; False, and nothing is changed, if that needs more of the text."""
        now, characters = self._now, self._characters()
        given = now.fed < len(now.given)
        if given:
            state = self.network.step(np.repeat(now.next, len(now.state.h), axis=0), now.state, characters)
            point = now.given[now.fed][None]  # (1, 3)
        else:
            state, point = self._draw(characters)
        view = View(*(part[:1] for part in state.view))
        reached = max(now.reached, now.skipped + self.network.reaches(view))
        if not last and reached > len(self._text):
            return False
        now = now._replace(
            state=state, next=point, reached=reached, fed=now.fed + given, drawn=now.drawn + (not given)
        )
        if given:
            now = self._joined(now)
            if reached <= len(self._before):
                self._primed = now
        else:
            self._uniforms = None
            self._points.append(point[0].astype(np.float32))
            place = view.place + np.float32(now.skipped)
            self._views.append(
                np.concatenate([view.alpha[0], view.beta[0], view.kappa[0] + np.float32(now.skipped), place])
            )
            now = self._check_end(now, bool(point[0, 2]), float(place[0]))
        self._now = now
        if (now.fed + now.drawn) % _KEEP_EVERY == 0:
            self._kept.append((now, self._rng.bit_generator.state))
        return True

    def _joined(self, now: _Place) -> _Place:
        """Add the pen without the text where the primer ends: it knows the hand only from what is written then."""
        if not self.strength or now.fed != len(self._primer):
            return now
        return now._replace(state=self.network.beside_unread(now.state))

    def _characters(self) -> np.ndarray:
        """Return the codes of the text in this context, (BEHIND + U + 1 + MARGIN,)."""
        text = self._before + self._text[len(self._before) + self._now.skipped :]
        if text != self._codes[0]:
            self._codes = text, codes(text)
        return self._codes[1]

    def _draw(self, characters: np.ndarray) -> tuple[TextState, np.ndarray]:
        """Feed the last point and draw the next, (1, 3)."""
        now, network = self._now, self.network
        if self._uniforms is None:  # they are drawn once for each point, however often it is tried
            self._uniforms = self._rng.random(guidance.UNIFORMS if self.strength else 4)
        if self.strength:
            return network.guided(now.next, now.state, characters, self.temperature, self.strength, self._uniforms)
        return network.draw(now.next, now.state, characters, self.temperature, self._uniforms[None])

    def _check_end(self, now: _Place, lift: bool, place: float) -> _Place:
        w = now.state.w[0]  # (V,)
        if lift and (w[END] > END_SHARE * w.sum() or place >= len(self._text)):
            return now._replace(ended=True, complete=True)
        if int(place) > now.farthest:
            now = now._replace(farthest=int(place), since=now.drawn)
        now = now._replace(ended=now.drawn - now.since >= MAX_POINTS_PER_CHARACTER)
        return self._renew(now) if lift and not now.ended else now

    def _renew(self, now: _Place) -> _Place:
        """Begin another context if this one is long enough, and there are words to begin it with."""
        if len(self._primer) + now.drawn - now.first < self._recall.context:
            return now
        points, before = np.array(self._points), len(self._before)
        places = np.array([view[-1] for view in self._views]) - before
        found = last_words(points, places, self._text[before:], self._recall.kept)
        if found is None or found[1] < now.first + self._recall.kept:
            return now
        given = recalled(self._primer, points, found[1], self.network.units_per_x_height or 1.0)
        begun = self._primed
        return now._replace(
            state=begun.state, next=begun.next, fed=begun.fed, given=given, skipped=found[0], first=found[1]
        )


class _Place(NamedTuple):
    """How far a Writer is: all that it needs to go on from there, with the state of its generator."""

    state: TextState
    next: np.ndarray  # (1, 3), drawn or given, but not yet fed to the network
    given: np.ndarray  # (G, 3), fed in this context before anything is drawn
    fed: int = 0  # points of those
    drawn: int = 0  # points
    reached: int = 0  # characters that the window may have seen, the end mark and what is beyond it included
    farthest: int = 0  # the farthest character
    ended: bool = False
    complete: bool = False
    since: int = 0  # points drawn when the farthest character was reached
    skipped: int = 0  # characters of the text before this context's
    first: int = 0  # drawn point of this context
