"""The bar of a figure: a link to it, a line that embeds it, its code, its files, full screen."""

import asyncio

import js

from page.ui.elements import make

# An embedded figure gets this much more height than it has here, in px: for the line above it.
MORE_HEIGHT = 60


class FigureBar:
    """A row below a figure and its caption; the menu of files goes into it (see page.files.save_menu)."""

    def __init__(self, figure):
        self._figure = figure
        name = figure.querySelector("figcaption b").textContent.rstrip(".")
        self._bar = make("div", class_="figure-bar", role="group", aria_label=f"Link, code and files: {name}")
        link = make("button", self._bar, "Link", type="button", title="Copy a link to this figure")
        link.addEventListener("click", lambda event: self._start(self._copy(self._address())))
        code = f"py/page/figures/{figure.dataset.figure}.py"
        make("a", self._bar, "Code", href=code, title="The Python of this figure", target="_blank", rel="noopener")
        embed = make("button", self._bar, "Embed", type="button", title="Copy a line that shows it in another page")
        embed.addEventListener("click", lambda event: self._start(self._copy(self._frame(name))))
        if js.document.fullscreenEnabled:
            full = make("button", self._bar, "Full screen", type="button", class_="full-screen")
            full.addEventListener("click", lambda event: self._start(self._toggle()))
            figure.addEventListener("fullscreenchange", lambda event: self._show(full))
        self._said = make("output", self._bar)
        drawer = figure.querySelector(":scope > figcaption ~ .drawer")  # none: at the end
        figure.insertBefore(self._bar, drawer)

    def _start(self, work):
        self._task = asyncio.create_task(work)

    def _address(self):
        return js.location.href.split("#")[0] + "#" + self._figure.id

    def _frame(self, name):
        """Return the HTML of a frame that shows the figure alone (js-shims/boot/embed.js)."""
        address = f"{js.location.origin}{js.location.pathname}?figure={self._figure.id}"
        height = int(self._figure.getBoundingClientRect().height) + MORE_HEIGHT
        size = f'width="100%" height="{height}" style="border:0" loading="lazy"'
        return f'<iframe src="{address}" title="{name}, a figure of Ductus" {size}></iframe>'

    async def _copy(self, text):
        try:
            await js.navigator.clipboard.writeText(text)
        except Exception:
            self._said.value = text
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
