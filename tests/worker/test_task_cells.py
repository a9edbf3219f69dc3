"""The tasks of the cells, slice by slice, against the library run to its end."""

import numpy as np
import pytest

from ductus import cooperative
from ductus.analysis import cell_order, families, probing
from ductus.analysis.tsne import TSNE
from tests.support.networks import random_line
from tests.worker.test_ink_session import MODEL, STROKES, fed, wave, write
from worker.tasks import cell_order as cell_order_task
from worker.tasks import cells
from worker.workspace import Workspace


def run(work):
    """All progress of a task, and its value."""
    progress = []
    while True:
        try:
            some = next(work)
        except StopIteration as end:
            return progress, end.value
        if some is not None:
            progress.append(some)


def assembled(progress, count):
    """The columns of all progress, each put where it says: (N, H)."""
    table = np.full((count, MODEL.units), np.nan, np.float32)
    for piece in progress:
        table[piece["first"] : piece["first"] + len(piece["columns"])] = piece["columns"]
    return table


# --- of a line


@pytest.mark.parametrize("points", [1, 3, 16, 150])
def test_columns_of_a_line_are_the_models_cells(points):
    workspace, line = Workspace(MODEL), random_line(points, seed=points)
    workspace.from_points("ink", line)
    progress, value = run(cells.columns(workspace, "ink", 0, 0.5))
    expected = MODEL.cells(line)
    np.testing.assert_allclose(assembled(progress, points), expected, atol=1e-6)
    assert value["liveliest"] == np.clip(expected, -0.5, 0.5).std(axis=0).argmax()
    assert value["peak"] == np.abs(expected[:, value["liveliest"]]).argmax()
    assert value["beyond"] == pytest.approx((np.abs(expected) > 0.5).mean())
    assert all(len(piece["columns"]) <= cells.MAX_COLUMNS for piece in progress)


def test_columns_come_as_they_are_found_and_from_where_they_are_wanted():
    workspace, line = Workspace(MODEL), random_line(90, seed=1)
    workspace.from_points("model", line)
    work, first = cells.columns(workspace, "model", 0, 3), None
    while first is None:
        first = next(work)
    assert len(first["columns"]) < 90 and workspace.line("model").known < 90
    work.close()
    progress, _ = run(cells.columns(workspace, "model", 70, 3))
    assert min(piece["first"] for piece in progress) == 70
    np.testing.assert_allclose(assembled(progress, 90)[70:], MODEL.cells(line)[70:], atol=1e-6)


def test_columns_of_a_line_that_is_not_there():
    with pytest.raises(ValueError, match="'ink'"):
        run(cells.columns(Workspace(MODEL), "ink", 0, 3))


# --- sorted


@pytest.fixture(scope="module")
def workspace():
    """Two lines, one of them the longer."""
    workspace = Workspace(MODEL)
    workspace.from_points("ink", random_line(40, seed=3))
    workspace.from_points("model", random_line(70, seed=4))
    return workspace


@pytest.mark.parametrize("metric", ["plain", "percentile"])
def test_the_order_is_the_librarys_over_both_lines(workspace, metric):
    progress, value = run(cell_order_task.sort(workspace, ["ink", "model"], metric, 3, 9))
    lines = [MODEL.cells(workspace.line(name).points) for name in ("ink", "model")]
    expected = cell_order.order_cells(lines, metric, TSNE(perplexity=3), 9)
    np.testing.assert_array_equal(value["order"], expected.order)
    np.testing.assert_array_equal(value["signs"], expected.signs)
    np.testing.assert_array_equal(progress[0]["signs"], expected.signs)
    assert value["kl"] == pytest.approx(expected.kl, rel=1e-4)
    assert value["iterations"] == expected.iterations
    assert value["before"] == pytest.approx(expected.before[1:]) and value["after"] == pytest.approx(
        expected.after[1:]
    )
    assert value["neighbours"] == expected.before.neighbours
    assert list(value["cuts"]) == [0]  # eight cells are one family


def test_families_are_named_by_the_numbers_of_both_lines(workspace):
    order = np.array([5, 2, 0, 1, 7, 3, 6, 4])
    _, value = run(cell_order_task.name_families(workspace, ["ink", "model"], order, np.array([0, 3])))
    pairs = [(workspace.line(name).points, workspace.line(name).cells) for name in ("ink", "model")]
    table = probing.probe(pairs, MODEL.units_per_x_height)
    expected = families.name_families(table, order, np.array([0, 3]), list(probing.STATISTICS))
    shown = zip(value["first"], value["end"], value["names"], value["excess"], value["strength"], strict=True)
    assert [family[:3] for family in shown] == [family[:3] for family in expected]
    np.testing.assert_allclose(value["strength"], [family.strength for family in expected], rtol=1e-6)


def test_progress_is_sent(workspace):
    progress, value = run(cell_order_task.sort(workspace, ["ink", "model"], "plain", 3, 1))
    stages = [piece["stage"] for piece in progress[1:]]
    assert list(dict.fromkeys(stages)) == ["distances", "affinities", "quality", "places"]
    places = [piece for piece in progress[1:] if piece["stage"] == "places"]
    assert [piece["done"] for piece in places[:4]] == [0, 5, 10, 15]
    assert all(sorted(piece["order"]) == list(range(MODEL.units)) for piece in places)
    known = [piece["kl"] for piece in places if "kl" in piece]
    assert known[0] > known[-1] >= value["kl"] - 1e-3


def test_few_cells_are_sorted_at_a_perplexity_that_they_can_have(workspace):
    """Of 8 cells, 7 are the neighbours of one at most."""
    assert run(cell_order_task.sort(workspace, ["ink"], "plain", 7, 0))[1]["perplexity"] == 7
    _, found = run(cell_order_task.sort(workspace, ["ink"], "plain", 50, 0))
    assert found["perplexity"] == pytest.approx(7 / 3)
    same = cell_order.order_cells([workspace.line("ink").c[:-1]], "plain", TSNE(perplexity=7 / 3), 0)
    np.testing.assert_array_equal(found["order"], same.order)
    with pytest.raises(ValueError, match="from 1 up"):
        run(cell_order_task.sort(workspace, ["ink"], "plain", 0.5, 0))


# --- live


def test_columns_while_writing_are_those_of_the_finished_line():
    """Piece by piece, as the page asks: from the first point that was still open."""
    workspace = Workspace(MODEL)
    session = workspace.sheet("cells-live")
    table, places, stroke, point, seen = None, None, 0, 0, set()
    for number, xy in enumerate(STROKES):
        for first in range(0, len(xy), 7):
            last = first + 7 >= len(xy)
            session.add_ink(number, xy[first : first + 7], last)
            value = cooperative.run(cells.live_columns(workspace, "cells-live", stroke, point))
            first_column = value["first"]
            kept = slice(0, first_column)
            table = value["columns"] if table is None else np.concatenate([table[kept], value["columns"]])
            places = value["places"] if places is None else np.concatenate([places[kept], value["places"]])
            assert len(table) == len(places) + 1
            stroke, point = stroke + len(value["settled"]) - 1, int(value["settled"][-1])
            seen.add(len(places) - first_column)
    points = fed(STROKES)
    np.testing.assert_allclose(table[:-1], MODEL.cells(points), atol=1e-5)
    np.testing.assert_allclose(table[-1:], MODEL.feed(points, MODEL.start()).c, atol=1e-5)
    np.testing.assert_allclose(places[:, 2], points[:, 2])
    np.testing.assert_allclose(np.diff(places[:, :2], axis=0) * 3.24, points[1:, :2], atol=1e-4)
    assert len(seen) > 2


def test_columns_can_be_asked_for_again_from_any_point():
    workspace = Workspace(MODEL)
    session = workspace.sheet("cells-live")
    write(session, STROKES, lift_last=False)
    whole = cooperative.run(cells.live_columns(workspace, "cells-live", 0, 0))
    first = len(fed(STROKES[:1]))
    for stroke, point, column in ((0, 5, 5), (1, 0, first), (1, 3, first + 3), (2, 0, None)):
        value = cooperative.run(cells.live_columns(workspace, "cells-live", stroke, point))
        assert column is None or value["first"] == column
        np.testing.assert_array_equal(value["columns"], whole["columns"][value["first"] :])
        np.testing.assert_array_equal(value["places"], whole["places"][value["first"] :])


def test_columns_after_undo_redo_and_clear():
    workspace = Workspace(MODEL)
    session = workspace.sheet("cells-live")
    write(session, STROKES[:2])
    both = cooperative.run(cells.live_columns(workspace, "cells-live", 0, 0))["columns"]
    session.set_stroke_count(1)
    one = cooperative.run(cells.live_columns(workspace, "cells-live", 1, 0))
    assert len(one["columns"]) == 1 and one["first"] == len(fed(STROKES[:1]))
    np.testing.assert_array_equal(one["columns"][0], both[one["first"]])
    session.set_stroke_count(2)
    np.testing.assert_array_equal(
        cooperative.run(cells.live_columns(workspace, "cells-live", 1, 0))["columns"], both[one["first"] :]
    )
    session.set_stroke_count(0)
    np.testing.assert_array_equal(
        cooperative.run(cells.live_columns(workspace, "cells-live", 0, 0))["columns"], MODEL.start().c
    )
    session.add_ink(0, STROKES[1], True)
    np.testing.assert_allclose(
        cooperative.run(cells.live_columns(workspace, "cells-live", 0, 0))["columns"][:-1],
        MODEL.cells(fed(STROKES[1:2])),
        atol=1e-5,
    )


def test_predictions_and_columns_of_one_sheet_do_not_mix_their_states():
    workspace = Workspace(MODEL)
    session = workspace.sheet("cells-live")
    write(session, STROKES, lift_last=False)
    cooperative.run(session.predict(2, 3, 0.5, 1))
    expected = cooperative.run(cells.live_columns(workspace, "cells-live", 0, 0))["columns"]
    stale = cells.live_columns(workspace, "cells-live", 0, 0)
    next(stale)
    session.add_ink(2, wave(1.0, 20, STROKES[-1][-1]), False)
    assert cooperative.run(stale) is None
    np.testing.assert_allclose(
        cooperative.run(cells.live_columns(workspace, "cells-live", 0, 0))["columns"][:5], expected[:5], atol=1e-6
    )


@pytest.mark.parametrize(("stroke", "point"), [(-1, 0), (2, 0), (0, 1000), (0, -1), (1, 1)])
def test_points_that_are_not_there(stroke, point):
    workspace = Workspace(MODEL)
    workspace.sheet("cells-live").add_ink(0, STROKES[0], True)
    with pytest.raises(ValueError, match="has no point"):
        cooperative.run(cells.live_columns(workspace, "cells-live", stroke, point))
