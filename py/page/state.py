"""What the page's figures share: one object whose values each of them sets and watches. No figure calls another."""

# The values that are no settings.
INITIAL = {
    "ink": (0, 0),  # the strokes on the first sheet: how many, and the id of the last; set when the pen lifts
    "predicted": False,  # has the first figure shown a continuation yet?
    "continuation-seen": True,  # is the first figure on the screen? It predicts only there
    # The first line of figure 1's demonstration, a Float32Array of places; None: not known yet; False: there is none.
    "demonstration": None,
    "text-network": "",  # the SHA-256 of the network that writes texts, once it is loaded
    "line": "model",  # the name of the line that the figures show: see page.ink.line_choice
    "line.ink": None,  # the two lines that the figures take apart: see page.ink.lines
    "line.model": None,
    "line.error": "",  # why the ink cannot be taken
    "generation-row": None,  # the number of the row that is "line.model"; None if no row on the page is
    "order": None,  # the order of the cells, once there is one: row -> cell
    "claims": None,  # what the cells track on other lines as well: see page.figures.claims_store
    "families": [],  # of the sorted cells: (name, rows, cells) each
    "rows": None,  # the chosen range of rows: first and last
    "ablation": None,  # what breaks without each cell of the line: see page.figures.ablation
    "signs": None,  # what each cell is multiplied by to be shown in it; set before "order"
    "cells-live.step": 0,  # the chosen point of the ink of the live cells
    "styles": 0,  # how many there are to choose from
}


class State:
    """Named values; watchers get the name of each one that changes."""

    def __init__(self, *values):
        self._values = {}
        for some in values:
            self._values.update(some)
        self._watchers = []

    def __getitem__(self, name):
        return self._values[name]

    def set(self, name, value):
        """Change one value; do nothing if it is that already."""
        if self._values[name] == value:
            return
        self._values[name] = value
        for watcher in self._watchers:
            watcher(name)

    def watch(self, watcher):
        """Call `watcher(name)` after every change."""
        self._watchers.append(watcher)
