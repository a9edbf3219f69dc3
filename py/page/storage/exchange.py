"""The exchange of what is on the page for something else, which is backed up: a fresh start, a backup, a link."""

import asyncio

from page.storage import storage_format
from page.storage.connection import LOSS_WARNING, words
from page.storage.storage_format import StorageError
from page.storage.storage_session import RELAXED

LINKED = "linked"  # the ink of the link that was opened last


class Exchange:
    """Exchanges the contents of the entries of a StorageSession, once `loaded`, an event, is set."""

    def __init__(self, session, loaded):
        self._session, self._loaded = session, loaded

    def start_fresh(self):
        """Empty the sheets and set the first settings; what was there becomes the backup."""
        entries = self._session.entries
        if not any(entry.any for entry in self._session.inks):  # the ink in the backup stays there
            entries = [self._session.settings] if self._session.settings.text() else []
        self._start(self._exchange({entry.name: None for entry in entries}))

    def restore(self):
        """Exchange what is there and the backup."""
        self._start(self._exchange(dict(self._session.backups.texts), True))

    def _start(self, work):
        self._task = asyncio.create_task(work)

    async def _exchange(self, texts, restores=False):
        await self._loaded.wait()
        self._session.note = ""
        entries = [entry for entry in self._session.entries if entry.name in texts]
        before = {}
        for entry in entries:
            try:
                before[entry.name] = entry.text(also_open=True)
            except StorageError:
                entry.left_out = 1
            if entry.left_out:
                self._session.tell(
                    f"Nothing was changed: {entry.title} holds more ink than can be saved, so there can be no backup."
                    " Undo or clear some of it."
                )
                return
        for entry in entries:
            text = before[entry.name]
            try:
                if restores:
                    await self._session.backups.exchange(entry, text)
                elif text is not None:
                    await self._session.backups.add(entry, text)
            except Exception as error:  # then the backup lasts as long as the page is open
                self._session.tell(f"The backup could not be saved ({words(error)}); {LOSS_WARNING}")
            self._replace(entry, texts[entry.name])
        self._session.show()

    def _replace(self, entry, text):
        entry.empty()
        if text is not None:
            entry.apply(entry.check(text))
        self._session.changed(entry)

    # --- opening a link

    async def open(self, ink, settings):
        """Show the contents of a link, texts of the first sheet (None: empty) and of the settings.

        The current contents become the backup, except unchanged ink that a link brought. Raises StorageError if a
        text is invalid.
        """
        await self._loaded.wait()
        sheet, place = self._session.inks[0], self._session.connection.place
        linked = await place.get(LINKED, storage_format.MAX_CHARACTERS)
        texts = {sheet.name: ink, self._session.settings.name: settings}
        for entry in (sheet, self._session.settings):
            if texts[entry.name] is not None:
                entry.check(texts[entry.name])
        there = sheet.text(also_open=True)
        if there is not None and there not in (linked, ink):
            await self._exchange(texts)
        else:
            for entry in (sheet, self._session.settings):
                self._replace(entry, texts[entry.name])
        await place.put(LINKED, ink, "", RELAXED)
