"""Autosave: nothing is lost, whatever the reader, another tab or the storage does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.coroutines import run
from tests.support.visits import Place, Visit, flat, renewed, storage_modules, texts

numbers = st.floats(-40, 40)  # so that even the longest ink can be saved
widths = st.floats(1e-3, 10)
strokes = st.lists(st.lists(st.tuples(numbers, numbers, widths), min_size=1, max_size=20), max_size=6)


@pytest.fixture(scope="module")
def modules():
    with storage_modules() as modules:
        yield modules


@pytest.fixture
def fresh(modules):
    """Yield the modules in a browser with empty storage."""
    yield renewed(modules)
    for task in modules.tasks:
        task.close()


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
    """Reject over twenty thousand x-heights: short as text, but a hundred thousand points for the network."""
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


def test_writing_before_saved_ink_is_restored_loses_neither(fresh):
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
    visit.pen.strokes[1].xy += [7, 8]  # the stroke continued
    visit.pen.strokes[1].width += [1]
    visit.pen.open = False
    visit.inked()
    assert Visit(fresh).ink() == visit.ink()


def test_the_page_that_goes_saves_what_waited(fresh):
    visit = Visit(fresh)
    visit.settings.now["steps"] = 60
    visit.autosave.settings_changed()
    visit.leave()
    assert Visit(fresh).settings.now["steps"] == 60


def test_a_page_that_goes_before_its_storage_is_open_saves_its_ink(fresh):
    Visit(fresh, *THEIRS).inked()
    Visit(fresh, *MINE, wait=False).leave()
    visit = Visit(fresh)
    assert visit.ink() == MINE and not visit.fallback
    visit.restore()
    assert visit.ink() == THEIRS


def test_pages_of_one_host_keep_apart(fresh):
    Visit(fresh, *MINE).inked()
    fresh.js.location.pathname = "/other/"
    assert Visit(fresh).ink() == []
    fresh.js.location.pathname = "/ductus/"
    assert Visit(fresh).ink() == MINE


def test_full_storage_is_reported_and_retried(fresh):
    visit = Visit(fresh)
    visit.place.full = True
    visit.pen.lay(*MINE[0])
    visit.inked()
    assert "full" in visit.words and visit.warned and visit.pen.count == 1
    visit.place.full = False
    run(visit.autosave.save())
    assert visit.words == "Saved in this browser." and not visit.warned
    assert Visit(fresh).ink() == MINE


def test_a_browser_that_stores_nothing_is_reported(fresh):
    fresh.storage.places["ductus /ductus/"] = place = Place()
    place.kind = "memory"
    visit = Visit(fresh, *MINE)
    visit.inked()
    assert "private window" in visit.words


@pytest.mark.parametrize("points", [200_000, 14_900])
def test_a_sheet_too_long_is_reported_and_the_saved_ink_stays(fresh, points):
    visit = Visit(fresh, *MINE)
    visit.inked()
    saved = dict(visit.place)
    visit.pen.lay([0.12345678901234567] * 2 * points, [0.05123456789] * points)
    visit.inked()
    assert "more ink than can be saved" in visit.words and visit.place == saved
    visit.leave()
    visit.start_fresh()
    assert "Nothing was changed" in visit.words and visit.place == saved and visit.pen.count == 2


def test_a_sheet_too_long_stops_no_other_and_keeps_what_fits(fresh):
    visit = Visit(fresh, *MINE, ([0.0] * 200_000, [1.0] * 100_000), *MINE)
    visit.other.lay(*THEIRS[0])
    visit.autosave.ink_changed(visit.entries[1])
    visit.set(steps=60)
    visit.inked()
    assert "the last 2 strokes of Figure 1, which holds more ink than can be saved" in visit.words and visit.warned
    assert visit.words.endswith("The rest is saved in this browser.")
    again = Visit(fresh)
    assert again.ink() == MINE and again.ink(again.other) == THEIRS[:1] and again.settings.now["steps"] == 60
    visit.pen.strokes[1:] = []
    visit.inked()
    assert visit.words == "Saved in this browser."


# --- the words


def test_saved_is_said_only_when_it_is(fresh):
    visit = Visit(fresh)
    assert visit.words == ""
    visit.lift(*MINE[0])
    assert visit.place and visit.words == "Saving…"  # it is on its way
    visit.autosave.ink_changed(visit.entries[0])  # the next frame's
    run(visit.autosave.save())
    assert visit.words == "Saved in this browser."
    visit.pen.lay(*MINE[0])
    visit.pen.open = True
    visit.autosave.ink_touched(visit.entries[0])
    assert visit.words == "Saving…"
    run(visit.autosave.save())
    assert visit.words == "Saving…"
    visit.pen.open = False
    visit.inked()
    assert visit.words == "Saved in this browser."
    visit.settings.now["steps"] = 60
    visit.autosave.settings_changed(moving=True)  # a playing figure would have it flicker
    assert visit.words == "Saved in this browser."
    visit.autosave.settings_changed()
    assert visit.words == "Saving…"
    run(visit.autosave.save())
    assert visit.words == "Saved in this browser."


# --- other tabs


@pytest.mark.parametrize("answers", [True, False])
def test_a_tab_that_goes_overwrites_no_ink_of_another(fresh, answers):
    """Check both ends of a page: its last transaction is completed, or it is never answered."""
    mine, theirs = Visit(fresh), Visit(fresh)
    theirs.pen.lay(*THEIRS[0])
    theirs.inked()
    mine.pen.lay(*MINE[0])
    mine.pen.open = True
    mine.place.answers = answers
    mine.leave()
    mine.place.answers = True
    after = Visit(fresh)
    assert after.ink() == MINE and after.has_backup and not after.fallback
    after.restore()
    assert after.ink() == THEIRS[:1]


def test_what_a_tab_left_is_no_other_tabs_ink_when_it_comes_back(fresh):
    visit = Visit(fresh, *MINE)
    visit.inked()
    visit.pen.lay(*THEIRS[0])
    visit.pen.open = True
    visit.leave()
    visit.tasks.run_all()
    visit.pen.strokes.pop()  # the stroke is cancelled
    visit.pen.open = False
    visit.inked()
    assert not visit.has_backup and Visit(fresh).ink() == MINE


def test_a_stroke_undone_just_before_the_end_is_undone(fresh):
    visit = Visit(fresh, *MINE, *THEIRS)
    visit.inked()
    visit.pen.strokes.pop()
    visit.autosave.ink_changed(visit.entries[0])
    visit.place.answers = False
    visit.leave()
    visit.place.answers = True
    again = Visit(fresh)
    assert again.ink() == MINE + THEIRS[:0] and not again.has_backup


def test_a_tab_whose_ink_another_replaces_says_so(fresh):
    mine, theirs = Visit(fresh), Visit(fresh)
    mine.pen.lay(*MINE[0])
    mine.inked()
    theirs.pen.lay(*THEIRS[0])
    theirs.inked()
    assert "Another tab's ink is kept in the backup of Figure 1." in theirs.words
    mine.hear("ink continuation")
    assert mine.words == "Another tab's ink is kept in Figure 1; the ink here is in the backup."
    mine.pen.lay(*MINE[0])
    mine.inked()
    assert mine.words.endswith("Saved in this browser.") and "in Figure 1;" not in mine.words
    theirs.hear("ink continuation")
    theirs.restore()  # its own ink, which the other tab has backed up
    assert theirs.ink() == THEIRS[:1]


def test_a_tab_that_clears_what_another_shows_leaves_it_in_the_backup(fresh):
    mine = Visit(fresh, *MINE)
    mine.inked()
    theirs = Visit(fresh)
    theirs.pen.clear()
    theirs.inked()
    mine.hear("ink continuation")
    assert "Another tab has cleared Figure 1" in mine.words
    later = Visit(fresh)
    assert later.ink() == []
    later.restore()
    assert later.ink() == MINE


def test_backups_wait_in_line_and_restoring_goes_round(fresh):
    tabs = [Visit(fresh) for _ in range(4)]
    inks = [flat([[(number, 2, 0.5)]]) for number in range(4)]
    for tab, drawn in zip(tabs, inks, strict=True):
        tab.pen.lay(*drawn[0])
        tab.inked()
    found = [tabs[3].ink()]
    for _ in range(3):
        tabs[3].restore()
        run(tabs[3].autosave.save())
        found.append(tabs[3].ink())
        assert Visit(fresh).ink() == found[-1]
    assert sorted(found) == inks
    tabs[3].restore()
    assert tabs[3].ink() == found[0]


def test_settings_of_two_tabs_are_both_kept_and_the_same_one_is_backed_up(fresh):
    mine, theirs = Visit(fresh), Visit(fresh)
    theirs.set(line="ink")
    mine.set(steps=60)
    assert Visit(fresh).settings.now == {"steps": 60, "line": "ink"} and not mine.has_backup
    theirs.set(steps=100)
    assert "Another tab's settings are kept in the backup." in theirs.words
    later = Visit(fresh)
    assert later.settings.now["steps"] == 100
    later.restore()
    assert later.settings.now["steps"] == 60


def test_settings_left_by_a_closing_tab_overrule_only_what_it_changed(fresh):
    mine, theirs = Visit(fresh), Visit(fresh)
    theirs.set(line="ink")
    mine.settings.now["steps"] = 60
    mine.autosave.settings_changed()
    mine.leave()
    assert Visit(fresh).settings.now == {"steps": 60, "line": "ink"}


# --- a database that is late or lost


@pytest.mark.parametrize("drawn", [[], MINE])
def test_a_late_database_gets_what_the_fallback_has(fresh, drawn):
    Visit(fresh, *THEIRS).inked()
    fresh.storage.slow = True
    visit = Visit(fresh)
    for stroke in drawn:
        visit.pen.lay(*stroke)
        visit.inked()
    visit.other.lay(*MINE[0])
    visit.inked(1)
    assert "does not answer yet" in visit.words and "localStorage" in visit.words and visit.warned
    assert "ink cells-live" in visit.fallback and "ink cells-live" not in visit.place
    fresh.storage.slow = False
    visit.tasks.run_all()
    run(visit.autosave.save())
    run(visit.autosave.save())
    assert not visit.fallback and "localStorage" not in visit.words and visit.words.endswith("Saved in this browser.")
    assert visit.ink() == (drawn or THEIRS) and Visit(fresh).ink() == (drawn or THEIRS)
    assert Visit(fresh).ink(visit.other) == MINE and visit.has_backup == bool(drawn)
    if drawn:
        visit.restore()
        assert visit.ink() == THEIRS


def test_a_lost_database_is_opened_again_and_the_save_repeated(fresh):
    visit = Visit(fresh, *MINE)
    visit.other.lay(*MINE[0])
    visit.inked(1)
    visit.inked()
    visit.place.clear()  # its data were cleared
    visit.place.closed = True
    visit.pen.lay(*THEIRS[0])
    visit.inked()
    run(visit.autosave.save())
    assert visit.words == "Saved in this browser."
    again = Visit(fresh)
    assert again.ink() == MINE + THEIRS[:1] and again.ink(again.other) == MINE


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
def test_an_invalid_entry_is_reported_and_backed_up(fresh, name, text, complaint):
    fresh.storage.places["ductus /ductus/"] = place = Place({name: text})
    visit = Visit(fresh)
    assert complaint in visit.words and "moved to the backup" in visit.words and not visit.has_backup
    assert place == {"backup " + name: text}
    assert visit.settings.now == visit.settings.first and not visit.pen.count and not visit.other.count
    visit.pen.lay(*MINE[0])
    visit.inked()
    assert place["backup " + name] == text and visit.words.endswith("Saved in this browser.")
