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
    """The storage of storage.js; when `full`, it rejects more."""

    kind, full = "database", False

    async def get(self, name, limit):
        text = dict.get(self, name)
        return "" if text and len(text) > limit else text

    async def put(self, name, text, known, backup):
        if self.full and text is not None:
            raise RuntimeError("QuotaExceededError")
        there = dict.get(self, name)
        other = bool(backup) and there is not None and there not in (known, text)
        if other:
            self[backup] = there
        if text is None:
            self.pop(name, None)
        else:
            self[name] = text
        return other

    async def move(self, name, to):
        self[to] = self.pop(name)

    def putNow(self, name, text):
        run(self.put(name, text, None, ""))


class Storage:
    """storage.js: places by name."""

    def __init__(self):
        self.places = {}

    async def open(self, name):
        return self.places.setdefault(name, Place())


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
        import page.storage.entries
        import page.storage.storage_format

        yield SimpleNamespace(
            autosave=page.storage.autosave, entries=page.storage.entries, format=page.storage.storage_format, js=js
        )


def renewed(modules):
    """Return the modules in a browser with empty storage: .storage, and .tasks that the page has created."""
    modules.storage = modules.autosave.storage = Storage()
    modules.tasks = modules.autosave.asyncio = Tasks()
    modules.js.location.pathname = "/ductus/"
    return modules


class Settings:
    """A fake of the Settings of kept_settings.py: `first` are the initial values."""

    def __init__(self):
        self.readers = {"steps": Number("steps", 5, 200, 20).read, "line": Choice("line", "ink", "model").read}
        self.first = {"steps": 20, "line": "model"}
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
            modules.entries.InkEntry("continuation", self.pen, self.pen.clear),
            modules.entries.InkEntry("cells-live", self.other, self.other.clear),
        ]
        self.tasks, leaving = modules.tasks, {}
        modules.js.window = SimpleNamespace(addEventListener=leaving.__setitem__)
        self.autosave = modules.autosave.Autosave(self.entries, self.settings, lambda *said: self.said.append(said))
        self.leave = lambda: leaving["pagehide"](None)
        if wait:
            run(self.autosave.load())
            run(self.autosave.save())
            self.place = modules.storage.places[f"ductus {modules.js.location.pathname}"]

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
        return self.said[-1][0]

    @property
    def has_backup(self):
        return self.said[-1][2]


def flat(strokes):
    """Return strokes of (x, y, width) in the pen's format."""
    return [([c for x, y, _ in stroke for c in (x, y)], [w for _, _, w in stroke]) for stroke in strokes]


def texts(strokes):
    """Return strokes as input for the format's writer."""
    return [(" ".join(map(repr, xy)), " ".join(map(repr, width))) for xy, width in strokes]
