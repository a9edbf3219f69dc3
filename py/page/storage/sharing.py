"""Links to the picture on the page: made, and opened. What was on the page before is put aside, not lost."""

import js

from page.storage import permalink, storage_format
from page.storage.permalink import PermalinkError


class Sharing:
    """Makes a link of the ink on the first sheet and of all settings, and shows what such a link holds.

    `store` is the Store that puts aside what was there. `columns` are the LineColumns, which would choose a cell
    themselves. `say` is called with sentences for the reader.
    """

    def __init__(self, link, state, pen, word, columns, store, say):
        self._link, self._state, self._pen, self._word = link, state, pen, word
        self._columns, self._store, self._say = columns, store, say

    # --- making

    async def copy(self):
        """Puts a link to the picture into the clipboard; gives a sentence.

        The ink on the sheet moves onto the link's grid first, by less than anyone sees, so that whoever opens the
        link has the very same ink, and the network carries it on in the very same way.
        """
        self._word.stop()
        pen, state = self._pen, self._state
        if pen.open:
            return "Lift the pen first."
        await self._link.ready.wait()
        every = [pen.strokes[number] for number in range(pen.strokes.length)]  # with those that were undone
        strokes = [permalink.on_grid(list(one.xy), list(one.width)) for one in every]
        settings = {name: state[name] for name, _ in permalink.SETTINGS}
        network = self._link.network.sha256
        text = permalink.render(network, settings, state["cell"], state["step"], strokes[: pen.count])
        if [permalink.texts(stroke) for stroke in strokes] != [
            (one.xy.join(" "), one.width.join(" ")) for one in every
        ]:
            self._move(strokes)
        address = js.location.href.split("#")[0] + "#" + text
        try:
            await js.navigator.clipboard.writeText(address)
        except Exception:
            return "This browser does not let the page copy the link. Here it is: " + address
        return f"Copied: {len(address):,} characters, with your ink, the settings and the chosen cell in them."

    def _move(self, strokes):
        """The ink on the sheet, that of undone strokes too, is these strokes on the grid."""
        count = self._pen.count
        self._pen.clear()
        for stroke in strokes:
            self._pen.lay(*[js.JSON.parse("[" + part.replace(" ", ",") + "]") for part in permalink.texts(stroke)])
        while self._pen.count > count:
            self._pen.undo()

    # --- opening

    async def run(self):
        """Opens the link that the page's address holds, if it does, and those that come to be in it."""
        await self._store.restored.wait()
        while True:
            fragment = js.location.hash[1:]
            if permalink.is_link(fragment):
                await self._look(fragment)
            await _changed_address()

    async def _look(self, fragment):
        try:
            picture = permalink.parse(fragment)
            await self._open(picture)
        except (PermalinkError, storage_format.StoreError) as error:
            self._say(f"The link in the address was not opened: {error}.")
            return
        # It is kept with the sheet from now on: a reload shall not open it once more, over what was added to it.
        js.history.replaceState(None, "", js.location.href.split("#")[0])
        await self._link.ready.wait()
        if not self._link.network.sha256.startswith(picture["network"]):
            self._say("This link was made with another network: this one carries the ink on in its own way.")

    async def _open(self, picture):
        self._word.stop()
        values = dict(picture["settings"])
        values["cell"], values["step"] = picture["cell"], picture["step"]
        ink = [permalink.texts(stroke) for stroke in picture["strokes"]]
        self._columns.keep_choice()
        await self._store.open(storage_format.render(ink) if ink else None, storage_format.render_settings(values))


async def _changed_address():
    """Returns when the fragment of the address has changed."""
    options = js.JSON.parse('{"once": true}')
    await js.Promise.new(lambda resolve, reject: js.window.addEventListener("hashchange", resolve, options))
