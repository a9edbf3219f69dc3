"""What writing a text takes: its network, the reader and the hands, each loaded when it is first wanted."""

from shims import boot

from page.worker_client import priority_lock

NETWORK, READER, HANDS = "text", "reader", "hands"  # the first two as a weight file calls its kind of network
# Name -> the file that comes with the page, the worker's task that loads it, and what messages call it.
_FILES = {
    NETWORK: ("weights/ductus-text-500.jb64.gz", "text.load", "the network that writes a text"),
    READER: ("weights/reader.jb64.gz", "reader.load", "the reader"),
    HANDS: ("weights/hands.json", "text.add_hands", "the hands"),
}


class TextFiles:
    """Gives the worker those files, again after each of its loads, and the reader's own instead of the page's.

    `say(text)` shows a sentence, `loaded_hands(names)` gets which hands there are. The state's "text-network" is the
    SHA-256 of the network for texts once there is one.
    """

    def __init__(self, state, worker):
        self._state, self._worker = state, worker
        self.say = lambda text: None
        self.loaded_hands = lambda names: None
        self._hands = []  # hands that the reader loaded: Uint8Arrays
        self._own = {}  # networks that the reader loaded, by name: Uint8Arrays
        self._loads = {}  # what the worker has, by name -> worker.loads when it got it

    async def write(self):
        """Have the network and the hands ready."""
        await self.load(NETWORK)
        value = await self.load(HANDS)
        if value:
            for data in self._hands:
                value = await self._run("text.add_hands", data)
            self.loaded_hands(value.names)

    async def load(self, name):
        """Have the worker load a file, once in its life; return what it says of it, None if it has it already."""
        if self._loads.get(name) == self._worker.loads:
            return None
        file, task, what = _FILES[name]

        def progress(done, size):
            part = f"{done / 1e6:.1f} of {size / 1e6:.1f} MB" if size else f"{done / 1e6:.1f} MB"
            self.say(f"Loading {what}: {part}")

        self.say(f"Loading {what}\u2026")
        data = self._own.get(name)
        if data is None:
            data = await boot.fetchLater(file, progress)
        loads = self._worker.loads
        value = await self._run(task, data)
        self._loads[name] = loads
        if name == NETWORK:
            self._state.set("text-network", value.sha256)
        self.say("")
        return value

    async def add_hand(self, data):
        """Load a file of hands, a Uint8Array; return the names of all. Raises an error that says what is wrong."""
        await self.write()
        value = await self._run("text.add_hands", data)
        self._hands.append(data)
        return value.names

    async def use(self, name, data):
        """Use another network, a Uint8Array, or with None the one that came with the page; return its name.

        Raises an error that says what is wrong; the network in use stays then.
        """
        before = self._own.get(name), self._loads.get(name)
        self._own[name], self._loads[name] = data, None
        try:
            value = await self.load(name)
        except Exception:
            self._own[name], self._loads[name] = before
            self.say("")
            raise
        return value.name

    def own(self):
        """Return the names of the networks that are the reader's own."""
        return [name for name in self._own if self._own[name] is not None]

    async def _run(self, task, data):
        return await self._worker.run_task(task, {"data": data}, priority=priority_lock.NEAR)
