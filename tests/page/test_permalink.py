"""Links that encode a picture: a round trip changes nothing, and invalid fragments are reported."""

import base64
import json
import re
import zlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from page import settings as settings_module
from page.storage import permalink
from page.storage.permalink import PermalinkError
from tests.conftest import ROOT

GRID, WIDTHS = permalink.GRID, permalink.WIDTHS
NETWORK = "00c0ffee" + 56 * "1"

words = st.one_of(st.integers(-1, 10**6).map(str), st.floats(0.1, 1.5).map(repr), st.sampled_from(["ink", "hilbert"]))
all_settings = st.fixed_dictionaries(dict.fromkeys(permalink.SETTINGS, words))
DEFAULTS = dict.fromkeys(permalink.SETTINGS, "1")
place = st.one_of(st.integers(-600, 12_000), st.integers(-20_000, 20_000))
widths = st.one_of(st.just(52), st.integers(26, 78), st.integers(1, permalink.MAX_WIDTH))


@st.composite
def strokes(draw):
    """Draw a stroke on the grid, with a width that may be constant."""
    points = draw(st.lists(st.tuples(place, place), min_size=1, max_size=12))
    if draw(st.booleans()):
        broad = [draw(widths)] * len(points)
    else:
        broad = draw(st.lists(widths, min_size=len(points), max_size=len(points)))
    return [number for point in points for number in point], broad


def rendered(drawn=()):
    """Return the JSON of a picture with these strokes."""
    return permalink.render(NETWORK, DEFAULTS, list(drawn))


def deflated(text):
    """Return the digits of a text, as js-shims/io/link_codec.js encodes it."""
    return base64.urlsafe_b64encode(zlib.compress(text.encode())).rstrip(b"=").decode()


@settings(max_examples=500)
@given(all_settings, st.lists(strokes(), max_size=5))
def test_a_round_trip_changes_nothing(chosen, drawn):
    seen = permalink.parse(permalink.render(NETWORK, chosen, drawn))
    assert seen == {"network": "00c0ffee", "settings": chosen, "strokes": drawn, "writer": ""}


def test_a_link_names_the_network_that_wrote_its_text():
    text = permalink.render(NETWORK, DEFAULTS, [], "abcdef01" + 56 * "2")
    assert permalink.parse(text)["writer"] == "abcdef01"
    for bad in ('"abc"', "7", '"ABCDEF01"', '"abcdef012"'):
        with pytest.raises(PermalinkError, match="does not name a network"):
            permalink.parse(text.replace('"abcdef01"', bad))


def test_values_become_text():
    chosen = {"temperature": 0.35, "seed": 7, "shown-line": "ink", "generation-playing": True}
    assert permalink.parse(permalink.render(NETWORK, chosen, []))["settings"] == {
        **{"temperature": "0.35", "seed": "7", "shown-line": "ink"}
    }


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(1e-3, 0.2)), min_size=1, max_size=60))
def test_rounding_ink_to_the_grid_is_idempotent(points):
    x, y, broad = np.array(points).T
    xy, w = permalink.on_grid(np.stack([x, y], 1).ravel().tolist(), broad.tolist())
    assert len(xy) == 2 * len(w) and len(w) >= 1
    left = np.reshape(xy, (-1, 2))
    assert (np.diff(left, axis=0) != 0).any(1).all()  # the pen moves at each point
    # every point of the ink lies within half a grid step of the next kept point, in order
    whole = np.floor(np.abs(np.stack([x, y], 1)) * GRID + 0.5) * np.sign(np.stack([x, y], 1))
    kept = whole[np.r_[True, (np.diff(whole, axis=0) != 0).any(1)]]
    np.testing.assert_array_equal(left, kept)
    assert np.abs(whole / GRID - np.stack([x, y], 1)).max() <= 0.5 / GRID + 1e-9
    # as the page restores it to the sheet: rounding changes nothing more
    again = permalink.on_grid([n / GRID for n in xy], [n / WIDTHS for n in w])
    assert again == (xy, w)


@given(strokes())
def test_ink_on_the_grid_is_stored_exactly(drawn):
    """Compare the text in the storage format, in the digits that JavaScript would write."""
    places, broad = permalink.texts(drawn)
    assert [float(word) for word in places.split(" ")] == [n / GRID for n in drawn[0]]
    assert [float(word) for word in broad.split(" ")] == [n / WIDTHS for n in drawn[1]]
    for word in (places + " " + broad).split(" "):
        assert word == repr(float(word)).removesuffix(".0")


def test_a_mouse_s_width_is_on_the_grid():
    assert permalink.on_grid([0.0, 0.0], [0.052]) == ([0, 0], [52]) and 52 / WIDTHS == 0.052


def test_a_line_of_writing_takes_some_two_characters_a_point():
    t = np.linspace(0, 24, 800)
    xy = np.stack([t + 0.22 * np.sin(7 * t), -0.5 + 0.5 * np.cos(7 * t)], 1)
    stroke = permalink.on_grid(np.round(55 * xy).ravel() / 55, [0.052] * 800)
    fragment = permalink.fragment_of(deflated(rendered([stroke])))
    assert permalink.is_link(fragment) and re.fullmatch(r"[\w=-]+", fragment)
    assert len(fragment) < 2.5 * len(stroke[1]) + 500


def test_too_much_ink_is_reported():
    words = r"a link of \d\d,\d{3} characters.* 16,000 .* save it as a file instead"
    with pytest.raises(PermalinkError, match=words):
        permalink.fragment_of("A" * 16_000)
    points = [place for i in range(15_001) for place in (i % 2, 0)]
    with pytest.raises(PermalinkError, match="more points than a link can hold"):
        rendered([(points, [52] * 15_001)])
    for far in (1e6, -1e6, float("nan"), float("inf")):
        with pytest.raises(PermalinkError, match="farther out"):
            permalink.on_grid([0.0, far], [0.05])


@pytest.mark.parametrize(
    ("fragment", "complaint"),
    [
        ("", "does not begin with ductus1="),
        ("note-clock", "does not begin with"),
        ("ductus=AAAA", "does not begin with"),
        ("ductus2=AAAA", "another version of this page, ductus2 instead of ductus1"),
        ("ductus1=" + "A" * 16_000, "more than 16,000"),
    ],
)
def test_fragments_that_are_no_link_are_refused(fragment, complaint):
    with pytest.raises(PermalinkError, match=complaint):
        permalink.digits_of(fragment)


def test_the_digits_of_a_fragment_are_those_it_was_made_of():
    assert permalink.digits_of(permalink.fragment_of("AB_-9")) == "AB_-9"


STROKE = ([0, 0, 40, -3, 60, -90], [52, 52, 60])
GOOD = json.loads(rendered([STROKE]))


def changed(**parts):
    return json.dumps(GOOD | parts)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no picture"),
        ("[]", "no picture"),
        (rendered([STROKE])[:-1], "no picture"),
        ("[" * 100_000, "no picture"),
        ("9" * 10_000, "no picture"),
        (changed(network="00c0ffe"), "does not name a network"),
        (changed(network="00C0FFEE"), "does not name a network"),
        (changed(network=7), "does not name a network"),
        (changed(settings=[]), "its settings or its ink"),
        (changed(ink={}), "its settings or its ink"),
        (changed(settings={"seed": 7}), "its value of seed"),
        (changed(settings={"seed": ""}), "its value of seed"),
        (changed(settings={"seed": "7 8"}), "its value of seed"),
        (changed(settings={"seed": "7\nsteps 9"}), "its value of seed"),
        (changed(settings={"seed": "7" * 2001}), "its value of seed"),
        (changed(ink=[7]), "stroke 0: it is not two lists"),
        (changed(ink=[[[0, 0]]]), "stroke 0: it is not two lists"),
        (changed(ink=[[[0, 0.5], [52]]]), "stroke 0: it is not two lists"),
        (changed(ink=[[[0, True], [52]]]), "stroke 0: it is not two lists"),
        (changed(ink=[[[0, "0"], [52]]]), "stroke 0: it is not two lists"),
        (changed(ink=[[[], []]]), "stroke 0: it has 0 coordinates"),
        (changed(ink=[[[0, 0, 1], [52]]]), "stroke 0: it has 3 coordinates"),
        (changed(ink=[[[0, 0, 1, 1], []]]), "stroke 0: it has 4 coordinates and 0 widths"),
        (changed(ink=[[[0, 0], [52, 0]]]), "stroke 0: it has 2 coordinates and 2 widths"),
        (changed(ink=[[[0, 0, 1, 0], [52, -52]]]), "stroke 0: a width is out of bounds"),
        (changed(ink=[[[0, 0], [10_001]]]), "stroke 0: a width is out of bounds"),
        (changed(ink=[[[0, 0], [52]], [[10**30, 0], [52]]]), "stroke 1, point 0: it is farther out than 100,000"),
        (changed(ink=[[[0, 0, 4_000_000, 0], [52]], [[0, 0, 4_000_000, 0], [52]]]), "stroke 1: .* 20,000 x-heights"),
        (changed(ink=[[[0, 0] * 15_001, [52]]]), "stroke 0: the ink has more than 15,000 points"),
        (" " * 200_000, "more than 131,072"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_faults_are_named(text, complaint):
    with pytest.raises(PermalinkError, match=complaint):
        permalink.parse(text)


def test_settings_of_another_page_are_left_out():
    text = changed(settings={"seed": "7", "of-a-later-figure": "1", "playing": "1"})
    assert permalink.parse(text)["settings"] == {"seed": "7"}


def test_ink_with_too_many_resampled_points_is_invalid():
    """Reject few characters with distant points: a thousand such strokes make a hundred million resampled points."""
    far = [([0, 0, permalink.MAX_PATH // 2, 0], [52, 52])] * 3
    with pytest.raises(PermalinkError, match="more than 20,000 x-heights long: save it as a file"):
        rendered(far)
    assert len(permalink.parse(rendered(far[:2]))["strokes"]) == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
names = st.sampled_from(permalink.SETTINGS)
numbers = st.lists(st.integers(-300, 300), max_size=9)
parts = st.fixed_dictionaries(
    {},
    optional={
        "network": json_values | st.just("00c0ffee"),
        "settings": json_values
        | st.dictionaries(st.sampled_from(permalink.SETTINGS), json_values | words, max_size=3),
        "ink": json_values | st.lists(st.lists(numbers | json_values, min_size=2, max_size=2), max_size=3),
    },
)


@settings(max_examples=1500)
@given(
    st.text(max_size=60)
    | json_values.map(json.dumps)
    | parts.map(lambda some: json.dumps(GOOD | some))
    | st.tuples(st.integers(0, 300), st.characters()).map(
        lambda change: rendered([STROKE])[: change[0]] + change[1] + rendered([STROKE])[change[0] + 1 :]
    )
)
@example(json.dumps(GOOD | {"settings": {"seed": "\ud800"}}))
def test_noise_is_a_picture_or_a_typed_error(text):
    try:
        seen = permalink.parse(text)
    except PermalinkError:
        return
    for xy, broad in seen["strokes"]:
        assert len(xy) == 2 * len(broad) > 0 and min(broad) > 0
    # the parsed picture can be written and parsed again with the same result
    assert permalink.parse(permalink.render(seen["network"], seen["settings"], seen["strokes"])) == seen


def test_the_settings_are_controls_of_the_page():
    page = (ROOT / "index.html").read_text()
    for name in set(permalink.SETTINGS) - {"cell", "step"}:
        assert re.search(rf'(id|name|data-state|data-chip)="{name}"', page), name


@given(st.text(max_size=60))
def test_a_text_is_one_word_of_a_link_and_comes_back(text):
    word = settings_module.encode_text(text)
    assert len(word.split()) == 1 and settings_module.decode_text(word) == text
    if len(word) <= settings_module.MAX_WORD:
        picture = permalink.parse(permalink.render(NETWORK, DEFAULTS | {"text": word}, []))
        assert picture["settings"]["text"] == word


@pytest.mark.parametrize("word", ["a b", "%2", "%zz", "%ff", "a" * 1201, "\u00e9"])
def test_what_is_no_word_of_a_text(word):
    with pytest.raises(ValueError):
        settings_module.Text("text", settings_module.MAX_WORD).read(word)
