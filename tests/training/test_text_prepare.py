"""Labelled units out of a tree like the published one, written here."""

import json

import numpy as np
import pytest

from ductus.resample import resample
from ductus.x_height import x_height
from tests.ductus.test_x_height import garlands
from tests.training.test_unipen import read, row_of, statements
from weights.training.data import prepare as rows_prepare
from weights.training.text import prepare, units
from weights.training.text.units import CAPITAL, DIGIT, ROW, WORD

HEAD = ".WRITER_ID {}\n.COORD X Y\n"


@pytest.fixture
def tree(tmp_path):
    """One writer with words, rows, digits and capitals; one with digits alone; one contributor that is left out."""
    row = [stroke * 100 for stroke in row_of(6)]
    tall = [np.column_stack([np.full(20, 7.0), np.linspace(-380, 0, 20)])]  # a 1, or an I
    files = {
        "8/sta/rows": (
            "bert",
            [(row, "nun nunnu"), (row, 'nun "nu" nu'), (row, "n" * 90), (row, "caf\xe9 nunnu")],
        ),
        "7/sta/words": ("bert", [(row, "nunnunnun"), (row[:3], "nunn")]),
        "1a/sta/digits": ("bert", [(tall, "1"), (tall, "11"), (tall, "x")]),
        "1b/apa/capitals": ("anna", [(tall, "I"), (tall, "i")]),
        "7/abm/words": ("carl", [(row, "nunnunnun")]),
    }
    for name, (writer, segments) in files.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text, first = HEAD.format(writer), 0
        for strokes, label in segments:
            escaped = label.replace('"', '\\"')
            text += statements(strokes, first, escaped, quality="GOOD")
            first += len(strokes)
        path.write_bytes((text + statements(row, first, "bad", quality="BAD")).encode("latin-1"))
    (tmp_path / "include").mkdir()
    return tmp_path


def test_the_tree_becomes_labelled_units(tree, tmp_path):
    out = tmp_path / "out"
    assert prepare.main([str(tree), str(out), "--processes", "1"]) == 0
    found = units.load(out / "unipen_labelled.npz")
    said = sorted(zip(found.writer.tolist(), found.kind.tolist(), found.texts, strict=True))
    assert said == sorted(
        [
            (0, CAPITAL, "I"),
            (1, WORD, "nunn"),
            (1, WORD, "nunnunnun"),
            (1, ROW, "nun nunnu"),
            (1, ROW, 'nun "nu" nu'),
            (1, DIGIT, "1"),
        ]
    )
    # a row: x-height 1, its baseline on 0, its left edge at 0, through the pen clock
    places, lift = found.places(found.texts.index("nun nunnu"))
    expected = [resample(stroke / x_height(garlands(6))[0]) for stroke in garlands(6)]
    assert lift.sum() == len(row_of(6)) and lift[-1] == 1
    assert abs(len(places) - sum(map(len, expected))) <= 12
    assert abs(places[:, 0].min()) < 2 / units.GRID and abs(places[:, 1].max()) < 0.2
    assert 0.8 < np.ptp(places[:, 1]) < 1.2
    # a digit: as tall as digits are taken to be, on the baseline
    places, _ = found.places(found.texts.index("1"))
    assert np.ptp(places[:, 1]) == pytest.approx(prepare.SINGLE_HEIGHT, abs=0.01)
    assert places[-1].tolist() == pytest.approx([0, 0], abs=0.01)
    np.testing.assert_allclose(found.xy * units.GRID, np.rint(found.xy * units.GRID), atol=1e-3)


def test_writers_keep_the_numbers_of_the_rows(tree, tmp_path):
    rows_prepare.prepare(tree, tmp_path / "rows", processes=1)
    numbers = tmp_path / "rows" / "writers.json"
    assert ["sta", "bert"] in json.loads(numbers.read_text())
    first = [["zzz", "nobody"], ["sta", "bert"]]
    (tmp_path / "first.json").write_text(json.dumps(first))
    out = tmp_path / "out"
    assert prepare.main([str(tree), str(out), "--processes", "1", "--numbers", str(tmp_path / "first.json")]) == 0
    found = units.load(out / "unipen_labelled.npz")
    by_text = dict(zip(found.texts, found.writer.tolist(), strict=True))
    assert by_text["nunn"] == 1 and by_text["I"] == 2  # 0 stays with a writer who has no units
    again = prepare.prepare(tree, tmp_path / "again", [tuple(pair) for pair in first], processes=2)
    assert again.read_bytes() == (out / "unipen_labelled.npz").read_bytes()


def test_labels():
    assert prepare.clean('he said \\"yes\\@\\"  \n and  \\\\ left ') == 'he said "yes" and left'


def test_what_is_known_of_single_contributors(tree):
    text = ".COORD X Y\n" + statements([stroke * 100 for stroke in row_of(3)], 0, "nun")
    plain = prepare.take(read(tree, text), "apa", WORD)[0].strokes[0]
    stretched = prepare.take(read(tree, text), "aga", WORD)[0].strokes[0]
    np.testing.assert_allclose(stretched[:, 1], plain[:, 1] * 856.7 / 979.3)
    assert prepare.take(read(tree, ".X_POINTS_PER_INCH 100\n" + text), "hpb", WORD) == []
    assert len(prepare.take(read(tree, ".X_POINTS_PER_INCH 300\n" + text), "hpb", WORD)) == 1


def test_a_tree_that_is_none(tmp_path, capsys):
    assert prepare.main([str(tmp_path), str(tmp_path / "out")]) == 2
    for name in ("data", "include"):
        (tmp_path / name).mkdir()
    assert prepare.main([str(tmp_path), str(tmp_path / "out"), "--processes", "1"]) == 2
    error = capsys.readouterr().err
    assert "no folders data/ and include/" in error and "no labelled ink" in error and error.count("\n") == 2
