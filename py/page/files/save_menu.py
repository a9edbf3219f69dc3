"""Save as: a small menu in each figure, out of which its ink and its picture go into files."""

import asyncio

import js

from page.worker_client.worker_client import message


def make(tag, parent=None, text="", **attributes):
    """A new element, at the end of another if there is one."""
    made = js.document.createElement(tag)
    for name in attributes:
        made.setAttribute(name.rstrip("_").replace("_", "-"), attributes[name])
    made.textContent = text
    if parent is not None:
        parent.append(made)
    return made


class Menu:
    """A disclosure at the end of a figure's controls, with a button for each of `items`.

    An item is (what it is, a hint, what it does): a coroutine function that gives the sentence to be shown then;
    where it raises an error, its message is shown.
    """

    def __init__(self, figure, items):
        name = figure.querySelector("figcaption b").textContent.strip(".")
        self._box = make("details", class_="save")
        self._summary = make("summary", self._box, "Save as\u2026", aria_label=f"Save as\u2026 {name}")
        self.choices = make("div", self._box, class_="choices", role="group", aria_label=f"Save {name} as")
        for item in items:
            self._add(item)
        self._said = make("output", self.choices)
        rows = figure.querySelectorAll(".controls .row")
        place = rows[rows.length - 1] if rows.length else make("div", figure.querySelector(".controls"), class_="row")
        place.append(self._box)
        self._box.addEventListener("keydown", self._pressed)
        self._box.addEventListener("focusout", self._left)
        js.document.addEventListener("pointerdown", self._touched)

    def _add(self, item):
        what, hint, does = item
        button = make("button", self.choices, type="button")
        make("b", button, what)
        button.append(" ")
        make("span", button, hint)
        button.addEventListener("click", lambda event: self._start(does))

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
        """The focus went on to what the open menu may cover."""
        if event.relatedTarget is not None and not self._box.contains(event.relatedTarget):
            self._box.open = False

    def _touched(self, event):
        if not self._box.contains(event.target):
            self._box.open = False


def tick(label):
    """A box to tick with a label, to be put at the head of a menu: (the label's element, the box)."""
    whole = make("label", class_="check")
    box = make("input", whole, type="checkbox", autocomplete="off")
    whole.append(" " + label)
    return whole, box
