"""JB64 against the format as it is described, worked out here with nothing but the standard library."""

import base64
import hashlib
import json
from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.weights import jb64

FIELDS = [
    ("b", "boolean"),
    ("i", "integer"),
    ("n", "number"),
    ("d", "date"),
    ("t", "time"),
    ("s", "string"),
    ("x", "binary"),
    ("c", "custom:point"),
]


def line(text: str, hashed: bool = True, end: str = "\r\n") -> bytes:
    """A line as another program would write it."""
    body = base64.b64encode(text.encode()).decode().replace("+", "-").replace("/", "_").rstrip("=")
    digest = "." + hashlib.md5(body.encode()).hexdigest() if hashed else ""
    return (body + digest + end).encode()


def test_writes_what_the_format_says():
    lines = list(jb64.encode([("naïve", "string"), ("raw", "binary")], [["ß?", b"\xff\xfe\xfd>"], [None, None]]))
    assert lines[0] == line('[["naïve","string"],["raw","binary"]]')
    assert lines[1] == line('["ß?","__79Pg"]')
    assert lines[2] == line("[null,null]")


def test_reads_what_others_write():
    text = '[true, 3.0, 2.5, "0987-06-05 04:03:02", "23:59:58", "\\u00df", "__79Pg", {"x": [1]}]'
    data = line(json.dumps(FIELDS), hashed=False, end="\n") + line(text, hashed=False, end="")
    fields, records = jb64.decode(data)
    assert fields == [jb64.Field(*field) for field in FIELDS]
    date = datetime(987, 6, 5, 4, 3, 2)
    assert records == [[True, 3, 2.5, date, time(23, 59, 58), "ß", b"\xff\xfe\xfd>", {"x": [1]}]]


seconds = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda moment: moment.replace(microsecond=0))
values = st.tuples(
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    seconds,
    seconds.map(datetime.time),
    st.text(),
    st.binary(max_size=200),
    st.dictionaries(st.text(), st.lists(st.integers(-9, 9))),
)
records_of_all_types = st.lists(st.tuples(*[st.none() | st.nothing()] * 8) | values, max_size=5).map(
    lambda rows: [list(row) for row in rows]
)


@given(records_of_all_types, st.lists(st.integers(1, 400), max_size=20))
def test_what_is_written_is_read_again_in_any_pieces(records, cuts):
    data = b"".join(jb64.encode(FIELDS, records))
    decoder, read = jb64.Decoder(), []
    for cut in cuts:
        read += decoder.feed(data[:cut])
        data = data[cut:]
    read += decoder.feed(data) + decoder.finish()
    assert decoder.fields == [jb64.Field(*field) for field in FIELDS]
    assert read == records
    assert [[type(value) for value in record] for record in read] == [
        [type(value) for value in record] for record in records
    ]


HEADER = line('[["a","integer"],["x","binary"]]')


@pytest.mark.parametrize(
    ("data", "error", "number"),
    [
        (b"", jb64.MissingHeader, 1),
        (line("[]"), jb64.MissingHeader, 1),
        (line('["a","integer"]'), jb64.MissingHeader, 1),
        (line('[["a","integer",1]]'), jb64.MissingHeader, 1),
        (line('[["a","float"]]'), jb64.UnknownType, 1),
        (line('{"a":1}'), jb64.NotAnArray, 1),
        (HEADER + line("7"), jb64.NotAnArray, 2),
        (HEADER + line("[1,"), jb64.BadJson, 2),
        (HEADER + line("[NaN,null]"), jb64.BadJson, 2),
        (HEADER + line("[" * 100_000), jb64.BadJson, 2),
        (HEADER + base64.urlsafe_b64encode(b'["\xff\xfe"]').rstrip(b"=") + b"\r\n", jb64.BadJson, 2),
        (HEADER + line("[1]"), jb64.WrongCount, 2),
        (HEADER + line("[1,null,null]"), jb64.WrongCount, 2),
        (HEADER + line('["1",null]'), jb64.BadValue, 2),
        (HEADER + line("[true,null]"), jb64.BadValue, 2),
        (HEADER + line("[1.5,null]"), jb64.BadValue, 2),
        (HEADER + line('[1,"__79Pg=="]'), jb64.BadValue, 2),
        (HEADER + line("[1,null]") + b"WzEsbnVsb+0\r\n", jb64.BadBase64, 3),
        (HEADER + b"WzEsbnVsbF0=\r\n", jb64.BadBase64, 2),
        (HEADER + b"WzEsb\r\n", jb64.BadBase64, 2),
        (HEADER + line("[1,null]").replace(b".", b".0", 1), jb64.HashMismatch, 2),
        (HEADER + line("[1,null]")[:-9] + b"\r\n", jb64.HashMismatch, 2),
        (HEADER + b"X" + line("[1,null]")[1:], jb64.HashMismatch, 2),
    ],
)
def test_names_the_fault_and_the_line(data, error, number):
    with pytest.raises(error, match=f"^line {number}: ") as caught:
        jb64.decode(data)
    assert caught.value.line == number


@pytest.mark.parametrize(
    ("fields", "record", "error"),
    [
        ([("a", "integer")], [True], jb64.BadValue),
        ([("a", "number")], [float("nan")], jb64.BadValue),
        ([("a", "custom:x")], [float("inf")], jb64.BadValue),
        ([("a", "string")], ["\ud800"], jb64.BadValue),
        ([("a", "date")], [datetime(2000, 1, 1, 0, 0, 0, 1)], jb64.BadValue),
        ([("a", "string")], ["x", "y"], jb64.WrongCount),
        ([("a", "text")], ["x"], jb64.UnknownType),
        ([], [], jb64.MissingHeader),
    ],
)
def test_does_not_write_what_could_not_be_read(fields, record, error):
    with pytest.raises(error):
        list(jb64.encode(fields, [record]))


def test_a_line_without_end_is_refused_before_it_is_held():
    decoder = jb64.Decoder(max_line=1000)
    decoder.feed(HEADER)
    with pytest.raises(jb64.LineTooLong, match="line 2"):
        for _ in range(100):
            decoder.feed(b"A" * 100)


@given(st.binary(max_size=300))
def test_any_bytes_give_records_or_a_typed_error(noise):
    for data in (noise, HEADER + noise):
        try:
            jb64.decode(data)
        except jb64.Jb64Error as error:
            assert error.line >= 1
