"""The measures of a text network: counted by hand, of texts that are as balanced as they are said to be."""

import json
from collections import Counter

import numpy as np
import pytest

from ductus.alphabet import ALPHABET, transliterate
from ductus.weights import file as weight_file
from tests.support.networks import random_weights
from tests.support.readers import random_reader_weights
from tests.support.text_networks import random_text_weights
from tests.training.labelled import labelled_file
from weights.training.evaluate import text


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
    more = ["--units", labelled_file(tmp_path / "units.npz"), "--rows", "4"]
    assert text.main([str(part) for part in [*command, *more]]) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    generated = report["generated"]["0.5"]
    assert generated["texts"] == 2 and generated["found"]["digits"]["count"] == 2
    assert set(generated["error_by_length"]) == {"up to 20", "21 to 50"}
    assert report["real"]["rows"] == 4
    assert report["real"]["nats"]["low"] <= report["real"]["nats"]["value"] <= report["real"]["nats"]["high"]
    assert text.main([str(part) for part in [tmp_path / "plain.jb64", *command[1:]]]) == 2
    assert "does not know what it writes" in capsys.readouterr().err
