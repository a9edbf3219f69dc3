"""A network of the reader's own in the place of the page's: picked, dropped, or named in the page's address."""

import asyncio

import js
from pyscript.js_modules import boot

from page.worker_client.worker_client import WorkerLost

# The largest network that is allowed (2,048 cells, in 8 bits) needs 30 MB as JB64; one of 1,200 cells in 32 bits 45.
MOST_BYTES = 48 * 2**20
TOO_LARGE = f"it is larger than {MOST_BYTES // 2**20} MB"


class OwnWeights:
    """The part of the page, `element`, that says which network is in use, and lets the reader load another.

    The network in use is let go only when the worker has found the new one good.
    """

    def __init__(self, element, worker):
        self._worker = worker
        self._said = element.querySelector("output")
        self._back = element.querySelector("button")
        self._input = element.querySelector("input")
        self._input.addEventListener("change", self._picked)
        self._back.addEventListener("click", lambda event: self._start(self._go_back()))
        self._loading = False

    async def run(self):
        """Loads the network that the address names, if it names one, once the page's own is there."""
        await self._worker.ready.wait()
        self._input.disabled = False
        asked = js.URLSearchParams.new(js.location.search).get("weights")
        if asked:
            self._say(await self._fetch(asked))

    async def take(self, file):
        """Takes a file of the reader's into use; gives a sentence on what became of it."""
        if file.size > MOST_BYTES:
            words = f"{file.name} was not loaded: {TOO_LARGE}."
        else:
            try:
                words = await self._load(js.Uint8Array.new(await file.arrayBuffer()), file.name)
            except Exception:
                words = f"{file.name} could not be read."
        self._say(words)
        return words

    def _picked(self, event):
        if self._input.files.length:
            self._start(self.take(self._input.files.item(0)))
        self._input.value = ""  # so that the same file can be picked again

    def _start(self, work):
        self._task = asyncio.create_task(work)

    def _say(self, words):
        self._said.value = words

    async def _load(self, data, name):
        if self._loading:
            return f"{name} was not loaded: another network is on its way."
        self._loading = True
        self._say(f"Reading {name}\u2026")
        try:
            fault = await self._worker.load(data)
        except WorkerLost:
            fault = "the memory of this tab does not suffice for it"
        finally:
            self._loading = False
        if fault:
            return f"{name} was not loaded: {fault}. {self._worker.network.name} is still in use."
        self._back.hidden = False
        network = self._worker.network
        sizes = _counted(network.units, "cell") + " and " + _counted(network.mixtures, "hill")
        words = f"{name} is in use: {network.name}, {sizes}. Your ink is as it was, and is read by it now."
        if network.assumed:
            units = network.units_per_x_height
            words += (
                " How large letters are to it, or how its pen was timed, its file does not say: an x-height is taken"
            )
            words += f" for {units:.1f} of its units, and its clock for ours."
        return words

    async def _go_back(self):
        self._say("Reading the network\u2026")
        try:
            fault = await self._worker.load(await boot.weights())
        except Exception as error:
            fault = str(error)
        self._back.hidden = not fault
        self._say(f"It could not be loaded: {fault}." if fault else "The network that came with the page is in use.")

    async def _fetch(self, asked):
        """Loads the file at an address, given as in a link of this page; gives a sentence on what became of it."""
        try:
            url = js.URL.new(asked, js.document.baseURI)
        except Exception:
            return "The address of this page asks for a network, but what it names is no address."
        if url.origin != js.location.origin:
            return (
                f"The address of this page asks for a network from {url.origin}. Only files of this page\u2019s own "
                "site are loaded that way: download it, and load it here."
            )
        name = url.pathname.split("/")[-1] or "the network"
        try:
            data = await _read(url)
        except OSError as error:
            return f"{name} was not loaded: {error}."
        except Exception:
            return f"{name} was not loaded: no answer from the server."
        return await self._load(data, name)


def _counted(count, what):
    return f"{count:,} {what}" + ("" if count == 1 else "s")


async def _read(url):
    """The bytes at an address, a Uint8Array. Raises OSError if there are none, or too many to wait for."""
    response = await js.fetch(url)
    if not response.ok:
        raise OSError(f"the server answered {response.status}")
    reader = response.body.getReader()
    pieces, size = js.Array.new(), 0
    while True:
        piece = await reader.read()
        if piece.done:
            break
        pieces.push(piece.value)
        size += piece.value.length
        if size > MOST_BYTES:
            reader.cancel()
            raise OSError(TOO_LARGE)
    return js.Uint8Array.new(await js.Blob.new(pieces).arrayBuffer())
