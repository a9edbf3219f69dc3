"""Save as: a small menu in each figure, which saves its ink and its picture as files."""

import asyncio

import js

from page.ui.elements import make
from page.worker_client.worker_client import message


class Menu:
    """A disclosure in a figure's bar, or at the end of its controls, with a button for each of `items`.

    An item is (label, hint, action). The action is a coroutine function that returns the sentence to show; if it
    raises an error, the error's message is shown.
    """

    def __init__(self, figure, items):
        name = figure.querySelector("figcaption b").textContent.strip(".")
        self._box = make("details", class_="save")
        self._summary = make("summary", self._box, "Save as\u2026", aria_label=f"Save as\u2026 {name}")
        self.choices = make("div", self._box, class_="choices", role="group", aria_label=f"Save {name} as")
        self._said = make("output", self.choices)
        for item in items:
            self.add(item)
        bar = figure.querySelector(":scope > .figure-bar")
        rows = figure.querySelectorAll(":scope > .controls .row")
        if bar:
            bar.querySelector("a").after(self._box)
        else:
            rows[rows.length - 1].append(self._box)
        self._box.addEventListener("keydown", self._pressed)
        self._box.addEventListener("focusout", self._left)
        js.document.addEventListener("pointerdown", self._touched)

    def add(self, item):
        """Add one more item, before what is said; return its button."""
        what, hint, does = item
        button = make("button", self.choices, type="button")
        self._said.before(button)
        make("b", button, what)
        button.append(" ")
        make("span", button, hint)
        button.addEventListener("click", lambda event: self._start(does))
        return button

    def _start(self, does):
        self._task = asyncio.create_task(self._do(does))

    async def _do(self, does):
        self._said.value = ""
        try:
            self._said.value = await does()
        except Exception as error:
            self._said.value = message(error)

    def _pressed(self, event):
        if event.key == "Escape" and self._box.open:
            self._box.open = False
            self._summary.focus()

    def _left(self, event):
        """Close the menu when the focus leaves it: it may cover what has the focus now."""
        if event.relatedTarget is not None and not self._box.contains(event.relatedTarget):
            self._box.open = False

    def _touched(self, event):
        if not self._box.contains(event.target):
            self._box.open = False


def make_checkbox(label):
    """Return a checkbox for the head of a menu: (the label's element, the input)."""
    whole = make("label", class_="check")
    box = make("input", whole, type="checkbox", autocomplete="off")
    whole.append(" " + label)
    return whole, box
