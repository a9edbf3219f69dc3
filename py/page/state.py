"""What the page's figures share: one object that each of them sets and watches. No figure calls another."""


class State:
    """Named values; whoever watches is told the name of each one that changes."""

    def __init__(self, *values):
        self._values = {}
        for some in values:
            self._values.update(some)
        self._watchers = []

    def __getitem__(self, name):
        return self._values[name]

    def set(self, name, value):
        """Changes one value; does nothing if it is what it was."""
        if self._values[name] == value:
            return
        self._values[name] = value
        for watcher in self._watchers:
            watcher(name)

    def watch(self, watcher):
        """Calls `watcher(name)` after every change."""
        self._watchers.append(watcher)
