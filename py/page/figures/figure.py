"""What figures have in common: work only on screen, always for the newest wishes, and troubles told in words."""

import asyncio

import js

from page.worker_client.worker_client import WorkerLost, message


class Figure:
    """A figure whose picture is work of the worker's. A subclass does it in `work(wanted)`.

    The element says in data-done how many times its work was finished, for whoever waits for the next.
    """

    def __init__(self, element, worker):
        self.element = element
        self.worker = worker
        self._near = False  # on the screen, or about to be
        self._news = asyncio.Event()
        self._version = self._worked = 0
        self._done = 0
        # A margin, so that a figure has begun when it comes into view.
        self._observer = js.IntersectionObserver.new(self._seen, js.JSON.parse('{"rootMargin": "25%"}'))
        self._observer.observe(element)
        js.document.addEventListener("visibilitychange", lambda event: self._news.set())
        worker.watch(self.changed)

    @property
    def active(self):
        """May it work now?"""
        return self._near and not js.document.hidden

    def changed(self):
        """What the picture depends on has changed: what is under way is given up, and the work done anew."""
        self._version += 1
        self._news.set()

    async def work(self, wanted):
        """Does the work, for as long as `wanted()` is true; gives True if it was finished."""
        raise NotImplementedError

    async def run(self):
        """Works for ever, whenever there is something to do and somebody to see it."""
        await self.worker.ready.wait()
        self._version += 1
        while True:
            if self._version != self._worked and self.active:
                await self._try(self._version)
                await asyncio.sleep(0)  # others' turn, should the work have found nothing to wait for
            else:
                self._news.clear()
                await self._news.wait()

    async def _try(self, version):
        try:
            finished = await self.work(lambda: version == self._version and self.active)
            self.trouble("")
        except WorkerLost:
            finished = False  # again, once there is a worker again
        except Exception as error:
            self.trouble(message(error))
            finished = True  # the same again would fail again
        if finished:
            self._worked = version
            self._done += 1
            self.element.dataset.done = str(self._done)

    def trouble(self, text):
        """Says, in the figure's element of class trouble, what went wrong; "" if nothing did."""
        place = self.element.querySelector(".trouble")
        if place:
            place.textContent = text
            place.hidden = not text

    def _seen(self, entries, observer):
        self._near = entries[entries.length - 1].isIntersecting
        self._news.set()
