"""Tasks in slices: the length of a slice, progress, cancelled and finished tasks."""

import pytest

from worker.scheduler import LISTEN, LISTEN_S, LONG_SLICE_S, MAX_TASKS, SLICE_S, Scheduler


def work(pieces, value="the end"):
    """A task of this many pieces, the odd ones with progress."""
    for piece in range(pieces):
        yield {"piece": piece} if piece % 2 else None
    return value


def test_a_task_gives_its_progress_in_order_and_its_value_at_the_end():
    scheduler = Scheduler(now=lambda: 0.0)  # however slow this machine: all in one slice
    task = scheduler.start(work(6))
    assert scheduler.poll(task) == ([{"piece": 1}, {"piece": 3}, {"piece": 5}], True, "the end")
    assert scheduler.poll(task) is None


def test_a_slice_ends_in_time():
    """On a clock of our own, where every piece of work takes 5 ms: two of them fit into a slice, a third does not."""
    ticks = iter(range(10**6))
    scheduler = Scheduler(now=lambda: 0.005 * next(ticks))
    assert 2 * 0.005 < SLICE_S < 3 * 0.005
    task = scheduler.start(work(9))
    slices = 1
    while not scheduler.poll(task).done:
        slices += 1
    assert slices == 9 // 2 + 1
    slices, task = 1, scheduler.start(work(9))
    while not scheduler.poll(task, LONG_SLICE_S).done:
        slices += 1
    assert slices == 2


def test_a_task_that_shares_its_work_ends_its_slices_early_so_that_answers_come_in():
    ticks = iter(range(10**6))
    scheduler = Scheduler(now=lambda: LISTEN_S / 2 * next(ticks))

    def shares():
        for piece in range(6):
            yield LISTEN if piece % 2 else {"piece": piece}
        return "the end"

    task = scheduler.start(shares())
    parts = [scheduler.poll(task, LONG_SLICE_S) for _ in range(4)]
    assert parts == [([{"piece": piece}], False, None) for piece in (0, 2, 4)] + [([], True, "the end")]


def test_tasks_take_turns():
    ticks = iter(range(10**6))
    scheduler = Scheduler(now=lambda: float(next(ticks)))  # a slice is one piece
    one, other = scheduler.start(work(2, "one")), scheduler.start(work(2, "other"))
    parts = [scheduler.poll(task) for task in (one, other, one, other, one, other)]
    assert [part.value for part in parts] == [None] * 4 + ["one", "other"]
    assert [part.progress for part in parts[2:4]] == [[{"piece": 1}], [{"piece": 1}]]


def test_a_stopped_job_is_closed():
    closed = []

    def careful():
        try:
            while True:
                yield
        finally:
            closed.append(True)

    ticks = iter(range(10**6))
    scheduler = Scheduler(now=lambda: float(next(ticks)))
    task = scheduler.start(careful())
    scheduler.poll(task)
    scheduler.cancel(task)
    scheduler.cancel(task)
    assert closed == [True] and scheduler.poll(task) is None


def test_a_job_that_fails_is_over():
    def fails():
        yield
        raise ValueError("no")

    scheduler = Scheduler()
    task = scheduler.start(fails())
    with pytest.raises(ValueError, match="no"):
        scheduler.poll(task)
    assert scheduler.poll(task) is None


def test_forgotten_jobs_make_room():
    scheduler = Scheduler(now=lambda: 0.0)
    numbers = [scheduler.start(work(1)) for _ in range(MAX_TASKS + 2)]
    assert [scheduler.poll(task) is None for task in numbers[:3]] == [True, True, False]
