"""The pool and the best of several draws: however its workers behave, they are what is written without it."""

import numpy as np
import pytest

from ductus.analysis.reader import Reader
from ductus.cooperative import run
from ductus.generation.best_draw import best_slices
from ductus.generation.text import Primer, write
from ductus.model import Model
from ductus.resample import PenClock
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from tests.support.networks import random_line, random_weights
from tests.support.pool import RemoteBackend, misbehaviour
from tests.support.readers import random_reader_weights
from tests.support.text_networks import random_text_weights
from tests.worker.test_pool import Setup
from worker.scheduler import LONG_SLICE_S, Scheduler
from worker.tasks import reader as reading
from worker.tasks import text as task
from worker.workspace import Workspace

WEIGHTS = random_text_weights(units=8, seed=1)
READER = Reader(random_reader_weights(seed=1, units_per_x_height=3.0))
TEXT, DRAWS, SEED = "some words", 5, 4
PRIMER = Primer(random_line(40, 3), "in a hand")


class Lines:
    """A reader that finds the draw most likely whose number it was given, and keeps all of them."""

    units_per_x_height = 3.0

    def __init__(self, best):
        self.best, self.lines = best, []

    def scores_slices(self, lines, text):
        yield
        self.lines = [np.float32(line) for line in lines]
        return [float(draw == self.best) for draw in range(len(lines))]


def best(reader, setup=None, between=lambda _: None, text=TEXT, primer=PRIMER):
    """Return the best draw, its number and what was told, while `between(number)` is called in every pause."""
    network = TextNetwork(WEIGHTS, backend=RemoteBackend(), pool=setup and setup.pool)
    work, told = best_slices(network, reader, text, 0.8, SEED, DRAWS, primer), []
    for number in range(10_000):
        try:
            told.append(next(work))
        except StopIteration as end:
            return *end.value, told
        between(number)
    raise AssertionError("it does not end")


@pytest.fixture(scope="module")
def wanted():
    network = TextNetwork(WEIGHTS, backend=RemoteBackend())
    return [write(network, TEXT, 0.8, [SEED, draw] if draw else SEED, PRIMER) for draw in range(DRAWS)]


@pytest.mark.parametrize("seed", range(15))
def test_any_split_gives_the_same_draws(wanted, seed):
    setup = Setup(cores=2 + seed % 7)
    between = misbehaviour(setup, seed)
    for draw in (seed % DRAWS, 0):
        reader = Lines(draw)
        found, number, told = best(reader, setup, between)
        assert number == draw and told == sorted(told) and set(told) <= set(range(DRAWS))
        for ours, its in zip(found, wanted[draw], strict=True):
            np.testing.assert_array_equal(ours, its)
        for line, its in zip(reader.lines, wanted, strict=True):
            np.testing.assert_array_equal(line, its.points)


def test_workers_write_their_part():
    setup = Setup(cores=3)
    for _ in range(2):  # the workers are ready the second time
        before = sum(worker.done for worker in setup.workers)
        best(Lines(1), setup, lambda _: [worker.work() for worker in setup.workers])
    done, pieces = sum(worker.done for worker in setup.workers) - before, len(best(Lines(1))[2])
    assert len(setup.workers) == 2 and 0.4 * pieces < done < pieces


def test_between_two_slices_of_the_task_answers_come_in():
    """The workers of this test answer only then."""
    setup, ticks = Setup(cores=3), iter(range(10**6))
    workspace = Workspace(
        Model(
            random_weights(units_per_x_height=3.0, pen_clock=PenClock().to_dict()),
            backend=RemoteBackend(),
            pool=setup.pool,
        )
    )
    for load, weights in ((task.load, WEIGHTS), (reading.load, READER.weights)):
        run(load(workspace, b"".join(weight_file.encode(weights))))
    scheduler = Scheduler(now=lambda: 0.001 * next(ticks))
    for _ in range(2):
        before = sum(worker.done for worker in setup.workers)
        number = scheduler.start(task.best(workspace, TEXT, "a", "", -1, 0.8, SEED, DRAWS))
        while not (part := scheduler.poll(number, LONG_SLICE_S)).done:
            for worker in setup.workers:
                worker.work(), worker.work()
    alone, draw, pauses = best(READER, primer=None)
    assert part.value == {"draw": draw} and len(alone.points)
    assert sum(worker.done for worker in setup.workers) - before > 0.3 * len(pauses)


def test_little_is_written_here():
    setup = Setup(cores=3)
    found, _, _ = best(Lines(2), setup, text="a")
    np.testing.assert_array_equal(found.points, best(Lines(2), text="a")[0].points)
    assert not setup.workers


def test_the_readers_choice_is_the_same_with_a_pool():
    setup = Setup(cores=4)
    for _ in range(2):
        line, number, _ = best(READER, setup, lambda _: [worker.work() for worker in setup.workers])
    alone, its, _ = best(READER)
    assert number == its
    np.testing.assert_array_equal(line.points, alone.points)
    assert run(best_slices(TextNetwork(WEIGHTS), READER, TEXT, 0.8, SEED, DRAWS, PRIMER))[1] == its
