"""`ductus read INK`: it prints what the library reads, and says what is wrong in one line."""

import json

import numpy as np
import pytest

from ductus import cli
from ductus.analysis.reader import Reader
from ductus.ink import to_strokes
from ductus.resample import PenClock, resample
from ductus.weights import file as weight_file
from tests.support.networks import random_line, random_weights
from tests.support.readers import random_reader_weights


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "reader.jb64.gz"
    weight_file.save(random_reader_weights(seed=1, pen_clock=PenClock().to_dict()).quantise(), path)
    return path


def test_read(weights, tmp_path, capsys):
    lines = [random_line(40, 1), random_line(25, 2)]
    np.savez(tmp_path / "i.npz", points=np.concatenate(lines), offsets=[0, 40, 65], writer=[0, 0])
    assert cli.main(["read", str(tmp_path / "i.npz"), "--weights", str(weights)]) == 0
    report = json.loads(capsys.readouterr().out)
    reader = Reader(weight_file.load(weights))
    found = [reader.read(line.astype(np.float32)) for line in lines]
    assert [one["text"] for one in report["lines"]] == [one.text for one in found]
    assert report["text"] == "\n".join(one.text for one in found) and len(report["text"]) > 5
    assert [one["points"] for one in report["lines"]] == [40, 25]
    nats = [one["log_probability"] for one in report["lines"]]
    np.testing.assert_allclose(nats, [one.log_probability for one in found], rtol=1e-5)


def test_ink_of_a_pen_goes_through_the_readers_clock_and_scale(weights, tmp_path, capsys):
    strokes = [stroke * 40 for stroke in to_strokes(random_line(50, 3, 0.5))]  # an x-height is 120 pixels
    (tmp_path / "i.json").write_text(json.dumps({"strokes": [stroke.tolist() for stroke in strokes]}))
    command = ["read", str(tmp_path / "i.json"), "--weights", str(weights), "--x-height", "120", "--raw"]
    assert cli.main(command) == 0
    report = json.loads(capsys.readouterr().out)
    assert sum(one["points"] for one in report["lines"]) == sum(len(resample(one / 120)) for one in strokes)


def test_bad_input_is_one_line(weights, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("i.npz", points=random_line(5), offsets=[0, 5], writer=[0])
    weight_file.save(random_weights(), "plain.jb64")
    (tmp_path / "empty.json").write_text("[]")
    for arguments, said in (
        (["i.npz"], "the reader is reader.jb64.gz, in the repository's folder weights/"),
        (["i.npz", "--weights", "plain.jb64"], "does not know what it writes"),
        (["none.npz", "--weights", str(weights)], "none.npz"),
        (["empty.json", "--weights", str(weights)], "no ink"),
    ):
        assert cli.main(["read", *arguments]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and said in error
    assert cli.main(["cells", str(weights), "i.npz", "-o", "c.npy"]) == 2
    assert "a reader, which reads ink and writes none" in capsys.readouterr().err
    assert cli.main(["info", str(weights)]) == 0
    assert json.loads(capsys.readouterr().out)["network"] == "reader"
