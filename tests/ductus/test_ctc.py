"""Connectionist temporal classification against the sum over every path, on cases small enough for that."""

import itertools

import numpy as np
import pytest

from ductus.analysis import ctc


def random_table(frames: int, symbols: int, seed: int) -> np.ndarray:
    """Log-probabilities (T, V), rather sharp."""
    z = np.random.default_rng(seed).normal(0, 2, (frames, symbols))
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def by_every_path(log_p: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of each text, summed over all V^T paths."""
    frames, symbols = log_p.shape
    found: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(symbols), repeat=frames):
        text = tuple(symbol for symbol, _ in itertools.groupby(path) if symbol)
        found[text] = found.get(text, 0.0) + float(np.exp(sum(log_p[t, s] for t, s in enumerate(path))))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_log_probability_is_that_of_all_paths(seed):
    log_p = random_table(5, 3, seed)
    every = by_every_path(log_p)
    assert sum(every.values()) == pytest.approx(1.0)
    for text, probability in every.items():
        assert ctc.log_probability(log_p, list(text)) == pytest.approx(np.log(probability), abs=1e-9)


def test_a_text_that_does_not_fit_into_the_frames():
    log_p = random_table(3, 3, 0)
    assert ctc.log_probability(log_p, [1, 1]) > -np.inf  # with a blank between the two
    assert ctc.log_probability(log_p, [1, 1, 2]) == -np.inf
    assert ctc.log_probability(np.zeros((0, 3)), []) == 0.0
    assert ctc.log_probability(np.zeros((0, 3)), [1]) == -np.inf
    for bad in ([0], [3], [-1]):
        with pytest.raises(ValueError, match=r"1\.\.2"):
            ctc.log_probability(log_p, bad)


@pytest.mark.parametrize("seed", range(8))
def test_a_wide_beam_finds_the_most_probable_text(seed):
    log_p = np.maximum(random_table(5, 4, seed), ctc.LEAST + 0.1)
    every = by_every_path(log_p)
    found = ctc.beam(log_p, 400)
    best = sorted(every.items(), key=lambda item: -item[1])
    assert [tuple(text) for text, _ in found[:5]] == [text for text, _ in best[:5]]
    np.testing.assert_allclose([p for _, p in found[:5]], np.log([p for _, p in best[:5]]), atol=1e-9)
    assert len(ctc.beam(log_p, 3)) == 3


def test_the_best_path_need_not_say_the_most_probable_text():
    """Graves 2012, figure 7.10: each frame prefers the blank, but the text "1" has more paths."""
    log_p = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert ctc.greedy(log_p) == []
    assert ctc.beam(log_p, 4)[0][0] == [1]
    assert ctc.beam(log_p, 4)[0][1] == pytest.approx(np.log(0.64))


def test_greedy_keeps_double_letters_only_across_a_blank():
    path = [0, 2, 2, 0, 2, 1, 1, 0, 0, 3]
    log_p = np.log(np.full((len(path), 4), 0.1) + 0.6 * np.eye(4)[path])
    assert ctc.greedy(log_p) == [2, 2, 1, 3]
    assert ctc.greedy(np.zeros((0, 4))) == [] and ctc.beam(np.zeros((0, 4)), 2) == [([], 0.0)]
