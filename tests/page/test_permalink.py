"""Links that hold a picture: what goes in comes out, and whatever else is in the address is told by name."""

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ductus.weights import weights
from page import settings as page_settings
from page.storage import permalink
from page.storage.permalink import PermalinkError
from shared import limits
from tests.conftest import ROOT

GRID, WIDTHS = permalink.GRID, permalink.WIDTHS
NETWORK = "00c0ffee" + 56 * "1"


def some(values):
    """One of a setting's values, as the page's state has it."""
    if isinstance(values[0], str):
        return st.sampled_from(values)
    lowest, step, count, divisor = values
    # as the control's text says it, not as the format reckons it
    decimals = len(str(divisor)) - 1
    read = float if divisor > 1 else int
    return st.integers(0, count - 1).map(lambda i: read(f"{(lowest + step * i) / divisor:.{decimals}f}"))


all_settings = st.fixed_dictionaries({name: some(values) for name, values in permalink.SETTINGS})
DEFAULTS = {
    name: values[0] if isinstance(values[0], str) else values[0] / values[3] if values[3] > 1 else values[0]
    for name, values in permalink.SETTINGS
}
place = st.one_of(st.integers(-600, 12_000), st.integers(-20_000, 20_000))
widths = st.one_of(st.just(52), st.integers(26, 78), st.integers(1, permalink.BROADEST))


@st.composite
def strokes(draw):
    """A stroke on the grid, with a width that may stay the same."""
    points = draw(st.lists(st.tuples(place, place), min_size=1, max_size=12))
    if draw(st.booleans()):
        broad = [draw(widths)] * len(points)
    else:
        broad = draw(st.lists(widths, min_size=len(points), max_size=len(points)))
    return [number for point in points for number in point], broad


def link(drawn=(), cell=0, step=0, **changed):
    """A link to a picture with these strokes, and with the lowest of every setting that is not named."""
    return permalink.render(NETWORK, DEFAULTS | changed, cell, step, list(drawn))


@settings(max_examples=500)
@given(all_settings, st.integers(0, 2047), st.integers(0, 3999), st.lists(strokes(), max_size=5))
def test_what_goes_in_comes_out(said, cell, step, drawn):
    text = permalink.render(NETWORK, said, cell, step, drawn)
    assert permalink.is_link(text) and re.fullmatch(r"[\w=-]+", text)
    seen = permalink.parse(text)
    assert seen == {"network": "00c0ffee", "settings": said, "cell": cell, "step": step, "strokes": drawn}
    # the very same number, and not one that prints alike
    assert all(type(seen["settings"][name]) is type(said[name]) for name in said)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(1e-3, 0.2)), min_size=1, max_size=60))
def test_ink_is_on_the_grid_once_and_for_all(points):
    x, y, broad = np.array(points).T
    xy, w = permalink.on_grid(np.stack([x, y], 1).ravel().tolist(), broad.tolist())
    assert len(xy) == 2 * len(w) and len(w) >= 1
    left = np.reshape(xy, (-1, 2))
    assert (np.diff(left, axis=0) != 0).any(1).all()  # the pen does not stay where it is
    # every point of the ink lies within half a grid step of the next that was kept, in order
    whole = np.floor(np.abs(np.stack([x, y], 1)) * GRID + 0.5) * np.sign(np.stack([x, y], 1))
    kept = whole[np.r_[True, (np.diff(whole, axis=0) != 0).any(1)]]
    np.testing.assert_array_equal(left, kept)
    assert np.abs(whole / GRID - np.stack([x, y], 1)).max() <= 0.5 / GRID + 1e-9
    # as the page puts it back on the sheet: no rounding is left to do
    again = permalink.on_grid([n / GRID for n in xy], [n / WIDTHS for n in w])
    assert again == (xy, w)


@given(strokes())
def test_ink_on_the_grid_is_kept_exactly(drawn):
    """As text of kept.py, in the digits that JavaScript would write."""
    places, broad = permalink.texts(drawn)
    assert [float(word) for word in places.split(" ")] == [n / GRID for n in drawn[0]]
    assert [float(word) for word in broad.split(" ")] == [n / WIDTHS for n in drawn[1]]
    for word in (places + " " + broad).split(" "):
        assert word == repr(float(word)).removesuffix(".0")


def test_a_mouse_s_width_is_on_the_grid():
    assert permalink.on_grid([0.0, 0.0], [0.052]) == ([0, 0], [52]) and 52 / WIDTHS == 0.052


def test_a_line_of_writing_takes_two_characters_a_point():
    t = np.linspace(0, 24, 800)
    xy = np.stack([t + 0.22 * np.sin(7 * t), -0.5 + 0.5 * np.cos(7 * t)], 1)
    stroke = permalink.on_grid(np.round(55 * xy).ravel() / 55, [0.052] * 800)
    assert len(link([stroke])) < 2.5 * len(stroke[1]) + 60


def test_too_much_ink_is_said_in_words():
    points = np.random.default_rng(0).integers(-300, 300, (6000, 2)).cumsum(0).ravel().tolist()
    with pytest.raises(
        PermalinkError, match=r"a link of \d\d,\d{3} characters.* 16,000 .* save it as a file instead"
    ):
        link([(points, [52] * 6000)])
    for far in (1e6, -1e6, float("nan"), float("inf")):
        with pytest.raises(PermalinkError, match="farther out"):
            permalink.on_grid([0.0, far], [0.05])


@pytest.mark.parametrize(
    ("name", "value"), [("temperature", 0.33), ("temperature", 1.55), ("steps", 4), ("line", "other"), ("seed", -1)]
)
def test_a_value_that_no_control_has_makes_no_link(name, value):
    with pytest.raises(PermalinkError, match=f"^{name} is "):
        link(**{name: value})


STROKE = ([0, 0, 40, -3, 60, -90], [52, 52, 60])


def spoiled(digits):
    """A link with these digits after the checksum, which is right."""
    values = [permalink._DIGITS.index(digit) for digit in digits]
    return permalink.VERSION + permalink._sum(values) + digits


GOOD = link([STROKE])
BODY = GOOD[len(permalink.VERSION) + permalink.CHECK :]
EMPTY = link()[len(permalink.VERSION) + permalink.CHECK :]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "does not begin with ductus1="),
        ("note-clock", "does not begin with"),
        ("ductus=" + GOOD[8:], "does not begin with"),
        ("ductus2=" + GOOD[8:], "another version of this page, ductus2, and not ductus1"),
        ("ductus1=", "checksum"),
        (GOOD[:-1], "checksum"),
        (GOOD[:30] + "AB" + GOOD[32:], "checksum"),
        (GOOD[:12] + "%" + GOOD[13:], "character 12: '%'"),
        (GOOD + "é", f"character {len(GOOD)}: 'é'"),
        (spoiled(BODY[:-1]), "stroke 0, width 2: the link ends"),
        (spoiled(BODY + "A"), "1 characters follow"),
        (spoiled(""), "the network: the link ends"),
        (spoiled("_" * 6 + "fA"), "the network: .* is not among"),
        (spoiled("_" * 8), "the network: a number of more than 7 digits"),
        (spoiled(BODY[:5]), "seed: the link ends"),
        (spoiled(EMPTY[:-1] + "B"), "stroke 0, its number of points: the link ends"),
        (spoiled(EMPTY[:-1] + "BAA"), "stroke 0: 0 points"),
        (spoiled(EMPTY[:-1] + "B____A"), "stroke 0.*(not among|ends before)"),
        (spoiled(EMPTY[:-1] + "BfoBAA"), "stroke 0: 31 points, where 4 characters"),
        (spoiled(EMPTY[:-1] + "BBAAA"), "stroke 0: a width is no width"),
        (spoiled(EMPTY[:-1] + "BBo_____fAA"), "stroke 0.*"),
        ("ductus1=" + "A" * 16_000, "more than 16,000"),
    ],
)
def test_faults_are_named(text, complaint):
    with pytest.raises(PermalinkError, match=complaint):
        permalink.parse(text)


def test_ink_far_out_is_refused():
    """What `render` never writes, since `on_grid` refuses it."""
    with pytest.raises(PermalinkError, match="stroke 0, point 0: it is farther out than 100,000"):
        permalink.parse(link([([permalink.FARTHEST + 1, 0], [52])]))
    with pytest.raises(PermalinkError, match="a width is no width"):
        permalink.parse(link([([0, 0, 1, 0], [52, -3])]))


def test_ink_that_would_keep_the_network_busy_for_ever_is_refused(monkeypatch):
    """Few characters, far apart: a thousand strokes of them would be a hundred million points to the pen clock."""
    far = [([0, 0, permalink.LONGEST // 2, 0], [52, 52])] * 3
    with pytest.raises(PermalinkError, match="more than 20,000 x-heights long: save it as a file"):
        link(far)
    monkeypatch.setattr(permalink, "LONGEST", 10**12)
    text = link(far)
    monkeypatch.undo()
    with pytest.raises(PermalinkError, match="stroke 2, point 1: its ink is more than 20,000"):
        permalink.parse(text)
    assert len(permalink.parse(link(far[:2]))["strokes"]) == 2


digits = st.text(permalink._DIGITS, max_size=200)


@settings(max_examples=1500)
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(max_size=60).map(lambda text: permalink.VERSION + text),
        digits.map(spoiled),
        digits.map(lambda some: spoiled(EMPTY[:-1] + some)),
        st.tuples(st.integers(0, len(BODY) - 1), st.sampled_from(permalink._DIGITS)).map(
            lambda change: spoiled(BODY[: change[0]] + change[1] + BODY[change[0] + 1 :])
        ),
    )
)
@example("ductus1=" + 15_992 * "_")
@example(spoiled(EMPTY[:-1] + "_" * 7 + "AAAA"))
def test_noise_is_a_picture_or_a_typed_error(text):
    try:
        seen = permalink.parse(text)
    except PermalinkError:
        return
    for xy, broad in seen["strokes"]:
        assert len(xy) == 2 * len(broad) > 0 and min(broad) > 0
    # what was read can be written, and says the same again
    again = permalink.render(seen["network"], seen["settings"], seen["cell"], seen["step"], seen["strokes"])
    assert permalink.parse(again) == seen


@pytest.mark.parametrize("filler", ["_", "A", "g", "B"])
def test_no_text_is_more_work_than_it_is_long(monkeypatch, filler):
    """Numbers taken, points made: never more than there are characters, whatever they claim."""
    taken = []
    take = permalink._Reader.take
    monkeypatch.setattr(permalink._Reader, "take", lambda self, *given: taken.append(1) or take(self, *given))
    for text in (
        spoiled(filler * 15_900),
        spoiled(EMPTY[:-1] + filler * 15_800),
        spoiled(EMPTY[:-1] + "ggfA" + filler),
    ):
        taken.clear()
        with pytest.raises(PermalinkError):
            permalink.parse(text)
        assert len(taken) <= len(text)
    monkeypatch.setattr(permalink, "_Reader", None)  # what is too long is not even looked at
    with pytest.raises(PermalinkError, match="more than 16,000"):
        permalink.parse(permalink.VERSION + filler * 10**7)


def test_the_settings_are_those_of_the_controls():
    """Every control of index.html has a setting, and every select the options of its own."""
    page = (ROOT / "index.html").read_text()
    declared = {setting.name: setting for setting in page_settings.SETTINGS}
    selects = re.findall(r'<select [^>]*data-state="([^"]+)".*?</select>', page, re.S)
    inputs = [re.search(r'id="([^"]+)"', tag)[1] for tag in re.findall(r"<input [^>]*>", page) if "range" in tag]
    inputs += re.findall(r'<label for="((?:[\w-]+-)?seed)"', page)
    assert {*selects, *inputs} - {"mixture-step"} <= set(declared)
    assert {name for name in declared if "-" in name or name == "seed"} <= {*selects, *inputs, "generation-playing"}
    for select in re.findall(r"<select [^>]*data-state=.*?</select>", page, re.S):
        setting = declared[re.search(r'data-state="([^"]+)"', select)[1]]
        assert [setting.read(value) for value in re.findall(r'value="([^"]+)"', select)]
        if isinstance(setting, page_settings.Choice):
            assert tuple(re.findall(r'value="([^"]+)"', select)) == setting.options


def test_every_default_is_a_value_of_its_setting():
    for setting in page_settings.SETTINGS:
        if isinstance(setting, page_settings.Number):
            low, step, count, divisor = setting.grid
            place = (setting.default * divisor - low) / step
            assert place == pytest.approx(round(place)) and 0 <= round(place) < count, setting.name
        assert (
            setting.read(str(int(setting.default) if setting.default is True else setting.default)) == setting.default
        )


def test_limits_that_the_library_has_too_are_the_same():
    assert limits.MAX_CELLS == weights.MAX_UNITS
