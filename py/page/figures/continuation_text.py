"""Write this: the network writes the text that the reader types, in rows on the first sheet."""

import js
from shims import draw, rows

from page.figures.continuation_text_files import READER, TextFiles
from page.figures.row import Row
from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost, message
from shared.limits import MAX_TEXT

# From baseline to baseline, at least, and the least gap between two rows, in x-heights.
ROW_PITCH, ROW_GAP = 2.6, 0.45
LINE_WIDTH = 0.052  # as wide as the ink, in x-heights
PACE = 0.3  # points per ms: a letter in a tenth of a second, which nobody types faster than
SIDE = 0.8  # x-heights of paper that stay free to the right of the rows
MIN_WIDTH, MAX_WIDTH = 4, 44  # of a row, in x-heights
NEAR = 1.2  # x-heights from the ink, for a pointer to be on it
INK, NONE = -2, -1  # hands: that of the ink, and none
DRAWS = 5
SHEET = "continuation"


class TypedText:
    """The rows of the text; `files` are the TextFiles that they take.

    `say(text)` shows a sentence; `says()` returns what the reader says of their ink, "" for nothing; `suggest(text)`
    gets what the ink seems to say.
    """

    def __init__(self, figure, state, worker, pen, surface, frames):
        self._figure, self._state, self._worker, self._pen = figure, state, worker, pen
        self._surface, self._frames = surface, frames
        self._window = figure.querySelector(".alignment")
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self.say = lambda text: None
        self.says = lambda: ""
        self.suggest = lambda text: None
        self.files = TextFiles(state, worker)
        self.files.say = lambda text: self.say(text)
        self._checked = None  # the ink, and what was said of it, that the reader has read
        self._doubt = ""  # what the reader doubts of what the ink is said to say
        self.rows = []
        self.text = ""  # as it was written, with what stands for other characters
        self._shown, self._frame = 0, None  # points that are drawn; the time of the last frame
        self._tall = ""  # how far down the rows reach, in x-heights
        self._whole = True  # has the page got all rows that the worker has?
        self._mark = -1  # the letter that is marked
        self._row = None  # the row whose window is shown

    async def _hand(self, wanted):
        """Return (hand, what the ink says), and have the reader read the ink where that is not known yet."""
        hand = self._state["hand"]
        if hand == INK and not self._pen.count:
            hand = NONE
        if hand != INK:
            self._doubt = ""
            return hand, ""
        says = self.says()
        ink = (self._worker.loads, [self._pen.id(number) for number in range(self._pen.count)], says)
        if ink != self._checked:
            await self.files.load(READER)
            found = await self._worker.run_task(
                "text.fits", {"sheet": SHEET, "says": says}, None, wanted, priority_lock.NEAR
            )
            if found is None:
                return None
            self._doubt = "" if found.fits or not says else f"Your ink seems to say \u201c{found.text}\u201d. "
            if not says:
                self.suggest(found.text)
                says = found.text
            self._checked = (ink[0], ink[1], says)
        if not says:
            self._doubt = "Type what your ink says, to have its hand. "
            return NONE, ""
        return INK, says

    # --- writing

    async def write(self, text, wanted):
        """Have a text written, as far as it is not there yet; return whether that was finished. Raises WorkerLost."""
        try:
            if not text.strip():
                self.clear()
                self.say("")
                return True
            if len(text) > 4 * MAX_TEXT:
                raise ValueError(f"the text has {len(text):,} characters; at most {MAX_TEXT} can be written")
            await self.files.write()
            found = await self._hand(wanted)
            if found is None or not wanted():
                return False
            arguments = self._arguments(text, *found)
            arguments["width"] = min(MAX_WIDTH, max(MIN_WIDTH, self._surface.reach - SIDE))
            arguments["draw"] = self._state["text-draw"]
            arguments["again"], self._whole = not self._whole, False
            value = await self._worker.run_task("text.write", arguments, self._add, wanted, priority_lock.NEAR)
        except WorkerLost:
            raise
        except Exception as error:
            self.say(sentence(message(error)))
            return True
        if value is None:
            return False
        self._whole = True
        self.text = value.text
        self._figure.dataset.text = value.text
        self.say(self._doubt + said(value))
        self._frames.ask()
        return True

    async def best(self, text, wanted):
        """Find the draw that the reader reads best; return its number, None if it is no longer wanted."""
        await self.files.write()
        await self.files.load(READER)
        found = await self._hand(wanted)
        if found is None:
            return None
        arguments = self._arguments(text, *found)
        arguments["draws"] = DRAWS

        def progress(piece):
            self.say(f"Draw {piece.draw + 1} of {DRAWS}\u2026")

        value = await self._worker.run_task("text.best", arguments, progress, wanted, priority_lock.NEAR)
        return value and value.draw

    def _arguments(self, text, hand, says):
        state = self._state
        arguments = {"text": text, "sheet": SHEET, "says": says, "hand": hand}
        arguments["temperature"], arguments["seed"] = state["temperature"], state["seed"]
        return arguments

    def again(self):
        """Write everything again: another network does it."""
        self._whole, self._checked = False, None

    def clear(self):
        """Forget all rows."""
        self.rows, self.text, self._shown, self._row = [], "", 0, None
        self._whole = False
        self._figure.dataset.text = ""
        self._frames.ask()

    def _add(self, piece):
        """Put a row on the page instead of those from its number on."""
        self._shown = min(self._shown, piece.keep)
        self.rows = self.rows[: piece.row]
        y = self.rows[-1].next_baseline(piece, ROW_PITCH, ROW_GAP) if self.rows else self._first(piece.above)
        row = Row(piece, y, piece.row + 1)
        row.paths = draw.movedPath(piece.places, 0, y)
        self.rows.append(row)
        self._row = row
        tall = f"{y + piece.below + ROW_GAP:.1f}"
        if tall != self._tall:
            self._tall = tall
            self._figure.style.setProperty("--tall", tall)
        self._frames.ask()

    def _first(self, above):
        """Return the first baseline: below the ink."""
        bottoms = [self._pen.bottom(number) for number in range(self._pen.count)]
        return max(ROW_PITCH, max(bottoms) + above + ROW_GAP) if bottoms else 0

    # --- showing

    @property
    def paths(self):
        """The rows, Float32Arrays (points, 3) of x, y and lift."""
        return [row.paths.table for row in self.rows]

    def mark(self, letter, row=None):
        """Mark what was written for one letter, by its number in the text; -1 for none."""
        if letter == self._mark:
            return
        self._mark = letter
        if letter >= 0:
            for one in self.rows:
                if one.written.letters[0] - 1 <= letter:
                    self._row = one
        self._frames.ask()

    def point_at(self, event):
        """Mark the letter that the ink near a pointer is for."""
        place = self._surface.place(event)
        x, y = place[0], place[1]
        best, letter = NEAR, -1
        for row in self.rows:
            found = rows.nearest(row.written, x, y - row.y)
            if found[1] < best:
                best, letter = found[1], int(row.written.letters[int(found[0])])
                self._row = row
        self.mark(letter)

    def paint(self, surface, now):
        """Draw the rows as far as they are written; return True if there is more to write."""
        total = sum([row.paths.points for row in self.rows])
        if self._reduced_motion.matches:
            self._shown = total
        elif self._frame is not None:
            self._shown = min(total, self._shown + max(0, now - self._frame) * PACE)
        left = int(self._shown)
        for row in self.rows:
            count = min(row.paths.points, left)
            if count < 1:
                break
            surface.paths(row.paths, 0, 1, count, LINE_WIDTH, 1)
            left -= row.paths.points
        self._show_alignment(surface)
        moving = self._shown < total
        self._frame = now if moving else None
        return moving

    def _show_alignment(self, surface):
        if self._row is None or not self.text:
            self._window.hidden = True
            return
        self._window.hidden = False
        if self._mark >= 0:
            colour = js.getComputedStyle(self._window).getPropertyValue("--selected")
            for row in self.rows:
                rows.letter(surface, row.written, row.y, self._mark, 1.5 * LINE_WIDTH, colour)
        rows.alignment(self._window, surface, self._row.written, self.text, self._mark)


def sentence(text):
    """Return a message as a sentence."""
    return text[:1].upper() + text[1:] + "."


def said(value):
    """Return what was written, in words: characters that were replaced, and whether the end is missing."""
    words = f"{len(value.text)} characters in {value.rows} " + ("row." if value.rows == 1 else "rows.")
    pairs = [f"{pair[0]} as {pair[1]}" for pair in value.changes]
    if pairs:
        words += " Written: " + ", ".join(pairs) + "."
    if not value.complete:
        words += " It lost its place: the end is missing. Another seed may write it."
    return words
