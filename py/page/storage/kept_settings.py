"""All that a reader has set on the page, to be kept and put back: controls, seeds, what plays, the chosen cell."""

import js

from page.storage import storage_format
from page.ui import controls

# In the state, and in no control: what plays, and what is chosen.
PLAYING = ("playing", "generation-playing")
# Cells that a network may have (ductus.weights), points that a line taken apart may have (line.py).
CELLS, STEPS = 2048, 4000
# Styles are there only after the network; a file of them may hold so many.
STYLES = ("style", "generation-style")
MOST_STYLES = 1000


class Settings:
    """The settings of the page's state. `changed()` is called when one of them has changed."""

    def __init__(self, state, changed):
        self._state, self._changed = state, changed
        self.readers = _readers()
        self._later = {}  # styles to be set once they are there
        self.first = self.values()
        state.watch(self._state_changed)

    def values(self):
        """{name: value} as they are, or will be once there are styles."""
        found = {name: self._state[name] for name in self.readers}
        found.update(self._later)
        return found

    def apply(self, values):
        """Sets those of the names given, as `kept.parse_settings` gives them."""
        still = js.matchMedia("(prefers-reduced-motion: reduce)").matches
        for name in values:
            value = values[name]
            if name in STYLES and value >= self._state["styles"]:
                self._later[name] = value
            elif not (name in PLAYING and value and still):
                self._later.pop(name, None)
                self._state.set(name, value)

    def _state_changed(self, name):
        if name == "styles" and self._later:
            later = self._later
            self._later = {}
            self.apply({name: value for name, value in later.items() if value < self._state["styles"]})
        elif name in self.readers:
            self._later.pop(name, None)
            self._changed()


def _readers():
    """Name -> what reads its value, within the bounds of its control."""
    readers = dict.fromkeys(PLAYING, storage_format.truth)
    readers["cell"] = storage_format.number(int, 0, CELLS - 1)
    readers["step"] = storage_format.number(int, 0, STEPS - 1)
    for name in list(controls.SLIDERS) + list(controls.SEEDS):
        read = controls.SLIDERS[name][0] if name in controls.SLIDERS else int
        place = controls.element(name)
        readers[name] = storage_format.number(read, read(place.min), read(place.max))
    for name in controls.SELECTS:
        if name in STYLES:
            readers[name] = storage_format.number(int, -1, MOST_STYLES)
        else:
            options = js.document.querySelector(f"select[data-state={name}]").options
            readers[name] = storage_format.one_of([options[i].value for i in range(options.length)])
    return readers
