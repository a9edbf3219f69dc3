"""InkML: the Recommendation's trace notations, round trips, and hostile files."""

import contextlib
import time
import tracemalloc
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.formats import inkml
from ductus.ink import InkError
from tests.support.inks import strokes

INK = '<ink xmlns="http://www.w3.org/2003/InkML">{}</ink>'


def parse(body, form=INK):
    return inkml.parse(form.format(body).encode())


def only(body, form=INK):
    """Return the one stroke of a file, as lists."""
    ((stroke,),) = parse(body, form).lines
    return stroke.tolist()


@given(st.lists(st.lists(strokes, min_size=1, max_size=4), max_size=4), st.none() | st.floats(1e-3, 1e6))
def test_what_is_written_is_read(lines, x_height):
    found = inkml.parse(inkml.render(lines, x_height).encode())
    assert found.x_height == x_height
    assert [len(line) for line in found.lines] == [len(line) for line in lines]
    for line, other in zip(lines, found.lines, strict=True):
        for stroke, again in zip(line, other, strict=True):
            np.testing.assert_allclose(again, stroke, atol=0.51e-5)
    assert inkml.render(found.lines, x_height) == inkml.render(lines, x_height)


def test_the_recommendations_own_example_of_differences():
    """Read section 3.2.1: first explicit values, then first and second differences."""
    trace = "<trace>1125 18432,'23'43,\"7\"-8,3-5,7-3,6 2,6 8,3 6,3 6,2 4,3 6,3-6,-1-6</trace>"
    x, y, dx, dy = 1125, 18432, 23, 43
    expected = [[x, y], [x + dx, y + dy]]
    second = [(7, -8), (3, -5), (7, -3), (6, 2), (6, 8), (3, 6), (3, 6), (2, 4), (3, 6), (3, -6), (-1, -6)]
    x, y = expected[-1]
    for ddx, ddy in second:
        dx, dy = dx + ddx, dy + ddy
        x, y = x + dx, y + dy
        expected.append([x, y])
    assert only(trace) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10 20", [[10, 20]]),
        ("10 20, 30 40", [[10, 20], [30, 40]]),
        ("\n 10\t20 ,\n30  40,\n", [[10, 20], [30, 40]]),
        ("1.5 -2.25,.5 1.", [[1.5, -2.25], [0.5, 1]]),
        ("1e3 -2.5E-1", [[1000, -0.25]]),
        ("-1-2,+3+4", [[-1, -2], [3, 4]]),
        (".5.5", [[0.5, 0.5]]),
        ("#A -#f", [[10, -15]]),
        ("1 2,'1'1,1 1,!9!9,1 1", [[1, 2], [2, 3], [3, 4], [9, 9], [1, 1]]),
        ("1 2, '3 !7, 3 8", [[1, 2], [4, 7], [7, 8]]),
        ("1 2,*3,* *", [[1, 2], [1, 3], [1, 3]]),
        ("0 0,'2'3,* *,* *", [[0, 0], [2, 3], [4, 6], [6, 9]]),
        ("0 0,'1 0,\"1 0,* 0", [[0, 0], [1, 0], [3, 0], [6, 0]]),
        ("0 0,? 5,2 2", [[0, 0], [2, 2]]),
        ("0 0 <!-- a comment -->, 1 1", [[0, 0], [1, 1]]),
    ],
)
def test_ways_to_say_a_value(text, expected):
    assert only(f"<trace>{text}</trace>") == expected


def channels(*names, extra=(), attributes=""):
    def one(name):
        return f'<channel name="{name}" type="decimal" {attributes}/>'

    between = f"<intermittentChannels>{''.join(map(one, extra))}</intermittentChannels>" if extra else ""
    return f"{''.join(map(one, names))}{between}"


def test_other_channels_are_passed_over():
    form = f"<traceFormat>{channels('T', 'Y', 'F', 'X', extra=['B'])}</traceFormat>"
    assert only(f"{form}<trace>0 2 99 1, '5 4 ? 3 T, 5 6 * 5</trace>") == [[1, 2], [3, 4], [5, 6]]


def test_an_axis_may_point_the_other_way():
    form = '<traceFormat><channel name="X"/><channel name="Y" orientation="-ve"/></traceFormat>'
    assert only(f"{form}<trace>1 2, '1'1</trace>") == [[1, -2], [2, -3]]


@pytest.mark.parametrize(
    "body",
    [
        f'<definitions><context xml:id="c"><traceFormat>{channels("Y", "X")}</traceFormat></context></definitions>'
        '<trace contextRef="#c">2 1</trace>',
        f'<definitions><traceFormat xml:id="f">{channels("Y", "X")}</traceFormat></definitions>'
        '<context traceFormatRef="#f"/><trace>2 1</trace>',
        f'<definitions><inkSource xml:id="s"><traceFormat>{channels("Y", "X")}</traceFormat></inkSource>'
        '<context xml:id="c" inkSourceRef="#s"/></definitions>'
        '<traceGroup contextRef="#c"><trace>2 1</trace></traceGroup>',
        f'<context xml:id="a"><inkSource><traceFormat>{channels("Y", "X")}</traceFormat></inkSource></context>'
        '<context contextRef="#a"/><traceGroup><traceGroup><trace>2 1</trace></traceGroup></traceGroup>',
        f"<context><traceFormat>{channels('Y', 'X')}</traceFormat></context>"
        '<trace contextRef="#DefaultContext">1 2</trace>',
    ],
)
def test_where_a_trace_format_may_stand(body):
    assert only(body) == [[1, 2]]


XYF = channels("X", "Y", "F")


@pytest.mark.parametrize(
    "body",
    [
        '<trace contextRef="#none" brushRef="#no">1 2</trace>',
        '<trace contextRef="#none">1 2 99</trace>',
        '<traceGroup contextRef="#none"><trace>1 2 99</trace></traceGroup>',
        '<context inkSourceRef="#none"/><trace>1 2 99</trace>',
        '<context xml:id="c" traceFormatRef="#none"/><trace contextRef="#c">1 2 99 98</trace>',
        f'<context inkSourceRef="#none"><traceFormat>{channels("Y", "X")}</traceFormat></context><trace>2 1</trace>',
        f"<definitions><traceFormat>{XYF}</traceFormat></definitions><trace>1 2 99</trace>",
        f'<definitions><context xml:id="c"><inkSource><traceFormat>{XYF}</traceFormat></inkSource></context>'
        "</definitions><trace>1 2 99</trace>",
        f'<definitions><traceFormat xml:id="f">{channels("Y", "X")}</traceFormat></definitions>'
        '<trace contextRef="#none">2 1</trace>',
        f'<definitions><traceFormat xml:id="f">{channels("Y", "X")}</traceFormat></definitions>'
        '<trace contextRef="#f">2 1</trace>',
        f"<traceFormat>{channels('y', 'x')}</traceFormat><trace>2 1</trace>",
    ],
)
def test_what_real_writers_leave_out(body):
    """A source or a format that is named and not there, and one that is there and not named."""
    assert only(body) == [[1, 2]]


def test_the_default_format_has_two_channels_where_another_is_in_use():
    body = (
        f'<definitions><context xml:id="c"><traceFormat>{channels("Y", "X")}</traceFormat></context></definitions>'
        '<trace contextRef="#c">2 1</trace><trace>3 4</trace>'
    )
    ((a, b),) = parse(body).lines
    assert (a.tolist(), b.tolist()) == ([[1, 2]], [[3, 4]])


def test_a_context_holds_until_the_next():
    swap = f"<context><traceFormat>{channels('Y', 'X')}</traceFormat></context>"
    plain = f"<context><traceFormat>{channels('X', 'Y')}</traceFormat></context>"
    ((a, b, c),) = parse(f"<trace>1 2</trace>{swap}<trace>1 2</trace>{plain}<trace>1 2</trace>").lines
    assert [a.tolist(), b.tolist(), c.tolist()] == [[[1, 2]], [[2, 1]], [[1, 2]]]


def test_files_without_a_namespace_and_foreign_elements():
    assert only("<trace>1 2</trace>", "<ink>{}</ink>") == [[1, 2]]
    other = '<x:trace xmlns:x="urn:other">9 9</x:trace><annotationXML><trace>8 8</trace></annotationXML>'
    assert only(other + "<trace>1 2</trace>") == [[1, 2]]
    assert only("<trace>1 2</trace>", "\ufeff<?xml version='1.0' encoding='utf-8'?>" + INK) == [[1, 2]]


def test_strokes_in_pieces_and_the_pen_in_the_air():
    body = (
        '<trace xml:id="a" continuation="begin">0 0, 1 1</trace><trace type="penUp">5 5, 6 6</trace>'
        '<trace id="b" continuation="middle" priorRef="#a">2 2</trace><trace/>'
        '<trace continuation="end" priorRef="#b">3 3</trace>'
    )
    assert only(body) == [[0, 0], [1, 1], [2, 2], [3, 3]]


def test_no_ink():
    assert parse("") == inkml.Traces([], None, foreign=True)
    assert parse("<trace> </trace>").lines == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<trace>1 2</trace><trace>1</trace>", "trace 1: point 0: it has 1 values where its format has 2"),
        ("<trace>1 2, 3 4 5</trace>", "trace 0: point 1: it has more values than the 2"),
        ("<trace>1 2,, 3 4</trace>", "trace 0: point 1: it has 0 values"),
        ("<trace>,</trace>", "trace 0: point 0"),
        ("<trace>'1 2</trace>", "begins with a difference"),
        ("<trace>* 2</trace>", "begins with a wildcard"),
        ("<trace>1 T</trace>", "T is not a coordinate"),
        ("<trace>1 2; 3 4</trace>", "point 0: unexpected ';'"),
        ("<trace>1 2,'</trace>", "no value after its prefix"),
        ("<trace>1 2,'' 3 4</trace>", "no value between"),
        ("<trace>1 2,3 !,5 6</trace>", "no value between"),
        ("<trace>1 2 NaN</trace>", "unexpected 'N'"),
        ("<trace>1 x2</trace>", "unexpected 'x'"),
        ("<trace>1 1e999</trace>", "trace 0: its ink, point 0"),
        ("<trace>0 0,'1e308 0,\"1e308 0</trace>", "trace 0: its ink, point 2"),
        (f"<trace>1 #{'F' * 400}</trace>", "too large"),
        ('<trace continuation="end" priorRef="#x">1 2</trace>', "trace 0: it continues a trace 'x'"),
        (f"<traceFormat>{channels('X')}</traceFormat><trace>1</trace>", "no regular channels X and Y"),
        (f"<traceFormat>{channels('X', extra=['Y'])}</traceFormat><trace>1 2</trace>", "no regular channels"),
        (
            '<traceFormat><channel name="X" units="m"/><channel name="Y" units="mm"/></traceFormat><trace>1</trace>',
            "different units",
        ),
        ('<context xml:id="a" contextRef="#a"/><trace>1 2</trace>', "refers to itself"),
        ('<context xml:id="a" contextRef="#b"/><context xml:id="b" contextRef="#a"/><trace>1 2</trace>', "itself"),
        ('<annotation type="ductus:x-height">-3</annotation>', "not a height"),
        ('<annotation type="ductus:x-height">tall</annotation>', "not a height"),
        ("<trace>1 2</trase>", "not well-formed XML"),
        ("<trace>1 2 &ink;</trace>", "not well-formed XML"),
        ("<g>" * 40 + "</g>" * 40, "nested"),
    ],
)
def test_faults_are_named(body, complaint):
    with pytest.raises(InkError) as caught:
        parse(body)
    assert complaint in str(caught.value)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE ink [<!ENTITY a "1 2,">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><ink><trace>&i;</trace></ink>"
)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (BOMB.encode(), "document type or entity"),
        (b'<!DOCTYPE ink SYSTEM "file:///etc/passwd"><ink>&a;</ink>', "undefined entity"),
        (b'<!DOCTYPE ink SYSTEM "a" [<!ENTITY a SYSTEM "file:///etc/passwd">]><ink>&a;</ink>', "document type or"),
        (b"<!doctype ink><ink/>", "document type or entity"),
        (BOMB.encode("utf-16"), "document type or entity"),
        (BOMB.encode("utf-16-be"), "document type or entity"),
        ("<ink/>".encode("utf-16-le")[:-1], "not UTF-16-LE at byte 10"),
        ("<ink>\0</ink>".encode("utf-16"), "a null at character 5"),
        (b'<?xml version="1.0" encoding="UTF-7"?><ink/>', "'utf-7': UTF-8, UTF-16 .* are read"),
        (b'<?xml version="1.0" encoding="UTF-16"?><ink/>', "'utf-16': UTF-8, UTF-16 .with its mark., ASCII"),
        (b"<ink>\xff</ink>", "not UTF-8 at byte 5"),
        (b"<svg/>", "not InkML"),
        (b"", "not well-formed"),
        (b"\x00", "a null"),
        (b"<ink>" + b"<a/>" * 400_001 + b"</ink>", "tags"),
        (b"<ink a=''" + b" b=''" * 1_000_001 + b"/>", "attributes"),
        (b"<ink>" * 100_000, "nested"),
        (b"<ink><trace>" + b"1 2," * 1_000_001 + b"</trace></ink>", "points"),
        (b"<ink><trace>1 2" + b" " * 2_000_000 + b"x</trace></ink>", "unexpected"),
        (b"<ink><trace>" + b"1" * 2_000_000 + b" 1</trace></ink>", "not finite"),
        (b"<ink><trace>1" + b"'" * 2_000_000 + b"</trace></ink>", "no value"),
        (b"<ink>" + b"<trace>1 2,3 4</trace>" * 30_000 + b"</ink>", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_hostile_files(data, complaint):
    tracemalloc.start()
    start = time.monotonic()
    if complaint is None:
        inkml.parse(data)
    else:
        with pytest.raises(InkError, match=complaint):
            inkml.parse(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data) + 2_000_000 or peak < 300e6
    assert time.monotonic() - start < 60  # none takes quadratic time


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: INK.format(text).encode("utf-8", "ignore")))
def test_noise_is_ink_or_an_error(data):
    with contextlib.suppress(InkError):
        assert isinstance(inkml.parse(data), inkml.Traces)


@given(st.text("0123456789.-+'\"!*?TF#eE, \n", max_size=60))
def test_noise_in_a_trace_is_ink_or_an_error(text):
    element = ElementTree.Element("ink")
    ElementTree.SubElement(element, "trace").text = text
    try:
        lines = inkml.parse(ElementTree.tostring(element)).lines
    except InkError as error:
        assert str(error).startswith("trace 0: ")
    else:
        assert all(np.isfinite(stroke).all() for line in lines for stroke in line)
