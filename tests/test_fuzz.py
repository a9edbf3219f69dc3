"""Every parser of untrusted data, on arbitrary input: a value or its own error, in bounded time and memory.

`--fuzz-examples 20000` runs this many cases of each, new ones in every run; the default is a few hundred.
"""

import base64
import gzip
import hashlib
import io
import itertools
import json
import math
import time
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ductus import cooperative
from ductus.formats import inkml, npz, svg
from ductus.formats import io as ink_files
from ductus.formats import json as ink_json
from ductus.generation import styles
from ductus.generation.styles import StylesError
from ductus.ink import InkError
from ductus.model import Model
from ductus.weights import file as weight_file
from ductus.weights import jb64
from ductus.weights.jb64 import Jb64Error
from ductus.weights.weights import WeightsError
from page.files.file_type import HEAD, INK, WEIGHTS, detect
from page.settings import Choice, Number, Switch
from page.storage import permalink, storage_format
from page.storage.permalink import PermalinkError
from page.storage.storage_format import StorageError
from tests.ductus import test_excalidraw, test_iam, test_inkml, test_stroke3, test_styles, test_svg_read, test_xopp
from tests.ductus.test_weight_file import article_file
from tests.page import test_permalink
from tests.support.fuzzing import Target, damaged, noise, peak_of, plain
from tests.support.networks import random_line, random_weights
from tests.worker.test_ink_session import MODEL, STROKES
from worker.tasks import files
from worker.workspace import Workspace, complete_metadata

FUZZ = settings(settings.get_profile("fuzz"), suppress_health_check=list(HealthCheck))
# Processor time for a file of CLAIMS bytes: a linear parser takes a hundredth of it, a quadratic one in Python a
# hundred times as much.
SECONDS = 60
CLAIMS = 200_000

# --- wrapping


def records(texts):
    """Wrap JSON texts as the lines of a JB64 file, each with the correct MD5."""
    bodies = [base64.urlsafe_b64encode(text).rstrip(b"=") for text in texts]
    return b"".join(body + b"." + hashlib.md5(body).hexdigest().encode() + b"\r\n" for body in bodies)


def texts_of(file):
    """Return the JSON texts of such a file."""
    return [jb64.from_base64(line.partition(b".")[0]) for line in file.split(b"\r\n") if line]


def archive(arrays):
    """.npy files as an .npz."""
    names = ["points.npy", "offsets.npy", "writer.npy"] + [f"more{i}.npy" for i in range(len(arrays))]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, array in zip(names, arrays, strict=False):
            out.writestr(name, array)
    return file.getvalue()


def arrays_of(data):
    """The .npy files of an .npz, in the order of `archive`."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return [file.read(name) for name in ("points.npy", "offsets.npy", "writer.npy")]


def drawings(arrays):
    """.npy files as an .npz of drawings."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for number, array in enumerate(arrays):
            out.writestr(f"arr_{number}.npy", array)
    return file.getvalue()


# --- parsers, as the page calls them


def text(data):
    """Decode bytes to a text that JavaScript could hold, including lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def read_records(data):
    """jb64.decode; its errors name the line."""
    try:
        return jb64.decode(data)
    except Jb64Error as error:
        assert error.line >= 1
        raise


def read_weights(data):
    """Weights, and the model and workspace that the worker makes of them."""
    workspace = Workspace(Model(complete_metadata(weight_file.load(data))))
    assert all(np.isfinite(workspace.model.weights.array(name)).all() for name in workspace.model.weights.arrays)
    return workspace


def reader(suffix):
    """Return a parser of ink with this suffix: as the command line and the worker read a file."""
    name = "some." + suffix

    def load(data):
        for raw in (False, True):
            try:
                tables = ink_files.load(data, 3.24, raw=raw, clock=MODEL.clock, name=name)
            except InkError as error:
                assert str(error).startswith(f"{name}: ")
                refused = error
            else:
                assert all(table.shape[1:] == (3,) and np.isfinite(table).all() for table in tables)
                refused = None
        workspace = Workspace(MODEL)
        cooperative.run(files.load(workspace, "ink", data, name, 0))
        if refused:
            raise refused
        return workspace

    return load


def read_styles(data):
    """Styles of any network."""
    found = styles.parse(data)
    assert all(np.isfinite(style.points).all() and style.name.isprintable() for style in found)
    return found


def read_link(data):
    """The picture of a link's JSON; it can be written again, and what it holds can be saved."""
    picture = permalink.parse(text(data))
    again = (picture[name] for name in ("network", "settings", "strokes"))
    assert permalink.parse(permalink.render(*again)) == picture
    ink = [permalink.texts(stroke) for stroke in picture["strokes"]]
    if ink:
        assert storage_format.parse(storage_format.render(ink)) == ink
    return picture


def read_ink(data):
    """Stored ink: reading gives what was written."""
    found = storage_format.parse(text(data))
    assert storage_format.render(found) == text(data)
    return found


READERS = {
    "steps": Number("steps", 5, 200, 20).read,
    "temperature": Number("temperature", 0.1, 1.5, 0.5, decimals=2).read,
    "line": Choice("line", "ink", "model").read,
    "playing": Switch("playing").read,
}


def read_settings(data):
    """Stored settings."""
    values = storage_format.parse_settings(text(data), READERS)
    assert set(values) <= set(READERS)
    assert storage_format.parse_settings(storage_format.render_settings(values), READERS) == values
    return values


def read_kind(data):
    """What a dropped file is: never an error."""
    kind = detect(data[:HEAD])
    assert kind in (INK, WEIGHTS, "")
    return kind


# --- the table


def weights_without_hash(weights):
    """Return the JSON texts of a weight file without the hash of its arrays."""
    lines = texts_of(b"".join(weight_file.encode(weights)))
    first = json.loads(lines[1])
    metadata = json.loads(first[-1])
    del metadata["sha256"]
    return [lines[0], json.dumps([*first[:-1], json.dumps(metadata)]).encode(), *lines[2:]]


COLUMNS = ("boolean", "integer", "number", "date", "time", "string", "binary", "custom:any")
RECORDS = [
    json.dumps([[f"column {name}", name] for name in COLUMNS]).encode(),
    b'[true,1,2.5,"2016-12-06 12:00:00","12:00:00","text","AAAA",{"a":1}]',
    b"[null,null,null,null,null,null,null,null]",
]
SMALL = random_weights(units=2, mixtures=1, pen_clock={"step": 0.2}, training={"points": 12})
WEIGHTS_GOOD = [weights_without_hash(SMALL), weights_without_hash(SMALL.quantise())]
NPZ = npz.render([random_line(4), random_line(3)])
KEPT_INK = [b"ductus ink 1", b"1 2 3 4", b"0.5 0.5", b"-7.25 1e2", b"0.052"]
KEPT_SETTINGS = [b"ductus settings 1", b"steps 20", b"temperature 0.5", b"line ink", b"playing 1", b"other 7"]
# A record may be as long as jb64.MAX_LINE and the article's JSON as article.MAX_BYTES, whatever they were packed
# from; the pen clock may make ink_files.MAX_POINTS of two places.
PACKED = 150 * 2**20

TARGETS = [
    Target("jb64", read_records, Jb64Error, records, [RECORDS, WEIGHTS_GOOD[0]]),
    Target("weights", read_weights, WeightsError, records, WEIGHTS_GOOD, constant=PACKED),
    Target(
        *("packed weights", read_weights, WeightsError, lambda parts: gzip.compress(records(parts), 1), WEIGHTS_GOOD),
        constant=PACKED,
    ),
    Target("article", read_weights, WeightsError, plain, [[article_file(2, 1)[0]]]),
    Target(
        *("packed article", read_weights, WeightsError, lambda parts: gzip.compress(plain(parts), 1)),
        *([[article_file(2, 1)[0]]],),
        constant=PACKED,
    ),
    Target(
        *("ink as JSON", reader("json"), InkError, plain),
        [
            [ink_json.render([random_line(3)]).encode()],
            [ink_json.render([random_line(3)] * 2).encode()],
            [ink_json.render_strokes(STROKES, 1.0).encode()],
            [b'{"strokes":[[[0,0],[1,-1]],[[2,2],[4,0]]],"x_height":1}'],
        ],
        constant=PACKED,
    ),
    Target("ink as npz", reader("npz"), InkError, archive, [arrays_of(NPZ)], constant=PACKED),
    Target(
        *("InkML", reader("inkml"), InkError, plain),
        [
            [inkml.render([[np.array([[0, 0], [1, -1], [2, 0]])] * 2] * 2, 1.0).encode()],
            [test_inkml.INK.format("<trace>0 0, 1 -1, '2 '3, \"1 \"1, * *</trace>").encode()],
        ],
        constant=PACKED,
    ),
    Target(
        *("IAM-OnDB", reader("xml"), InkError, plain),
        [[test_iam.render([[(1, 2), (30, 4)], [(50, 6), (7, 80), (9, 10)]])]],
        constant=PACKED,
    ),
    Target(
        *("SVG", reader("svg"), InkError, plain),
        [[test_svg_read.EVERYTHING.encode()], [svg.render([[STROKES[0]], STROKES], 1.0).encode()]],
        constant=PACKED,
    ),
    Target("Excalidraw", reader("excalidraw"), InkError, plain, [[test_excalidraw.GOOD]], constant=PACKED),
    Target("Xournal++", reader("xopp"), InkError, plain, [[test_xopp.GOOD]], constant=PACKED),
    Target(
        *("packed Xournal++", reader("xopp"), InkError, lambda parts: gzip.compress(plain(parts), 1)),
        *([[test_xopp.GOOD]],),
        constant=PACKED,
    ),
    Target(
        *("stroke-3 as JSON", reader("json"), InkError, plain),
        [[json.dumps(table.tolist()).encode()] for table in test_stroke3.BOTH],
        constant=PACKED,
    ),
    Target(
        *("stroke-3 as npy", reader("npy"), InkError, plain),
        [[test_stroke3.npy(table)] for table in test_stroke3.BOTH],
        constant=PACKED,
    ),
    Target(
        *("stroke-3 as npz", reader("npz"), InkError, drawings),
        [[test_stroke3.npy(table) for table in test_stroke3.BOTH]],
        constant=PACKED,
    ),
    Target("styles", read_styles, StylesError, plain, [[test_styles.file()]]),
    Target("link", read_link, PermalinkError, plain, [[json.dumps(test_permalink.GOOD).encode()]]),
    Target("kept ink", read_ink, StorageError, plain, [KEPT_INK]),
    Target("kept settings", read_settings, StorageError, plain, [KEPT_SETTINGS]),
    Target("detect", read_kind, (), plain, [[ink_json.render([random_line(3)]).encode()], [article_file(2, 1)[0]]]),
]
each = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


def outcome(target, data):
    """Return "value", or "error" if the parser raised its own error; other exceptions propagate.

    Fails if it took more memory than the target's bound allows.
    """

    def call():
        try:
            target.parse(data)
        except target.error as error:
            assert str(error)
            return "error"
        return "value"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's on the headers of Python 2
        start = time.process_time()
        found, peak = peak_of(call)
    assert time.process_time() - start < SECONDS
    assert peak <= target.factor * len(data) + target.constant, f"{peak:,} bytes for {len(data):,}"
    return found


@each
def test_the_good_files_are_read(target):
    """Otherwise the tests below would not get far into a parser."""
    assert [outcome(target, target.join(parts)) for parts in target.good] == ["value"] * len(target.good)


@each
def test_a_damaged_file_is_a_value_or_a_typed_error(target):
    @FUZZ
    @given(damaged(target))
    def try_one(data):
        outcome(target, data)

    try_one()


@each
def test_any_bytes_are_a_value_or_a_typed_error(target):
    @FUZZ
    @given(noise(target))
    def try_one(data):
        outcome(target, data)

    try_one()


# --- claims: much of one thing

FILLERS = [
    b"\n",
    b"A\n",
    b"[",
    b"[]",
    b"[],",
    b"[[]],",
    b"{},",
    b'"",',
    b'{"":',
    b"0,",
    b"9",
    b"[0,0,1],",
    b" ",
    b"\0",
]
FILLERS += [
    b"<a>",
    b"<a/>",
    b"<trace/>",
    b'<a b=""/>',
    b"<!--",
    b"&lt;",
    b"0 0,",
    b"! ",
    b"A",
    b"_",
    b"gA",
    b"0 ",
    b"a 0\n",
    b"M0 0h1",
    b"l1 1 ",
    b"a1 1 0 011 1",
    b"scale(1)",
    b"<g>",
    b'<path d="M0 0h1"/>',
    b"[1,0,1,0,0],",
]
FILLERS += [b"\\", b'\\"', b"W3t9XQ\n", b"\xf0\x9f\x98\x80"]


@each
@pytest.mark.parametrize("where", ["alone", "inside", "after"])
def test_much_of_one_thing_is_bounded(target, where):
    """A file of nothing else, one whose first value has become it, one that it follows."""
    for filler in FILLERS:
        much = filler * (CLAIMS // len(filler))
        parts = target.good[0]
        if where == "alone":
            outcome(target, much)
            outcome(target, target.join([much]))
        elif where == "inside":
            middle = len(parts) // 2
            half = len(parts[middle]) // 2
            inside = parts[middle][:half] + much + parts[middle][half:]
            outcome(target, target.join([*parts[:middle], inside, *parts[middle + 1 :]]))
        else:
            outcome(target, target.join([*parts, much]))
            outcome(target, target.join(parts) + much)


@pytest.mark.parametrize("filler", [b"A\n", b"[", b"[],", b"[[]],", b"{},", b'"",', b"0,", b"9", b"W3t9XQ\n"])
@pytest.mark.parametrize("begin", [b"[", b"A", b"W1siYSIsImN1c3RvbTphIl1d\n"])
def test_a_small_packed_file_is_no_bomb(filler, begin):
    """15 MB of one thing in about 20 kB: unpacking takes at most PACKED."""
    packed = gzip.compress(begin + filler * (15_000_000 // len(filler)), 1)
    target = next(target for target in TARGETS if target.name == "packed article")
    assert outcome(target, packed) == "error"


def test_a_large_file_of_many_lines_is_refused_at_the_first():
    """As much as the page takes, in one piece: no list of its lines is made."""
    data = b"A\n" * (4 * 2**20)
    with pytest.raises(WeightsError, match="line 1: "):
        weight_file.load(data)
    assert outcome(TARGETS[1]._replace(factor=3, constant=2_000_000), data) == "error"
    lines = records([b'[["a","custom:any"]]']) + b"W3t9XQ\n" * 2**20
    assert outcome(TARGETS[1]._replace(factor=3, constant=30_000_000), lines) == "error"


def test_few_bytes_do_not_claim_a_million_points():
    """Strokes as long as the clock will follow, a hundred thousand points each."""
    far = [[[0, 0], [60_000, 60_000 * math.sin(i)]] for i in range(3000)]
    strokes = [[[0, i], [4000, i]] for i in range(3000)]
    for claim in (strokes, far):
        data = json.dumps({"strokes": claim, "x_height": 1}).encode()
        assert outcome(next(target for target in TARGETS if target.name == "ink as JSON"), data) == "error"


@FUZZ
@given(st.binary(max_size=600), st.sampled_from(TARGETS[:3]), st.lists(st.integers(0, 600), max_size=8))
def test_pieces_are_refused_like_the_whole(some, target, cuts):
    """A file arrives in pieces of any size."""
    data = target.join(target.good[-1])[:700] + some

    def verdict(pieces):
        loader = weight_file.Loader()
        try:
            for piece in pieces:
                loader.feed(piece)
            loader.finish()
        except WeightsError as error:
            return str(error)

    places = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]
    assert verdict(pieces) == verdict([data])
