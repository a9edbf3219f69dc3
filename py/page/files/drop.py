"""Files dropped anywhere on the page: ink becomes the line on show, weights become the network."""

import asyncio

import js

from page.files.file_type import GZIP, HANDS, HEAD, INK, NEITHER, WEIGHTS, detect
from page.ui import controls
from page.worker_client.worker_client import message

# Bytes of a file packed with gzip whose beginning is looked at.
PACKED_HEAD = 4096


class Drop:
    """Shows where to drop while a file is dragged over the page, and then says what was done with it.

    `load_ink(file)`, `load_weights(file)` and `load_hand(file)` are coroutine functions that return that sentence;
    before the event `ready` they wait.
    """

    def __init__(self, load_ink, load_weights, load_hand, ready):
        self._ready = ready
        self._loaders = {INK: load_ink, WEIGHTS: load_weights, HANDS: load_hand}
        self._target = controls.element("drop")
        self._notice = controls.element("dropped")
        self._words = self._notice.querySelector("output")
        self._button = self._notice.querySelector("button")
        self._button.addEventListener("click", self._dismiss)
        self._cancel = None  # cancels the reading of a file
        for kind in ("dragenter", "dragover", "dragleave", "drop"):
            js.window.addEventListener(kind, self._dragged)

    def _dragged(self, event):
        if not event.dataTransfer or not event.dataTransfer.types.includes("Files"):
            return
        event.preventDefault()  # otherwise the browser opens the file in place of the page
        # From one element of the page to another it leaves the first; only when it leaves the page it enters none.
        left = event.type == "dragleave" and event.relatedTarget is None
        self._target.hidden = left or event.type == "drop"
        if event.type == "drop" and event.dataTransfer.files.length:
            files = event.dataTransfer.files
            self._task = asyncio.create_task(self._load(files.item(0), files.length))

    async def _load(self, file, count):
        self.say(await self._load_one(file), f"Only the first of the {count} files was loaded. " if count > 1 else "")

    async def _load_one(self, file):
        try:
            head = bytes(js.Uint8Array.new(await file.slice(0, HEAD).arrayBuffer()))
        except Exception:
            return f"{file.name} could not be read; perhaps it is a folder."
        if head.startswith(GZIP):
            head = await _unpacked(file) or head
        kind = detect(head)
        if not kind:
            return f"{file.name} {NEITHER}."
        if not self._ready.is_set():
            self.say(_waits(file.name))
        try:
            return await self._loaders[kind](file)
        except Exception as error:
            return f"{file.name}: {message(error)}."

    def say(self, text, before=""):
        """Show a sentence at the bottom of the window, until the reader closes it."""
        self._notice.hidden = False  # first: screen readers do not announce what is hidden
        self._words.value = before + text

    def reading(self, name, cancel):
        """Show that a file is being read, with a button that calls `cancel()`; with "" that none is."""
        if not name and self._cancel is None:
            return  # the notice says something else
        self._cancel = cancel
        self._button.textContent = "Cancel" if name else "Close"
        if name:
            self.say(f"Reading {name}\u2026" if self._ready.is_set() else _waits(name))
        else:
            self._hide()

    def _dismiss(self, event):
        if self._cancel:
            self._cancel()
        self._hide()

    def _hide(self):
        self._notice.hidden = True
        self._words.value = ""


def _waits(name):
    return f"{name} will be read as soon as the network is there."


async def _unpacked(file):
    """Return the first bytes of what a file packed with gzip holds, b"" if it is damaged."""
    try:
        stream = file.slice(0, PACKED_HEAD).stream().pipeThrough(js.DecompressionStream.new("gzip"))
        reader = stream.getReader()
        piece = await reader.read()
        head = b"" if piece.done else bytes(piece.value.slice(0, HEAD))
        await reader.cancel()
    except Exception:
        return b""
    return head
