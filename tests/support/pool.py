"""Workers of the pool, played in this process: they do a call when a test lets them."""

import pickle
from types import SimpleNamespace

import numpy as np

from ductus.backend.numpy import NumpyBackend, einsum_matmul
from ductus.backend.remote import Call


class RemoteNetwork:
    """A network of numpy whose draws can be sent away: as a pickle, since there is no side module here."""

    def __init__(self, network):
        self._network = network

    def __getattr__(self, name):
        return getattr(self._network, name)

    def remote(self):
        load = Call(16, as_bytes(self._network), 16)
        return SimpleNamespace(size=1000, load=lambda: load)

    def remote_draw(self, remote, state, temperature, uniforms):
        pens, steps, samples = uniforms.shape[:3]
        image = as_bytes((state, temperature, uniforms))
        return Call(16, image, 16, "draw", 16, 16, (pens, samples, steps, 3))


class RemoteBackend(NumpyBackend):
    """A backend whose networks can be sent away, and whose rows have the same bits whatever is beside them."""

    def __init__(self):
        super().__init__()
        self.matmul = einsum_matmul

    def compile(self, network):
        return RemoteNetwork(network)


class PlayedWorker:
    """A `worker.pool.Channel`: what it was sent waits in `calls` until `work` does the first of it."""

    def __init__(self, answered, failed):
        self.answered, self.failed = answered, failed
        self.calls, self.network, self.ended = [], None, False
        self.done = 0  # draws

    def post(self, number, call):
        self.calls.append((number, call))

    def end(self):
        self.ended = True

    def result(self, call):
        """Return the bytes of a call's result."""
        if not call.routine:
            self.network = pickle.loads(call.image.tobytes())
            return b""
        return np.float32(self.network.draw(None, *pickle.loads(call.image.tobytes()))[1]).tobytes()

    def work(self, times=1):
        """Do the first call that it has, if any, and answer `times` times."""
        if self.calls:
            number, call = self.calls.pop(0)
            data = self.result(call)
            self.done += bool(call.routine)
            for _ in range(times):
                self.answered(number, data)


def as_bytes(value):
    return np.frombuffer(pickle.dumps(value), np.uint8)
