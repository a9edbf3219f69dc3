"""Ink files: round trips, units and the pen clock, and hostile files."""

import io
import json
import struct
import tracemalloc
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.formats import inkml, npz
from ductus.formats import io as ink_files
from ductus.ink import InkError, to_points, to_strokes
from ductus.resample import PenClock, resample
from tests.ductus.test_x_height import garlands
from tests.support.inks import strokes

UNIT = 3.0
lines = st.lists(st.lists(strokes, min_size=1, max_size=3), min_size=1, max_size=4)


def load(data, suffix="json", unit=UNIT, **options):
    return ink_files.load(data, unit, name=f"some.{suffix}", **options)


def as_json(value):
    return json.dumps(value).encode()


@given(lines, st.sampled_from(["npz", "json", "inkml"]))
def test_what_is_saved_is_loaded(tmp_path_factory, lines, suffix):
    path = tmp_path_factory.mktemp("ink") / f"line.{suffix}"
    tables = [to_points(line) for line in lines]
    ink_files.save(path, tables, UNIT)
    found = ink_files.load(path, UNIT)
    assert len(found) == len(tables)
    for table, other in zip(tables, found, strict=True):
        assert other.dtype == np.float64
        np.testing.assert_array_equal(other[:, 2], table[:, 2])
        np.testing.assert_allclose(other, table, rtol=1.3e-7, atol=1.1e-5 if suffix == "inkml" else 1e-12)
    # the same bytes again, and no partial file beside it
    first = path.read_bytes()
    ink_files.save(path, tables, UNIT)
    assert path.read_bytes() == first
    assert list(path.parent.iterdir()) == [path]


def test_float32_comes_back_to_the_last_bit(tmp_path):
    rng = np.random.default_rng(3)
    table = np.concatenate([rng.normal(size=(500, 2)), np.ones((500, 1))], 1).astype(np.float32)
    for suffix in ("json", "npz"):
        ink_files.save(tmp_path / f"a.{suffix}", table)
        (found,) = ink_files.load(tmp_path / f"a.{suffix}", None)
        np.testing.assert_array_equal(found.astype(np.float32), table)


def test_a_network_without_x_heights_reads_the_inkml_that_it_wrote(tmp_path):
    table = np.array([[0.0, 0.0, 0.0], [1.5, -2.25, 1.0], [30.0, 4.0, 1.0]])
    ink_files.save(tmp_path / "a.inkml", table)
    (found,) = ink_files.load(tmp_path / "a.inkml", None)
    np.testing.assert_allclose(found, table, atol=1.1e-5)


def test_json_forms(tmp_path):
    rows = [[0, 0, 0], [1, 2.5, 1]]
    assert [table.tolist() for table in load(as_json(rows))] == [rows]
    assert [table.tolist() for table in load(b"\xef\xbb\xbf" + as_json([rows, rows[1:]]))] == [rows, rows[1:]]
    strokes = {"who": "me", "strokes": [[[5, 5], [6, 7.5]], [], [[8, 8]]]}
    assert load(as_json(strokes))[0].tolist() == [[0, 0, 0], [1, 2.5, 1], [2, 0.5, 1]]
    assert load(b"[]") == [] and len(load(b'{"strokes": []}')[0]) == 0
    ink_files.save(tmp_path / "one.json", np.array(rows))
    assert (tmp_path / "one.json").read_text() == "[[0,0,0],[1,2.5,1]]\n"


def test_svg_is_a_drawing_of_it(tmp_path):
    ink_files.save(tmp_path / "a.svg", [to_points([[[0, 0], [5, 5]]])] * 2, UNIT, title="<Anna>")
    text = (tmp_path / "a.svg").read_text()
    assert text.count("<path") == 2 and "<title>&lt;Anna&gt;</title>" in text


def test_writers_are_kept(tmp_path):
    table = to_points([[[0, 0], [1, 1]]])
    ink_files.save(tmp_path / "a.npz", [table, table], writer=np.array([7, 8]))
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["writer"].tolist() == [7, 8] and arrays["offsets"].tolist() == [0, 2, 4]
        assert arrays["points"].dtype == np.float32
    with pytest.raises(InkError, match="writers"):
        ink_files.save(tmp_path / "b.npz", [table], writer=np.array([7, 8]))


@pytest.mark.parametrize("name", ["a.txt", "a", "a.npy"])
def test_unknown_suffixes(tmp_path, name):
    with pytest.raises(InkError, match="must end in"):
        ink_files.save(tmp_path / name, np.zeros((1, 3)))
    assert list(tmp_path.iterdir()) == []


def test_what_float32_cannot_hold_is_not_saved(tmp_path):
    for suffix in ("json", "npz"):
        with pytest.raises(InkError, match="not finite"):
            ink_files.save(tmp_path / f"a.{suffix}", np.array([[1e300, 0, 1]]))
    with pytest.raises(InkError, match="sequence 1, point 0"):
        ink_files.save(tmp_path / "a.json", [np.zeros((1, 3)), np.array([[0, 0, 7]])])
    assert list(tmp_path.iterdir()) == []


# --- units and the pen clock

CURVES = [stroke @ np.array([[1, 0.1], [0, 1]]) for stroke in garlands(4)]  # in x-heights


def clocked(clock=None):
    return to_points([resample(stroke, clock) for stroke in CURVES]) * [UNIT, UNIT, 1]


def file_of(strokes, suffix):
    """Return a file of strokes: of coordinates as .json or .inkml, or of offsets as .npz or .offsets (.json)."""
    if suffix == "inkml":
        return inkml.render([strokes]).encode(), "inkml"
    if suffix == "json":
        return as_json({"strokes": [stroke.tolist() for stroke in strokes]}), "json"
    if suffix == "offsets":
        return as_json(to_points(strokes).tolist()), "json"
    file = io.BytesIO()
    table = to_points(strokes)
    np.savez(file, points=table, offsets=np.array([0, len(table)]))
    return file.getvalue(), "npz"


SUFFIXES = ["json", "inkml", "offsets", "npz"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("scale", "options"),
    [(1, {"in_x_heights": True}), (UNIT, {}), (1.4 * UNIT, {"x_height": 1.4 * UNIT}), (250, {"x_height": 250})],
)
def test_every_way_to_say_the_unit(suffix, scale, options):
    data = file_of([stroke * scale for stroke in CURVES], suffix)
    if suffix != "inkml":  # which would be another program's, and raw
        np.testing.assert_allclose(load(*data, **options)[0], to_points(CURVES) * [UNIT, UNIT, 1], atol=1e-4)
    if options or suffix in ("offsets", "npz"):
        np.testing.assert_allclose(load(*data, raw=True, **options)[0], clocked(), atol=1e-3)


@pytest.mark.parametrize("suffix", ["json", "inkml"])
@pytest.mark.parametrize("scale", [0.05, 40, 1500])
def test_a_tablets_own_unit_is_found_from_the_ink(suffix, scale):
    (found,) = load(*file_of([stroke * scale for stroke in CURVES], suffix), raw=True)
    assert abs(len(found) - len(clocked())) <= 4
    heights = [np.ptp(stroke[:, 1]) for stroke in to_strokes(found)]
    assert np.median(heights) == pytest.approx(UNIT * np.ptp(CURVES[0][:, 1]), rel=0.1)


@pytest.mark.parametrize("suffix", ["json", "inkml"])
@pytest.mark.parametrize("scale", [0.5, 1, 2])
def test_a_pens_ink_is_never_in_model_units(suffix, scale):
    """Not even if it is as large as if it were."""
    (found,) = load(*file_of([stroke * UNIT * scale for stroke in CURVES], suffix), raw=True)
    heights = [np.ptp(stroke[:, 1]) for stroke in to_strokes(found)]
    assert np.median(heights) == pytest.approx(UNIT * np.ptp(CURVES[0][:, 1]), rel=0.1)


@pytest.mark.parametrize("scale", [1e-3, 1, 600])
@pytest.mark.parametrize(
    ("strokes", "low", "high"),
    [
        ([[[0, 1], [0.3, 0], [0.6, 1]], [[0.15, 0.6], [0.45, 0.6]]], 1.2, 2.8),  # A
        ([[[0, 0], [0, 1]]], 1, 2.5),  # l
        ([[[0, 0], [0, 1]], [[0, 0], [1, 1]], [[1, 1], [1, 0]]], 1.2, 2.8),  # N
        ([[[0, 0], [1, 0]]], 0, 0),  # a dash
    ],
)
def test_a_single_letter_has_a_letters_size(scale, strokes, low, high):
    (found,) = load(*file_of([np.array(stroke) * scale for stroke in strokes], "inkml"))
    height = np.ptp(np.concatenate(to_strokes(found))[:, 1]) / UNIT
    assert low <= height <= high and len(found) < 100


def test_dots_alone_are_ink():
    assert len(load(b"<ink><trace>5 5</trace><trace>9 5</trace></ink>")[0]) == 2


def test_foreign_ink_is_raw_by_itself():
    """InkML that states no x-height, without `raw`: resampled, at a guessed size."""
    data = file_of([stroke * 40 for stroke in CURVES], "inkml")
    np.testing.assert_array_equal(load(*data)[0], load(*data, raw=True)[0])
    np.testing.assert_allclose(load(*data, x_height=40)[0], clocked(), atol=1e-3)
    with pytest.raises(InkError, match="only accepts ink in its own units"):
        load(*data, unit=None)


def test_strokes_that_cannot_be_in_model_units_are_refused():
    data = file_of([stroke * 40 for stroke in CURVES], "json")
    with pytest.raises(InkError, match=r"its letters are about .* units tall, the network's 3: say --raw"):
        load(*data)
    assert len(load(*data, x_height=40)[0]) == len(to_points(CURVES))


def test_empty_strokes_are_passed_over():
    """In every form that can hold them, with a size or without."""
    strokes = [[[0, 0], [10, 20], [20, 0]], []]
    full = as_json({"strokes": strokes[:1]})
    for data in (as_json({"strokes": strokes}), as_json({"strokes": [[], *strokes]})):
        for options in ({}, {"x_height": 10}):
            np.testing.assert_array_equal(load(data, raw=True, **options)[0], load(full, raw=True, **options)[0])
    traces = b"<ink><trace/><trace>0 0, 10 20, 20 0</trace><trace> </trace></ink>"
    np.testing.assert_array_equal(load(traces)[0], load(full, raw=True)[0])
    assert [len(table) for table in load(as_json({"strokes": [[], []]}), raw=True)] == [0]


def test_an_inkml_file_may_state_its_x_height():
    data = inkml.render([[stroke * 1.2 * UNIT for stroke in CURVES]], 1.2 * UNIT).encode(), "inkml"
    np.testing.assert_allclose(load(*data, raw=True)[0], clocked(), atol=1e-3)
    np.testing.assert_allclose(load(*data)[0], to_points(CURVES) * [UNIT, UNIT, 1], atol=1e-4)
    assert load(*data, in_x_heights=True)[0][1, 1] == pytest.approx(load(*data)[0][1, 1] * 1.2 * UNIT, abs=1e-3)


def test_another_clock():
    clock = PenClock(step=0.4)
    data = file_of(CURVES, "json")
    np.testing.assert_allclose(load(*data, raw=True, in_x_heights=True, clock=clock)[0], clocked(clock), atol=1e-9)


def test_a_stroke_that_was_not_lifted_stays_so():
    table = to_points(CURVES)
    table[-1, 2] = 0
    (found,) = load(as_json(table.tolist()), raw=True, in_x_heights=True)
    assert found[-1, 2] == 0 and found[:, 2].sum() == len(CURVES) - 1
    assert len(load(b"[[], []]", raw=True)[1]) == 0


def test_the_articles_network_takes_ink_as_it_is():
    data = file_of(CURVES, "offsets")
    np.testing.assert_allclose(load(*data, unit=None)[0], to_points(CURVES))
    for options in ({"raw": True}, {"in_x_heights": True}, {"x_height": 3.0}):
        with pytest.raises(InkError, match=r"some\.json: this network knows neither"):
            load(*data, unit=None, **options)


@pytest.mark.parametrize("x_height", [0, -1, float("nan"), float("inf")])
def test_impossible_x_heights(x_height):
    with pytest.raises(InkError, match="is not a valid x-height"):
        load(b"[[0,0,1]]", x_height=x_height)


def test_contradictions_and_strokes_the_clock_refuses():
    with pytest.raises(InkError, match="one of the two"):
        load(b"[[0,0,1]]", x_height=2.0, in_x_heights=True)
    with pytest.raises(InkError, match="sequence 0, stroke 1: the stroke is longer"):
        load(as_json({"strokes": [[[0, 0]], [[0, 0], [1e6, 0]]]}), raw=True, in_x_heights=True)
    with pytest.raises(InkError, match="sequence 1, stroke 0"):
        load(b"[[[0,0,1]],[[0,0,0],[1e300,0,1]]]", raw=True, x_height=1e-200)
    with warnings.catch_warnings(), pytest.raises(InkError, match="farther out"):
        warnings.simplefilter("error")
        load(as_json({"strokes": [[[0, 0], [1.7e308, 0], [-1.7e308, -1.7e308]]]}), raw=True)
    with pytest.raises(InkError, match="not finite"):
        load(b"[[1e300,0,1]]", x_height=1e-200)


# --- hostile files


def peak_of(data, suffix):
    """Return the error message about a file, and the peak memory of loading it."""
    tracemalloc.start()
    try:
        with pytest.raises(InkError) as caught:
            load(data, suffix)
        return str(caught.value), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[0,0,1]", "not JSON"),
        ("[[0,0,1]]]", "not JSON"),
        ("[[0,0,NaN]]", "NaN is not a number"),
        ("[[0,Infinity,1]]", "Infinity is not a number"),
        ("[[0,-Infinity,1]]", "-Infinity is not a number"),
        ("[[0,1e999,1]]", "point 0: its offset is not finite"),
        (f"[[0,{'9' * 5000},1]]", "not finite"),
        ("[[0,0,1],[0,0]]", "ink, point 1: it is not 3 numbers"),
        ("[[0,0,1],[0,0,true]]", "point 1"),
        ('[[0,0,1],[0,0,"1"]]', "point 1"),
        ("[[0,0,1],null]", "point 1"),
        ("[[0,0,0.5]]", "lift is neither"),
        ("[[[0,0,1]],[[0,0,1],[0,0]]]", "sequence 1, point 1"),
        ("[[[0,0,1]],[0,0,1]]", "sequence 1"),
        ("[0,0,1]", "not a list of 3 numbers; what is read is JSON"),
        ("[5,[0,0,1]]", "point 0"),
        ("{}", 'no "strokes"'),
        ('{"strokes": 5}', "not a list"),
        ('{"strokes": [[[0,0]],[[0,0],[1]]]}', "stroke 1, point 1: it is not 2 numbers"),
        ('{"strokes": [[0,0]]}', "stroke 0, point 0"),
        ('{"strokes": [{"x": 1}]}', "stroke 0"),
        ('{"strokes": [[[1e999,0]]]}', "stroke 0, point 0: its coordinates are not finite"),
        ('{"strokes": [], "strokes": []}', "same key twice"),
        ("[" * 100_000, "nested more than 16 deep"),
        ('{"a":' * 100_000, "nested more than 16 deep"),
        ('["]]]]","\\"]]]]",' * 17, "nested more than 16 deep"),
        ('["[[[[[[[[[[[[[[[[[[[[[\\"[",' * 16 + "0" + "]" * 16, "ink, point 0"),
        ("[" + "[]," * 1_200_000 + "[]]", "more than 1,100,000 points"),
        ("[" + "0," * 5_000_000 + "0]", "more than 1,100,000 points"),
    ],
    ids=lambda text: text[:24],
)
def test_hostile_json(text, complaint):
    found, peak = peak_of(text.encode(), "json")
    assert complaint in found and found.startswith("some.json: ")
    assert peak < 30e6


@pytest.mark.parametrize(
    ("filler", "complaint"),
    [
        (b"\\aXY", "not JSON"),
        (b'"ab"cd', "more than 1,000,000 texts"),
        (b"\\\\abcdefghi[]{}", "more than 1,100,000 points"),
        (b'"\\n","",', "more than 1,000,000 texts"),
        (b" ", "not JSON"),
    ],
)
def test_json_takes_a_few_times_its_size(filler, complaint):
    """Finding its depth as well: no list of its pieces is made."""
    data = b'["' + filler * (12_000_000 // len(filler))
    found, peak = peak_of(data, "json")
    assert complaint in found
    assert peak < 6 * len(data)


def test_json_in_another_encoding():
    assert "not UTF-8 at byte 2" in peak_of(b'["\xff"]', "json")[0]
    assert "not UTF-8 at byte 0" in peak_of("[]".encode("utf-16"), "json")[0]


def npy(dtype="<f4", shape=(2, 3), data=None, fortran=False, version=b"\x01\x00", header=None):
    text = header or f"{{'descr': {dtype!r}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"
    text = text.encode("latin-1")
    size = struct.pack("<H" if version[0] == 1 else "<I", len(text))
    content = bytes(np.dtype(dtype).itemsize * int(np.prod(shape))) if data is None else data
    return b"\x93NUMPY" + version + size + text + content


OFFSETS = npy("<i8", (2,), np.array([0, 2]).tobytes())


def archive(members=None, compression=zipfile.ZIP_DEFLATED, **arrays):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as zipped:
        for name, data in (members or {f"{name}.npy": data for name, data in arrays.items()}).items():
            zipped.writestr(name, data)
    return file.getvalue()


def test_npz_forms():
    points = np.array([[0, 0, 0], [1, 2, 1], [3, 4, 1]])
    for dtype in ("<f4", ">f4", "<f8", ">f8", "<f2"):
        for offset in ("<i4", ">i8", "<u8", "|u1"):
            ends = np.array([0, 2, 3]).astype(offset).tobytes()
            data = archive(points=npy(dtype, (3, 3), points.astype(dtype).tobytes()), offsets=npy(offset, (3,), ends))
            assert [table.tolist() for table in load(data, "npz")] == [points[:2].tolist(), points[2:].tolist()]
    turned = npy("<f4", (3, 3), points.astype("<f4").tobytes("F"), fortran=True)
    assert load(archive(points=turned, offsets=npy("<i4", (2,), b"\0\0\0\0\3\0\0\0")), "npz")[0].tolist() == (
        points.tolist()
    )
    assert len(load(archive(points=npy(version=b"\x02\x00"), offsets=OFFSETS), "npz")) == 1
    assert len(load(archive(None, zipfile.ZIP_STORED, points=npy(), offsets=OFFSETS), "npz")) == 1
    assert load(archive(points=npy(shape=(0, 3)), offsets=npy("<i8", (1,), bytes(8))), "npz") == []


HUGE = 10**9


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"offsets": OFFSETS}, "no array 'points'"),
        ({"points": npy()}, "no array 'offsets'"),
        ({"points": npy(shape=(HUGE // 12, 3), data=b""), "offsets": OFFSETS}, "claims 249,999,999 numbers"),
        ({"points": npy(shape=(10_000_000, 3), data=b""), "offsets": OFFSETS}, "not what the archive holds"),
        ({"points": npy(shape=(10**30, 3), data=b""), "offsets": OFFSETS}, "points: it claims"),
        ({"points": npy(shape=(-2, 3), data=b""), "offsets": OFFSETS}, "points: it claims"),
        ({"points": npy(), "offsets": npy("<i8", (HUGE,), b"")}, "offsets: it claims"),
        ({"points": npy(), "offsets": OFFSETS, "writer": npy("<i4", (HUGE,), b"")}, "writer: an array"),
        ({"points": npy(), "offsets": OFFSETS, "writer": npy("<f4", (1,))}, "writer: an array"),
        ({"points": npy(data=bytes(23)), "offsets": OFFSETS}, "not what the archive holds"),
        ({"points": npy(data=bytes(25)), "offsets": OFFSETS}, "not what the archive holds"),
        ({"points": npy(shape=(3, 2)), "offsets": OFFSETS}, "shape (3, 2)"),
        ({"points": npy(shape=(6,)), "offsets": OFFSETS}, "shape (6,)"),
        ({"points": npy("<i4"), "offsets": OFFSETS}, "points: an array of int32"),
        ({"points": npy("<c8"), "offsets": OFFSETS}, "points: an array of complex64"),
        ({"points": npy("|O", data=b"cos\nsystem\n(S'true'\ntR."), "offsets": OFFSETS}, "points: an array of object"),
        ({"points": npy(), "offsets": npy("<f8", (2,))}, "offsets: an array of float64"),
        ({"points": npy(), "offsets": npy("<i8", (2, 1))}, "shape (2, 1)"),
        ({"points": npy(), "offsets": npy("<i8", (0,))}, "shape (0,)"),
        ({"points": npy(version=b"\x03\x00"), "offsets": OFFSETS}, "version (3, 0)"),
        ({"points": b"not numpy", "offsets": OFFSETS}, "not a readable .npz"),
        ({"points": b"", "offsets": OFFSETS}, "not a readable .npz"),
        ({"points": npy(header="{'descr': "), "offsets": OFFSETS}, "not a readable .npz"),
        ({"points": npy(header="[" * 3000), "offsets": OFFSETS}, "not a readable .npz"),
        ({"points": npy(header="{[]: 1}"), "offsets": OFFSETS}, "not a readable .npz"),
        ({"points": npy(header="'" + "x" * 60_000), "offsets": OFFSETS}, "not a readable .npz"),
        ({"points": npy(header="__import__('os').abort()"), "offsets": OFFSETS}, "not a readable .npz"),
    ],
)
def test_hostile_arrays(arrays, complaint):
    found, peak = peak_of(archive(**arrays), "npz")
    assert complaint in found and found.startswith("some.npz: ")
    assert peak < 2e6


def test_an_array_is_not_packed_a_thousand_times():
    """120 kB that claim 10 million points, header and directory in agreement: ink is not packed so."""
    data = archive(points=npy(shape=(10_000_000, 3)), offsets=npy("<i8", (2,), np.array([0, 10_000_000]).tobytes()))
    assert len(data) < 150_000
    complaint, peak = peak_of(data, "npz")
    assert "claim to hold 120,000" in complaint and peak < 3e6


def test_a_header_of_many_megabytes_is_not_read():
    data = archive(points=npy(version=b"\x02\x00", header=" " * 50_000_000), offsets=OFFSETS)
    assert len(data) < 60_000
    complaint, peak = peak_of(data, "npz")
    assert "its header claims 50,000,000 bytes" in complaint and peak < 3e6


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_too_many_sequences(suffix):
    tables = [np.array([[0.0, 0.0, 1.0]])] * 50_001
    data = npz.render(tables) if suffix == "npz" else as_json([table.tolist() for table in tables])
    with pytest.raises(InkError, match=r"50,001 sequences.* more than 50,000"):
        load(data, suffix)


def test_too_many_strokes():
    with pytest.raises(InkError, match="100,001 strokes, more than 100,000"):
        load(b'{"strokes":[' + b"[[0,0]]," * 100_000 + b"[[0,0]]]}")
    with pytest.raises(InkError, match="100,001 strokes, more than 100,000"):
        load(b"<ink>" + b"<trace>0 0</trace>" * 100_001 + b"</ink>")


def test_more_points_than_are_read(monkeypatch):
    monkeypatch.setattr(npz, "MAX_POINTS", 1)
    assert "points: it claims 6 numbers, more than 1 points have" in peak_of(GOOD, "npz")[0]


@pytest.mark.parametrize(
    ("ends", "complaint"),
    [
        ([0, 1], "begin at the first point and end at the last"),
        ([1, 2], "begin at the first"),
        ([0, 3], "number 1 is not one of its 2 points"),
        ([0, -1, 2], "number 1"),
        ([0, 2**62, 2], "number 1"),
        ([0, 1, 1, 2], "sequence 1 has no points"),
        ([0, 2, 1, 2], "sequence 1 has no points"),
        ([0], "begin at the first"),
    ],
)
def test_offsets_that_do_not_fit(ends, complaint):
    offsets = npy("<i8", (len(ends),), np.array(ends, np.int64).tobytes())
    assert complaint in peak_of(archive(points=npy(), offsets=offsets), "npz")[0]


def test_invalid_points():
    bad = np.array([[0, 0, 0], [0, 0, 0.5]], "<f4").tobytes()
    assert "sequence 0, point 1: its lift" in peak_of(archive(points=npy(data=bad), offsets=OFFSETS), "npz")[0]


def test_hostile_archives():
    good = archive(points=npy(), offsets=OFFSETS)
    complaint, peak = peak_of(archive({f"{i}": b"" for i in range(50_000)}), "npz")
    assert "too many members" in complaint and peak < 1e6
    assert "like a zip" in peak_of(good + b"\0", "npz")[0]
    complaint, peak = peak_of(archive(points=npy(), offsets=OFFSETS, writer=zlib.compress(bytes(10**6))), "npz")
    assert "not a readable" in complaint and peak < 1e6
    # 40 MB of zeros in 40 KB, whose header claims something else
    bomb = archive(points=npy(data=bytes(40_000_000)), offsets=OFFSETS)
    assert len(bomb) < 50_000
    complaint, peak = peak_of(bomb, "npz")
    assert "not what the archive holds" in complaint and peak < 2e6
    # a false directory: it gives a member the size that the header claims
    claim = npy(shape=(20_000_000, 3), data=bytes(24))
    lying = archive(points=claim, offsets=OFFSETS)
    size = struct.pack("<L", len(claim))
    assert lying.count(size) >= 2
    complaint, peak = peak_of(lying.replace(size, struct.pack("<L", len(claim) - 24 + 240_000_000)), "npz")
    assert "some.npz: " in complaint and peak < 2e6
    encrypted = good.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    assert encrypted != good and "not a readable" in peak_of(encrypted, "npz")[0]


GOOD = archive(points=npy(), offsets=OFFSETS, writer=npy("<i4", (1,)))


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_one_wrong_byte_is_ink_or_an_error(place, change):
    data = bytearray(GOOD)
    data[place] ^= change
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's on headers of Python 2
        try:
            found = load(bytes(data), "npz")
        except InkError as error:
            assert str(error).startswith("some.npz: ")
        else:
            assert all(np.isfinite(table).all() for table in found)


@given(st.integers(0, len(GOOD) - 1))
def test_a_truncated_archive_is_an_error(length):
    with pytest.raises(InkError):
        load(GOOD[:length], "npz")


numbers = st.floats() | st.integers() | st.booleans() | st.none() | st.text(max_size=3)
values = st.recursive(numbers, lambda inner: st.lists(inner, max_size=4) | st.fixed_dictionaries({"strokes": inner}))


@given(values | st.lists(st.lists(st.integers(0, 1), min_size=3, max_size=3)))
def test_any_json_is_ink_or_an_error(value):
    try:
        found = load(json.dumps(value).encode())
    except InkError as error:
        assert str(error).startswith("some.json: ")
    else:
        assert all(table.shape[1:] == (3,) and np.isfinite(table).all() for table in found)


@given(st.binary(max_size=200), st.sampled_from(["json", "npz", "inkml"]))
def test_noise_is_ink_or_an_error(data, suffix):
    try:
        assert isinstance(load(data, suffix), list)
    except InkError as error:
        assert str(error).startswith(f"some.{suffix}: ")


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(ink_files, "MAX_BYTES", 1000)
    (tmp_path / "a.json").write_bytes(b" " * 1001)
    with pytest.raises(InkError, match=r"a\.json: it is larger than 1,000 bytes"):
        ink_files.load(tmp_path / "a.json", UNIT)
    with pytest.raises(InkError, match="ink: it is larger"):
        ink_files.load(b" " * 1001, UNIT)
    with pytest.raises(OSError):
        ink_files.load(tmp_path / "none.json", UNIT)
