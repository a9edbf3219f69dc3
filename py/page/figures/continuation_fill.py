"""Fill the page: rows that the network writes below the ink, in the reader's hand; held, without it."""

import js
from shims import draw

from page.figures.row import Row
from page.ui.format import number

# From baseline to baseline, at least, and the least gap between two rows, in x-heights.
ROW_PITCH, ROW_GAP = 2.6, 0.45
LINE_WIDTH = 0.052  # as wide as the ink, in x-heights
PACE = 0.12  # points per ms
SIDE = 0.8  # x-heights of paper that stay free to the right of the rows
# Points that fill an x-height of a row with narrow writing; points of a page, at most, and of each measured line.
DENSITY, MAX_POINTS, MEASURED_POINTS = 9, 2000, 400
NAMES = ("plain", "primed")  # by what the worker's progress says of a row


class Fill:
    """The rows, and the line that compares their slant with the reader's."""

    def __init__(self, figure, surface, frames):
        self._surface, self._frames = surface, frames
        self._place = figure.querySelector(".primed")
        self._button, self._measured = self._place.querySelector("button"), self._place.querySelector("output")
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._held = False
        for kind in ("pointerdown", "pointerup", "pointercancel", "pointerleave", "keydown", "keyup", "blur"):
            self._button.addEventListener(kind, self._happened)
        self._button.addEventListener("contextmenu", lambda event: event.preventDefault())
        self._button.disabled = False
        self.clear()

    def clear(self):
        """Forget all rows."""
        self._rows = {name: [] for name in NAMES}
        self._from = None  # when the first row came
        self._measured.textContent = ""
        self._place.hidden = True

    def _happened(self, event):
        """Show the rows without the sample for as long as the button is held, with a pointer or with a key."""
        if event.type.startswith("key") and event.key not in (" ", "Enter"):
            return
        held = event.type in ("pointerdown", "keydown")
        if event.type == "keydown":
            event.preventDefault()
        if held != self._held:
            self._held = held
            self._button.setAttribute("aria-pressed", "true" if held else "false")
            self._frames.ask()

    async def write(self, worker, arguments, ink_bottom, wanted):
        """Have the page filled and its slant measured; return whether it was finished.

        `arguments` has the sheet, temperature and seed; `ink_bottom` is how far the ink reaches below its baseline.
        """
        surface = self._surface
        stale = True

        def add(written):
            nonlocal stale
            if stale:  # the old rows stay until there are new ones
                stale = False
                self.clear()
                self._place.hidden = False
                self._from = js.performance.now()
            rows = self._rows[NAMES[written.primed]]
            first = max(ROW_PITCH, ink_bottom + written.above + ROW_GAP)
            y = rows[-1].next_baseline(written, ROW_PITCH, ROW_GAP) if rows else first
            if y + written.below <= surface.edges[3] - ROW_GAP / 2:
                row = Row(written, y)
                row.paths = draw.movedPath(written.places, 0, y)
                rows.append(row)
                self._frames.ask()

        width = max(4, surface.reach - SIDE)
        points = min(MAX_POINTS, int(DENSITY * width * max(1, surface.edges[3] / ROW_PITCH)))
        rows = dict(arguments, points=points, width=width)
        if await worker.run_task("priming.write", rows, add, wanted) is None:
            return False
        value = await worker.run_task("priming.measure", dict(arguments, points=MEASURED_POINTS), None, wanted)
        if value is None:
            return False
        if hasattr(value, "yours") and value.yours:
            slants = [number(table[0], 0) for table in (value.yours, value.primed, value.plain)]
            self._measured.textContent = "slant {} \u2192 {}\u00b0; {}\u00b0 without".format(*slants)
        else:
            self._measured.textContent = "Write a little more to have its slant measured."
        return True

    def words(self):
        """Return what is on the page in words."""
        rows = self._rows["primed"]
        return f"{sum([row.paths.points for row in rows])} points in {len(rows)} rows"

    @property
    def paths(self):
        """The rows on show, Float32Arrays (points, 3) of x, y and lift."""
        return [row.paths.table for row in self._rows[NAMES[0 if self._held else 1]]]

    def paint(self, surface, now):
        """Draw the rows as far as they are written; return True if there is more to write."""
        if self._from is None:
            return False
        left = 1e9 if self._reduced_motion.matches or self._held else max(0, now - self._from) * PACE
        for row in self._rows[NAMES[0 if self._held else 1]]:
            count = min(row.paths.points, int(left))
            if count < 1:
                return True
            surface.paths(row.paths, 0, 1, count, LINE_WIDTH, 1)
            left -= row.paths.points
        return left < 0
