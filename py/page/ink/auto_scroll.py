"""The sheet under the pen: draws itself to the left when the ink has come too near its right edge."""

import js
from pyscript.js_modules import draw

from page.constants import AWAY, CROWDED, SETTLED, SLIDE


class Sheet:
    """Slides all `surfaces` together; the first of them says how wide the sheet is."""

    def __init__(self, pen, surfaces, still):
        self._pen = pen
        self._surfaces = surfaces
        self._still = still  # () -> should nothing move on the page?
        self._timer = None
        self._from = self._to = 0
        self._begun = None
        self._frames = draw.frames(self._frame)

    @property
    def pan(self):
        """What lies at the start of the line, in x-heights."""
        return self._surfaces[0].pan

    def stop(self):
        """The pen is on the paper, or near it: nothing may move."""
        self._begun = None
        self._forget()

    def home(self):
        """The start of the line, at once: for an empty sheet."""
        self.stop()
        self._slide(0)

    def settle(self):
        """Brings the end of the ink to where there is room for more, if there is not; in a while."""
        self._forget()
        self._timer = js.setTimeout(self._settle, AWAY)

    def _forget(self):
        if self._timer is not None:
            js.clearTimeout(self._timer)
            self._timer = None

    def _settle(self):
        self._timer = None
        if self._pen.writing:
            return
        reach = self._surfaces[0].reach
        end = self._pen.end_x
        if 0 <= end - self.pan <= CROWDED * reach:
            return
        self._from, self._to = self.pan, max(0, end - SETTLED * reach)
        if self._from == self._to:
            return
        if self._still():
            self._slide(self._to)
            return
        self._begun = js.performance.now()
        self._frames.ask()

    def _frame(self, now):
        """A step of the slide; True if there is another."""
        if self._begun is None:
            return False
        part = min(1, max(0, (now - self._begun) / SLIDE))
        eased = part * part * (3 - 2 * part)
        self._slide(self._from + (self._to - self._from) * eased)
        if part == 1:
            self._begun = None
        return part < 1

    def _slide(self, pan):
        for surface in self._surfaces:
            surface.slide(pan)
