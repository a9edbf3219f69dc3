"""The functions that the worker exports to the page. The worker owns the model.

They are plain functions, so they run one after the other, each for one slice of time at most (`scheduler.py`). Only
typed arrays and small plain values cross; the page gets copies.
"""

from typing import Any

import js
import numpy as np
from pyodide.ffi import to_js

from ductus.backend import Backend
from ductus.model import Model
from ductus.weights import file as weight_file
from ductus.weights import kinds
from worker import scheduler, tasks
from worker.pool import Pool
from worker.workspace import Workspace, complete_metadata

# Characters of a network's name that are shown: a file may contain any name.
MAX_NAME_LENGTH = 80

_workspace: Any = None  # a Workspace, once a network is loaded
_backend: Backend | None = None  # set before the page can call anything
_backend_description = ""
_pool: Pool | None = None


def use(backend, description, pool):
    """Compute with this backend, and its pool of workers or None; the description is for the reader."""
    global _backend, _backend_description, _pool
    _backend, _backend_description, _pool = backend, description, pool


def load(data):
    """Load a weight file's bytes (Uint8Array) and return a description of the network, or {error}.

    It is {name, licence, units, mixtures, units_per_x_height, sha256, parameters, kernel, assumed, error: ""};
    `assumed` says that the file does not state its scale or pen clock, so they are assumed. An invalid file changes
    nothing, nor does a network of another kind, which the answer names: {error, kind}; a valid one starts with empty
    sheets.
    """
    global _workspace
    kind = ""
    try:
        loaded = weight_file.load(data.to_bytes())
        kind = kinds.kind(loaded.metadata)
        weights = complete_metadata(loaded)
        workspace = Workspace(Model(weights, backend=_backend, pool=_pool))
    except ValueError as error:
        return _to_js({"error": str(error), "kind": kind})
    workspace.model.continue_(workspace.model.start(), 2, 2, 1.0, 0)  # warm up: the first calls are slow
    _workspace = workspace
    keep = ("name", "licence", "units", "mixtures", "units_per_x_height", "sha256")
    known = {key: weights.metadata[key] for key in keep}
    known |= {"name": known["name"][:MAX_NAME_LENGTH], "assumed": weights is not loaded}
    return _to_js(known | {"parameters": weights.parameters, "kernel": _backend_description, "error": ""})


def add_ink(sheet, stroke, xy, lifted):
    """Store new ink of a stroke on a sheet: xy (Float64Array of x, y, x, y ... in x-heights)."""
    _workspace.sheet(sheet).add_ink(stroke, np.asarray(xy.to_py(), np.float64), lifted)


def set_stroke_count(sheet, strokes):
    """Keep only the first strokes of a sheet: undo, redo, and with 0 an empty sheet."""
    _workspace.sheet(sheet).set_stroke_count(strokes)


def predict(sheet, samples, steps, temperature, seed):
    """Start predicting how a sheet's ink continues; return {task}, its number, and the result of its first poll.

    While a pen moves, the first slice usually completes the task, and another message to the worker would double the
    time. The value is {paths}, Float32Array (samples, 1 + steps, 3) of x, y (x-heights) and lift, whose row 0 is the
    pen's place; or null once there is newer ink or a newer prediction.
    """
    prediction = _workspace.sheet(sheet).predict(samples, steps, float(temperature), seed)
    task = _workspace.scheduler.start(_paths(prediction))
    return _to_js({"task": task} | _poll(task))


def _paths(work):
    prediction = yield from work
    return prediction and {"paths": np.float32(prediction.paths)}


def start_task(kind, arguments):
    """Start a task, "module.function" (`worker.tasks`), with an object of arguments; return its number."""
    return _workspace.scheduler.start(tasks.find(kind)(_workspace, **arguments.to_py()))


def begin_task(kind, arguments, long=False):
    """Start a task as `start_task` does; return {task}, its number, and the result of its first poll."""
    task = start_task(kind, arguments)
    return _to_js({"task": task} | _poll(task, _seconds(long)))


def poll_task(task, long=False):
    """Run a slice of a task: {gone: true} if there is no such task, else {gone: false, progress, done, value}.

    A long slice may keep a pen waiting: it is for when none is moving.
    """
    return _to_js(_poll(task, _seconds(long)))


def _seconds(long):
    return scheduler.LONG_SLICE_S if long else scheduler.SLICE_S


def _poll(task, seconds=scheduler.SLICE_S):
    step = _workspace.scheduler.poll(task, seconds)
    return {"gone": True} if step is None else {"gone": False} | step._asdict()


def cancel_task(task):
    """Cancel a task."""
    _workspace.scheduler.cancel(task)


def last_prediction(sheet):
    """Return a sheet's last finished prediction with all its inputs, so that tests can reproduce it, or null.

    points (N, 3): the ink as the model was fed it, in model units; offsets (samples, steps, 3): the prediction.
    """
    last = _workspace and _workspace.sheet(sheet).last
    if not last:
        return None
    samples, steps, _ = last.offsets.shape
    return _to_js(
        {
            "points": last.points,
            "offsets": last.offsets,
            "pen": last.pen,
            "samples": samples,
            "steps": steps,
            "temperature": last.temperature,
            "seed": last.seed,
        }
    )


def _to_js(value):
    """Convert a value for the page: dicts become objects, arrays flat typed arrays."""
    return to_js(_flat(value), dict_converter=js.Object.fromEntries)


def _flat(value):
    if isinstance(value, np.ndarray):
        return to_js(np.ascontiguousarray(value).ravel())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {name: _flat(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_flat(part) for part in value]
    return value
