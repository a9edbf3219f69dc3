"""The chip of every figure: it says which line the figures show, and changes that."""

import js

from page.ink.lines import INK, MODEL

AUTO = "auto"
STRAIGHT = "straight"  # in the chip of the fans alone


class LineChoice:
    """Keeps the state's "line", the name of the line on show: the chosen one, or the reader's ink once they wrote.

    Binds every select with data-chip; its options, values of "line" (and "straight"), say where each line is from.
    """

    def __init__(self, state):
        self._state = state
        found = js.document.querySelectorAll("select[data-chip]")
        self._chips = [found[i] for i in range(found.length)]
        for chip in self._chips:
            self._bind(chip)
        state.watch(self._changed)
        self._follow()

    def show_ink(self):
        """Show the reader's line in every figure, whatever was chosen before: they have just loaded one."""
        self._state.set("fans-line", "line")
        self._state.set("shown-line", INK)

    def _bind(self, chip):
        def chosen(event):
            if chip.dataset.chip == "fans-line":
                self._state.set("fans-line", STRAIGHT if chip.value == STRAIGHT else "line")
            if chip.value != STRAIGHT:
                self._state.set("shown-line", chip.value)
            self._show()

        chip.addEventListener("change", chosen)

    def _changed(self, name):
        if name in ("shown-line", "line.ink", "line.model", "generation-row", "fans-line"):
            self._follow()

    def _follow(self):
        chosen, ink = self._state["shown-line"], self._state["line.ink"]
        if chosen == AUTO:
            chosen = INK if ink is not None and ink.source != "example" else MODEL
        self._state.set("line", chosen)
        self._show()

    def _show(self):
        names = {INK: self._ink_name(), MODEL: self._model_name(), STRAIGHT: "a straight line"}
        for chip in self._chips:
            for i in range(chip.options.length):
                option = chip.options.item(i)
                if option.textContent != names[option.value]:
                    option.textContent = names[option.value]
            straight = chip.dataset.chip == "fans-line" and self._state["fans-line"] == STRAIGHT
            chip.value = STRAIGHT if straight else self._state["line"]

    def _ink_name(self):
        line = self._state["line.ink"]
        source = "example" if line is None else line.source
        return {"example": "the example word", "yours": "your ink"}.get(source, source)

    def _model_name(self):
        row, line = self._state["generation-row"], self._state["line.model"]
        if line is not None and line.source == "text":
            return "the text you typed"
        return f"row {row} of the network\u2019s page" if row else "the network\u2019s line"
