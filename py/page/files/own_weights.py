"""A network of the reader instead of the page's own: picked, dropped, or named in the page's address."""

import asyncio

import js
from shims import boot

from page.worker_client.worker_client import WorkerLost, message
from shared.limits import MAX_WEIGHT_FILE_BYTES

OTHERS = ("text", "reader")  # kinds of networks besides the one that continues ink
TOO_LARGE = f"it is larger than {MAX_WEIGHT_FILE_BYTES // 2**20} MB"


class OwnWeights:
    """The part of the page, `element`, that says which network is in use, and lets the reader load another.

    The network in use stays until the worker has checked the new one. One of another kind goes to `panel`, the
    TextPanel, which has `use_network` and `own_networks`.
    """

    def __init__(self, element, worker, panel):
        self._worker, self._panel = worker, panel
        self._section = element.closest("details")
        self._said = element.querySelector("output")
        self._back, self._again = element.querySelector(".back"), element.querySelector(".again")
        self._last = None  # the reader's network: its file's bytes and name
        self._own = False  # is that in use?
        self._input = element.querySelector("input")
        self._input.addEventListener("change", self._picked)
        self._back.addEventListener("click", lambda event: self._start(self._go_back()))
        self._again.addEventListener("click", lambda event: self._start(self._use_again()))
        self._loading = False

    async def run(self):
        """Load the network that the address names, if any, once the page's own is loaded."""
        await self._worker.ready.wait()
        self._input.disabled = False
        asked = js.URLSearchParams.new(js.location.search).get("weights")
        if asked:
            self._section.open = True
            self._say(await self._fetch(asked))

    async def load(self, file):
        """Use a file of the reader; return a sentence that says so, or why the file is invalid."""
        if file.size > MAX_WEIGHT_FILE_BYTES:
            words = f"{file.name} was not loaded: {TOO_LARGE}."
        else:
            try:
                data = js.Uint8Array.new(await file.arrayBuffer())
            except Exception:
                words = f"{file.name} could not be read."
            else:
                words = await self._use(data, file.name)
        self._say(words)
        return words

    def _picked(self, event):
        if self._input.files.length:
            self._start(self.load(self._input.files.item(0)))
        self._input.value = ""  # so that the same file can be picked again

    def _start(self, work):
        self._task = asyncio.create_task(work)

    def _say(self, words):
        self._said.value = words

    async def _use(self, data, name):
        if self._loading:
            return f"{name} was not loaded: another network is being loaded."
        self._loading = True
        self._say(f"Reading {name}\u2026")
        words = ""
        try:
            fault = await self._worker.load(data)
            if fault and self._worker.refused in OTHERS:
                words = await self._panel.use_network(self._worker.refused, data)
        except WorkerLost:
            fault = "this tab has too little memory for it"
        except Exception as error:
            fault = message(error)
        finally:
            self._loading = False
        if words:
            self._back.hidden = False
            return f"{name} is in use: {words}"
        if fault:
            now = self._worker.network
            return f"{name} was not loaded: {fault}." + (f" {now.name} is still in use." if now else "")
        self._back.hidden, self._again.hidden = False, True
        self._last, self._own = (data, name), True
        network = self._worker.network
        sizes = _counted(network.units, "cell") + " and " + _counted(network.mixtures, "mixture component")
        words = f"{name} is in use: {network.name}, {sizes}. Your ink is unchanged; the new network reads it now."
        if network.assumed:
            units = network.units_per_x_height
            words += " Its file does not say how large its letters are, or what its pen clock is: the page takes"
            words += f" {units:.1f} of its units for an x-height, and uses its own pen clock."
        return words

    async def _go_back(self):
        self._say("Reading the network\u2026")
        try:
            fault = await self._worker.load(await boot.weights()) if self._own else ""
            await self._panel.own_networks()
        except Exception as error:
            fault = str(error)
        self._back.hidden = not fault
        if not fault and self._own:
            self._own = False
            self._again.textContent = f"Use {self._last[1]} again"
            self._again.hidden = False
        self._say(f"It could not be loaded: {fault}." if fault else "The network that came with the page is in use.")

    async def _use_again(self):
        """Use the reader's network again, without reading its file from the disk."""
        self._say(await self._use(*self._last))

    async def _fetch(self, asked):
        """Load the file at an address, relative to the page; return a sentence that says so, or why not."""
        try:
            url = js.URL.new(asked, js.document.baseURI)
        except Exception:
            return "The address of this page names a network, but not by a valid address."
        if url.origin != js.location.origin:
            return (
                f"The address of this page names a network from {url.origin}. Only files of this page\u2019s own "
                "site can be loaded that way: download it, and load it here."
            )
        name = url.pathname.split("/")[-1] or "the network"
        try:
            data = await _read(url)
        except OSError as error:
            return f"{name} was not loaded: {error}."
        except Exception:
            return f"{name} was not loaded: no answer from the server."
        return await self._use(data, name)


def _counted(count, what):
    return f"{count:,} {what}" + ("" if count == 1 else "s")


async def _read(url):
    """Return the bytes at an address, a Uint8Array. Raises OSError if there are none, or too many."""
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
        if size > MAX_WEIGHT_FILE_BYTES:
            reader.cancel()
            raise OSError(TOO_LARGE)
    return js.Uint8Array.new(await js.Blob.new(pieces).arrayBuffer())
