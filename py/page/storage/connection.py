"""The connection to the storage: the browser's database or, for as long as there is none, the fallback."""

import asyncio

from shims import storage

# How long the page waits for the database before it takes the fallback, in ms; some browsers never answer.
PATIENCE = 4000
# Seconds until it asks again after an error; twice as long after each further one, up to the second number.
RETRY, MAX_RETRY = 2, 60
LOSS_WARNING = "what you make now will be gone when you close this page."
SLOW = "This browser's database does not answer yet"
NEWER = "A newer version of this page uses this browser's database, so reload this page"
FAILED = "This browser's database cannot be used ({})"
FALLBACK = "; meanwhile this page saves in localStorage, which holds less."


class Connection:
    """Finds the place where entries are stored: `place`, an object of storage.js; None until `open` is done.

    `wake()` is called when `arrived` or `lost` has become True, `elsewhere(name)` when another tab has saved one.
    """

    def __init__(self, name, wake, elsewhere):
        self.place = None
        self.lost = False  # the database was closed by something else
        self.fallback = storage.fallback(name)
        self.fallback.elsewhere = elsewhere
        self._name, self._wake, self._elsewhere = name, wake, elsewhere
        self._cause = ""  # why there is no database
        self._answer = None  # the database, if it answered after the fallback was taken

    @property
    def is_database(self):
        """Is the place the browser's database?"""
        return self.place is not None and self.place.kind == "database"

    @property
    def arrived(self):
        """Is there a database to switch to?"""
        return self._answer is not None

    @property
    def trouble(self):
        """Why there is no database, and what happens instead: a sentence, "" if there is one."""
        if self.place is None or self.is_database:
            return ""
        if self.fallback.kind == "localStorage":
            return self._cause + FALLBACK
        if self._cause == SLOW:
            return f"Not kept: this browser's database does not answer yet; until then {LOSS_WARNING}"
        return f"Not kept: this browser stores nothing for this page, as in some private windows; {LOSS_WARNING}"

    async def open(self):
        """Open the database; if it fails or takes too long, take the fallback and go on trying."""
        await self._open(None)

    async def reopen(self):
        """Open the database again, once its connection is lost."""
        self.lost = False
        known = self.place.known
        self.place.close()
        await self._open(known)

    async def _open(self, known):
        opening = storage.open(self._name, known)
        try:
            found = await storage.within(opening, PATIENCE)
        except Exception as error:
            self._cause, found, opening = _cause(error), None, None
        else:
            self._cause = SLOW if found is None else ""
        if found is None:
            self.place = self.fallback
            self._waiting = asyncio.create_task(self._wait(opening, known))
        else:
            self._use(found)

    async def _wait(self, opening, known):
        """Wait for a database that answers late; ask again after errors."""
        delay = RETRY
        while self._answer is None:
            try:
                if opening is None:
                    await asyncio.sleep(delay)
                    delay = min(2 * delay, MAX_RETRY)
                    opening = storage.open(self._name, known)
                self._answer = await opening
            except Exception as error:
                self._cause, opening = _cause(error), None
            self._wake()

    def switch(self):
        """Use the database that has arrived."""
        found = self._answer
        self._answer = None
        self._cause = ""
        self._use(found)

    def _use(self, place):
        place.lost, place.elsewhere = self._on_loss, self._elsewhere
        self.place = place

    def _on_loss(self):
        self.lost = True
        self._wake()

    def has_leftover(self, name):
        """Return whether the fallback holds an entry that belongs into the database."""
        return self.is_database and self.fallback.kind == "localStorage" and self.fallback.has(name)


def _cause(error):
    return NEWER if "VersionError" in words(error) else FAILED.format(words(error))


def words(error):
    """Return the name and the message of a JavaScript error."""
    return ": ".join([str(part) for part in error.args[1:] if str(part)]) or str(error)
