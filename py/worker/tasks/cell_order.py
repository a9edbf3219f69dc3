"""The order of the cells over all lines in use, told while it is found, so that a page can show the rows travel."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ductus.analysis import cell_order
from ductus.analysis.tsne import TSNE
from worker.tasks import task
from worker.workspace import Workspace

# Iterations between two orders that are told: at this pace 500 iterations make a hundred pictures.
TOLD = 5
# A divergence takes as long as a few iterations to reckon, so it is told more seldom.
RECKONED = 50
# Other cells to a neighbour where the perplexity has to be lowered: it counts neighbours, and if all are, none is.
SPARSE = 3
# Of the other stages so many steps are told: a bar needs no more.
STEPS = 24


@task
def sort(
    workspace: Workspace, lines: list, metric: str, perplexity: float, seed: int
) -> Generator[dict | None, None, dict]:
    """Sorts the cells of lines, given by their names, with signs fitted over all of them (`ductus.order`).

    Where there are fewer cells than the perplexity asks for, it is what makes sense for them.

    Progress: {signs (H,) float32}, once; then {stage, done, total} and, in the stage "places", also {order (H,)
    int32, now and then kl in nats}. Value: {order (H,) int32, signs (H,) float32, kl, perplexity, iterations,
    neighbours, before, after}, where the last two are [trustworthiness, preservation], or [] for very few cells.
    Raises ValueError as `order.order_slices` does, and if there is no such line.
    """
    taken = [workspace.line(name) for name in lines]
    for line in taken:
        yield from line.slices(len(line) - 1)
    cells = [line.c[: len(line)] for line in taken]  # (N, H) each
    yield {"signs": np.float32(cell_order.signs(cells))}
    perplexity, others = float(perplexity), workspace.model.units - 1
    if perplexity > others:
        perplexity = max(1.0, others / SPARSE)
    found = yield from _reports(cell_order.order_slices(cells, metric, TSNE(perplexity=perplexity), int(seed)))
    return {
        "order": np.int32(found.order),
        "signs": np.float32(found.signs),
        "kl": found.kl,
        "perplexity": perplexity,
        "iterations": found.iterations,
        "neighbours": found.before.neighbours if found.before else 0,
        "before": list(found.before[1:]) if found.before else [],
        "after": list(found.after[1:]) if found.after else [],
    }


def _reports(slices) -> Generator[dict | None, None, cell_order.Ordering]:
    """Runs the slices of an ordering; yields what is worth telling of their progress."""
    last = None
    while True:
        try:
            progress = next(slices)
        except StopIteration as end:
            return end.value
        step = (progress.stage, progress.done // TOLD if progress.step else STEPS * progress.done // progress.total)
        if step == last:
            yield
            continue
        last = step
        report = {"stage": progress.stage, "done": progress.done, "total": progress.total}
        if progress.step:
            report["order"] = np.int32(progress.order)
            if progress.done % RECKONED == 0:
                report["kl"] = progress.kl
        yield report
