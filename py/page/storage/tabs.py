"""Tabs: what to do when another one has saved something, and when this one is about to go."""

import asyncio

from page.storage import storage_format
from page.storage.save_status import problem
from page.storage.storage_session import STRICT


class Tabs:
    """Keeps the ink of this page and of other tabs apart, for the entries of a StorageSession."""

    def __init__(self, session):
        self._session = session
        self._suspects = []  # names of entries that another tab may have saved

    def suspect(self, name):
        """Look at an entry when `check` is called next."""
        if name not in self._suspects:
            self._suspects.append(name)

    async def check(self):
        """Find out what other tabs have saved in place of what this one did."""
        names, self._suspects = self._suspects, []
        for entry in self._session.inks:
            if entry.name not in names:
                continue
            if entry.unsaved:  # when it is saved, it is compared
                self._suspects.append(entry.name)
                continue
            try:
                await self._check(entry)
            except Exception as error:
                entry.problem = problem(entry, error)

    async def _check(self, entry):
        """Find out whether the storage still has the ink of this page; if not, see to it that the backup has."""
        mine, there = entry.saved, await self._session.get(entry)
        entry.elsewhere = ""
        if mine is None or there == mine or storage_format.contains(there, mine):
            return
        backups = self._session.backups
        if await backups.has(entry, mine):
            await backups.find(entry)
        else:
            await backups.add(entry, mine)
        what = "Another tab's ink is kept in" if there is not None else "Another tab has cleared"
        entry.elsewhere = f"{what} {entry.title}; the ink here is in the backup."

    # --- leaving

    def leave(self, loaded):
        """Save what is unsaved, without waiting for answers: the page is about to go.

        A database that was asked now what it has could not answer any more, so the ink goes to the fallback, at once;
        the next page to load or to save finds it there, and compares. `loaded`: is what was saved on the sheets?
        """
        left = []
        for entry in self._session.entries:
            if entry.unsaved or (entry.touched and not loaded):
                try:
                    text, answer = self._leave(entry, loaded)
                    left.append((entry, text, answer))
                except Exception as error:  # the page may stay
                    entry.problem = problem(entry, error)
        if loaded and left:
            self._staying = asyncio.create_task(self._stay(left))

    def _leave(self, entry, loaded):
        """Return what was left, and the promise of the place; None if it was not asked."""
        session, is_settings = self._session, entry is self._session.settings
        if loaded and not session.connection.is_database:
            text = entry.text(also_open=True)
            return text, session.put(entry, text)
        text = entry.changes() if is_settings else entry.text(also_open=True)
        if text is None and entry.saved is None:
            return text, None
        session.connection.fallback.leave(entry.name, text or entry.emptied, entry.saved, entry.backup)
        return text, None if is_settings or not loaded else session.put(entry, text, STRICT)

    async def _stay(self, left):
        """Go on as usual: the page did not go, or has come back."""
        for entry, text, answer in left:
            if answer is not None:
                try:
                    await answer
                except Exception:  # then the fallback has it
                    continue
                if entry is not self._session.settings:
                    entry.saved = text
                if self._session.connection.is_database:
                    self._session.connection.fallback.stay(entry.name)
            self._session.changed(entry)
