"""What the store keeps, each as a text under a name: the ink of a sheet, and the settings."""

import js

from page.storage import storage_format


class Ink:
    """The record of one sheet: the ink of `pen`. `clear()` empties the sheet."""

    def __init__(self, name, pen, clear):
        self.name = "ink " + name
        self.what = "ink"
        self.known = None  # the text that we know to be kept
        self.dirty = False
        self._pen, self._clear = pen, clear
        self._texts = {}  # of finished strokes, by their id

    @property
    def made(self):
        """Did anybody write on it yet?"""
        return self._pen.made > 0

    @property
    def any(self):
        """Is there ink on the sheet?"""
        return self._pen.count > 0

    def text(self, also_open=False):
        """The ink as text, None if there is none; the stroke that is being written only if asked for.

        Raises StoreError if it is too much.
        """
        pen = self._pen
        count = pen.count - (pen.open and not also_open)
        points = sum([pen.strokes[number].width.length for number in range(count)])
        way = sum([pen.way(number) for number in range(count)])
        if points > storage_format.MOST_POINTS or way > storage_format.LONGEST_WAY:
            raise storage_format.StoreError("the sheet holds more than can be kept")
        try:
            return self._render(count)
        except MemoryError:  # the page's Python has little: a single stroke without end may be too much
            raise storage_format.StoreError("the sheet holds more than can be kept") from None

    def _render(self, count):
        pen = self._pen
        ids = [pen.id(number) for number in range(count)]
        texts = {ids[i]: self._texts.get(ids[i]) or self._text(i) for i in range(count)}
        self._texts = {name: texts[name] for name in ids[: count - (count > 0 and pen.isOpen(count - 1))]}
        text = storage_format.render([texts[name] for name in ids]) if ids else None
        if ids and len(text) > storage_format.MOST_CHARACTERS:
            raise storage_format.StoreError("the sheet holds more than can be kept")
        return text

    def _text(self, number):
        stroke = self._pen.strokes[number]
        return (stroke.xy.join(" "), stroke.width.join(" "))

    def check(self, text):
        """What there is in a text, for `take`. Raises StoreError."""
        try:
            return storage_format.parse(text)
        except MemoryError:
            raise storage_format.StoreError("it takes more memory than this page has") from None

    def take(self, strokes):
        """Puts that on the sheet, after the ink that is there."""
        for stroke in strokes:
            self._pen.lay(*[js.JSON.parse("[" + part.replace(" ", ",") + "]") for part in stroke])

    def empty(self):
        """An empty sheet."""
        if self._pen.count:
            self._clear()


class Choices:
    """The record of the settings: `settings` is a Settings."""

    def __init__(self, settings):
        self.name = self.what = "settings"
        self.known = None
        self.dirty = False
        self.made = False  # whatever was set before is only what the page began with
        self._settings = settings

    def text(self, also_open=False):
        """The settings as text, None if they are as the page began with them."""
        values = self._settings.values()
        return storage_format.render_settings(values) if values != self._settings.first else None

    def check(self, text):
        """What there is in a text, for `take`. Raises StoreError."""
        return storage_format.parse_settings(text, self._settings.readers)

    def take(self, values):
        """Sets them."""
        self._settings.apply(values)

    def empty(self):
        """As the page began."""
        self._settings.apply(self._settings.first)
