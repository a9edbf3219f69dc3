"""How well continuations predict the pen: the best of a fan against the truth, and whether the fan covers the truth.

From a pen point inside a stroke the network, which has read the line so far, draws K continuations. Truth and
continuations are polylines from that point, pen-up jumps being part of the path like any other offset; at the path
length s each is at one place (linear between points). The *miss* at s is the distance from the truth's place to the
nearest of the K places, chosen for each s. `in_stroke` counts only fans whose truth is still in the stroke at s.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ductus.lstm import State
from ductus.model import Model
from weights.training.data.dataset import Dataset
from weights.training.evaluate import bootstrap

PATHS = np.array([0.5, 1.0, 2.0, 4.0])  # x-heights
SAMPLES, STEPS = 50, 64  # 64 offsets are about 9 x-heights: almost all continuations reach 4
REGION, NEIGHBOUR = 0.9, 5


def choose(ink: Dataset, count: int, seed: int) -> np.ndarray:
    """Choose pen points (n,) to start from, n <= count, without replacement.

    A point is suitable if it is not the last of its stroke and its row continues for the longest of PATHS.
    """
    steps = np.hypot(*ink.points[:, :2].T.astype(np.float64))  # (N,)
    path = np.cumsum(steps)
    end = np.repeat(path[ink.offsets[1:] - 1], ink.lengths)  # (N,) of its row
    suitable = np.flatnonzero((ink.points[:, 2] == 0) & (end - path >= PATHS.max()))
    return np.sort(np.random.default_rng(seed).permutation(suitable)[:count])


def measure(
    model: Model,
    ink: Dataset,
    starts: np.ndarray,
    states: dict[int, State],
    seed: int,
    progress: Callable[[float], None] = lambda share: None,
) -> dict:
    """Draw a fan at T = 1 from each start (n,) and summarise them.

    `states` maps the number of the point after each start to the state after it. Fan i has the seed [seed, i].
    """
    unit = model.units_per_x_height
    rows = np.searchsorted(ink.offsets, starts, side="right") - 1  # (n,)
    misses, inside, unlifted, short = (np.empty((len(starts), len(PATHS))) for _ in range(4))
    for i, start in enumerate(starts):
        truth = ink.points[start + 1 : ink.offsets[rows[i] + 1]].astype(np.float64)  # (m, 3)
        place = places(truth[None, :, :2])[0][0]  # (paths, 2)
        paths = model.continue_(states[int(start) + 1], SAMPLES, STEPS, 1.0, [seed, i])
        cloud, reached = places(paths[..., :2].astype(np.float64) / unit)  # (K, paths, 2), (K, paths)
        misses[i] = np.hypot(*(cloud - place).T).min(1)
        inside[i] = [in_region(place[d], cloud[:, d]) for d in range(len(PATHS))]
        unlifted[i] = in_stroke_until(truth) >= PATHS
        short[i] = 1 - reached.mean(0)
        progress((i + 1) / len(starts))
    writer = ink.writer[rows]
    return {
        "starts": len(starts),
        "samples": SAMPLES,
        "steps": STEPS,
        "expected_share": 1 - outside_rank(SAMPLES) / (SAMPLES + 1),
        "paths": [
            {
                "path": float(path),
                "not_reached": float(short[:, d].mean()),
                **_summary(misses[:, d], inside[:, d], writer),
                "in_stroke": _summary(*(part[unlifted[:, d] > 0] for part in (misses[:, d], inside[:, d], writer))),
            }
            for d, path in enumerate(PATHS)
        ],
    }


def places(offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where polylines are after each of PATHS, (K, paths, 2), and whether they are that long, (K, paths).

    offsets (K, n, 2) in x-heights. A polyline that is too short counts from its end.
    """
    corners = np.pad(np.cumsum(offsets, 1), ((0, 0), (1, 0), (0, 0)))  # (K, 1 + n, 2)
    along = np.pad(np.cumsum(np.hypot(offsets[..., 0], offsets[..., 1]), 1), ((0, 0), (1, 0)))  # (K, 1 + n)
    axes = [[np.interp(PATHS, s, line[:, axis]) for axis in (0, 1)] for s, line in zip(along, corners, strict=True)]
    return np.swapaxes(axes, 1, 2), along[:, -1:] >= PATHS


def in_stroke_until(truth: np.ndarray) -> float:
    """Return the length of path from a start to the end of its stroke, for the points (m, 3) that follow it."""
    end = int(np.argmax(truth[:, 2] > 0.5)) if truth[:, 2].any() else len(truth) - 1
    return float(np.hypot(*truth[: end + 1, :2].T).sum())


def outside_rank(samples: int) -> int:
    """Return how many of samples + 1 places are outside the region: those where the cloud is thinnest."""
    return math.floor((1 - REGION) * (samples + 1))


def in_region(truth: np.ndarray, cloud: np.ndarray) -> bool:
    """Return whether the truth (2,) is in the region of highest density that holds REGION of the cloud (K, 2).

    Where the distance to the NEIGHBOUR-th nearest other place is large, the cloud is thin (D. O. Loftsgaarden, C. P.
    Quesenberry, "A nonparametric estimate of a multivariate density function", 1965). All K + 1 places are treated
    alike, each compared with the K others, in units of their common covariance; the truth is outside if it is among
    the `outside_rank` thinnest. So if truth and samples come from any one distribution, the truth is inside with the
    probability 1 - outside_rank / (K + 1) exactly (by exchangeability, as in conformal prediction); the quality of
    the density estimate only affects how sharp the test is.
    """
    everything = np.vstack([cloud, truth])  # (K + 1, 2), the truth last
    covariance = np.cov(everything.T) + 1e-12 * np.eye(2)  # the cloud of a certain network has no width
    white = np.linalg.solve(np.linalg.cholesky(covariance), everything.T).T  # (K + 1, 2)
    square = ((white[:, None] - white[None]) ** 2).sum(-1)  # (K + 1, K + 1)
    reach = np.sort(square, axis=1)[:, min(NEIGHBOUR, len(cloud))]  # (K + 1,), column 0 being the place itself
    return int((reach > reach[-1]).sum()) >= outside_rank(len(cloud))


def _summary(misses: np.ndarray, inside: np.ndarray, writer: np.ndarray) -> dict:
    if not len(misses):
        return {"fans": 0}
    return {
        "fans": len(misses),
        "median_miss": bootstrap.of_values(misses, writer, lambda values: float(np.median(values))),
        "miss_quantiles": dict(zip(("25", "75", "95"), np.percentile(misses, (25, 75, 95)).tolist(), strict=True)),
        "in_region": bootstrap.of_values(inside, writer, lambda values: float(values.mean())),
    }
