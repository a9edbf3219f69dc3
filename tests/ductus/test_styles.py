"""Styles: a file of them is not trusted, and to begin in one is to feed its line."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus import cooperative
from ductus.generation.styles import FORMAT, MAX_BYTES, MAX_POINTS, MAX_STYLES, StylesError, parse
from tests.support.networks import random_line
from tests.worker.test_ink_session import MODEL, STROKES, fed, wave, write
from tests.worker.test_ink_session import finish as predicted
from worker.tasks import styles
from worker.workspace import Workspace

DIGEST = MODEL.weights.metadata["sha256"]
LINES = [random_line(30, seed=1), random_line(17, seed=2)]


def record(**changes):
    """What a file of two styles holds, with some of it changed."""
    hands = [
        {"name": f"hand {i}", "seed": i, "hand": {"slant": 3.5}, "points": line.tolist()}
        for i, line in enumerate(LINES)
    ]
    return {"format": FORMAT, "weights_sha256": DIGEST, "steps": 30, "styles": hands} | changes


def file(**changes):
    """A file of two styles, as bytes."""
    return json.dumps(record(**changes)).encode()


def style(**changes):
    """A file of one style, with some of it changed."""
    return file(styles=[record()["styles"][0] | changes])


def test_the_styles_of_a_file():
    found = parse(file(), DIGEST)
    assert [(hand.name, hand.seed) for hand in found] == [("hand 0", 0), ("hand 1", 1)]
    for hand, line in zip(found, LINES, strict=True):
        np.testing.assert_array_equal(hand.points, line)
    assert len(parse(file(weights_sha256="other"))) == 2  # without a hash any weights are accepted


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[1, 2", "not JSON"),
        (b'{"format": ' + b"9" * 5000 + b"}", "not JSON|format"),
        (b"[" * 100_000, "deep"),
        (b" " * (MAX_BYTES + 1), "more than"),
        (b"[]", "format"),
        (file(format="ductus styles 2"), "format"),
        (file(weights_sha256=None), "other weights"),
        (file(styles={}), "not a list"),
        (file(styles=[None] * (MAX_STYLES + 1)), "not a list"),
        (file(styles=[None]), "style 0 is not an object"),
        (style(name=""), "style 0: its name"),
        (style(name="a" * 81), "style 0: its name"),
        (style(name="line\nbreak"), "style 0: its name"),
        (style(name=3), "style 0: its name"),
        (style(seed=-1), "style 0: its seed"),
        (style(seed=True), "style 0: its seed"),
        (style(seed=1.0), "style 0: its seed"),
        (style(points=[]), "style 0: it does not have"),
        (style(points=[[0, 0, 1]] * (MAX_POINTS + 1)), "style 0: it does not have"),
        (style(points=[[0, 0, 0], [1, 2]]), "style 0, point 1: it is not 3 numbers"),
        (style(points=[[0, 0, 0], ["1", 2, 0]]), "style 0, point 1: it is not 3 numbers"),
        (style(points=[[0, 0, 0], [True, 2, 0]]), "style 0, point 1: it is not 3 numbers"),
        (style(points=[[0, 0, 0], [float("nan"), 2, 0]]), "style 0, point 1: its offset is not finite"),
        (style(points=[[0, 0, 0], [float("inf"), 2, 0]]), "style 0, point 1: its offset is not finite"),
        (style(points=[[10**400, 0, 0]]), "style 0"),
        (style(points=[[0, 0, 0], [0, 0, 2]]), "style 0, point 1: its lift"),
    ],
)
def test_what_is_no_file_of_styles_is_refused_with_the_place(data, place):
    with pytest.raises(StylesError, match=place):
        parse(data, DIGEST)


@given(st.integers(0, len(file()) - 1), st.integers(0, 255))
def test_a_damaged_file_is_refused_or_read(place, byte):
    data = bytearray(file())
    data[place] = byte
    try:
        found = parse(bytes(data), DIGEST)
    except StylesError:
        return
    assert all(np.isfinite(hand.points).all() for hand in found)


def test_writing_in_a_style_begins_after_its_line():
    workspace = Workspace(MODEL)
    assert cooperative.run(styles.load(workspace, file())) == {"names": ["hand 0", "hand 1"], "seeds": [0, 1]}
    for number, line in enumerate(LINES):
        state = cooperative.run(workspace.style_state_slices(number))
        np.testing.assert_array_equal(state.h, MODEL.feed(line, MODEL.start()).h)
        assert cooperative.run(workspace.style_state_slices(number)) is state  # found once
    np.testing.assert_array_equal(cooperative.run(workspace.style_state_slices(-1)).c, MODEL.start().c)
    for missing in (-2, 2):
        with pytest.raises(StylesError, match="no style"):
            cooperative.run(workspace.style_state_slices(missing))


def test_styles_of_other_weights_leave_the_old_ones():
    workspace = Workspace(MODEL)
    cooperative.run(styles.load(workspace, file()))
    with pytest.raises(StylesError, match="other weights"):
        cooperative.run(styles.load(workspace, file(weights_sha256="0" * 64)))
    assert len(workspace.styles) == 2


def test_new_styles_replace_what_was_known_of_the_old():
    workspace = Workspace(MODEL)
    cooperative.run(styles.load(workspace, file()))
    cooperative.run(workspace.style_state_slices(0))
    cooperative.run(styles.load(workspace, file(styles=record()["styles"][::-1])))
    np.testing.assert_array_equal(
        cooperative.run(workspace.style_state_slices(0)).h, MODEL.feed(LINES[1], MODEL.start()).h
    )


def continued(line, strokes):
    """What CPython makes of strokes that come after a line (None: after nothing): (3, 6, 3)."""
    start = MODEL.start() if line is None else MODEL.feed(line, MODEL.start())
    return MODEL.continue_(MODEL.feed(fed(strokes), start), 3, 6, 0.5, 4)


def test_a_sheets_ink_is_encoded_again_in_a_style_and_back():
    workspace = Workspace(MODEL)
    cooperative.run(styles.load(workspace, file()))
    sheet = workspace.sheet("writing")
    write(sheet, STROKES)
    plain = predicted(sheet).offsets
    cooperative.run(styles.apply(workspace, "writing", 1))
    np.testing.assert_allclose(predicted(sheet).offsets, continued(LINES[1], STROKES), atol=1e-5)
    assert np.abs(predicted(sheet).offsets - plain).max() > 1e-3
    cooperative.run(styles.apply(workspace, "writing", -1))
    np.testing.assert_array_equal(predicted(sheet).offsets, plain)


def test_undo_and_redo_stay_right_across_a_change_of_style():
    """A stroke that was undone when the style changed comes back as that style reads it."""
    workspace = Workspace(MODEL)
    cooperative.run(styles.load(workspace, file()))
    sheet = workspace.sheet("writing")
    write(sheet, STROKES)
    predicted(sheet)
    sheet.set_stroke_count(1)
    predicted(sheet)
    cooperative.run(styles.apply(workspace, "writing", 0))
    np.testing.assert_allclose(predicted(sheet).offsets, continued(LINES[0], STROKES[:1]), atol=1e-5)
    sheet.set_stroke_count(3)
    np.testing.assert_allclose(predicted(sheet).offsets, continued(LINES[0], STROKES), atol=1e-5)
    sheet.set_stroke_count(0)
    write(sheet, [wave(2.0)])
    np.testing.assert_allclose(predicted(sheet).offsets, continued(LINES[0], [wave(2.0)]), atol=1e-5)


def test_a_new_style_makes_a_prediction_under_way_stale():
    workspace = Workspace(MODEL)
    cooperative.run(styles.load(workspace, file()))
    sheet = workspace.sheet("writing")
    write(sheet, STROKES)
    under_way = sheet.predict(3, 6, 0.5, 4)
    next(under_way)
    cooperative.run(styles.apply(workspace, "writing", 0))
    assert cooperative.run(under_way) is None


def test_other_sheets_keep_their_own_beginning():
    workspace = Workspace(MODEL)
    cooperative.run(styles.load(workspace, file()))
    write(workspace.sheet("other"), STROKES)
    cooperative.run(styles.apply(workspace, "writing", 0))
    np.testing.assert_allclose(predicted(workspace.sheet("other")).offsets, continued(None, STROKES), atol=1e-5)
