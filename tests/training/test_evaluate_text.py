"""The measures of a text network: counted by hand, of texts that are as balanced as they are said to be."""

import json
from collections import Counter

import numpy as np
import pytest

from ductus import guidance
from ductus.alphabet import ALPHABET, transliterate
from ductus.generation.text import Written
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from tests.support.networks import random_weights
from tests.support.readers import random_reader_weights
from tests.support.text_networks import random_text_weights
from tests.training.labelled import labelled_file
from weights.training.data.dataset import DataError
from weights.training.evaluate import hands, text
from weights.training.text import units
from weights.training.text.compose import Row


def test_the_texts():
    texts = text.TEXTS.read_text().splitlines()
    assert len(texts) == len(set(texts)) == 500
    assert all(transliterate(one) == one for one in texts)
    lengths = np.array([len(one) for one in texts])
    for near in (10, 30, 75):
        assert (abs(lengths - near) <= 5).sum() >= 150
    count = Counter("".join(texts))
    assert set(count) == set(ALPHABET)
    assert min(count[one] for one in "0123456789QXZJqxzj") >= 20


@pytest.mark.parametrize(
    ("written", "read", "of", "found"),
    [
        ("a 12", "a 12", str.isdigit, (2, 2)),
        ("a 12", "a 2", str.isdigit, (1, 2)),
        ("abc", "", str.isalpha, (0, 3)),
        ("abc", "xbcx", str.isalpha, (2, 3)),
        ("1a1", "1", str.isdigit, (1, 2)),
    ],
)
def test_characters_that_are_read_as_they_are(written, read, of, found):
    assert text.matches(written, read, of) == found


def test_the_command(tmp_path, capsys):
    weight_file.save(random_text_weights(units=8, seed=1), tmp_path / "text.jb64")
    weight_file.save(random_reader_weights(seed=1), tmp_path / "reader.jb64")
    weight_file.save(random_weights(), tmp_path / "plain.jb64")
    (tmp_path / "texts.txt").write_text("a word\nand 12 more words of it\n")
    command = [tmp_path / "text.jb64", "--reader", tmp_path / "reader.jb64", "-o", tmp_path / "out.json"]
    command += ["--texts", tmp_path / "texts.txt", "--temperatures", "0.5"]
    more = ["--units", labelled_file(tmp_path / "units.npz", each=30), "--rows", "4", "--hands"]
    more += ["--ranking", tmp_path / "reader.jb64", "--draws", "2"]
    assert text.main([str(part) for part in [*command, *more]]) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    generated = report["generated"]["0.5"]
    assert generated["texts"] == 2 and generated["found"]["digits"]["count"] == 2
    assert set(generated["error_by_length"]) == {"up to 20", "21 to 50"}
    assert generated["found_of_each"]["2"]["count"] == 1 and 0 <= generated["missed"] <= 1
    assert report["real"]["rows"] == 4 and 0 <= report["real"]["missed"] <= 1
    assert report["guidance"] == guidance.STRENGTH and report["best"]["0.5"]["texts"] == 2
    likeness = report["in_hands"]["0.5"]["likeness"]
    assert likeness["lines"] == 3 * likeness["writers"] > 3 and 0 <= likeness["equal_error"] <= 1
    assert report["real"]["nats"]["low"] <= report["real"]["nats"]["value"] <= report["real"]["nats"]["high"]
    assert text.main([str(part) for part in [tmp_path / "plain.jb64", *command[1:]]]) == 2
    assert "does not know what it writes" in capsys.readouterr().err


def slanted(seed, degrees, height):
    """A row of zigzag strokes, which lean and are as high as that."""
    rng = np.random.default_rng(seed)
    down = np.tile([[-np.tan(np.radians(degrees)) * height / 6, height / 6, 0]], (6, 1))
    up = np.tile([[0.3, -height / 6, 0]], (round(3 * height), 1))
    up[-1, 2] = 1
    line = np.concatenate([down, up] * 8)
    line[:, :2] += 0.005 * rng.standard_normal((len(line), 2))
    return line


def test_likeness_of_writing_to_hands():
    """Writing that is like its own hand is nearer to it always; like the next writer's, never; slants are degrees."""
    network = TextNetwork(random_text_weights(units=8, seed=1))
    unit = [network.units_per_x_height, network.units_per_x_height, 1]
    looks = [(-20, 1.0), (0, 1.5), (20, 2.0), (35, 2.5)]
    whose = [
        hands.Hand(i, Row(slanted(9, *look), "abc"), (slanted(1, *look), slanted(2, *look)))
        for i, look in enumerate(looks)
    ]

    def lines(turn):
        found = [slanted(3 + i, *looks[(k + turn) % 4]) for k in range(4) for i in range(hands.TEXTS_A_WRITER)]
        return [Written(points * unit, np.zeros(len(points)), "abc", True) for points in found]

    own, other = hands.likeness(network, whose, lines(0)), hands.likeness(network, whose, lines(1))
    assert own["nearer"]["value"] == own["of_real_ink"]["value"] == 1 and own["equal_error"] < 0.05
    assert own["slant"]["value"] < 1.5 and other["nearer"]["value"] < 0.7 and other["equal_error"] > 0.3
    assert 15 < other["slant"]["value"] < 21


def test_hands_need_words(tmp_path):
    with pytest.raises(DataError, match="19 words"):
        hands.hands(units.load(labelled_file(tmp_path / "units.npz")))
