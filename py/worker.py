"""The one Pyodide program: it owns the model and lends the page a handful of verbs.

The verbs are plain functions, so they run one after the other, each for a slice of time at the most (`session.py`).
Only typed arrays and small plain values cross; what the page gets is its own copy.
"""

import js
import numpy as np
from pyodide.ffi import to_js

from ductus import weightfile
from ductus.model import Model
from session import Session

_session = None


def load(data):
    """Take a weight file's bytes (Uint8Array) into use: {name, licence, units, mixtures, parameters, error}.

    `error` says what is wrong with the file, "" if nothing is. A bad file leaves the model and the ink as they were;
    a good one begins with an empty page.
    """
    global _session
    try:
        weights = weightfile.load(data.to_bytes())
        session = Session(Model(weights))
    except ValueError as error:
        return _plain({"error": str(error)})
    session.model.continue_(session.model.start(), 2, 2, 1.0, 0)  # the first calls are slow: not in the pen's way
    _session = session
    keep = ("name", "licence", "units", "mixtures")
    return _plain({key: weights.metadata[key] for key in keep} | {"parameters": weights.parameters, "error": ""})


def pen(stroke, xy, lifted):
    """Note new ink of a stroke: xy (Float64Array of x, y, x, y ... in x-heights)."""
    _session.pen(stroke, np.asarray(xy.to_py(), np.float64), lifted)


def turn_to(strokes):
    """The ink is what it was after so many strokes."""
    _session.turn_to(strokes)


def predict(samples, steps, temperature, seed):
    """Begin a prediction; gives the job's number."""
    return _session.predict(samples, steps, float(temperature), seed)


def more(job):
    """A slice more of a job.

    {stale: true} if there is newer ink or a newer job; else {stale: false, done}. When done, `paths` is a
    Float32Array (samples, 1 + steps, 3) of x, y (x-heights) and lift, whose row 0 is where the pen is.
    """
    step = _session.more(job)
    if step is True:
        return _plain({"stale": False, "done": False})
    if step is None:
        return _plain({"stale": True})
    return _plain({"stale": False, "done": True, "paths": _table(step.paths)})


def record():
    """The last finished prediction with all that went into it, for whoever wants to check it elsewhere, or null.

    points (N, 3): the ink as the model was fed it, in model units; offsets (samples, steps, 3): what came out.
    """
    last = _session and _session.last
    if not last:
        return None
    samples, steps, _ = last.offsets.shape
    return _plain(
        {
            "points": to_js(last.points.ravel()),
            "offsets": to_js(last.offsets.ravel()),
            "pen": to_js(last.pen),
            "samples": samples,
            "steps": steps,
            "temperature": last.temperature,
            "seed": last.seed,
        }
    )


def _table(array):
    return to_js(np.ascontiguousarray(array, np.float32).ravel())


def _plain(values):
    return to_js(values, dict_converter=js.Object.fromEntries)


__export__ = ["load", "pen", "turn_to", "predict", "more", "record"]
