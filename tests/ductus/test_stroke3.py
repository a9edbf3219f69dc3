"""Stroke-3 and stroke-5, as JSON, .npy and .npz; pickles are never loaded."""

import io
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.formats import forms, stroke3
from ductus.ink import InkError, to_points

PIXELS = [np.array([[10, 20, 0], [30, -5, 1], [-7, 4, 0], [1, 0, 1]]), np.array([[5, 5, 1], [60, 0, 0], [0, 30, 1]])]
PLACES = [[[[10, 20], [40, 15]], [[33, 19], [34, 19]]], [[[5, 5]], [[65, 5], [65, 35]]]]


def stroke5(table, padding=2):
    """Return stroke-5 of stroke-3, padded to the end as sketch-rnn does."""
    big = np.zeros((len(table) + padding, 5))
    big[: len(table), :2] = table[:, :2]
    big[: len(table), 3] = table[:, 2]
    big[: len(table), 2] = 1 - table[:, 2]
    big[len(table) :, 4] = 1
    return big


BOTH = (PIXELS[0], stroke5(PIXELS[1]))


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def npz(*arrays, **named):
    file = io.BytesIO()
    np.savez_compressed(file, *arrays, **named)
    return file.getvalue()


def as_json(value):
    return json.dumps(value).encode()


def places_of(data):
    found = forms.parse(data)
    assert found.coordinates and found.foreign
    return [[stroke.tolist() for stroke in drawing] for drawing in found.sequences]


@pytest.mark.parametrize("form", [lambda table: table, stroke5])
def test_every_container_gives_the_same_strokes(form):
    tables = [form(table) for table in PIXELS]
    assert places_of(as_json([table.tolist() for table in tables])) == PLACES
    assert places_of(npz(*tables)) == PLACES
    assert places_of(npz(*(table.astype(np.int16) for table in tables))) == PLACES
    for table, places in zip(tables, PLACES, strict=True):
        assert places_of(as_json(table.tolist())) == [places]
        for kind in (np.int16, np.float16, np.float32, ">f8"):
            assert places_of(npy(table.astype(kind))) == [places]
        assert places_of(npy(np.asfortranarray(table))) == [places]


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.sampled_from([0, 1])), min_size=1, max_size=9))
def test_offsets_of_a_network_stay_what_they_were(rows):
    """The library's own list of [dx, dy, lift] is in model units and comes back unchanged."""
    rows = [list(row) for row in rows]
    found = forms.parse(as_json(rows))
    assert not found.coordinates and not found.foreign
    assert found.sequences[0].tolist() == rows
    strokes = forms.parse(npy(np.array(rows))).sequences
    if strokes:
        expected = np.array(rows)
        expected[0, :2] = 0
        expected[-1, 2] = 1
        np.testing.assert_allclose(to_points(strokes[0]), expected, atol=1e-12)


class Bomb:
    """Runs a program when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


def test_a_pickle_is_never_loaded():
    hostile = np.array([Bomb(), Bomb()], object)
    with pytest.raises(pytest.fail.Exception):
        pickle.loads(pickle.dumps(hostile))
    for data in (npy(hostile), npz(train=hostile)):
        with pytest.raises(InkError, match=r"Python objects, a pickle.*never loaded; save .*np\.savez\("):
            forms.parse(data)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (
            npy(np.zeros((4, 4))),
            "its array: an array of float64 and shape (4, 4) is no ink; what is read is stroke-3",
        ),
        (npy(np.zeros(3, complex)), "its array: an array of complex128"),
        (npy(np.array(["a"])), "is no ink"),
        (npy(PIXELS[0])[:-1], "its array: it claims 4 points, which is not what the file holds"),
        (npy(PIXELS[0])[:40], "its array: not a readable array"),
        (npy(np.array([[1, 2, 0], [3, 4, 7]])), "its array, point 1: its lift is neither 0 nor 1"),
        (npy(np.array([[1.0, np.nan, 0]])), "its array, point 0: its offset is not finite"),
        (npz(a=PIXELS[0], b=np.zeros((2, 2))), "its array 'b': an array of float64"),
        (as_json([[1, 2, 1, 0, 0], [3, 4, 1, 1, 0]]), "drawing 0, point 1: its three states of the pen"),
        (as_json([PIXELS[0].tolist(), [[1, 2]]]), "sequence 1, point 0: it is not 3 numbers"),
        (as_json([[50, 2, 0], [3, 40, 2]]), "drawing 0, point 1: its lift is neither 0 nor 1"),
    ],
)
def test_faults_are_named(data, complaint):
    with pytest.raises(InkError) as caught:
        forms.parse(data)
    assert complaint in str(caught.value)


def test_a_size_that_is_only_claimed_takes_no_memory():
    data = npy(PIXELS[0])
    for claim in ("(90000000, 3)", "(900000, 3)"):
        wrong = data.replace(b"(4, 3), }" + b" " * (len(claim) - 6), f"{claim}, }}".encode())
        assert len(wrong) == len(data) and claim.encode() in wrong
        with pytest.raises(InkError, match="it claims 90"):
            forms.parse(wrong)


def test_the_points_of_all_drawings_are_counted(monkeypatch):
    monkeypatch.setattr(stroke3, "MAX_POINTS", 5)
    with pytest.raises(InkError, match="its array 'arr_1': it claims 3 points, more than the 5 of a file"):
        forms.parse(npz(*PIXELS))
