"""Batches for a reader: composed rows as frames, side by side, and the characters they say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from ductus.alphabet import CODES
from ductus.analysis.reader_frames import frames
from weights.training.data.augmentation import Augmentation
from weights.training.text.batches import change
from weights.training.text.compose import Row


class ReaderBatch(NamedTuple):
    """Rows side by side.

    frames (T, B, F), zeros after a row's end; lengths int64 (B,), frames of each; codes int64 (C,), the characters of
    all rows in turn; counts int64 (B,), how many each has; points, how many points the rows have.
    """

    frames: torch.Tensor
    lengths: torch.Tensor
    codes: torch.Tensor
    counts: torch.Tensor
    points: int


def plain(rows: list[Row], size: int) -> ReaderBatch:
    """Return the rows as they are, in frames of `size` points."""
    return _collate([row.points for row in rows], rows, size)


def augmented(rows: list[Row], size: int, augmentation: Augmentation, seed: int, step: int) -> ReaderBatch:
    """Return the rows under a linear map each, with noise of the grid's width."""
    return _collate(change(rows, 1.0, augmentation, seed, step), rows, size)


def _collate(points: list[np.ndarray], rows: list[Row], size: int) -> ReaderBatch:
    seen = [torch.from_numpy(frames(own, size)) for own in points]
    codes = [[CODES[character] for character in row.text] for row in rows]
    return ReaderBatch(
        torch.nn.utils.rnn.pad_sequence(seen),
        torch.tensor([len(own) for own in seen]),
        torch.tensor([code for own in codes for code in own]),
        torch.tensor([len(own) for own in codes]),
        sum(map(len, points)),
    )
