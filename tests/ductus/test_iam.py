"""Lines of IAM-OnDB: its file format (with synthetic files: the database is not included), and error messages."""

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus import cli as cli
from ductus.formats import iam, io
from ductus.ink import InkError, to_points
from ductus.resample import PenClock, resample
from ductus.weights import file as weight_file
from tests.ductus.test_x_height import garlands
from tests.support.networks import random_weights

FORM = """<?xml version="1.0" encoding="ISO-8859-1"?>
<WhiteboardCaptureSession>
  <WhiteboardDescription>
    <SensorLocation corner="top_left"/>
    <DiagonallyOppositeCoords x="5597" y="5681"/>
  </WhiteboardDescription>
  <StrokeSet>{}</StrokeSet>
</WhiteboardCaptureSession>
"""


def render(strokes):
    """Return a file of this format with strokes (n, 2)."""
    out = []
    for number, stroke in enumerate(strokes):
        points = "".join(f'<Point x="{x}" y="{y}" time="{100 + i / 100}"/>' for i, (x, y) in enumerate(stroke))
        out.append(f'<Stroke colour="black" start_time="{number}" end_time="{number + 1}">{points}</Stroke>')
    return FORM.format("".join(out)).encode("latin-1")


places = st.tuples(st.integers(-9999, 9999), st.integers(0, 9999))


@given(st.lists(st.lists(places, min_size=1, max_size=20), max_size=6))
def test_what_stands_in_a_file_is_read(strokes):
    found = iam.parse(render(strokes))
    assert [stroke.tolist() for stroke in found] == [[[float(x), float(y)] for x, y in s] for s in strokes]
    assert all(stroke.dtype == np.float64 for stroke in found)


def test_fractions_are_numbers_and_a_time_may_be_missing():
    (stroke,) = iam.parse(FORM.format('<Stroke><Point x="-1.5" y="+2."/></Stroke>').encode())
    assert stroke.tolist() == [[-1.5, 2.0]]


def test_a_stroke_without_points_is_passed_over():
    strokes = iam.parse(FORM.format('<Stroke/><Stroke><Point x="1" y="2"/></Stroke><Stroke></Stroke>').encode())
    assert [stroke.tolist() for stroke in strokes] == [[[1, 2]]]


def test_a_file_may_hold_what_only_latin_1_can_say():
    data = render([[(1, 2)]]).replace(b"top_left", "Zürich".encode("latin-1"))
    assert iam.parse(data)[0].tolist() == [[1, 2]]


def point(x, y):
    return f'<Stroke><Point x="1" y="1"/></Stroke><Stroke><Point x="1" y="1"/><Point x="{x}" y="{y}"/></Stroke>'


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (point("", 1), "stroke 1, point 1: its x is not a number: ''"),
        (point(1, "nan"), "stroke 1, point 1: its y is not a number: 'nan'"),
        (point("inf", 1), "its x is not a number"),
        (point("1e9", 1), "its x is not a number: '1e9'"),
        (point("1_000", 1), "its x is not a number"),
        (point("1" * 500, 1), "its x is not a number"),
        (point("\u0661", 1), "its x is not a number"),
        ('<Stroke><Point y="1"/></Stroke>', "stroke 0, point 0: its x is missing"),
        ("</StrokeSet><StrokeSet>", "2 stroke sets"),
        ("<a>" * 40 + "</a>" * 40, "nested"),
        ("&amp;&ink;", "not well-formed"),
    ],
)
def test_faults_are_named(body, complaint):
    data = FORM.replace("ISO-8859-1", "UTF-8").format(body).encode()
    with pytest.raises(InkError) as caught:
        iam.parse(data)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"<ink/>", "not a line of IAM-OnDB: the root element is <ink>"),
        (b"<WhiteboardCaptureSession/>", "0 stroke sets"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><WhiteboardCaptureSession/>', "document type or entity"),
        (b'<?xml version="1.0" encoding="UTF-16"?><WhiteboardCaptureSession/>', "its encoding is 'utf-16'"),
        (FORM.encode("utf-16")[:-1], "not UTF-16 at byte"),
        (FORM.format("<Point/>" * 400_001).encode(), "tags"),
        (b"", "not well-formed"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_hostile_files(data, complaint):
    with pytest.raises(InkError, match=complaint):
        iam.parse(data)


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: FORM.format(text).encode("latin-1", "ignore"))
)
def test_noise_is_ink_or_an_error(data):
    with contextlib.suppress(InkError):
        assert isinstance(iam.parse(data), list)


def test_the_size_of_its_letters_is_estimated():
    """Estimate the unit as for other raw ink without one: here 60 of the sensor's units per x-height."""
    strokes = [np.round(stroke * 60) for stroke in garlands()]
    (found,) = io.load(render(strokes), 3.24, raw=True, clock=PenClock(), name="LINE.XML")
    expected = to_points([resample(stroke / 60, PenClock()) * 3.24 for stroke in strokes])
    assert found[:, 2].sum() == len(strokes)
    assert np.abs(found[:, :2]).sum() == pytest.approx(np.abs(expected[:, :2]).sum(), rel=0.05)


def test_the_command_line_reads_it(tmp_path, capsys):
    weights = tmp_path / "w.jb64"
    weight_file.save(random_weights(seed=1, pen_clock=PenClock().to_dict()), weights)
    (tmp_path / "line.xml").write_bytes(render([np.round(stroke * 60) for stroke in garlands()]))
    assert cli.main(["score", str(weights), str(tmp_path / "line.xml")]) == 0
    by_itself = capsys.readouterr().out
    assert cli.main(["score", str(weights), str(tmp_path / "line.xml"), "--raw"]) == 0
    report = capsys.readouterr().out
    assert by_itself == report
    assert json.loads(report)["sequences"] == 1
