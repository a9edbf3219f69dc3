"""The reader of UNIPEN files and the converter of the published tree, on files written here."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.ink import to_strokes
from ductus.resample import resample
from ductus.x_height import x_height
from tests.ductus.test_x_height import garlands
from weights.training.data import dataset, prepare, rows, unipen, unit
from weights.training.data.unipen import Span


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "include").mkdir()
    return tmp_path


def read(tree, text, **included):
    for name, content in included.items():
        (tree / "include" / f"{name}.inc").write_text(content, encoding="latin-1")
    path = tree / "file.dat"
    path.write_bytes(text.encode("latin-1"))
    return unipen.read(path, tree / "include")


FILE = """\
.VERSION 1.0
This file begins with a comment that belongs to no statement.
.WRITER_ID anna
.X_POINTS_PER_MM 10
.COORD T X P Y
.SEGMENT WORD 0:1-2:0,3 GOOD "two
words"
.SEGMENT WORD 3 BAD "x"
.SEGMENT WORD nonsense OK "x"
.SEGMENT
.START_BOX
.PEN_DOWN
0 1 9 2
1 3 9 4
.PEN_UP
.PEN_UP 2 5 0 6
.PEN_DOWN
3 7 9 8
4 9 9 10 5 11
.START_BOX
.PEN_DOWN
one two
.UNHEARD_OF 1 2
.PEN_DOWN 6 13 9 14
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_recording(tree, end):
    found = read(tree, FILE.replace("\n", end))
    assert found.writer == "anna" and found.points_per_inch == 254
    assert [(down, xy.tolist()) for down, xy in found.components] == [
        (True, [[1, 2], [3, 4]]),
        (False, [[5, 6]]),  # the empty pen-up before it is no component
        (True, [[7, 8], [9, 10]]),  # half a point is none
        (True, []),
        (True, [[13, 14]]),
    ]
    assert found.boxes == [0, 3]
    first, second = found.segments
    assert (first.level, first.quality, first.label) == ("WORD", "GOOD", "two words")
    assert first.spans == (Span(0, 2, 1, 0), Span(3, 3))
    assert [stroke.tolist() for stroke in found.strokes(first.spans)] == [[[3, 4]], [[7, 8]]]
    assert (second.quality, second.label) == ("BAD", "x")
    assert found.strokes((Span(4, 10**9),))[0].tolist() == [[13, 14]]
    assert found.strokes((Span(10**8, 10**9),)) == []


def test_numbers_that_are_none(tree):
    found = read(tree, ".PEN_DOWN 1 2 nan 3\n.PEN_DOWN 1 1e999\n.PEN_UP inf inf\n.PEN_DOWN 4 5\n")
    assert [xy.tolist() for _, xy in found.components] == [[], [], [[4, 5]]]


def test_what_is_included_counts_as_if_it_stood_there(tree):
    text = ".INCLUDE coordinates.inc\n.PEN_DOWN\n1 2\n.INCLUDE more.inc\n.INCLUDE none.inc\n.PEN_DOWN\n5 6\n"
    found = read(tree, text, coordinates=".COORD Y X\n", more=".PEN_DOWN\n3 4\n.INCLUDE deeper.inc", deeper=".PEN_UP")
    assert [xy.tolist() for _, xy in found.components] == [[[2, 1]], [[4, 3]], [[6, 5]]]
    assert [path.name for path in found.missing] == ["none.inc"]


def test_nothing_outside_the_include_folder_is_read(tree):
    (tree / "secret").write_text(".WRITER_ID secret\n")
    for name in ("../secret", str(tree / "secret"), "/etc/hostname", "."):
        assert read(tree, f".INCLUDE {name}\n").writer is None


@pytest.mark.parametrize(
    "files",
    [
        {"a": ".INCLUDE a.inc\n"},
        {"a": ".INCLUDE b.inc\n", "b": ".INCLUDE a.inc\n"},
        {chr(97 + i): f".INCLUDE {chr(98 + i)}.inc\n" for i in range(12)} | {"m": ".PEN_UP"},
    ],
)
def test_files_that_include_themselves(tree, files):
    with pytest.raises(unipen.UnipenError, match=r"\.inc: it includes itself"):
        read(tree, ".INCLUDE a.inc\n", **files)


def test_files_that_are_none_or_too_large(tree, monkeypatch):
    for text in ("", "hello", "\x00\xff"):
        with pytest.raises(unipen.UnipenError, match=r"file\.dat"):
            read(tree, text)
    with pytest.raises(FileNotFoundError):
        unipen.read(tree / "none", tree)
    monkeypatch.setattr(unipen, "MAX_BYTES", 100)
    with pytest.raises(unipen.UnipenError, match="larger than 100 bytes"):
        read(tree, ".INCLUDE a.inc\n" * 9, a=".PEN_DOWN 1 2 3 4 5")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("5", (Span(5, 5),)),
        ("5-7,9", (Span(5, 7), Span(9, 9))),
        ("5:2-7:3", (Span(5, 7, 2, 3),)),
        ("5:2-7", (Span(5, 7, 2, None),)),
        ("", None),
        ("5-", None),
        ("5,,6", None),
        ("-1", None),
        ("9" * 5000, None),
    ],
)
def test_spans(text, spans):
    assert unipen.parse_spans(text) == spans


lines = st.sampled_from(
    [*FILE.splitlines(), ".", ". ", ".INCLUDE", ".COORD X Y", ".COORD", "1e999 nan", '"', ".PEN_DOWN"]
)


@given(st.lists(lines | st.text(st.characters(max_codepoint=255), max_size=20), max_size=30))
def test_any_text_is_a_recording_or_an_error(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("unipen") / "a.dat"
    path.write_bytes("\n".join(text).encode("latin-1"))
    try:
        found = unipen.read(path, path.parent)
    except unipen.UnipenError:
        return
    assert all(np.isfinite(xy).all() and xy.shape[1:] == (2,) for _, xy in found.components)
    for segment in found.segments:
        assert all(len(stroke) for stroke in found.strokes(segment.spans))


# --- rows


def row_of(count, at=(0.0, 0.0)):
    """Return garlands one x-height tall, the first at this place."""
    return [stroke + np.array(at) for stroke in garlands(count)]


@given(st.floats(-0.2, 0.2), st.floats(0.01, 1000), st.floats(-50, 50))
def test_rows_are_set_on_their_baseline(slope, height, shift):
    tilted = [(stroke @ [[1, slope], [0, 1]] + shift) * height for stroke in garlands(10)]
    found = rows.level(tilted, height)
    for stroke, straight in zip(found, garlands(10), strict=True):
        np.testing.assert_allclose(stroke[0, 1], straight[0, 1], atol=0.12)
    assert min(stroke[:, 0].min() for stroke in found) == pytest.approx(0, abs=1e-9)
    assert rows.is_plain(found)


def test_a_row_is_cut_near_its_middle_and_only_at_a_gap():
    early = row_of(2) + row_of(8, (14, 0)) + row_of(9, (32, 0))  # the widest gap is after two of nineteen
    assert [len(piece) for piece in rows.pieces(early)] == [10, 9]
    assert rows.pieces([stroke * np.array([0.9, 1]) for stroke in row_of(19)]) == []


def test_descenders_and_apostrophes_do_not_move_the_baseline():
    high = [stroke * np.array([1, 0.4]) - np.array([0, 1.2]) for stroke in row_of(3, (5, 0))]
    assert rows.baseline(garlands(10) + high, 1.0)[1] == pytest.approx(0, abs=0.06)
    ink = garlands(10)
    ink[2:5] = [stroke * [1, -1.5] for stroke in ink[2:5]]
    assert rows.baseline(ink, 1.0)[1] == pytest.approx(0, abs=0.06)
    assert rows.baseline([np.array([[0, 1.0], [5, 1.0]])], 1.0) == (0, 1)


def test_a_page_falls_into_its_rows():
    page = row_of(5) + row_of(4, (0, 4)) + row_of(6, (1, 8))
    assert [len(row) for row in rows.split_rows(page, 1.0)] == [5, 4, 6]
    assert rows.split_rows([], 1.0) == []


def test_what_is_no_plain_row():
    assert not rows.is_plain(row_of(5) + row_of(5, (0, 6)))
    assert not rows.is_plain(row_of(5) + row_of(5, (30, 0)))
    assert not rows.is_plain(row_of(9) + row_of(2, (0, 0)))
    assert rows.is_plain(garlands(1))


def test_long_rows_are_cut_at_their_widest_gap():
    near, far = row_of(10), row_of(9, (25, 0))
    long = near + far  # 19 strokes of 60 points
    assert [len(piece) for piece in rows.pieces(long)] == [10, 9]
    assert rows.pieces(near) == [near]
    assert rows.pieces([np.zeros((2000, 2))]) == []
    assert rows.gaps(long)[10] == pytest.approx(25 - 20)


def test_words_are_packed_to_rows_in_order():
    rng = np.random.default_rng(2)
    words = [row_of(2) for _ in range(100)]  # 120 points each
    packed = rows.pack(words, rng, 2.0)
    lengths = [sum(map(len, row)) for row in packed]
    assert min(lengths) >= rows.MIN_POINTS and max(lengths) <= rows.MAX_POINTS and len(set(lengths)) > 3
    for row in packed:
        gap = rows.gaps(row)[1:]
        np.testing.assert_allclose(gap[::2], 0, atol=1e-9)  # within a word
        assert (gap[1::2] >= 2 * 0.6 - 1e-9).all() and (gap[1::2] <= 2 * 1.6 + 1e-9).all()
    assert rows.pack(words[:1], rng, 2.0) == []
    assert rows.word_gap([row_of(2)]) == 1.3
    apart = [np.array([[3.0 * i, 0], [3 * i + 1, 1]]) for i in range(20)]
    assert rows.word_gap([apart]) == pytest.approx(4)


# --- the tree


def statements(strokes, first, label, level="TEXT", quality="GOOD"):
    """Return strokes as UNIPEN text, y pointing up, after the segment that names them."""
    text = [f'.SEGMENT {level} {first}-{first + len(strokes) - 1} {quality} "{label}"']
    for stroke in strokes:
        text += [".PEN_DOWN", *(f"{x:.0f} {-y:.0f}" for x, y in stroke), ".PEN_UP"]
    return "\n".join(text) + "\n"


@pytest.fixture
def published(tree):
    """A tree like the published one, with text of two writers and words of one."""
    ink = [[stroke * 100 for stroke in row_of(6, (0, 4 * i))] for i in range(6)]
    for writer, contributor in (("anna", "apa"), ("bert", "sta")):
        folder = tree / "data" / "8" / contributor / writer
        folder.mkdir(parents=True)
        text = f".VERSION 1.0\n.WRITER_ID {writer}\n.COORD X Y\n"
        text += "".join(statements(row, 6 * i, "nunnunnun") for i, row in enumerate(ink))
        text += statements(ink[0], 36, "nunu", quality="BAD") + statements(ink[0], 42, "1234")
        (folder / "page.dat").write_text(text)
    (tree / "data" / "8" / "apa" / "README").write_text("no ink\n")
    folder = tree / "data" / "7" / "sta"
    folder.mkdir(parents=True)
    (tree / "include" / "words.dat").write_text(
        ".COORD X Y\n" + "".join(statements(row, 6 * i, "nunnun", "WORD") for i, row in enumerate(ink))
    )
    (folder / "words").write_text(".WRITER_ID bert\n.INCLUDE words.dat\n")
    return tree


def test_the_tree_becomes_training_ink(published, tmp_path, capsys):
    out = tmp_path / "out"
    assert prepare.main([str(published), str(out), "--processes", "1"]) == 0
    report = json.loads((out / "data.json").read_text())
    ink = dataset.load([out / "unipen_text.npz", out / "unipen_words.npz"])
    assert report["unipen_text"]["writers"] == 2 and report["unipen_words"]["writers"] == 1
    assert report["unipen_text"]["left_out"] == {"files": 1, "rows": 0}
    assert set(report["unipen_text"]["contributors"]) == {"apa", "sta"}
    assert len(ink.points) == report["unipen_text"]["points"] + report["unipen_words"]["points"]
    # the same writer has one number in both files
    assert set(ink.writer[ink.source == 1]) == {1} and set(ink.writer[ink.source == 0]) == {0, 1}
    assert (ink.lengths >= rows.MIN_POINTS).all() and (ink.lengths <= rows.MAX_POINTS).all()
    # x-height 1, level, clocked and on the grid
    expected = [resample(stroke / x_height(garlands(6))[0]) for stroke in garlands(6)]
    found = to_strokes(ink.points[: ink.offsets[1]], expected[0][0])
    assert len(found) >= 6
    for stroke, other in zip(found[:6], expected, strict=True):
        assert abs(len(stroke) - len(other)) <= 1
        np.testing.assert_allclose(np.ptp(stroke[:, 1]), np.ptp(other[:, 1]), rtol=0.03)
    steps = np.concatenate(found)[:, :2] / prepare.GRID
    np.testing.assert_allclose(np.diff(steps, axis=0) % 1, np.round(np.diff(steps, axis=0) % 1), atol=1e-2)
    assert 2 < unit.units_per_x_height(ink) < 8
    assert "2 writers" in capsys.readouterr().out


def test_preparing_twice_gives_the_same_bytes(published, tmp_path):
    first = prepare.prepare(published, tmp_path / "a", processes=1)
    second = prepare.prepare(published, tmp_path / "b", processes=2)
    assert first == second
    for name in prepare.PARTS:
        assert (tmp_path / "a" / f"{name}.npz").read_bytes() == (tmp_path / "b" / f"{name}.npz").read_bytes()


def test_a_tree_that_is_none(tmp_path, capsys):
    assert prepare.main([str(tmp_path), str(tmp_path / "out")]) == 2
    assert "no folders data/ and include/" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_known_of_single_contributors(tree):
    text = ".COORD X Y\n" + statements([stroke * 100 for stroke in garlands(2)], 0, "nu")
    plain = prepare.take(read(tree, text), "apa")[0].strokes[0]
    np.testing.assert_allclose(plain, np.round(garlands(1)[0] * 100), atol=1)  # y points down again
    stretched = prepare.take(read(tree, text), "aga")[0].strokes[0]
    np.testing.assert_allclose(stretched, plain * [1, 856.7 / 979.3])
    assert prepare.take(read(tree, ".X_POINTS_PER_INCH 100\n" + text), "hpb") == []
    assert len(prepare.take(read(tree, ".X_POINTS_PER_INCH 300\n" + text), "hpb")) == 1
    boxed = ".COORD X Y\n.START_BOX\n" + text + ".START_BOX\n.START_BOX\n" + text
    assert [len(piece.strokes) for piece in prepare.take(read(tree, boxed), "lex")] == [2, 2]


def test_the_unit_by_hand():
    points = np.array([[9, 9, 0], [1, 0, 0], [0, 2, 1], [7, 7, 0], [2, 1, 1]], np.float32)
    ink = dataset.Dataset(points, np.array([0, 3, 5]), np.array([0, 0]), np.array([0, 0]), ())
    assert unit.units_per_x_height(ink) == pytest.approx(1 / np.sqrt((1 + 4 + 4 + 1) / 6))
