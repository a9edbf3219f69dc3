"""Figure 8: what the cells encode, probed over the line in use."""

import js
from shims import sparklines

from page.figures import probing_words as words
from page.figures.figure import Figure
from page.figures.probing_table import ProbingTable
from page.ui import controls
from page.ui.elements import make
from page.ui.format import number
from page.worker_client import priority_lock

# Rows at first, and at most: the reader asks for each doubling.
FIRST_ROWS, MAX_ROWS = 12, 96


class Probing(Figure):
    """A table of cells and the quantities they correlate with.

    It follows the state's "probing-quantity", "line", "cell" and "order".
    """

    def __init__(self, element, worker, state):
        super().__init__(element, worker)
        self._state = state
        self._found, self._best = element.querySelector(".found"), element.querySelector(".best")
        self._table = ProbingTable(element.querySelector("table"), self._choose, self._sort_by)
        self._sparklines = sparklines.sparklines(self._table.body)
        self._measured = {}  # name of a line -> (the line, what the worker found)
        self._sorted = ("quantity", True)  # by the chosen quantity, "cell" or "place"; descending?
        self._rows = FIRST_ROWS
        self._cells = []  # those in the table
        self._find = controls.element("probing-find")
        self._find.addEventListener("input", lambda event: self.changed())
        self._more = controls.element("probing-more")
        controls.bind_buttons({"probing-more": self._show_more})
        controls.bind_keys(
            self._table.body, {"arrowdown": lambda: self._table.step(1), "arrowup": lambda: self._table.step(-1)}
        )
        state.watch(self._state_changed)

    def _state_changed(self, name):
        if name in ("line", "line.ink", "line.model", "order"):
            self.changed()
        elif name == "probing-quantity":
            self._sorted = ("quantity", True)
            self.changed()
        elif name == "cell":
            self._chosen_changed()
        elif name == "step":
            self._sparklines.mark(self._state["step"])

    # --- what the reader does

    def _choose(self, cell):
        self._state.set("cell", cell)

    def _sort_by(self, column):
        by, descending = self._sorted
        if column in words.KINDS:
            if column != self._state["probing-quantity"]:
                self._state.set("probing-quantity", column)
                return
            column = "quantity"
        # cells and places ascend and strengths descend, until the reader asks again
        self._sorted = (column, not descending if by == column else column == "quantity")
        self.changed()

    def _show_more(self):
        self._rows = min(2 * self._rows, MAX_ROWS)
        self.changed()

    def _chosen_changed(self):
        if self._state["cell"] in self._cells:
            self._fill()
        else:
            self.changed()

    # --- measuring

    def _names(self):
        """Return the names of the line in use and of the other; None for a line that does not exist."""
        state = self._state
        name = state["line"]
        other = "ink" if name == "model" else "model"
        if state["line." + name] is None:
            name, other = other, name
        return [one if state["line." + one] is not None else None for one in (name, other)]

    async def _measure(self, name, wanted):
        """Return what the worker finds in a line; None if it was cancelled, or there is no line."""
        if name is None:
            return None
        line = self._state["line." + name]
        if name in self._measured and self._measured[name][0] is line:
            return self._measured[name][1]
        found = await self.worker.run_task("probing.probe", {"line": name}, None, wanted, priority_lock.FAR)
        if found is None or self._state["line." + name] is not line:
            return None
        values, ranks = {}, {}
        for kind in words.NAMES:
            there = hasattr(found.values, kind)
            values[kind] = getattr(found.values, kind) if there else None
            ranks[kind] = getattr(found.ranks, kind) if there else None
        self._measured[name] = (line, (values, ranks, found.units))
        return self._measured[name][1]

    async def work(self, wanted):
        """Probe the line, show it, fetch the curves; then probe the other line, to compare."""
        name, other = self._names()
        if name is None:
            return True  # until there is a line
        found = await self._measure(name, wanted)
        if found is None:
            return False
        self._arrange(found)
        self._show(name, found, None)
        cells, quantity = self._cells, self._state["probing-quantity"]
        arguments = {"line": name, "quantity": quantity, "cells": cells}
        curves = await self.worker.run_task("probing.curves", arguments, None, wanted, priority_lock.FAR)
        if curves is None:
            return False
        count = self._state["line." + name].count
        self._sparklines.show(curves.cells, curves.fits, count, words.KINDS[quantity] == "AUC")
        compared = await self._measure(other, wanted)
        if not wanted():
            return False
        self._show(name, found, compared)
        return True

    def _arrange(self, found):
        """Choose the cells of the table, and their order."""
        _, ranks, units = found
        state = self._state
        by, descending = self._sorted
        order = state["order"]
        if by == "cell" or ranks[state["probing-quantity"]] is None:
            cells = list(range(units))
        elif by == "place" and order is not None:
            cells = list(order)
        else:
            cells, descending = list(ranks[state["probing-quantity"]]), not descending
        if descending:
            cells.reverse()
        digits = self._find.value.strip()
        if digits:
            cells = [cell for cell in cells if str(cell).startswith(digits)]
        self._more.disabled = self._rows >= min(MAX_ROWS, len(cells))
        cells = cells[: self._rows]
        if not digits and state["cell"] not in cells and state["cell"] < units:
            cells.append(state["cell"])
        self._cells = cells

    # --- showing

    def _show(self, name, found, compared):
        self._shown = (name, found, compared)
        self._fill()
        self._show_sentences()

    def _fill(self):
        state = self._state
        _, (values, ranks, _), compared = self._shown
        quantity = state["probing-quantity"]
        others = compared and compared[0]
        rank = ranks[quantity] if ranks[quantity] is not None else js.Int32Array.new(0)
        self._table.show(self._cells, values, others, rank, state["order"], state["cell"], quantity)
        by, descending = self._sorted
        self._table.show_heads(quantity if by == "quantity" else by, descending, quantity)
        self.element.classList.toggle("ordered", state["order"] is not None)
        self.element.classList.toggle("compared", compared is not None)

    def _show_sentences(self):
        """Say which cell is the best at what, and how well it does over the other line."""
        name, (values, ranks, units), compared = self._shown
        chosen = self._state["probing-quantity"]
        shown = [kind for kind in words.NAMES if kind in words.ALWAYS or kind == chosen]
        line = words.line(self._state["line." + name].source)
        self._found.textContent = f"Of all {units} cells, over {line}:"
        self._best.replaceChildren()
        for kind in shown:
            if ranks[kind] is None:
                continue
            cell, place = ranks[kind][0], make("li", self._best)
            self._cell_button(place, cell)
            value = values[kind][cell]
            low = words.KINDS[kind] == "AUC" and value < 0.5
            place.append(f" {words.DOES[kind]}{', by lying low' if low else ''}: ")
            make("b", place).textContent = f"{words.KINDS[kind]} = {number(value)}"
            if compared and compared[0][kind] is not None:
                source = words.line(self._state[f"line.{self._names()[1]}"].source)
                place.append(f", and {number(compared[0][kind][cell])} over {source}")

    def _cell_button(self, place, cell):
        button = make("button", place, type="button", class_="cell")
        button.textContent = str(cell)
        button.addEventListener("click", lambda event: self._choose(cell))


def create(element, context):
    """Make figure 8."""
    return Probing(element, context.worker, context.state)
