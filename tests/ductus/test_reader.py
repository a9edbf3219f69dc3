"""The reader against its equations in plain numpy, its weight file, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest

from ductus.alphabet import ALPHABET, SYMBOLS, TextError
from ductus.analysis import ctc, reader
from ductus.analysis.reader import Reader
from ductus.analysis.reader_frames import frames
from ductus.generation.text import write
from ductus.ink import InkError
from ductus.model import Model
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from ductus.weights.weights import Weights, WeightsError, check_metadata
from tests.support.networks import random_line, random_weights
from tests.support.readers import random_reader_weights
from tests.support.text_networks import random_text_weights

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"


def logistic(z):
    return 1 / (1 + np.exp(-z))


def by_the_equations(weights, points):
    """Log-probabilities float64 (T, V), with nothing of ductus's but the frames."""
    a = {name: weights.array(name, np.float64) for name in weights.arrays}
    shape, H = weights.metadata["reader"], weights.units
    x = frames(points / [3, 3, 1], shape["frame"]).astype(np.float64)
    for layer in range(shape["layers"]):
        sides = {}
        for direction, order in (("f", range(len(x))), ("b", range(len(x) - 1, -1, -1))):
            h, c, out = np.zeros(H), np.zeros(H), np.empty((len(x), H))
            for t in order:
                z = (
                    x[t] @ a[f"W_x_{direction}{layer}"]
                    + h @ a[f"W_h_{direction}{layer}"]
                    + a[f"b_{direction}{layer}"]
                )
                i, g, f, o = np.split(z, 4)
                c = c * logistic(f) + np.tanh(g) * logistic(i)
                h = out[t] = np.tanh(c) * logistic(o)
            sides[direction] = out
        x = np.concatenate([sides["f"], sides["b"]], axis=1)
    y = x @ a["W_y"] + a["b_y"]
    return y - np.log(np.exp(y).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-11), (np.float32, 1e-4)])
def test_equations(dtype, tolerance):
    weights = random_reader_weights(seed=3, layers=3)
    lines = [random_line(n, seed=n) for n in (50, 7, 1, 0, 31)]
    together = Reader(weights, dtype).log_probabilities(lines)
    for line, found in zip(lines, together, strict=True):
        np.testing.assert_allclose(found, by_the_equations(weights, line), atol=tolerance)
        assert found.shape == (len(frames(line, 3)), SYMBOLS)


def test_read_and_scores():
    network = Reader(random_reader_weights(seed=1), np.float64)
    lines = [random_line(n, seed=n) for n in (40, 60)]
    tables = network.log_probabilities(lines)
    for line, table in zip(lines, tables, strict=True):
        found = network.read(line)
        symbols, probability = ctc.beam(table, reader.BEAM)[0]
        assert found.text == "".join(ALPHABET[s - 1] for s in symbols).strip() and len(found.text) > 1
        assert found.log_probability == probability
        codes = [1 + ALPHABET.index(c) for c in "caf e"]
        assert network.scores([line], "caf\u00a0\u00e9 ")[0] == pytest.approx(ctc.log_probability(table, codes))
    both = network.scores(lines, "one")
    np.testing.assert_allclose(both, [network.scores([line], "one")[0] for line in lines])
    assert network.scores([random_line(4)], "far too long for it") == [-np.inf]
    assert network.read(np.zeros((0, 3))) == ("", 0.0)


def test_where_the_line_begins_on_the_paper_does_not_matter():
    network, line = Reader(random_reader_weights()), random_line(30)
    moved = line.copy()
    moved[0, :2] = 100, -50
    assert network.read(moved) == network.read(line)


def test_the_frames_of_a_line():
    # two strokes, of 4 points and of 1: a dot to the left of the first one's end
    line = np.array([[9, 9, 0], [1, 0, 0], [1, 1, 0], [1, 0, 1], [-2.5, -1.5, 1]])
    found = frames(line, 3).reshape(-1, 5)
    assert found.shape == (9, 5)  # 3 frames of 3 points
    np.testing.assert_array_equal(found[[4, 5, 7, 8]], 0)
    np.testing.assert_array_equal(found[:, 2].nonzero()[0], [3, 6])
    np.testing.assert_allclose(found[[0, 1, 2, 3, 6], 3], [0, 0, 1, 1, -0.5])  # heights about the median, 0
    np.testing.assert_allclose(found[[0, 1, 2, 3, 6], 4], [0, 0, 0, 0, -2.5])
    np.testing.assert_allclose(found[[1, 6], 0], [3.24, -8.1], rtol=1e-6)
    far = frames(np.array([[0, 0, 0], [1e9, -1e9, 1.0]]), 2)
    assert np.isfinite(far).all() and np.abs(far).max() < 20
    # a stroke that is not lifted yet is a stroke
    np.testing.assert_array_equal(frames(line[:2], 3), frames(line[:2] * [1, 1, 0], 3))


def test_bad_ink_and_bad_text():
    network = Reader(random_reader_weights())
    with pytest.raises(WeightsError, match="how large an x-height is"):
        Reader(random_reader_weights(units_per_x_height=None))
    with pytest.raises(InkError, match="not finite"):
        network.read(np.array([[np.nan, 0, 0]]))
    with pytest.raises(InkError, match="20,001 points is too long"):
        network.read(np.zeros((reader.MAX_POINTS + 1, 3)))
    with pytest.raises(TextError, match="EURO"):
        network.scores([random_line(3)], "1 \u20ac")


def test_weights_that_overflow_still_give_numbers():
    made = random_reader_weights(seed=2)
    arrays = {name: np.sign(made.array(name)) * 3e38 for name in made.arrays}
    network = Reader(Weights.from_arrays(arrays, made.metadata))
    with np.errstate(all="ignore"):
        assert np.isfinite(network.read(random_line(30)).log_probability)


@pytest.mark.parametrize("quantised", [False, True])
def test_weight_file_round_trip(tmp_path, quantised):
    weights = random_reader_weights(seed=7)
    weights = weights.quantise() if quantised else weights
    weight_file.save(weights, tmp_path / "r.jb64.gz")
    loaded = weight_file.load(tmp_path / "r.jb64.gz")
    assert loaded.metadata == weights.metadata and list(loaded.arrays) == list(weights.arrays)
    assert loaded.parameters == sum(loaded.array(name).size for name in loaded.arrays)
    line = random_line(30, spread=0.3)
    before, after = (Reader(one).log_probabilities([line])[0] for one in (weights, loaded))
    np.testing.assert_array_equal(before, after)


def test_no_kind_of_network_is_taken_for_another():
    kinds = {
        Model: (random_weights(), "does not know what it writes"),
        TextNetwork: (random_text_weights(), "cannot write without a text"),
        Reader: (random_reader_weights(), "a reader, which reads ink and writes none"),
    }
    for program in kinds:
        for other, (weights, said) in kinds.items():
            if other is program:
                program(weights)
            else:
                with pytest.raises(WeightsError, match=said):
                    program(weights)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reader": 3}, "'reader' is 3"),
        ({"reader": {}}, "how many numbers a point has"),
        ({"reader": {"point": 5, "layers": True, "frame": 3}}, "'layers', not True"),
        ({"reader": {"point": 5, "layers": 10**9, "frame": 3}}, r"1\.\.8 for 'layers'"),
        ({"reader": {"point": 5, "layers": 2, "frame": 0}}, r"1\.\.16 for 'frame'"),
        ({"alphabet": "abc"}, "the alphabet is not the one"),
        ({"mixtures": 3}, "'mixtures' does not belong to a reader"),
        ({"window": {}}, "'window' does not belong to a reader"),
        ({"units": 0}, "'units' is 0"),
        ({"units": 513}, "at most 512 'units'"),
        ({"network": "text"}, "'reader' does not belong to a text network|no 'mixtures'"),
        ({"network": "plain"}, "no 'mixtures'"),
    ],
)
def test_metadata_that_does_not_fit(change, said):
    metadata = random_reader_weights().metadata
    assert check_metadata(metadata) == metadata
    with pytest.raises(WeightsError, match=said):
        check_metadata(metadata | change)


def test_a_damaged_file_names_its_row(tmp_path):
    path = tmp_path / "r.jb64"
    weight_file.save(random_reader_weights().quantise(), path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:30]))
    with pytest.raises(WeightsError, match="the file ends after 2 of the 15 rows of W_x_b0"):
        weight_file.load(path)
    path.write_bytes(b"".join([*lines[:20], *lines[21:]]))
    with pytest.raises(WeightsError, match="line 21: W_h_f0, row 2, where row 1"):
        weight_file.load(path)


def test_the_shipped_reader_knows_what_the_shipped_text_network_wrote():
    weights = weight_file.load(WEIGHTS / "reader.jb64.gz")
    assert weights.parameters <= 580_000 and (WEIGHTS / "reader.jb64.gz").stat().st_size <= 700_000
    network, writer = Reader(weights), TextNetwork(weight_file.load(WEIGHTS / "ductus-text-500.jb64.gz"))
    assert network.units_per_x_height == writer.units_per_x_height
    texts = ["memory cells", "handwriting", "hello world"]
    lines = [write(writer, text, 0.3, seed).points for seed, text in enumerate(texts)]
    table = np.array([network.scores(lines, text) for text in texts])  # (texts, lines)
    np.testing.assert_array_equal(table.argmax(axis=0), range(3))
    for text, line in zip(texts, lines, strict=True):
        found = network.read(line)
        # The beam leaves out the least likely alignments of what it reads.
        assert found.log_probability >= network.scores([line], text)[0] - 1e-2 and len(found.text) > 5
