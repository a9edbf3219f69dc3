"""Ink and settings between two visits: kept in the browser's own storage as they are made, and nowhere else.

A record is kept under its own name, and whatever would be lost by that under the same name in one slot beside it,
"aside": ink that another tab of this page kept since this one last looked, ink that was kept while somebody was
already writing, what could not be read, and what was there when the reader started fresh. The last of these wins.
"""

import asyncio

import js
from pyscript.js_modules import storage

from page.storage import storage_format
from page.storage.entries import Choices

# Settings change while a slider is dragged, and a playing figure rolls seeds: they are kept so often at the most, ms.
SETTLED = 800
ASIDE = "aside "
LINKED = "linked"  # the ink that came with the link opened last
UNTIL = "what you make now will be gone when you close this page."


class Store:
    """Keeps records as they change. `restored` is set once those of the last visit are back.

    `show(words, worse, back)` is called when there is something to say: where things are kept or why not, if that is
    a trouble, and whether there is something aside that could be brought back.
    """

    def __init__(self, inks, settings, show):
        self.restored = asyncio.Event()
        self._inks = inks
        self._choices = Choices(settings)
        self._records = inks + [self._choices]  # noqa: RUF005  MicroPython does not unpack into a list
        self._show = show
        self._place = None
        self._aside = {}  # name of a record -> the readable text that is kept aside of it
        self._news = asyncio.Event()
        self._timer = None
        self._noted = ""  # what happened to things of before, as far as the reader should know
        js.document.addEventListener("visibilitychange", self._hidden)
        js.window.addEventListener("pagehide", self._leaving)

    def inked(self, record):
        """The ink of a record has changed."""
        record.dirty = True
        self._news.set()

    def set(self):
        """A setting has changed."""
        self._choices.dirty = True
        if self._timer is None:
            self._timer = js.setTimeout(self._settle, SETTLED)

    def _settle(self):
        if self._timer is not None:
            js.clearTimeout(self._timer)
            self._timer = None
            self._news.set()

    def _hidden(self, event):
        if js.document.hidden:
            self._settle()

    def _leaving(self, event):
        """The page is about to go: what was not kept yet is kept without looking, for there is no time to wait."""
        if not self.restored.is_set():
            return
        for record in self._records:
            try:
                text = record.text(also_open=True)
            except storage_format.StoreError:
                continue  # which was said when it grew too long
            if text != record.known:
                self._place.hurry(record.name, text)
                record.known = text

    async def run(self):
        """Brings back what was kept; then keeps, for ever."""
        await self.begin()
        while True:
            await self._news.wait()
            self._news.clear()
            await self.save()

    async def begin(self):
        """Brings back what was kept."""
        self._place = await storage.open("ductus " + js.location.pathname)  # one host may hold several pages
        for record in self._records:
            try:
                await self._restore(record)
            except Exception as error:
                self._note(f"What was kept from last time could not be fetched ({_words(error)}).")
        self.restored.set()
        self._tell()

    # --- bringing back

    async def _restore(self, record):
        aside = await self._place.get(ASIDE + record.name, storage_format.MOST_CHARACTERS)
        if aside is not None and self._readable(record, aside):
            self._aside[record.name] = aside
        text = await self._place.get(record.name, storage_format.MOST_CHARACTERS)
        if record is self._inks[0]:
            text = await self._migrate(record, text)
        record.known = text
        if text is None:
            return
        try:
            parts = record.check(text)
        except storage_format.StoreError as error:
            self._aside.pop(record.name, None)
            await self._place.move(record.name, ASIDE + record.name)  # Python's strings end at a NUL
            record.known = None
            self._note(f"The {record.what} of last time cannot be read: {error}. It was put aside, not thrown away.")
            return
        if record.made and text != record.text():
            await self._put_aside(record, text)
            self._note("You were writing before the ink of last time was there: it was put aside.")
            self.inked(record)
        else:
            record.take(parts)

    async def _migrate(self, record, text):
        """Takes over what a page of before this store kept under another key; gives the text that is kept now."""
        key = f"{storage_format.INK} {js.location.pathname}"
        old = storage.before(key, storage_format.MOST_CHARACTERS)
        if not old:  # nothing, or so much that it is left where it is
            return text
        if text is None:
            await self._place.put(record.name, old, None, "")
        elif old != text:
            await self._put_aside(record, old)
        storage.forget(key)
        return old if text is None else text

    def _readable(self, record, text):
        try:
            return len(record.check(text)) > 0
        except storage_format.StoreError:
            return False

    async def _put_aside(self, record, text):
        """Keeps a text beside its record: None empties the slot."""
        if text is None:
            self._aside.pop(record.name, None)
        elif self._readable(record, text):
            self._aside[record.name] = text
        await self._place.put(ASIDE + record.name, text, None, "")

    # --- keeping

    async def save(self):
        """Keeps every record that has changed."""
        for record in self._records:
            if not record.dirty:
                continue
            try:
                text = record.text()
            except storage_format.StoreError as error:
                self._say(f"Not saved: {error}; {UNTIL}", True)
                return
            record.dirty = False
            if text == record.known:
                continue
            aside = ASIDE + record.name if record is not self._choices else ""
            try:
                other = await self._place.put(record.name, text, record.known, aside)
            except Exception as error:
                record.dirty = True
                full = "uota" in _words(error)
                cause = "the storage of this browser is full" if full else _words(error)
                self._say(f"Not saved: {cause}; {UNTIL}", True)
                return
            record.known = text
            if other:
                await self._find_aside(record)
        self._tell()

    async def _find_aside(self, record):
        text = await self._place.get(ASIDE + record.name, storage_format.MOST_CHARACTERS)
        if text is not None and self._readable(record, text):
            self._aside[record.name] = text
        self._note("Another tab of this page had kept other ink: it was put aside.")

    # --- starting fresh

    def start_fresh(self):
        """Empty sheets and the settings of the beginning; what was there is put aside."""
        self._task = asyncio.create_task(self.fresh())

    async def fresh(self):
        """The same, to be waited for."""
        records = self._records
        if not any(record.any for record in self._inks):  # the ink that is aside already stays there
            records = [self._choices] if self._choices.text() else []
        await self._exchange({record.name: None for record in records})

    def bring_back(self):
        """Puts what is aside in the place of what is there, which then is aside."""
        self._task = asyncio.create_task(self._exchange(dict(self._aside)))

    async def _exchange(self, texts):
        await self.restored.wait()
        self._noted = ""
        try:
            before = {record.name: record.text(also_open=True) for record in self._records if record.name in texts}
        except storage_format.StoreError as error:
            self._note(f"Nothing was changed: {error}, and so not put aside. Undo or clear some of it.")
            return
        for record in self._records:
            if record.name not in texts:
                continue
            text, there = texts[record.name], before[record.name]
            try:
                await self._put_aside(record, there)
            except Exception as error:  # then it is aside for as long as the page is open
                self._note(f"What was there could not be kept aside ({_words(error)}); {UNTIL}")
            record.empty()
            if text is not None:
                record.take(record.check(text))
            self.inked(record)
        self._tell()

    # --- opening a link

    async def open(self, ink, settings):
        """Shows what came with a link, texts of the first sheet (None: empty) and of settings; the rest goes aside.

        Ink that came with a link itself, and was left as it was, need not be aside. Raises StoreError if there is ink
        on the sheet, and other ink aside, and neither came with a link: there is one place aside only.
        """
        await self.restored.wait()
        sheet, linked = self._inks[0], await self._place.get(LINKED, storage_format.MOST_CHARACTERS)
        there, aside = sheet.text(also_open=True), self._aside.get(sheet.name)
        own = there is not None and there not in (linked, ink)
        if own and aside is not None and aside not in (there, linked):
            raise storage_format.StoreError(
                "you have ink on the sheet, and other ink put aside, and there is no third place. Bring back what is "
                "aside, or clear the sheet, and open the link again"
            )
        texts = {sheet.name: ink, self._choices.name: settings}
        if own:
            await self._exchange(texts)
        else:
            for record in (sheet, self._choices):
                record.empty()
                if texts[record.name] is not None:
                    record.take(record.check(texts[record.name]))
                self.inked(record)
        await self._place.put(LINKED, ink, None, "")

    # --- saying

    def _note(self, words):
        self._noted = words
        self._tell()

    def _tell(self):
        if self._place.kind == "nothing":
            self._say(
                f"Not kept: this browser stores nothing for this page, as in some private windows; {UNTIL}", True
            )
        else:
            saved = "Saved in this browser." if any(record.known for record in self._records) else ""
            self._say((self._noted + " " + saved).strip(), self._noted != "")

    def _say(self, words, worse):
        self._show(words, worse, len(self._aside) > 0)


def _words(error):
    """What an error of JavaScript's says: its name, and its message if it has one."""
    return ": ".join([str(part) for part in error.args[1:] if str(part)]) or str(error)
