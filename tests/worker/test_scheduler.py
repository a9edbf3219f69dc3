"""Jobs in slices: how long one is, news on the way, and jobs that are over."""

import pytest

from worker.scheduler import MOST, SLICE_S, Jobs


def work(pieces, value="the end"):
    """A job of so many pieces, the odd ones with news."""
    for piece in range(pieces):
        yield {"piece": piece} if piece % 2 else None
    return value


def test_a_job_gives_its_news_in_order_and_its_value_at_the_end():
    jobs = Jobs(now=lambda: 0.0)  # however slow this machine: all in one slice
    job = jobs.begin(work(6))
    assert jobs.more(job) == ([{"piece": 1}, {"piece": 3}, {"piece": 5}], True, "the end")
    assert jobs.more(job) is None


def test_a_slice_ends_in_time():
    """On a clock of our own, where every piece of work takes 5 ms: two of them fit into a slice, a third does not."""
    ticks = iter(range(10**6))
    jobs = Jobs(now=lambda: 0.005 * next(ticks))
    assert 2 * 0.005 < SLICE_S < 3 * 0.005
    job = jobs.begin(work(9))
    slices = 1
    while not jobs.more(job).done:
        slices += 1
    assert slices == 9 // 2 + 1


def test_jobs_take_turns_without_knowing_of_each_other():
    ticks = iter(range(10**6))
    jobs = Jobs(now=lambda: float(next(ticks)))  # a slice is one piece
    one, other = jobs.begin(work(2, "one")), jobs.begin(work(2, "other"))
    parts = [jobs.more(job) for job in (one, other, one, other, one, other)]
    assert [part.value for part in parts] == [None] * 4 + ["one", "other"]
    assert [part.news for part in parts[2:4]] == [[{"piece": 1}], [{"piece": 1}]]


def test_a_stopped_job_is_closed():
    closed = []

    def careful():
        try:
            while True:
                yield
        finally:
            closed.append(True)

    ticks = iter(range(10**6))
    jobs = Jobs(now=lambda: float(next(ticks)))
    job = jobs.begin(careful())
    jobs.more(job)
    jobs.stop(job)
    jobs.stop(job)
    assert closed == [True] and jobs.more(job) is None


def test_a_job_that_fails_is_over():
    def fails():
        yield
        raise ValueError("no")

    jobs = Jobs()
    job = jobs.begin(fails())
    with pytest.raises(ValueError, match="no"):
        jobs.more(job)
    assert jobs.more(job) is None


def test_forgotten_jobs_make_room():
    jobs = Jobs(now=lambda: 0.0)
    numbers = [jobs.begin(work(1)) for _ in range(MOST + 2)]
    assert [jobs.more(job) is None for job in numbers[:3]] == [True, True, False]
