"""The blend of a sheet's ink, as a task: while it is written, undone, and at another strength."""

import numpy as np
import pytest

from ductus import cooperative
from ductus.generation.beautify import Beautifier
from ductus.ink import InkError
from tests.worker.test_ink_session import MODEL, STROKES, fed
from tests.worker.test_task_cells import run
from worker.tasks import beautify
from worker.workspace import Workspace


def write(sheet, strokes, upto=None):
    """Writes strokes in pieces of a few points; the last one only up to its point `upto`, without lifting the pen."""
    for number, stroke in enumerate(strokes):
        last = number == len(strokes) - 1
        end = upto if last and upto else len(stroke)
        for first in range(0, end, 5):
            sheet.add_ink(number, stroke[first : min(first + 5, end)], first + 5 >= end and not (last and upto))


def expected(strokes, strength):
    points = fed(strokes)
    places = np.column_stack([points[:, :2].cumsum(axis=0) / MODEL.units_per_x_height + strokes[0][0], points[:, 2]])
    return places, cooperative.run(Beautifier(MODEL, strength).blend_slices(places))


def test_the_blend_of_a_sheet_is_the_beautifiers():
    workspace = Workspace(MODEL)
    write(workspace.sheet("a"), STROKES)
    progress, value = run(beautify.blend(workspace, "a", 0.6))
    places, blend = expected(STROKES, 0.6)
    assert len(progress) == 1 and value["count"] == len(places)
    np.testing.assert_allclose(progress[0]["places"], blend.places, atol=1e-5)
    assert value["blend"] == pytest.approx(blend.nats.mean())
    points = fed(STROKES)
    assert value["yours"] == pytest.approx(MODEL.score(points).total.mean(), abs=1e-4)
    assert value["apart"] == pytest.approx(np.hypot(*(blend.places - places)[:, :2].T).mean(), abs=1e-6)


def test_it_follows_while_the_pen_writes_and_after_undo():
    workspace = Workspace(MODEL)
    sheet = workspace.sheet("a")
    write(sheet, STROKES[:2], upto=9)
    progress, _ = run(beautify.blend(workspace, "a", 0.5))
    assert len(progress[0]["places"]) == len(sheet.places()) and progress[0]["places"][-1, 2] == 0
    for first in range(9, len(STROKES[1]), 5):
        sheet.add_ink(1, STROKES[1][first : first + 5], first + 5 >= len(STROKES[1]))
        run(beautify.blend(workspace, "a", 0.5))
    np.testing.assert_allclose(
        run(beautify.blend(workspace, "a", 0.5))[0][0]["places"], expected(STROKES[:2], 0.5)[1].places, atol=1e-5
    )
    sheet.set_stroke_count(1)
    progress, value = run(beautify.blend(workspace, "a", 0.5))
    np.testing.assert_allclose(progress[0]["places"], expected(STROKES[:1], 0.5)[1].places, atol=1e-5)
    sheet.set_stroke_count(0)
    progress, value = run(beautify.blend(workspace, "a", 0.5))
    assert len(progress[0]["places"]) == 0 and value == {"count": 0, "apart": None, "yours": None, "blend": None}


def test_another_strength_takes_the_place_of_the_old_one():
    workspace = Workspace(MODEL)
    write(workspace.sheet("a"), STROKES)
    for strength in (0.1, 0.2, 0.9, 0.0):
        progress, value = run(beautify.blend(workspace, "a", strength))
        np.testing.assert_allclose(progress[0]["places"], expected(STROKES, strength)[1].places, atol=1e-5)
    assert value["yours"] == value["blend"] and value["apart"] < 1e-12
    with pytest.raises(ValueError, match="strength"):
        cooperative.run(beautify.blend(workspace, "a", 1.0))


def test_a_newer_request_cancels_the_older():
    workspace = Workspace(MODEL)
    write(workspace.sheet("a"), STROKES)
    old = beautify.blend(workspace, "a", 0.5)
    next(old)
    assert run(beautify.blend(workspace, "a", 0.5))[1] is not None
    assert run(old) == ([], None)


def test_too_much_ink_is_refused():
    workspace = Workspace(MODEL)
    workspace.sheet("a").add_ink(0, np.array([[0.0, 0.0], [2000.0, 0.0]]), True)
    with pytest.raises(InkError, match="at most 4,000"):
        run(beautify.blend(workspace, "a", 0.5))
