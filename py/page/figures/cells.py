"""Figure 5: all cells over a line, in the order of their numbers."""

from page.constants import HEAT_LIMIT
from page.figures.cells_heatmap import Heatmap, number
from page.figures.figure import Figure

LINE = ("line", "line.ink", "line.model")
# Where a line is from, in words.
SOURCES = {"example": "the example word", "yours": "your ink", "network": "a line that the network wrote"}


def whose(line):
    """Whose line it is, in words."""
    return SOURCES.get(line.source, line.source)


class CellFigure(Figure):
    """A figure that shows the cells of the chosen line: `store` is the LineColumns that these figures share."""

    def __init__(self, element, worker, state, store):
        super().__init__(element, worker)
        self.state = state
        self.store = store
        self.heatmap = Heatmap(element, state, store.columns, "step")
        self._line = None
        self._beyond = element.querySelector(".beyond")
        state.watch(self._state_changed)

    def _state_changed(self, name):
        if name in LINE and self.store.wanted() is not self._line:
            self.changed()

    def _seen(self, entries, observer):
        super()._seen(entries, observer)
        self.heatmap.see(self._near)

    async def work(self, wanted):
        """Shows the chosen line, and its cells as they come."""
        line = self.store.begin()
        if line is None:
            return True
        if line is not self._line:
            self._line = line
            self.heatmap.about = whose(line)
            self.heatmap.view.line(line.places)
            self.heatmap.show()
            self._beyond.textContent = ""
        loaded = await self.store.load(wanted)
        self.heatmap.show()
        if loaded:
            share = number(100 * self.store.beyond, 1)
            self._beyond.textContent = f"{share} % of the values lie beyond \u00b1{HEAT_LIMIT}"
        return loaded


class Cells(CellFigure):
    """Figure 5."""
