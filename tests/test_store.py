"""Ink kept between visits: the format against what a browser might hold instead, and a sheet never overwritten.

The browser's storage and pen.js are played by small objects with the same verbs.
"""

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

numbers = st.floats(-1e5, 1e5)
widths = st.floats(1e-3, 10)
strokes = st.lists(st.lists(st.tuples(numbers, numbers, widths), min_size=1, max_size=20), max_size=6)


class Numbers(list):
    """An array of JavaScript's, as far as the store uses one."""

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

    def lay(self, xy, width):
        self.made += 1
        self.strokes.append(SimpleNamespace(xy=Numbers(xy), width=Numbers(width), id=self.made))


class Storage(dict):
    """localStorage; `full` refuses more."""

    full = False

    def getItem(self, key):
        return self.get(key)

    def setItem(self, key, text):
        if self.full:
            raise RuntimeError("QuotaExceededError")
        self[key] = text

    def removeItem(self, key):
        self.pop(key, None)


@pytest.fixture(scope="module")
def js():
    """A page's globals."""
    return SimpleNamespace(
        localStorage=Storage(),
        location=SimpleNamespace(pathname="/ductus/"),
        JSON=SimpleNamespace(parse=json.loads),
    )


@pytest.fixture(scope="module")
def store(js):
    """The module under test, with that page's globals in place of the browser's."""
    module = ModuleType("js")
    module.__dict__.update(vars(js))
    before = sys.modules.get("js")
    sys.modules["js"] = module
    sys.modules.pop("page.store", None)
    import page.store

    yield page.store
    del sys.modules["page.store"]
    if before is None:
        del sys.modules["js"]
    else:
        sys.modules["js"] = before


class Visit:
    """A page that was opened: its sheet, its state, and what it said."""

    def __init__(self, store, *strokes):
        self.pen, self.said, self.watchers = Pen(*strokes), [], []
        self.store = store.Store(self.pen, SimpleNamespace(watch=self.watchers.append), self.said.append)
        self.store.restore()

    def inked(self):
        for watcher in self.watchers:
            watcher("ink")

    def ink(self):
        return [(list(stroke.xy), list(stroke.width)) for stroke in self.pen.strokes]


def flat(strokes):
    """Strokes of (x, y, width) as the pen has them."""
    return [([c for x, y, _ in stroke for c in (x, y)], [w for _, _, w in stroke]) for stroke in strokes]


@pytest.fixture(autouse=True)
def empty(js):
    """Storage as on a first visit."""
    js.localStorage.clear()
    js.localStorage.full = False


@given(strokes)
def test_ink_comes_back_to_the_last_bit(store, js, drawn):
    js.localStorage.clear()
    first = Visit(store, *flat(drawn))
    first.inked()
    assert first.said == [""]
    assert Visit(store).ink() == first.ink() == flat(drawn)
    assert len(js.localStorage) == (len(drawn) > 0)


def test_a_cleared_sheet_is_not_kept(store, js):
    visit = Visit(store, *flat([[(1, 2, 0.5)]]))
    visit.inked()
    assert js.localStorage
    visit.pen.strokes.clear()
    visit.inked()
    assert not js.localStorage


def test_ink_that_was_there_first_stays(store):
    Visit(store, *flat([[(1, 2, 0.5)]])).inked()
    mine = flat([[(3, 4, 0.25), (5, 6, 0.25)]])
    assert Visit(store, *mine).ink() == mine


def test_an_open_stroke_waits(store, js):
    visit = Visit(store, *flat([[(1, 2, 0.5)]]))
    visit.pen.open = True
    visit.inked()
    assert not js.localStorage


def test_pages_of_one_host_keep_apart(store, js):
    Visit(store, *flat([[(1, 2, 0.5)]])).inked()
    sys.modules["js"].location = SimpleNamespace(pathname="/other/")
    assert Visit(store).ink() == []
    sys.modules["js"].location = js.location
    assert len(Visit(store).ink()) == 1


def test_a_browser_that_keeps_nothing_is_said_and_the_ink_stays(store, js):
    js.localStorage.full = True
    visit = Visit(store, *flat([[(1, 2, 0.5)]]))
    visit.inked()
    assert "will not be there" in visit.said[-1] and visit.pen.count == 1
    js.localStorage.full = False
    visit.inked()
    assert visit.said[-1] == ""


def test_a_sheet_too_long_is_said_and_what_was_kept_stays(store, js):
    Visit(store, *flat([[(1, 2, 0.5)]])).inked()
    kept = dict(js.localStorage)
    long = Visit(store)
    long.pen.lay([0.123456789] * 400_000, [0.5] * 200_000)
    long.inked()
    assert "more than can be kept" in long.said[-1]
    assert dict(js.localStorage) == kept


GOOD = "ductus ink 1\n1 2 3 4\n0.5 0.5"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "another format"),
        ("[]", "another format"),
        (GOOD.replace("ink 1", "ink 2"), "another format"),
        (GOOD + "\n1 2", "no widths"),
        (GOOD.replace("0.5 0.5", "0.5"), "stroke 0: 4 coordinates and 1 widths"),
        (GOOD.replace("3", ""), "not all of it are numbers"),
        (GOOD.replace("3", "nan"), "out of bounds"),
        (GOOD.replace("3", "-inf"), "out of bounds"),
        (GOOD.replace("3", "1e9"), "out of bounds"),
        (GOOD.replace("0.5 0.5", "0.5 0"), "no width"),
        (GOOD + "\n\n", "not all of it are numbers"),
        (GOOD + " " * 2_000_000, "longer than"),
    ],
)
def test_faults_are_named(store, text, complaint):
    with pytest.raises(store.StoreError, match=complaint):
        store.parse(text)


@given(
    st.text(max_size=80) | st.text("0123456789.eE-+ \n_naif", max_size=80).map(lambda text: "ductus ink 1\n" + text)
)
def test_noise_is_ink_or_an_error_and_an_empty_sheet(store, js, text):
    js.localStorage["ductus ink 1 /ductus/"] = text
    visit = Visit(store)
    try:
        parsed = store.parse(text)
    except store.StoreError:
        assert visit.ink() == []
    else:
        assert len(visit.ink()) in (0, len(parsed))  # none, where JavaScript does not take what Python does
