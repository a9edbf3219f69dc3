"""The backups of the entries: the newest that can be restored is known here, older ones wait in the storage."""

from page.storage import storage_format


class Backups:
    """`texts` are the backups to restore, by the names of their entries. `connection` says where they are stored."""

    def __init__(self, connection):
        self.texts = {}
        self._connection = connection

    async def find(self, entry):
        """Look for the newest valid backup of an entry."""
        found = await self._all(entry)
        self.texts.pop(entry.name, None)
        for i in range(found.length):
            if entry.valid(found[i]):
                self.texts[entry.name] = found[i]
                return

    async def add(self, entry, text):
        """Keep a text; if the storage refuses it, it lasts as long as the page is open, and that error is raised."""
        if entry.valid(text):
            self.texts[entry.name] = text
        await self._connection.place.keep(entry.backup, text)
        await self.find(entry)

    async def exchange(self, entry, text):
        """Store the backup as the entry; a `text`, unless it is None, becomes the backup that comes last."""
        wanted = self.texts.pop(entry.name)
        if text is not None and entry.valid(text):
            self.texts[entry.name] = text
        if await self._connection.place.restore(entry.name, entry.backup, wanted, text):
            entry.saved, entry.elsewhere = wanted, ""
        elif text is not None:
            await self._connection.place.keep(entry.backup, text)
        await self.find(entry)

    async def repeat(self, entry):
        """Keep again what the storage has lost."""
        text = self.texts.get(entry.name)
        if text is not None:
            await self.add(entry, text)

    async def has(self, entry, text):
        """Return whether one of the backups has all of a text."""
        found = await self._all(entry)
        return any(storage_format.contains(found[i], text) for i in range(found.length))

    async def _all(self, entry):
        return await self._connection.place.backups(entry.backup, storage_format.MAX_CHARACTERS)
