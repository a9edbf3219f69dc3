"""Autosave: ink and settings stay in the browser's own storage between two visits, and nowhere else.

An entry is saved under its own name. What that would overwrite goes to its backup: ink that another tab of this page
has saved meanwhile, ink from before when the reader wrote before it was loaded, invalid entries, and what was there
when the reader started fresh. A backup has a few slots; "Restore" goes round through them.
"""

import asyncio

import js

from page.storage.exchange import Exchange
from page.storage.loading import Loader
from page.storage.saving import Saver
from page.storage.storage_session import StorageSession
from page.storage.tabs import Tabs

# Settings change while a slider is dragged, and a playing figure changes seeds: save them at most this often, in ms.
SETTINGS_DELAY = 800


class Autosave:
    """Saves entries as they change. `loaded` is set once those of the last visit are back.

    `show(note, state, warning, has_backup)` is called when there is something to say: what has happened, or why ink
    cannot be kept; what is the case now, as that all is saved; whether something is wrong; and whether there is a
    backup to restore.
    """

    def __init__(self, inks, settings, show):
        self.loaded = asyncio.Event()
        self._changed = asyncio.Event()
        self._session = StorageSession(inks, settings, show, self._changed.set, self._saved_elsewhere)
        self._loader = Loader(self._session)
        self._saver = Saver(self._session, self._loader)
        self._tabs = Tabs(self._session)
        self._timer = None
        exchange = Exchange(self._session, self.loaded)
        self.start_fresh, self.restore, self.open = exchange.start_fresh, exchange.restore, exchange.open
        js.document.addEventListener("visibilitychange", self._visibility_changed)
        js.window.addEventListener("pagehide", self._leaving)

    def ink_touched(self, entry):
        """Say that an entry has unsaved ink; one of the next two saves it."""
        if not entry.dirty:
            entry.dirty = True
            self._session.show()

    def ink_lifted(self, entry):
        """Save the ink of an entry at once: the pen has been lifted."""
        entry.dirty = True
        if self.loaded.is_set():
            self._saver.send(entry)
        self._changed.set()

    def ink_changed(self, entry):
        """Save the ink of an entry soon."""
        self._session.changed(entry)

    def settings_changed(self, moving=False):
        """Save the settings in a while; `moving` is True if one has changed by itself."""
        settings = self._session.settings
        before = settings.unsaved
        settings.dirty, settings.quiet = True, settings.quiet and moving
        if self._timer is None:
            self._timer = js.setTimeout(self._stop_waiting, SETTINGS_DELAY)
        if settings.unsaved != before:
            self._session.show()

    def _stop_waiting(self):
        if self._timer is not None:
            js.clearTimeout(self._timer)
            self._timer = None
            self._changed.set()

    def _visibility_changed(self, event):
        if js.document.hidden:
            self._stop_waiting()
        else:
            for entry in self._session.inks:
                self._saved_elsewhere(entry.name)

    def _saved_elsewhere(self, name):
        self._tabs.suspect(name)
        self._changed.set()

    def _leaving(self, event):
        self._tabs.leave(self.loaded.is_set())

    async def run(self):
        """Load what was saved; then keep saving changes."""
        await self.load()
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.save()

    async def load(self):
        """Load what was saved."""
        await self._session.connection.open()
        await self._loader.load()
        self.loaded.set()
        self._session.show()

    async def save(self):
        """Save every entry that has changed, after following what the storage and other tabs have done."""
        connection = self._session.connection
        if connection.arrived:
            connection.switch()
            await self._loader.load()
        if connection.lost:
            await self._saver.reopen()
        await self._tabs.check()
        await self._saver.save()
