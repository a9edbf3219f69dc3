"""`ductus write --text`: it writes what the library writes, and says what is wrong in one line."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from ductus import cli, ink
from ductus.generation import hands
from ductus.generation.text import Primer, write
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from tests.support.networks import random_weights
from tests.support.readers import random_reader_weights
from tests.support.text_networks import random_text_weights


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "text.jb64.gz"
    weight_file.save(random_text_weights(seed=3).quantise(), path)
    return path


def test_write_text(weights, tmp_path, capsys):
    expected = write(TextNetwork(weight_file.load(weights)), "Caf\u00e9 5", 0.4, 7)
    for name in ("w.json", "w.svg", "w.inkml"):
        command = [
            "write",
            weights,
            "--text",
            "Caf\u00e9 5",
            "--temperature",
            "0.4",
            "--seed",
            "7",
            "-o",
            tmp_path / name,
        ]
        assert cli.main([str(part) for part in command]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report == {
        "text": "Cafe 5",
        "changes": {"\u00e9": "e"},
        "points": len(expected.points),
        "complete": expected.complete,
        "seed": 7,
        "temperature": 0.4,
    }
    np.testing.assert_allclose(json.loads((tmp_path / "w.json").read_text()), expected.points, atol=1e-4)
    traces = ElementTree.parse(tmp_path / "w.inkml").getroot().iter("{http://www.w3.org/2003/InkML}trace")
    assert len(list(traces)) == len(ink.to_strokes(expected.points))
    ElementTree.parse(tmp_path / "w.svg")


def test_guidance(weights, tmp_path, capsys):
    network, found = TextNetwork(weight_file.load(weights)), []
    for strength in (0.0, 1.5):
        command = ["write", weights, "--text", "a b", "--seed", 2, "--guidance", strength, "-o", tmp_path / "w.json"]
        assert cli.main([str(part) for part in command]) == 0
        found.append(json.loads((tmp_path / "w.json").read_text()))
        np.testing.assert_allclose(found[-1], write(network, "a b", 0.5, 2, strength=strength).points, atol=1e-4)
    assert found[0] != found[1]
    for bad in ("-1", "nan", "1e9"):
        assert cli.main([str(part) for part in [*command, "--guidance", bad]]) == 2
        assert "--guidance" in capsys.readouterr().err


def test_prime(weights, tmp_path, capsys):
    network = TextNetwork(weight_file.load(weights))
    ink_ = write(network, "before", 0.5, 1).points
    np.savez(tmp_path / "p.npz", points=ink_, offsets=[0, len(ink_)], writer=[0])
    command = ["write", weights, "--text", "after", "--seed", "2", "-o", tmp_path / "w.json"]
    assert cli.main([str(part) for part in [*command, "--prime", tmp_path / "p.npz", "--says", "before"]]) == 0
    expected = write(network, "after", 0.5, 2, Primer(ink_, "before")).points
    np.testing.assert_allclose(json.loads((tmp_path / "w.json").read_text()), expected, atol=1e-4)
    capsys.readouterr()
    (tmp_path / "e.json").write_text("[]")
    for more, said in (
        (["--prime", tmp_path / "p.npz"], "belong together"),
        (["--says", "before"], "belong together"),
        (["--prime", tmp_path / "p.npz", "--says", ""], "what the ink says"),
        (["--prime", tmp_path / "e.json", "--says", "before"], "no ink"),
    ):
        assert cli.main([str(part) for part in [*command, *more]]) == 2
        assert said in capsys.readouterr().err


def test_a_style_the_best_of_several_and_rows(weights, tmp_path, capsys):
    network = TextNetwork(weight_file.load(weights))
    scale = [network.units_per_x_height, network.units_per_x_height, 1]
    hand = hands.Hand("one", "before", write(network, "before", 0.5, 1).points[:300] / scale)
    (tmp_path / "hands.json").write_text(hands.render([hand]))
    weight_file.save(random_reader_weights(seed=1), tmp_path / "reader.jb64.gz")
    command = ["write", weights, "--text", "after it", "--seed", "2", "-o", tmp_path / "w.json"]
    styled = [*command, "--styles", tmp_path / "hands.json", "--style"]
    assert cli.main([str(part) for part in [*styled, 0]]) == 0
    primer = Primer(hands.parse((tmp_path / "hands.json").read_bytes())[0].points * scale, "before")
    expected = write(network, "after it", 0.5, 2, primer)
    np.testing.assert_allclose(json.loads((tmp_path / "w.json").read_text()), expected.points, atol=1e-4)
    capsys.readouterr()
    best = [*command, "--best", 3, "--reader", tmp_path / "reader.jb64.gz"]
    assert cli.main([str(part) for part in best]) == 0
    report = json.loads(capsys.readouterr().out)
    seed = [2, report["draw"]] if report["draw"] else 2
    expected = write(network, "after it", 0.5, seed)
    np.testing.assert_allclose(json.loads((tmp_path / "w.json").read_text()), expected.points, atol=1e-4)
    assert cli.main([str(part) for part in [*command, "--width", 8]]) == 0
    report = json.loads(capsys.readouterr().out)
    rows = np.array(json.loads((tmp_path / "w.json").read_text()))
    assert report["rows"] > 1 and len(rows) == report["points"]
    assert np.ptp(np.cumsum(rows[:, 0])) / scale[0] < 12
    assert cli.main([str(part) for part in [*command[:-1], tmp_path / "w.svg", "--page", "letter"]]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 1
    root = ElementTree.parse(tmp_path / "w.svg").getroot()
    assert (root.get("width"), root.get("height")) == ("215.9mm", "279.4mm")
    for more, said in (
        ([*styled, 1], "there is no style 1, only 1"),
        ([*styled, 0, "--prime", "x", "--says", "y"], "exclude each other"),
        ([*command, "--style", 0, "--styles", tmp_path / "none.json"], "none.json"),
        ([*command, "--style", 0, "--styles", weights], "JSON"),
        ([*command, "--best", 2, "--reader", weights], "cannot write without a text"),
        ([*command, "--best", 0], "--best"),
        ([*command, "--width", 1], "--width"),
        ([*command, "--page", "a4"], "does not move"),
        ([*command, "--page", "a5"], "--page"),
        ([*command, "--page", "a4", "--width", 8], "--width"),
        (["write", weights, "--page", "a4", "-o", "x.svg"], "belongs to --text"),
    ):
        assert cli.main([str(part) for part in more]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and said in error, error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--text", ""], "no text to write"),
        (["--text", "5 \u20ac"], "EURO SIGN"),
        (["--text", "\u05d0"], "from right to left"),
        (["--text", "a" * 100_000], "100,000 characters"),
        ([], "cannot write without a text"),
    ],
)
def test_bad_text_is_one_line(weights, tmp_path, capsys, arguments, said):
    assert cli.main(["write", str(weights), *arguments, "-o", str(tmp_path / "w.svg")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and said in error
    assert not (tmp_path / "w.svg").exists()


def test_a_plain_network_writes_no_text(tmp_path, capsys):
    path = tmp_path / "plain.jb64"
    weight_file.save(random_weights(), path)
    assert cli.main(["write", str(path), "--text", "a", "-o", str(tmp_path / "w.svg")]) == 2
    assert "does not know what it writes" in capsys.readouterr().err
