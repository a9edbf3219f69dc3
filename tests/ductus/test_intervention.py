"""Interventions: against the LSTM's equations step by step, and the texts that name them."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus import cooperative, mixture
from ductus.backend.numpy import CellChange
from ductus.intervention import (
    ACTIONS,
    MAX_TEXT,
    Intervention,
    InterventionError,
    check,
    parse,
    to_text,
)
from ductus.lstm import State
from ductus.model import Model
from tests.support.networks import random_line, random_weights

WEIGHTS = random_weights(seed=3)
LINE = random_line(25, seed=4)
TEXT = "0,3:silence;7:clamp=1.5@5;2:flip;9:freeze@4;10:freeze;5:silence@6;5:freeze@9;6:flip;6:clamp=-.25@24"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def by_definition(weights, line, interventions):
    """Return the cells and hidden states that predict each point, (N, H) each, by the equations, one at a time."""
    W = {name: weights.array(name, np.float64) for name in weights.arrays}
    h = c = np.zeros(weights.units)
    cells, hidden = [], []
    for point, x in enumerate([np.zeros(3), *line[:-1]]):  # the step that makes the state that predicts it
        i, g, f, o = np.split(x @ W["W_xh"] + h @ W["W_hh"] + W["b_h"], 4)
        new = c * sigmoid(f + weights.metadata["forget_bias"]) + np.tanh(g) * sigmoid(i)
        for cell in range(len(new)):
            for cells_, action, value, start in interventions:
                if cell not in cells_ or point < start + (action == "freeze"):
                    continue
                own = c[cell] * sigmoid(f + weights.metadata["forget_bias"])[cell] + (np.tanh(g) * sigmoid(i))[cell]
                new[cell] = {"silence": 0, "clamp": value, "flip": -own, "freeze": c[cell]}[action]
        c, h = new, np.tanh(new) * sigmoid(o)
        cells.append(c)
        hidden.append(h)
    return np.array(cells), np.array(hidden)


def test_the_states_are_those_of_the_definition():
    model, interventions = Model(WEIGHTS, np.float64), parse(TEXT, 12)
    states = model.line_states(LINE, interventions=interventions)
    cells, hidden = by_definition(WEIGHTS, LINE, interventions)
    np.testing.assert_allclose(states.c, cells, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(states.h, hidden, rtol=1e-12, atol=1e-12)
    assert (states.c[5:, 7] == 1.5).all() and (states.c[:, [0, 3]] == 0).all() and states.c[24, 6] == -0.25
    assert len(set(states.c[4:, 9])) == 1 and len(set(states.c[9:, 5])) == 1 and (states.c[6:, 5] == 0).all()
    np.testing.assert_allclose(Model(WEIGHTS).cells(LINE, interventions=interventions), cells, atol=1e-5)


def test_scores_are_those_of_the_changed_states():
    model, interventions = Model(WEIGHTS, np.float64), parse(TEXT, 12)
    states = model.line_states(LINE, interventions=interventions)
    density = model.head(states)
    score = model.score(LINE, interventions)
    np.testing.assert_allclose(score.position, -mixture.log_density(density, LINE[:, :2]), rtol=1e-10)
    np.testing.assert_allclose(score.lift, -mixture.log_lift(density, LINE[:, 2]), rtol=1e-10)
    assert np.abs(score.total - model.score(LINE).total).max() > 0.01


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_intervention_changes_no_bit(dtype):
    """Neither no interventions, nor one on no cells, nor a change that keeps every cell."""
    model = Model(WEIGHTS, dtype)
    state = model.start()
    for none in ((), (Intervention((), "silence"),)):
        np.testing.assert_array_equal(model.cells(LINE, interventions=none), model.cells(LINE))
        np.testing.assert_array_equal(model.score(LINE, none).total, model.score(LINE).total)
        drawn = model.continue_(state, 3, 9, 0.7, 1, none, 4)
        np.testing.assert_array_equal(drawn, model.continue_(state, 3, 9, 0.7, 1))
        np.testing.assert_array_equal(model.fan(LINE, 3, 2, 0.7, 1, none), model.fan(LINE, 3, 2, 0.7, 1))
    kept = CellChange(np.ones((1, 12), dtype), np.full((1, 12), -0.0, dtype))
    uniforms = np.random.default_rng(1).random((1, 6, 4, 4))
    (changed, paths), (plain, plain_paths) = (model.draw(None, state, 0.7, uniforms, one) for one in (kept, None))
    for mine, theirs in zip((*changed, paths), (*plain, plain_paths), strict=True):
        np.testing.assert_array_equal(mine, theirs)
        np.testing.assert_array_equal(np.signbit(mine), np.signbit(theirs))  # -0.0 equals 0.0


def test_an_intervention_changes_nothing_before_it_starts():
    model = Model(WEIGHTS)
    for action in ACTIONS:
        changed = model.cells(LINE, interventions=[Intervention((1, 2), action, 0.3, 11)])
        np.testing.assert_array_equal(changed[:11], model.cells(LINE)[:11])
        assert not np.array_equal(changed[12], model.cells(LINE)[12])


@pytest.mark.parametrize("at", [0, 3, 4, 5, 6, 8, 24])
def test_a_line_can_be_fed_in_parts(at):
    model, interventions = Model(WEIGHTS, np.float64), parse(TEXT, 12)
    first = model.feed(LINE[:at], model.start(interventions=interventions), interventions)
    rest = model.feed(LINE[at:], first, interventions, at)
    whole = model.feed(LINE, model.start(interventions=interventions), interventions)
    np.testing.assert_array_equal(rest.c, whole.c)
    expected = model.cells(np.concatenate([LINE, LINE[:1]]), interventions=interventions)
    np.testing.assert_array_equal(whole.c[0], expected[-1])


@pytest.mark.parametrize("at", [0, 4, 9])
def test_paths_are_drawn_from_the_changed_states(at):
    """Interventions also start on the way: each path is the line that it and the ink before it make."""
    interventions = parse(f"{TEXT};8:freeze@{at + 2};11:flip@{at + 3};11:silence@{at + 6}", 12)
    model = Model(WEIGHTS, np.float64)
    state = model.feed(LINE[:at], model.start(interventions=interventions), interventions)
    paths = model.continue_(state, 5, 9, 0.7, 2, interventions, at)
    rng = np.random.default_rng(2)
    uniforms = np.stack([rng.random((5, 4)) for _ in range(9)])
    for sample, path in enumerate(paths):
        line = np.concatenate([LINE[:at], path])
        states = by_definition(WEIGHTS, line, interventions)
        outputs = model.output(State(states[1], states[0]))[at:]
        wanted = [mixture.sample(outputs[t][None], 0.7, uniforms[t, sample][None])[0] for t in range(9)]
        np.testing.assert_allclose(path, wanted, rtol=1e-4, atol=1e-5)


def test_fans_are_continuations_of_the_changed_line():
    model, interventions = Model(WEIGHTS), parse(TEXT, 12)
    fans = model.fan(LINE, 4, 3, 0.7, 9, interventions)
    for i in (0, 3, 4, 5, 8, 23):
        state = model.feed(LINE[:i], model.start(interventions=interventions), interventions)
        alone = model.continue_(state, 4, 3, 0.7, [9, i], interventions, i)
        np.testing.assert_allclose(fans[i], alone, rtol=1e-4, atol=1e-5)
    assert np.abs(fans - model.fan(LINE, 4, 3, 0.7, 9)).max() > 0.01


def test_each_row_of_a_batch_has_its_own():
    model = Model(WEIGHTS, np.float64)
    own = [parse(text, 12) for text in ("1:silence", "", "2:freeze@3;1:flip@7", "4-9:clamp=2@1")]
    scores = model.score_lines([LINE, LINE[:20], LINE, LINE[3:]], own)
    for line, mine, score in zip((LINE, LINE[:20], LINE, LINE[3:]), own, scores, strict=True):
        np.testing.assert_allclose(score.total, model.score(line, mine).total, rtol=1e-9)
    states = model.line_states(LINE)
    picked = State(states.h[[4, 4, 9, 9]], states.c[[4, 4, 9, 9]])
    fans = cooperative.run(model.fan_slices(picked, 3, 5, 0.5, [1, 1, 2, 2], own, [4, 4, 9, 9]))
    for row, (i, seed) in enumerate(((4, 1), (4, 1), (9, 2), (9, 2))):
        start = State(states.h[i : i + 1], states.c[i : i + 1])
        np.testing.assert_allclose(fans[row], model.continue_(start, 3, 5, 0.5, seed, own[row], i), atol=1e-5)
    with pytest.raises(InterventionError, match="4 sequences of interventions are not one for each of 2"):
        model.score_lines([LINE, LINE], own)


# --- texts


def test_a_text_names_them():
    assert parse("12,40:silence;7:clamp=1.5@120", 100) == (
        Intervention((12, 40), "silence"),
        Intervention((7,), "clamp", 1.5, 120),
    )
    assert parse(" 3-5, 4 : flip ; 0:freeze@ 9 ", 6) == (
        Intervention((3, 4, 5), "flip"),
        Intervention((0,), "freeze", 0.0, 9),
    )
    assert parse("1:clamp=-2e-1", 2) == (Intervention((1,), "clamp", -0.2),)
    assert parse("  ", 6) == ()


_one = st.builds(
    lambda cells, action, value, start: Intervention(
        tuple(sorted(cells)), action, value if action == "clamp" else 0.0, start
    ),
    st.sets(st.integers(0, 499), min_size=1, max_size=30),
    st.sampled_from(ACTIONS),
    st.floats(-1e6, 1e6),
    st.integers(0, 5000),
)


@given(st.lists(_one, max_size=5))
def test_a_text_is_read_as_it_was_written(interventions):
    assert parse(to_text(interventions), 500) == tuple(interventions)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12", '"12" is not of the form CELLS:ACTION'),
        ("1:flip;", '"" is not of the form'),
        ("1:dampen", 'there is no action "dampen", only silence, clamp, flip, freeze'),
        ("500:flip", "there is no cell 500; the network has 500, 0 to 499"),
        ("3,-1:flip", '"-1" is not the number of a cell'),
        ("0-999999999:flip", "there is no cell 999999999"),
        ("5-2:flip", '"5-2" ends before it begins'),
        (":flip", '"" is not the number of a cell'),
        ("1:clamp", "clamp needs a value"),
        ("1:clamp=", "is not a number"),
        ("1:clamp=two", '"two" is not a number'),
        ("1:clamp=nan", "cannot be clamped to nan"),
        ("1:clamp=1e9", "cannot be clamped to 1000000000.0"),
        ("1:flip=1", "flip takes no value"),
        ("1:flip@", '"" is not the number of a point'),
        ("1:flip@-3", '"-3" is not the number of a point'),
        ("1:flip@1@2", '"1@2" is not the number of a point'),
        ("1:flip;" * 300, "301 interventions are more than 200"),
        ("1" * (MAX_TEXT + 1), "20,001 characters"),
    ],
)
def test_what_is_wrong_with_a_text_is_named(text, words):
    with pytest.raises(InterventionError) as caught:
        parse(text, 500)
    assert words in str(caught.value) and len(str(caught.value)) < 200


@given(st.text(alphabet="0123456789,-;:=@.eilncszfpamrqx ", max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(InterventionError):
        check(parse(text, 500), 500)


def test_a_point_beyond_the_line_is_refused_and_a_cell_beyond_the_network():
    model = Model(WEIGHTS)
    for verb in (model.score, lambda line, which: model.cells(line, interventions=which)):
        with pytest.raises(InterventionError, match="no point 25 to start from; the line has 25, from 0 on"):
            verb(LINE, [Intervention((1,), "flip", 0.0, 25)])
        with pytest.raises(InterventionError, match="no cell 12; the network has 12, 0 to 11"):
            verb(LINE, [Intervention((12,), "flip")])
    with pytest.raises(InterventionError, match="no cell -1"):
        model.start(interventions=[Intervention((-1,), "flip")])
    with pytest.raises(InterventionError, match='no action "dance"'):
        model.start(interventions=[Intervention((1,), "dance")])
    # in a continuation it may start later
    assert model.continue_(model.start(), 1, 5, 0.5, 0, [Intervention((1,), "flip", 0.0, 400)]).shape == (1, 5, 3)
