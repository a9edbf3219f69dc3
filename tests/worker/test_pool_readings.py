"""The pool and ablation: however its workers behave, cells silenced one by one cost what they cost without it."""

import numpy as np
import pytest

from ductus import cooperative
from ductus.analysis import ablation
from ductus.model import Model
from ductus.resample import PenClock
from tests.support.networks import random_line, random_weights
from tests.support.pool import RemoteBackend, misbehaviour
from tests.worker.test_pool import Setup
from worker.tasks import intervention
from worker.workspace import Workspace

UNITS, POINTS = 40, 160
WEIGHTS = random_weights(units=UNITS, seed=6, units_per_x_height=3.24, pen_clock=PenClock().to_dict())
LINE = random_line(POINTS, seed=7)
# Every cell, and rows that begin later or change on their way.
ROWS = ablation.single_cells(UNITS)
ROWS += [[one._replace(start=40, action="freeze") for one in ROWS[3]] + ROWS[5], []]


def slices(pool=None, backend=None):
    model = Model(WEIGHTS, backend=backend or RemoteBackend(), pool=pool)
    base = cooperative.run(ablation.predictions_slices(model, LINE))
    return ablation.effects_slices(model, base, ROWS)


def measured(setup, between):
    """Return the effects, while `between(number)` is called in every pause."""
    work = slices(setup.pool)
    for number in range(10_000):
        try:
            next(work)
        except StopIteration as end:
            return end.value
        between(number)
    raise AssertionError("it does not end")


@pytest.fixture(scope="module")
def wanted():
    return cooperative.run(slices())


@pytest.mark.parametrize("seed", range(20))
def test_any_split_gives_the_same_bits(wanted, seed):
    setup = Setup(cores=2 + seed % 7)
    between = misbehaviour(setup, seed)
    for _ in range(2):
        np.testing.assert_array_equal(measured(setup, between), wanted)


def test_workers_do_their_part(wanted):
    setup = Setup(cores=4)
    for _ in range(2):  # the workers are ready the second time
        before = sum(worker.done for worker in setup.workers)
        np.testing.assert_array_equal(measured(setup, lambda _: [worker.work() for worker in setup.workers]), wanted)
    done = sum(worker.done for worker in setup.workers) - before
    assert len(setup.workers) == 3 and done >= 20  # of 29 calls


def test_the_task_tells_its_progress_keeps_what_it_found_and_can_be_cancelled(wanted):
    setup = Setup(cores=3)
    workspace = Workspace(Model(WEIGHTS, backend=RemoteBackend(), pool=setup.pool))
    workspace.from_points("line", LINE)
    cancelled = intervention.ablate(workspace, "line", 0, UNITS)
    while not any(call.routine for worker in setup.workers for _, call in worker.calls):
        for worker in setup.workers:
            worker.work()
        next(cancelled)
    cancelled.close()
    progress, work = [], intervention.ablate(workspace, "line", 0, UNITS)
    while True:
        try:
            progress.append(next(work))
        except StopIteration as end:
            value = end.value
            break
        for worker in setup.workers:
            worker.work()
    done = [piece["done"] for piece in progress if piece]
    assert done == sorted(set(done)) and done[-1] <= UNITS and len(done) > 10
    for column, name in enumerate(ablation.MEASURES):
        np.testing.assert_allclose(value[name], wanted[:UNITS, column], atol=1e-6)
    assert not list(intervention.ablate(workspace, "line", 0, UNITS))  # it is known now


def test_little_is_done_here():
    setup = Setup(cores=3)
    model = Model(WEIGHTS, backend=RemoteBackend(), pool=setup.pool)
    few = ablation.effects(model, LINE, ROWS[:30])
    np.testing.assert_array_equal(few, ablation.effects(Model(WEIGHTS, backend=RemoteBackend()), LINE, ROWS[:30]))
    assert not setup.workers
