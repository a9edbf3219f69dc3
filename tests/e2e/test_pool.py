"""The pool of workers: fans and ablation are CPython's, whether workers do them, die of them, or do not start."""

import json
import os

import numpy as np
import pytest

from ductus.analysis import ablation
from tests.e2e.test_fans import TOLERANCE, Figure, expected_fans, load, small

POINTS, SAMPLES = 60, 50
POOL = "pool_worker.js"
# The answers that a worker sends are counted from now on.
COUNT = """() => {
    const send = postMessage;
    answers = 0;
    postMessage = (...message) => { answers++; send(...message); };
}"""
# The nats a point that each of some cells of the line costs.
ABLATE = """async ([line, last]) => {
    const worker = (await import("./js-shims/boot/worker.js")).last();
    const task = await worker.call("start_task", "intervention.ablate", {line, first: 0, last});
    for (;;) {
        const {done, value} = await worker.call("poll_task", task);
        if (done) return [...value.position];
    }
}"""
CELLS = 150
FAIL = "setTimeout(() => { throw new Error('made for a test'); })"

pytestmark = pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="on one core there is no pool")


@pytest.fixture
def line(model):
    return np.round(model.write(POINTS, 0.5, 2), 3)


def pool_of(page):
    return [worker for worker in page.workers if worker.url.endswith(POOL)]


def drawn(sheet, line, model, seed):
    """Draw the fans of the line with this seed, and check them."""
    figure = Figure(sheet, "fans")
    sheet.page.locator("#fans-seed").fill(str(seed))
    found = figure.show().settled(len(line))
    wanted, _, _, origins = expected_fans(model, line, np.zeros(2), samples=SAMPLES, seed=seed)
    sheet.until(lambda: np.abs(figure.settled(POINTS)["xy"] - wanted).max() < TOLERANCE, "these fans")
    np.testing.assert_allclose(found["origins"], origins, atol=1e-5)


def opened(sheet, line, monkey=None):
    """Show the line in figure 4, once `monkey` was evaluated in the worker."""
    if monkey:
        sheet.page.workers[0].evaluate(monkey)
    figure = small(Figure(sheet, "fans"))
    sheet.set("fans-samples", SAMPLES)
    load(figure, "line.json", json.dumps([[float(x), float(y), int(lift)] for x, y, lift in line]).encode())


def test_fans_of_the_pool_are_what_cpython_computes_also_when_it_dies(open_sheet, line, model):
    sheet = open_sheet()
    sheet.ready()
    sheet.pause()
    assert not pool_of(sheet.page)  # none is started before it is worth it
    opened(sheet, line)
    drawn(sheet, line, model, 7)
    first = sheet.until(lambda: pool_of(sheet.page), "a pool")
    for worker in first:
        worker.evaluate(COUNT)
    drawn(sheet, line, model, 8)
    drew = sum(worker.evaluate("answers") for worker in first)
    costs = sheet.page.evaluate(ABLATE, ["ink", CELLS])
    assert sum(worker.evaluate("answers") for worker in first) > drew > 0
    wanted = ablation.effects(model, line, ablation.silenced([[cell] for cell in range(CELLS)]))
    np.testing.assert_allclose(costs, wanted[:, 0], atol=1e-4)
    for worker in first:
        worker.evaluate(FAIL)
    drawn(sheet, line, model, 9)
    others = sheet.until(lambda: [worker for worker in pool_of(sheet.page) if worker not in first], "another pool")
    assert len(others) == len(first) <= (os.cpu_count() or 1) - 1
    drawn(sheet, line, model, 10)


@pytest.mark.parametrize(
    "monkey",
    [
        pytest.param("Worker = undefined", marks=pytest.mark.slow),  # the same as a worker that does not come
        "poolWorker = new URL('nothing.js', poolWorker).href",
    ],
)
def test_without_a_pool_everything_is_drawn_as_before(open_sheet, line, model, monkey):
    sheet = open_sheet()
    sheet.ready()
    sheet.pause()
    opened(sheet, line, monkey)
    drawn(sheet, line, model, 7)
    drawn(sheet, line, model, 8)
