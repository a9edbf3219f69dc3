"""In your hand: the reader writes a word, and the network writes on in that hand."""

import math

import js
from shims import boot, draw, rows

from page.figures.figure import Figure
from page.figures.row import Row
from page.files import exports
from page.files.save_menu import Menu
from page.ink.ink_editor import InkEditor
from page.settings import SEEDS
from page.ui import controls, format

# X-heights across a panel, fewer where it is narrower than NARROW_PIXELS; the margin on either side.
ACROSS, ACROSS_NARROW, NARROW_PIXELS, SIDE = 24, 15, 480, 0.5
# From baseline to baseline, at least, and the least gap between two rows and at the edges.
ROW_PITCH, ROW_GAP = 2.6, 0.45
# The least height of a panel, so that the page does not move when the first row comes.
MIN_HEIGHT = 4.6
# As wide as the ink, in x-heights.
LINE_WIDTH = 0.052
# Points per ms: the longest lines are there within five seconds. What moves for longer needs a pause button.
PACE = 0.15
NAMES = ("plain", "primed")  # the two panels, by what the worker's progress says of a row
MEASURES = ("slant", "height", "joining", "advance")  # in the order of ductus.analysis.style_metrics


class Panel:
    """The rows of one panel, on a canvas that grows with them."""

    def __init__(self, element, repaint):
        self.element = element
        self.canvas = element.querySelector("canvas")
        self.page = rows.page(self.canvas, repaint)
        self.clear()

    def clear(self):
        self.rows = []
        self.points = 0

    def add(self, written):
        """Add a row at the foot."""
        first = ROW_GAP + written.above
        row = Row(written, self.rows[-1].next_baseline(written, ROW_PITCH, ROW_GAP) if self.rows else first)
        self.rows.append(row)
        self.points += row.paths.points
        tall = max(MIN_HEIGHT, row.y + written.below + ROW_GAP)
        self.element.style.setProperty("aspect-ratio", f"{self.canvas.dataset.across} / {tall:.2f}")

    def paint(self, count):
        """Draw the first `count` points; return whether there are more."""
        self.page.clear()
        left = count
        for row in self.rows:
            if left < 1:
                break
            self.page.row(row.paths, SIDE, row.y, min(left, row.paths.points), LINE_WIDTH, 1)
            left -= row.paths.points
        return count < self.points


class Priming(Figure):
    """Both panels begin with the same seed; the table compares their style with the reader's."""

    def __init__(self, element, worker, state, pen):
        super().__init__(element, worker)
        self.state = state
        self._pen = pen
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._panels = [Panel(element.querySelector(".panel." + name), self._repaint) for name in NAMES]
        self._frames = draw.frames(self._frame)
        self._begun = 0  # when the first row came
        self._written = self._measured = None  # the ink and settings that were written and measured last
        self._across = ACROSS
        self._stale = True  # do the panels show other ink or settings?
        self.sheet = InkEditor(element, "priming", worker, pen, lambda grown: self.changed(), self._nothing)
        controls.bind_buttons({"priming-new-sample": self.new_sample})
        controls.bind_keys(element.querySelector(".paper"), {"a": self.new_sample})
        state.watch(self._state_changed)

    def new_sample(self):
        """Choose the next seed."""
        self.state.set("priming-seed", (self.state["priming-seed"] + 1) % SEEDS)

    def _state_changed(self, name):
        if name in ("priming-seed", "priming-temperature", "priming-points"):
            self.changed()

    async def work(self, wanted):
        """Have both panels written, and the styles measured, once the pen has left the paper."""
        if self._pen.open:
            return True  # the end of the stroke is a change, too
        await self.sheet.sync.follow()
        if not self._pen.count:
            self._written = self._measured = None
            self._clear()
            self._show_table(None)
            return True
        state = self.state
        arguments = {
            "sheet": "priming",
            "points": state["priming-points"],
            "temperature": state["priming-temperature"],
        }
        arguments["seed"] = state["priming-seed"]
        ink = [self._pen.id(number) for number in range(self._pen.count)]
        what = (self.worker.loads, ink, [arguments[name] for name in arguments])
        if what != self._written:
            self._across = ACROSS if self._panels[0].canvas.clientWidth > NARROW_PIXELS else ACROSS_NARROW
            self._stale = True
            arguments["width"] = self._across - 2 * SIDE
            if await self.worker.run_task("priming.write", arguments, self._add_row, wanted) is None:
                return False
            self._written = what
            del arguments["width"]
        if what != self._measured:
            value = await self.worker.run_task("priming.measure", arguments, None, wanted)
            if value is None:
                return False
            self._measured = what
            self._show_table(value)
        return True

    # --- showing

    def _nothing(self):
        """Nothing lies over the ink."""

    def _clear(self):
        for panel in self._panels:
            panel.clear()
        self._frames.ask()

    def _add_row(self, written):
        if self._stale:  # the old rows stay until there are new ones
            self._stale = False
            self._clear()
            self._show_table(None)
            self._begun = js.performance.now()
            for panel in self._panels:
                panel.canvas.dataset.across = str(self._across)
                panel.page.measure()
        panel = self._panels[written.primed]
        panel.add(written)
        where = f"{panel.points} points in {len(panel.rows)} rows"
        panel.canvas.setAttribute("aria-label", panel.canvas.dataset.about + ": " + where)
        self._frames.ask()

    def _repaint(self):
        self._frames.ask()

    def _frame(self, now):
        """Draw both panels as far as they are written; return whether there is more."""
        count = 1e9 if self._reduced_motion.matches else max(0, now - self._begun) * PACE
        more = [panel.paint(int(count)) for panel in self._panels]
        return any(more) and self.active

    def _seen(self, entries, observer):
        super()._seen(entries, observer)
        self._frames.ask()

    def _show_table(self, value):
        """Fill the table; of the network's two styles the one nearer to the reader's is marked."""
        measured = value and hasattr(value, "yours") and value.yours
        for i in range(len(MEASURES)):
            row = self.element.querySelector(f"[data-measure={MEASURES[i]}]")
            shown = dict.fromkeys(("yours", "primed", "plain"), format.NOTHING)
            nearer = ""
            if measured:
                ink, primed, plain = value.yours[i], value.primed[i], value.plain[i]
                shown["yours"] = measure(i, ink)
                shown["primed"] = measure(i, primed) + spread(i, primed, value.primed[4 + i])
                shown["plain"] = measure(i, plain) + spread(i, plain, value.plain[4 + i])
                nearer = "primed" if abs(primed - ink) < abs(plain - ink) else "plain"
            for name in shown:
                cell = row.querySelector("." + name)
                cell.textContent = shown[name]
                cell.classList.toggle("closer", name == nearer)
        short = value and not measured
        self.element.querySelector(".too-short").hidden = not short


def measure(which, value):
    """Return a measure as text: degrees, x-heights, points per lift, x-heights per 100 points."""
    if which == 0:
        return format.number(value, 0) + "°"
    if which == 1:
        return format.number(value)
    if which == 2:
        return format.number(math.exp(value), 0)
    return format.number(100 * value, 1)


def spread(which, mean, deviation):
    """Return what follows the mean: the standard deviation over the lines."""
    if which == 2:
        return f" ({measure(2, mean - deviation)} to {measure(2, mean + deviation)})"
    return " ± " + measure(which, deviation)


def create(element, context):
    """Make figure A3."""
    state = context.state
    figure = Priming(element, context.worker, state, boot.primingPen)
    context.add_sheet("priming", figure.sheet)
    Menu(element, exports.pictures(element, lambda: f"priming-seed{state['priming-seed']}"))
    return figure
