"""Which lines serve as styles: level, steady, unlike one another, and followed by writing that holds."""

import numpy as np
import pytest

from ductus.model import Model
from ductus.weights.weights import Weights
from tests.support.networks import random_weights
from weights.training.evaluate import penmanship, styles


class Loops:
    """A network that writes words of loops; the seed decides how they lean, how high and how joined they are."""

    units_per_x_height = 2.0

    def write(self, steps, temperature, seed, state=None):
        rng = np.random.default_rng(seed)
        lean, high, joined = rng.uniform(-0.6, 0.6), rng.uniform(0.3, 0.9), rng.integers(10, 60)
        t = 0.25 * np.arange(steps)
        y = high * np.sin(t)
        xy = np.stack([0.18 * t + 0.3 * np.cos(t) - lean * y, y], 1)
        lift = np.arange(steps) % joined == joined - 1
        if seed % 4 == 3:
            xy[:, 1] += 0.1 * xy[:, 0]  # not level
        return (np.column_stack([np.diff(xy, axis=0, prepend=xy[:1]), lift]) * [2, 2, 1]).astype(np.float32)


def test_styles_are_level_and_unlike():
    chosen = styles.choose(Loops(), candidates=40)
    assert len({style["seed"] for style in chosen}) == styles.STYLES
    assert not any(style["seed"] % 4 == 3 for style in chosen)
    hands = np.array([[style["hand"][name] for name in penmanship.METRICS] for style in chosen])
    assert np.ptp(hands[:, 0]) > 30  # of 60 degrees or so
    for style in chosen:
        line = Loops().write(styles.STEPS, 0.5, style["seed"])
        assert style["points"][-1][2] == 1
        np.testing.assert_allclose(style["points"], line[: len(style["points"])], atol=6e-4)
    with pytest.raises(styles.StylesError, match="of the first 4 seeds"):
        styles.choose(Loops(), candidates=4)


def test_only_lines_that_hold_are_styles():
    tall = [style["seed"] for style in styles.choose(Loops(), candidates=40)]
    asked = []

    def holding(line):
        asked.append(len(line))
        return len(asked) % 2 == 0

    chosen = [style["seed"] for style in styles.choose(Loops(), holding, candidates=60)]
    assert len(chosen) == styles.STYLES and chosen != tall
    assert min(asked) >= penmanship.HALF
    with pytest.raises(styles.StylesError, match="that lasts"):
        styles.choose(Loops(), lambda line: False, candidates=40)


class ContinuedLoops(Loops):
    """Goes on as a line began: what it writes at each temperature is made from the line by `then`."""

    def __init__(self, then=lambda path, temperature: path):
        self.then = then

    def start(self):
        return None

    def feed(self, line, state):
        return line

    def continue_(self, state, samples, steps, temperature, seed):
        path = np.resize(state, (steps, 3))
        return np.repeat(self.then(path.copy(), temperature)[None], samples, 0)


def _falls(path, temperature):
    path[:, 1] += 0.1 * path[:, 0]
    return path


def _stands(path, temperature):
    return path * [0, 1, 1] if temperature == 0.3 else path


def _grows(path, temperature):
    return path * [1, 1.5, 1]


def _seldom_lifts(path, temperature):
    path[:, 2] *= np.arange(len(path)) % 2
    return path


@pytest.mark.parametrize("then", [_falls, _stands, _grows, _seldom_lifts])
def test_a_line_holds_if_what_follows_is_level_whole_and_of_human_size(then):
    line = Loops().write(styles.STEPS, 0.5, 0)
    line = styles.until_the_last_lift(line)
    human = penmanship.measures([np.resize(line, (700, 3)) / [2, 2, 1]])
    assert styles.is_lasting(ContinuedLoops(), line, human)
    assert not styles.is_lasting(ContinuedLoops(then), line, human)


def test_a_network_that_never_lifts_the_pen_offers_no_styles():
    made = random_weights()
    silent = made.arrays["b_y"].copy()
    silent[0] = -50  # the lift's logit
    model = Model(Weights({**made.arrays, "b_y": silent}, made.metadata))
    with pytest.raises(styles.StylesError, match="only 0 of the first 6 seeds"):
        styles.choose(model, candidates=6)
