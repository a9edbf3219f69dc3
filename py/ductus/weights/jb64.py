"""JB64: a file of typed records, one a line, that survives any text channel.

A line is the JSON text of an array in base64 (with ``-`` and ``_`` and no padding), a ``.``, the MD5 of that
base64 text in hex, and CR LF. The hash may be missing in a file that is read. The first record is the header: an
array of [name, type] pairs; every later record has one value for each pair, and any value may be null.

Types and the Python values that stand for them:

| type in the file | Python                                                   |
|------------------|----------------------------------------------------------|
| boolean          | bool                                                     |
| integer          | int                                                      |
| number           | int or float, finite                                     |
| date             | datetime.datetime (``YYYY-MM-DD HH:MM:SS`` in the file)  |
| time             | datetime.time (``HH:MM:SS``)                             |
| string           | str                                                      |
| binary           | bytes (base64 of its own, in the same alphabet)          |
| custom:...       | any JSON value                                           |
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from typing import Any, NamedTuple

from ductus.safe_json import deeper_than

MAX_LINE = 4 * 1024 * 1024  # bytes; the longest record of a 4096-unit network is 0.2 MB, so this is generous
MAX_DEPTH = 100  # of brackets in a record; a record of ours has two
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_STANDARD = bytes.maketrans(b"-_", b"+/")  # the alphabet that binascii reads
_HASH = re.compile(rb"[0-9a-fA-F]{32}")
_DATE, _TIME = "%Y-%m-%d %H:%M:%S", "%H:%M:%S"


class Jb64Error(ValueError):
    """A line that is not a JB64 record. `line` counts from 1; None while encoding."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


class BadBase64(Jb64Error):
    """The text before the dot is not base64 in the URL-safe alphabet."""


class HashMismatch(Jb64Error):
    """The line's MD5 is not that of its base64 text."""


class BadJson(Jb64Error):
    """The decoded line is not UTF-8 JSON."""


class NotAnArray(Jb64Error):
    """The decoded line is JSON, but not an array."""


class WrongCount(Jb64Error):
    """The record has more or fewer values than the header."""


class UnknownType(Jb64Error):
    """The header names a type that the format does not have."""


class MissingHeader(Jb64Error):
    """There is no first record, or it is not an array of [name, type] pairs."""


class BadValue(Jb64Error):
    """A value does not fit its column's type."""


class LineTooLong(Jb64Error):
    """The line is longer than the decoder's limit."""


class Field(NamedTuple):
    """One column of the file: its name and its type."""

    name: str
    type: str


def to_base64(data: bytes) -> bytes:
    """Return bytes as base64 in JB64's alphabet, unpadded."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def from_base64(text: bytes) -> bytes:
    """Return the bytes in base64. Raise ValueError for text that `to_base64` could not have written."""
    if text.translate(None, _ALPHABET) or len(text) % 4 == 1:  # characters outside the alphabet
        raise ValueError("not base64 in the alphabet A-Z a-z 0-9 - _ without padding")
    return binascii.a2b_base64(text.translate(_STANDARD) + b"=" * (-len(text) % 4))


def encode(fields: Iterable[Sequence[str]], records: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield the file's lines, header first, each with its hash and CR LF.

    Raises UnknownType, WrongCount or BadValue before the line in question.
    """
    fields = _check_fields([list(field) for field in fields], None)
    yield encode_line([list(field) for field in fields])
    for record in records:
        if len(record) != len(fields):
            raise WrongCount(f"{len(record)} values for {len(fields)} columns")
        yield encode_line([_to_json(value, field) for value, field in zip(record, fields, strict=True)])


def encode_line(values: list) -> bytes:
    """Return an array of JSON values as a line of the file. Raise BadValue if JSON cannot hold one."""
    try:
        text = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        body = to_base64(text.encode())
    except ValueError as error:  # a NaN, or a lone surrogate
        raise BadValue(str(error)) from None
    return body + b"." + hashlib.md5(body, usedforsecurity=False).hexdigest().encode() + b"\r\n"


def decode(data: bytes) -> tuple[list[Field], list[list]]:
    """Return a whole file's header and records. Raise a Jb64Error that names the line."""
    decoder = Decoder()
    records = decoder.feed(data)
    records += decoder.finish()
    return decoder.fields, records


class Decoder:
    """Reads a file piece by piece: `feed` takes bytes and returns the complete records.

    `fields` is the header (empty until its line is read), `line` the number of lines read so far. It keeps at most
    one line in memory.
    """

    def __init__(self, max_line: int = MAX_LINE):
        self.fields: list[Field] = []
        self.line = 0
        self._max_line = max_line
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> list[list]:
        """Return the records that this piece completes. Raise a Jb64Error that names the line."""
        self._rest += chunk
        records, begin = [], 0
        while (end := self._rest.find(b"\n", begin)) >= 0:  # one by one: a list of them might take far more memory
            self._read(bytes(self._rest[begin:end]), records)
            begin = end + 1
        del self._rest[:begin]
        if len(self._rest) > self._max_line:
            raise LineTooLong(f"longer than {self._max_line} bytes", self.line + 1)
        return records

    def finish(self) -> list[list]:
        """The record of a last line that has no line end, if there is one. Raises MissingHeader on an empty file."""
        records = []
        if self._rest:
            self._read(bytes(self._rest), records)
            self._rest = bytearray()
        if not self.fields:
            raise MissingHeader("the file is empty; the first record must be the header", 1)
        return records

    def _read(self, line: bytes, records: list[list]) -> None:
        self.line += 1
        if len(line) > self._max_line:
            raise LineTooLong(f"longer than {self._max_line} bytes", self.line)
        values = decode_line(line.removesuffix(b"\r"), self.line)
        if not self.fields:
            self.fields = _check_fields(values, self.line)
            return
        if len(values) != len(self.fields):
            raise WrongCount(f"{len(values)} values for {len(self.fields)} columns", self.line)
        pairs = zip(values, self.fields, strict=True)
        records.append([None if value is None else _from_json(value, field, self.line) for value, field in pairs])


def decode_line(line: bytes, number: int) -> list:
    """Return the JSON array in one line, given without its line end. `number` is for the error's message."""
    body, dot, digest = line.partition(b".")
    if dot and hashlib.md5(body, usedforsecurity=False).hexdigest().encode() != digest.lower():
        if not _HASH.fullmatch(digest):
            raise HashMismatch("the text after the dot is not an MD5 of 32 hex digits", number)
        raise HashMismatch("its MD5 does not match: the line was changed or cut", number)
    try:
        text = from_base64(body)
    except ValueError as error:
        raise BadBase64(str(error), number) from None
    if deeper_than(text, MAX_DEPTH):
        raise BadJson(f"nested deeper than {MAX_DEPTH} levels", number)
    try:
        values = _JSON.decode(text.decode("utf-8"))
    except ValueError as error:
        raise BadJson(f"not JSON ({error})", number) from None
    if not isinstance(values, list):
        raise NotAnArray(f"a record is a JSON array, this is {type(values).__name__}", number)
    return values


def _no_constant(name: str):
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_no_constant)


def _check_fields(pairs: list, line: int | None) -> list[Field]:
    if not pairs:
        raise MissingHeader("the header names no column", line)
    fields = []
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            raise MissingHeader("the first record must be an array of [name, type] pairs", line)
        field = Field(*pair)
        if field.type not in _READERS and not field.type.startswith("custom:"):
            raise UnknownType(f"column {field.name!r} has the unknown type {field.type!r}", line)
        fields.append(field)
    return fields


def _is_integer(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value) -> bool:
    if isinstance(value, float):
        return value - value == 0  # neither NaN nor infinite
    return _is_integer(value)


def _to_json(value, field: Field):
    if value is None:
        return None
    kind = field.type
    fits = {
        "boolean": lambda: isinstance(value, bool),
        "integer": lambda: _is_integer(value),
        "number": lambda: _is_number(value),
        "date": lambda: isinstance(value, datetime) and value.tzinfo is None and not value.microsecond,
        "time": lambda: isinstance(value, time) and value.tzinfo is None and not value.microsecond,
        "string": lambda: isinstance(value, str),
        "binary": lambda: isinstance(value, bytes | bytearray | memoryview),
    }.get(kind, lambda: True)
    if not fits():
        raise BadValue(f"{value!r:.60} does not fit column {field.name!r} of type {kind}")
    if kind == "date":
        # strftime does not pad years before 1000 on every platform
        return value.isoformat(sep=" ")
    if kind == "time":
        return value.isoformat()
    return to_base64(bytes(value)).decode() if kind == "binary" else value


class _Unfit(Exception):
    """The value has another type than its column."""


def _only(kind: type):
    """Return a reader that accepts this type only."""

    def read(value):
        if not isinstance(value, kind):
            raise _Unfit
        return value

    return read


def _read_integer(value) -> int:
    if _is_integer(value):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)  # some writers have only one type of number and write 3.0
    raise _Unfit


def _read_number(value) -> int | float:
    if not _is_number(value):
        raise _Unfit
    return value


_read_string = _only(str)
_READERS = {
    "boolean": _only(bool),
    "integer": _read_integer,
    "number": _read_number,
    "string": _read_string,
    "date": lambda value: datetime.strptime(_read_string(value), _DATE),
    "time": lambda value: datetime.strptime(_read_string(value), _TIME).time(),
    "binary": lambda value: from_base64(_read_string(value).encode()),
}


def _from_json(value, field: Field, line: int):
    read = _READERS.get(field.type)
    try:
        return read(value) if read else value
    except _Unfit:
        raise BadValue(f"{value!r:.60} does not fit column {field.name!r} of type {field.type}", line) from None
    except ValueError as error:
        raise BadValue(f"column {field.name!r}: {error}", line) from None
