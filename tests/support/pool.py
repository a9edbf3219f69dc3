"""Workers of the pool, played in this process: they do a call when a test lets them."""

import pickle
from types import SimpleNamespace

import numpy as np

from ductus.backend.numpy import NumpyBackend, State, einsum_matmul
from ductus.backend.remote import Call
from ductus.backend.routines import FACTS
from worker.pool import SILENT_S

PICKLE = 1 << 17  # bytes of a result that is sent as a pickle


class RemoteNetwork:
    """A network of numpy whose draws and readings can be sent away: as pickles, there is no side module here."""

    def __init__(self, network):
        self._network = network

    def __getattr__(self, name):
        return getattr(self._network, name)

    def remote(self):
        load = Call(16, as_bytes(self._network), 16)
        return SimpleNamespace(size=1000, load=lambda: load)

    def remote_draw(self, remote, state, temperature, uniforms):
        pens, steps, samples = uniforms.shape[:3]
        shape, image = (pens, samples, steps, 3), as_bytes((None, state, temperature, uniforms))
        size, points = 4 * int(np.prod(shape)), pens * samples * steps
        return Call(16, image, 16, "draw", 16, 16, size, points, lambda data: data.view(np.float32).reshape(shape))

    def remote_read(self, remote, x, truth, state, change=None):
        (rows, units), times = state.h.shape, len(x)
        facts = 8 * times * rows * FACTS

        def value(data):
            states = data[facts:].view(np.float32).reshape(2, rows, units)
            return State(*states), data[:facts].view(np.float64).reshape(times, rows, FACTS)

        image = as_bytes((x, truth, state, change))
        return Call(16, image, 16, "read", 16, 16, facts + 8 * rows * units, rows * times, value)


class RemoteTextLayer:
    """A text layer of numpy that can be sent away, as `RemoteNetwork` is."""

    def __init__(self, layer):
        self._layer = layer

    def __getattr__(self, name):
        return getattr(self._layer, name)

    def remote(self):
        load = Call(16, as_bytes(self._layer), 16)
        return SimpleNamespace(size=1000, load=lambda: load)

    def remote_trace(self, remote, *arguments):
        return self._call("trace", arguments)

    def remote_write(self, remote, *arguments):
        return self._call("write", arguments)

    def _call(self, method, arguments):
        return Call(
            16, as_bytes(arguments), 16, method, 16, 16, PICKLE, 1000, lambda data: pickle.loads(data.tobytes())
        )


class RemoteBackend(NumpyBackend):
    """A backend whose networks can be sent away, and whose rows have the same bits whatever is beside them."""

    def __init__(self):
        super().__init__()
        self.matmul = einsum_matmul

    def compile(self, network):
        return RemoteNetwork(network)

    def compile_text(self, layer):
        return RemoteTextLayer(layer)


class PlayedWorker:
    """A `worker.pool.Channel`: what it was sent waits in `calls` until `work` does the first of it."""

    def __init__(self, answered, failed):
        self.answered, self.failed = answered, failed
        self.calls, self.network, self.ended = [], None, False
        self.done = 0  # draws and readings

    def post(self, number, call):
        self.calls.append((number, call))

    def end(self):
        self.ended = True

    def result(self, call):
        """Return the bytes of a call's result."""
        if not call.routine:
            self.network = pickle.loads(call.image.tobytes())
            return b""
        found = getattr(self.network, call.routine)(*pickle.loads(call.image.tobytes()))
        if call.size == PICKLE:
            return pickle.dumps(found).ljust(PICKLE, b"\0")
        arrays = [np.float32(found[1])] if call.routine == "draw" else [found[1], *found[0]]
        return b"".join(array.tobytes() for array in arrays)

    def work(self, times=1):
        """Do the first call that it has, if any, and answer `times` times."""
        if self.calls:
            number, call = self.calls.pop(0)
            data = self.result(call)
            self.done += bool(call.routine)
            for _ in range(times):
                self.answered(number, data)


def misbehaviour(setup, seed, silence=0.05):
    """Return what workers do between two slices: answer in any order, now, late, twice, wrongly, or never.

    `setup` is a `tests.worker.test_pool.Setup`; `silence` says how often its clock goes on by too long.
    """
    rng = np.random.default_rng(seed)
    chances, old = rng.dirichlet([4, 1, 0.3, 0.1, 0.1, 2, silence]), []

    def between(_):
        for worker in setup.alive:
            old.extend(worker.calls[:1])
            match rng.choice(7, p=chances):
                case 0:
                    worker.work()
                case 1:
                    worker.work(times=2)
                case 2 if old:
                    worker.answered(old[0][0], bytes(old[0][1].size))
                case 3:
                    worker.failed()
                case 4:
                    worker.answered(worker.calls[-1][0] if worker.calls else 1, b"1234")
                case 6:
                    setup.time += SILENT_S + 1
        setup.time += 0.01

    return between


def as_bytes(value):
    return np.frombuffer(pickle.dumps(value), np.uint8)
