"""The notice that the worker has died: that it is begun anew, or, where that was in vain, why, and what to do."""

import asyncio

import js

from page.ui import controls

SAFE = "Your ink is safe, and you can go on writing."


class CrashNotice:
    """The page's element #stopped. `again()` is called when the reader wants to try once more."""

    def __init__(self, again):
        self._again = again
        self._place = controls.element("stopped")
        self._text = self._place.querySelector("p")
        self._more = self._place.querySelector(".more")
        self._report = self._place.querySelector("textarea")
        self._copy = controls.element("stopped-copy")
        controls.bind_buttons({"stopped-again": self._try_again, "stopped-copy": self._copy_report})

    def restarting(self, cause):
        """The network is on its way back."""
        self._show(f"The network has stopped ({cause}). It is being started again. {SAFE}", "")

    def explain(self, cause, report):
        """It died again: what that was, a report to pass on, and a button."""
        self._show(
            f"The network has stopped twice now ({cause}). Often that is for want of memory: closing other tabs may "
            f"help. {SAFE}",
            report,
        )

    def over(self):
        """It is back."""
        self._place.hidden = True

    def _show(self, text, report):
        self._text.textContent = text
        self._report.value = report
        self._more.hidden = not report
        self._copy.textContent = "Copy the report"
        self._place.hidden = False

    def _try_again(self):
        self._again()

    def _copy_report(self):
        self._copying = asyncio.create_task(self._put_on_clipboard())

    async def _put_on_clipboard(self):
        """Copies the report; where the browser does not allow that, marks it, so that the reader can."""
        try:
            await js.navigator.clipboard.writeText(self._report.value)
            self._copy.textContent = "Copied"
        except Exception:
            self._place.querySelector("details").open = True
            self._report.focus()
            self._report.select()
