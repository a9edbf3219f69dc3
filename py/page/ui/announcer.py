"""Announcements to a screen reader: no more than it can say, and always the newest."""

import js

# The least time between two announcements of a figure, in ms: a short sentence takes as long to say.
SAY_EVERY = 1000
# An announcement waits for this time, in ms, for a newer one that follows at once.
SAY_AFTER = 120


class Announcer:
    """A live region. Of sentences that come faster than one per `every` milliseconds only the newest is said."""

    def __init__(self, place, every=SAY_EVERY):
        self._place, self._every = place, every
        self._text = ""
        self._timer = None
        self._announced_at = -every  # when the last one was

    def say(self, text):
        """Announce a sentence in a moment, unless another one replaces it until then."""
        self._text = text
        if self._timer is None:
            wait = self._announced_at + self._every - js.performance.now()
            self._timer = js.setTimeout(self._announce, max(SAY_AFTER, wait))

    def cancel(self):
        """Drop what is waiting: it is no longer true."""
        if self._timer is not None:
            js.clearTimeout(self._timer)
            self._timer = None

    def _announce(self):
        self._timer = None
        if self._place.textContent != self._text:
            self._place.textContent = self._text
        self._announced_at = js.performance.now()
