"""Ink of Xournal++ and Xournal: pages of strokes, packed or not, and the names of what is left out."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.formats import forms, xopp
from ductus.ink import InkError

HEAD = """<?xml version="1.0" standalone="no"?>
<xournal creator="xournalpp 1.2.3" fileversion="4">
<title>Xournal++ document - see https://xournalpp.github.io/</title>
<preview>iVBORw0KGgo=</preview>
"""


def page(*layers):
    body = "".join(f"<layer>{layer}</layer>" for layer in layers)
    background = '<background type="solid" color="#ffffffff" style="lined"/>'
    return f'<page width="595.27559100" height="841.88976400">\n{background}{body}</page>\n'


def stroke(text, tool="pen"):
    return f'<stroke tool="{tool}" color="#3333ccff" width="1.41 0.5 0.61" capStyle="round">{text}</stroke>'


def file(*pages):
    return (HEAD + "".join(pages) + "</xournal>\n").encode()


GOOD = file(page(stroke("1 2 3.5 4e0 5 6") + "<text>a</text>", stroke("7 8", "eraser")), page(stroke("9.5 -1.25")))
places = st.floats(-900, 900).map(lambda x: float(f"{x:.8f}"))


@given(st.lists(st.lists(st.lists(st.tuples(places, places), min_size=1), min_size=1, max_size=4), max_size=3))
def test_each_page_has_its_strokes(pages):
    texts = [[" ".join(f"{x:.8f} {y:.8f}" for x, y in one) for one in strokes] for strokes in pages]
    data = file(*(page("".join(map(stroke, some))) for some in texts))
    for form in (data, gzip.compress(data)):
        found = forms.parse(form)
        assert found.coordinates and found.foreign and found.skipped == ""
        assert [[one.tolist() for one in line] for line in found.sequences] == [
            [[list(place) for place in one] for one in strokes] for strokes in pages
        ]


def test_only_the_pen_writes():
    layer = stroke("1 2 3 4") + stroke("0 0 9 9", "highlighter") + stroke("5 5 6 6", "eraser") + stroke(" 5e0 -.5 ")
    layer += '<text font="Sans" x="1" y="2">words</text><image left="1">iVBO</image><teximage/>'
    found = forms.parse(file(page(), page(layer, stroke("7 8"))))
    assert [[one.tolist() for one in line] for line in found.sequences] == [[[[1, 2], [3, 4]], [[5, -0.5]], [[7, 8]]]]
    assert found.skipped == ("stroke of the highlighter, stroke of the eraser, <text>, <image>, <teximage>")
    with pytest.raises(InkError, match="no ink of a pen in it, only <text>"):
        forms.parse(file(page("<text>a</text>")))
    assert forms.parse(file(page())).sequences == []


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (
            file(page(stroke("1 2")), page(stroke("1 2") + stroke("1 2 3"))),
            "page 2, stroke 1: its places are 3 numbers",
        ),
        (file(page(stroke("1 2 nan 3"))), "page 1, stroke 0: unexpected 'n' at character 4"),
        (file(page(stroke("1 1e999"))), "page 1, stroke 0: a number is larger than 1e+09"),
        (gzip.compress(file(page(stroke("1 2"))), mtime=0)[:-20], "gzip"),
    ],
)
def test_faults_are_named(data, complaint):
    with pytest.raises(InkError) as caught:
        forms.parse(data)
    assert complaint in str(caught.value)


def test_sizes_are_bounded(monkeypatch):
    monkeypatch.setattr(xopp, "MAX_POINTS", 50)
    with pytest.raises(InkError, match="page 2, stroke 0: it has more than 40 numbers"):
        forms.parse(file(page(stroke("1 2 " * 30)), page(stroke("1 2 " * 30))))
    bomb = gzip.compress(file(page(stroke("1 2 " * 2_000_000))))
    assert len(bomb) < 20_000
    with pytest.raises(InkError, match="unpacked it is larger than 2,000,000 bytes"):
        forms.parse(bomb, 2_000_000)
