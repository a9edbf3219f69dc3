"""Claims as tasks: what is read and what is measured is what the library says."""

import numpy as np
import pytest

from ductus import cooperative
from ductus.analysis import claims, probing
from tests.support.networks import random_line
from tests.worker.test_ink_session import MODEL
from worker.tasks import claims as claims_task
from worker.tasks.probing import curves
from worker.workspace import Workspace

LINES = [random_line(points, seed=points, spread=0.5) for points in (30, 45)]
SHA256 = MODEL.weights.metadata["sha256"]


@pytest.fixture(scope="module")
def measured():
    return claims.measure(MODEL, LINES)


def assert_told(value, found, atol=1e-6):
    assert value["lines"] == found.lines
    for name in found.least:
        np.testing.assert_allclose(value["least"][name], found.least[name], atol=atol)
        np.testing.assert_allclose(value["worst"][name], found.worst(name), atol=atol)
        np.testing.assert_array_equal(value["ranks"][name], np.argsort(-value["least"][name], kind="stable"))


def test_a_file_is_told_as_it_is(measured):
    data = claims.render(measured, SHA256, [{}, {}]).encode()
    assert_told(cooperative.run(claims_task.read(Workspace(MODEL), data)), measured, 0.0006)


def test_claims_about_other_weights_are_none(measured):
    data = claims.render(measured, "other", [{}, {}]).encode()
    assert cooperative.run(claims_task.read(Workspace(MODEL), data)) == {"lines": 0}
    with pytest.raises(claims.ClaimsError, match="not JSON"):
        cooperative.run(claims_task.read(Workspace(MODEL), b"{"))


def test_a_network_without_a_file_is_measured_with_progress(monkeypatch):
    monkeypatch.setattr(claims, "LINES", 2)
    monkeypatch.setattr(claims, "POINTS", 30)
    work, done = claims_task.measure(Workspace(MODEL)), []
    while True:
        try:
            progress = next(work)
        except StopIteration as end:
            value = end.value
            break
        if progress:
            done.append(progress["done"])
    written = MODEL.continue_(MODEL.start(), 2, 30, claims.TEMPERATURE, claims.SEED)
    assert_told(value, claims.measure(MODEL, list(written)))
    assert done == sorted(done) and done[-1] == 1


def test_cards_are_the_curves_of_each_quantity():
    workspace = Workspace(MODEL)
    workspace.from_points("model", random_line(60, seed=8))
    names, cells = list(probing.STATISTICS), [number % MODEL.units for number in range(10)]
    value = cooperative.run(claims_task.cards(workspace, "model", names, cells))
    for row, (name, cell) in enumerate(zip(names, cells, strict=True)):
        alone = cooperative.run(curves(workspace, "model", name, [cell]))
        np.testing.assert_array_equal(value["cells"][row], alone["cells"][0])
        np.testing.assert_array_equal(value["fits"][row], alone["fits"][0])
    steady = value["fits"][names.index("steady")]
    np.testing.assert_allclose(steady, value["cells"][names.index("steady")].mean(), atol=1e-5)
    with pytest.raises(ValueError, match="'ink'"):
        cooperative.run(claims_task.cards(workspace, "ink", ["x"], [0]))
