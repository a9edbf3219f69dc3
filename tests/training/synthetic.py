"""Ink made up for the tests: rows of loops, a slant and a size for each writer. No human wrote it."""

from pathlib import Path

import numpy as np


def rows(count: int, writers: int, seed: int, shortest: int = 20, longest: int = 90):
    """points float32 (N, 3), offsets int64 (count+1), writer int32 (count), as the training data has them."""
    generator = np.random.default_rng(seed)
    parts, writer = [], generator.integers(0, writers, count).astype(np.int32)
    writer[: min(writers, count)] = np.arange(min(writers, count))
    for hand in writer:
        length = int(generator.integers(shortest, longest))
        angle = np.cumsum(generator.normal(0.5, 0.2, length))
        size = 0.2 + 0.01 * hand
        offsets = size * np.column_stack([np.cos(angle) + 0.3, np.sin(angle)])
        lift = generator.random(length) < 0.1
        lift[-1] = True
        offsets[1:][lift[:-1]] += [0.8, 0]
        offsets[0] = 0
        parts.append(np.column_stack([np.round(offsets * 800) / 800, lift]))
    offsets = np.cumsum([0] + [len(part) for part in parts])
    return np.concatenate(parts).astype(np.float32), offsets.astype(np.int64), writer


def write(path: Path, count: int = 200, writers: int = 60, seed: int = 0) -> Path:
    """The same as an .npz file."""
    points, offsets, writer = rows(count, writers, seed)
    np.savez_compressed(path, points=points, offsets=offsets, writer=writer)
    return path
