"""Freehand strokes of Excalidraw: their places, and the names of what is left out."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.formats import forms
from ductus.ink import InkError


def element(points, kind="freedraw", **more):
    """Return an element as the program writes it."""
    common = {"id": "a", "type": kind, "x": 0, "y": 0, "width": 1, "height": 1, "angle": 0}
    rest = {"strokeColor": "#1e1e1e", "seed": 1504, "version": 7, "isDeleted": False, "groupIds": [], "link": None}
    return common | rest | {"points": points, "pressures": [], "simulatePressure": True} | more


def file(*elements, kind="excalidraw"):
    value = {"type": kind, "version": 2, "source": "https://excalidraw.com", "elements": list(elements)}
    return json.dumps(value | {"appState": {"gridSize": None}, "files": {}}).encode()


GOOD = file(element([[0, 0], [1.5, 2], [3, -1]], x=10, y=20, angle=0.5), element([], "text"), element([[1, 1]]))
places = st.integers(-500, 500).map(lambda i: i / 4)


@given(st.lists(st.tuples(st.lists(st.tuples(places, places), min_size=1, max_size=9), places, places), min_size=1))
def test_points_stand_at_their_places(strokes):
    data = file(*(element([list(point) for point in points], x=x, y=y) for points, x, y in strokes))
    found = forms.parse(data)
    assert found.coordinates and found.foreign and found.skipped == ""
    (line,) = found.sequences
    assert [stroke.tolist() for stroke in line] == [
        [[px + x, py + y] for px, py in points] for points, x, y in strokes
    ]


def test_a_turned_element_turns_about_the_middle_of_its_box():
    points = [[0, 0], [10, 0], [10, 4]]
    ((stroke,),) = forms.parse(file(element(points, x=100, y=50, angle=math.pi / 2))).sequences
    np.testing.assert_allclose(stroke, [[107, 47], [107, 57], [103, 57]], atol=1e-9)


def test_what_is_no_freehand_stroke_is_named_and_what_was_deleted_is_not():
    some = [[0, 0], [1, 2]]
    data = file(
        element(some, isDeleted=True),
        element([], "text"),
        element(some, "arrow"),
        element([], "text"),
        element(some, "draw"),
        kind="excalidraw/clipboard",
    )
    found = forms.parse(data)
    assert found.skipped == "text (2), arrow"
    assert [stroke.tolist() for stroke in found.sequences[0]] == [some]
    with pytest.raises(InkError, match="an Excalidraw file without freehand strokes, only rectangle"):
        forms.parse(file(element([], "rectangle")))


def test_the_names_of_others_stay_short_and_in_one_line():
    some = [element([], f"kind {i}\n" * 50) for i in range(500)]
    skipped = forms.parse(file(element([[0, 0]]), *some)).skipped
    assert skipped.startswith("kind 0?kind 0?") and skipped.endswith("and 492 more kinds")
    assert skipped.isprintable() and len(skipped) < 600


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b'{"type":"excalidraw"}', 'an Excalidraw file without a list of "elements"'),
        (file(element([[0, 0]]), 7), "element 1: it is not an object"),
        (file(element([[0, 0], [1]])), "element 0, point 1: it is not 2 numbers"),
        (file(element("AAAA")), "element 0: it is not a list of points"),
        (file(element([[0, 0]], x="1")), "element 0: its x is not a number"),
        (file(element([[0, 0]], angle=1e300)), "element 0: its angle is not a number"),
        (file(element([[0, 0]], y=None)), "element 0: its y is not a number"),
        (file(element([[1.7e308, 0], [1.7e308, 1]], angle=1)), "element 0, point 0: its coordinates are not finite"),
    ],
)
def test_faults_are_named(data, complaint):
    with pytest.raises(InkError) as caught:
        forms.parse(data)
    assert complaint in str(caught.value)
