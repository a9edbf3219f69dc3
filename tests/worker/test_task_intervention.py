"""Interventions in the worker: against the library's own states, fans, scores, ablation and gradients."""

import numpy as np
import pytest

from ductus import cooperative
from ductus.analysis import ablation, probing, removal, saliency
from ductus.intervention import parse
from tests.support.networks import random_line
from tests.worker.test_ink_session import MODEL
from worker.tasks import fans as plain_fans
from worker.tasks import intervention
from worker.workspace import Workspace

N, UNITS = 40, MODEL.units_per_x_height
LINE = random_line(N, seed=1)
TEXT = "1,3:silence;5:clamp=0.7@12;2:freeze@9"
WHICH = parse(TEXT, 8)


@pytest.fixture
def workspace():
    """A workspace with a line of N points."""
    workspace = Workspace(MODEL)
    workspace.from_points("model", LINE)
    return workspace


def run(slices):
    """The progress of a task, without its plain pauses, and its value."""
    progress = []
    while True:
        try:
            progress.append(next(slices))
        except StopIteration as end:
            return [piece for piece in progress if piece is not None], end.value


@pytest.mark.parametrize("point", [0, 7, 9, 12, 39, 40])
def test_a_fan_before_and_under_interventions(workspace, point):
    _, found = run(intervention.fans(workspace, "model", point, 5, 3, 0.7, 4, TEXT))
    line = workspace.line("model")
    origin = line.places[point - 1, :2] if point else np.zeros(2)
    for name, which in (("before", ()), ("after", WHICH)):
        state = MODEL.feed(LINE[:point], MODEL.start(interventions=which), which)
        paths = MODEL.continue_(state, 5, 3, 0.7, [4, point], which, point)
        wanted = paths[..., :2].cumsum(axis=1) / UNITS + origin
        np.testing.assert_allclose(found[name], wanted, atol=1e-4)
    if point == 40:
        assert np.isnan(found["nats"]).all()
    else:
        scores = [MODEL.score(LINE, which).total[point] for which in ((), WHICH)]
        np.testing.assert_allclose(found["nats"], scores, atol=1e-4)
        known = np.ones(N, np.uint8)
        known[point] = 0
        ((piece,), _) = run(plain_fans.sample(workspace, "model", 5, 3, 0.7, 4, -1e9, 1e9, 0.0, known))
        np.testing.assert_allclose(found["before"], piece["xy"][0], atol=1e-5)  # the fan of figure 3
        assert found["chances"][0] == pytest.approx(piece["lifts"][0], abs=1e-6)


def test_states_are_computed_once_and_no_further_than_needed(workspace):
    run(intervention.fans(workspace, "model", 15, 2, 1, 0.5, 0, TEXT))
    changed = workspace.changed_line("model", TEXT)
    assert (changed.known, workspace.line("model").known) == (16, 16)
    expected = MODEL.cells(LINE, interventions=WHICH)
    np.testing.assert_allclose(changed.c[:16], expected[:16], atol=1e-6)
    run(intervention.fans(workspace, "model", 20, 2, 1, 0.5, 0, TEXT))
    assert workspace.changed_line("model", TEXT) is changed and changed.known == 21
    assert workspace.changed_line("model", "1:flip") is not changed
    later = workspace.changed_line("model", "4:flip@30")
    run(later.encode_slices(29))
    np.testing.assert_array_equal(later.c[:30], workspace.line("model").c[:30])
    run(later.encode_slices(40))
    np.testing.assert_allclose(later.c[30], MODEL.cells(LINE)[30] * np.where(np.arange(8) == 4, -1, 1), atol=1e-6)
    workspace.from_points("model", LINE[:20])
    assert workspace.changed_line("model", TEXT).known == 0


@pytest.mark.parametrize("text", [TEXT, "4:flip@33", "", "0:silence@39"])
def test_what_each_point_costs(workspace, text):
    _, found = run(intervention.nats(workspace, "model", text))
    assert found["count"] == N
    np.testing.assert_allclose(found["before"], MODEL.score(LINE).total, atol=1e-4)
    np.testing.assert_allclose(found["after"], MODEL.score(LINE, parse(text, 8)).total, atol=1e-4)


def test_one_change_after_another_is_seen_against_the_same_line(workspace):
    """Also after another point, seed, temperature or line was asked for."""
    asked = [(9, 4, 0.7, TEXT), (9, 4, 0.7, "1:flip"), (9, 5, 0.7, "1:flip"), (9, 5, 0.2, TEXT), (12, 5, 0.2, "")]
    for points in (LINE, LINE[::-1]):
        workspace.from_points("model", points)
        for point, seed, temperature, text in asked + asked[:1]:
            arguments = "model", point, 3, 4, temperature, seed, text
            fresh = Workspace(MODEL)
            fresh.from_points("model", points)
            for task, given in ((intervention.fans, arguments), (intervention.nats, ("model", text))):
                _, found = run(task(workspace, *given))
                _, wanted = run(task(fresh, *given))
                for name, value in wanted.items():
                    np.testing.assert_array_equal(found[name], value)


def test_a_line_written_on_from_a_point(workspace):
    _, found = run(intervention.write(workspace, "model", 13, 30, 0.5, 6, TEXT))
    for name, which in (("before", ()), ("after", WHICH)):
        state = MODEL.feed(LINE[:13], MODEL.start(interventions=which), which)
        (path,) = MODEL.continue_(state, 1, 30, 0.5, [6, 13], which, 13)
        start = workspace.line("model").places[12, :2]
        np.testing.assert_allclose(found[name][:, :2], path[:, :2].cumsum(axis=0) / UNITS + start, atol=1e-3)
        np.testing.assert_array_equal(found[name][:, 2], path[:, 2])
    _, same = run(intervention.write(workspace, "model", 13, 30, 0.5, 6, ""))
    np.testing.assert_array_equal(same["before"], same["after"])


def test_ablation_is_the_librarys_and_is_kept_while_the_line_stays(workspace):
    first, some = run(intervention.ablate(workspace, "model", 2, 5))
    progress, found = run(intervention.ablate(workspace, "model", 0, 8))
    expected = ablation.effects(MODEL, LINE, ablation.single_cells(8))
    for name, column in zip(ablation.MEASURES, expected.T, strict=True):
        np.testing.assert_allclose(found[name], column, atol=1e-5)
        np.testing.assert_array_equal(some[name], found[name][2:5])
    assert first and progress[-1] == {"done": 5.0}  # the other three were known
    assert [piece["done"] for piece in progress] == sorted({piece["done"] for piece in progress})
    assert run(intervention.ablate(workspace, "model", 0, 8))[0] == []
    workspace.from_points("model", LINE[:20])
    assert run(intervention.ablate(workspace, "model", 0, 8))[0] != []


def test_families_and_the_smallest_set(workspace):
    with pytest.raises(ValueError, match="only 0 of 8 cells have been silenced"):
        run(intervention.groups(workspace, "model", 1))
    run(intervention.ablate(workspace, "model", 0, 8))
    progress, found = run(intervention.groups(workspace, "model", 1))
    families = ablation.families(probing.probe([(LINE, MODEL.cells(LINE))], UNITS))
    assert {name: family["cells"].tolist() for name, family in found["families"].items()} == families and families
    for family in found["families"].values():
        row = ablation.effects(MODEL, LINE, ablation.silenced([family["cells"]]))[0]
        np.testing.assert_allclose([family[name] for name in ablation.MEASURES], row, atol=1e-5)
    base = cooperative.run(ablation.predictions_slices(MODEL, LINE))
    single = ablation.effects(MODEL, LINE, ablation.single_cells(8))
    smallest = cooperative.run(ablation.smallest_set_slices(MODEL, base, single, 1))
    np.testing.assert_array_equal(found["smallest"]["cells"], smallest.cells)
    np.testing.assert_allclose(found["smallest"]["random"], smallest.random, atol=1e-5)
    assert progress[-1]["done"] == pytest.approx(1)


def test_verdicts_on_every_cell(workspace):
    with pytest.raises(ValueError, match="only 0 of 8 cells"):
        run(intervention.verdicts(workspace, "model"))
    run(intervention.ablate(workspace, "model", 0, 8))
    _, found = run(intervention.verdicts(workspace, "model"))
    single = ablation.effects(MODEL, LINE, ablation.single_cells(8))
    assert set(found) == set(probing.STATISTICS)
    for quantity, each in found.items():
        np.testing.assert_array_equal(each, ablation.verdicts(single, quantity))
    assert {value for each in found.values() for value in each} >= {0, 1}


@pytest.mark.parametrize(("of", "cell"), [("point", 0), ("lift", 0), ("cell", 6)])
def test_the_gradient_is_the_librarys(workspace, of, cell):
    _, found = run(intervention.gradient(workspace, "model", 33, of, cell))
    expected = saliency.saliency(MODEL, LINE, 33, of, cell)
    np.testing.assert_allclose(found["by"], expected.gradient * [UNITS, UNITS, 1], atol=1e-4)
    assert found["value"] == pytest.approx(expected.value, abs=1e-4)
    assert found["back"].tolist() == [saliency.reach(expected.size, share) for share in (0.5, 0.9, 0.99)]


def test_strokes_taken_away(workspace):
    progress, found = run(intervention.strokes(workspace, "model", 39, 4, 3, 2))
    expected = cooperative.run(removal.removal_slices(MODEL, LINE, MODEL.line_states(LINE), 39, 4, 3, 2))
    np.testing.assert_array_equal(found["first"], expected.first)
    np.testing.assert_allclose(found["nats"], expected.nats, atol=1e-4)
    np.testing.assert_allclose(found["fan"], expected.fan, atol=1e-4)
    assert progress[-1] == {"done": float(len(expected.first))} and len(expected.first) > 1


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda w: intervention.fans(w, "model", 41, 2, 2, 0.5, 0, TEXT), "no point 41; the line has 40"),
        (lambda w: intervention.fans(w, "model", 4, 2, 2, 0.5, 0, "9:flip"), "no cell 9; the network has 8"),
        (lambda w: intervention.nats(w, "model", "1:flip@90"), "no point 90"),
        (lambda w: intervention.nats(w, "model", "1:dance"), 'no action "dance"'),
        (lambda w: intervention.write(w, "none", 1, 1, 0.5, 0, ""), "no line 'none'"),
        (lambda w: intervention.ablate(w, "model", 3, 9), "no cells 3 to 8; the network has 8"),
        (lambda w: intervention.ablate(w, "model", 3, 3), "no cells"),
        (lambda w: intervention.gradient(w, "model", 40, "point", 0), "no point 40"),
        (lambda w: intervention.gradient(w, "model", 4, "mood", 0), "no target 'mood'"),
        (lambda w: intervention.strokes(w, "model", -1, 2, 2, 0), "no point -1"),
    ],
)
def test_what_cannot_be_done_is_named(workspace, work, words):
    with pytest.raises(ValueError, match=words):
        run(work(workspace))
