"""The parts of a line of fans, timed inside Pyodide for tests/benchmarks/pool.py."""

import time

import in_pyodide
import numpy as np
from pyodide.ffi import create_proxy

from ductus.lstm import State
from ductus.model import Model
from ductus.sharing import Group
from worker import api, pool_workers
from worker.pool import MIN_POINTS
from worker.tasks import fans
from worker.workspace import Workspace

SAMPLES, STEPS, BESIDE, TIMES = 50, 4, 8, 40
_backend = in_pyodide._backends["kernel, relaxed"]
_pool = pool_workers.make(_backend)
_pool.size = 1
_model = Model(in_pyodide._weights, backend=_backend, pool=_pool)
_network = _model._network
_uniforms = np.random.default_rng(1).random((1, STEPS, SAMPLES, 4))
_state = _model.start()
_batch = _pool.open(_network, MIN_POINTS)
_batch.room()  # starts the worker
_answer = {"took": []}
_start = {"took": 0.0}


def _timed(name, act, times=TIMES):
    act()
    started = time.perf_counter()  # of 0.1 ms in this page, so all are timed together
    for _ in range(times):
        act()
    return {name: 1e3 * (time.perf_counter() - started) / times}


def parts():
    """Return the milliseconds of each part: what Python does for every fan, and for every 8 of them."""
    line = Workspace(_model).from_points("line", in_pyodide._line)
    for _ in line.encode_slices():
        pass
    points = np.arange(100, 100 + BESIDE)
    paths = np.zeros((BESIDE, SAMPLES, STEPS, 3), np.float32)
    drawn = [(Group(points, State(line.h[points], line.c[points]), []), paths)]

    def uniforms():
        np.stack([np.random.default_rng(seed).random((STEPS, SAMPLES, 4)) for seed in [[1, 2]]])

    call = _network.remote_draw(_batch._remote, _state, 0.5, _uniforms)
    channel = _pool._members[0].channel
    found = _timed("rows", lambda: _network.draw(None, _state, 0.5, _uniforms))
    found |= _timed("uniforms", uniforms)
    found |= _timed("encoding a point", lambda: _model.feed(in_pyodide._line[:1], _state))
    found |= _timed("preparing", lambda: _network.remote_draw(_batch._remote, _state, 0.5, _uniforms))
    found |= _timed("posting", lambda: channel.post(0, call))
    found |= _timed("progress of 8", lambda: api._to_js(fans._progress(_model, line, drawn)))
    return found


def watch_answers():
    """Time what the worker's answers take here, from now on; `answers` returns the mean, once all are there."""
    heard = _pool._members[0].channel._worker.onmessage

    def timed(event):
        started = time.perf_counter()
        heard(event)
        _answer["took"].append(1e3 * (time.perf_counter() - started))

    proxy = create_proxy(timed)
    _pool._members[0].channel._worker.onmessage = proxy
    call = _network.remote_draw(_batch._remote, _state, 0.5, _uniforms)
    for _ in range(TIMES):
        _pool._members[0].channel.post(0, call)


def answers():
    return float(np.mean(_answer["took"])) if len(_answer["took"]) >= TIMES else 0


def start():
    """Start a worker of another pool; `started` returns the milliseconds until it has the module and the weights."""
    _start["took"] = 0.0
    pool = pool_workers.make(_backend)
    pool.size = 1
    began = time.perf_counter()
    pool.open(_network, MIN_POINTS).room()
    worker = pool._members[0].channel._worker
    heard = worker.onmessage

    def ready(event):
        heard(event)
        _start["took"] = 1e3 * (time.perf_counter() - began)
        worker.terminate()

    worker.onmessage = create_proxy(ready)


def started():
    return _start["took"]
