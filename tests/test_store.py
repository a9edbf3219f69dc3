"""Ink and settings kept between visits: the formats against what a browser might hold instead, and nothing lost.

The browser's storage and pen.js are played by small objects with the same verbs.
"""

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coroutines import run

numbers = st.floats(-40, 40)  # so that the longest ink that may come of it can be kept
widths = st.floats(1e-3, 10)
strokes = st.lists(st.lists(st.tuples(numbers, numbers, widths), min_size=1, max_size=20), max_size=6)


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


@pytest.fixture(scope="module")
def modules():
    """page.store, page.records and page.kept, with a page's globals in place of the browser's: `.js`, `.keep`."""
    js, shims = ModuleType("js"), ModuleType("pyscript.js_modules")
    js.location = SimpleNamespace(pathname="/ductus/")
    js.JSON = SimpleNamespace(parse=json.loads)
    js.document = SimpleNamespace(addEventListener=lambda *how: None, hidden=False)
    js.window = js.document
    js.setTimeout, js.clearTimeout = lambda *how: 1, lambda timer: None
    played = {"js": js, "pyscript": ModuleType("pyscript"), "pyscript.js_modules": shims}
    shims.keep = None
    ours = [name for name in sys.modules if name.partition(".")[0] == "page"]  # that other tests have imported
    before = {name: sys.modules.get(name) for name in [*played, *ours]}
    for name in ours:
        del sys.modules[name]
    sys.modules |= played
    import page.kept
    import page.records
    import page.store

    page.store.asyncio = SimpleNamespace(Event=Event)
    yield SimpleNamespace(store=page.store, records=page.records, kept=page.kept, js=js)
    for name in [name for name in sys.modules if name.partition(".")[0] == "page"]:
        del sys.modules[name]
    for name, module in before.items():
        if module is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = module


@pytest.fixture
def fresh(modules):
    """The same, in a browser that has kept nothing yet."""
    return renewed(modules)


def renewed(modules):
    modules.keep = modules.store.keep = Keep()
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
            modules.records.Ink("writing", self.pen, self.pen.clear),
            modules.records.Ink("live", self.other, self.other.clear),
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


MINE, THEIRS = flat([[(1, 2, 0.5)]]), flat([[(3, 4, 0.5), (5, 6, 0.25)]])


@given(strokes)
def test_ink_comes_back_to_the_last_bit(modules, drawn):
    renewed(modules)
    first = Visit(modules, *flat(drawn))
    first.inked()
    again = Visit(modules)
    assert again.ink() == first.ink() == flat(drawn)
    assert len(first.place) == (len(drawn) > 0)
    assert first.words == ("Saved in this browser." if drawn else "")


def test_ink_that_goes_too_far_is_neither_kept_nor_taken(fresh):
    """Twenty thousand x-heights are a hundred thousand points to the network; the text of them is short."""
    there_and_back = [([0, 0, 5000, 0, 0, 0], [1, 1, 1])]
    visit = Visit(fresh, *there_and_back, *there_and_back)
    visit.inked()
    assert visit.words == "Saved in this browser."
    visit.pen.lay([0, 0, 0, 1], [1, 1])
    visit.inked()
    assert "holds more than can be kept" in visit.words
    with pytest.raises(fresh.kept.StoreError, match="stroke 2: the ink is more than 20,000 x-heights long"):
        fresh.kept.parse(fresh.kept.render(texts(visit.ink())))


def test_settings_come_back(fresh):
    Visit(fresh).set(steps=60, line="ink")
    assert Visit(fresh).settings.now == {"steps": 60, "line": "ink"}


def test_settings_as_at_first_are_not_kept(fresh):
    visit = Visit(fresh)
    visit.set(steps=60)
    assert visit.place
    visit.set(steps=20)
    assert not visit.place


def test_a_cleared_sheet_is_not_kept(fresh):
    visit = Visit(fresh, *MINE)
    visit.inked()
    assert visit.place
    visit.pen.clear()
    visit.inked()
    assert not visit.place


def test_who_writes_before_the_ink_of_last_time_is_there_loses_neither(fresh):
    Visit(fresh, *THEIRS).inked()
    visit = Visit(fresh, *MINE)
    assert visit.ink() == MINE and "put aside" in visit.words and visit.back
    assert visit.place["ink writing"] == fresh.kept.render(texts(MINE))
    run(visit.store._exchange(dict(visit.store._aside)))
    assert visit.ink() == THEIRS and visit.back
    run(visit.store.save())
    assert Visit(fresh).ink() == THEIRS


def texts(strokes):
    return [(" ".join(map(repr, xy)), " ".join(map(repr, width))) for xy, width in strokes]


def test_an_open_stroke_waits_unless_the_page_goes(fresh):
    visit = Visit(fresh, *MINE)
    visit.inked()
    visit.pen.lay(*THEIRS[0])
    visit.pen.open = True
    visit.inked()
    assert visit.place["ink writing"] == fresh.kept.render(texts(MINE))
    visit.store._leaving(None)
    assert visit.place["ink writing"] == fresh.kept.render(texts(MINE + THEIRS))
    visit.pen.strokes[1].xy += [7, 8]  # it was not the end after all
    visit.pen.strokes[1].width += [1]
    visit.pen.open = False
    visit.inked()
    assert Visit(fresh).ink() == visit.ink()


def test_the_page_that_goes_keeps_what_waited(fresh):
    visit = Visit(fresh)
    visit.settings.now["steps"] = 60
    visit.store._leaving(None)
    assert Visit(fresh).settings.now["steps"] == 60


def test_a_page_that_goes_before_its_store_is_there_keeps_nothing(fresh):
    visit = Visit(fresh, *MINE, wait=False)
    visit.store._leaving(None)
    assert not fresh.keep.places


def test_pages_of_one_host_keep_apart(fresh):
    Visit(fresh, *MINE).inked()
    fresh.js.location.pathname = "/other/"
    assert Visit(fresh).ink() == []
    fresh.js.location.pathname = "/ductus/"
    assert Visit(fresh).ink() == MINE


def test_a_full_storage_is_said_and_tried_again(fresh):
    visit = Visit(fresh, *MINE)
    visit.place.full = True
    visit.inked()
    assert "full" in visit.words and visit.said[-1][1] and visit.pen.count == 1
    visit.place.full = False
    run(visit.store.save())
    assert visit.words == "Saved in this browser." and not visit.said[-1][1]
    assert Visit(fresh).ink() == MINE


def test_a_browser_that_keeps_nothing_is_said(fresh):
    fresh.keep.places["ductus /ductus/"] = place = Place()
    place.kind = "nothing"
    visit = Visit(fresh, *MINE)
    visit.inked()
    assert "private window" in visit.words


@pytest.mark.parametrize("points", [200_000, 14_900])
def test_a_sheet_too_long_is_said_and_what_was_kept_stays(fresh, points):
    visit = Visit(fresh, *MINE)
    visit.inked()
    kept = dict(visit.place)
    visit.pen.lay([0.12345678901234567] * 2 * points, [0.05123456789] * points)
    visit.inked()
    assert "more than can be kept" in visit.words and visit.place == kept
    visit.store._leaving(None)
    run(visit.store.fresh())
    assert "Nothing was changed" in visit.words and visit.place == kept and visit.pen.count == 2


# --- other tabs


def test_ink_that_another_tab_kept_is_put_aside(fresh):
    mine, theirs = Visit(fresh), Visit(fresh)
    theirs.pen.lay(*THEIRS[0])
    theirs.inked()
    mine.pen.lay(*MINE[0])
    mine.inked()
    assert "Another tab" in mine.words and mine.back
    assert mine.place["aside ink writing"] == fresh.kept.render(texts(THEIRS))
    mine.pen.lay(*MINE[0])
    mine.inked()
    assert mine.place["aside ink writing"] == fresh.kept.render(texts(THEIRS))
    run(mine.store._exchange(dict(mine.store._aside)))
    assert mine.ink() == THEIRS


def test_a_tab_that_empties_its_sheet_does_not_empty_anothers(fresh):
    Visit(fresh, *MINE).inked()
    mine, theirs = Visit(fresh), Visit(fresh)
    theirs.pen.lay(*THEIRS[0])
    theirs.inked()
    mine.pen.clear()
    mine.inked()
    assert mine.place["aside ink writing"] == fresh.kept.render(texts(MINE + THEIRS))


# --- starting fresh


def test_starting_fresh_empties_all_and_can_be_undone(fresh):
    visit = Visit(fresh, *MINE)
    visit.other.lay(*THEIRS[0])
    visit.store.inked(visit.records[1])
    visit.set(steps=60)
    run(visit.store.fresh())
    run(visit.store.save())
    assert visit.ink() == visit.ink(visit.other) == [] and visit.settings.now["steps"] == 20 and visit.back
    later = Visit(fresh)
    assert later.ink() == [] and later.back
    run(later.store.fresh())  # nothing to put aside: what is there stays
    run(later.store._exchange(dict(later.store._aside)))
    run(later.store.save())
    again = Visit(fresh)
    assert again.ink() == MINE and again.ink(again.other) == THEIRS and again.settings.now["steps"] == 60
    assert not again.back


def test_starting_fresh_with_a_full_storage_can_be_undone_while_the_page_is_open(fresh):
    visit = Visit(fresh, *MINE)
    visit.inked()
    visit.place.full = True
    run(visit.store.fresh())
    assert visit.ink() == [] and "could not be kept aside" in visit.words and visit.back
    run(visit.store._exchange(dict(visit.store._aside)))
    assert visit.ink() == MINE


# --- what was kept before, or is no ink


def test_ink_of_before_is_taken_over_and_only_then_forgotten(fresh):
    key = "ductus ink 1 /ductus/"
    fresh.keep.old[key] = fresh.kept.render(texts(MINE))
    fresh.keep.places["ductus /ductus/"] = place = Place()
    place.full = True
    assert Visit(fresh).ink() == [] and key in fresh.keep.old
    place.full = False
    assert Visit(fresh).ink() == MINE and not fresh.keep.old
    assert Visit(fresh).ink() == MINE


def test_ink_of_before_that_is_too_much_stays_where_it_is(fresh):
    fresh.keep.old["ductus ink 1 /ductus/"] = "ductus ink 1\n" + "1" * 600_000
    assert Visit(fresh).ink() == [] and fresh.keep.old


def test_ink_of_before_that_comes_late_is_put_aside(fresh):
    Visit(fresh, *MINE).inked()
    fresh.keep.old["ductus ink 1 /ductus/"] = fresh.kept.render(texts(THEIRS))
    visit = Visit(fresh)
    assert visit.ink() == MINE and visit.back and not fresh.keep.old


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("ink writing", "ductus ink 1\n1 2\nx", "stroke 0: not all of it are numbers"),
        ("ink writing", "ductus ink 2\nwhatever", "a later version of this page (ductus ink 2)"),
        ("ink live", "", "another format"),
        ("ink live", "ductus ink 1\n" + "1" * 10_000_000, "another format, or too long"),
        ("settings", "ductus settings 1\nsteps 7000", "line 2: '7000' is no value of steps"),
    ],
)
def test_what_cannot_be_read_is_said_and_put_aside(fresh, name, text, complaint):
    fresh.keep.places["ductus /ductus/"] = place = Place({name: text})
    visit = Visit(fresh)
    assert complaint in visit.words and "not thrown away" in visit.words and not visit.back
    assert place == {"aside " + name: text}
    assert visit.settings.now == visit.settings.first and not visit.pen.count and not visit.other.count
    visit.pen.lay(*MINE[0])
    visit.inked()
    assert place["aside " + name] == text and visit.words.endswith("Saved in this browser.")


GOOD = "ductus ink 1\n1 2 3 4\n0.5 0.5"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "another format"),
        ("[]", "another format"),
        (GOOD.replace("ink 1", "ink 2"), "later version"),
        (GOOD.replace("ink 1", "ink 0"), "another format"),
        (GOOD.replace("ink 1", "ink " + "9" * 5000), "another format"),
        (GOOD + "\n1 2", "no widths"),
        (GOOD.replace("0.5 0.5", "0.5"), "stroke 0: 4 coordinates and 1 widths"),
        (GOOD.replace("3", ""), "not all of it are numbers"),
        (GOOD.replace("3", "nan"), "out of bounds"),
        (GOOD.replace("3", "-inf"), "out of bounds"),
        (GOOD.replace("3", "1e9"), "out of bounds"),
        (GOOD.replace("0.5 0.5", "0.5 0"), "no width"),
        (GOOD + "\n\n", "not all of it are numbers"),
        (GOOD + " " * 600_000, "longer than"),
    ],
)
def test_faults_of_ink_are_named(modules, text, complaint):
    with pytest.raises(modules.kept.StoreError, match=complaint):
        modules.kept.parse(text)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["steps"], "line 2: not a name and a value"),
        (["steps 20", "steps  30"], "line 3: not a name"),
        (["", "steps 20"], "line 2: not a name"),
        (["steps 20", "steps 30"], "line 3: steps is there twice"),
        (["steps 4"], "line 2: '4' is no value of steps"),
        (["steps 20.5"], "no value of steps"),
        (["temperature nan"], "no value of temperature"),
        (["line both"], "'both' is no value of line"),
        (["playing 2"], "'2' is no value of playing"),
        ([f"a{i} 0" for i in range(201)], "more than 200 settings"),
        (["a" * 20_000 + " 1"], "longer than"),
    ],
)
def test_faults_of_settings_are_named(modules, lines, complaint):
    with pytest.raises(modules.kept.StoreError, match=complaint):
        modules.kept.parse_settings("\n".join(["ductus settings 1", *lines]), readers(modules.kept))


def readers(kept):
    return {
        "steps": kept.number(int, 5, 200),
        "temperature": kept.number(float, 0.1, 1.5),
        "line": kept.one_of(["ink", "model"]),
        "playing": kept.truth,
    }


@given(st.integers(5, 200), st.floats(0.1, 1.5), st.sampled_from(["ink", "model"]), st.booleans())
def test_settings_come_back_as_they_were_and_strangers_are_left_out(modules, steps, temperature, line, playing):
    values = {"steps": steps, "temperature": temperature, "line": line, "playing": playing}
    text = modules.kept.render_settings(values | {"of-a-later-figure": 7})
    assert modules.kept.parse_settings(text, readers(modules.kept)) == values


noise = st.text(max_size=80)
names = st.sampled_from(["steps", "temperature", "line", "playing", "other", ""])
setting = st.tuples(names, st.sampled_from(["", " ", "\t"]), st.text("0123456789.eE-+ inkmodel", max_size=9))


@given(noise | st.text("0123456789.eE-+ \n_naif", max_size=80).map(lambda text: "ductus ink 1\n" + text))
def test_noise_is_ink_or_an_error_and_an_empty_sheet(modules, text):
    renewed(modules)
    modules.keep.places["ductus /ductus/"] = Place({"ink writing": text})
    try:
        parsed = modules.kept.parse(text)
    except modules.kept.StoreError:
        visit = Visit(modules)
        assert visit.ink() == [] and visit.place == {"aside ink writing": text}
    else:
        assert modules.kept.render(parsed) == text


@given(
    noise | st.lists(setting, max_size=6).map(lambda lines: "\n".join(["ductus settings 1", *map("".join, lines)]))
)
def test_noise_is_settings_or_an_error_and_those_of_the_beginning(modules, text):
    known = readers(modules.kept)
    try:
        values = modules.kept.parse_settings(text, known)
    except modules.kept.StoreError:
        return
    assert set(values) <= set(known)
    assert modules.kept.parse_settings(modules.kept.render_settings(values), known) == values
