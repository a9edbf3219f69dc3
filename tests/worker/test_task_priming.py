"""Writing after a sheet's ink, and from nothing, as tasks: rows and metrics against the library."""

import numpy as np
import pytest

from ductus import cooperative
from ductus.analysis.style_metrics import style_metrics
from ductus.generation.line_wrap import write_slices
from ductus.ink import InkError
from ductus.model import Model
from tests.support.networks import random_weights
from tests.worker.test_ink_session import MODEL, STROKES, fed, wave
from tests.worker.test_task_beautify import write
from tests.worker.test_task_cells import run
from worker.tasks import priming
from worker.workspace import Workspace


def rows_of(state, points, seed, width):
    rows, count = [], 0
    for row in write_slices(MODEL, state, 0.8, seed, width):
        if row is not None:
            rows.append(row)
            count += len(row.points)
            if count >= points:
                return rows


@pytest.fixture
def workspace():
    workspace = Workspace(MODEL)
    write(workspace.sheet("p"), STROKES)
    return workspace


def test_rows_begin_from_the_ink_and_from_nothing(workspace):
    progress, value = run(priming.write(workspace, "p", 150, 0.8, 3, 9.0))
    ink = fed(STROKES)
    assert value == {"count": len(ink)}
    for primed, state in ((1, MODEL.feed(ink, MODEL.start())), (0, MODEL.start())):
        expected = rows_of(state, 150, 3, 9.0)
        found = [row for row in progress if row["primed"] == primed]
        assert len(found) == len(expected)
        for row, whole in zip(found, expected, strict=True):
            np.testing.assert_allclose(row["places"], whole.places, atol=1e-3)
            assert row["above"] == pytest.approx(whole.above, abs=1e-3)
            assert row["below"] == pytest.approx(whole.below, abs=1e-3)
    assert [row["primed"] for row in progress] == sorted([row["primed"] for row in progress], reverse=True)


def test_hands_are_measured_over_more_lines():
    workspace = Workspace(MODEL)
    strokes = [wave(6.0), wave(5.0, start=(7.0, 0.2))]
    write(workspace.sheet("p"), strokes)
    value = cooperative.run(priming.measure(workspace, "p", 60, 0.7, 5))
    ink, units = fed(strokes), np.array([MODEL.units_per_x_height] * 2 + [1])
    assert value["count"] == len(ink) >= priming.MIN_POINTS and value["lines"] == priming.MEASURED_LINES
    np.testing.assert_allclose(value["yours"], style_metrics(ink / units), rtol=1e-5)
    for name, state in (("primed", MODEL.feed(ink, MODEL.start())), ("plain", MODEL.start())):
        lines = MODEL.continue_(state, priming.MEASURED_LINES, 60, 0.7, [5, priming.MEASURED_LINES])
        hands = np.array([style_metrics(line / units) for line in lines])
        np.testing.assert_allclose(value[name], [hands.mean(axis=0), hands.std(axis=0)], rtol=1e-3, atol=1e-4)


def test_so_little_ink_shows_no_hand(workspace):
    value = cooperative.run(priming.measure(workspace, "p", 20, 0.5, 1))
    assert value == {"count": len(fed(STROKES)), "lines": priming.MEASURED_LINES}


def test_ink_that_goes_on_is_read_from_where_it_went_on(workspace):
    cooperative.run(priming.measure(workspace, "p", 5, 0.5, 1))
    known = workspace.line("priming p").known
    stroke = STROKES[0] + [9, 0]
    workspace.sheet("p").add_ink(len(STROKES), stroke, True)
    work = priming.measure(workspace, "p", 5, 0.5, 1)
    next(work)
    assert workspace.line("priming p").known > known


def test_no_ink_is_said_and_nothing_else_is_touched():
    workspace = Workspace(Model(random_weights(units_per_x_height=3.24, pen_clock={})))
    for task in (priming.measure(workspace, "p", 5, 0.5, 1), priming.write(workspace, "p", 5, 0.5, 1, 9.0)):
        with pytest.raises(InkError):
            cooperative.run(task)
    assert workspace.lines == {}
