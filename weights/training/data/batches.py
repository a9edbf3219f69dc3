"""Batches of whole rows: which rows a step uses, and their points on the device, padded and augmented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from weights.training.data import seeds
from weights.training.data.augmentation import Augmentation, maps
from weights.training.data.dataset import Dataset

POOL = 32  # batches whose rows are sorted by length together: little padding, but still random batches
_ROUND = 32  # sequences are padded to a multiple of this, so that a GPU gets few different shapes


def row_weights(ink: Dataset, writer_power: float, source_weights: tuple[float, ...] = ()) -> np.ndarray:
    """Return how often to draw each row, float64 (S), of mean 1.

    Proportional to n^-writer_power, n being the points of the row's writer (0: every row equally; 1: every writer
    equally), times the weight of the file it came from (1 where none is given).
    """
    writers, index = np.unique(ink.writer, return_inverse=True)
    points = np.bincount(index, ink.lengths, len(writers))
    weights = points[index] ** -writer_power
    weights *= np.append(source_weights, np.ones(ink.source.max() + 1))[ink.source]
    return weights / weights.mean()


class Stream:
    """An endless shuffled stream of batches of row numbers, with random access to any step.

    An epoch draws each row in proportion to its weight, by systematic resampling (so a row of weight 1 appears
    once or, rarely, twice or never), and sorts by length within pools of batches.
    """

    def __init__(self, lengths: np.ndarray, weights: np.ndarray, batch: int, seed: int):
        self.lengths, self.batch, self.seed = lengths, batch, seed
        self.batches = max(1, len(lengths) // batch)  # in an epoch
        draws = self.batches * batch
        self._expected = np.cumsum(weights) * (draws / weights.sum())  # (S,)
        self._epoch, self._plan = -1, np.empty((0, batch), np.int64)
        self.mean_points = float((lengths * weights).sum() / weights.sum()) * batch  # in a batch

    def rows(self, step: int) -> np.ndarray:
        """Return the rows of one step's batch, int64 (batch,)."""
        epoch, place = divmod(step, self.batches)
        if epoch != self._epoch:
            self._epoch, self._plan = epoch, self._shuffle(epoch)
        return self._plan[place]

    def _shuffle(self, epoch: int) -> np.ndarray:
        """Return the epoch's batches, int64 (batches, batch)."""
        generator = seeds.numpy_generator(self.seed, epoch, seeds.ORDER)
        reached = np.floor(self._expected + generator.random()).astype(np.int64)
        reached[-1] = self.batches * self.batch  # rounding may have changed the sum
        rows = np.repeat(np.arange(len(self.lengths)), np.diff(reached, prepend=0))
        rows = generator.permutation(rows)
        for start in range(0, len(rows), POOL * self.batch):
            pool = rows[start : start + POOL * self.batch]
            pool[:] = pool[np.argsort(self.lengths[pool], kind="stable")]
        return generator.permutation(rows.reshape(self.batches, self.batch))


@dataclass(frozen=True)
class Batch:
    """One process's share of a batch, in model units.

    points (T, B, 3); mask (T, B), 1 where there is a point and 0 where there is padding; total, the points of the
    whole batch, over all processes.
    """

    points: torch.Tensor
    mask: torch.Tensor
    total: int


class Feeder:
    """Hold all ink on the device and make batches of it."""

    def __init__(self, ink: Dataset, units_per_x_height: float, device: torch.device):
        self.lengths = ink.lengths
        self._starts = ink.offsets[:-1]
        self._points = torch.from_numpy(ink.points).to(device)  # (N, 3)
        self._unit, self._device = units_per_x_height, device

    def plain(self, rows: np.ndarray) -> Batch:
        """Return the rows without augmentation."""
        points, mask = self._gather(rows, int(self.lengths[rows].max()))
        points[..., :2] *= self._unit
        return Batch(points, mask, int(self.lengths[rows].sum()))

    def augmented(
        self, rows: np.ndarray, augmentation: Augmentation, seed: int, step: int, rank: int = 0, world: int = 1
    ) -> Batch:
        """Return every world-th row from `rank` on, augmented; each row is the same for any number of processes."""
        length = int(self.lengths[rows].max())
        points, mask = self._gather(rows[rank::world], length)
        generator = seeds.torch_generator(seed, step, seeds.GRID, self._device)
        noise = torch.rand((len(points), len(rows), 2), generator=generator, device=self._device)
        noise = (noise[:, rank::world] - 0.5) * augmentation.grid  # (T, B, 2)
        linear = maps(augmentation, len(rows), seed, step)[rank::world] * self._unit  # (B, 2, 2)
        linear = torch.from_numpy(linear.astype(np.float32)).to(self._device)
        offsets = torch.einsum("tbj,bij->tbi", points[..., :2] + noise, linear)  # (T, B, 2)
        points = torch.cat([offsets, points[..., 2:]], 2) * mask[..., None]
        return Batch(points, mask, int(self.lengths[rows].sum()))

    def _gather(self, rows: np.ndarray, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        length = -(-length // _ROUND) * _ROUND
        span = np.stack([self._starts[rows], self.lengths[rows]])  # (2, B)
        starts, lengths = torch.from_numpy(span).to(self._device)
        steps = torch.arange(length, device=self._device)[:, None]  # (T, 1)
        mask = steps < lengths  # (T, B)
        index = torch.where(mask, starts + steps, 0)
        return self._points[index] * mask[..., None], mask.to(torch.float32)
