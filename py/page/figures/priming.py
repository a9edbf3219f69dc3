"""Figure A3: the reader writes a word on a small sheet, and the network goes on at length in that hand."""

import js
from pyscript.js_modules import draw, rows

from page.constants import SEEDS
from page.figures import lab_constants as c
from page.figures.figure import Figure
from page.ink.ink_editor import InkEditor
from page.ui import controls

NAMES = ("plain", "primed")  # the two panels, by what the worker's progress says of a row
MEASURES = ("slant", "height", "joining", "advance")  # as `ductus.hand` orders them


class Panel:
    """The rows of one of the two, on a canvas that grows with them."""

    def __init__(self, element, repaint):
        self.element = element
        self.canvas = element.querySelector("canvas")
        self.page = rows.page(self.canvas, repaint)
        self.clear()

    def clear(self):
        self.rows = []  # (Paths, y of the baseline, how far the row reaches below it)
        self.points = 0

    def add(self, told):
        """Another row, at the foot."""
        if self.rows:
            _, y, below = self.rows[-1]
            y += max(c.ROW_PITCH, below + told.above + c.ROW_AIR)
        else:
            y = c.ROW_AIR + told.above
        paths = draw.paths(told.places, 1)
        self.rows.append((paths, y, told.below))
        self.points += paths.points
        tall = max(c.LEAST_TALL, y + told.below + c.ROW_AIR)
        self.element.style.setProperty("aspect-ratio", f"{self.canvas.dataset.across} / {tall:.2f}")

    def paint(self, count):
        """Draws so many points of it; True if there are more."""
        self.page.clear()
        left = count
        for paths, y, _ in self.rows:
            if left < 1:
                break
            self.page.row(paths, c.SIDE, y, min(left, paths.points), c.BLEND_WIDTH, 1)
            left -= paths.points
        return count < self.points


class Priming(Figure):
    """Both panels begin from the same seed; the numbers below them compare the hands."""

    def __init__(self, element, worker, state, pen):
        super().__init__(element, worker)
        self.state = state
        self._pen = pen
        self._still = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._panels = [Panel(element.querySelector(".panel." + name), self._repaint) for name in NAMES]
        self._frames = draw.frames(self._frame)
        self._begun = 0  # when the first row came
        self._written = self._measured = None  # the ink and the settings for which that was done
        self._across = c.ACROSS
        self._stale = True  # do the panels show something else than was asked for?
        self.sheet = InkEditor(element, "priming", worker, pen, self.changed, self._nothing)
        controls.bind_buttons({"priming-new-sample": self.another})
        controls.bind_keys(element.querySelector(".paper"), {"a": self.another})
        state.watch(self._state_changed)

    def another(self):
        """The next seed."""
        self.state.set("priming-seed", (self.state["priming-seed"] + 1) % SEEDS)

    def _state_changed(self, name):
        if name in ("priming-seed", "priming-temperature", "priming-points"):
            self.changed()

    async def work(self, wanted):
        """Has both panels written, and the hands measured, once the pen has left the paper."""
        if self._pen.open:
            return True  # the end of the stroke will be told
        await self.sheet.sync.follow()
        if not self._pen.count:
            self._written = self._measured = None
            self._clear()
            self._tell(None)
            return True
        state = self.state
        asked = {"sheet": "priming", "points": state["priming-points"], "temperature": state["priming-temperature"]}
        asked["seed"] = state["priming-seed"]
        ink = [self._pen.id(number) for number in range(self._pen.count)]
        what = (self.worker.loads, ink, [asked[name] for name in asked])
        if what != self._written:
            self._across = c.ACROSS if self._panels[0].canvas.clientWidth > c.NARROW else c.ACROSS_NARROW
            self._stale = True
            asked["width"] = self._across - 2 * c.SIDE
            if await self.worker.work("priming.write", asked, self._news_piece, wanted) is None:
                return False
            self._written = what
            del asked["width"]
        if what != self._measured:
            value = await self.worker.work("priming.measure", asked, None, wanted)
            if value is None:
                return False
            self._measured = what
            self._tell(value)
        return True

    # --- showing

    def _nothing(self):
        """Nothing lies over the ink."""

    def _clear(self):
        for panel in self._panels:
            panel.clear()
        self._frames.ask()

    def _news_piece(self, told):
        if self._stale:  # what is on show stays until there is something new
            self._stale = False
            self._clear()
            self._tell(None)
            self._begun = js.performance.now()
            for panel in self._panels:
                panel.canvas.dataset.across = str(self._across)
                panel.page.measure()
        panel = self._panels[told.primed]
        panel.add(told)
        where = f"{panel.points} points in {len(panel.rows)} rows"
        panel.canvas.setAttribute("aria-label", panel.canvas.dataset.about + ": " + where)
        self._frames.ask()

    def _repaint(self):
        self._frames.ask()

    def _frame(self, now):
        """Both are written at a brisk pace; True if there is more to write."""
        count = 1e9 if self._still.matches else max(0, now - self._begun) * c.WRITING_PACE
        more = [panel.paint(int(count)) for panel in self._panels]
        return any(more) and self.active

    def _seen(self, entries, observer):
        super()._seen(entries, observer)
        self._frames.ask()

    def _tell(self, value):
        """The table of hands; of the two that the network wrote, the nearer one to the reader's is marked."""
        measured = value and hasattr(value, "yours") and value.yours
        for i in range(len(MEASURES)):
            row = self.element.querySelector(f"[data-measure={MEASURES[i]}]")
            said = {"yours": "\u2013", "primed": "\u2013", "plain": "\u2013"}
            nearer = ""
            if measured:
                ink, primed, plain = value.yours[i], value.primed[i], value.plain[i]
                said["yours"] = number(i, ink)
                said["primed"] = number(i, primed) + spread(i, primed, value.primed[4 + i])
                said["plain"] = number(i, plain) + spread(i, plain, value.plain[4 + i])
                nearer = "primed" if abs(primed - ink) < abs(plain - ink) else "plain"
            for name in said:
                cell = row.querySelector("." + name)
                cell.textContent = said[name]
                cell.classList.toggle("nearer", name == nearer)
        short = value and not measured
        self.element.querySelector(".short").hidden = not short


def number(measure, value):
    """A measure in words: degrees, x-heights, points a stroke, x-heights for a hundred points."""
    if measure == 0:
        return f"{value:.0f}°".replace("-", "\u2212")
    if measure == 1:
        return f"{value:.2f}"
    if measure == 2:
        return f"{2.718281828**value:.0f}"
    return f"{100 * value:.1f}"


def spread(measure, mean, deviation):
    """What stands behind the mean: the standard deviation over the lines."""
    if measure == 2:
        low, high = number(2, mean - deviation), number(2, mean + deviation)
        return f" ({low} to {high})"
    return " ± " + number(measure, deviation)
