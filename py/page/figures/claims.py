"""The cards of the cells: for six quantities the cell that tracks it best, on this line and on others."""

from jsffi import to_js
from shims import sparklines

from page.figures import evidence
from page.figures import probing_words as words
from page.figures.claims_card import Card
from page.figures.figure import Figure
from page.ui import controls
from page.ui.format import percent
from page.worker_client import priority_lock


class Claims(Figure):
    """Six cards, ranked by what is left on the worst of other lines; a card chooses its cell.

    Where nothing is known of other lines, the reader can have them measured. Links anywhere on the page choose a card
    by the quantity in data-probe, or a cell by data-cell, which is empty where the text quotes its number.
    """

    def __init__(self, element, worker, state, store, held):
        super().__init__(element, worker)
        self._state, self._store, self._held = state, store, held
        self._place = element.querySelector(".cards")
        self._cards = {kind: Card(self._place, kind, self.choose) for kind in words.CARDS}
        self._sparklines = sparklines.sparklines(self._place)
        self._about = element.querySelector(".compared")
        self._button = controls.element("claims-compare")
        self._progress = element.querySelector("progress")
        self._comparing = False
        controls.bind_buttons({"claims-compare": self._pressed})
        state.watch(self._state_changed)

    def _state_changed(self, name):
        if name in ("line", "line.ink", "line.model", "claims", "ablation"):
            self.changed()
        elif name == "cell":
            self._mark()
        elif name == "step":
            self._sparklines.mark(self._state["step"])

    # --- what the reader does

    def choose(self, kind):
        """Choose the cell of a card, and rank the table by what it tracks."""
        cell = self._cards[kind].cell
        if cell is None:
            return
        self._state.set("probing-quantity", kind)
        self._state.set("cell", cell)
        evidence.reveal()

    def _pressed(self):
        self._comparing = not self._comparing
        self.changed()

    def clicked(self, event):
        """Follow a link in the text."""
        link = event.target.closest("a[data-probe], button[data-probe], a[data-cell], button[data-cell]")
        if link is None:
            return
        event.preventDefault()
        kind, cell = link.getAttribute("data-probe"), link.getAttribute("data-cell")
        if kind in self._cards:
            self.choose(kind)
        elif cell is not None and not cell:
            cell = link.querySelector("[data-measured]").textContent
        if cell and cell.isdigit() and self.worker.network:
            self._state.set("cell", min(int(cell), self.worker.network.units - 1))
            evidence.reveal()

    # --- working

    async def work(self, wanted):
        """Show a card for each quantity: by the claims if there are any, otherwise by this line alone."""
        if not await self._know(wanted):
            return False
        name, _ = self._store.names()
        if name is None:
            return True
        found = await self._store.measure(name, wanted)
        if found is None:
            return False
        values, ranks, units = found
        claims, chosen = self._state["claims"], []
        for kind in words.CARDS:
            best = getattr(claims.ranks, kind) if claims and hasattr(claims.ranks, kind) else ranks[kind]
            if best is not None:
                chosen.append((kind, best[0]))
        kinds, cells = [kind for kind, _ in chosen], [cell for _, cell in chosen]
        arguments = {"line": name, "quantities": kinds, "cells": cells}
        curves = await self.worker.run_task("claims.cards", arguments, None, wanted, priority_lock.FAR)
        if curves is None:
            return False
        for kind in words.CARDS:
            self._cards[kind].hide()
        for kind, cell in chosen:
            self._cards[kind].show(cell, values[kind], claims, self._state["ablation"])
        events = to_js([words.KINDS[kind] == "AUC" for kind in kinds])
        self._sparklines.show(curves.cells, curves.fits, self._state["line." + name].count, events)
        self._say(units)
        self._mark()
        return True

    async def _know(self, wanted):
        """Get the claims about the network in use, from their file or by measuring; return whether that is done."""
        if not await self._held.read(wanted):
            return False
        if self._comparing and self._state["claims"] is None:
            self._show_comparing(0)
            if not await self._held.measure(
                lambda: wanted() and self._comparing, lambda progress: self._show_comparing(progress.done)
            ):
                return False
        self._comparing = False
        return True

    # --- showing

    def _show_comparing(self, done):
        self._button.textContent = "Cancel"
        self._button.hidden = self._progress.hidden = False
        self._progress.value = done
        self._about.textContent = f"Comparing with other lines that the network writes: {percent(done, 0)}"

    def _say(self, units):
        claims = self._state["claims"]
        self._button.hidden = claims is not None
        self._progress.hidden = True
        self._button.textContent = "Compare with other lines"
        self._about.textContent = (
            f"The best of {units} cells, judged by the worst of {claims.lines} other lines."
            if claims
            else f"The best of {units} cells on this line alone, which says little: one is always good at something."
        )

    def _mark(self):
        for kind in words.CARDS:
            self._cards[kind].mark(self._state["cell"])


def create(element, context):
    """Make the cards, beside the ink that they colour."""
    figure = Claims(element, context.worker, context.state, context.probes, context.claims)
    element.ownerDocument.addEventListener("click", figure.clicked)
    return figure
