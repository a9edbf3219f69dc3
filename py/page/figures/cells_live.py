"""The cells while the reader writes, a column for each point."""

import js
from shims import boot, cells

from page.figures.cells_heatmap import Heatmap
from page.figures.figure import Figure
from page.files import exports
from page.files.save_menu import Menu
from page.ink.ink_editor import InkEditor
from page.worker_client import priority_lock

# Width of a column, in CSS pixels: a word then takes about half of a wide figure.
COLUMN_WIDTH = 3
STEP = "cells-live.step"  # the chosen point of this figure's own ink


class CellsLive(Figure):
    """The figure, with a sheet and a pen of its own. `word` are the SVG paths of the example."""

    def __init__(self, element, worker, state, pen, word):
        super().__init__(element, worker)
        self.state = state
        self.pen = pen
        self.columns = cells.columns()
        self._places = cells.columns()  # x, y in x-heights and lift of each point
        self._strokes = []  # whose ink is in the columns: (id, first column, number of settled points)
        self._loads = 0
        self._marked = False  # is there a ring on the sheet?
        self.heatmap = Heatmap(element, state, self.columns, STEP, COLUMN_WIDTH)
        self.heatmap.about = "your ink"
        self.heatmap.goes_on = True
        self._sort = element.querySelector("#cells-live-sorted")
        self._sort.addEventListener("change", lambda event: self._order())
        state.watch(self._state_changed)
        self.sheet = InkEditor(element, "cells-live", worker, pen, self._inked, self._mark, word=word)

    # --- what happens

    def _seen(self, entries, observer):
        super()._seen(entries, observer)
        self.heatmap.see(self._near)

    def _inked(self, grown):
        self.changed()

    def _state_changed(self, name):
        if name == "order":
            self._order()
        elif name in ("cell", STEP):
            self._mark()
        elif name == "cells-scale":
            self.heatmap.rescale(self.state["cells-scale"] == "cell")

    # --- the columns

    async def work(self, wanted):
        """Bring the columns up to date with the ink; newer ink waits for the task that is running."""
        if self._loads != self.worker.loads:
            self._loads, self._strokes = self.worker.loads, []
            self._empty()
        await self.sheet.sync.follow()
        if not self.pen.count:
            self._strokes = []
            self._empty()
            return True
        stroke, point = self._known()
        ids = [self.pen.id(number) for number in range(stroke, self.pen.count)]
        arguments = {"sheet": "cells-live", "stroke": stroke, "point": point}
        value = await self.worker.run_task(
            "cells.live_columns", arguments, wanted=lambda: self.active, priority=priority_lock.PEN
        )
        if value is None:
            return False
        self._take(value, ids, stroke, point)
        return True

    def _known(self):
        """Return the stroke and the point of it from which columns are new or may have changed."""
        strokes, pen = self._strokes, self.pen
        same = min(pen.count, len(strokes))
        while same and pen.id(same - 1) != strokes[same - 1][0]:  # if an id matches, so do all before it
            same -= 1
        self._strokes = strokes[:same]
        return (same - 1, strokes[same - 1][2]) if same else (0, 0)

    def _take(self, value, ids, stroke, point):
        begin = value.first - point
        self._strokes = self._strokes[:stroke]
        for i in range(len(ids)):
            self._strokes.append((ids[i], begin, value.settled[i]))
            settled = begin + value.settled[i]
            begin = settled
        self._places.put(value.first, value.places)
        # the column after the last settled point is settled, too: it depends on the points before it
        self.heatmap.view.settle(settled + 1)
        self.columns.put(value.first, value.columns)
        if self.state[STEP] == self.columns.count - 1:
            self.heatmap.show()
        self.state.set(STEP, self.columns.count - 1)  # which shows it
        self.heatmap.view.draw()  # at once, not with the next frame: the pen is waiting

    def _empty(self):
        self._places.begin(3, 0)
        self.columns.begin(self.worker.network.units, 0)
        self._order()
        self.state.set(STEP, 0)
        self._mark()

    def _order(self):
        order = self.state["order"]
        fits = order is not None and order.length == self.columns.units
        self._sort.disabled = not fits
        if fits and self._sort.checked:
            self.heatmap.ordered = "sorted so that like cells lie together"
            self.heatmap.view.sort(order, self.state["signs"])
        else:
            self.heatmap.ordered = "in the order of their numbers"
            self.heatmap.view.unsort()
        self.heatmap.show()

    def _mark(self):
        """Draw a ring around the chosen point on the sheet."""
        if self._marked:
            self.sheet.overlay.clear()
        step = self.heatmap.step
        self._marked = step < self._places.count and not self.pen.open
        if self._marked:
            x, y = self._places.at(step, 0), self._places.at(step, 1)
            self.heatmap.view.ringOn(self.sheet.overlay, x, y, step, self.heatmap.cell)


def create(element, context):
    """Make the figure. Its example is the word of the first sheet."""
    word = js.document.querySelectorAll("#continuation .ghost path")
    figure = CellsLive(element, context.worker, context.state, boot.livePen, word)
    context.add_sheet("cells-live", figure.sheet)
    Menu(element, exports.pictures(element, lambda: "cells-live"))
    return figure
