"""A line of text that is being written: how far it is, and what has to be computed next."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np

from ductus import guidance, mixture
from ductus.alphabet import END, TextError, transliterate
from ductus.generation.recall import PRIMED, UNPRIMED, last_words, recalled
from ductus.ink import as_points
from ductus.sharing import Piece
from ductus.text_network import TextNetwork, TextState, codes
from ductus.window import View

# The line ends with the first lift at which the end mark has this share of what the window sees.
END_SHARE = 0.3
# If the window has not reached the next character after this many points, the line is given up as incomplete.
MAX_POINTS_PER_CHARACTER = 150
# Points that are fed or drawn in one piece of work, at most, and between two places to go back to.
_CHUNK = 24


class Primer(NamedTuple):
    """Ink to go on from in the same hand (Graves 2013, section 5.5): points (N, 3) and what they say."""

    points: np.ndarray
    says: str


class Place(NamedTuple):
    """How far a line is: all that it needs to go on from there."""

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


class TextLine:
    """A line whose points are final once drawn. What comes next is computed in pieces, here or by another worker."""

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
        backend = network.backend
        self._chunk = max(1, min(_CHUNK, backend.slice_rows * backend.slice_steps // 2))  # of two pens
        self._text = self._before  # all that the window may look at so far
        self._random = np.random.PCG64(seed)
        self._seeded = self._random.state
        self._codes: tuple[str, np.ndarray] = ("", np.zeros(0, np.int64))  # the last context's text, and its codes
        # The points that are drawn and where the window was: alpha, beta, kappa, place; and room for more.
        self._points = np.empty((0, 3), np.float32)
        self._views: np.ndarray = np.empty((0, 3 * network.window.gaussians + 1), network.dtype)
        self._now = self._joined(Place(network.rest(), np.zeros((1, 3)), self._primer))
        self._primed = self._now  # as far into the primer as does not depend on what comes after it
        self._kept = [self._now]  # to go back to, in turn

    @property
    def drawn(self) -> int:
        """How many points are drawn."""
        return self._now.drawn

    @property
    def share(self) -> float:
        """How much of the text is written, 0 to 1."""
        before = len(self._before)
        return 1.0 if self._now.ended else max(0, self._now.farthest - before) / max(1, len(self._text) - before)

    def pieces(self, last: bool) -> Generator[Piece, Any, None]:
        """Yield what has to be computed next and take its result, till the line ends or needs more of the text.

        With `last` no more of the text comes. Until a result is sent nothing is changed.
        """
        while not self._now.ended and (last or self._now.reached <= len(self._text)):
            now = self._now
            limit = np.inf if last else len(self._text) - now.skipped  # characters of this context
            if not (yield from (self._feed if now.fed < len(now.given) else self._write)(now, limit)):
                return

    def _drawn(self, first: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the points (n, 3) from number `first` on, and where the window was: alpha, beta, kappa, place."""
        return self._points[first : self._now.drawn], self._views[first : self._now.drawn]

    def _feed(self, now: Place, limit: float) -> Generator[Piece, TextState, bool]:
        """Feed some of the points that are given; return whether all of them could be."""
        primer = len(self._primer)
        end = min(now.fed + self._chunk, primer if now.fed < primer else len(now.given))
        given = now.given[now.fed : end]  # (g, 3)
        inputs = np.concatenate([now.next, given[:-1]])  # (g, 3)
        states = yield self.network.tracing(inputs, now.state, self._characters(), limit)
        reached = self._reached(now, states)  # (n,)

        def after(count: int) -> Place:
            state, at = _state(states, count - 1, len(now.state.h)), now.fed + count
            return self._joined(
                now._replace(state=state, next=given[count - 1][None], fed=at, reached=int(reached[count - 1]))
            )

        if primed := int((reached <= len(self._before)).sum()):
            self._primed = after(primed)
        if len(reached):
            self._go_to(after(len(reached)))
        return len(reached) == len(given)

    def _write(self, now: Place, limit: float) -> Generator[Piece, Any, bool]:
        """Draw some points; return False if that needs more of the text.

        Those after a lift with which the line ends, or another context begins, are dropped.
        """
        # 1 at least: a line that only takes its points is not given up
        count = max(1, min(self._chunk, MAX_POINTS_PER_CHARACTER - (now.drawn - now.since)))
        states, points = yield from self._draw(now, limit, count)
        if not len(points):
            return False
        pens, skipped = len(now.state.h), np.float32(now.skipped)
        view, reached = View(*(part[::pens] for part in states.view)), self._reached(now, states)
        places = view.place + skipped  # (n,)
        views = np.column_stack([view.alpha, view.beta, view.kappa + skipped, places])  # (n, 3K + 1)
        self._record(now.drawn, points, views)
        farthest = np.maximum.accumulate(np.append(now.farthest, np.int64(places)))  # (n + 1,)
        rises = np.flatnonzero(np.diff(farthest))  # the points with which the window got farther
        lifts, final = points[:, 2] > 0, len(points) - 1
        for at in np.union1d(np.flatnonzero(lifts), final).tolist():
            risen = rises[rises <= at]
            after = now._replace(
                state=_state(states, at, pens),
                next=points[at : at + 1].copy(),  # a view would keep the memory of all states
                drawn=now.drawn + at + 1,
                reached=int(reached[at]),
                farthest=int(farthest[at + 1]),
                since=now.drawn + int(risen[-1]) + 1 if len(risen) else now.since,
            )
            after = self._check_end(after, bool(lifts[at]), float(places[at]))
            if after.ended or after.first > now.first:
                break
        self._go_to(after)
        return at < final or bool(lifts[final]) or len(points) == count

    def _draw(self, now: Place, limit: float, count: int) -> Generator[Piece, Any, tuple[TextState, np.ndarray]]:
        """Draw at most `count` points (n, 3), and return the states that they were drawn from as well."""
        width = guidance.UNIFORMS if self.strength else 4
        self._random.state = self._seeded
        self._random.advance(now.drawn * width)
        uniforms = np.random.Generator(self._random).random((count, width))
        how = limit, self.temperature, self.strength, uniforms
        return (yield self.network.writing(now.next, now.state, self._characters(), *how))

    def _record(self, first: int, points: np.ndarray, views: np.ndarray) -> None:
        end = first + len(points)
        if end > len(self._points):
            self._points, self._views = (
                np.concatenate([old, np.empty((end, old.shape[1]), old.dtype)]) for old in (self._points, self._views)
            )
        self._points[first:end], self._views[first:end] = points, views

    def _go_to(self, place: Place) -> None:
        before, self._now = self._now, place
        if (place.fed + place.drawn) // _CHUNK != (before.fed + before.drawn) // _CHUNK:
            self._kept.append(place)

    def _reached(self, now: Place, states: TextState) -> np.ndarray:
        """Return how many characters the window may have seen after each of n points, (n,)."""
        reached = now.skipped + self.network.window.reach(states.view)[:: len(now.state.h)]
        return np.maximum(now.reached, np.maximum.accumulate(reached))

    def _joined(self, now: Place) -> Place:
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

    def _check_end(self, now: Place, lift: bool, place: float) -> Place:
        w = now.state.w[0]  # (V,)
        if lift and (w[END] > END_SHARE * w.sum() or place >= len(self._text)):
            return now._replace(ended=True, complete=True)
        now = now._replace(ended=now.drawn - now.since >= MAX_POINTS_PER_CHARACTER)
        return self._renew(now) if lift and not now.ended else now

    def _renew(self, now: Place) -> Place:
        """Begin another context if this one is long enough, and there are words to begin it with."""
        if len(self._primer) + now.drawn - now.first < self._recall.context:
            return now
        own, text = slice(now.first, now.drawn), self._text[len(self._before) + now.skipped :]
        places = self._views[own, -1] - (len(self._before) + now.skipped)  # (n,)
        found = last_words(self._points[own], places, text, self._recall.kept)
        if found is None or found[1] < self._recall.kept:
            return now
        skipped, first = now.skipped + found[0], now.first + found[1]
        unit = self.network.units_per_x_height or 1.0
        given = recalled(self._primer, self._points[: now.drawn], first, unit)
        begun = self._primed
        return now._replace(
            state=begun.state, next=begun.next, fed=begun.fed, given=given, skipped=skipped, first=first
        )


def _state(states: TextState, number: int, pens: int) -> TextState:
    """Return the state (P, H) after a point, by its number, of states (n * P, H)."""
    return states.take(np.arange(number * pens, (number + 1) * pens))
