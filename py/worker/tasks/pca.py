"""The principal components of the cells over a line (figure A4)."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ductus.analysis import pca
from worker.tasks import task
from worker.workspace import Workspace

# Parts of all movement, for which it is told how many components hold them: those of the 2016 article's drawer.
PARTS = (0.71, 0.85, 0.93, 0.99)
# The cells of most weight that are told of each component.
HEAVIEST = 8


@task
def fit(workspace: Workspace, line: str, most: int) -> Generator[None, None, dict]:
    """The `most` largest components of the cells c that predict the N points of a line.

    {count: N, kept: K, at most `most`; share (R,) float32: the part of all movement in each, the largest first;
    parts (P,) float32 and needed (P,) int32: how many hold so much; scores (N, K) float32: each over the line, in its
    own standard deviations; deviation (K,) float32; heaviest: G, HEAVIEST or as many cells as there are; cells (K, G)
    int32 and weights (K, G) float32: the cells of most weight in each, the heaviest first}. Raises ValueError if
    there is no such line, and for one of a single point.
    """
    the_line = workspace.line(line)
    yield from the_line.slices(len(the_line) - 1)
    found = yield from pca.find_slices(the_line.c[: len(the_line)], int(most))
    heaviest = np.argsort(-np.abs(found.vectors), axis=1, kind="stable")[:, :HEAVIEST]  # (K, G)
    return {
        "count": len(the_line),
        "kept": len(found.deviation),
        "share": np.float32(found.share),
        "parts": np.float32(PARTS),
        "needed": np.int32([pca.needed(found.share, part) for part in PARTS]),
        "scores": np.float32(found.scores / found.deviation),
        "deviation": np.float32(found.deviation),
        "heaviest": heaviest.shape[1],
        "cells": np.int32(heaviest),
        "weights": np.float32(np.take_along_axis(found.vectors, heaviest, axis=1)),
    }
