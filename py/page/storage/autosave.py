"""Autosave: ink and settings stay in the browser's own storage between two visits, and nowhere else.

An entry is saved under its own name. What that would overwrite goes to one slot beside it, its backup: ink that
another tab of this page has saved meanwhile, ink from before when the reader wrote before it was loaded, invalid
entries, and what was there when the reader started fresh. The last of these replaces the others.
"""

import asyncio

import js
from shims import storage

from page.storage import storage_format
from page.storage.entries import SettingsEntry
from page.storage.storage_format import StorageError

# Settings change while a slider is dragged, and a playing figure changes seeds: save them at most this often, in ms.
SETTINGS_DELAY = 800
BACKUP = "backup "
LINKED = "linked"  # the ink of the link that was opened last
LOSS_WARNING = "what you make now will be gone when you close this page."


class Autosave:
    """Saves entries as they change. `loaded` is set once those of the last visit are back.

    `show(words, warning, has_backup)` is called when there is something to say: that all is saved, or a warning why
    not; and whether there is a backup to restore.
    """

    def __init__(self, inks, settings, show):
        self.loaded = asyncio.Event()
        self._inks = inks
        self._settings = SettingsEntry(settings)
        self._entries = inks + [self._settings]  # noqa: RUF005  MicroPython does not unpack into a list
        self._show = show
        self._storage = None
        self._backups = {}  # name of an entry -> the valid text that is its backup
        self._changed = asyncio.Event()
        self._timer = None
        self._note = ""  # what happened to earlier ink and settings, as far as the reader should know
        js.document.addEventListener("visibilitychange", self._hidden)
        js.window.addEventListener("pagehide", self._leaving)

    def ink_changed(self, entry):
        """Save the ink of an entry soon."""
        entry.dirty = True
        self._changed.set()

    def settings_changed(self):
        """Save the settings in a while."""
        self._settings.dirty = True
        if self._timer is None:
            self._timer = js.setTimeout(self._stop_waiting, SETTINGS_DELAY)

    def _stop_waiting(self):
        if self._timer is not None:
            js.clearTimeout(self._timer)
            self._timer = None
            self._changed.set()

    def _hidden(self, event):
        if js.document.hidden:
            self._stop_waiting()

    def _leaving(self, event):
        """Save what is unsaved, without waiting for answers: the page is about to go."""
        if not self.loaded.is_set():
            return
        for entry in self._entries:
            try:
                text = entry.text(also_open=True)
            except StorageError:
                continue  # the reader knows since it grew too long
            if text != entry.saved:
                self._storage.putNow(entry.name, text)
                entry.saved = text

    async def run(self):
        """Load what was saved; then keep saving changes."""
        await self.load()
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.save()

    # --- loading

    async def load(self):
        """Load what was saved."""
        self._storage = await storage.open("ductus " + js.location.pathname)  # one host may hold several pages
        for entry in self._entries:
            try:
                await self._load(entry)
            except Exception as error:
                self._tell(f"What was saved last time could not be loaded ({_words(error)}).")
        self.loaded.set()
        self._show_status()

    async def _load(self, entry):
        backup = await self._get(BACKUP + entry.name)
        if backup is not None and self._is_valid(entry, backup):
            self._backups[entry.name] = backup
        text = entry.saved = await self._get(entry.name)
        if text is None:
            return
        try:
            contents = entry.check(text)
        except StorageError as error:
            self._backups.pop(entry.name, None)
            await self._storage.move(entry.name, BACKUP + entry.name)  # not by way of Python, which may change it
            entry.saved = None
            self._tell(f"The {entry.what} from your last visit is invalid: {error}. It was moved to the backup.")
            return
        if entry.touched and text != entry.text():
            await self._back_up(entry, text)
            self._tell("You were writing before the ink from your last visit was loaded: it was moved to the backup.")
            self.ink_changed(entry)
        else:
            entry.apply(contents)

    async def _get(self, name):
        return await self._storage.get(name, storage_format.MAX_CHARACTERS)

    def _is_valid(self, entry, text):
        try:
            return len(entry.check(text)) > 0
        except StorageError:
            return False

    async def _back_up(self, entry, text):
        """Make a text the backup of its entry; None removes the backup."""
        if text is None:
            self._backups.pop(entry.name, None)
        elif self._is_valid(entry, text):
            self._backups[entry.name] = text
        await self._storage.put(BACKUP + entry.name, text, None, "")

    # --- saving

    async def save(self):
        """Save every entry that has changed."""
        for entry in self._entries:
            if not entry.dirty:
                continue
            try:
                text = entry.text()
            except StorageError as error:
                self._say(f"Not saved: {error}; {LOSS_WARNING}", True)
                return
            entry.dirty = False
            if text == entry.saved:
                continue
            backup = BACKUP + entry.name if entry is not self._settings else ""
            try:
                replaced = await self._storage.put(entry.name, text, entry.saved, backup)
            except Exception as error:
                entry.dirty = True
                full = "uota" in _words(error)
                cause = "the storage of this browser is full" if full else _words(error)
                self._say(f"Not saved: {cause}; {LOSS_WARNING}", True)
                return
            entry.saved = text
            if replaced:
                await self._find_backup(entry)
        self._show_status()

    async def _find_backup(self, entry):
        text = await self._get(BACKUP + entry.name)
        if text is not None and self._is_valid(entry, text):
            self._backups[entry.name] = text
        self._tell("Another tab of this page had saved other ink: it was moved to the backup.")

    # --- starting fresh, and restoring

    def start_fresh(self):
        """Empty the sheets and set the first settings; what was there becomes the backup."""
        entries = self._entries
        if not any(entry.any for entry in self._inks):  # the ink in the backup stays there
            entries = [self._settings] if self._settings.text() else []
        self._start(self._exchange({entry.name: None for entry in entries}))

    def restore(self):
        """Exchange what is there and the backup."""
        self._start(self._exchange(dict(self._backups)))

    def _start(self, work):
        self._task = asyncio.create_task(work)

    async def _exchange(self, texts):
        await self.loaded.wait()
        self._note = ""
        try:
            before = {entry.name: entry.text(also_open=True) for entry in self._entries if entry.name in texts}
        except StorageError as error:
            self._tell(f"Nothing was changed: {error}, so there can be no backup. Undo or clear some of it.")
            return
        for entry in self._entries:
            if entry.name not in texts:
                continue
            try:
                await self._back_up(entry, before[entry.name])
            except Exception as error:  # then the backup lasts as long as the page is open
                self._tell(f"The backup could not be saved ({_words(error)}); {LOSS_WARNING}")
            self._replace(entry, texts[entry.name])
        self._show_status()

    def _replace(self, entry, text):
        entry.empty()
        if text is not None:
            entry.apply(entry.check(text))
        self.ink_changed(entry)

    # --- opening a link

    async def open(self, ink, settings):
        """Show the contents of a link, texts of the first sheet (None: empty) and of the settings.

        The current contents become the backup, except unchanged ink that a link brought. Raises
        StorageError if a text is invalid, or if neither the ink on the sheet nor that in the backup came with a link:
        there is only one backup.
        """
        await self.loaded.wait()
        sheet, linked = self._inks[0], await self._get(LINKED)
        texts = {sheet.name: ink, self._settings.name: settings}
        for entry in (sheet, self._settings):
            if texts[entry.name] is not None:
                entry.check(texts[entry.name])
        there, backup = sheet.text(also_open=True), self._backups.get(sheet.name)
        own = there is not None and there not in (linked, ink)
        if own and backup is not None and backup not in (there, linked):
            raise StorageError(
                "you have ink on the sheet, and other ink in the backup, and there is only one backup. Restore the "
                "backup, or clear the sheet, and open the link again"
            )
        if own:
            await self._exchange(texts)
        else:
            for entry in (sheet, self._settings):
                self._replace(entry, texts[entry.name])
        await self._storage.put(LINKED, ink, None, "")

    # --- the status

    def _tell(self, note):
        self._note = note
        self._show_status()

    def _show_status(self):
        if self._storage.kind == "memory":
            self._say(
                f"Not saved: this browser stores nothing for this page, as in some private windows; {LOSS_WARNING}",
                True,
            )
        else:
            saved = "Saved in this browser." if any(entry.saved for entry in self._entries) else ""
            self._say((self._note + " " + saved).strip(), self._note != "")

    def _say(self, words, warning):
        self._show(words, warning, len(self._backups) > 0)


def _words(error):
    """Return the name and the message of a JavaScript error."""
    return ": ".join([str(part) for part in error.args[1:] if str(part)]) or str(error)
