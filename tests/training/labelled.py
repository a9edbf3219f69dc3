"""Labelled units made up for tests: each unit's ink tells which unit it is."""

from pathlib import Path

import numpy as np


def labelled_file(path: Path, writers: int = 40, seed: int = 0, each: int = 6) -> Path:
    """Write a file as `text.units` reads: `each` words, rows, digits and capitals of each writer.

    The first offset of unit u after its place is (u + 1) / 800 x-heights downwards, so composed ink shows its units.
    """
    rng = np.random.default_rng(seed)
    texts, kinds, writer = [], [], []
    for one in range(writers):
        for number in range(each):
            texts += ["".join(rng.choice(list("abcdefghijklmnop"), rng.integers(2, 6))), f"row {number}, of text."]
            texts += [str(rng.integers(10)), str(rng.choice(list("ABCXYZ")))]
            kinds += [0, 1, 2, 3]
            writer += [one] * 4
        texts.append("bad]")  # not in the alphabet
        kinds.append(0)
        writer.append(one)
    lengths = rng.integers(4, 30, len(texts))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    xy = rng.integers(-150, 150, (offsets[-1], 2)).astype(np.int16)
    lift = (rng.random(offsets[-1]) < 0.1).astype(np.uint8)
    xy[offsets[:-1]] = [20, -300]
    xy[offsets[:-1] + 1, 1] = np.arange(len(texts)) + 1
    lift[offsets[1:] - 1] = 1
    chars = "".join(texts).encode()
    np.savez(
        path,
        xy=xy,
        lift=lift,
        offsets=offsets,
        writer=np.array(writer, np.int32),
        kind=np.array(kinds, np.int8),
        chars=np.frombuffer(chars, np.uint8),
        char_offsets=np.concatenate([[0], np.cumsum([len(text) for text in texts])]),
    )
    return path
