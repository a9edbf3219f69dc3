"""Saving: what has changed goes into the storage, entry by entry, so that one that cannot be kept stops no other."""

from page.storage.save_status import is_full, left_out, problem
from page.storage.storage_format import StorageError


class Saver:
    """Saves the entries of a StorageSession. `loader` is its Loader."""

    def __init__(self, session, loader):
        self._session, self._loader = session, loader

    async def save(self):
        """Save every entry that has changed."""
        for entry in self._session.entries:
            try:
                if entry.dirty and self._session.connection.has_leftover(entry.name):
                    await self._loader.take_over(entry)
                if entry is self._session.settings:
                    await self._once_more(self._save_settings)
                else:
                    await self._save(entry)
            except Exception as error:
                entry.dirty = True
                entry.problem = problem(entry, error)
        self._session.show()

    def send(self, entry):
        """Start to save the ink of an entry, if it has changed and is not being saved already."""
        if entry.sending is not None or not entry.dirty or self._session.connection.has_leftover(entry.name):
            return
        try:
            text = entry.text()
        except StorageError as error:
            entry.problem = problem(entry, error)
            return
        entry.dirty = False
        if text != entry.saved:
            entry.sending = (text, self._session.put(entry, text))

    async def _save(self, entry):
        changed = entry.dirty or entry.sending is not None
        self.send(entry)
        while entry.sending is not None:
            await self._finish(entry)
            self.send(entry)  # it may have changed meanwhile
        if changed and not entry.dirty:
            entry.problem = left_out(entry)

    async def _finish(self, entry):
        """Wait until what was sent is stored."""
        text, answer = entry.sending
        try:
            replaced = await self._once_more(lambda: self._session.put(entry, text), answer)
        finally:
            entry.sending = None
        entry.saved, entry.elsewhere = text, ""
        if replaced:
            await self._session.backups.find(entry)
            self._session.note = f"Another tab's ink is kept in the backup of {entry.title}."

    async def _save_settings(self):
        entry, place = self._session.settings, self._session.connection.place
        if not entry.dirty:
            return
        entry.dirty, entry.quiet = False, True
        there = await self._session.read(entry)
        try:
            text, overrules = entry.merged(there), entry.overrules(there)
        except StorageError:
            await place.move(entry.name, entry.backup)
            there = None
            text, overrules = entry.merged(None), False
        if overrules:
            await self._session.backups.add(entry, there)
            self._session.note = "Another tab's settings are kept in the backup."
        if text != there:
            await self._session.put(entry, text)
        entry.saved, entry.problem = text, ""
        entry.sent()

    async def _once_more(self, work, answer=None):
        """Return what `work()` resolves to; repeat it once on another connection if the database's was lost.

        `answer` is what it has already been started with.
        """
        try:
            return await (work() if answer is None else answer)
        except Exception as error:
            if not self._session.connection.is_database or is_full(error):
                raise
        await self.reopen()
        return await work()

    async def reopen(self):
        """Open the database again, its connection being lost, and have saved what it does not have any more."""
        session = self._session
        await session.connection.reopen()
        for entry in session.entries:
            await session.backups.repeat(entry)
            if entry.saved is not None and await session.get(entry) is None:
                entry.saved = None
                session.changed(entry)
