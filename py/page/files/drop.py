"""Files that are dropped on the page, wherever that is: ink goes to figure 4, weights become the network."""

import asyncio

import js

from page.files.file_type import HEAD, INK, NEITHER, WEIGHTS, recognise
from page.ui import controls
from page.worker_client.worker_client import message


class Incoming:
    """Shows where to drop while something is dragged over the page, and says what became of it.

    `take_ink(file)` and `take_weights(file)` are coroutine functions, which say in a sentence what became of it.
    """

    def __init__(self, take_ink, take_weights):
        self._takes = {INK: take_ink, WEIGHTS: take_weights}
        self._target = controls.element("drop")
        self._notice = controls.element("dropped")
        self._words = self._notice.querySelector("output")
        self._notice.querySelector("button").addEventListener("click", self._dismiss)
        for kind in ("dragenter", "dragover", "dragleave", "drop"):
            js.window.addEventListener(kind, self._dragged)

    def _dragged(self, event):
        if not event.dataTransfer or not event.dataTransfer.types.includes("Files"):
            return
        event.preventDefault()  # or the browser would leave the page for the file
        # Between two elements of the page it leaves one for the other; only the last time it goes nowhere.
        left = event.type == "dragleave" and event.relatedTarget is None
        self._target.hidden = left or event.type == "drop"
        if event.type == "drop" and event.dataTransfer.files.length:
            files = event.dataTransfer.files
            self._task = asyncio.create_task(self._take(files.item(0), files.length))

    async def _take(self, file, count):
        self.say(await self._taken(file), f"Of the {count} files the first was taken. " if count > 1 else "")

    async def _taken(self, file):
        try:
            head = bytes(js.Uint8Array.new(await file.slice(0, HEAD).arrayBuffer()))
        except Exception:
            return f"{file.name} could not be read; a folder, perhaps."
        kind = recognise(file.name, head)
        if not kind:
            return f"{file.name} {NEITHER}."
        try:
            return await self._takes[kind](file)
        except Exception as error:
            return f"{file.name}: {message(error)}."

    def say(self, text, before=""):
        """Shows a sentence at the foot of the window, until the reader has done with it."""
        self._notice.hidden = False  # first: of what is hidden a screen reader says nothing
        self._words.value = before + text

    def _dismiss(self, event):
        self._notice.hidden = True
        self._words.value = ""
