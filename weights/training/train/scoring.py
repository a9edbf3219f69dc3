"""Score every row of some ink without noise: one measure for validation, ablation and evaluation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from weights.training.data.batches import Feeder
from weights.training.train.loss import nats
from weights.training.train.network import Noise, predict


class RowScores(NamedTuple):
    """Sums over each row's points, float64 (S) each: nats of position and of lift, and the number of points."""

    position: np.ndarray
    lift: np.ndarray
    points: np.ndarray

    def mean(self) -> dict[str, float]:
        """Return nats a point over all rows: position, lift and their total."""
        position, lift = self.position.sum() / self.points.sum(), self.lift.sum() / self.points.sum()
        return {"position": float(position), "lift": float(lift), "total": float(position + lift)}


@torch.no_grad()
def score(weights: dict[str, torch.Tensor], feeder: Feeder, batch: int = 256) -> RowScores:
    """Score teacher-forced from the zero state after one zero input, first points included, without noise."""
    order = np.argsort(feeder.lengths, kind="stable")
    sums = np.zeros((2, len(order)))
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        ink = feeder.plain(rows)
        position, lift = nats(predict(weights, ink.points, Noise()), ink.points)  # (T, B) each
        both = torch.stack([position, lift]) * ink.mask
        sums[:, rows] = both.sum(1, dtype=torch.float64).cpu().numpy()
    return RowScores(sums[0], sums[1], feeder.lengths.astype(np.float64))
