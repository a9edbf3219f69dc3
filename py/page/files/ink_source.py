"""The source of the reader's line: the sheet, the example, or a file of the reader."""

import asyncio

import js

from page.ui import controls
from shared.limits import MAX_INK_FILE_BYTES, MAX_LINE_POINTS

# Lines of a file that are offered.
MAX_LINES = 40


class InkSource:
    """Names the source in the figure, and lets the reader load a file."""

    def __init__(self, figure, state, lines, line_choice):
        self._figure = figure
        self._state = state
        self._lines, self._choice = lines, line_choice
        self._data = None  # the bytes of the file that is shown
        self._refused = None  # the bytes, the name and the line of one that is too long at its guessed size
        self._input = figure.querySelector("input[type=file]")
        self._which = controls.element("fans-which")
        self._size = controls.element("fans-size")
        self._error = figure.querySelector(".error.file")
        self._input.addEventListener("change", self._picked)
        self._which.addEventListener("change", self._chosen)
        self._size.addEventListener("change", self._sized)
        state.watch(self._changed)

    def own_ink(self):
        """Show the ink of the sheet again."""
        self._say("")
        self._refused = None
        self._lines.own_ink()

    def _picked(self, event):
        if self._input.files.length:
            self._task = asyncio.create_task(self.load(self._input.files.item(0)))
        self._input.value = ""  # so that the same file can be picked again

    def _chosen(self, event):
        self._refused = None
        self._task = asyncio.create_task(self._choose(int(self._which.value)))

    def _sized(self, event):
        self._task = asyncio.create_task(self._choose(int(self._which.value or 0)))

    async def load(self, file):
        """Show a file of the reader; return a sentence that says so, or why the file is invalid."""
        size, self._size.value = self._size.value, "1"
        error = await self._read(file)
        self._say(error)
        if error:
            if self._refused is None:
                self._size.value = size  # of the line that is still shown
            return error
        line = self._state["line.ink"]
        what = "the ink" if line.lines < 2 else f"the first of the {line.lines} lines"
        left_out = f" Left out: {line.skipped}." if line.skipped else ""
        return f"The figures show {what} of {file.name} now.{left_out}"

    async def _read(self, file):
        if file.size > MAX_INK_FILE_BYTES:
            return f"{file.name} is larger than {MAX_INK_FILE_BYTES // 2**20} MB: no line of writing is."
        try:
            data = js.Uint8Array.new(await file.arrayBuffer())
        except Exception:
            return f"{file.name} could not be read."
        return await self._load_line(data, file.name, 0)

    async def _load_line(self, data, name, which):
        before, self._data = self._data, data
        error = await self._lines.load(data, name, which, float(self._size.value))
        if error:
            self._data = before
            # Perhaps its letters are smaller than the guess says: the reader can say so.
            long = f"more than {MAX_LINE_POINTS:,} points" in error
            self._refused = (data, name, which) if long else None
            self._size.parentElement.hidden = not long and self._size.parentElement.hidden
        else:
            self._refused = None
            self._choice.show_ink()
        return error

    async def _choose(self, which):
        data, name, which = self._refused or (self._data, self._state["line.ink"].source, which)
        self._say(await self._load_line(data, name, which))

    def _say(self, text):
        self._error.textContent = text
        self._error.hidden = not text

    def _changed(self, name):
        if name == "line.error":
            self._say(self._state["line.error"])
        if name != "line.ink" or self._state["line.ink"] is None:
            return
        line = self._state["line.ink"]
        kind = line.source if line.source in ("example", "yours") else "file"
        places = self._figure.querySelectorAll("[data-source]")
        for i in range(places.length):
            places[i].hidden = places[i].dataset.source != kind
        controls.element("fans-own").hidden = kind != "file"
        self._which.parentElement.hidden = kind != "file" or line.lines < 2
        self._size.parentElement.hidden = kind != "file" or not line.guessed
        if kind == "file":
            self._size.value = f"{line.size:g}"
            self._figure.querySelector(".name").textContent = line.source
            self._figure.querySelector(".left-out").textContent = f"Left out: {line.skipped}." if line.skipped else ""
            self._offer(min(line.lines, MAX_LINES), line.which)

    def _offer(self, count, which):
        self._which.replaceChildren()
        for i in range(count):
            option = js.document.createElement("option")
            option.value = str(i)
            option.textContent = f"{i + 1} of {count}"
            self._which.append(option)
        self._which.value = str(which)
