"""Reading the ink on a sheet, as a task: against the library, before a reader is loaded, and with a bad file."""

import numpy as np
import pytest

from ductus import ink
from ductus.analysis.reader import Reader
from ductus.ink import InkError
from ductus.resample import resample
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError
from tests.support.networks import random_weights
from tests.support.readers import random_reader_weights
from tests.worker.test_ink_session import MODEL, wave, write
from tests.worker.test_task_cells import run
from worker.tasks import reader as task
from worker.workspace import Workspace

WEIGHTS = random_reader_weights(seed=1, units_per_x_height=2.5)
LINES = [[wave(), wave(1.5, 30, (3.5, 0.1))], [wave(2.5, 50, (0.0, 4.0))]]


def data(weights) -> bytes:
    return b"".join(weight_file.encode(weights))


@pytest.fixture
def workspace():
    made = Workspace(MODEL)
    assert run(task.load(made, data(WEIGHTS)))[1] == {
        "name": "random reader",
        "parameters": WEIGHTS.parameters,
        "sha256": WEIGHTS.metadata["sha256"],
    }
    return made


def test_a_sheet_is_read_line_by_line(workspace):
    write(workspace.sheet("a"), [stroke for line in LINES for stroke in line])
    _, value = run(task.read(workspace, "a"))
    found = [
        Reader(WEIGHTS).read(ink.to_points([resample(stroke) for stroke in line]) * [2.5, 2.5, 1]) for line in LINES
    ]
    assert value["text"] == " ".join(one.text for one in found) and len(value["text"]) > 3
    assert value["nats"] == pytest.approx(-sum(one.log_probability for one in found), rel=1e-4)
    assert run(task.read(workspace, "empty"))[1] == {"text": "", "nats": 0.0}


def test_the_pen_never_waits_for_a_whole_line(workspace):
    write(workspace.sheet("a"), [wave(start=(4.0 * number, 0.0)) for number in range(8)])
    assert sum(1 for _ in task.read(workspace, "a")) > 20


def test_what_cannot_be_read(workspace):
    with pytest.raises(ValueError, match="no reader is loaded"):
        run(task.read(Workspace(MODEL), "a"))
    for bad, said in ((data(random_weights()), "does not know what it writes"), (b"nothing", "line 1")):
        with pytest.raises(WeightsError, match=said):
            run(task.load(workspace, bad))
    sheet = workspace.sheet("a")
    for stroke in range(45):
        sheet.add_ink(stroke, np.column_stack([np.linspace(0, 40, 300), np.zeros(300)]), True)
    assert len(sheet.places()) > 4000
    with pytest.raises(InkError, match="too many"):
        run(task.read(workspace, "a"))
    sheet.set_stroke_count(1)
    run(task.read(workspace, "a"))  # the reader from before the bad files is still there
