"""The ink editor of every sheet: pen, keyboard pen, example, undo, redo, clear; the worker gets a copy of the ink."""

import js
from shims import draw

from page.ink.auto_scroll import AutoScroll
from page.ink.example import Example
from page.ink.ink_sync import InkSync
from page.ink.keyboard_pen import KeyboardPen
from page.ui import controls


class InkEditor:
    """Edits the ink of `pen` on the .paper of `figure`; the worker has a copy of it as its sheet called `name`.

    `changed(grown)` is called after the ink has changed, at most once per frame; `grown` is True if all old ink is
    there, with new ink at its end. `paint()` draws on `overlay`, the surface of the figure's `canvas` over the
    ink, which scrolls with it. `word` are the SVG paths of the example. The buttons' ids are `prefix` and undo, redo,
    clear, example; the keys work while the focus is in `keys_in`.
    """

    def __init__(
        self, figure, name, worker, pen, changed, paint, canvas=".overlay", word=None, prefix=None, keys_in=None
    ):
        self.pen = pen
        self.title = figure.querySelector("figcaption b").textContent.rstrip(".")  # as "Figure 1"
        self.sync = InkSync(worker, pen, name)
        self.example = Example(pen, figure.querySelectorAll(".example path") if word is None else word)
        self.last_ink = (0, 0)  # how many strokes, and the id of the last: the same while a stroke grows
        self.wiped = lambda: None  # called when ink was cleared that undo can restore
        self._figure, self._on_change = figure, changed
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        paper = figure.querySelector(".paper")
        self.overlay = draw.surface(figure.querySelector(canvas), paper.querySelector(".mark"), paint)
        surfaces = [pen.surface, self.overlay, KeyboardPen(paper, pen, self._touched)]
        self.scroll = AutoScroll(pen, surfaces, lambda: self._reduced_motion.matches)
        pen.changed = self._pen_changed
        paper.addEventListener("pointerdown", self._touched)
        js.window.addEventListener("resize", lambda event: self.scroll.schedule())
        prefix = name + "-" if prefix is None else prefix
        actions = {"example": self.write_example, "undo": self.undo, "redo": self.redo, "clear": self.clear}
        controls.bind_buttons({prefix + action: actions[action] for action in actions})
        self._undo, self._redo = controls.element(prefix + "undo"), controls.element(prefix + "redo")
        keys = {"e": self.write_example, "ctrl+z": self.undo, "ctrl+shift+z": self.redo, "ctrl+y": self.redo}
        controls.bind_keys(paper if keys_in is None else keys_in, keys)
        self._show_history()

    def write_example(self, paths=None, slant=0):
        """Write the example word, or other paths, on an empty sheet; undo restores what was there."""
        self.clear()
        self.example.start(self._reduced_motion.matches, paths, slant)

    def undo(self):
        """Remove the last stroke; on an empty sheet, restore what was cleared."""
        self.example.stop()
        self.pen.undo()

    def restore(self):
        """Restore what was cleared last, at once."""
        self.example.stop()
        before = self.pen.wiped.length
        while before and self.pen.wiped.length == before:
            self.pen.undo()

    def redo(self):
        """Put back the stroke that was undone last."""
        self.example.stop()
        self.pen.redo()

    def clear(self):
        """Empty the sheet; undo restores what was there."""
        self.example.stop()
        if self.pen.count:
            self.pen.wipe()
            self.wiped()
        self.scroll.reset()

    def _touched(self, event):
        self.example.stop()
        self.scroll.stop()

    def _pen_changed(self):
        pen = self.pen
        ink = (pen.count, pen.id(pen.count - 1) if pen.count else 0)
        grown = ink == self.last_ink or (ink[0] == self.last_ink[0] + 1 and pen.open)
        self.last_ink = ink
        self._figure.classList.toggle("written", pen.count > 0)
        self._show_history()
        if not pen.open:
            self.scroll.schedule()
        self._on_change(grown)

    def _show_history(self):
        self._undo.disabled = self.pen.undoable == 0
        self._redo.disabled = self.pen.redoable == 0
