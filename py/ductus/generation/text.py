"""Writing a text with a `TextNetwork`: at once, or letter by letter as it is typed, with the same result."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from ductus import guidance
from ductus.alphabet import TextError, transliterate
from ductus.cooperative import run
from ductus.generation.text_line import Primer, TextLine
from ductus.text_network import TextNetwork
from ductus.window import View


class Written(NamedTuple):
    """A text as ink.

    points float32 (N, 3); places float32 (N,), where the window was as each was drawn, in characters from 0; text,
    what was written; complete, whether the window reached its end.
    """

    points: np.ndarray
    places: np.ndarray
    text: str
    complete: bool


def write(
    network: TextNetwork,
    text: str,
    temperature: float,
    seed,
    primer: Primer | None = None,
    strength: float = guidance.STRENGTH,
) -> Written:
    """Return the text as the network writes it; the seed is what numpy's PCG64 takes.

    `strength` is that of the guidance; with 0 each point is a draw from the network's own prediction.

    Raises TextError for a text that cannot be written, InkError for a bad primer, ValueError for a bad temperature or
    strength.
    """
    writer = Writer(network, temperature, seed, primer, strength)
    writer.finish(text)
    return writer.written


class Writer(TextLine):
    """Writes a text that may grow or change. Each point is final once drawn: later characters do not change it.

    With a primer the network is first fed its ink, as if it had written that and a space itself. A long text is
    written in several contexts (see `generation.recall`): each begins with the primer and the last words.
    """

    @property
    def written(self) -> Written:
        """What there is so far."""
        return self.since(0)

    def since(self, first: int) -> Written:
        """Return what there is from the point `first` on; the text is the whole one."""
        points, views = self._drawn(first)
        places = np.float32(views[:, -1]) - np.float32(len(self._before))
        return Written(points.copy(), places, self._text[len(self._before) :], self._now.complete)

    @property
    def ended(self) -> bool:
        """Whether the line has ended, complete or given up."""
        return self._now.ended

    def look(self, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return how much the window saw of which characters, from the point `first` on: (n, J) and int64 (n,).

        Column j of a row is the character of the second array plus j, counted from the text's first.
        """
        window = self.network.window
        table = self._drawn(first)[1]  # (n, 3K + 1)
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
        yield (keep := self.set_text(text))
        for _ in self.network.share_chains([self.pieces(last=True)]):
            yield keep

    def set_text(self, text: str) -> int:
        """Take another text, go back to where it differs, and return how many points stay. Raises TextError.

        When `pieces` are done after that, `written` is what `finish` makes of the text from the beginning.
        """
        text = transliterate(text).rstrip()
        if not text:
            raise TextError("there is no text to write")
        whole = self._before + text
        keep = self._go_back(whole)
        self._text = whole
        return keep

    def _go_back(self, text: str) -> int:
        """Go back to before the window saw anything that is not so in this text; return how many points stay."""
        same = next((i for i, (a, b) in enumerate(zip(self._text, text, strict=False)) if a != b), None)
        if same is None:
            same = min(len(self._text), len(text))
            if len(self._text) == len(text):
                return self._now.drawn
        if self._now.reached > same:
            while len(self._kept) > 1 and self._kept[-1].reached > same:
                self._kept.pop()
            self._now = self._kept[-1]
        return self._now.drawn

    def _advance(self, text: str, last: bool) -> np.ndarray:
        reached = min(self._now.reached, len(self._text))
        if text[:reached] != self._text[:reached] or len(text) < reached:
            raise TextError("the text has changed where it is written already")
        self._text, before = text, self._now.drawn
        if last or text:
            run(self.network.share_chains([self.pieces(last)]))
        return self._drawn(before)[0].copy()
