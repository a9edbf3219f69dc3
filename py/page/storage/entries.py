"""The entries of the storage, each a text under a name: the ink of a sheet, and the settings."""

import js

from page.storage import storage_format
from page.storage.storage_format import StorageError

BACKUP = "backup "


class Entry:
    """What both kinds of entries have: a name, where their backup is, and how far they are saved."""

    def __init__(self, name, title, what, empty):
        self.name, self.title, self.what = name, title, what
        self.backup = BACKUP + name
        self.emptied = empty  # the text of an entry without contents
        self.saved = None  # the text that is known to be in the storage
        self.sending = None  # (text, promise) while a text is being saved
        self.dirty = False  # changed since it was last sent?
        self.problem = ""  # why it cannot be kept, or not all of it
        self.elsewhere = ""  # what another tab has saved in its place

    def check(self, text):
        """Return the contents of a text. Raises StorageError."""
        raise NotImplementedError

    def valid(self, text):
        """Return whether a text is valid and not empty."""
        try:
            return len(self.check(text)) > 0
        except StorageError:
            return False


class InkEntry(Entry):
    """The entry of one sheet, that of the figure called `title`: the ink of `pen`. `clear()` empties the sheet."""

    def __init__(self, name, title, pen, clear):
        super().__init__("ink " + name, title, "ink of " + title, storage_format.INK)
        self.left_out = 0  # strokes that the last text had no room for
        self._pen, self._clear = pen, clear
        self._pieces = {}  # of finished strokes, by their id: their texts, number of points, and path

    @property
    def touched(self):
        """Has the reader written on the sheet since the page was opened?"""
        return self._pen.made > 0

    @property
    def any(self):
        """Is there ink on the sheet?"""
        return self._pen.count > 0

    @property
    def unsaved(self):
        """Is there ink that is not in the storage yet?"""
        return self.dirty or self.sending is not None or self._pen.open

    def text(self, also_open=False):
        """Return the ink as text, None if there is none; with the unfinished stroke only if `also_open`.

        Strokes at the end that would make it too much are left out. Raises StorageError if memory is short.
        """
        pen = self._pen
        count = pen.count - (pen.open and not also_open)
        pieces, strokes = {}, []
        points, path, characters = 0, 0, len(storage_format.INK)
        for number in range(count):
            name = pen.id(number)
            piece = self._pieces.get(name) or self._piece(number)
            if piece is None:
                break
            if not pen.isOpen(number):
                pieces[name] = piece
            points, path = points + piece[1], path + piece[2]
            characters += len(piece[0][0]) + len(piece[0][1]) + 2
            if points > storage_format.MAX_POINTS or path > storage_format.MAX_PATH:
                break
            if characters > storage_format.MAX_CHARACTERS:
                break
            strokes.append(piece[0])
        self._pieces = pieces
        self.left_out = count - len(strokes)
        try:
            return storage_format.render(strokes) if strokes else None
        except MemoryError:
            raise StorageError("it takes more memory than this page has") from None

    def _piece(self, number):
        """Return the texts of a stroke, its number of points, and its path; None if it is too much by itself."""
        stroke = self._pen.strokes[number]
        points = stroke.width.length
        if points > storage_format.MAX_POINTS:
            return None
        try:  # the page's Python has little memory
            return (stroke.xy.join(" "), stroke.width.join(" ")), points, self._pen.way(number)
        except MemoryError:
            return None

    def check(self, text):
        """Return the contents of a text, for `apply`. Raises StorageError."""
        try:
            return storage_format.parse(text)
        except MemoryError:
            raise StorageError("it takes more memory than this page has") from None

    def apply(self, strokes):
        """Put strokes on the sheet, after the ink that is there."""
        for stroke in strokes:
            lay(self._pen, stroke)

    def empty(self):
        """Empty the sheet."""
        if self._pen.count:
            self._clear()


class SettingsEntry(Entry):
    """The entry of the settings: `settings` is a StoredSettings of kept_settings.py.

    Each setting is by itself: what another tab of the page has saved stays, but for those that were changed here.
    """

    def __init__(self, settings):
        super().__init__("settings", "the settings", "settings", storage_format.SETTINGS)
        self.left_out = 0
        self.quiet = True  # have only those changed that change by themselves?
        self._settings = settings
        self._base = settings.values()  # as they were saved or loaded last
        self._sent = self._base

    @property
    def touched(self):
        """Has the reader changed a setting since it was loaded or saved?"""
        return self.dirty and not self.quiet

    unsaved = touched

    def _changes(self):
        values = self._settings.values()
        return {name: values[name] for name in values if values[name] != self._base[name]}

    def _render(self, values):
        first = self._settings.first
        other = {name: values[name] for name in values if values[name] != first.get(name)}
        return storage_format.render_settings(other) if other else None

    def text(self, also_open=False):
        """Return the settings that are not the page's first ones as text, None if there are none."""
        return self._render(self._settings.values())

    def changes(self):
        """Return the settings that were changed here as text."""
        return storage_format.render_settings(self._changes())

    def check(self, text):
        """Return the contents of a text, for `apply`. Raises StorageError."""
        return storage_format.parse_settings(text, self._settings.readers)

    def merged(self, text):
        """Return the text of what is stored (None: nothing) with what was changed here. Raises StorageError."""
        values = {} if text is None else self.check(text)
        self._sent = self._settings.values()
        values.update(self._changes())
        return self._render(values)

    def overrules(self, text):
        """Return whether both this page and another tab, in its text, have changed the same setting."""
        theirs, changes = {} if text is None else self.check(text), self._changes()
        first = self._settings.first
        return any(
            theirs.get(name, first[name]) not in (self._base[name], changes[name])
            for name in changes
            if name not in self._settings.moving
        )

    def sent(self):
        """What `merged` returned last is saved now."""
        self._base = self._sent

    def load(self, values):
        """Set what was stored, except for what was changed here."""
        changes = self._changes()
        self.apply({name: values[name] for name in values if name not in changes})
        base = self._settings.values()
        base.update({name: values.get(name, self._settings.first[name]) for name in changes})
        self._base = base

    def apply(self, values):
        """Set them."""
        self._settings.apply(values)

    def empty(self):
        """Set the page's first settings."""
        self._settings.apply(self._settings.first)


def lay(pen, stroke):
    """Put a stroke on a pen's sheet: a pair of texts, as the storage format has them."""
    pen.lay(*[js.JSON.parse("[" + part.replace(" ", ",") + "]") for part in stroke])
