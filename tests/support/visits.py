"""Visits to a page that saves ink and settings: the browser's storage and pen.js are small fakes."""

import contextlib
import json
from types import ModuleType, SimpleNamespace

from page.settings import Choice, Number
from tests.support.coroutines import run
from tests.support.fake_browser import faked
from tests.support.fake_worker import Tasks


class Numbers(list):
    """The part of a JavaScript array that the storage uses."""

    @property
    def length(self):
        return len(self)

    def join(self, separator):
        return separator.join(map(repr, self))


class Pen:
    """pen.js's strokes; `lay` adds one."""

    def __init__(self, *strokes):
        self.strokes, self.made, self.open = [], 0, False
        for xy, width in strokes:
            self.lay(xy, width)

    @property
    def count(self):
        return len(self.strokes)

    def id(self, stroke):
        return self.strokes[stroke].id

    def isOpen(self, stroke):
        return self.open and stroke == self.count - 1

    def way(self, stroke):
        xy = self.strokes[stroke].xy
        return sum(abs(b - a) for a, b in zip(xy, xy[2:], strict=False))

    def lay(self, xy, width):
        self.made += 1
        self.strokes.append(SimpleNamespace(xy=Numbers(xy), width=Numbers(width), id=self.made))

    def clear(self):
        self.strokes = []


class Place(dict):
    """The texts in a browser's storage; when `full`, it rejects more.

    While it never `answers`, nothing is done that is asked. When it is `closed`, the connections that there are fail.
    """

    kind, full, answers, closed = "database", False, True, False


def contains(text, part):
    return text is not None and part is not None and f"{text}\n".startswith(f"{part}\n")


class Answer:
    """A promise: what was asked for was done when it was asked."""

    def __init__(self, work):
        self._result, self._error = None, None
        try:
            self._result = work()
        except RuntimeError as error:
            self._error = error

    def __await__(self):
        yield from ()
        if self._error:
            raise self._error
        return self._result


class Connected:
    """A place of storage.js as one tab sees it."""

    def __init__(self, texts):
        self.texts, self.known, self.left, self.lost, self.elsewhere = texts, {}, {}, None, None
        texts.closed = False
        self._lost = False

    @property
    def kind(self):
        return self.texts.kind

    def _write(self, name, text):
        if self.texts.full and text is not None and self.texts.get(name) != text:
            raise RuntimeError("QuotaExceededError")
        if text is None:
            self.texts.pop(name, None)
        else:
            self.texts[name] = text

    def _slots(self, backup):
        return [backup, *[f"{backup} {slot}" for slot in (2, 3, 4)]]

    def _keep(self, backup, texts):
        kept = []
        for text in [*texts, *map(self.texts.get, self._slots(backup))]:
            if text is not None and not any(contains(newer, text) for newer in kept):
                kept.append(text)
        for slot, text in zip(self._slots(backup), [*kept[:4], *[None] * 4], strict=False):
            self._write(slot, text)

    def _is_other(self, name, there, text):
        return there is not None and there != self.known.get(name) and not contains(text, there)

    async def get(self, name, limit):
        text = self.texts.get(name)
        return "" if text and len(text) > limit else text

    async def read(self, name, limit):
        self.known[name] = self.texts.get(name)
        return await self.get(name, limit)

    def put(self, name, text, backup, durability):
        if not self.texts.answers and self.kind == "database":
            return Answer(lambda: False)

        def work():
            self._lost = self._lost or self.texts.closed
            if self._lost:
                raise RuntimeError("InvalidStateError")
            there = self.texts.get(name)
            other = bool(backup) and self._is_other(name, there, text)
            if other:
                self._keep(backup, [there])
            self._write(name, text)
            self.known[name] = text
            return other

        return Answer(work)

    async def keep(self, backup, text):
        self._keep(backup, [text])

    async def move(self, name, backup):
        self._keep(backup, [self.texts.pop(name)])

    async def backups(self, backup, limit):
        texts = [await self.get(slot, limit) for slot in self._slots(backup)]
        return Numbers(text for text in texts if text is not None)

    async def restore(self, name, backup, wanted, text):
        texts = [self.texts[slot] for slot in self._slots(backup) if slot in self.texts]
        if wanted not in texts:
            return False
        texts.remove(wanted)
        there = self.texts.get(name)
        others = [there] if self._is_other(name, there, text) else []
        for slot in self._slots(backup):
            self.texts.pop(slot, None)
        self._keep(backup, [*others, *texts, *([] if text is None else [text])])
        self._write(name, wanted)
        self.known[name] = wanted
        return True

    async def takeOver(self, other, name, backup, empty):
        text, known = other.texts.get(name), other.texts.get("known " + name)
        kept, there = await other.backups(backup, 10**9), self.texts.get(name)
        old = text is None or (text != empty and there != known and contains(there, text))
        replaced = [] if old or there in (None, known) or contains(text, there) else [there]
        self._keep(backup, [*replaced, *kept])
        if not old:
            self._write(name, None if text == empty else text)
        other.forget(name, text)
        for slot in self._slots(backup):
            other.texts.pop(slot, None)

    # --- of the fallback

    def has(self, name):
        return name in self.texts

    def leave(self, name, text, known, backup):
        self.put(name, text, backup, "")
        self.put("known " + name, known, "", "")
        self.left[name] = text

    def stay(self, name):
        self.forget(name, self.left.get(name))

    def knew(self, name, text):
        return self.texts.get("known " + name) == text

    def forget(self, name, text):
        if text is not None and self.texts.get(name) == text:
            del self.texts[name]
            self.texts.pop("known " + name, None)

    def close(self):
        pass


class Storage:
    """storage.js: the databases of a browser, `places`, and its localStorage, `fallbacks`, by name."""

    def __init__(self):
        self.places, self.fallbacks, self.opened, self.slow = {}, {}, [], False

    async def open(self, name, known):
        self.opened.append(Connected(self.places.setdefault(name, Place())))
        return self.opened[-1]

    async def within(self, opening, ms):
        return None if self.slow else await opening

    def fallback(self, name):
        texts = self.fallbacks.setdefault(name, Place())
        if self.places.get(name, texts).kind == "memory":
            texts.kind = "memory"
        elif texts.kind == "database":
            texts.kind = "localStorage"
        return Connected(texts)


@contextlib.contextmanager
def storage_modules():
    """Yield page.storage with fakes of the browser's modules: .autosave, .entries, .format, and the page's .js."""
    js, shims = ModuleType("js"), ModuleType("shims")
    js.location = SimpleNamespace(pathname="/ductus/")
    js.JSON = SimpleNamespace(parse=json.loads)
    js.document = SimpleNamespace(addEventListener=lambda *how: None, hidden=False)
    js.setTimeout, js.clearTimeout = lambda *how: 1, lambda timer: None
    shims.storage = None
    with faked({"js": js, "shims": shims}):
        import page.storage.autosave
        import page.storage.connection
        import page.storage.entries
        import page.storage.exchange
        import page.storage.storage_format

        yield SimpleNamespace(
            autosave=page.storage.autosave,
            connection=page.storage.connection,
            entries=page.storage.entries,
            exchange=page.storage.exchange,
            format=page.storage.storage_format,
            tabs=page.storage.tabs,
            js=js,
        )


def renewed(modules):
    """Return the modules in a browser with empty storage: .storage, and .tasks that the page has created."""
    modules.storage = modules.connection.storage = Storage()
    modules.tasks = Tasks()
    for module in (modules.autosave, modules.connection, modules.exchange, modules.tabs):
        module.asyncio = modules.tasks
    modules.js.location.pathname = "/ductus/"
    return modules


class Settings:
    """A fake of the Settings of kept_settings.py: `first` are the initial values."""

    def __init__(self):
        self.readers = {"steps": Number("steps", 5, 200, 20).read, "line": Choice("line", "ink", "model").read}
        self.first = {"steps": 20, "line": "model"}
        self.moving = {}
        self.now = dict(self.first)

    def values(self):
        return dict(self.now)

    def apply(self, values):
        self.now.update(values)


class Visit:
    """An open page: its sheets, its settings, its autosave, and its messages."""

    def __init__(self, modules, *strokes, wait=True):
        self.pen, self.other = Pen(*strokes), Pen()
        self.settings, self.said = Settings(), []
        self.entries = [
            modules.entries.InkEntry("continuation", "Figure 1", self.pen, self.pen.clear),
            modules.entries.InkEntry("cells-live", "Figure 7", self.other, self.other.clear),
        ]
        self.tasks, leaving = modules.tasks, {}
        modules.js.window = SimpleNamespace(addEventListener=leaving.__setitem__)
        self.autosave = modules.autosave.Autosave(self.entries, self.settings, lambda *said: self.said.append(said))
        self.leave = lambda: leaving["pagehide"](None)
        if wait:
            run(self.autosave.load())
            run(self.autosave.save())
            self._connected = modules.storage.opened[-1]
            name = f"ductus {modules.js.location.pathname}"
            self.place, self.fallback = modules.storage.places[name], modules.storage.fallbacks[name]

    def lift(self, xy, width, entry=0):
        """Write a stroke, as far as the storage's transaction, for whose answer the page has still to wait."""
        (self.pen, self.other)[entry].lay(xy, width)
        self.autosave.ink_touched(self.entries[entry])
        self.autosave.ink_lifted(self.entries[entry])

    def hear(self, name):
        """Hear that another tab has saved an entry."""
        self._connected.elsewhere(name)
        run(self.autosave.save())

    def inked(self, entry=0):
        self.autosave.ink_changed(self.entries[entry])
        run(self.autosave.save())

    def set(self, **values):
        self.settings.now.update(values)
        self.autosave.settings_changed()
        run(self.autosave.save())

    def start_fresh(self):
        self.autosave.start_fresh()
        self.tasks.run_all()

    def restore(self):
        self.autosave.restore()
        self.tasks.run_all()

    def ink(self, pen=None):
        return [(list(stroke.xy), list(stroke.width)) for stroke in (pen or self.pen).strokes]

    @property
    def words(self):
        """What the page says: the note and the state."""
        return " ".join(filter(None, self.said[-1][:2]))

    @property
    def warned(self):
        return self.said[-1][2]

    @property
    def has_backup(self):
        return self.said[-1][3]


def flat(strokes):
    """Return strokes of (x, y, width) in the pen's format."""
    return [([c for x, y, _ in stroke for c in (x, y)], [w for _, _, w in stroke]) for stroke in strokes]


def texts(strokes):
    """Return strokes as input for the format's writer."""
    return [(" ".join(map(repr, xy)), " ".join(map(repr, width))) for xy, width in strokes]
