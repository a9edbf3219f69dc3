"""The registry of figures: `create` of page/figures/NAME.py makes each element with data-figure="NAME" of index.html.

A figure is made with its element and a FigureContext. It binds its own buttons and keys and declares what it offers
to save. What it needs from another figure goes through the state; no figure calls another.
A figure in a closed section of the Lab, or in a closed .late, is made when that is opened, unless it has a sheet,
whose ink is saved.
"""

import asyncio

import js

from page.figures.claims_store import ClaimsStore
from page.figures.probing_store import ProbingStore
from page.storage.entries import InkEntry
from page.ui import error_report
from page.ui.figure_bar import FigureBar
from page.worker_client.worker_client import message


class FigureContext:
    """What the figures share.

    `lines` are the Lines that the figures take apart, `columns` the LineColumns of the line in use, `line_choice` the
    LineChoice, `probes` and `claims` what the cells track. Figures with a sheet add it with `add_sheet`. `autosave`,
    `copy_link` and the figures' `load_ink` and `load_hand` are set once they are there.
    """

    def __init__(self, worker, state, lines, columns, line_choice):
        self.worker, self.state, self.lines, self.columns = worker, state, lines, columns
        self.line_choice = line_choice
        self.probes, self.claims = ProbingStore(worker, state), ClaimsStore(worker, state)
        self.cells_view = None  # the View of the workbench's cells
        self.editors = {}  # name of a sheet -> its InkEditor
        self.ink_entries = []  # of the sheets, for autosave
        self.autosave = None  # saves the ink of the sheets
        self.copy_link = None  # coroutine function: puts a link to the page into the clipboard, returns a sentence
        self.text_panel = None  # the TextPanel, which takes networks for texts
        self.load_hand = None  # coroutine function: writes in the hand of a file, returns a sentence
        self.load_ink = None  # coroutine function: shows the ink of a file, returns a sentence

    def add_sheet(self, name, editor):
        """Have the ink of a sheet saved, under this name."""
        entry = InkEntry(name, editor.title, editor.pen, editor.clear)

        def inked():
            if not editor.pen.open:
                self.autosave.ink_changed(entry)  # pyright: ignore[reportAttributeAccessIssue]

        editor.pen.inked = inked
        editor.pen.touched = lambda: self.autosave.ink_touched(entry)  # pyright: ignore[reportAttributeAccessIssue]
        editor.pen.lifted = lambda: self.autosave.ink_lifted(entry)  # pyright: ignore[reportAttributeAccessIssue]
        self.editors[name] = editor
        self.ink_entries.append(entry)


def create_figures(context):
    """Return the figures of the page, in its order. One that fails says so in its place; the others are made."""
    elements = js.document.querySelectorAll("[data-figure]")
    return [Running(elements[i], context) for i in range(elements.length)]


class Running:
    """A figure at work: where it fails, the others go on."""

    def __init__(self, element, context):
        self._element, self._context = element, context
        self._figure = None
        self._section = element.closest(".lab-section, .late")
        if self._section is None or self._section.open or element.querySelector(".paper"):
            self._section = None
            self._create()

    async def run(self):
        """Run the figure for as long as the page is open, once its section is."""
        if self._section is not None:
            await self._opened()
            self._create()
        if self._figure is None:
            return
        try:
            await self._figure.run()
        except Exception as error:
            _show_error(self._element, error)

    def _create(self):
        try:
            module = __import__("page.figures." + self._element.dataset.figure, None, None, ["create"])
            if self._element.tagName == "FIGURE" and self._element.closest("article"):
                self._bar = FigureBar(self._element)
            self._figure = module.create(self._element, self._context)
        except Exception as error:
            _show_error(self._element, error)

    async def _opened(self):
        opened = asyncio.Event()
        self._section.addEventListener("toggle", lambda event: opened.set())
        if not self._section.open:
            await opened.wait()


def _show_error(element, error):
    js.console.error(f"Figure {element.dataset.figure}: {message(error)}")
    error_report.show(element, f"This figure does not work: {message(error)}. The others do.", error)
