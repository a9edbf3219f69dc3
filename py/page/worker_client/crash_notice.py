"""The notice of a worker's crash: that it is restarting, or, if it crashed again, why, and what the reader can do."""

import asyncio

import js

from page.ui import controls

SAFE = "Your ink is safe, and you can go on writing."


class CrashNotice:
    """The page's element #crash-notice. `retry()` is called when the reader wants to try again."""

    def __init__(self, retry):
        self._retry = retry
        self._words = ("", "")  # before and after what names the job
        self._notice = controls.element("crash-notice")
        self._text = self._notice.querySelector("p")
        self._more = self._notice.querySelector(".more")
        self._report = self._notice.querySelector("textarea")
        self._copy = controls.element("crash-notice-copy")
        controls.bind_buttons({"crash-notice-retry": self._try_again, "crash-notice-copy": self._copy_report})

    def restarting(self, cause):
        """Say that the network has stopped, and is coming back."""
        self._show("The network has stopped", f" ({cause}). It is being restarted. {SAFE}", "")

    def explain(self, cause, report):
        """Say that it has stopped again, with a report to pass on and a button to retry."""
        self._show(
            "The network has stopped twice now",
            f" ({cause}). Often this tab is out of memory: closing other tabs may help. {SAFE}",
            report,
        )

    def name(self, what):
        """Say at what it stopped: `what` names a figure or a file."""
        before, after = self._words
        self._text.textContent = f"{before} at {what}{after}"

    def hide(self):
        """Hide the notice: the network is back."""
        self._notice.hidden = True

    def _show(self, before, after, report):
        self._words = (before, after)
        self._text.textContent = before + after
        self._report.value = report
        self._more.hidden = not report
        self._copy.textContent = "Copy the report"
        self._notice.hidden = False

    def _try_again(self):
        self._retry()

    def _copy_report(self):
        self._copying = asyncio.create_task(self._put_on_clipboard())

    async def _put_on_clipboard(self):
        """Copy the report; if the browser does not allow that, select it, so that the reader can copy it."""
        try:
            await js.navigator.clipboard.writeText(self._report.value)
            self._copy.textContent = "Copied"
        except Exception:
            self._notice.querySelector("details").open = True
            self._report.focus()
            self._report.select()
