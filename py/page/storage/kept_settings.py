"""The settings as they are stored and restored: controls, seeds, what plays, the chosen cell."""

import js

from page import settings


class StoredSettings:
    """The settings of the page's state.

    `changed(moving)` is called when one of them has changed; `moving` is True if it did by itself.
    """

    moving = {"seed": "playing"}  # noqa: RUF012  a setting that changes by itself, and the switch that makes it

    def __init__(self, state, changed):
        self._state, self._changed = state, changed
        self.readers = {setting.name: setting.read for setting in settings.SETTINGS}
        self._switches = [setting.name for setting in settings.SETTINGS if isinstance(setting, settings.Switch)]
        self._later = {}  # styles to be set once they are there
        self.first = self.values()
        state.watch(self._state_changed)

    def values(self):
        """Return {name: value} as they are, or will be once there are styles."""
        found = {name: self._state[name] for name in self.readers}
        found.update(self._later)
        return found

    def apply(self, values):
        """Set those of the names given, as `storage_format.parse_settings` returns them."""
        reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)").matches
        for name in values:
            value = values[name]
            if name in settings.STYLES and value >= self._state["styles"]:
                self._later[name] = value
            elif not (name in self._switches and value and reduced_motion):
                self._later.pop(name, None)
                self._state.set(name, value)

    def _state_changed(self, name):
        if name == "styles" and self._later:
            later = self._later
            self._later = {}
            self.apply({name: value for name, value in later.items() if value < self._state["styles"]})
        elif name in self.readers:
            self._later.pop(name, None)
            self._changed(name in self.moving and self._state[self.moving[name]])
