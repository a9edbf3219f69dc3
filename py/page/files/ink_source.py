"""Where figure 4's line comes from: the sheet, the example, or a file of the reader's own."""

import asyncio

import js

from page.ui import controls

# As much as the worker takes (jobs/files.py); what is larger need not be read.
MOST_BYTES = 2 * 2**20
# So many lines of a file are offered.
MOST_LINES = 40


class InkSource:
    """Says in the figure whose line it shows, and lets the reader load one."""

    def __init__(self, figure, state, lines):
        self._figure = figure
        self._state = state
        self._lines = lines
        self._data = None  # the file that is shown: its bytes
        self._input = figure.querySelector("input[type=file]")
        self._which = figure.querySelector("select")
        self._trouble = figure.querySelector(".error.file")
        self._input.addEventListener("change", self._picked)
        self._which.addEventListener("change", self._chosen)
        state.watch(self._changed)

    def own_ink(self):
        """Back to the ink of the sheet."""
        self._say("")
        self._lines.own_ink()

    def _picked(self, event):
        if self._input.files.length:
            self._task = asyncio.create_task(self.take(self._input.files.item(0)))
        self._input.value = ""  # so that the same file can be picked again

    def _chosen(self, event):
        self._task = asyncio.create_task(self._choose(int(self._which.value)))

    async def take(self, file):
        """Takes a file of the reader's; gives a sentence on what became of it."""
        trouble = await self._read(file)
        self._say(trouble)
        return trouble or f"Figure 4 shows the ink of {file.name} now."

    async def _read(self, file):
        if file.size > MOST_BYTES:
            return f"{file.name} is larger than {MOST_BYTES // 2**20} MB: no line of writing is."
        try:
            data = js.Uint8Array.new(await file.arrayBuffer())
        except Exception:
            return f"{file.name} could not be read."
        return await self._load(data, file.name, 0)

    async def _load(self, data, name, which):
        before, self._data = self._data, data
        trouble = await self._lines.load(data, name, which)
        if trouble:
            self._data = before
        return trouble

    async def _choose(self, which):
        self._say(await self._load(self._data, self._state["line.ink"].source, which))

    def _say(self, text):
        self._trouble.textContent = text
        self._trouble.hidden = not text

    def _changed(self, name):
        if name != "line.ink":
            return
        line = self._state["line.ink"]
        kind = line.source if line.source in ("example", "yours") else "file"
        places = self._figure.querySelectorAll("[data-source]")
        for i in range(places.length):
            places[i].hidden = places[i].dataset.source != kind
        controls.element("ink-fans-own").hidden = kind != "file"
        self._which.parentElement.hidden = kind != "file" or line.lines < 2
        if kind == "file":
            self._figure.querySelector(".name").textContent = line.source
            self._offer(min(line.lines, MOST_LINES), line.which)

    def _offer(self, count, which):
        self._which.replaceChildren()
        for i in range(count):
            option = js.document.createElement("option")
            option.value = str(i)
            option.textContent = f"{i + 1} of {count}"
            self._which.append(option)
        self._which.value = str(which)
