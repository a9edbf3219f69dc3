"""Strokes for property tests: from pens, mice and accidents, and from a hostile page."""

import numpy as np
from hypothesis import strategies as st

# on a coarse grid, so that duplicates, hairpins and collinear points are common, and off it
grid = st.integers(-40, 40).map(lambda i: i / 16)
anywhere = st.floats(-30, 30, allow_nan=False)
finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


def array(points):
    return np.array(points, np.float64).reshape(-1, 2)


def points(coordinate, least=1, most=40):
    return st.lists(st.tuples(coordinate, coordinate), min_size=least, max_size=most).map(array)


@st.composite
def curves(draw):
    """A smooth stroke, sampled as a device might: with jitter, held still, on whole pixels, there and back."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    t = np.sort(rng.random(draw(st.integers(2, 150))))
    waves = rng.normal(size=(2, 4)) / np.arange(1, 5)
    xy = np.stack([t * draw(st.floats(0, 8)), 0 * t], 1)
    for number, (x, y) in enumerate(waves.T, 1):
        xy += np.outer(np.sin(7 * number * t + rng.random()), [x, y])
    if draw(st.booleans()):
        xy = xy + 0.01 * rng.normal(size=xy.shape)
    if draw(st.booleans()):
        xy = np.round(xy * 18) / 18
    if draw(st.booleans()):
        xy = np.repeat(xy, rng.integers(1, 4, len(xy)), axis=0)
    if draw(st.booleans()):
        xy = np.concatenate([xy, xy[::-1]])
    return xy


dots = points(st.floats(-0.03, 0.03), 1, 8)
still = st.tuples(grid, grid, st.integers(1, 6)).map(lambda p: np.full((p[2], 2), p[:2]))
strokes = st.one_of(points(grid), points(anywhere), curves(), dots, still)
