"""Free running: does what the network writes by itself stay writing, of the sizes of human writing?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from ductus.lstm import State
from ductus.model import Model
from weights.training.data.dataset import Dataset
from weights.training.evaluate import penmanship

STEPS = 700  # of a free line: a little more than a human row has
TEMPERATURES, STYLE_TEMPERATURES = (0.3, 0.5, 0.8, 1.0), (0.3, 0.5, 0.8)  # from the zero state, and from a style
CONTINUED, CONTINUED_TEMPERATURE = 60, 0.1
MIN_PREFIX = 50  # points of human ink before a continuation
_SPLITS = 20  # of the writers into halves, to measure how much humans differ


def lines_of(ink: Dataset) -> list[np.ndarray]:
    """Return each row (N, 3)."""
    return np.split(ink.points, ink.offsets[1:-1])


def write(model: Model, lines: int, temperature: float, seed: int, state: State | None = None) -> np.ndarray:
    """Write lines of STEPS points, from a state (1, H) or from the start; in x-heights, (lines, STEPS, 3)."""
    paths = model.continue_(model.start() if state is None else state, lines, STEPS, temperature, seed)
    unit = model.units_per_x_height
    return paths.astype(np.float64) / [unit, unit, 1.0]


def human(ink: Dataset, seed: int) -> dict:
    """Measure human ink by the same rules, and how far half of the writers are from the other half.

    `between_halves` is the mean distance over random halves: that of two sets of human lines without common writers.
    """
    lines = lines_of(ink)
    report = _report(lines, penmanship.measures(lines))
    by_writer = [penmanship.measures([lines[i] for i in np.flatnonzero(ink.writer == w)]) for w in set(ink.writer)]
    generator = np.random.default_rng(seed)
    distances = {name: [] for name in penmanship.MEASURES}
    for _ in range(_SPLITS if len(by_writer) > 1 else 0):
        order = generator.permutation(len(by_writer))
        halves = order[: len(order) // 2], order[len(order) // 2 :]
        for name in distances:
            a, b = (np.concatenate([by_writer[w][name] for w in half]) for half in halves)
            distances[name].append(penmanship.distance(a, b))
    report["between_halves"] = {name: float(np.mean(values)) for name, values in distances.items() if values}
    return report


def free(written: np.ndarray, theirs: dict[str, np.ndarray]) -> dict:
    """Measure written lines (lines, STEPS, 3), and how far each measure is from that of human ink, `theirs`.

    `ratio` is the median (of lift_rate: the mean) over that of human ink.
    """
    ours = penmanship.measures(written)
    report = _report(list(written), ours)
    report["distance"] = {
        name: penmanship.distance(ours[name], theirs[name]) for name in penmanship.MEASURES if len(ours[name])
    }
    report["ratio"] = {
        "stroke_height": _ratio(np.median, ours["stroke_height"], theirs["stroke_height"]),
        "lift_rate": _ratio(np.mean, ours["lift_rate"], theirs["lift_rate"]),
    }
    return report


def choose_prefixes(ink: Dataset, count: int, seed: int) -> np.ndarray:
    """Choose points (n,), one a row in n <= count rows, that have CONTINUED more points after them."""
    generator = np.random.default_rng(seed)
    rows = np.flatnonzero(ink.lengths >= MIN_PREFIX + CONTINUED)
    rows = np.sort(generator.permutation(rows)[:count])
    return generator.integers(ink.offsets[rows] + MIN_PREFIX - 1, ink.offsets[rows + 1] - CONTINUED)


def continued(
    model: Model,
    ink: Dataset,
    prefixes: np.ndarray,
    states: dict[int, State],
    seed: int,
    progress: Callable[[float], None] = lambda share: None,
) -> dict:
    """Return how many continuations of human ink at the page's low temperature stay writing for CONTINUED points.

    `states` maps the number of the point after each prefix to the state after it. `human` is the same test of what
    the writer wrote there.
    """
    unit = model.units_per_x_height
    faults, human_faults = [], []
    for i, prefix in enumerate(prefixes):
        path = model.continue_(states[int(prefix) + 1], 1, CONTINUED, CONTINUED_TEMPERATURE, [seed, i])[0]
        faults.append(penmanship.collapse(path / [unit, unit, 1.0], CONTINUED))
        human_faults.append(penmanship.collapse(ink.points[prefix + 1 : prefix + 1 + CONTINUED], CONTINUED))
        progress((i + 1) / len(prefixes))
    return {
        "prefixes": len(prefixes),
        "points": CONTINUED,
        "temperature": CONTINUED_TEMPERATURE,
        **_faults(faults),
        "human": _faults(human_faults),
    }


def _report(lines: Sequence[np.ndarray], measures: dict[str, np.ndarray]) -> dict:
    slopes = np.array([penmanship.slope(line) for line in lines])
    median, high = np.percentile(np.abs(slopes), (50, 95))
    return {
        "lines": len(lines),
        **_faults([penmanship.collapse(line) for line in lines]),
        "slope": {"median": float(median), "95": float(high)},
        "hand_kept": penmanship.kept(lines),
        "quantiles": {name: penmanship.quantiles(sample) for name, sample in measures.items() if len(sample)},
    }


def _faults(faults: list[str | None]) -> dict:
    counts = Counter(fault for fault in faults if fault)
    return {"collapsed": sum(counts.values()) / len(faults), "faults": dict(sorted(counts.items()))}


def _ratio(statistic: Callable, ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(statistic(ours) / statistic(theirs)) if len(ours) else 0.0
