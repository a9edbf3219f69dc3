"""The selects of styles: each offers the lines in the network's file of styles, once they are there."""

import js
from shims import boot

from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost


class StyleSelects:
    """Loads the styles into the worker and offers them in every select whose data-state is one of `names`.

    Without styles of the network in use the selects have one choice: none. The state's "styles" counts them.
    """

    def __init__(self, worker, state, names):
        self._worker, self._state, self._names = worker, state, names
        self._file = None
        worker.rebuild(self._rebuild)
        self._selects = []
        for name in names:
            found = js.document.querySelectorAll(f"select[data-state={name}]")
            self._selects += [found[i] for i in range(found.length)]

    async def run(self):
        """Load the file once the network is there."""
        await self._worker.ready.wait()
        try:
            self._file = await boot.styles()
        except Exception:
            return  # no file: there is nothing to choose from
        self._offer(await self._take(priority_lock.FAR))

    async def _rebuild(self):
        """Load the file into a new worker."""
        if self._file is not None:
            self._offer(await self._take(priority_lock.HELD))

    async def _take(self, priority):
        """Return what the worker says of the file; None if it is of another network."""
        while True:
            try:
                return await self._worker.run_task("styles.load", {"data": self._file}, priority=priority)
            except WorkerLost as lost:
                if lost.blamed:
                    self._file = None  # another worker would die of it, too
                if priority == priority_lock.HELD:
                    raise
                if lost.blamed:
                    return None
            except Exception:
                return None

    def _offer(self, loaded):
        for select in self._selects:
            while loaded and select.options.length <= loaded.names.length:
                number = select.options.length - 1
                option = js.document.createElement("option")
                option.value = str(number)
                option.textContent = f"{loaded.names[number]} (seed {loaded.seeds[number]})"
                select.append(option)
            select.disabled = not loaded
            select.parentElement.hidden = not loaded  # a network that has no styles
        for name in self._names:
            if not loaded:
                self._state.set(name, -1)
        self._state.set("styles", loaded.names.length if loaded else 0)
