"""Sheets of texts: each as the library writes it, counted as it ended."""

import json

import numpy as np

from ductus.alphabet import transliterate
from ductus.generation.text import Written, write
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from tests.support.text_networks import random_text_weights
from weights.training.text import samples


def test_a_sheet_of_texts(tmp_path, capsys):
    weight_file.save(random_text_weights(units=8), tmp_path / "w.jb64")
    (tmp_path / "texts").write_text("one\ntwo words\n")
    command = [tmp_path / "w.jb64", "-o", tmp_path / "s.npz", "--texts", tmp_path / "texts", "--seed", "4"]
    assert samples.main([str(part) for part in command]) == 0
    report = json.loads(capsys.readouterr().out)
    network = TextNetwork(weight_file.load(tmp_path / "w.jb64"))
    expected = [write(network, text, 0.5, [4, i]) for i, text in enumerate(("one", "two words"))]
    with np.load(tmp_path / "s.npz") as file:
        np.testing.assert_array_equal(file["points"], np.concatenate([line.points for line in expected]))
    assert report["texts"] == 2 and report["complete"] == sum(line.complete for line in expected)
    assert report["points_a_character"] == round(sum(len(line.points) for line in expected) / 12, 2)


def test_counts_by_length():
    ink = np.zeros((10, 3), np.float32)
    lines = [Written(ink, ink[:, 0], "a" * n, done) for n, done in ((5, True), (20, False), (40, True), (75, False))]
    assert samples.report(lines) == {
        "texts": 4,
        "complete": 2,
        "complete_by_length": {"up to 20": "1 of 2", "21 to 40": "1 of 1", "over 40": "0 of 1"},
        "points_a_character": 0.29,
    }


def test_the_texts_can_all_be_written():
    assert [transliterate(text) for text in samples.TEXTS] == list(samples.TEXTS)


def test_bad_input_is_one_line(tmp_path, capsys):
    weight_file.save(random_text_weights(units=8), tmp_path / "w.jb64")
    (tmp_path / "bad").write_text("5 \u20ac\n", "utf-8")
    weights, out = str(tmp_path / "w.jb64"), str(tmp_path / "o.svg")
    assert samples.main([weights, "-o", out, "--texts", str(tmp_path / "bad")]) == 2
    assert samples.main([weights, "-o", out, "--texts", str(tmp_path / "none")]) == 2
    assert samples.main([weights, "-o", out, "--temperature", "-1"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 3 and "EURO" in error and "none" in error and "temperature" in error
