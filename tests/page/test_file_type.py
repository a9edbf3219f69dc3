"""The detection of a file's type from its first bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.formats import inkml, npz
from ductus.formats import json as ink_json
from ductus.generation import hands
from ductus.weights import file as weight_file
from page.files.file_type import HANDS, HEAD, INK, WEIGHTS, detect
from tests.ductus.test_iam import render
from tests.ductus.test_x_height import garlands
from tests.support.networks import random_line, random_weights
from tests.worker.test_ink_session import STROKES

JB64 = b"".join(weight_file.encode(random_weights()))
ARTICLE = json.dumps([["AAAA"], "AAAA", ["AAAA"], ["AAAA"], "AAAA"]).encode()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.jb64", JB64, WEIGHTS),
        ("download", JB64, WEIGHTS),  # whatever its name
        ("a.jb64.gz", b"\x1f\x8b\x08\x00", WEIGHTS),
        ("model.json", ARTICLE, WEIGHTS),
        ("model.json", b'\xef\xbb\xbf [\n  [\n "AAAA"', WEIGHTS),
        ("a.InkML", inkml.render([STROKES]).encode(), INK),
        ("a.xml", render(garlands(2)), INK),
        ("a.json", hands.render([hands.Hand("one", "a", random_line(3))]).encode(), HANDS),
        ("a.json", ink_json.render([random_line(3)]).encode(), INK),
        ("a.json", ink_json.render([random_line(3)] * 2).encode(), INK),
        ("a.json", ink_json.render_strokes(STROKES, 1.0).encode(), INK),
        ("a.json", b"[]", INK),
        ("a.txt", inkml.render([STROKES]).encode(), INK),  # whatever its name
        ("a.ink", b'<?xml version="1.0"?>\n<ink/>', INK),
        ("a.xml", "<ink/>".encode("utf-16"), INK),
        ("a.xml", "<ink/>".encode("utf-16-be"), INK),
        ("a.npz", npz.render([random_line(3)]), INK),
        ("a.png", b"\x89PNG\r\n\x1a\n", ""),
        ("a.json", b"hello", ""),
        ("a.json", b"", ""),
        ("", b"", ""),
    ],
)
def test_each_type_is_detected(name, data, kind):
    assert detect(data[:HEAD]) == kind


@given(st.binary(max_size=HEAD))
def test_noise_is_one_of_the_three(data):
    assert detect(data) in (INK, WEIGHTS, "")
