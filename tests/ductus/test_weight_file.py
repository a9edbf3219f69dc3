"""Weight files: the round trip, the article's layout, and every kind of damage."""

import base64
import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ductus.weights import distill2016, jb64
from ductus.weights import file as weight_file
from ductus.weights.quantise import Quantised, quantise
from ductus.weights.weights import Weights, WeightsError, shapes
from tests.support.networks import random_weights

# The meaning of the characters of 8-bit values, from the description: 93 of ASCII, non-ASCII letters around them.
LETTERS = [*map(chr, range(0x100, 0x151)), *(c for c in map(chr, range(32, 127)) if c not in '"\\')]
LETTERS += map(chr, range(0x151, 0x1A2))
MEANING = {letter: value for value, letter in enumerate(LETTERS, -127)}


def encoded(weights: Weights) -> bytes:
    return b"".join(weight_file.encode(weights))


@pytest.fixture(params=["float32", "int8"])
def weights(request) -> Weights:
    plain = random_weights(seed=1, pen_clock={"step": 0.2}, training={"points": 12}, licence="CC BY 4.0")
    return plain if request.param == "float32" else plain.quantise()


@pytest.mark.parametrize("suffix", [".jb64", ".jb64.gz"])
def test_what_is_saved_is_loaded(weights, suffix, tmp_path):
    path = tmp_path / f"w{suffix}"
    weight_file.save(weights, path)
    read = weight_file.load(path)
    assert read.metadata == weights.metadata
    for name in weights.arrays:
        np.testing.assert_array_equal(read.array(name, np.float64), weights.array(name, np.float64))
    assert encoded(read) == encoded(weights)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert (path.read_bytes()[:2] == b"\x1f\x8b") == (suffix == ".jb64.gz")


def test_the_file_is_what_its_description_says(weights):
    fields, records = jb64.decode(encoded(weights))
    assert [tuple(field) for field in fields] == list(weight_file.FIELDS)
    metadata = json.loads(records[0][5])
    assert metadata["units"] == 12 and metadata["mixtures"] == 3
    names = [record[0] for record in records[1:] if record[1] is not None]
    assert names == ["W_xh"] * 3 + ["W_hh"] * 12 + ["b_h"] + ["W_hy"] * 12 + ["b_y"]
    entry = {entry["name"]: entry for entry in metadata["arrays"]}["W_hh"]
    rows = [record for record in records if record[0] == "W_hh" and record[1] is not None]
    if entry["type"] == "float32":
        values = np.stack([np.frombuffer(row[3], "<f4") for row in rows]).astype(float)
    else:
        values = np.array([[MEANING[letter] for letter in row[4]] for row in rows], float)
        if entry["scale"] == "column":
            values *= np.frombuffer(next(r[3] for r in records if r[0] == "W_hh" and r[1] is None), "<f8")
        else:
            values *= np.array([[row[2]] for row in rows])
    np.testing.assert_array_equal(values, weights.array("W_hh", np.float64))


@given(st.booleans(), st.lists(st.integers(0, 1500), max_size=20))
def test_any_pieces_load_alike(zipped, cuts):
    file = encoded(random_weights(units=3, mixtures=1).quantise())
    loader, rest = weight_file.Loader(), gzip.compress(file) if zipped else file
    for cut in cuts:
        loader.feed(rest[:cut])
        rest = rest[cut:]
    loader.feed(rest)
    assert encoded(loader.finish()) == file
    assert loader.rows == loader.expected == 3 + 3 + 1 + 3 + 1


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(-1e6, 1e6)))
def test_quantising_loses_no_more_than_rounding_and_clips_only_where_that_helps(matrix):
    array = quantise(matrix)
    size = np.sqrt((matrix**2).mean(axis=0))
    size[size < 1e-300] = 1
    plain = []
    for axis in (0, 1):
        step = np.abs(matrix).max(axis=axis, keepdims=True) / 127
        step[step < 1e-302] = 1
        plain.append((((np.rint(matrix / step) * step - matrix) / size) ** 2).sum())
    error = (array.dequantise(np.float64) - matrix) / size
    assert (error**2).sum() <= min(plain) * (1 + 1e-9) + 1e-12
    assert array.values.dtype == np.int8
    assert array.values.min() >= -127


def test_a_column_in_a_small_unit_is_not_sacrificed_to_one_in_a_large():
    """Check columns of different units, as in the head: one scale per row would round the small ones to zero."""
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(50, 8)) * 10.0 ** np.arange(-4, 4) * 10.0 ** rng.uniform(-0.3, 0.3, (50, 1))
    error = quantise(columns).dequantise(np.float64) - columns
    assert (np.sqrt((error**2).mean(axis=0) / (columns**2).mean(axis=0)) < 0.02).all()


def test_scales_go_where_they_lose_less():
    rng = np.random.default_rng(0)
    loud = 10.0 ** rng.uniform(-3, 1, (20, 1))
    assert quantise(rng.choice([-1, 1], (20, 30)) * rng.uniform(0.5, 1, (20, 30)) * loud).scale.shape == (20, 1)
    assert quantise(rng.normal(size=(30, 20)) * loud.T).scale.shape == (1, 20)


def test_quantising_again_changes_nothing():
    once = random_weights().quantise()
    assert encoded(once.quantise()) == encoded(once)


# The article's layout.


def article_file(units: int = 4, mixtures: int = 2, seed: int = 0) -> tuple[bytes, dict[str, np.ndarray]]:
    """Return a file in the article's layout, written as original.md describes it, and the weights it represents."""
    rng = np.random.default_rng(seed)
    order = [("W_hy", 1.5), ("b_y", 2.5), ("W_xh", 2.0), ("W_hh", 0.8), ("b_h", 1.5)]
    parts, arrays = [], {}
    for name, scale in order:
        raw = rng.integers(0, 255, shapes(units, mixtures)[name], dtype=np.uint8)
        rows = [base64.b64encode(row.tobytes()).decode() for row in np.atleast_2d(raw)]
        parts.append(rows if raw.ndim == 2 else rows[0])
        arrays[name] = (raw.astype(float) - 127) / 127 * scale
    return json.dumps(parts).encode(), arrays


def test_the_article_loads_as_its_own_network():
    data, arrays = article_file()
    read = weight_file.load(data)
    for name, array in arrays.items():
        np.testing.assert_allclose(read.array(name, np.float64), array, rtol=1e-15, atol=1e-17)
    assert read.metadata["forget_bias"] == 1
    assert read.metadata["units_per_x_height"] is None
    assert read.metadata["pen_clock"] is None
    assert (read.units, read.components) == (4, 2)


def test_the_article_converts_without_loss():
    read = weight_file.load(article_file()[0])
    again = weight_file.load(encoded(read))
    for name in read.arrays:
        np.testing.assert_array_equal(again.array(name, np.float64), read.array(name, np.float64))
    assert again.metadata == read.metadata


def broken_article(change) -> bytes:
    parts = json.loads(article_file()[0])
    change(parts)
    return json.dumps(parts).encode()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda p: p.pop(), "five arrays"),
        (lambda p: p.append([]), "five arrays"),
        (lambda p: p[0].__setitem__(2, "%%%"), "W_hy, row 2"),
        (lambda p: p[3].__setitem__(1, p[3][1][:-4]), "W_hh, row 1"),
        (lambda p: p[2].__setitem__(0, base64.b64encode(b"\xff" * 16).decode()), "W_xh, row 0.*255"),
        (lambda p: p.__setitem__(1, [p[1]]), "b_y"),
        (lambda p: p.__setitem__(1, ""), "b_y: empty"),
        (lambda p: p.__setitem__(4, base64.b64encode(bytes(12)).decode()), "b_h"),
        (lambda p: p[3].append(p[3][0]), "W_"),
        (lambda p: p[3][0].__class__ and p[3].__setitem__(0, 7), "W_hh, row 0"),
    ],
)
def test_a_broken_article_names_the_array_and_the_row(change, place):
    with pytest.raises(WeightsError, match=place):
        weight_file.load(broken_article(change))


# Damaged files.


def rewritten(change) -> bytes:
    """Return one of our files with changed records, correctly encoded again."""
    fields, records = jb64.decode(encoded(random_weights(units=4, mixtures=1).quantise()))
    change(records)
    return b"".join(jb64.encode(fields, records))


def set_metadata(**changes):
    def change(records):
        records[0][5] = json.dumps(json.loads(records[0][5]) | changes)

    return change


def set_array(index: int, **changes):
    def change(records):
        metadata = json.loads(records[0][5])
        metadata["arrays"][index] |= changes
        records[0][5] = json.dumps(metadata)

    return change


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda r: r.pop(4), "line 6: array 'W_hh', where row 2 of W_xh"),
        (lambda r: r.pop(), "after 0 of the 1 rows of b_y"),
        (lambda r: r.append(r[-1]), "after the last row"),
        (lambda r: r.__setitem__(slice(6, 8), r[7:5:-1]), "line 8.*was expected"),
        (lambda r: r[-1].__setitem__(3, b"abc"), "b_y, row 0: 3 bytes, not 28"),
        (lambda r: r[-1].__setitem__(3, None), "b_y, row 0: 0 bytes"),
        (lambda r: r[-2].__setitem__(4, "abc"), "line .*W_hy, row 3: not a text of 7"),
        (lambda r: r[-2].__setitem__(4, None), "W_hy, row 3: not a text"),
        (lambda r: r[-2].__setitem__(4, 7), "W_hy, row 3: not a text"),
        (lambda r: r[-2].__setitem__(4, 'abc"efg'), "character 3.*no value"),
        (lambda r: r[-2].__setitem__(4, "abc\ud800efg".replace("\ud800", "\U0001f600")), "character 3.*no value"),
        (lambda r: r.pop(0), "metadata"),
        (lambda r: r[0].__setitem__(5, "[1]"), "metadata"),
        (lambda r: r[0].__setitem__(5, "[" * 100_000), "metadata"),
        (lambda r: r[0].__setitem__(5, None), "metadata"),
        (set_metadata(units=10**9), "units"),
        (set_metadata(units=True), "units"),
        (set_metadata(units=5), "shape"),
        (set_metadata(mixtures=0), "mixtures"),
        (set_metadata(forget_bias=10**400), "forget_bias"),
        (set_metadata(units_per_x_height=-1), "units_per_x_height"),
        (set_metadata(pen_clock=[1]), "pen_clock"),
        (set_metadata(format="ductus weights 99"), "format"),
        (set_metadata(sha256="0" * 64), "SHA-256"),
        (set_metadata(arrays=None), "list the arrays"),
        (set_array(1, shape=[10**9, 10**9]), "W_hh: the shape"),
        (set_array(1, type="float64"), "W_hh: the type"),
        (set_array(1, scale="diagonal"), "W_hh: the scale"),
        (set_array(0, name="W"), "in this order"),
    ],
)
def test_a_changed_file_names_the_place(change, place):
    with pytest.raises(WeightsError, match=place):
        weight_file.load(rewritten(change))


def test_a_flipped_byte_names_the_line(weights):
    data = bytearray(encoded(weights))
    data[len(data) // 2] ^= 1
    line = data[: len(data) // 2].count(b"\n") + 1
    with pytest.raises(WeightsError, match=f"line {line}: "):
        weight_file.load(bytes(data))


@given(st.floats(0, 1, exclude_max=True))
def test_a_cut_file_is_never_taken_for_a_whole_one(share):
    data = encoded(random_weights(units=3, mixtures=1).quantise()).rpartition(b".")[0]  # the last hash may be missing
    for file in (data, gzip.compress(data, mtime=0), article_file()[0]):
        with pytest.raises(WeightsError):
            weight_file.load(file[: int(share * len(file))])


def test_gzip_bombs_and_trailing_bytes_are_refused(weights, monkeypatch):
    packed = gzip.compress(encoded(weights))
    with pytest.raises(WeightsError, match="follows the end"):
        weight_file.load(packed + b"more")
    monkeypatch.setattr(weight_file, "MAX_BYTES", 100_000)
    bomb = gzip.compress(b"\n" * 50_000_000)
    loader = weight_file.Loader()
    with pytest.raises(WeightsError, match=r"line 1|more than 100000 bytes"):
        loader.feed(bomb)


def test_an_article_file_is_bounded(monkeypatch):
    monkeypatch.setattr(distill2016, "MAX_BYTES", 1000)
    loader = weight_file.Loader()
    with pytest.raises(WeightsError, match="at most 1000 bytes"):
        for _ in range(100):
            loader.feed(b"[" + b" " * 99)


@given(st.binary(max_size=400))
def test_any_bytes_give_a_typed_error(noise):
    for data in (noise, b"[" + noise, b"\x1f\x8b" + noise):
        with pytest.raises(WeightsError):
            weight_file.load(data)


# Weights made in memory.


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda a: a.pop("b_y"), "b_y"),
        (lambda a: a.update(b_y=np.zeros(3)), "b_y has the shape"),
        (lambda a: a.update(b_y=np.full(19, np.nan)), "b_y: holds a NaN"),
        (lambda a: a.update(b_y=Quantised(np.full(19, -128, np.int8), np.float64(1))), "8-bit"),
        (lambda a: a.update(b_y=Quantised(np.zeros(19, np.int8), np.float64(0))), "scale"),
    ],
)
def test_arrays_must_fit(change, place):
    weights = random_weights()
    arrays = dict(weights.arrays)
    change(arrays)
    with pytest.raises(WeightsError, match=place):
        Weights(arrays, weights.metadata)


def test_fewer_levels_make_a_smaller_file_that_is_less_exact():
    exact = random_weights(units=40)
    files = {levels: exact.quantise(levels) for levels in (127, 63)}
    sizes = {levels: len(gzip.compress(encoded(one))) for levels, one in files.items()}
    assert sizes[63] < 0.9 * sizes[127]
    errors = {}
    for levels, one in files.items():
        array = one.arrays["W_hh"]
        assert isinstance(array, Quantised) and np.abs(array.values).max() == levels
        errors[levels] = (one.array("W_hh") - exact.array("W_hh")).std() / exact.array("W_hh").std()
    assert errors[127] < 0.75 * errors[63] < 0.03
