"""The selects of styles: each offers the lines that the network's file of styles has, once they are there."""

import js
from pyscript.js_modules import boot

from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost


class Styles:
    """Takes the styles into the worker and puts them into every select whose data-state is one of `names`.

    Without styles of this very network the selects have one choice: none. The state's "styles" is how many there are.
    """

    def __init__(self, worker, state, names):
        self._link, self._state, self._names = worker, state, names
        self._file = None
        worker.rebuild(self._rebuild)
        self._selects = []
        for name in names:
            found = js.document.querySelectorAll(f"select[data-state={name}]")
            self._selects += [found[i] for i in range(found.length)]

    async def run(self):
        """Takes the file when the network is there."""
        await self._link.ready.wait()
        try:
            self._file = await boot.styles()
        except Exception:
            return  # no file: there is nothing to choose from
        self._offer(await self._take(priority_lock.FAR))

    async def _rebuild(self):
        """A new worker gets the file."""
        if self._file is not None:
            self._offer(await self._take(priority_lock.HELD))

    async def _take(self, rank):
        """What the worker says of the file; None if it is of another network."""
        while True:
            try:
                return await self._link.work("styles.load", {"data": self._file}, rank=rank)
            except WorkerLost:
                if rank == priority_lock.HELD:
                    raise
            except Exception:
                return None

    def _offer(self, told):
        for select in self._selects:
            while told and select.options.length <= told.names.length:
                number = select.options.length - 1
                option = js.document.createElement("option")
                option.value = str(number)
                option.textContent = f"{told.names[number]} (seed {told.seeds[number]})"
                select.append(option)
            select.disabled = not told
            select.parentElement.hidden = not told  # a network that has no styles
        for name in self._names:
            if not told:
                self._state.set(name, -1)
        self._state.set("styles", told.names.length if told else 0)
