"""What the worker does for the page: it owns the model and lends a handful of verbs.

The verbs are plain functions, so they run one after the other, each for a slice of time at the most (`running.py`).
Only typed arrays and small plain values cross; what the page gets is its own copy.
"""

from importlib import import_module
from pathlib import Path

import js
import numpy as np
from pyodide.ffi import to_js
from pyscript import config

from ductus.backend import numpy
from ductus.model import Model
from ductus.weights import file as weight_file
from worker.workspace import Desk, completed

# What `begin` can begin, by the module of `worker.tasks` that has it.
KINDS = {
    "beautify": ("blend",),
    "cells": ("columns",),
    "pca": ("find",),
    "export": ("fans", "ink", "line", "rows"),
    "fans": ("draw", "look"),
    "files": ("take",),
    "lines": ("put", "take"),
    "cells_live": ("columns",),
    "mixture": ("along", "landscape"),
    "priming": ("measure", "write"),
    "cell_order": ("sort",),
    "styles": ("begin", "take"),
    "probing": ("curves", "track"),
    "generation": ("write",),
}

# The side modules to try in turn, by the name with which the page's address may ask for one.
KERNELS = {"numpy": [], "simd": ["kernel/kernel-simd.wasm"], "relaxed": ["kernel/kernel-relaxed.wasm"]}
FASTEST = KERNELS["relaxed"] + KERNELS["simd"]

# Characters of a network's name that are shown: a file may say what it likes.
LONGEST_NAME = 80

_desk = None


def _runs(path):
    return js.WebAssembly.validate(to_js(Path(path).read_bytes()))


_arithmetic = numpy.use_best(KERNELS.get(config.get("kernel"), FASTEST), _runs)


def load(data):
    """Take a weight file's bytes (Uint8Array) into use: what is known of the network, or {error}.

    That is {name, licence, units, mixtures, units_per_x_height, sha256, parameters, kernel, assumed, error: ""};
    `assumed` says that the file does not tell how large an x-height is, or of what clock, so that it is guessed. A
    bad file leaves the model and the ink as they were; a good one begins with empty sheets.
    """
    global _desk
    try:
        loaded = weight_file.load(data.to_bytes())
        weights = completed(loaded)
        desk = Desk(Model(weights))
    except ValueError as error:
        return _across({"error": str(error)})
    desk.model.continue_(desk.model.start(), 2, 2, 1.0, 0)  # the first calls are slow: not in the pen's way
    _desk = desk
    keep = ("name", "licence", "units", "mixtures", "units_per_x_height", "sha256")
    known = {key: weights.metadata[key] for key in keep}
    known |= {"name": known["name"][:LONGEST_NAME], "assumed": weights is not loaded}
    return _across(known | {"parameters": weights.parameters, "kernel": _arithmetic, "error": ""})


def pen(sheet, stroke, xy, lifted):
    """Note new ink of a stroke on a sheet: xy (Float64Array of x, y, x, y ... in x-heights)."""
    _desk.sheet(sheet).pen(stroke, np.asarray(xy.to_py(), np.float64), lifted)


def turn_to(sheet, strokes):
    """The ink on a sheet is what it was after so many strokes."""
    _desk.sheet(sheet).turn_to(strokes)


def predict(sheet, samples, steps, temperature, seed):
    """Begin a prediction of how a sheet's ink goes on: {job}, its number, and what `more` gives of its first slice.

    While a pen moves that slice is mostly all of it, and another trip to the worker would take as long again. The
    value is {paths}, Float32Array (samples, 1 + steps, 3) of x, y (x-heights) and lift, whose row 0 is where the pen
    is; or null once there is newer ink or a newer prediction.
    """
    job = _desk.jobs.begin(_paths(_desk.sheet(sheet).predict(samples, steps, float(temperature), seed)))
    return _across({"job": job} | _slice(job))


def _paths(work):
    prediction = yield from work
    return prediction and {"paths": np.float32(prediction.paths)}


def begin(kind, arguments):
    """Begin a job of some kind, "module.function", with the arguments of an object; gives its number.

    A module is read when it is first wanted: the first prediction does not wait for what other figures need.
    """
    module, function = kind.split(".")
    if function not in KINDS[module]:
        raise ValueError(f"there are no jobs of the kind {kind}")
    return _desk.jobs.begin(getattr(import_module(f"worker.tasks.{module}"), function)(_desk, **arguments.to_py()))


def more(job):
    """A slice more of a job: {gone: true} if there is none of that number, else {gone: false, news, done, value}."""
    return _across(_slice(job))


def _slice(job):
    step = _desk.jobs.more(job)
    return {"gone": True} if step is None else {"gone": False} | step._asdict()


def stop(job):
    """Give a job up."""
    _desk.jobs.stop(job)


def record(sheet):
    """A sheet's last finished prediction with all that went into it, for whoever wants to check it, or null.

    points (N, 3): the ink as the model was fed it, in model units; offsets (samples, steps, 3): what came out.
    """
    last = _desk and _desk.sheet(sheet).last
    if not last:
        return None
    samples, steps, _ = last.offsets.shape
    return _across(
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


def _across(value):
    """A value as the page gets it: dicts as objects, arrays flat and typed."""
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
