"""Writing a text: reproducible, the same letter by letter as at once, and ended by rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ductus import guidance, mixture
from ductus.alphabet import ALPHABET, END, SYMBOLS, TextError
from ductus.analysis.reader import Reader
from ductus.cooperative import run
from ductus.generation.best_draw import best_slices
from ductus.generation.recall import PRIMED, UNPRIMED, last_words, recalled
from ductus.generation.text import Primer, Writer, write
from ductus.generation.text_line import END_SHARE, MAX_POINTS_PER_CHARACTER
from ductus.ink import InkError
from ductus.text_network import TextNetwork
from ductus.weights.weights import Weights
from ductus.window import AHEAD, BEHIND
from tests.support.networks import random_line
from tests.support.readers import random_reader_weights
from tests.support.text_networks import random_text_weights

NETWORK = TextNetwork(random_text_weights(units=8, seed=1))


def test_the_seed_decides():
    first, again, other = (write(NETWORK, "abc def", 1.0, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.points, again.points)
    assert len(other.points) != len(first.points) or (other.points != first.points).any()
    assert first.points.dtype == np.float32 and first.points.shape == (len(first.places), 3)


@pytest.mark.parametrize("primed", [False, True])
def test_each_point_is_sampled_by_the_next_four_uniforms_of_the_seed(primed):
    line, text, rng = random_line(5, 1), "abc def", np.random.default_rng(3)
    written = write(NETWORK, text, 1.0, 3, Primer(line, "xy") if primed else None, strength=0)
    whole = "xy " + text if primed else text
    state = NETWORK.start(whole)
    state = NETWORK.feed(line, state, whole) if primed else state
    for point in written.points:
        expected = mixture.sample(NETWORK.output(state), 1.0, rng.random((1, 4)))  # (1, 3)
        np.testing.assert_allclose(point, expected[0], rtol=1e-5, atol=1e-5)
        state = NETWORK.feed(expected, state, whole)


@settings(deadline=None, max_examples=40)
@given(st.text(st.sampled_from(ALPHABET), min_size=1, max_size=25), st.integers(0, 2**32), st.data())
def test_letter_by_letter_is_the_same_as_at_once(text, seed, data):
    """To the bit, whatever pieces the text comes in, as long as only its end was still open."""
    text = text.strip() or "a"
    whole = write(NETWORK, text, 0.8, seed)
    writer, pieces = Writer(NETWORK, 0.8, seed), []
    for end in sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6))):
        pieces.append(writer.extend(text[:end]))
        sofar = np.concatenate(pieces)
        np.testing.assert_array_equal(sofar, whole.points[: len(sofar)])
    pieces.append(writer.finish(text))
    np.testing.assert_array_equal(np.concatenate(pieces), whole.points)
    np.testing.assert_array_equal(writer.written.places, whole.places)
    assert writer.written.complete == whole.complete


def test_what_is_written_does_not_depend_on_letters_out_of_reach():
    """The points up to where the window may see the first letter that differs are the same, the next ones are not."""
    one, other = (write(NETWORK, "the same beginning " + end, 0.7, 5) for end in ("of it", "XYZW!"))
    reach = np.maximum.accumulate(np.floor(one.places)) + AHEAD
    same = int(np.argmax(reach >= len("the same beginning ")))
    assert 10 < same < len(one.points)
    np.testing.assert_array_equal(one.points[:same], other.points[:same])
    assert not np.array_equal(one.points[same : same + 5], other.points[same : same + 5])


def test_extending_writes_as_far_as_the_text_decides():
    writer = Writer(NETWORK, 0.5, 0)
    assert writer.extend("").shape == (0, 3)
    assert len(writer.extend("abc")) == 0 or np.floor(writer.written.places).max() + AHEAD < 3
    grown = writer.extend("abc defghi")
    assert len(grown) and np.floor(writer.written.places).max() + AHEAD < 10
    assert not writer.ended


def test_a_change_of_what_is_written_already_is_refused():
    writer = Writer(NETWORK, 0.5, 0)
    writer.extend("abc defghijkl")
    before = writer.written.points
    for changed in ("xbc defghijkl", "a", ""):
        with pytest.raises(TextError, match="changed where it is written"):
            writer.extend(changed)
    np.testing.assert_array_equal(writer.written.points, before)
    seen = int(np.floor(writer.written.places).max()) + AHEAD + 1
    assert len(writer.extend("abc defghijkl"[:seen] + " something else entirely")) > 0


def test_the_line_ends_with_a_lift_where_the_window_is_at_the_end():
    text = "some words"
    for seed in range(5):
        line = write(NETWORK, text, 1.0, seed, strength=0)
        assert line.complete and line.points[-1, 2] == 1
        state, ends = NETWORK.start(text), []
        for i, x in enumerate(line.points.astype(float)):
            if x[2] and (state.w[0, END] > END_SHARE * state.w.sum() or state.view.place >= len(text)):
                ends.append(i)
            state = NETWORK.feed(x[None], state, text)
        assert ends == [len(line.points) - 1]


def test_a_window_that_stands_still_is_given_up():
    made = random_text_weights(units=8, seed=1)
    arrays = {name: made.array(name) for name in made.arrays}
    arrays["W_hk"][:] = 0
    arrays["b_k"][6:] = -60
    line = write(TextNetwork(Weights.from_arrays(arrays, made.metadata)), "abc", 0.5, 0)
    assert not line.complete and len(line.points) == MAX_POINTS_PER_CHARACTER


def test_text_is_brought_to_the_alphabet_first():
    assert write(NETWORK, "  \u201cna\u00efve\u201d \n", 0.5, 0).text == '"naive"'
    for text, said in (("", "no text"), (" \n ", "no text"), ("a" * 401, "at most 400"), ("\u05d0", "right to left")):
        with pytest.raises(TextError, match=said):
            write(NETWORK, text, 0.5, 0)
    for bad in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="temperature"):
            write(NETWORK, "a", bad, 0)
        with pytest.raises(ValueError, match="guidance"):
            write(NETWORK, "a", 0.5, 0, strength=bad)


def test_priming_is_writing_on_from_the_ink():
    """The network is fed the primer's ink with its text, a space and the new text; the rest is drawn as ever."""
    ink = write(NETWORK, "first words", 0.6, 1).points
    primed = write(NETWORK, "and more", 0.6, 2, Primer(ink, " first words "), strength=0)
    whole = "first words and more"
    state = NETWORK.feed(ink, NETWORK.start(whole), whole)
    rng = np.random.default_rng(2)
    for point, place in zip(primed.points, primed.places, strict=True):
        expected = mixture.sample(NETWORK.output(state), 0.6, rng.random((1, 4)))[0]
        np.testing.assert_array_equal(point, expected.astype(np.float32))
        assert place == pytest.approx(float(state.view.place[0]) - len("first words "), abs=1e-4)
        state = NETWORK.feed(expected[None], state, whole)
    assert primed.text == "and more" and primed.complete
    assert not np.array_equal(primed.points[:5], write(NETWORK, "and more", 0.6, 2, strength=0).points[:5])


def test_priming_letter_by_letter():
    ink = write(NETWORK, "first words", 0.6, 1).points
    whole = write(NETWORK, "and more", 0.6, 2, Primer(ink, "first words"))
    writer = Writer(NETWORK, 0.6, 2, Primer(ink, "first words"))
    pieces = [writer.extend("and more"[:end]) for end in range(9)] + [writer.finish("and more")]
    np.testing.assert_array_equal(np.concatenate(pieces), whole.points)
    np.testing.assert_array_equal(writer.written.places, whole.places)


def test_bad_primers():
    with pytest.raises(TextError, match="what the ink says"):
        Writer(NETWORK, 0.5, 0, Primer(np.zeros((3, 3)), "  "))
    with pytest.raises(TextError, match="EURO"):
        Writer(NETWORK, 0.5, 0, Primer(np.zeros((3, 3)), "5 \u20ac"))
    with pytest.raises(InkError, match="not finite"):
        Writer(NETWORK, 0.5, 0, Primer(np.full((3, 3), np.nan), "abc"))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(st.sampled_from("abc de.F"), min_size=1, max_size=14), min_size=1, max_size=5), st.data())
def test_a_changed_text_is_the_same_as_that_text_at_once(texts, data):
    """Whatever was written before, even if it was left half done; what is said to stay does not change."""
    primer = data.draw(st.sampled_from([None, Primer(random_line(20, 1), "xy")]))
    writer = Writer(NETWORK, 0.8, 7, primer)
    for text in texts:
        if not text.strip():
            continue
        before, work = writer.written.points, writer.change(text)
        keep = next(work)
        np.testing.assert_array_equal(writer.written.points, before[:keep])
        for _ in zip(range(data.draw(st.integers(0, 4))), work, strict=False):
            pass
    text = "the end " + texts[-1]
    for _ in writer.change(text):
        pass
    whole = write(NETWORK, text, 0.8, 7, primer)
    for ours, its in zip(writer.written, whole, strict=True):
        np.testing.assert_array_equal(ours, its)


def test_a_letter_more_keeps_what_it_does_not_reach():
    writer = Writer(NETWORK, 0.5, 0)
    assert set(writer.change("abc defghijkl")) == {0}
    points = len(writer.written.points)
    keep = next(writer.change("abc defghijklm"))
    assert points / 2 < keep < points
    with pytest.raises(TextError, match="no text"):
        next(writer.change("  "))


def test_what_the_window_looked_at():
    """Of the text that comes after the primer, as the network itself says it for that point."""
    writer = Writer(NETWORK, 0.5, 0, Primer(random_line(20, 1), "xy"))
    for _ in writer.change("abc def"):
        pass
    phi, first = writer.look()
    written = writer.written
    assert phi.shape == (len(written.points), BEHIND + 1 + AHEAD)
    np.testing.assert_array_equal(first + BEHIND, np.floor(written.places))
    whole = "xy abc def"
    state = NETWORK.feed(random_line(20, 1), NETWORK.start(whole), whole)
    np.testing.assert_allclose(phi[0], NETWORK.window.weights(state.view)[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(writer.look(5)[0], phi[5:])


def test_the_best_draw_is_the_one_that_the_reader_finds_most_likely():
    reader = Reader(random_reader_weights(seed=1, units_per_x_height=NETWORK.units_per_x_height))
    lines = [write(NETWORK, "abc", 1.0, seed) for seed in (3, [3, 1], [3, 2], [3, 3])]
    scores = [(line.complete, *reader.scores([line.points], "abc")) for line in lines]
    best, number = run(best_slices(NETWORK, reader, "abc", 1.0, 3, 4))
    assert scores[number] == max(scores) and len(set(scores)) > 1
    np.testing.assert_array_equal(best.points, lines[number].points)


def read_without_text(points, first):
    """What the network says when its window finds nothing, because no code is a character."""
    nothing = np.full(60, SYMBOLS)
    state = NETWORK.step(first, NETWORK.rest(), nothing)
    for x in points:
        state = NETWORK.step(x[None], state._replace(view=NETWORK.rest().view), nothing)
    return NETWORK.output(state)


@pytest.mark.parametrize("primed", [False, True])
def test_a_guided_point_is_drawn_with_the_text_and_without(primed):
    """Without means that neither the text nor the primer's ink is known, but for the point where that ends."""
    line, text, rng = random_line(5, 1), "abc def", np.random.default_rng(3)
    written = write(NETWORK, text, 0.7, 3, Primer(line, "xy") if primed else None, strength=1.5)
    whole, ink = ("xy " + text, line) if primed else (text, np.zeros((0, 3)))
    state, drawn = NETWORK.feed(ink, NETWORK.start(whole), whole), np.zeros((0, 3))
    before = line[-1:] if primed else np.zeros((1, 3))
    for point in written.points[:100]:
        outputs = np.concatenate([NETWORK.output(state), read_without_text(drawn, before)])
        expected = guidance.sample(outputs, 0.7, 1.5, rng.random(guidance.UNIFORMS))  # (1, 3)
        np.testing.assert_allclose(point, expected[0], rtol=1e-4, atol=1e-4)
        state, drawn = NETWORK.feed(expected, state, whole), np.concatenate([drawn, expected])


@pytest.mark.parametrize("primed", [False, True])
def test_a_long_text_goes_on_from_its_last_words(primed):
    """After many points each is drawn as if the line were the primer's ink and the last words, with their text."""
    primer = Primer(random_line(30, 2), "xy") if primed else None
    text = "ab cd ef gh ij kl mn op " * 16
    line = write(NETWORK, text, 0.6, 9, primer, strength=0)
    longest, kept = PRIMED if primed else UNPRIMED
    assert len(line.points) > longest + 300
    ink, before = (primer.points, "xy ") if primer else (np.zeros((0, 3)), "")
    rng, shown, renewed, context = np.random.default_rng(9), before + text.strip(), 0, ink
    first, state = 0, NETWORK.feed(ink, NETWORK.start(shown), shown)
    for i, point in enumerate(line.points.astype(float)):
        expected = mixture.sample(NETWORK.output(state), 0.6, rng.random((1, 4)))[0]
        np.testing.assert_allclose(point, expected, rtol=1e-4, atol=1e-3)
        state = NETWORK.feed(point[None], state, shown)
        if point[2] and len(ink) + i + 1 - first >= longest:
            found = last_words(line.points[: i + 1], line.places[: i + 1], text, kept)
            if found and found[1] >= first + kept:
                context = recalled(ink, line.points[: i + 1], found[1], NETWORK.units_per_x_height)
                shown, first, renewed = before + text.strip()[found[0] :], found[1], renewed + 1
                state = NETWORK.feed(context, NETWORK.start(shown), shown)
    assert renewed > 1


def test_a_long_text_letter_by_letter_and_changed():
    text = "ab cd ef gh ij kl mn op " * 16
    whole, writer = write(NETWORK, text, 0.8, 9), Writer(NETWORK, 0.8, 9)
    assert len(whole.points) > 2 * UNPRIMED.context
    pieces = [writer.extend(text[:end]) for end in range(0, len(text), 20)] + [writer.finish(text)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole.points)
    np.testing.assert_array_equal(writer.written.places, whole.places)
    for changed in (text[:200] + "xyz", text):
        for _ in writer.change(changed):
            pass
    np.testing.assert_array_equal(writer.written.points, whole.points)
