"""Strokes taken away: against the line read again without them, and the places of the rest."""

import numpy as np
import pytest

from ductus import cooperative, ink, mixture
from ductus.analysis.removal import earlier_strokes, removal_slices, without
from ductus.ink import InkError
from ductus.model import Model
from tests.ductus.test_model import sliced
from tests.support.networks import random_line, random_weights

WEIGHTS = random_weights(seed=7)
LINE = random_line(60, seed=8)  # strokes end at random
LINE[[9, 20, 21, 33, 50], 2] = 1


def places(points):
    """The strokes on the paper, from the place of the first point."""
    return ink.to_strokes(points, tuple(-points[0, :2]))


def test_the_rest_stays_where_it_is():
    strokes = places(LINE)
    for number, (first, end) in enumerate(earlier_strokes(LINE, 60)):
        rest = without(LINE, first, end)
        assert len(rest) == 60 - (end - first)
        wanted = strokes[:number] + strokes[number + 1 :]
        shift = np.zeros(2) if number else wanted[0][0]  # the line then starts with the next stroke
        for mine, theirs in zip(places(rest), wanted, strict=True):
            np.testing.assert_allclose(mine, theirs - shift, atol=1e-9)
    np.testing.assert_array_equal(without(LINE, 0, 10)[0, :2], LINE[0, :2])


def log_p(model, state, points):
    """Log p of points one after the other, by the definition."""
    total = []
    for point in points:
        density = model.head(state)
        total.append(mixture.log_density(density, point[None, :2])[0] + mixture.log_lift(density, point[None, 2])[0])
        state = model.step(point[None], state)
    return np.array(total)


@pytest.mark.parametrize("point", [59, 51, 22, 21])
def test_the_change_is_that_of_the_line_read_again(point):
    model = Model(WEIGHTS, np.float64, sliced(4, 3))
    states, strokes = model.line_states(LINE), earlier_strokes(LINE, point)
    found = cooperative.run(removal_slices(model, LINE, states, point, 6, 3, 5))
    assert list(zip(found.first, found.end, strict=True)) == strokes and len(strokes) >= 2
    state = model.feed(LINE[:point], model.start())
    paths = model.continue_(state, 6, 3, 1.0, [5, point]).astype(np.float64)
    for row, (first, end) in enumerate(strokes):
        rest = without(LINE, first, end)
        after = model.feed(rest[: point - (end - first)], model.start())
        moved = LINE[first:end, :2].sum(axis=0) if end == point else 0
        truth = LINE[point].copy()
        truth[:2] += moved
        wanted = log_p(model, state, LINE[point][None]) - log_p(model, after, truth[None])
        assert found.nats[row] == pytest.approx(wanted[0], abs=1e-9)
        differences = []
        for path in paths:
            seen = path.copy()
            seen[0, :2] += moved
            differences.append(log_p(model, state, path).sum() - log_p(model, after, seen).sum())
        assert found.fan[row] == pytest.approx(np.mean(differences), abs=1e-9)
    assert np.abs(found.nats).max() > 0.01


def test_the_first_stroke_alone_cannot_be_taken_away():
    model = Model(WEIGHTS)
    states = model.line_states(LINE)
    first = int(np.flatnonzero(LINE[:, 2])[0])
    for point in (0, first, first + 1):
        assert earlier_strokes(LINE, point) == []
        assert cooperative.run(removal_slices(model, LINE, states, point, 2, 1, 0)).nats.shape == (0,)
    assert earlier_strokes(LINE, first + 2)[0] == (0, first + 1)
    with pytest.raises(InkError, match="no point 60; the line has 60"):
        cooperative.run(removal_slices(model, LINE, states, 60, 2, 1, 0))


def test_progress_counts_the_strokes():
    model = Model(WEIGHTS)
    done = list(removal_slices(model, LINE, model.line_states(LINE), 59, 3, 2, 0))
    assert done == sorted(done) and done[0] == 0 and done[-1] == len(earlier_strokes(LINE, 59))
