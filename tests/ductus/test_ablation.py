"""Ablation: each row against the line scored with its intervention, and the smallest set against all sizes tried."""

import json
from pathlib import Path

import numpy as np
import pytest

from ductus import cooperative, mixture
from ductus.analysis import ablation
from ductus.analysis.ablation import (
    AGREES,
    MEASURES,
    NOTHING,
    effects,
    effects_slices,
    families,
    predictions_slices,
    silenced,
    single_cells,
    smallest_set_slices,
    verdicts,
)
from ductus.analysis.probing import STATISTICS
from ductus.intervention import InterventionError, parse
from ductus.model import Model
from ductus.weights import file as weight_file
from tests.ductus.test_model import sliced
from tests.support.networks import random_line, random_weights

FOLDER = Path(__file__).resolve().parents[2] / "weights"
WEIGHTS = random_weights(seed=9)
LINE = random_line(30, seed=10)
MODEL = Model(WEIGHTS, np.float64)


def by_definition(interventions):
    """The four measures of one row, from the states of the changed line."""
    densities = [MODEL.head(MODEL.line_states(LINE, interventions=which)) for which in ((), interventions)]
    score, without = MODEL.score(LINE), MODEL.score(LINE, interventions)
    chances = [mixture.lift_probability(density) for density in densities]
    steps = [(np.exp(density.log_pi)[..., None] * density.mu).sum(axis=1) @ [1, 1j] for density in densities]
    return [
        (without.position - score.position).mean(),
        (without.lift - score.lift).mean(),
        np.abs(chances[1] - chances[0]).mean(),
        np.abs(np.angle(steps[1] / steps[0])).mean(),
    ]


ROWS = [parse(text, 12) for text in ("3:silence", "0,5:flip@7", "", "2:clamp=2@29", "1:freeze@12;4:silence@3")]


def test_each_row_is_the_line_scored_with_its_interventions():
    found = effects(MODEL, LINE, ROWS)
    np.testing.assert_allclose(found, [by_definition(row) for row in ROWS], atol=1e-10)
    assert found.shape == (5, len(MEASURES)) and (np.abs(found[2]) < 1e-12).all()
    assert (np.abs(found[[0, 1, 3, 4]]) > 1e-6).all()
    np.testing.assert_allclose(effects(Model(WEIGHTS), LINE, ROWS), found, atol=1e-5)


@pytest.mark.parametrize(("rows", "steps"), [(1, 1), (2, 3), (5, 100)])
def test_rows_do_not_depend_on_one_another(rows, steps):
    """So groups of them can be computed apart, also from a later point on only."""
    model = Model(WEIGHTS, np.float64, sliced(rows, steps))
    np.testing.assert_allclose(effects(model, LINE, ROWS), effects(MODEL, LINE, ROWS), atol=1e-12)
    np.testing.assert_allclose(effects(model, LINE, ROWS[3:]), effects(MODEL, LINE, ROWS)[3:], atol=1e-12)
    assert effects(model, LINE, []).shape == (0, 4)
    assert effects(model, LINE, [()]).tolist() == [[0, 0, 0, 0]]


def test_what_cannot_be_done_is_refused_before_anything_is_read():
    base = cooperative.run(predictions_slices(MODEL, LINE))
    with pytest.raises(InterventionError, match="no point 30 to start from; the line has 30"):
        next(effects_slices(MODEL, base, [*ROWS, parse("1:flip@30", 12)]))
    with pytest.raises(InterventionError, match="no cell 40"):
        next(effects_slices(MODEL, base, silenced([[40]])))


def test_progress_rises_to_the_number_of_rows():
    model = Model(WEIGHTS, np.float64, sliced(4, 2))
    base = cooperative.run(predictions_slices(model, LINE))
    done = list(effects_slices(model, base, single_cells(12)))
    assert done == sorted(done) and done[-1] == 12 and len(done) > 30 and done[0] < 1


def test_known_states_are_used():
    states = MODEL.line_states(LINE)
    base = cooperative.run(predictions_slices(MODEL, LINE, states))
    assert np.shares_memory(base.states.c, states.c)
    score = MODEL.score(LINE)
    np.testing.assert_allclose([base.position, base.lift], [score.position, score.lift], atol=1e-12)


def test_a_family_is_the_cells_that_go_with_a_quantity_most():
    table = {
        "x": np.array([0.9, -0.8, 0.1, 0.4]),
        "direction": np.array([0.2, 0.85, 0.6, 0.1]),
        "lift_to_come": np.array([0.5, 0.5, 0.1, 0.6]),  # as strong as 0, 0, 0.8, 0.2
        "just_lifted": None,
    }
    assert families(table) == {"x": [0], "direction": [1], "lift_to_come": [2]}
    assert families({"x": None}) == {}


@pytest.fixture(scope="module")
def shipped():
    """The shipped network, a few points of a line of its own, and what each cell costs there."""
    model = Model(weight_file.load(FOLDER / "ductus-500.jb64.gz"))
    line = np.array(json.loads((FOLDER / "styles.json").read_text())["styles"][1]["points"], float)[:12]
    base = cooperative.run(predictions_slices(model, line))
    return model, base, effects(model, line, single_cells(500))


@pytest.mark.parametrize("nats", [1.0, 3.0, 1e9])
def test_the_smallest_set_is_the_first_of_its_ranking_that_costs_enough(nats, shipped, monkeypatch):
    monkeypatch.setattr(ablation, "NATS", nats)
    model, base, single = shipped
    slices = smallest_set_slices(model, base, single, seed=4)
    progress = []
    while True:
        try:
            progress.append(next(slices))
        except StopIteration as end:
            found = end.value
            break
    ranking, size = np.argsort(-(single[:, 0] + single[:, 1]), kind="stable"), len(found.cells)
    np.testing.assert_array_equal(found.cells, ranking[:size])
    rng = np.random.default_rng(4)
    sets = [ranking[:size], ranking[: size - 1], *(rng.permutation(500)[:size] for _ in range(ablation.RANDOM_SETS))]
    costs = effects(model, base.points, silenced(sets))[:, :2].sum(axis=1)
    np.testing.assert_allclose([found.nats, *found.random], [costs[0], *costs[2:]], rtol=1e-4, atol=1e-4)
    if nats > 1e6:
        assert size == 500  # even all of them cost too little
    else:
        assert costs[0] >= nats > costs[1]
    assert (size == 1) == (nats == 1)
    assert progress == sorted(progress) and progress[0] >= 0 and progress[-1] == pytest.approx(1)


def test_a_cell_agrees_with_its_probe_or_nothing_changes_without_it():
    """Ranks among twenty cells: one in ten agrees, and below the median in all measures is nothing."""
    rows = np.column_stack([np.arange(20)] * 4) * 0.1
    assert verdicts(rows, "dy").tolist() == [NOTHING] * 10 + [0] * 8 + [AGREES] * 2
    rows[0, 2] = 5.0  # the chance of a lift
    assert verdicts(rows, "lift_to_come")[0] == AGREES and verdicts(rows, "dy")[0] == 0
    rows[0, 2] = -0.01
    assert verdicts(rows, "x")[0] == NOTHING
    assert set(ablation.MATCHING) == set(STATISTICS) and set(ablation.MATCHING.values()) <= set(MEASURES)
