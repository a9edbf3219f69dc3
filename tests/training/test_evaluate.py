"""The evaluation's commands from end to end, on a small network and synthetic ink: no PyTorch, no real data."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from ductus import cli as command_line
from ductus import cooperative
from ductus.generation.styles import state_slices
from ductus.model import Model
from ductus.weights import file as weight_file
from tests.support.networks import random_weights
from tests.training import synthetic
from weights.training.data import dataset
from weights.training.evaluate import drift, evaluation, samples, styles

SMALL = ["--fans", "6", "--free-lines", "4", "--prefixes", "5"]
ROOT = Path(__file__).resolve().parents[2]
HELD = "validation"  # this part has more of the synthetic writers than the test part


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="module")
def weights():
    return random_weights(units=16, mixtures=3, seed=1, spread=0.25, name="small")


@pytest.fixture(scope="module")
def ink(folder):
    points, offsets, writer = synthetic.rows(120, 80, seed=1, min_points=120, max_points=200)
    np.savez(folder / "ink.npz", points=points, offsets=offsets, writer=writer)
    return folder / "ink.npz"


@pytest.fixture(scope="module")
def report(folder, weights, ink):
    """The command's result for the network in 8 bits."""
    weight_file.save(weights.quantise(), folder / "small.jb64.gz")
    weight_file.save(weights, folder / "float32.jb64")
    output = folder / "evaluation.json"
    options = ["--float32", str(folder / "float32.jb64"), "--part", HELD, *SMALL, "-o", str(output)]
    options += ["--styles", str(synthetic_styles(folder / "styles.json", weights.quantise().digest()))]
    assert evaluation.main([str(folder / "small.jb64.gz"), "--ink", str(ink), *options]) == 0
    return json.loads(output.read_text())


def synthetic_styles(path, sha256):
    """Write a file of two synthetic styles."""
    lines = [[[0.5, slant, 0.0]] * 30 + [[1.0, 0.0, 1.0]] for slant in (0.2, -0.2)]
    hands = [{"name": f"style {i}", "seed": i, "hand": {}, "points": line} for i, line in enumerate(lines)]
    path.write_text(json.dumps({"format": styles.FORMAT, "weights_sha256": sha256, "styles": hands}))
    return path


def test_the_command_measures_what_the_model_says(report, folder, ink):
    model = Model(weight_file.load(folder / "small.jb64.gz"))
    held = dataset.part(dataset.load([ink]), HELD)
    lines = drift.lines_of(evaluation.with_noise(held, evaluation.GRID, [1, 0]))
    scores = model.score_lines([line * [3.0, 3.0, 1.0] for line in lines])
    for half in ("position", "lift", "total"):
        expected = np.concatenate([getattr(score, half) for score in scores]).mean()
        assert report["likelihood"][half]["value"] == pytest.approx(expected, rel=1e-5)
    assert report["ink"]["writers"] == len(np.unique(held.writer))
    assert all(dataset.part_of(writer) == HELD for writer in held.writer)
    assert report["model"]["bytes"] == (folder / "small.jb64.gz").stat().st_size


KEYS = ["format", "model", "ink", "seed", "likelihood", "calibration", "fans", "continued", "human", "free", "styles"]


def test_the_files_keys_stay(report):
    """The card, the page's text and every comparison of two evaluations read these."""
    shipped = json.loads((ROOT / "weights/evaluation.json").read_text())
    for keys in (list(report), list(shipped)):
        assert keys == [*KEYS, "noise", "float64", "clipping", "quantisation"]
    for key in ("ink", "likelihood", "calibration", "fans", "continued", "human"):
        assert report[key].keys() == shipped[key].keys()
    assert report["model"].keys() == shipped["model"].keys()


def test_every_row_is_there(report):
    assert [row["path"] for row in report["fans"]["paths"]] == [0.5, 1.0, 2.0, 4.0]
    assert {row["fans"] for row in report["fans"]["paths"]} == {6}
    assert list(report["free"]) == ["0.3", "0.5", "0.8", "1.0"]
    assert list(report["styles"]) == ["style 0 (seed 0)", "style 1 (seed 1)"]
    assert list(report["styles"]["style 1 (seed 1)"]) == ["0.3", "0.5", "0.8"]
    assert report["styles"]["style 0 (seed 0)"] != report["styles"]["style 1 (seed 1)"]
    assert report["continued"]["prefixes"] == 5
    assert abs(report["float64"]["total"]["value"]) < 1e-5
    assert 0 < abs(report["quantisation"]["total"]["value"]) < 0.05
    assert set(report["clipping"]) == {"W_xh", "W_hh", "W_hy"}


def test_the_same_file_gives_the_same_numbers(report, folder, ink):
    output = folder / "again.json"
    options = ["--float32", str(folder / "float32.jb64"), "--part", HELD, *SMALL, "-o", str(output)]
    options += ["--styles", str(folder / "styles.json")]
    assert evaluation.main([str(folder / "small.jb64.gz"), "--ink", str(ink), *options]) == 0
    assert output.read_bytes() == (folder / "evaluation.json").read_bytes()
    options = [*options, "--seed", "2"]
    assert evaluation.main([str(folder / "small.jb64.gz"), "--ink", str(ink), *options]) == 0
    other = json.loads(output.read_text())
    assert other["fans"] != report["fans"]
    assert other["likelihood"]["total"]["value"] == pytest.approx(report["likelihood"]["total"]["value"], abs=0.01)


def test_noise_is_as_wide_as_it_says(ink):
    plain = dataset.load([ink])
    noisy = evaluation.with_noise(plain, 0.01, 3)
    change = noisy.points - plain.points
    assert np.abs(change[:, :2]).max() == pytest.approx(0.005, rel=0.01)
    assert change[:, :2].std() == pytest.approx(0.01 / np.sqrt(12), rel=0.02)
    assert not change[:, 2].any()
    np.testing.assert_array_equal(evaluation.with_noise(plain, 0, 3).points, plain.points)


def test_bad_input_is_one_line(folder, ink, report, capsys):
    capsys.readouterr()
    good = str(folder / "small.jb64.gz")
    weight_file.save(random_weights(units_per_x_height=None), folder / "unit.jb64")
    foreign = synthetic_styles(folder / "foreign.json", "of other weights")
    for arguments in (
        [str(folder / "absent.jb64"), "--ink", str(ink)],
        [good, "--ink", str(folder / "absent.npz")],
        [good, "--ink", good],
        [str(folder / "unit.jb64"), "--ink", str(ink), "--part", HELD],
        [good, "--ink", str(ink), "--part", HELD, "--styles", str(foreign)],
        [good, "--ink", str(ink), "--part", HELD, "--styles", str(folder / "evaluation.json")],
    ):
        assert evaluation.main([*arguments, "-o", str(folder / "never.json")]) == 2
        message = capsys.readouterr().err
        assert message.startswith("evaluate: ")
        assert message.count("\n") == 1
    assert not (folder / "never.json").exists()


# --- samples


@pytest.fixture(scope="module")
def drawings(folder, report):
    assert samples.main([str(folder / "small.jb64.gz"), "-o", str(folder / "samples")]) == 0
    return folder / "samples"


def test_drawings_are_the_command_lines(drawings, folder, capsys):
    assert len(list(drawings.glob("t*.svg"))) == 48
    output = folder / "one.svg"
    options = ["--steps", "200", "--temperature", "0.8", "--seed", "7", "-o", str(output)]
    assert command_line.main(["write", str(folder / "small.jb64.gz"), *options]) == 0
    assert output.read_bytes() == (drawings / "t0.8-seed07.svg").read_bytes()


def test_the_sheet_is_drawn(drawings):
    root = ET.fromstring((drawings / samples.SHEET).read_bytes())
    assert sum(element.tag.endswith("text") for element in root.iter()) == 9
    continued = [element.get("d") for element in root.iter() if element.get("class") == "c"]
    assert len(continued) == 9
    for d in continued[3:]:  # inside a stroke: each starts at the pen's place
        places = re.findall(r"M(-?\d+) ?(-?\d+)", d)
        assert max(places.count(place) for place in set(places)) >= samples.SHEET_SAMPLES


def test_the_example_word_is_the_pages():
    strokes = samples.example()
    assert len(strokes) == 3
    assert 5 < np.ptp(np.concatenate(strokes)[:, 0]) < 7
    assert strokes[0][0].tolist() == [0.95, -0.82]


def test_a_curve_is_flattened():
    line = samples._flattened("M0 0C100 0 100 0 100 100")
    t = np.linspace(0, 1, 13)
    expected = 100 * np.stack([1 - (1 - t) ** 3, t**3], 1)
    np.testing.assert_allclose(line, expected, atol=1e-9)


def test_weights_that_are_none_draw_nothing(folder, ink, capsys):
    assert samples.main([str(ink), "-o", str(folder / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith("samples: ")
    assert not (folder / "nowhere").exists()


# --- styles


def test_a_style_is_the_state_after_its_line(folder, weights):
    model = Model(weights)
    path = synthetic_styles(folder / "two.json", "x")
    lines = styles.load(path, "x")
    line = lines["style 0 (seed 0)"]
    np.testing.assert_array_equal(cooperative.run(state_slices(model, line)).h, model.feed(line, model.start()).h)
    with pytest.raises(styles.StylesError, match="other weights"):
        styles.load(path, "y")


@pytest.mark.slow
def test_a_network_that_writes_nothing_whole_has_no_styles(folder, report, ink, capsys):
    command = [str(folder / "small.jb64.gz"), "--ink", str(ink), "-o", str(folder / "none.json")]
    assert styles.main(command) == 2
    assert capsys.readouterr().err.startswith("styles: only ")
    assert not (folder / "none.json").exists()
