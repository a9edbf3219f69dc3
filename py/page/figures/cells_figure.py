"""A figure that shows the cells of the line in use."""

from page.figures.cells_columns import HEAT_LIMIT
from page.figures.cells_heatmap import Heatmap
from page.figures.figure import Figure
from page.ui.format import percent

LINE = ("line", "line.ink", "line.model")
# What a line from each source is called.
SOURCES = {"example": "the example word", "yours": "your ink", "network": "a line that the network wrote"}


def describe_source(line):
    """Return what a line is called, by its source."""
    return SOURCES.get(line.source, line.source)


class CellFigure(Figure):
    """A figure that shows the cells of the chosen line: `store` is the LineColumns that all of them share."""

    def __init__(self, element, worker, state, store):
        super().__init__(element, worker)
        self.state = state
        self.store = store
        self.heatmap = Heatmap(element, state, store.columns, "step")
        self._line = None
        self._beyond = element.querySelector(".out-of-range")
        state.watch(self._state_changed)

    def _state_changed(self, name):
        if name in LINE and self.store.wanted() is not self._line:
            self.changed()

    def _seen(self, entries, observer):
        super()._seen(entries, observer)
        self.heatmap.see(self._near)

    async def work(self, wanted):
        """Show the chosen line, and its cells as they come."""
        line = self.store.begin()
        if line is None:
            return True
        if line is not self._line:
            self._line = line
            self.heatmap.about = describe_source(line)
            self.heatmap.view.line(line.places)
            self.heatmap.show()
            self._beyond.textContent = ""
        loaded = await self.store.load(wanted)
        self.heatmap.show()
        if loaded:
            self._beyond.textContent = f"{percent(self.store.beyond)} of the values lie beyond \u00b1{HEAT_LIMIT}"
        return loaded
