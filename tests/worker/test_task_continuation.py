"""One long continuation of a sheet's ink, as a task: which of the seeded draws leads, and its pieces."""

import numpy as np
import pytest

from tests.worker.test_ink_session import MODEL, STROKES, fed, write
from tests.worker.test_task_cells import run
from worker.tasks import continuation
from worker.workspace import Workspace

STEPS, TEMPERATURE = 37, 0.7


@pytest.fixture
def workspace():
    workspace = Workspace(MODEL)
    write(workspace.sheet("s"), STROKES)
    return workspace


def draws(seed, count):
    """Return the paths that may lead, (count, STEPS, 3), drawn one by one."""
    state = MODEL.feed(fed(STROKES), MODEL.start())
    seeds = [seed, *([seed, draw] for draw in range(1, count))]
    return np.array([MODEL.continue_(state, 1, STEPS, TEMPERATURE, each)[0] for each in seeds])


@pytest.mark.parametrize("seed", range(6))
def test_the_first_draw_that_begins_to_the_right_of_the_ink_leads(workspace, seed):
    progress, value = run(continuation.lead(workspace, "s", STEPS, TEMPERATURE, seed, 12))
    paths = draws(seed, 12)
    pen, edge = STROKES[-1][-1], max(stroke[:, 0].max() for stroke in STROKES)
    right = [k for k, path in enumerate(paths) if pen[0] + path[0, 0] / 3.24 > edge]
    assert value == {"draw": right[0] if right else 0, "right": bool(right)}
    places = np.concatenate([piece["places"] for piece in progress])  # (1 + STEPS, 3)
    assert len(progress) > 2
    np.testing.assert_allclose(places[0], [*pen, 1], atol=1e-6)
    offsets = np.diff(places[:, :2], axis=0) * 3.24
    np.testing.assert_allclose(offsets, paths[value["draw"], :, :2], atol=1e-3)
    np.testing.assert_array_equal(places[1:, 2], paths[value["draw"], :, 2])


def test_one_draw_is_the_plain_first_one(workspace):
    progress, value = run(continuation.lead(workspace, "s", STEPS, TEMPERATURE, 3, 1))
    assert value["draw"] == 0
    places = np.concatenate([piece["places"] for piece in progress])
    np.testing.assert_allclose(np.diff(places[:, :2], axis=0) * 3.24, draws(3, 1)[0, :, :2], atol=1e-3)


def test_newer_ink_cancels_it_and_without_ink_there_is_none(workspace):
    work = continuation.lead(workspace, "s", STEPS, TEMPERATURE, 3, 12)
    next(work)
    workspace.sheet("s").set_stroke_count(1)
    assert run(work)[1] is None
    with pytest.raises(ValueError, match="no ink"):
        run(continuation.lead(workspace, "empty", STEPS, TEMPERATURE, 3, 12))
