"""Autosave: nothing is lost, whatever the reader, another tab or the storage does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.coroutines import run
from tests.support.visits import Place, Visit, flat, renewed, storage_modules, texts

numbers = st.floats(-40, 40)  # so that the longest ink of them can be saved
widths = st.floats(1e-3, 10)
strokes = st.lists(st.lists(st.tuples(numbers, numbers, widths), min_size=1, max_size=20), max_size=6)


@pytest.fixture(scope="module")
def modules():
    with storage_modules() as modules:
        yield modules


@pytest.fixture
def fresh(modules):
    """The modules, in a browser that has saved nothing yet."""
    return renewed(modules)


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


def test_ink_that_goes_too_far_is_neither_saved_nor_loaded(fresh):
    """Twenty thousand x-heights are a hundred thousand points to the network; the text of them is short."""
    there_and_back = [([0, 0, 5000, 0, 0, 0], [1, 1, 1])]
    visit = Visit(fresh, *there_and_back, *there_and_back)
    visit.inked()
    assert visit.words == "Saved in this browser."
    visit.pen.lay([0, 0, 0, 1], [1, 1])
    visit.inked()
    assert "holds more ink than can be saved" in visit.words
    with pytest.raises(fresh.format.StorageError, match="stroke 2: the ink is more than 20,000 x-heights long"):
        fresh.format.parse(fresh.format.render(texts(visit.ink())))


def test_settings_come_back(fresh):
    Visit(fresh).set(steps=60, line="ink")
    assert Visit(fresh).settings.now == {"steps": 60, "line": "ink"}


def test_the_first_settings_are_not_saved(fresh):
    visit = Visit(fresh)
    visit.set(steps=60)
    assert visit.place
    visit.set(steps=20)
    assert not visit.place


def test_a_cleared_sheet_is_not_saved(fresh):
    visit = Visit(fresh, *MINE)
    visit.inked()
    assert visit.place
    visit.pen.clear()
    visit.inked()
    assert not visit.place


def test_who_writes_before_the_ink_of_last_time_is_there_loses_neither(fresh):
    Visit(fresh, *THEIRS).inked()
    visit = Visit(fresh, *MINE)
    assert visit.ink() == MINE and "moved to the backup" in visit.words and visit.has_backup
    assert visit.place["ink continuation"] == fresh.format.render(texts(MINE))
    visit.restore()
    assert visit.ink() == THEIRS and visit.has_backup
    run(visit.autosave.save())
    assert Visit(fresh).ink() == THEIRS


def test_an_open_stroke_waits_unless_the_page_goes(fresh):
    visit = Visit(fresh, *MINE)
    visit.inked()
    visit.pen.lay(*THEIRS[0])
    visit.pen.open = True
    visit.inked()
    assert visit.place["ink continuation"] == fresh.format.render(texts(MINE))
    visit.leave()
    assert visit.place["ink continuation"] == fresh.format.render(texts(MINE + THEIRS))
    visit.pen.strokes[1].xy += [7, 8]  # it was not the end after all
    visit.pen.strokes[1].width += [1]
    visit.pen.open = False
    visit.inked()
    assert Visit(fresh).ink() == visit.ink()


def test_the_page_that_goes_saves_what_waited(fresh):
    visit = Visit(fresh)
    visit.settings.now["steps"] = 60
    visit.leave()
    assert Visit(fresh).settings.now["steps"] == 60


def test_a_page_that_goes_before_its_storage_is_open_saves_nothing(fresh):
    visit = Visit(fresh, *MINE, wait=False)
    visit.leave()
    assert not fresh.storage.places


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
    run(visit.autosave.save())
    assert visit.words == "Saved in this browser." and not visit.said[-1][1]
    assert Visit(fresh).ink() == MINE


def test_a_browser_that_stores_nothing_is_said(fresh):
    fresh.storage.places["ductus /ductus/"] = place = Place()
    place.kind = "memory"
    visit = Visit(fresh, *MINE)
    visit.inked()
    assert "private window" in visit.words


@pytest.mark.parametrize("points", [200_000, 14_900])
def test_a_sheet_too_long_is_said_and_what_was_saved_stays(fresh, points):
    visit = Visit(fresh, *MINE)
    visit.inked()
    saved = dict(visit.place)
    visit.pen.lay([0.12345678901234567] * 2 * points, [0.05123456789] * points)
    visit.inked()
    assert "more ink than can be saved" in visit.words and visit.place == saved
    visit.leave()
    visit.start_fresh()
    assert "Nothing was changed" in visit.words and visit.place == saved and visit.pen.count == 2


# --- other tabs


def test_ink_that_another_tab_saved_is_backed_up(fresh):
    mine, theirs = Visit(fresh), Visit(fresh)
    theirs.pen.lay(*THEIRS[0])
    theirs.inked()
    mine.pen.lay(*MINE[0])
    mine.inked()
    assert "Another tab" in mine.words and mine.has_backup
    assert mine.place["backup ink continuation"] == fresh.format.render(texts(THEIRS))
    mine.pen.lay(*MINE[0])
    mine.inked()
    assert mine.place["backup ink continuation"] == fresh.format.render(texts(THEIRS))
    mine.restore()
    assert mine.ink() == THEIRS


def test_a_tab_that_empties_its_sheet_does_not_empty_anothers(fresh):
    Visit(fresh, *MINE).inked()
    mine, theirs = Visit(fresh), Visit(fresh)
    theirs.pen.lay(*THEIRS[0])
    theirs.inked()
    mine.pen.clear()
    mine.inked()
    assert mine.place["backup ink continuation"] == fresh.format.render(texts(MINE + THEIRS))


# --- starting fresh


def test_starting_fresh_empties_all_and_can_be_undone(fresh):
    visit = Visit(fresh, *MINE)
    visit.other.lay(*THEIRS[0])
    visit.inked(1)
    visit.set(steps=60)
    visit.start_fresh()
    run(visit.autosave.save())
    assert visit.ink() == visit.ink(visit.other) == [] and visit.settings.now["steps"] == 20 and visit.has_backup
    later = Visit(fresh)
    assert later.ink() == [] and later.has_backup
    later.start_fresh()  # nothing to back up: the backup stays
    later.restore()
    run(later.autosave.save())
    again = Visit(fresh)
    assert again.ink() == MINE and again.ink(again.other) == THEIRS and again.settings.now["steps"] == 60
    assert not again.has_backup


def test_starting_fresh_with_a_full_storage_can_be_undone_while_the_page_is_open(fresh):
    visit = Visit(fresh, *MINE)
    visit.inked()
    visit.place.full = True
    visit.start_fresh()
    assert visit.ink() == [] and "backup could not be saved" in visit.words and visit.has_backup
    visit.restore()
    assert visit.ink() == MINE


# --- invalid entries


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("ink continuation", "ductus ink 1\n1 2\nx", "stroke 0: it has something other than numbers"),
        ("ink continuation", "ductus ink 2\nwhatever", "a later version of this page (ductus ink 2)"),
        ("ink cells-live", "", "another format"),
        ("ink cells-live", "ductus ink 1\n" + "1" * 10_000_000, "another format, or too long"),
        ("settings", "ductus settings 1\nsteps 7000", "line 2: '7000' is not a value of steps"),
    ],
)
def test_what_is_invalid_is_said_and_backed_up(fresh, name, text, complaint):
    fresh.storage.places["ductus /ductus/"] = place = Place({name: text})
    visit = Visit(fresh)
    assert complaint in visit.words and "moved to the backup" in visit.words and not visit.has_backup
    assert place == {"backup " + name: text}
    assert visit.settings.now == visit.settings.first and not visit.pen.count and not visit.other.count
    visit.pen.lay(*MINE[0])
    visit.inked()
    assert place["backup " + name] == text and visit.words.endswith("Saved in this browser.")
