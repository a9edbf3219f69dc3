"""The entries of the storage, each a text under a name: the ink of a sheet, and the settings."""

import js

from page.storage import storage_format
from page.storage.storage_format import StorageError

TOO_MUCH = "the sheet holds more ink than can be saved"


class InkEntry:
    """The entry of one sheet: the ink of `pen`. `clear()` empties the sheet."""

    def __init__(self, name, pen, clear):
        self.name = "ink " + name
        self.what = "ink"
        self.saved = None  # the text that is known to be in the storage
        self.dirty = False  # changed since it was saved?
        self._pen, self._clear = pen, clear
        self._texts = {}  # of finished strokes, by their id

    @property
    def touched(self):
        """Has the reader written on the sheet since the page was opened?"""
        return self._pen.made > 0

    @property
    def any(self):
        """Is there ink on the sheet?"""
        return self._pen.count > 0

    def text(self, also_open=False):
        """Return the ink as text, None if there is none; with the unfinished stroke only if `also_open`.

        Raises StorageError if it is too much.
        """
        pen = self._pen
        count = pen.count - (pen.open and not also_open)
        points = sum([pen.strokes[number].width.length for number in range(count)])
        path = sum([pen.way(number) for number in range(count)])
        if points > storage_format.MAX_POINTS or path > storage_format.MAX_PATH:
            raise StorageError(TOO_MUCH)
        try:
            return self._render(count)
        except MemoryError:  # the page's Python has little: a single endless stroke may be too much
            raise StorageError(TOO_MUCH) from None

    def _render(self, count):
        pen = self._pen
        ids = [pen.id(number) for number in range(count)]
        texts = {ids[i]: self._texts.get(ids[i]) or self._text(i) for i in range(count)}
        self._texts = {name: texts[name] for name in ids[: count - (count > 0 and pen.isOpen(count - 1))]}
        text = storage_format.render([texts[name] for name in ids]) if ids else None
        if ids and len(text) > storage_format.MAX_CHARACTERS:
            raise StorageError(TOO_MUCH)
        return text

    def _text(self, number):
        stroke = self._pen.strokes[number]
        return (stroke.xy.join(" "), stroke.width.join(" "))

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


class SettingsEntry:
    """The entry of the settings: `settings` is a Settings of kept_settings.py."""

    def __init__(self, settings):
        self.name = self.what = "settings"
        self.saved = None
        self.dirty = False
        self.touched = False  # earlier settings are only the page's first ones
        self._settings = settings

    def text(self, also_open=False):
        """Return the settings as text, None if they are the page's first ones."""
        values = self._settings.values()
        return storage_format.render_settings(values) if values != self._settings.first else None

    def check(self, text):
        """Return the contents of a text, for `apply`. Raises StorageError."""
        return storage_format.parse_settings(text, self._settings.readers)

    def apply(self, values):
        """Set them."""
        self._settings.apply(values)

    def empty(self):
        """Set the page's first settings."""
        self._settings.apply(self._settings.first)


def lay(pen, stroke):
    """Put a stroke on a pen's sheet: a pair of texts, as the storage format has them."""
    pen.lay(*[js.JSON.parse("[" + part.replace(" ", ",") + "]") for part in stroke])
