"""Weight files: load `.jb64`, `.jb64.gz` and the 2016 article's JSON, recognised by content; save the first two.

The JB64 columns are `FIELDS`. The first record holds only the metadata, as JSON text: the keys of `weights`, the
file's `format`, and a list of the `arrays` that follow, each with its shape, a `type` (int8 or float32) and, for
int8, whether the `scale` goes by row or by column. Then comes one record for each row of each array (a vector is one
row): `floats` (float32), or `int8` (text: see `quantise.to_text`) with the row's `scale`. Scales by column come
before their array, in a record whose row is null, as `floats` of 64 bits. All numbers are little-endian. Since each
record is one row, a file loads while it arrives and an error names its row.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ductus.safe_json import deeper_than
from ductus.weights import distill2016, jb64
from ductus.weights.quantise import Quantised, from_text, to_text
from ductus.weights.weights import Weights, WeightsError, all_shapes, by_column, check_metadata, row_scales

FORMAT = "ductus weights 1"
FIELDS = (
    ("array", "string"),
    ("row", "integer"),
    ("scale", "number"),
    ("floats", "binary"),
    ("int8", "custom:int8"),
    ("metadata", "string"),
)
MAX_BYTES = 160 * 1024 * 1024  # unpacked; the largest network allowed (weights.MAX_UNITS, float32) needs about this
_GZIP, _PIECE = b"\x1f\x8b", 1 << 20
_TYPES = ("int8", "float32")


def load(source: bytes | str | Path) -> Weights:
    """Return the weights in a file, by its path or its bytes. Raise WeightsError, or OSError if unreadable."""
    loader = Loader()
    if isinstance(source, bytes | bytearray | memoryview):
        loader.feed(bytes(source))
        return loader.finish()
    with Path(source).open("rb") as file:
        while piece := file.read(_PIECE):
            loader.feed(piece)
    return loader.finish()


def save(weights: Weights, path: str | Path) -> None:
    """Write the file, gzipped if the path ends in .gz; the bytes depend on the weights alone."""
    path = Path(path)
    data = b"".join(encode(weights))
    if path.suffix == ".gz":
        data = gzip.compress(data, 9, mtime=0)
    partial = path.with_name(path.name + ".part")  # so that an interrupted save leaves the old file whole
    partial.write_bytes(data)
    partial.replace(path)


def encode(weights: Weights) -> Iterator[bytes]:
    """Yield the lines of the JB64 file."""
    return jb64.encode(FIELDS, _records(weights))


def _records(weights: Weights) -> Iterator[tuple]:
    listing = []
    for name, array in weights.arrays.items():
        entry = {"name": name, "shape": list(all_shapes(weights.metadata)[name])}
        if isinstance(array, Quantised):
            entry |= {"type": "int8", "scale": "column" if by_column(array) else "row"}
        else:
            entry |= {"type": "float32"}
        listing.append(entry)
    metadata = {"format": FORMAT, **weights.metadata, "arrays": listing}
    yield None, None, None, None, None, json.dumps(metadata, ensure_ascii=False, allow_nan=False)
    for name, array in weights.arrays.items():
        if not isinstance(array, Quantised):
            for index, row in enumerate(np.atleast_2d(array)):
                yield name, index, None, row.astype("<f4").tobytes(), None, None
            continue
        rows, scales = np.atleast_2d(array.values), [float(scale) for scale in row_scales(array)]
        if by_column(array):
            yield name, None, None, array.scale[0].astype("<f8").tobytes(), None, None
            scales = [None] * len(rows)
        for index, row in enumerate(rows):
            yield name, index, scales[index], None, to_text(row), None


class Loader:
    """Reads a weight file piece by piece.

    `rows` of `expected` rows have been read so far (expected is 0 before the metadata). Nothing is allocated on the
    file's word: memory grows with the bytes that arrive, up to `MAX_BYTES`.
    """

    def __init__(self):
        self.rows = self.expected = 0
        self._start = b""  # kept until the format is known
        self._read: Callable[[bytes], None] | None = None  # the reader of the unpacked bytes
        self._unzip = None
        self._size = 0
        self._jb64 = jb64.Decoder()
        self._article = bytearray()
        self._table: _Table | None = None

    def feed(self, piece: bytes) -> None:
        """Read the next bytes of the file. Raise WeightsError, naming the place, as soon as something is wrong."""
        if self._read is None:
            piece, self._start = self._start + piece, b""
            if len(piece) < len(_GZIP):
                self._start = piece
                return
            self._unzip = zlib.decompressobj(31) if piece.startswith(_GZIP) else None
            self._read = self._choose
        if self._unzip is None:
            for first in range(0, len(piece), _PIECE):  # so that few records of another format are decoded
                self._take(piece[first : first + _PIECE])
            return
        while piece:
            try:
                unpacked = self._unzip.decompress(piece, _PIECE)
            except zlib.error as error:
                raise WeightsError(f"the gzip data is damaged ({error})") from None
            self._take(unpacked)
            if self._unzip.eof and self._unzip.unused_data:
                raise WeightsError("something follows the end of the gzip data")
            piece = self._unzip.unconsumed_tail

    def finish(self) -> Weights:
        """Return the weights, checked against the metadata's hash. Raise WeightsError if the file is cut short."""
        if self._read is None or self._size == 0:
            raise WeightsError("the file is empty or cut short")
        if self._unzip is not None and not self._unzip.eof:
            raise WeightsError(f"the gzip data is cut short after {self.rows} of {self.expected} rows")
        if self._article:
            try:
                return Weights(*distill2016.parse(bytes(self._article)))
            except distill2016.ArticleError as error:
                raise WeightsError(str(error)) from None
        try:
            self._add(self._jb64.finish())
        except jb64.Jb64Error as error:
            raise WeightsError(str(error)) from error
        if self._table is None:
            raise WeightsError("the file ends before its metadata")
        return self._table.weights()

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MAX_BYTES:
            raise WeightsError(f"the file has more than {MAX_BYTES} bytes")
        if data and self._read:
            self._read(data)

    def _choose(self, data: bytes) -> None:
        # base64 holds neither bracket, blank nor byte order mark, so the first byte tells
        self._read = self._read_article if data[:1] in b"[ \t\r\n\xef" else self._read_jb64
        self._read(data)

    def _read_article(self, data: bytes) -> None:
        self._article += data
        if len(self._article) > distill2016.MAX_BYTES:
            raise WeightsError(f"a JSON weight file has at most {distill2016.MAX_BYTES} bytes")

    def _read_jb64(self, data: bytes) -> None:
        try:
            self._add(self._jb64.feed(data))
        except jb64.Jb64Error as error:
            raise WeightsError(str(error)) from error

    def _add(self, records: list[list]) -> None:
        first = self._jb64.line - len(records) + 1
        for line, record in enumerate(records, first):
            try:
                if self._table is None:
                    self._table = _Table(self._jb64.fields, record)
                    self.expected = self._table.expected
                else:
                    self.rows += self._table.add(record)
            except WeightsError as error:
                raise WeightsError(f"line {line}: {error}") from None


class _Table:
    """The rows of a JB64 weight file, which must come in the metadata's order."""

    def __init__(self, fields: list[jb64.Field], record: list):
        if tuple(tuple(field) for field in fields) != FIELDS:
            raise WeightsError(f"the columns are {[field.name for field in fields]}, which are not a weight file's")
        text = record[-1] or ""
        try:
            if deeper_than(text.encode(), jb64.MAX_DEPTH):
                raise ValueError
            metadata = json.loads(text, parse_constant=_no_constant)
        except ValueError:
            raise WeightsError("the first record does not hold the metadata as JSON") from None
        self.metadata = check_metadata(metadata)
        if metadata.get("format") != FORMAT:
            raise WeightsError(f"the format is {metadata.get('format')!r:.40}, not {FORMAT!r}")
        self._entries = _check_listing(metadata)
        self._shapes = all_shapes(self.metadata)
        self.expected = sum(self._row_count(name) for name in self._shapes)
        self._rows: dict[str, list[np.ndarray]] = {name: [] for name in self._shapes}
        self._scales: dict[str, list[float]] = {name: [] for name in self._shapes}
        self._order = iter(self._shapes)
        self._name = next(self._order)

    def _row_count(self, name: str) -> int:
        return self._shapes[name][0] if len(self._shapes[name]) == 2 else 1

    def add(self, record: list) -> bool:
        """Add one record; return True for a row, False for the scales of the columns."""
        name, row = record[:2]
        rows = self._rows[self._name]
        if len(rows) == self._row_count(self._name):
            self._name = next(self._order, "")
            if not self._name:
                raise WeightsError(f"array {name!r:.40}: a record after the last row")
            rows = self._rows[self._name]
        if name != self._name:
            raise WeightsError(f"array {name!r:.40}, where row {len(rows)} of {self._name} was expected")
        entry = self._entries[name]
        if entry["type"] == "int8" and entry["scale"] == "column" and not len(self._scales[name]):
            if row is not None:
                raise WeightsError(f"{name}, row {row}: the scales of its columns were expected")
            self._scales[name] = self._floats(record, "<f8").tolist()
            return False
        if row != len(rows):
            raise WeightsError(f"{name}, row {row}, where row {len(rows)} was expected")
        if entry["type"] == "float32":
            rows.append(self._floats(record, "<f4"))  # (C,)
            return True
        rows.append(self._int8(record))  # (C,)
        if entry["scale"] == "row":
            if record[2] is None:
                raise WeightsError(f"{name}, row {row}: there is no scale")
            self._scales[name].append(float(record[2]))
        return True

    def _floats(self, record: list, dtype: str) -> np.ndarray:
        """Return a record's numbers (C,), one for each column of its array."""
        name, row, _, raw = record[:4]
        width = self._shapes[name][-1] * np.dtype(dtype).itemsize
        if not isinstance(raw, bytes) or len(raw) != width:
            raise WeightsError(f"{name}, row {row}: {len(raw or b'')} bytes, not {width}")
        return np.frombuffer(raw, dtype)

    def _int8(self, record: list) -> np.ndarray:
        """Return a record's 8-bit values (C,), one for each column of its array."""
        name, row, _, _, text = record[:5]
        width = self._shapes[name][-1]
        if not isinstance(text, str) or len(text) != width:
            raise WeightsError(f"{name}, row {row}: not a text of {width} characters")
        try:
            return from_text(text)
        except ValueError as error:
            raise WeightsError(f"{name}, row {row}: {error}") from None

    def weights(self) -> Weights:
        """Return all rows as weights. Raise WeightsError if rows are missing or their hash is not the metadata's."""
        arrays = {}
        for name, shape in self._shapes.items():
            rows = self._rows[name]
            if len(rows) < self._row_count(name):
                raise WeightsError(f"the file ends after {len(rows)} of the {self._row_count(name)} rows of {name}")
            numbers = np.stack(rows).reshape(shape)
            if self._entries[name]["type"] == "int8":
                column = self._entries[name]["scale"] == "column"
                scale = np.reshape(self._scales[name], (1, -1) if column else (-1, 1))
                numbers = Quantised(numbers, scale if len(shape) == 2 else scale.ravel()[0])
            arrays[name] = numbers
        weights = Weights(arrays, self.metadata)
        claimed = self.metadata.get("sha256")
        if claimed is not None and claimed != weights.metadata["sha256"]:
            raise WeightsError("the SHA-256 in the metadata is not that of the weights: the file was changed")
        return weights


def _check_listing(metadata: dict) -> dict[str, dict]:
    """Return the metadata's list of arrays, by name."""
    expected = all_shapes(metadata)
    listing = metadata.get("arrays")
    if not (isinstance(listing, list) and all(isinstance(entry, dict) for entry in listing)):
        raise WeightsError("the metadata does not list the arrays")
    if [entry.get("name") for entry in listing] != list(expected):
        raise WeightsError(f"the metadata must list the arrays {list(expected)}, in this order")
    for entry in listing:
        name = entry["name"]
        if entry.get("shape") != list(expected[name]):
            raise WeightsError(f"{name}: the shape {entry.get('shape')!r:.40} is not {list(expected[name])}")
        if entry.get("type") not in _TYPES:
            raise WeightsError(f"{name}: the type {entry.get('type')!r:.40} is neither int8 nor float32")
        if entry["type"] == "int8" and entry.get("scale") not in ("row", "column"):
            raise WeightsError(f"{name}: the scale goes by row or by column, not by {entry.get('scale')!r:.40}")
    return {entry["name"]: entry for entry in listing}


def _no_constant(name: str):
    raise ValueError(f"{name} is not JSON")
