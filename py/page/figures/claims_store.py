"""What the cells track on other lines as well: read once for each network, or measured if the reader wants that."""

from shims import boot

from page.worker_client import priority_lock


class ClaimsStore:
    """Keeps in the state's "claims" what the worker says: {lines, worst, least, ranks}, or None if nothing is known.

    The file of the page's own network has the claims; those of another network can be measured.
    """

    def __init__(self, worker, state):
        self._worker, self._state = worker, state
        self._networks = None  # the network whose claims were read
        self._gate = priority_lock.PriorityLock()

    async def read(self, wanted):
        """Read the claims about the network in use, if that was not done; return whether it is."""
        await self._gate.acquire(priority_lock.FAR)
        try:
            return await self._read(wanted)
        finally:
            self._gate.release()

    async def _read(self, wanted):
        networks = self._worker.networks
        if self._networks == networks:
            return True
        self._state.set("claims", None)
        arguments = {"data": await boot.claims()}
        value = await self._worker.run_task("claims.read", arguments, None, wanted, priority_lock.FAR)
        if value is None or networks != self._worker.networks:
            return False
        self._networks = networks
        self._keep(value)
        return True

    async def measure(self, wanted, progress):
        """Measure the claims on lines that the network writes; return whether that is done."""
        networks = self._worker.networks
        value = await self._worker.run_task("claims.measure", {}, progress, wanted, priority_lock.FAR)
        if value is None or networks != self._worker.networks:
            return False
        self._keep(value)
        return True

    def _keep(self, value):
        self._state.set("claims", value if value.lines else None)
