"""Loading: what was saved in earlier visits comes back, from the database and from the fallback."""

from page.storage import storage_format
from page.storage.connection import words
from page.storage.storage_format import StorageError
from page.storage.storage_session import STRICT

EARLY = "You were writing before the ink from your last visit was loaded: it was moved to the backup."


class Loader:
    """Loads the entries of a StorageSession, and takes over what the fallback has of them."""

    def __init__(self, session):
        self._session = session

    async def load(self):
        """Load all entries; report what cannot be loaded, which stays where it is."""
        for entry in self._session.entries:
            try:
                await self.take_over(entry)
                await self._session.backups.find(entry)
                await (self._load_settings() if entry is self._session.settings else self._load_ink(entry))
            except Exception as error:
                self._session.note = f"What was saved last time could not be loaded ({words(error)})."
                if entry.touched:
                    self._session.changed(entry)

    async def _load_ink(self, entry):
        text = entry.saved = await self._session.read(entry)
        if text is None:
            contents = []
        else:
            try:
                contents = entry.check(text)
            except StorageError as error:
                await self._set_aside(entry, error)
                return
        own = entry.text()
        if not entry.touched:
            entry.apply(contents)
            entry.dirty = False  # the pen has noticed ink
        elif text != own:
            if text is not None and not storage_format.contains(own, text):
                await self._session.backups.add(entry, text)
                self._session.note = EARLY
            self._session.changed(entry)

    async def _load_settings(self):
        entry = self._session.settings
        text = entry.saved = await self._session.read(entry)
        try:
            entry.load({} if text is None else entry.check(text))
        except StorageError as error:
            await self._set_aside(entry, error)

    async def _set_aside(self, entry, error):
        # Not by way of Python, which may change it.
        await self._session.connection.place.move(entry.name, entry.backup)
        entry.saved = None
        self._session.note = f"The {entry.what} from your last visit is invalid: {error}. It was moved to the backup."
        if entry.touched:
            self._session.changed(entry)

    async def take_over(self, entry):
        """Move what the fallback has of an entry into the database."""
        connection = self._session.connection
        if not connection.is_database or connection.fallback.kind != "localStorage":
            return
        if entry is self._session.settings and connection.has_leftover(entry.name):
            await self._take_over_settings()
        await connection.place.takeOver(connection.fallback, entry.name, entry.backup, entry.emptied)

    async def _take_over_settings(self):
        """Put the settings that the fallback has over those in the database."""
        other, name = self._session.connection.fallback, self._session.settings.name
        left = await other.get(name, storage_format.MAX_CHARACTERS)
        there = await self._session.read(self._session.settings)
        try:
            values = {} if there is None else self._session.settings.check(there)
            values.update(self._session.settings.check(left))
        except StorageError:
            return  # then one of the two becomes the backup
        if there is not None and not other.knew(name, there):
            await self._session.backups.add(self._session.settings, there)
        await self._session.put(self._session.settings, storage_format.render_settings(values), STRICT)
        other.forget(name, left)
