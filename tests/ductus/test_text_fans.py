"""Fans that know the text: against the equations, the Writer and the plain network's fans, and reproducible."""

import numpy as np
import pytest

from ductus import mixture
from ductus.alphabet import TextError
from ductus.cooperative import run
from ductus.generation.recall import UNPRIMED
from ductus.generation.text import Primer, write
from ductus.generation.text_fans import fan, fan_slices, line_states
from ductus.ink import InkError
from ductus.model import Model
from ductus.text_network import TextNetwork, TextState
from tests.ductus.test_text_network import outputs_by_the_equations
from tests.support.networks import random_line
from tests.support.text_networks import random_text_weights, without_a_window

WEIGHTS = random_text_weights(units=8, seed=1)
NETWORK = TextNetwork(WEIGHTS, np.float64)
PRIMER = Primer(random_line(7, 2), "xy")


@pytest.mark.parametrize("primer", [None, PRIMER])
def test_each_path_is_sampled_by_the_equations(primer):
    line, text, samples, steps = random_line(5, 1), "abc def", 3, 3
    found = fan(NETWORK, line, text, samples, steps, 0.8, 9, primer)
    assert found.shape == (5, samples, steps, 3) and found.dtype == np.float32
    before, whole = (PRIMER.points, "xy " + text) if primer else (np.zeros((0, 3)), text)
    for i in (0, 4):
        uniforms = np.random.default_rng([9, i]).random((steps, samples, 4))
        for sample in range(samples):
            path = np.concatenate([before, line[:i]])
            for step in range(steps):
                output = outputs_by_the_equations(WEIGHTS, path, whole)[0][-1:]
                point = mixture.sample(output, 0.8, uniforms[step, sample][None])
                np.testing.assert_allclose(found[i, sample, step], point[0], atol=1e-5)
                path = np.concatenate([path, point])


def test_a_network_without_a_window_has_the_plain_networks_fans():
    plain, text = without_a_window(units=6)
    line = random_line(12, 4)
    np.testing.assert_allclose(
        fan(TextNetwork(text, np.float64), line, "some text", 5, 4, 0.7, 3),
        Model(plain, np.float64).fan(line, 5, 4, 0.7, 3),
        atol=1e-6,
    )


@pytest.mark.parametrize("primer", [None, PRIMER])
def test_the_states_are_those_that_the_writer_drew_from(primer):
    """Also in the contexts of a long text, which begin again with its last words."""
    network, text, rng = TextNetwork(WEIGHTS), " ".join(["some", "words"] * 20), np.random.default_rng(3)
    written = write(network, text, 1.0, 3, primer, strength=0.0)
    states = list(filter(None, line_states(network, written.points, written.text, primer)))
    assert len(written.points) > UNPRIMED.context and len({context for _, context in states}) > 1
    for (state, _), point in zip(states, written.points, strict=True):
        drawn = mixture.sample(network.output(state), 1.0, rng.random((1, 4)))
        np.testing.assert_array_equal(np.float32(drawn[0]), point)


def test_a_fan_depends_on_its_seed_and_on_no_other_fan():
    line, text = random_line(30, 1), "abc def"
    whole = fan(NETWORK, line, text, 80, 2, 0.8, 9)  # of more samples than are drawn together
    np.testing.assert_array_equal(whole, fan(NETWORK, line, text, 80, 2, 0.8, 9))
    assert not np.array_equal(whole, fan(NETWORK, line, text, 80, 2, 0.8, 10))
    states = [state for state, _ in line_states(NETWORK, line, text)]
    pauses = fan_slices(NETWORK, TextState.join([states[3], states[20]]), text, 80, 2, 0.8, [[9, 3], [9, 20]])
    np.testing.assert_allclose(run(pauses), whole[[3, 20]], atol=1e-6)


def test_what_cannot_be_drawn():
    line = random_line(3, 1)
    for text, samples, steps, error in (("", 2, 2, TextError), ("a", 0, 2, ValueError), ("a", 2, 0, ValueError)):
        with pytest.raises(error):
            fan(NETWORK, line, text, samples, steps, 0.5, 1)
    with pytest.raises(InkError):
        fan(NETWORK, line * np.nan, "a", 2, 2, 0.5, 1)
    with pytest.raises(ValueError, match="temperature"):
        fan(NETWORK, line, "a", 2, 2, -1, 1)
