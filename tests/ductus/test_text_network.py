"""The text network against its equations in plain numpy, its weight file, and what it refuses."""

import numpy as np
import pytest

from ductus import alphabet, guidance, mixture
from ductus.alphabet import TextError
from ductus.cooperative import run
from ductus.ink import InkError
from ductus.model import Model
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from ductus.weights import text as text_weights
from ductus.weights.weights import WeightsError, check_metadata
from ductus.window import AHEAD, BEHIND, MARGIN
from tests.ductus.test_window import by_the_equations
from tests.support.networks import random_line, random_weights
from tests.support.text_networks import random_text_weights, without_a_window


def logistic(z):
    return 1 / (1 + np.exp(-z))


def outputs_by_the_equations(weights, points, text):
    """The head's numbers before each point and after the last, float64 (N + 1, 1 + 6M), with nothing of ductus's."""
    a = {name: weights.array(name, np.float64) for name in weights.arrays}
    H, K = len(a["W_hh"]), len(a["b_k"]) // 3
    h, c, w, kappa = np.zeros(H), np.zeros(H), np.zeros(len(a["W_wh"])), [0.0] * K
    outputs, places = [], []
    for x in [np.zeros(3), *points]:
        z = x @ a["W_xh"] + w @ a["W_wh"] + h @ a["W_hh"] + a["b_h"]
        i, g, f, o = z[:H], z[H : 2 * H], z[2 * H : 3 * H] + weights.metadata["forget_bias"], z[3 * H :]
        c = c * logistic(f) + np.tanh(g) * logistic(i)
        h = np.tanh(c) * logistic(o)
        kappa, place, seen = by_the_equations(a["W_hk"], a["b_k"], h, kappa, text)
        w = np.zeros(len(a["W_wh"]))
        for u, phi in seen.items():
            w[1 + alphabet.ALPHABET.index(text[u]) if u < len(text) else 0] += phi
        outputs.append(h @ a["W_hy"] + w @ a["W_wy"] + a["b_y"])
        places.append(place)
    return np.array(outputs), np.array(places)


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 2e-4)])
def test_equations(dtype, tolerance):
    weights, points, text = random_text_weights(seed=4), random_line(60, 3), "Some text: 12, then 3."
    expected, places = outputs_by_the_equations(weights, points, text)
    assert places[-1] > len(text) / 3  # so that the window really went over some characters
    network = TextNetwork(weights, dtype)
    state, codes = network.start(text), alphabet.encode(text, BEHIND, MARGIN)
    for i, x in enumerate(points):
        np.testing.assert_allclose(network.output(state)[0], expected[i], rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(state.view.place[0], places[i], rtol=tolerance)
        state = network.step(x[None], state, codes)
    fed = network.feed(points, network.start(text), text)
    np.testing.assert_array_equal(fed.h, state.h)
    np.testing.assert_array_equal(fed.w, state.w)
    score = network.score(points, text)
    density = mixture.split(expected[:-1])
    np.testing.assert_allclose(score.position, -mixture.log_density(density, points[:, :2]), atol=30 * tolerance)
    np.testing.assert_allclose(score.lift, -mixture.log_lift(density, points[:, 2]), atol=30 * tolerance)


def test_several_pens_do_not_touch_one_another():
    network, text = TextNetwork(random_text_weights(), np.float64), "abc def"
    lines = [random_line(20, seed) for seed in range(3)]
    codes, state = alphabet.encode(text, BEHIND, MARGIN), network.start(text, 3)
    for x in np.stack(lines, axis=1):  # (B, 3)
        state = network.step(x, state, codes)
    for pen, line in enumerate(lines):
        alone = network.feed(line, network.start(text), text)
        np.testing.assert_allclose(state.h[pen], alone.h[0], atol=1e-12)
        np.testing.assert_allclose(network.output(state)[pen], network.output(alone)[0], atol=1e-12)


@pytest.mark.parametrize("pens", [1, 2])
def test_a_trace_ends_where_the_window_may_have_seen_more_than_the_limit(pens):
    network, codes = TextNetwork(random_text_weights()), alphabet.encode("abc def", BEHIND, MARGIN)
    line, state = random_line(40, 2), network.rest(pens)
    whole = run(network.tracing(line, state, codes, np.inf).here())
    assert whole.h.shape == (40 * pens, network.units)
    for t, x in enumerate(line):
        state = network.step(np.repeat(x[None], pens, axis=0), state, codes)
        np.testing.assert_array_equal(whole.h[t * pens :][:pens], state.h)
    reach = np.floor(whole.view.place[::pens]) + AHEAD + 1
    for limit in (0, 4, 6):
        states = run(network.tracing(line, network.rest(pens), codes, limit).here())
        within = int(np.argmax(reach > limit))
        np.testing.assert_array_equal(states.c, whole.c[: within * pens])


@pytest.mark.parametrize("pens", [1, 2])
def test_a_piece_of_writing_ends_with_the_limit_or_its_uniforms(pens):
    """Its points are those that are drawn from its states, whatever pieces it comes in."""
    network, codes = TextNetwork(random_text_weights()), alphabet.encode("abc def", BEHIND, MARGIN)
    rng, ends = np.random.default_rng(1), set()
    start = network.rest() if pens == 1 else network.beside_unread(network.rest())
    for _ in range(30):
        uniforms, limit = rng.random((8, guidance.UNIFORMS if pens == 2 else 4)), int(rng.choice([2, 3, 99]))
        x = rng.normal(0, 1, (1, 3))

        def write(x, state, chances, limit=limit):
            return run(network.writing(x, state, codes, limit, 0.8, 1.5, chances).here())

        states, points = write(x, start, uniforms)
        outputs = network.output(states).reshape(len(points), pens, 1 + 6 * network.components)
        for output, chance, point in zip(outputs, uniforms, points, strict=False):
            one = (
                guidance.sample(output, 0.8, 1.5, chance) if pens == 2 else mixture.sample(output, 0.8, chance[None])
            )
            np.testing.assert_allclose(point, one[0], rtol=1e-4, atol=1e-5)
        assert len(states.h) == pens * len(points)
        ends.add("limit" if len(points) < len(uniforms) else "uniforms")
        half = len(points) // 2
        first, begun = write(x, start, uniforms[:half])
        at = first.take(np.arange(len(first.h))[-pens:]) if half else start
        after = write(begun[-1:] if half else x, at, uniforms[half:])
        np.testing.assert_array_equal(np.concatenate([begun, after[1]]), points)
        np.testing.assert_array_equal(np.concatenate([first.h, after[0].h]), states.h)
    assert ends == {"limit", "uniforms"}


def test_without_a_window_it_is_the_plain_network():
    """With zero weights from the window the score is that of the plain network with the same arrays."""
    weights = without_a_window()
    plain, text = Model(weights[0], np.float64), TextNetwork(weights[1], np.float64)
    line = random_line(40, 5)
    np.testing.assert_allclose(text.score(line, "any text").total, plain.score(line).total, atol=1e-10)


@pytest.mark.parametrize("quantised", [False, True])
@pytest.mark.parametrize("name", ["t.jb64", "t.jb64.gz"])
def test_weight_file_round_trip(tmp_path, quantised, name):
    weights = random_text_weights(seed=7)
    weights = weights.quantise() if quantised else weights
    weight_file.save(weights, tmp_path / name)
    loaded = weight_file.load(tmp_path / name)
    assert loaded.metadata == weights.metadata and list(loaded.arrays) == list(weights.arrays)
    for array in weights.arrays:
        np.testing.assert_array_equal(loaded.array(array), weights.array(array))
    assert loaded.parameters == sum(loaded.array(array).size for array in loaded.arrays)
    line = random_line(10)
    before, after = (TextNetwork(one).score(line, "abc").total for one in (weights, loaded))
    np.testing.assert_array_equal(before, after)


def test_each_kind_of_network_refuses_the_other_kind():
    with pytest.raises(WeightsError, match="text network, which cannot write without a text"):
        Model(random_text_weights())
    with pytest.raises(WeightsError, match="does not know what it writes"):
        TextNetwork(random_weights())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"network": "other"}, "'network' is 'other', a kind that"),
        ({"network": 3}, "'network' is 3"),
        ({"network": "plain"}, "'alphabet' does not belong to a plain network"),
        ({"alphabet": "abc"}, "the alphabet is not the one"),
        ({"window": {}}, "not None"),
        ({"window": {"gaussians": True}}, "not True"),
        ({"window": {"gaussians": 10**9}}, "not 1000000000"),
        ({"window": text_weights.describe(3)["window"] | {"ahead": 9}}, "another reach"),
    ],
)
def test_metadata_that_does_not_fit(change, said):
    metadata = random_text_weights().metadata
    assert check_metadata(metadata)
    with pytest.raises(WeightsError, match=said):
        check_metadata(metadata | change)


def test_bad_ink_and_bad_text():
    network = TextNetwork(random_text_weights())
    with pytest.raises(InkError, match="not finite"):
        network.score(np.array([[np.nan, 0, 0]]), "a")
    with pytest.raises(TextError, match="no text"):
        network.start("")
    with pytest.raises(TextError, match="EURO"):
        network.score(random_line(3), "1 \u20ac")
