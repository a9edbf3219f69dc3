"""The worker as the page sees it: loads the network, and gets work done in turns."""

import asyncio

from pyscript import workers
from pyscript.ffi import to_js
from pyscript.js_modules import boot

from page import turns


class Link:
    """One worker, shared by all figures. Every call waits for its turn; a pen's calls come first."""

    def __init__(self):
        self.network = None  # what the worker says of the loaded network; None: not there yet
        self.ready = asyncio.Event()
        self.loads = 0  # how many networks were loaded: after each, the worker's sheets and lines are empty
        self._worker = None
        self._turns = turns.Turns()

    async def start(self):
        """Waits for Python in the worker, then loads the network into it. What fails is shown where loading is."""
        try:
            self._worker = await workers["ductus"]
        except Exception as error:
            boot.fail("Python did not start in the background: " + message(error) + " " + boot.RELOAD)
            return
        await self.load()

    async def load(self):
        """Loads the network; on failure the reader may try again, with the ink untouched."""
        boot.stage("Reading the network")
        try:
            network = await self._worker.load(await boot.weights())
            fault = network.error
        except Exception as error:
            fault = message(error)
        if fault:
            boot.fail(
                "The network did not load: " + fault + ". Your ink is safe, and you can go on writing.", self._again
            )
            return
        self.loads += 1
        self.network = network
        boot.done()
        self.ready.set()

    def _again(self):
        boot.refetch()
        self._loading = asyncio.create_task(self.load())

    async def call(self, rank, verb, *arguments):
        """Calls one of the worker's verbs when it is this rank's turn."""
        await self._turns.take(rank)
        try:
            return await getattr(self._worker, verb)(*arguments)
        finally:
            self._turns.give()

    async def work(self, kind, arguments, news=None, wanted=lambda: True, rank=turns.FAR):
        """Has a job of some kind done (see `jobs`), with the arguments of a dict; gives its value, or None.

        None if it was given up, because `wanted()` no longer said so. `news` is called with each piece of news.
        """
        job = await self.call(rank, "begin", kind, to_js(arguments))
        return await self.finish(job, news, wanted, rank)

    async def finish(self, job, news=None, wanted=lambda: True, rank=turns.FAR):
        """Has a job that was begun done, slice by slice, likewise."""
        while wanted():
            part = await self.call(rank, "more", job)
            if part.gone or not wanted():
                break
            if news:
                for piece in part.news:
                    news(piece)
            if part.done:
                return part.value
        await self.call(rank, "stop", job)
        return None


def message(error):
    """What went wrong, of an error from the worker or from JavaScript, without the traceback and the error's type."""
    text = str(error.args[2] if len(error.args) > 2 else error).strip()
    kind, _, words = text.split("\n")[-1].partition(": ")
    return words if words and kind.endswith("Error") and " " not in kind else text.split("\n")[-1]
