"""What figures have in common: work only on screen, always for the newest state, and errors shown in words."""

import asyncio

import js

from page.ui import error_report
from page.ui.elements import make
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
        self._stopped = None  # `worker.requests` when the worker died of this work, which is not repeated by itself
        worker.watch(self._reloaded)

    @property
    def active(self):
        """May it work now?"""
        return self._near and not js.document.hidden

    def changed(self):
        """Start the work again: what the picture depends on has changed."""
        self._stopped = None
        self._version += 1
        self._wake.set()

    def refine(self):
        """Start the work again, unless the worker has died at it: the same is wanted in another order."""
        if self._stopped is None:
            self.changed()

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
        except WorkerLost as lost:
            finished = lost.blamed  # otherwise the next worker gets it
            if lost.blamed:
                self._stop(version, lost)
        except Exception as error:
            self.show_error(f"This picture failed: {message(error)}.", error)
            finished = True  # the same again would fail again
        if finished:
            self._worked = version
            self._done += 1
            self.element.dataset.done = str(self._done)

    def _reloaded(self):
        if self._stopped != self.worker.requests:
            self.changed()

    def _stop(self, version, lost):
        if version == self._version:
            self._stopped = self.worker.requests
        show_stopped(self.element, self.worker, lost, self.changed)

    def show_error(self, text, error=None):
        """Show what went wrong, "" if nothing did; with an error also a report to copy."""
        error_report.show(self.element, text, error, self.worker.network)

    def _seen(self, entries, observer):
        self._near = entries[entries.length - 1].isIntersecting
        self._wake.set()


def show_stopped(element, worker, lost, again):
    """Say in a figure that the worker died at its work, with a button that calls `again()`; name it on the notice."""
    worker.blame(error_report.name_of(element))
    place = error_report.place_of(element)

    def clicked(event):
        place.hidden = True
        worker.ask_again()
        again()

    place.textContent = f"{message(lost)[:1].upper()}{message(lost)[1:]}. It is not tried again by itself. "
    make("button", place, "Try again", type="button").addEventListener("click", clicked)
    place.hidden = False
