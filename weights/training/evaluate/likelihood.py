"""Summarise a reading of held-out ink: nats a point, the gain over models without memory, and where the nats are.

All means are over points, so that a writer counts by the amount of ink; intervals are by writer (bootstrap.py). The
baselines are those of baselines.py, fitted to the very ink that they score. Here they are computed from sums of
products, one set for each writer, so that they are fitted again in each replicate of the bootstrap.
"""

from __future__ import annotations

import math

import numpy as np

from weights.training.data.dataset import Dataset
from weights.training.evaluate import bootstrap
from weights.training.evaluate.reading import Reading

PLACES = (0, 50, 150, 300, 600)  # starts of the parts of a line, in points
_CONSTANT, _BEFORE, _OFFSET = 0, slice(1, 3), slice(3, 5)  # columns of a product matrix


def summary(ink: Dataset, reading: Reading, units_per_x_height: float) -> dict:
    """Return all measures below as plain numbers; `ink` (in x-heights) is what was read."""
    unit = np.array([units_per_x_height, units_per_x_height, 1.0])
    points = ink.points * unit  # (N, 3) model units
    writer = np.repeat(np.unique(ink.writer, return_inverse=True)[1], ink.lengths)  # (N,)
    means = _means(reading, writer)
    return {
        **means,
        **gains(points, ink.offsets, writer, reading),
        "other_units": conversions(means, points, units_per_x_height),
        "by_pen": _split(reading, writer, pen_masks(points, ink.offsets)),
        "by_place": _split(reading, writer, _place_masks(ink)),
        "by_file": _split(
            reading, writer, {str(s): np.repeat(ink.source == s, ink.lengths) for s in set(ink.source)}
        ),
        "by_line": _by_line(ink, reading),
        "by_writer": _by_writer(reading, writer),
    }


def gains(points: np.ndarray, offsets: np.ndarray, writer: np.ndarray, reading: Reading) -> dict:
    """Return the two baselines' nats a point, and the gains over them with their intervals.

    points (N, 3) in the unit of the reading; writer (N,), numbered from 0.
    """
    writers = int(writer.max()) + 1
    nats = np.bincount(writer, reading.total, writers)[:, None]  # (W, 1)
    lifts = np.bincount(writer, points[:, 2], writers)[:, None]  # (W, 1)
    sums = np.hstack([nats, lifts, products(points, offsets, writer).reshape(writers, -1)])  # (W, 52)
    report: dict = {"baselines": {}}
    for name, fitted in (("marginal", marginal), ("linear", linear)):

        def nats_of_baseline(total, fitted=fitted):
            matrices = total[:, 2:].reshape(-1, 2, 5, 5)
            count = matrices[:, :, 0, 0].sum(1)
            return fitted(matrices), bernoulli(total[:, 1] / count), count

        def gain(total, baseline=nats_of_baseline):
            position, lift, count = baseline(total)
            return position + lift - total[:, 0] / count

        position, lift, _ = nats_of_baseline(sums.sum(0, keepdims=True))
        halves = {"position": float(position[0]), "lift": float(lift[0])}
        report["baselines"][name] = {**halves, "total": sum(halves.values())}
        report[f"gain_over_{name}"] = bootstrap.of_sums(sums, gain)
    return report


def products(points: np.ndarray, offsets: np.ndarray, writer: np.ndarray) -> np.ndarray:
    """Return sums of products of (1, offset before, offset), inside a stroke and after a lift: float64 (W, 2, 5, 5).

    The offset before a row's first point is zero, without a lift.
    """
    before = np.vstack([np.zeros((1, 3)), points[:-1]])  # (N, 3)
    before[offsets[:-1]] = 0
    rows = np.column_stack([np.ones(len(points)), before[:, :2], points[:, :2]])  # (N, 5)
    sums = np.zeros((int(writer.max()) + 1, 2, 5, 5))
    for w in range(len(sums)):
        for pen in (0, 1):
            chosen = rows[(writer == w) & (before[:, 2] == pen)]  # (n, 5)
            sums[w, pen] = chosen.T @ chosen
    return sums


def marginal(matrices: np.ndarray) -> np.ndarray:
    """Return mean nats of the offsets under one Gaussian an axis, from sums of products (R, 2, 5, 5): (R,)."""
    both = matrices.sum(1)  # (R, 5, 5)
    count = both[:, _CONSTANT, _CONSTANT, None]  # (R, 1)
    square = np.diagonal(both, axis1=1, axis2=2)[:, _OFFSET] / count  # (R, 2)
    return _gaussian(square - (both[:, _CONSTANT, _OFFSET] / count) ** 2)


def linear(matrices: np.ndarray) -> np.ndarray:
    """Return the same for a least-squares prediction from the offset before, inside strokes and after lifts: (R,)."""
    total, points = np.zeros(len(matrices)), matrices[:, :, 0, 0].sum(1)  # (R,) each
    for pen in (0, 1):
        matrix = matrices[:, pen]  # (R, 5, 5)
        inputs, cross = matrix[:, :3, :3], matrix[:, :3, _OFFSET]  # (R, 3, 3), (R, 3, 2)
        explained = (cross * (np.linalg.pinv(inputs, hermitian=True) @ cross)).sum(1)  # (R, 2)
        count = matrix[:, 0, 0]  # (R,)
        residual = np.diagonal(matrix, axis1=1, axis2=2)[:, _OFFSET] - explained  # (R, 2)
        variance = np.where(count[:, None] > 0, residual / np.maximum(count, 1)[:, None], 1.0)
        total += count * _gaussian(variance)
    return total / points


def bernoulli(share: np.ndarray) -> np.ndarray:
    """Return mean nats of events with this share (R,) under exactly that probability: (R,)."""
    both = np.stack([share, 1 - share])
    return -(both * np.log(np.where(both > 0, both, 1.0))).sum(0)


def _gaussian(variance: np.ndarray) -> np.ndarray:
    """Return mean nats of residuals with these variances (R, 2) under Gaussians with the same: (R,)."""
    return 0.5 * np.log(2 * np.pi * np.e * variance).sum(1)


def conversions(means: dict, points: np.ndarray, units_per_x_height: float) -> dict:
    """Return position and total nats a point in other units of length, for comparison with published numbers.

    The density of x / s is s times that of x, along each of two axes: NLL(x / s) = NLL(x) - 2 ln s. So there are
    2 ln(units per x-height) fewer nats in x-heights, and ln(deviation of dx) + ln(deviation of dy) fewer at unit
    variance.
    """
    deviation = points[:, :2].std(0)  # (2,)
    shifts = {
        "x_heights": -2 * math.log(units_per_x_height),
        "unit_variance": -float(np.log(deviation).sum()),
    }
    table = {
        name: {half: means[half]["value"] + shift for half in ("position", "total")} for name, shift in shifts.items()
    }
    table["unit_variance"]["deviation"] = [float(value) for value in deviation]
    return table


def pen_masks(points: np.ndarray, offsets: np.ndarray) -> dict[str, np.ndarray]:
    """Return masks (N,) of the points that are a row's first, the first of a later stroke, and inside a stroke."""
    first = np.zeros(len(points), bool)
    first[offsets[:-1]] = True
    lifted = np.append(False, points[:-1, 2] > 0.5) & ~first
    return {"first": first, "in_stroke": ~first & ~lifted, "after_lift": lifted}


def _place_masks(ink: Dataset) -> dict[str, np.ndarray]:
    place = np.arange(len(ink.points)) - np.repeat(ink.offsets[:-1], ink.lengths)  # (N,)
    ends = (*PLACES[1:], math.inf)
    return {str(begin): (begin <= place) & (place < end) for begin, end in zip(PLACES, ends, strict=True)}


def _means(reading: Reading, writer: np.ndarray) -> dict:
    points = np.bincount(writer)
    halves = {"position": reading.position, "lift": reading.lift, "total": reading.total}
    return {name: bootstrap.ratio(np.bincount(writer, nats), points) for name, nats in halves.items()}


def _split(reading: Reading, writer: np.ndarray, masks: dict[str, np.ndarray]) -> dict:
    report = {}
    for name, mask in masks.items():
        if mask.any():
            halves = {"position": reading.position[mask], "lift": reading.lift[mask]}
            total = bootstrap.ratio(
                np.bincount(writer[mask], reading.total[mask], writer.max() + 1),
                np.bincount(writer[mask], minlength=writer.max() + 1),
            )
            means = {half: float(nats.mean()) for half, nats in halves.items()}
            report[name] = {"points": int(mask.sum()), **means, "total": total}
    return report


def _by_line(ink: Dataset, reading: Reading) -> dict:
    sums = np.add.reduceat(reading.total, ink.offsets[:-1])  # (S,)
    means = sums / ink.lengths
    return {
        "lines": len(sums),
        "mean_points": float(ink.lengths.mean()),
        "nats_a_line": float(sums.mean()),
        "mean_of_lines": float(means.mean()),
        "deviation_of_lines": float(means.std(ddof=1)) if len(means) > 1 else 0.0,
    }


def _by_writer(reading: Reading, writer: np.ndarray) -> dict:
    means = np.bincount(writer, reading.total) / np.bincount(writer)
    return {"mean_of_writers": float(means.mean()), "best": float(means.min()), "worst": float(means.max())}
