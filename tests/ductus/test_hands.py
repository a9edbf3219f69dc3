"""A file of hands: what is saved can be loaded again, and what is no such file is refused by a sentence."""

import json

import numpy as np
import pytest

from ductus.alphabet import TextError
from ductus.generation.hands import Hand, HandsError, parse, render
from ductus.ink import InkError
from tests.support.networks import random_line


def test_what_is_saved_can_be_loaded():
    hands = [Hand("one", "some w\u00f6rds ", random_line(30, 1)), Hand("two", "5", random_line(3, 2))]
    found = parse(render(hands).encode())
    assert [(hand.name, hand.says) for hand in found] == [("one", "some words"), ("two", "5")]
    for hand, its in zip(found, hands, strict=True):
        np.testing.assert_allclose(hand.points, its.points, atol=6e-5)


def test_what_cannot_be_saved():
    for points in (random_line(0), random_line(2001, 1)):
        with pytest.raises(InkError, match="1 to 2,000 points"):
            render([Hand("one", "a", points)])
    with pytest.raises(TextError, match="what the ink says"):
        render([Hand("one", " ", random_line(3, 1))])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "ductus styles 1"}, "format"),
        ({"hands": []}, "1 to 50"),
        ({"hands": [5]}, "hand 0 is not an object"),
        ({"says": 5}, "says is not a text"),
        ({"says": "  "}, "is missing"),
        ({"says": "\u05d0"}, "right to left"),
        ({"name": "a\nb"}, "name"),
        ({"points": []}, "1 to 2,000 points"),
        ({"points": [[0, 0, 2]]}, "lift"),
        ({"points": [[0, 0]]}, "point 0"),
    ],
)
def test_what_is_no_hand_is_refused(change, said):
    record = json.loads(render([Hand("one", "a", random_line(3, 1))]))
    for key in change:
        (record if key in record else record["hands"][0])[key] = change[key]
    with pytest.raises(HandsError, match=said):
        parse(json.dumps(record).encode())


def test_no_json_and_too_much_of_it():
    for data, said in ((b"{", "JSON"), (b" " * (2 << 20), "more than"), (b"[" * 100, "nested"), (b"\xff", "JSON")):
        with pytest.raises(HandsError, match=said):
            parse(data)
