"""What is said to a screen reader: not more than it can say, and always the last of it."""

import js

from page.constants import SAY_AFTER, SAY_EVERY


class Announcer:
    """A live region. Of sentences that come faster than one in `every` milliseconds only the newest is said."""

    def __init__(self, place, every=SAY_EVERY):
        self._place, self._every = place, every
        self._text = ""
        self._timer = None
        self._said = -every  # when the last one was

    def say(self, text):
        """Has a sentence said in a moment, unless another one takes its place until then."""
        self._text = text
        if self._timer is None:
            wait = self._said + self._every - js.performance.now()
            self._timer = js.setTimeout(self._speak, max(SAY_AFTER, wait))

    def hush(self):
        """Nothing is to be said any more: what would have been said is no longer so."""
        if self._timer is not None:
            js.clearTimeout(self._timer)
            self._timer = None

    def _speak(self):
        self._timer = None
        if self._place.textContent != self._text:
            self._place.textContent = self._text
        self._said = js.performance.now()


def number(value, digits=2):
    """A number as it is read out: not every screen reader reads a minus sign."""
    text = f"{abs(value):.{digits}f}"
    return ("minus " if value < 0 and float(text) else "") + text
