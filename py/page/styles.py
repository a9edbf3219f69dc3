"""The selects of styles: each offers the lines that the network's file of styles has, once they are there."""

import js
from pyscript.js_modules import boot

from page import turns


class Styles:
    """Takes the styles into the worker and puts them into every select whose data-state is one of `names`.

    Without styles of this very network the selects keep their one choice: none.
    """

    def __init__(self, link, names):
        self._link = link
        self._selects = []
        for name in names:
            found = js.document.querySelectorAll(f"select[data-state={name}]")
            self._selects += [found[i] for i in range(found.length)]

    async def run(self):
        """Takes the file when the network is there."""
        await self._link.ready.wait()
        try:
            told = await self._link.work("styles.take", {"data": await boot.styles()}, rank=turns.FAR)
        except Exception:
            return  # no file, or one of another network: there is nothing to choose from
        for select in self._selects:
            for number in range(told.names.length):
                option = js.document.createElement("option")
                option.value = str(number)
                option.textContent = f"{told.names[number]} (seed {told.seeds[number]})"
                select.append(option)
            select.disabled = False
