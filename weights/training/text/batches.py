"""Batches of composed rows: which rows a step sees, their points and their characters, padded and augmented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ductus import alphabet
from ductus.window import MARGIN
from weights.training.data import seeds
from weights.training.data.augmentation import Augmentation, maps
from weights.training.text.compose import Composer, Row

POOL = 8  # batches whose rows are composed and sorted by length together: little padding


@dataclass(frozen=True)
class TextBatch:
    """Rows side by side, in model units.

    points (T, B, 3), the truth; inputs (T, B, 3), what the network is fed, one step later and jittered; mask (T, B);
    codes int64 (B, U): the characters' codes, the end mark, then SYMBOLS for nothing; total, the number of points.
    """

    points: torch.Tensor
    inputs: torch.Tensor
    mask: torch.Tensor
    codes: torch.Tensor
    total: int


class Stream:
    """An endless stream of batches; any step can be asked for at any time, and is always the same."""

    def __init__(self, composer: Composer, rows: int, seed: int):
        self.composer, self.batch, self.seed = composer, rows, seed
        self._pool, self._plan = -1, []

    def rows(self, step: int) -> list[Row]:
        """Return the rows of one step's batch."""
        pool, place = divmod(step, POOL)
        if pool != self._pool:
            rng = seeds.numpy_generator(self.seed, pool, seeds.ORDER)
            rows = [self.composer.row(rng) for _ in range(POOL * self.batch)]
            rows.sort(key=lambda row: len(row.points))
            order = rng.permutation(POOL)
            self._pool, self._plan = pool, [rows[i * self.batch : (i + 1) * self.batch] for i in order]
        return self._plan[place]


def encode(texts: list[str]) -> torch.Tensor:
    """Return codes int64 (B, U) of the texts, each followed by the end mark."""
    longest = max(map(len, texts))
    codes = [alphabet.encode(text, 0, longest - len(text) + MARGIN) for text in texts]
    return torch.from_numpy(np.stack(codes))


def change(rows: list[Row], unit: float, augmentation: Augmentation, seed: int, step: int) -> list[np.ndarray]:
    """Return the rows' points under a linear map each, with noise of the grid's width, `unit` to an x-height."""
    linear = maps(augmentation, len(rows), seed, step) * unit  # (B, 2, 2)
    grid = seeds.numpy_generator(seed, step, seeds.GRID)
    points = []
    for row, matrix in zip(rows, linear, strict=True):
        moved = np.empty_like(row.points)
        noise = (grid.random((len(row.points), 2)) - 0.5) * augmentation.grid
        moved[:, :2] = (row.points[:, :2] + noise) @ matrix.T
        moved[:, 2] = row.points[:, 2]
        points.append(moved)
    return points


def plain(rows: list[Row], unit: float) -> TextBatch:
    """Return the rows as they are, `unit` model units to an x-height."""
    return _collate([row.points * np.array([unit, unit, 1], np.float32) for row in rows], [r.text for r in rows])


def augmented(
    rows: list[Row], unit: float, augmentation: Augmentation, jitter: float, share: float, seed: int, step: int
) -> TextBatch:
    """Return the rows under a linear map each, with noise of the grid's width, and a share of the inputs jittered.

    The jitter (standard deviation in model units) is of the places that the network is told, as in `network.Noise`.
    """
    points = change(rows, unit, augmentation, seed, step)
    batch = _collate(points, [row.text for row in rows])
    if not jitter:
        return batch
    rng = seeds.numpy_generator(seed, step, seeds.JITTER)
    shape = batch.points.shape
    places = jitter * rng.standard_normal((shape[0], shape[1], 2)) * (rng.random(shape[1]) < share)[None, :, None]
    offsets = np.diff(places, axis=0, prepend=np.zeros_like(places[:1]))
    batch.inputs[..., :2] += torch.from_numpy(offsets.astype(np.float32)) * batch.mask[..., None]
    return batch


def _collate(points: list[np.ndarray], texts: list[str]) -> TextBatch:
    longest, total = max(map(len, points)), sum(map(len, points))
    truth, mask = torch.zeros(longest, len(points), 3), torch.zeros(longest, len(points))
    for column, own in enumerate(points):
        truth[: len(own), column] = torch.from_numpy(own)
        mask[: len(own), column] = 1
    inputs = torch.cat([torch.zeros_like(truth[:1]), truth[:-1]])
    return TextBatch(truth, inputs, mask, encode(texts), total)
