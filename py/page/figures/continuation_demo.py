"""The demonstration on the first sheet: after the example word, which CSS writes, the network writes a few lines."""

import asyncio

import js
from shims import draw

from page.figures.continuation_picture import FIRST_WIDTH, PACE
from page.ink.ink_sync import LEAD_DRAWS
from page.worker_client import priority_lock
from page.worker_client.worker_client import message

# The lines, by their seeds: chosen by eye among the shipped network's. The last one stays.
SEEDS = (11, 15, 42)
STEPS, TEMPERATURE = 260, 0.45
# How long a finished line stands, and fades, in ms.
STAND, FADE = 1800, 500
# A frame that comes later than this, in ms, was held up: the pen does not leap to make up for it.
MAX_FRAME_MS = 100
# Where the tip of a line is at most, as a part of the sheet's width: on a narrow sheet the picture moves with it.
TIP_AT = 0.82
# A line ends before the right edge of the sheet, but is at least so long, both in x-heights.
EDGE, MIN_LENGTH = 0.6, 16
SHEET = "demonstration"  # its name in the worker


class Demonstration:
    """Writes on the sheet of `figure` until there is ink, one line for each of SEEDS, and then rests.

    `done(path)` is called once with the first line, Paths, or with None if there is none; `changed()` when it begins
    or stops to move. It rests while `on_screen` is False.
    """

    def __init__(self, figure, worker, example, surface, frames):
        self._figure, self._worker, self._example = figure, worker, example
        self._surface, self._frames = surface, frames
        self.changed = lambda: None
        self.done = lambda path: None
        self.on_screen = True
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._pause = figure.querySelector("#demonstration-pause")
        self._next = asyncio.Event()  # the line on show has faded
        self._path = None
        self._last = True  # is the line on show the last one?
        self._time, self._frame = 0, None  # of the line on show, in ms; the time of the last frame
        self._paused = self._ended = False
        self._pause.addEventListener("click", lambda event: self.toggle())
        self._pause.disabled = False

    @property
    def on(self):
        """Is it on the sheet?"""
        return self._figure.dataset.demonstration == "on"

    @property
    def moving(self):
        """Is something written now, or going to be?"""
        return self.on and self._path is not None and not self._paused and not self._rests()

    @property
    def paused(self):
        """Did the reader pause it?"""
        return self.on and self._paused

    def _rests(self):
        return self._reduced_motion.matches or (self._last and self._time >= self._path.points / PACE)

    def toggle(self):
        """Pause it or go on."""
        self._paused = not self._paused
        self._frame = None
        self._show()
        self._frames.ask()

    def end(self):
        """Remove it from the sheet, for good."""
        if self._ended:
            return
        self._ended = True
        self._figure.dataset.demonstration = "over"
        self._path = None
        self._surface.slide(0)
        self._next.set()
        self._show()

    def _show(self):
        self._pause.hidden = not (self.moving or self.paused)
        self._pause.textContent = "Pause" if self.moving else "Play"
        self.changed()

    async def run(self):
        """Write the lines."""
        await self._worker.ready.wait()
        first = None
        try:
            if self.on:
                await self._give_word()
            for number in range(len(SEEDS)):
                if not self.on:
                    break
                points = await self._compute(SEEDS[number])
                if number == 0:
                    first = points
                    self.done(points)
                if points is None or not self.on:
                    break
                await self._word_written()
                self._begin(points, number == len(SEEDS) - 1 or self._reduced_motion.matches)
                await self._next.wait()
        except Exception as error:  # what is on the sheet stays; figures must not wait for more
            js.console.warn(f"The demonstration has stopped: {message(error)}")
            self._last = True
        if first is None:
            self.done(None)

    async def _give_word(self):
        strokes = self._example.strokes()
        await self._worker.call(priority_lock.NEAR, "set_stroke_count", SHEET, 0)
        for number in range(len(strokes)):
            await self._worker.call(priority_lock.NEAR, "add_ink", SHEET, number, strokes[number], True)

    async def _compute(self, seed):
        """Return a line as Paths, as far as there is room for it, or None if there is ink by now."""
        pieces = []
        arguments = {"sheet": SHEET, "steps": STEPS, "temperature": TEMPERATURE, "seed": seed, "draws": LEAD_DRAWS}
        value = await self._worker.run_task(
            "continuation.lead", arguments, pieces.append, lambda: self.on, priority_lock.NEAR
        )
        if value is None:
            return None
        path = None
        for piece in pieces:
            path = draw.longerPath(path, piece.places)
        return draw.shorterPath(path, max(MIN_LENGTH, self._surface.reach - EDGE))

    async def _word_written(self):
        moves = self._figure.querySelector(".ghost").getAnimations(js.JSON.parse('{"subtree": true}'))
        for i in range(moves.length):
            try:
                await moves[i].finished
            except Exception:
                return  # it was cancelled

    def _begin(self, path, last):
        if not self.on:
            return
        self._next.clear()
        self._path, self._last = path, last
        self._time, self._frame = 0, None
        self._show()
        self._frames.ask()

    def paint(self, now):
        """Draw the line on show; return True if it is still moving."""
        path = self._path
        if not self.on or path is None:
            return False
        was_moving = self.moving
        if was_moving and self.on_screen:
            if self._frame is not None:
                self._time += min(MAX_FRAME_MS, max(0, now - self._frame))
            self._frame = now
        count, alpha = path.points, 1
        if not self._reduced_motion.matches:
            count = min(count, 1 + int(self._time * PACE))
            faded = (self._time - path.points / PACE - STAND) / FADE
            if not self._last:
                alpha = 1 - min(1, max(0, faded))
        self._follow(path.table[3 * count - 3])
        if alpha > 0:
            self._surface.paths(path, 0, 1, count, FIRST_WIDTH, alpha)
        elif not self._next.is_set():
            self._next.set()
        if was_moving != self.moving:
            self._show()
        return self.moving and self.on_screen and alpha > 0

    def _follow(self, tip):
        surface = self._surface
        pan = max(0, tip - TIP_AT * surface.reach)
        if abs(pan - surface.pan) > 1e-3:
            surface.pan = pan
            self._figure.style.setProperty("--pan", f"{pan * surface.scale:.2f}")
