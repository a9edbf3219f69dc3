"""Visits to a page that keeps ink and settings: the browser's storage and pen.js are played by small objects with the
same verbs.
"""

import contextlib
import json
from types import ModuleType, SimpleNamespace

from tests.support.coroutines import run
from tests.support.fake_browser import played


class Numbers(list):
    """An array of JavaScript's, as far as the store uses one."""

    @property
    def length(self):
        return len(self)

    def join(self, separator):
        return separator.join(map(repr, self))


class Pen:
    """pen.js's strokes; `lay` puts one there."""

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


def within(text, most):
    """A text as keep.js hands it over."""
    return "" if text and len(text) > most else text


class Place(dict):
    """keep.js's storage: `full` refuses more."""

    kind, full = "database", False

    async def get(self, name, most):
        return within(dict.get(self, name), most)

    async def put(self, name, text, known, aside):
        if self.full and text is not None:
            raise RuntimeError("QuotaExceededError")
        there = dict.get(self, name)
        other = bool(aside) and there is not None and there not in (known, text)
        if other:
            self[aside] = there
        if text is None:
            self.pop(name, None)
        else:
            self[name] = text
        return other

    async def move(self, name, to):
        self[to] = self.pop(name)

    def hurry(self, name, text):
        run(self.put(name, text, None, ""))


class Keep:
    """keep.js: places by name, and what a page of before left in the small storage."""

    def __init__(self):
        self.places, self.old = {}, {}

    async def open(self, name):
        return self.places.setdefault(name, Place())

    def before(self, key, most):
        return within(self.old.get(key), most)

    def forget(self, key):
        del self.old[key]


class Event:
    """asyncio.Event without an event loop."""

    def __init__(self):
        self._set = False

    def set(self):
        self._set = True

    def is_set(self):
        return self._set

    async def wait(self):
        assert self._set


@contextlib.contextmanager
def store_modules():
    """page.store, page.records and page.kept, with a page's globals in place of the browser's: `.js`, `.keep`."""
    js, shims = ModuleType("js"), ModuleType("pyscript.js_modules")
    js.location = SimpleNamespace(pathname="/ductus/")
    js.JSON = SimpleNamespace(parse=json.loads)
    js.document = SimpleNamespace(addEventListener=lambda *how: None, hidden=False)
    js.window = js.document
    js.setTimeout, js.clearTimeout = lambda *how: 1, lambda timer: None
    shims.storage = None
    with played({"js": js, "pyscript": ModuleType("pyscript"), "pyscript.js_modules": shims}):
        import page.storage.autosave
        import page.storage.entries
        import page.storage.storage_format

        page.storage.autosave.asyncio = SimpleNamespace(Event=Event)
        yield SimpleNamespace(
            store=page.storage.autosave, records=page.storage.entries, kept=page.storage.storage_format, js=js
        )


def renewed(modules):
    """The same, in a browser that has kept nothing yet."""
    modules.keep = modules.store.storage = Keep()
    modules.js.location.pathname = "/ductus/"
    return modules


class Settings:
    """page.settings: `first` are those of the beginning."""

    def __init__(self, kept):
        self.readers = {"steps": kept.number(int, 5, 200), "line": kept.one_of(["ink", "model"])}
        self.first = {"steps": 20, "line": "model"}
        self.now = dict(self.first)

    def values(self):
        return dict(self.now)

    def apply(self, values):
        self.now.update(values)


class Visit:
    """A page that was opened: its sheets, its settings, its store, and what it said."""

    def __init__(self, modules, *strokes, wait=True):
        store = modules.store
        self.pen, self.other = Pen(*strokes), Pen()
        self.settings, self.said = Settings(modules.kept), []
        self.records = [
            modules.records.Ink("continuation", self.pen, self.pen.clear),
            modules.records.Ink("cells-live", self.other, self.other.clear),
        ]
        self.store = store.Store(self.records, self.settings, lambda *said: self.said.append(said))
        self.place = None
        if wait:
            self.begin()

    def begin(self):
        run(self.store.begin())
        self.place = self.store._place
        run(self.store.save())

    def inked(self):
        self.store.inked(self.records[0])
        run(self.store.save())

    def set(self, **values):
        self.settings.now.update(values)
        self.store.set()
        run(self.store.save())

    def ink(self, pen=None):
        return [(list(stroke.xy), list(stroke.width)) for stroke in (pen or self.pen).strokes]

    @property
    def words(self):
        return self.said[-1][0]

    @property
    def back(self):
        return self.said[-1][2]


def flat(strokes):
    """Strokes of (x, y, width) as the pen has them."""
    return [([c for x, y, _ in stroke for c in (x, y)], [w for _, _, w in stroke]) for stroke in strokes]


def texts(strokes):
    """Strokes as the format's writer takes them."""
    return [(" ".join(map(repr, xy)), " ".join(map(repr, width))) for xy, width in strokes]
