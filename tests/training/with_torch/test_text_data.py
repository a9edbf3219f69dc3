"""Labelled units, rows composed of them, and batches: what the ink is must be what the text says."""

import numpy as np
import pytest
import torch

from ductus.alphabet import CODES, END, SYMBOLS
from tests.training.labelled import labelled_file
from weights.training.data.augmentation import Augmentation
from weights.training.data.dataset import PARTS, DataError, part_of
from weights.training.text import batches, units
from weights.training.text.compose import MAX_BOOST, Composer, Shares, _boost
from weights.training.text.units import CAPITAL, WORD

pytestmark = pytest.mark.training
MAX_POINTS = 90


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    return units.load(labelled_file(tmp_path_factory.mktemp("units") / "u.npz"))


def _units_in(row, every):
    """The units that a composed row is made of, by the mark that `labelled_file` gave each."""
    found, places = [], np.rint(np.cumsum(row.points[:, :2].astype(float), axis=0) * 800)
    begin = 0
    while begin < len(row.points):
        mark = int(places[begin + 1, 1] - places[begin, 1])  # the unit's number in the file, from 1
        unit = int(np.flatnonzero(every.starts == every.file_starts[mark - 1])[0])
        found.append(unit)
        begin += int(every.lengths[unit])
    return found


class _Marked:
    """Units with the starts of all units of the file, those left out too."""

    def __init__(self, every, path_units):
        self.starts, self.lengths, self.texts = every.starts, every.lengths, every.texts
        self.writer, self.kind, self.file_starts = every.writer, every.kind, path_units


def test_units_outside_the_alphabet_are_left_out(every):
    assert "bad]" not in every.texts and len(every.texts) == 40 * 24
    assert len(every.digest) == 64


def test_parts_are_of_whole_writers_as_the_plain_network_has_them(every):
    seen = set()
    for name in PARTS:
        part = every.part(name)
        assert {part_of(writer) for writer in part.writer.tolist()} == {name}
        seen |= {int(start) for start in part.starts}
    assert seen == set(every.starts.tolist())
    with pytest.raises(DataError, match="no part 'other'"):
        every.part("other")


def test_a_row_says_what_its_units_say(every, tmp_path):
    path = labelled_file(tmp_path / "u.npz")
    with np.load(path) as file:
        marked = _Marked(every, file["offsets"][:-1])
    composer, rng = Composer(every, Shares(), MAX_POINTS), np.random.default_rng(3)
    kinds = set()
    for _ in range(300):
        row = composer.row(rng)
        found = _units_in(row, marked)
        assert row.text.replace(" ", "") == "".join(every.texts[unit] for unit in found).replace(" ", "")
        assert len({int(every.writer[unit]) for unit in found}) == 1
        assert len(row.points) <= MAX_POINTS and row.points[-1, 2] == 1
        assert not row.points[0, :2].any() and row.points.dtype == np.float32
        assert row.text == row.text.strip() and "  " not in row.text
        kinds |= {int(every.kind[unit]) for unit in found}
    assert kinds == {0, 1, 2, 3}


def test_gaps_of_a_row(every, tmp_path):
    """Between words there is a gap to the right of all ink before; a unit stands on the same baseline everywhere."""
    path = labelled_file(tmp_path / "u.npz")
    with np.load(path) as file:
        marked = _Marked(every, file["offsets"][:-1])
    composer, rng = Composer(every, Shares(text=0.0), MAX_POINTS), np.random.default_rng(4)
    gaps = {True: [], False: []}
    for _ in range(200):
        row = composer.row(rng)
        found = _units_in(row, marked)
        places = np.cumsum(row.points[:, :2].astype(float), axis=0)
        ends = np.cumsum(every.lengths[found])
        spaces = np.array([c == " " for c in row.text])
        letters = np.cumsum([len(every.texts[unit]) for unit in found])
        at = np.flatnonzero(~spaces)  # the places in the text of its letters, space apart
        for index in range(1, len(found)):
            begin, right = ends[index - 1], places[: ends[index - 1], 0].max()
            first = every.places(found[index])[0][0, 0]
            spaced = at[letters[index - 1]] - at[letters[index - 1] - 1] == 2
            gaps[bool(spaced)].append(places[begin, 0] - first - (right - 0))
            before, after = every.places(found[0])[0][0, 1], every.places(found[index])[0][0, 1]
            np.testing.assert_allclose(places[begin, 1] - places[0, 1], after - before, atol=1e-3)
    assert min(gaps[True]) >= 0.9 - 1e-3 and max(gaps[True]) <= 1.8 + 1e-3 and len(gaps[True]) > 50
    assert min(gaps[False]) >= 0.25 - 1e-3 and max(gaps[False]) <= 0.5 + 1e-3 and len(gaps[False]) > 50


def test_words_may_begin_with_a_capital(every, tmp_path):
    path = labelled_file(tmp_path / "u.npz")
    with np.load(path) as file:
        marked = _Marked(every, file["offsets"][:-1])
    shares = Shares(text=0.0, sheets=0.0, number=0.0, capitals=0.0, initials=0.5)
    composer, rng, words, capitals = Composer(every, shares, MAX_POINTS), np.random.default_rng(5), 0, 0
    for _ in range(200):
        row = composer.row(rng)
        found = _units_in(row, marked)
        for before, unit in zip([None, *found], found, strict=False):
            if every.kind[unit] == WORD:
                words += 1
                own = before is not None and every.kind[before] == CAPITAL
                capitals += own
                assert not own or every.texts[before] + every.texts[unit] in row.text.split(" ")
    assert words > 400 and 0.4 < capitals / words < 0.6


def test_rare_characters_are_preferred():
    boost = _boost(["aaa"] * 90 + ["zzz"] * 9 + ["@"], 0.5)
    assert boost[0] == 1 and boost[90] == pytest.approx((270 / 27) ** 0.5) and boost[99] == MAX_BOOST
    assert (_boost(["aaa"] * 90 + ["z"], 0.0) == 1).all()


def test_any_step_can_be_asked_for(every):
    first = batches.Stream(Composer(every, Shares(), MAX_POINTS), 4, 7)
    rows = [[row.text for row in first.rows(step)] for step in range(20)]
    again = batches.Stream(Composer(every, Shares(), MAX_POINTS), 4, 7)
    assert [row.text for row in again.rows(19)] == rows[19]
    assert [row.text for row in again.rows(3)] == rows[3]
    assert len({tuple(one) for one in rows}) == 20


def test_a_batch(every):
    composer, rng = Composer(every, Shares(), MAX_POINTS), np.random.default_rng(0)
    rows = [composer.row(rng) for _ in range(30)]
    plain = batches.plain(rows, 2.0)
    assert plain.total == sum(len(row.points) for row in rows) == int(plain.mask.sum())
    for column, row in enumerate(rows):
        n, text = len(row.points), row.text
        np.testing.assert_allclose(plain.points[:n, column], row.points * [2, 2, 1], atol=1e-6)
        codes = plain.codes[column].tolist()
        assert codes[: len(text) + 1] == [CODES[c] for c in text] + [END] and set(codes[len(text) + 1 :]) == {SYMBOLS}
    torch.testing.assert_close(plain.inputs[1:], plain.points[:-1])
    assert not plain.inputs[0].any()
    moved = batches.augmented(rows, 2.0, Augmentation(0.1, 0.1, 0.0, 0.0), 0.05, 0.5, 1, 2)
    differ = [(moved.inputs[1:, c] != moved.points[:-1, c]).any().item() for c in range(30)]
    assert 5 < sum(differ) < 25  # a share of the rows is jittered, in the input alone
    places = (moved.inputs[1:] - moved.points[:-1])[..., :2].cumsum(0)[:3]  # of places: errors do not add up
    assert 0.03 < places[:, differ].std() < 0.09
    again = batches.augmented(rows, 2.0, Augmentation(0.1, 0.1, 0.0, 0.0), 0.05, 0.5, 1, 2)
    torch.testing.assert_close(again.inputs, moved.inputs, rtol=0, atol=0)


@pytest.mark.parametrize("change", [{"xy": None}, {"writer": np.zeros(3, np.int32)}, {"lift": np.zeros(3, np.uint8)}])
def test_files_that_do_not_fit(tmp_path, change):
    with np.load(labelled_file(tmp_path / "u.npz")) as file:
        arrays = {name: file[name] for name in file.files} | change
    np.savez(tmp_path / "b.npz", **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(DataError, match=r"b\.npz"):
        units.load(tmp_path / "b.npz")
    (tmp_path / "c.npz").write_bytes(b"nothing")
    with pytest.raises(DataError):
        units.load(tmp_path / "c.npz")
