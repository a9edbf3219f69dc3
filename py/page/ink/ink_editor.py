"""A small sheet in a figure, with a pen of its own: writing, an example, undo, redo, clear, and the keys for them."""

import js
from pyscript.js_modules import draw

from page.ink.auto_scroll import Sheet
from page.ink.example import Example
from page.ink.ink_sync import InkSync
from page.ink.keyboard_pen import KeyboardPen
from page.ui import controls


class InkEditor:
    """The sheet of this name in `figure`: its .paper holds the pen's canvas, canvas.over, .mark and .example paths.

    `changed()` is called after ink has come or gone; `paint()` when what lies over the ink has to be drawn again.
    """

    def __init__(self, figure, name, worker, pen, changed, paint):
        self.pen = pen
        self.sync = InkSync(worker, pen, name)
        self._figure, self._name, self._told = figure, name, changed
        paper = figure.querySelector(".paper")
        self.over = draw.surface(paper.querySelector(".over"), paper.querySelector(".mark"), paint)
        self._still = js.matchMedia("(prefers-reduced-motion: reduce)")
        by_key = KeyboardPen(paper, pen, self._touched)
        self._sheet = Sheet(pen, [pen.surface, self.over, by_key], lambda: self._still.matches)
        self._word = Example(pen, paper.querySelectorAll(".example path"))
        pen.changed = self._changed
        paper.addEventListener("pointerdown", self._touched)
        js.window.addEventListener("resize", lambda event: self._sheet.settle())
        does = {"example": self.example, "undo": self.undo, "redo": self.redo, "clear": self.clear}
        controls.bind_buttons({f"{name}-{what}": does[what] for what in does})
        keys = {"e": self.example, "ctrl+z": self.undo, "ctrl+shift+z": self.redo, "ctrl+y": self.redo}
        controls.bind_keys(paper, keys)
        self._show_history()

    def example(self):
        """Writes the example word on an empty sheet."""
        self.clear()
        self._word.start(self._still.matches)

    def undo(self):
        """Takes the last stroke back."""
        self._word.stop()
        self.pen.undo()

    def redo(self):
        """Puts the stroke back that was taken back last."""
        self._word.stop()
        self.pen.redo()

    def clear(self):
        """An empty sheet."""
        self._word.stop()
        self.pen.clear()
        self._sheet.home()

    def _touched(self, event):
        self._word.stop()
        self._sheet.stop()

    def _changed(self):
        self._figure.classList.toggle("written", self.pen.count > 0)
        self._show_history()
        if not self.pen.open:
            self._sheet.settle()
        self._told()

    def _show_history(self):
        controls.element(self._name + "-undo").disabled = self.pen.count == 0
        controls.element(self._name + "-redo").disabled = self.pen.redoable == 0
