"""What figures have in common: work only on screen, always for the newest state, and errors shown in words."""

import asyncio

import js

from page.worker_client.worker_client import WorkerLost, message


class Figure:
    """A figure whose picture takes work by the worker. A subclass does it in `work(wanted)`.

    The element's data-done counts how often its work was finished.
    """

    def __init__(self, element, worker):
        self.element = element
        self.worker = worker
        self._near = False  # on the screen, or close to it
        self._wake = asyncio.Event()  # there may be something to do
        self._version = self._worked = 0
        self._done = 0
        # A margin, so that a figure has begun when it comes into view.
        self._observer = js.IntersectionObserver.new(self._seen, js.JSON.parse('{"rootMargin": "25%"}'))
        self._observer.observe(element)
        js.document.addEventListener("visibilitychange", lambda event: self._wake.set())
        worker.watch(self.changed)

    @property
    def active(self):
        """May it work now?"""
        return self._near and not js.document.hidden

    def changed(self):
        """Start the work again: what the picture depends on has changed."""
        self._version += 1
        self._wake.set()

    async def work(self, wanted):
        """Do the work for as long as `wanted()` is true; return whether it was finished."""
        raise NotImplementedError

    async def run(self):
        """Work for as long as the page is open, whenever there is something to do and somebody to see it."""
        await self.worker.ready.wait()
        self._version += 1
        while True:
            if self._version != self._worked and self.active:
                await self._try(self._version)
                await asyncio.sleep(0)  # the work may have had nothing to wait for: let others run
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _try(self, version):
        try:
            finished = await self.work(lambda: version == self._version and self.active)
            self.show_error("")
        except WorkerLost:
            finished = False  # the next worker gets it
        except Exception as error:
            self.show_error(message(error))
            finished = True  # the same again would fail again
        if finished:
            self._worked = version
            self._done += 1
            self.element.dataset.done = str(self._done)

    def show_error(self, text):
        """Show what went wrong; "" if nothing did."""
        place = self.element.querySelector(".error")
        if place:
            place.textContent = text
            place.hidden = not text

    def _seen(self, entries, observer):
        self._near = entries[entries.length - 1].isIntersecting
        self._wake.set()
