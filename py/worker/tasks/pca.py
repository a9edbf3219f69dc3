"""The principal components of the cells over a line (figure A4)."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ductus.analysis import pca
from worker.tasks import task
from worker.workspace import Workspace

# Parts of the variance for which the number of components is reported: those of the 2016 article's figure.
PARTS = (0.71, 0.85, 0.93, 0.99)
# The cells of largest weight that are reported for each component.
HEAVIEST = 8


@task
def fit(workspace: Workspace, line: str, most: int) -> Generator[None, None, dict]:
    """Return the `most` largest components of the cells c that predict the N points of a line.

    {count: N, kept: K, at most `most`; share (R,) float32: the part of the variance in each, the largest first;
    parts (P,) float32 and needed (P,) int32: how many components have that part; scores (N, K) float32: each over the
    line, in its own standard deviations; deviation (K,) float32; heaviest: G, HEAVIEST or the number of cells; cells
    (K, G) int32 and weights (K, G) float32: the cells of largest weight in each, the largest first}. Raises
    ValueError if there is no such line, and for a line of a single point.
    """
    encoded = workspace.line(line)
    yield from encoded.encode_slices(len(encoded) - 1)
    found = yield from pca.fit_slices(encoded.cells, int(most), workspace.model.backend)
    heaviest = np.argsort(-np.abs(found.vectors), axis=1, kind="stable")[:, :HEAVIEST]  # (K, G)
    return {
        "count": len(encoded),
        "kept": len(found.deviation),
        "share": np.float32(found.share),
        "parts": np.float32(PARTS),
        "needed": np.int32([pca.components_needed(found.share, part) for part in PARTS]),
        "scores": np.float32(found.scores / found.deviation),
        "deviation": np.float32(found.deviation),
        "heaviest": heaviest.shape[1],
        "cells": np.int32(heaviest),
        "weights": np.float32(np.take_along_axis(found.vectors, heaviest, axis=1)),
    }
