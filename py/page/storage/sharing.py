"""Sharing: copy a permalink to the picture on the page, and open the one in the page's address."""

import asyncio

import js
from shims import link_codec

from page.storage import permalink, storage_format
from page.storage.entries import lay
from page.storage.permalink import PermalinkError
from page.storage.storage_format import StorageError
from page.worker_client.worker_client import message


class Sharing:
    """Copies a link of the first sheet's ink and of all settings, and opens such links.

    `example` is the Example of that sheet. `columns` are the LineColumns, which would otherwise choose a cell
    themselves. `autosave` backs up what a link replaces. `say` is called with sentences for the reader.
    """

    def __init__(self, worker, state, pen, example, columns, autosave, say):
        self._worker, self._state, self._pen, self._example = worker, state, pen, example
        self._columns, self._autosave, self._say = columns, autosave, say
        self._writer = ""  # of the link that was opened, until its text's network is known
        state.watch(self._check_writer)

    # --- copying

    async def copy(self):
        """Copy a link to the picture into the clipboard; return a sentence.

        The ink on the sheet moves onto the link's grid first, by less than anyone sees: so the link gives exactly the
        same ink, and the network continues it in exactly the same way. Raises PermalinkError if no link can hold it.
        """
        self._example.stop()
        pen, state = self._pen, self._state
        if pen.open:
            return "Lift the pen first."
        await self._worker.ready.wait()
        ink = [pen.strokes[number] for number in range(pen.strokes.length)]  # with those that were undone
        strokes = [permalink.on_grid(list(stroke.xy), list(stroke.width)) for stroke in ink]
        settings = {name: state[name] for name in permalink.SETTINGS}
        writer = state["text-network"] if state["mode"] == "text" else ""
        text = permalink.render(self._worker.network.sha256, settings, strokes[: pen.count], writer)
        fragment = permalink.fragment_of(await link_codec.encode(text))
        if [permalink.texts(stroke) for stroke in strokes] != [
            (stroke.xy.join(" "), stroke.width.join(" ")) for stroke in ink
        ]:
            self._replace_ink(strokes)
        address = js.location.href.split("#")[0] + "#" + fragment
        try:
            await js.navigator.clipboard.writeText(address)
        except Exception:
            return "This browser does not let the page copy the link. Here it is: " + address
        return f"Copied: {len(address):,} characters, with your ink, the settings and the chosen cell in them."

    def _replace_ink(self, strokes):
        """Replace the ink on the sheet, undone strokes too, by strokes on the grid."""
        count, says = self._pen.count, self._state["ink-says"]
        self._pen.clear()
        for stroke in strokes:
            lay(self._pen, permalink.texts(stroke))
        while self._pen.count > count:
            self._pen.undo()
        self._state.set("ink-says", says)  # which was forgotten with the ink

    # --- opening

    async def run(self):
        """Open the link that the page's address has, if any, and every later one."""
        await self._autosave.loaded.wait()
        changed = asyncio.Event()  # also while a link is opened: the next one must not be lost
        js.window.addEventListener("hashchange", lambda event: changed.set())
        while True:
            changed.clear()
            fragment = js.location.hash[1:]
            if permalink.is_link(fragment):
                await self._open(fragment)
            await changed.wait()

    async def _open(self, fragment):
        try:
            picture = await self._decode(fragment)
            await self._show(picture)
        except (PermalinkError, StorageError) as error:
            self._say(f"The link in the address was not opened: {error}.")
            return
        # From now on it is saved with the sheet: a reload must not open it again, over what was added to it.
        if js.location.hash[1:] == fragment:  # and not the next link
            js.history.replaceState(None, "", js.location.href.split("#")[0])
        await self._worker.ready.wait()
        self._writer = picture["writer"]
        if self._writer:
            self._check_writer("text-network")
        elif not self._worker.network.sha256.startswith(picture["network"]):
            self._say("This link was made with another network: this one continues the ink in its own way.")

    def _check_writer(self, name):
        """Say it once the network that writes the text of the link is there, and is another."""
        if name != "text-network" or not (self._writer and self._state[name]):
            return
        if not self._state[name].startswith(self._writer):
            self._say("The text of this link was written by another network: this one writes it in its own way.")
        self._writer = ""

    async def _decode(self, fragment):
        digits = permalink.digits_of(fragment)
        try:
            text = await link_codec.decode(digits, permalink.MAX_BYTES)
        except Exception as error:
            raise PermalinkError(message(error)) from None
        return permalink.parse(text)

    async def _show(self, picture):
        self._example.stop()
        ink = [permalink.texts(stroke) for stroke in picture["strokes"]]
        self._columns.keep_choice()
        settings = storage_format.render_settings(picture["settings"])
        await self._autosave.open(storage_format.render(ink) if ink else None, settings)
