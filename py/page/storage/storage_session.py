"""What the parts of the storage share: the entries, the connection to where they are stored, and the backups."""

import js

from page.storage import save_status, storage_format
from page.storage.backups import Backups
from page.storage.connection import Connection
from page.storage.entries import SettingsEntry

RELAXED, STRICT = "relaxed", "strict"  # the durability of a transaction: see storage.js


class StorageSession:
    """The storage as an open page sees it.

    `wake()` is called when there is something to do, `elsewhere(name)` when another tab has saved an entry, `show` as
    Autosave says.
    """

    def __init__(self, inks, settings, show, wake, elsewhere):
        self.inks = inks
        self.settings = SettingsEntry(settings)
        self.entries = inks + [self.settings]  # noqa: RUF005  MicroPython does not unpack into a list
        self.connection = Connection("ductus " + js.location.pathname, wake, elsewhere)
        self.backups = Backups(self.connection)
        self.note = ""  # what happened to earlier ink and settings, as far as the reader should know
        self._show, self._wake = show, wake

    def changed(self, entry):
        """Have an entry saved soon."""
        entry.dirty = True
        self._wake()

    def put(self, entry, text, durability=RELAXED):
        """Start to save a text of an entry; return a promise: was another tab's text moved to the backup?"""
        return self.connection.place.put(entry.name, text, entry.backup, durability)

    def tell(self, note):
        """Say something about earlier ink and settings."""
        self.note = note
        self.show()

    def show(self):
        """Say what is the case now."""
        note, state, warning = save_status.status(self.connection, self.entries, self.note)
        self._show(note, state, warning, len(self.backups.texts) > 0)

    async def read(self, entry):
        """Return the text that is stored of an entry, None if there is none; from now on it may be replaced."""
        return await self.connection.place.read(entry.name, storage_format.MAX_CHARACTERS)

    async def get(self, entry):
        """Return the same, without leave to replace it: if it is another tab's, it has to be backed up then."""
        return await self.connection.place.get(entry.name, storage_format.MAX_CHARACTERS)
