"""Synthetic ink for the tests: rows of loops, with a slant and a size for each writer."""

from pathlib import Path

import numpy as np


def rows(count: int, writers: int, seed: int, min_points: int = 20, max_points: int = 90):
    """Return points float32 (N, 3), offsets int64 (count+1), writer int32 (count), as in training data."""
    generator = np.random.default_rng(seed)
    parts, writer = [], generator.integers(0, writers, count).astype(np.int32)
    writer[: min(writers, count)] = np.arange(min(writers, count))
    for number in writer:
        length = int(generator.integers(min_points, max_points))
        angle = np.cumsum(generator.normal(0.5, 0.2, length))
        size = 0.2 + 0.01 * number
        offsets = size * np.column_stack([np.cos(angle) + 0.3, np.sin(angle)])
        lift = generator.random(length) < 0.1
        lift[-1] = True
        offsets[1:][lift[:-1]] += [0.8, 0]
        offsets[0] = 0
        parts.append(np.column_stack([np.round(offsets * 800) / 800, lift]))
    offsets = np.cumsum([0] + [len(part) for part in parts])
    return np.concatenate(parts).astype(np.float32), offsets.astype(np.int64), writer


def write(path: Path, count: int = 200, writers: int = 60, seed: int = 0) -> Path:
    """Write the same as an .npz file."""
    points, offsets, writer = rows(count, writers, seed)
    np.savez_compressed(path, points=points, offsets=offsets, writer=writer)
    return path
