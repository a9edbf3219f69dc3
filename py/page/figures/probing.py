"""What the cells encode, probed over the line in use: the table of all of them."""

import js
from jsffi import to_js
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
# Before the measure, in the names of columns of what changes without a cell.
WITHOUT = "without-"


class Probing(Figure):
    """A table of cells and the quantities they correlate with.

    It follows the state's "probing-quantity", "line", "cell", "order" and "claims": where there are claims, cells are
    ranked by what is left on the worst of other lines, otherwise by the line in use.
    """

    def __init__(self, element, worker, state, store, held):
        super().__init__(element, worker)
        self._state, self._store, self._held = state, store, held
        self._found, self._best = element.querySelector(".found"), element.querySelector(".best")
        self._table = ProbingTable(element.querySelector("table"), self._choose, self._sort_by)
        self._sparklines = sparklines.sparklines(self._table.body)
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
        if name in ("line", "line.ink", "line.model", "order", "claims", "ablation"):
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
        self._sorted = (column, not descending if by == column else column not in ("cell", "place"))
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

    async def work(self, wanted):
        """Probe the line, show it, fetch the curves; then probe the other line, to compare."""
        name, other = self._store.names()
        if name is None:
            return True  # until there is a line
        if not await self._held.read(wanted):
            return False
        found = await self._store.measure(name, wanted)
        if found is None:
            return False
        self._arrange(found)
        self._show(name, found, self._store.known(other))
        cells, quantity = self._cells, self._state["probing-quantity"]
        arguments = {"line": name, "quantity": quantity, "cells": cells}
        curves = await self.worker.run_task("probing.curves", arguments, None, wanted, priority_lock.FAR)
        if curves is None:
            return False
        count, events = self._state["line." + name].count, to_js([words.KINDS[quantity] == "AUC"] * len(cells))
        self._sparklines.show(curves.cells, curves.fits, count, events)
        compared = await self._store.measure(other, wanted)
        if not wanted():
            return False
        self._show(name, found, compared)
        return True

    def _ranks(self, found, kind):
        """Return the cells from the best at a quantity to the worst; None if this line does not tell."""
        claims = self._state["claims"]
        if found[1][kind] is None or not claims or not hasattr(claims.ranks, kind):
            return found[1][kind]
        return getattr(claims.ranks, kind)

    def _arrange(self, found):
        """Choose the cells of the table, and their order."""
        units, state = found[2], self._state
        by, descending = self._sorted
        order, ablation = state["order"], state["ablation"]
        if by.startswith(WITHOUT) and ablation is not None:
            effects = ablation.effects[by[len(WITHOUT) :]]
            cells = sorted(range(units), key=lambda cell: abs(effects[cell]))
        elif by == "cell" or self._ranks(found, state["probing-quantity"]) is None:
            cells = list(range(units))
        elif by == "place" and order is not None:
            cells = list(order)
        else:
            cells, descending = list(self._ranks(found, state["probing-quantity"])), not descending
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
        _, found, compared = self._shown
        quantity, claims = state["probing-quantity"], state["claims"]
        others = compared and compared[0]
        ranks = self._ranks(found, quantity)
        rank = ranks if ranks is not None else js.Int32Array.new(0)
        self._table.show(
            self._cells, found[0], others, claims, state["ablation"], rank, state["order"], state["cell"], quantity
        )
        by, descending = self._sorted
        self._table.show_heads(quantity if by == "quantity" else by, descending, quantity)
        self.element.classList.toggle("ordered", state["order"] is not None)
        self.element.classList.toggle("compared", compared is not None)
        self.element.classList.toggle("claimed", claims is not None)
        self.element.classList.toggle("ablated", state["ablation"] is not None)

    def _show_sentences(self):
        """Say which cell is the best at what, and how well it does over the other line."""
        name, found, compared = self._shown
        values, units, claims = found[0], found[2], self._state["claims"]
        chosen = self._state["probing-quantity"]
        shown = [kind for kind in words.NAMES if kind in words.ALWAYS or kind == chosen]
        line = words.line(self._state["line." + name].source)
        best = f", ranked by the worst of {claims.lines} other lines" if claims else ""
        self._found.textContent = f"Of all {units} cells, over {line}{best}:"
        self._best.replaceChildren()
        for kind in shown:
            ranks = self._ranks(found, kind)
            if ranks is None:
                continue
            cell, place = ranks[0], make("li", self._best)
            self._cell_button(place, kind, cell)
            value, low = words.turned(kind, values[kind][cell])
            place.append(f" {words.DOES[kind]}{', ' + words.LOW[kind] if low else ''}: ")
            make("b", place).textContent = f"{words.KINDS[kind]} = {number(value)}"
            if claims and hasattr(claims.worst, kind):
                worst = getattr(claims.worst, kind)[cell]
                place.append(f", {number(1 - worst if low else worst)} at worst")
            if compared and compared[0][kind] is not None:
                source = words.line(self._state[f"line.{self._store.names()[1]}"].source)
                other = compared[0][kind][cell]
                place.append(f", and {number(1 - other if low else other)} over {source}")

    def _cell_button(self, place, kind, cell):
        button = make("button", place, type="button", class_="cell")
        button.textContent = str(cell)

        def chosen(event):
            self._state.set("probing-quantity", kind)
            self._choose(cell)

        button.addEventListener("click", chosen)


def create(element, context):
    """Make the table."""
    return Probing(element, context.worker, context.state, context.probes, context.claims)
