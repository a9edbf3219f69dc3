"""The order of the cells over all lines in use, sent while it is computed, so that a page can show the rows move."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ductus import cooperative
from ductus.analysis import cell_order, families
from ductus.analysis.probing import STATISTICS, probe_slices
from ductus.analysis.tsne import TSNE
from worker.tasks import task
from worker.workspace import Workspace

# Iterations between two orders sent: 500 iterations make a hundred pictures.
ITERATIONS_PER_ORDER = 5
# A divergence takes as long as a few iterations to compute, so it is sent less often.
ITERATIONS_PER_KL = 50
# Cells per neighbour if the perplexity must be lowered: it counts neighbours, which mean nothing if all cells are.
CELLS_PER_NEIGHBOUR = 3
# Reports per other stage: enough for a progress bar.
REPORTS_PER_STAGE = 24


@task
def sort(
    workspace: Workspace, lines: list, metric: str, perplexity: float, seed: int
) -> Generator[dict | None, None, dict]:
    """Sort the cells of lines, given by their names, with signs fitted over all of them.

    A perplexity that is too large for the number of cells is lowered.

    Progress: {signs (H,) float32}, once; then {stage, done, total} and, in the stage "places", also {order (H,)
    int32, sometimes kl in nats}. Value: {order (H,) int32, signs (H,) float32, cuts (P,) int32, kl, perplexity,
    iterations, neighbours, before, after}: cuts are the first rows of pieces whose cells are alike, and the last two
    are [trustworthiness, preservation], or [] for very few cells. Raises ValueError as
    `cell_order.order_cells_slices` does, and if there is no such line.
    """
    encoded = [workspace.line(name) for name in lines]
    for line in encoded:
        yield from line.encode_slices(len(line) - 1)
    cells = [line.cells for line in encoded]  # (N, H) each
    yield {"signs": np.float32(cell_order.signs(cells))}
    perplexity, others = float(perplexity), workspace.model.units - 1
    if perplexity > others:
        perplexity = max(1.0, others / CELLS_PER_NEIGHBOUR)
    settings, backend = TSNE(perplexity=perplexity), workspace.model.backend
    found = yield from _report(cell_order.order_cells_slices(cells, metric, settings, int(seed), backend))
    cuts = yield from families.cuts_slices(cells, found.order, found.signs, backend)
    return {
        "order": np.int32(found.order),
        "signs": np.float32(found.signs),
        "cuts": np.int32(cuts),
        "kl": found.kl,
        "perplexity": perplexity,
        "iterations": found.iterations,
        "neighbours": found.before.neighbours if found.before else 0,
        "before": list(found.before[1:]) if found.before else [],
        "after": list(found.after[1:]) if found.after else [],
    }


@task
def name_families(workspace: Workspace, lines: list, order: np.ndarray, cuts: np.ndarray):
    """Name the pieces of an order (H,) that begin at rows `cuts` (P,) by what their cells track over these lines.

    {first, end (F,) int32, names: list of F, "" for none; excess, strength (F,) float32}, as
    `ductus.analysis.families.Family`. Raises ValueError if there is no such line.
    """
    encoded = [workspace.line(name) for name in lines]
    for line in encoded:
        yield from line.encode_slices(len(line) - 1)
    pairs = [(line.points, line.cells) for line in encoded]
    table = yield from cooperative.without_progress(probe_slices(pairs, workspace.model.units_per_x_height))
    found = families.name_families(table, np.asarray(order), np.asarray(cuts), list(STATISTICS))
    return {
        "first": np.array([family.first for family in found], np.int32),
        "end": np.array([family.end for family in found], np.int32),
        "names": [family.name for family in found],
        "excess": np.array([family.excess for family in found], np.float32),
        "strength": np.array([family.strength for family in found], np.float32),
    }


def _report(slices) -> Generator[dict | None, None, cell_order.CellOrder]:
    """Run the slices of an ordering and yield reports of their progress at the rates above."""
    last = None
    while True:
        try:
            progress = next(slices)
        except StopIteration as end:
            return end.value
        if progress.embedding:
            step = progress.stage, progress.done // ITERATIONS_PER_ORDER
        else:
            step = progress.stage, REPORTS_PER_STAGE * progress.done // progress.total
        if step == last:
            yield
            continue
        last = step
        report = {"stage": progress.stage, "done": progress.done, "total": progress.total}
        if progress.embedding:
            report["order"] = np.int32(progress.order)
            if progress.done % ITERATIONS_PER_KL == 0:
                report["kl"] = progress.kl
        yield report
