"""Scroll a sheet to the left, once the pen is away, when the ink ends too near its right edge."""

import js
from shims import draw

# Ink that ends beyond this part of the sheet's width leaves too little room for what may follow ...
SCROLL_BEYOND = 0.62
# ... so the sheet scrolls until the ink ends at this part,
SCROLL_TO = 0.34
# once nothing was written for this time and no pen is near: longer than the pause between two words.
SCROLL_DELAY_MS = 4000
# While a pen is near, look again after this time.
NEAR_MS = 500
# Fast enough not to wait for, slow enough to follow with the eye.
SCROLL_DURATION_MS = 650


class AutoScroll:
    """Scrolls all `surfaces` together; the first of them gives the sheet's width.

    `moved()` is called after each step.
    """

    def __init__(self, pen, surfaces, reduced_motion):
        self.moved = lambda: None
        self._pen = pen
        self._surfaces = surfaces
        self._reduced_motion = reduced_motion  # () -> bool: jump instead of scrolling smoothly?
        self._timer = None
        self._from = self._to = 0
        self._started = None  # when the scrolling began; None: it is at rest
        self._frames = draw.frames(self._frame)

    @property
    def pan(self):
        """The place at the start of the line, in x-heights."""
        return self._surfaces[0].pan

    def stop(self):
        """Keep the sheet where it is: the pen is on it."""
        self._started = None
        self._clear_timer()

    def reset(self):
        """Jump to the start of the line: the sheet is empty."""
        self.stop()
        self._pan_to(0)

    def go(self, pan):
        """Scroll to a place that the reader chose, at once."""
        self.stop()
        self._pan_to(pan)

    def schedule(self, delay=SCROLL_DELAY_MS):
        """Make room after the ink in a while, if there is too little."""
        self._clear_timer()
        self._timer = js.setTimeout(self._start, delay)

    def _clear_timer(self):
        if self._timer is not None:
            js.clearTimeout(self._timer)
            self._timer = None

    def _start(self):
        self._timer = None
        if self._pen.near:
            self.schedule(NEAR_MS)
            return
        reach = self._surfaces[0].reach
        end = self._pen.endX
        if 0 <= end - self.pan <= SCROLL_BEYOND * reach:
            return
        self._from, self._to = self.pan, max(0, end - SCROLL_TO * reach)
        if self._from == self._to:
            return
        if self._reduced_motion():
            self._pan_to(self._to)
            return
        self._started = js.performance.now()
        self._frames.ask()

    def _frame(self, now):
        """Scroll a step; return whether there is another."""
        if self._started is None:
            return False
        part = min(1, max(0, (now - self._started) / SCROLL_DURATION_MS))
        eased = part * part * (3 - 2 * part)
        self._pan_to(self._from + (self._to - self._from) * eased)
        if part == 1:
            self._started = None
        return part < 1

    def _pan_to(self, pan):
        for surface in self._surfaces:
            surface.slide(pan)
        self.moved()
