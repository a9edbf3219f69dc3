"""The browser's workers of the pool: js-shims/kernel/pool_worker.js, with the side module that Python runs itself."""

from pathlib import Path

import js
from pyodide.ffi import create_proxy, to_js

from worker.pool import Pool


def make(backend):
    """Return a pool for a backend, or None if it has no side module."""
    path = getattr(backend, "path", None)
    return path and Pool(lambda *callbacks: PoolWorker(path, *callbacks), js.navigator.hardwareConcurrency or 1)


class PoolWorker:
    """A `worker.pool.Channel`. It is nested in this worker, and ends with it."""

    def __init__(self, path, answered, failed):
        """Start it. Raises the browser's error if it starts none."""
        self._worker = js.Worker.new(js.poolWorker)

        def heard(event):
            number, data = event.data
            answered(number, data.to_py())

        def broken(event):
            event.preventDefault()
            failed()

        self._proxies = [create_proxy(heard), create_proxy(broken)]
        self._worker.onmessage, self._worker.onerror = self._proxies
        self._worker.onmessageerror = self._proxies[1]
        self._worker.postMessage(to_js(Path(path).read_bytes()))

    def post(self, number, call):
        image = to_js(call.image)
        message = [number, call.at, image, call.end, call.routine, call.structure, call.result, call.size]
        self._worker.postMessage(to_js(message), to_js([image.buffer]))

    def end(self):
        self._worker.terminate()
        self._worker.onmessage = self._worker.onerror = self._worker.onmessageerror = None
        for proxy in self._proxies:
            proxy.destroy()
