"""The pool: however its workers behave, the fans are those that are drawn without it."""

import numpy as np
import pytest

from ductus.lstm import State
from ductus.model import Model
from ductus.resample import PenClock
from tests.support.networks import random_line, random_weights
from tests.support.pool import PlayedWorker, RemoteBackend
from tests.worker.test_ink_session import wave
from tests.worker.test_task_beautify import write
from worker.pool import AHEAD_POINTS, MAX_FAILURES, MAX_WORKERS, MIN_POINTS, SILENT_S, Pool
from worker.tasks import fans, priming
from worker.workspace import Workspace

FANS, SAMPLES, STEPS = 31, 50, 4
SEEDS = [[5, i] for i in range(FANS)]
AHEAD = -(-AHEAD_POINTS // (SAMPLES * STEPS))  # fans that a worker has at a time


class Setup:
    """A model with a pool of played workers, and a clock that the test moves."""

    def __init__(self, cores=3, seed=6, start=PlayedWorker):
        self.time, self.workers = 0.0, []
        self.pool = Pool(lambda *callbacks: self._started(start(*callbacks)), cores, lambda: self.time)
        self.model = self.load(seed)

    def _started(self, worker):
        self.workers.append(worker)
        return worker

    def load(self, seed):
        return Model(random_weights(seed=seed), backend=RemoteBackend(), pool=self.pool)

    @property
    def alive(self):
        return [worker for worker in self.workers if not worker.ended]

    def fans(self, between, model=None, fans=FANS):
        """Return fans, while `between(number)` is called in every pause."""
        model = model or self.model
        work = begin(model, fans)
        for number in range(10_000):
            try:
                next(work)
            except StopIteration as end:
                return end.value
            between(number)
        raise AssertionError("it does not end")


def run(setup, work):
    """Run a task whose workers do one call in every pause; return its progress and its value."""
    progress = []
    while True:
        try:
            progress.append(next(work))
        except StopIteration as end:
            return [piece for piece in progress if piece], end.value
        for worker in setup.workers:
            worker.work()


def begin(model, fans=FANS):
    states = model.line_states(random_line(FANS))
    return model.fan_slices(State(states.h[:fans], states.c[:fans]), SAMPLES, STEPS, 0.7, SEEDS[:fans])


def alone(seed=6, fans=FANS):
    """Return the fans that are drawn without a pool."""
    work = begin(Model(random_weights(seed=seed), backend=RemoteBackend()), fans)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def wanted():
    return alone()


def ready(setup):
    """Let all workers start."""
    setup.fans(lambda number: [worker.work() for worker in setup.workers])


@pytest.mark.parametrize("seed", range(40))
def test_any_split_gives_the_same_bits(wanted, seed):
    """Workers answer in any order: now, late, twice, wrongly, or never because they die."""
    rng = np.random.default_rng(seed)
    setup = Setup(cores=int(rng.integers(2, 5)))
    chances = rng.dirichlet([4, 1, 0.3, 0.1, 0.1, 2])
    old = []

    def between(_):
        for worker in setup.alive:
            old.extend(worker.calls[:1])
            match rng.choice(6, p=chances):
                case 0:
                    worker.work()
                case 1:
                    worker.work(times=2)
                case 2 if old:
                    worker.answered(old[0][0], bytes(12 * SAMPLES * STEPS))
                case 3:
                    worker.failed()
                case 4:
                    worker.answered(worker.calls[-1][0] if worker.calls else 1, b"1234")
        setup.time += 0.01

    for _ in range(2):
        np.testing.assert_array_equal(setup.fans(between), wanted)


def test_workers_draw_most_of_it(wanted):
    setup, drawn = Setup(cores=3), []

    def between(_):
        for worker in setup.workers:
            drawn.extend(call for _, call in worker.calls[:1] if call.routine)
            worker.work()

    np.testing.assert_array_equal(setup.fans(between), wanted)
    assert len(setup.workers) == 2 and len(drawn) >= FANS // 2


@pytest.mark.parametrize(("cores", "workers"), [(0, 0), (1, 0), (2, 1), (4, 3), (64, MAX_WORKERS)])
def test_one_core_is_left_to_python_and_none_is_started_for_little(cores, workers):
    setup = Setup(cores)
    few = MIN_POINTS // (SAMPLES * STEPS) - 1
    np.testing.assert_array_equal(setup.fans(lambda _: None, fans=few), alone(fans=few))
    assert not setup.workers
    setup.fans(lambda _: None)
    assert len(setup.workers) == workers


def test_nobody_waits_for_a_worker_that_has_too_much_to_do(wanted):
    setup = Setup(cores=2)
    ready(setup)
    (worker,) = setup.workers
    most = []
    np.testing.assert_array_equal(setup.fans(lambda _: most.append(len(worker.calls))), wanted)
    assert max(most) == AHEAD == 5


def test_a_refused_worker_is_not_asked_for_again(wanted):
    attempts = []

    def refuse(*_):
        attempts.append(1)
        raise RuntimeError("SecurityError")

    setup = Setup(start=refuse)
    for _ in range(2):
        np.testing.assert_array_equal(setup.fans(lambda _: None), wanted)
    assert len(attempts) == 1


def test_a_worker_that_fails_is_replaced_but_not_for_ever(wanted):
    setup = Setup(cores=2)
    ready(setup)
    for round in range(1, MAX_FAILURES + 2):

        def between(number, round=round):
            if number == 3 and len(setup.workers) == round and setup.alive:
                setup.alive[0].failed()

        np.testing.assert_array_equal(setup.fans(between), wanted)
        assert setup.workers[0].ended
    assert len(setup.workers) == MAX_FAILURES and not setup.alive


def test_a_silent_worker_is_replaced_and_its_late_answers_do_not_count(wanted):
    setup = Setup(cores=2)
    ready(setup)
    silent, late = setup.workers[0], []

    def between(number):
        if number == 4:
            late.extend(silent.calls)
            setup.time += SILENT_S + 1
        for job, call in late[:1] if number > 6 else ():
            silent.answered(job, bytes(call.size))

    np.testing.assert_array_equal(setup.fans(between), wanted)
    assert silent.ended and len(late) == AHEAD and len(setup.alive) == 1


def test_a_cancelled_task_drops_what_it_handed_over(wanted):
    setup = Setup(cores=2)
    ready(setup)
    (worker,) = setup.workers
    work = begin(setup.model)
    for _ in range(5):
        next(work)
    assert len(worker.calls) == AHEAD
    work.close()
    dropped = list(worker.calls)
    np.testing.assert_array_equal(setup.fans(lambda _: worker.work()), wanted)
    for number, call in dropped:
        worker.answered(number, bytes(call.size))
    np.testing.assert_array_equal(setup.fans(lambda _: worker.work()), wanted)


def test_two_tasks_at_once_with_two_networks_get_their_own_fans(wanted):
    setup = Setup(cores=2)
    ready(setup)
    (worker,) = setup.workers
    works, found = [begin(setup.model), begin(setup.load(9))], {}
    while len(found) < 2:
        for number, work in enumerate(works):
            try:
                next(work)
            except StopIteration as end:
                found.setdefault(number, end.value)
        worker.work()
    np.testing.assert_array_equal(found[0], wanted)
    np.testing.assert_array_equal(found[1], alone(seed=9))


def test_a_network_too_large_for_copies_is_not_sent(wanted, monkeypatch):
    monkeypatch.setattr("worker.pool.MAX_BYTES", 1000)
    setup = Setup(cores=3)
    np.testing.assert_array_equal(setup.fans(lambda _: None), wanted)
    assert not setup.workers


def test_the_tasks_give_the_same_with_a_pool():
    """Fans of a line, each once, and the style metrics of written lines."""
    weights = random_weights(units=8, mixtures=3, units_per_x_height=3.24, pen_clock=PenClock().to_dict())
    setup = Setup(cores=3)
    values = []
    for pool in (None, setup.pool):
        workspace = Workspace(Model(weights, backend=RemoteBackend(), pool=pool))
        workspace.from_points("line", random_line(FANS))
        everywhere = 0.0, 1e9, 0.0, np.zeros(FANS, np.uint8)
        for _ in range(2):  # the workers are ready the second time
            progress, value = run(setup, fans.sample(workspace, "line", SAMPLES, STEPS, 0.7, 5, *everywhere))
        points = np.concatenate([piece["points"] for piece in progress])
        assert sorted(points) == list(range(FANS)) and value == {"count": FANS}
        joined = {name: np.concatenate([piece[name] for piece in progress])[points.argsort()] for name in progress[0]}
        write(workspace.sheet("p"), [wave(6.0), wave(5.0, start=(7.0, 0.2))])
        before = sum(worker.done for worker in setup.workers)
        _, measured = run(setup, priming.measure(workspace, "p", 600, 0.7, 5))
        values.append(joined | {name: measured[name] for name in ("primed", "plain")})
    assert sum(worker.done for worker in setup.workers) > before > 0
    for name, value in values[0].items():
        np.testing.assert_array_equal(values[1][name], value, err_msg=name)
