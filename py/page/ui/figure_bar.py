"""The bar of a figure: a link to it, its code, its files, full screen."""

import asyncio

import js

from page.ui.elements import make


class FigureBar:
    """A row below a figure of the article, above its drawers; the menu of files goes into it (see page.files.save_menu)."""

    def __init__(self, figure):
        self._figure = figure
        name = figure.querySelector("figcaption b").textContent.rstrip(".")
        self._bar = make("div", class_="figure-bar", role="group", aria_label=f"Link, code and files: {name}")
        link = make("button", self._bar, "Link", type="button", title="Copy a link to this figure")
        link.addEventListener("click", lambda event: self._start(self._copy()))
        code = f"py/page/figures/{figure.dataset.figure}.py"
        make("a", self._bar, "Code", href=code, title="The Python of this figure", target="_blank", rel="noopener")
        if js.document.fullscreenEnabled:
            full = make("button", self._bar, "Full screen", type="button", class_="full-screen")
            full.addEventListener("click", lambda event: self._start(self._toggle()))
            figure.addEventListener("fullscreenchange", lambda event: self._show(full))
        self._said = make("output", self._bar)
        figure.insertBefore(self._bar, figure.querySelector(":scope > .drawer"))  # at the end, if it has none

    def _start(self, work):
        self._task = asyncio.create_task(work)

    async def _copy(self):
        address = js.location.href.split("#")[0] + "#" + self._figure.id
        try:
            await js.navigator.clipboard.writeText(address)
        except Exception:
            self._said.value = address
        else:
            self._said.value = "Copied."

    async def _toggle(self):
        try:
            if js.document.fullscreenElement:
                await js.document.exitFullscreen()
            else:
                await self._figure.requestFullscreen()
        except Exception:
            self._said.value = "This browser does not show it full screen."

    def _show(self, button):
        button.textContent = "Leave full screen" if js.document.fullscreenElement else "Full screen"
