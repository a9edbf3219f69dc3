"""Hostile files, made from valid ones: the input of `test_fuzz.py` for every parser of untrusted data.

A valid file is split into the texts that its parser sees after unwrapping (the JSON inside a record's base64 and MD5,
an array in an archive, a link's digits inside its checksum). These are damaged, then wrapped correctly; only then may
the whole be damaged. Otherwise hardly any case would pass the first check.
"""

import re
import tracemalloc
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

# Values that break parsers of numbers, texts and trees: not finite, too large for a float or an int64, of other types
# and alphabets, opened and never closed, claims of huge sizes.
TOKENS = [
    *(
        b"NaN",
        b"nan",
        b"-Infinity",
        b"inf",
        b"1e999",
        b"-1e308",
        b"1e-320",
        b"-0",
        b"0",
        b"-1",
        b"2",
        b"1e5",
        b"7e17",
    ),
    *(b"9" * 400, b"9" * 5000, b"1_0", b"0x10", "١٢".encode(), b"4294967295", b"9223372036854775808", b"2048"),
    *(b"null", b"true", b'"text"', b'""', b"[]", b"{}", b"[[]]", b"[0,0,1]", b'{"a":1,"a":2}', b'"\\ud800"'),
    *(b"[" * 3000, b'{"a":' * 2000, b"[[0,0],[19000,0]],", b"]", b"}", b",", b":", b'"', b"\\", b"'", b"!", b"*"),
    *(b"<traceGroup>" * 200, b"<Stroke/>", b"<Point/>", b"<trace>0 0,1 1</trace>", b"<!DOCTYPE a>", b"<!--", b"?"),
    *(b"]]>", b"<![CDATA[", b"&a;", b"&amp;", b"</ink>", b"(1000000000, 3)", b"(3,)", b"'>f8'", b"'|O'", b"True"),
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\n", b"\r\n", b" ", b"\t" * 500, "é€😀".encode(), b"PK\5\6"),
]
_VALUE = re.compile(rb'"[^"]{0,5000}"|-?[0-9][0-9.eE+-]*|true|false|null|None')


class Target(NamedTuple):
    """A parser of untrusted data: the errors it may raise, valid files in parts, and its memory limit."""

    name: str
    parse: Callable[[bytes], object]
    error: type | tuple
    join: Callable[[list[bytes]], bytes]
    good: list[list[bytes]]
    factor: int = 100  # bytes of memory per byte of the file, at most
    constant: int = 2_000_000  # plus this many bytes


def plain(parts):
    """Join the lines of a file."""
    return b"\n".join(parts)


def _flip(part, a, b, token):
    at = a % (len(part) or 1)
    return part[:at] + bytes(byte ^ (1 << b % 8) for byte in part[at : at + 1]) + part[at + 1 :]


def _end(part, a, b, token):
    return part[: a % (len(part) + 1)]


def _cut(part, a, b, token):
    at = a % (len(part) + 1)
    return part[:at] + part[at + b % 40 :]


def _double(part, a, b, token):
    at = a % (len(part) + 1)
    return part[:at] + part[at : at + b % 400] + part[at:]


def _repeat(part, a, b, token):
    at = a % (len(part) + 1)
    return part[:at] + part[at : at + 1 + b % 30] * (b % 3000) + part[at:]


def _insert(part, a, b, token):
    at = a % (len(part) + 1)
    return part[:at] + token + part[at:]


def _value(part, a, b, token):
    found = list(_VALUE.finditer(part))
    if not found:
        return part + token
    one = found[a % len(found)]
    return part[: one.start()] + token + part[one.end() :]


def _nest(part, a, b, token):
    found = list(_VALUE.finditer(part))
    if not found:
        return b"[" * (b % 3000) + part
    one, deep = found[a % len(found)], b % 3000 if a % 2 else b % 20
    return part[: one.start()] + b"[" * deep + one[0] + b"]" * deep + part[one.end() :]


def _swap(part, a, b, token):
    """Swap two values."""
    found = list(_VALUE.finditer(part))
    if len(found) < 2:
        return part
    one, other = sorted((found[a % len(found)], found[b % len(found)]), key=lambda match: match.start())
    if one is other or one.start() == other.start():
        return part
    between = part[one.end() : other.start()]
    return part[: one.start()] + other[0] + between + one[0] + part[other.end() :]


_changes = st.tuples(
    st.sampled_from([_flip, _end, _cut, _double, _repeat, _insert, _value, _value, _nest, _swap]),
    st.integers(0, 2**20),
    st.integers(0, 2**20),
    st.sampled_from(TOKENS),
)


def _changed(parts, changes):
    parts = list(parts)
    for place, (change, a, b, token) in changes:
        at = place % len(parts)
        parts[at] = change(parts[at], a, b, token)
    return parts


def _moved(parts, moves):
    """Drop, double or swap whole parts."""
    parts = list(parts)
    for kind, a, b in moves:
        a, b = a % len(parts), b % len(parts)
        if kind == "drop" and len(parts) > 1:
            del parts[a]
        elif kind == "double":
            parts.insert(b, parts[a])
        elif kind == "swap":
            parts[a], parts[b] = parts[b], parts[a]
    return parts


_moves = st.tuples(st.sampled_from(["drop", "double", "swap"]), st.integers(0, 40), st.integers(0, 40))


@st.composite
def damaged(draw, target: Target):
    """Draw a file of this kind with damage inside, outside, or both."""
    parts = draw(st.sampled_from(target.good))
    parts = _moved(parts, draw(st.lists(_moves, max_size=2)))
    parts = _changed(parts, draw(st.lists(st.tuples(st.integers(0, 40), _changes), max_size=4)))
    data = target.join(parts)
    for change, a, b, token in draw(st.lists(_changes, max_size=1)):
        data = change(data, a, b, token)
    return data


def noise(target: Target):
    """Return arbitrary bytes: alone, after the start of a valid file, and in its wrapping."""
    some = st.binary(max_size=300) | st.lists(st.sampled_from(TOKENS), max_size=8).map(b"".join)
    whole = [target.join(parts) for parts in target.good]
    prefixed = st.tuples(st.sampled_from(whole), st.integers(0, 400)).map(lambda one: one[0][: one[1]])
    return st.one_of(
        some,
        st.tuples(prefixed, some).map(b"".join),
        some.map(lambda one: target.join([one])),
    )


def peak_of(parse: Callable[[], object]) -> tuple[object, int]:
    """Return the value of a call and its peak memory in bytes."""
    tracemalloc.start()
    try:
        return parse(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
