"""Make clock_golden.json: strokes of many shapes, and the points that the prototype of the pen clock returned.

    python tests/data/clock_golden.py PROTOTYPE > tests/data/clock_golden.json

PROTOTYPE is the folder of inklib.py, the program that prepared the training ink (its sha-256 is in the output).
The strokes are curves from formulas, not handwriting.
"""

import hashlib
import importlib
import json
import sys
from pathlib import Path

import numpy as np


def strokes() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    t = np.linspace(0, 1, 60)
    turn = 2 * np.pi * t
    word = np.stack([2.5 * t + 0.35 * np.sin(4 * turn), -0.5 * np.cos(4 * turn) - 0.3 * np.sin(turn)], 1)
    return {
        "one point": np.array([[3.0, 4.0]]),
        "the same point five times": np.full((5, 2), 0.7),
        "a tremor": 0.01 * rng.normal(size=(6, 2)),
        "just short of a stroke": np.array([[0.0, 0.0], [0.1199, 0.0]]),
        "just a stroke": np.array([[0.0, 0.0], [0.1201, 0.0]]),
        "a comma": np.array([[0.0, 0.0], [0.03, 0.06], [0.0, 0.13]]),
        "two points far apart": np.array([[-4.0, 1.0], [5.0, -2.0]]),
        "a circle": np.stack([np.cos(turn), np.sin(turn)], 1) / 0.7,
        "an ellipse": np.stack([1.5 * np.cos(turn), 0.4 * np.sin(turn)], 1),
        "a cycloid, with cusps": np.stack([t * 3 - 0.24 * np.sin(2 * turn), 0.24 * np.cos(2 * turn)], 1),
        "a hairpin": np.outer(np.abs(2 * t - 1), [0.8, 0.6]),
        "a zigzag": np.stack([np.arange(12) * 0.2, np.arange(12) % 2 * 1.0], 1),
        "a square": np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0.0]]),
        "a spiral": np.stack([t * np.cos(3 * turn), t * np.sin(3 * turn)], 1),
        "loops like a word's": word,
        "the same on whole pixels of a coarse mouse": np.round(word * 18) / 18,
        "the same, held still now and then": np.repeat(word, rng.integers(1, 5, len(word)), axis=0),
        "the same with jitter": word + 0.01 * rng.normal(size=word.shape),
        "a scribble": np.cumsum(0.2 * rng.normal(size=(60, 2)), axis=0),
        "the same far from the origin": np.cumsum(0.2 * rng.normal(size=(60, 2)), axis=0)
        + np.array([4000.0, -700.0]),
    }


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    prototype = importlib.import_module("inklib")
    cases = []
    for name, stroke in strokes().items():
        stroke = np.round(stroke, 6)
        points = prototype.resample(stroke, 1.0)
        cases.append({"name": name, "stroke": stroke.tolist(), "points": np.round(points, 8).tolist()})
    digest = hashlib.sha256(Path(prototype.__file__).read_bytes()).hexdigest()
    print(json.dumps({"prototype_sha256": digest, "cases": cases}).replace('{"name"', '\n{"name"'))


if __name__ == "__main__":
    main()
