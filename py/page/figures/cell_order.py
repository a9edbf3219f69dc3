"""The cells sorted by t-SNE, and back by their numbers: rows travel until similar ones lie side by side."""

import math

import js
from shims import draw

from page.figures.cell_families import Families
from page.figures.cells_figure import CellFigure
from page.ink.lines import INK, MODEL
from page.settings import SEEDS
from page.ui.format import number, percent
from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost

# The time in which cells change their signs before they are sorted, in ms: long enough to be seen.
FLIP_MS = 700
# Each intermediate order is shown for SNAPSHOT_MS; rows go two thirds of their way to it in MOVE_MS ...
SNAPSHOT_MS = 30
MOVE_MS = 140
# ... and if more orders than this wait to be shown, some are left out: three seconds are enough to watch.
MAX_SNAPSHOTS = 100
# The time that all rows take from one order to the other when the reader switches between them.
TRAVEL_MS = 2500
BY_NUMBER, BY_LIKENESS = "in the order of their numbers", "sorted so that like cells lie together"
INPUTS = ("line.ink", "line.model", "cell-order-metric", "cell-order-perplexity", "cell-order-seed")
STAGES = {
    "distances": "Measuring how unlike the cells are",
    "affinities": "Finding each cell\u2019s neighbours",
    "quality": "Ranking them",
    "places": "Settling",
}


class CellOrder(CellFigure):
    """Sorts when first seen and when its inputs have changed; the reader can cancel that.

    It sets the state's "signs" and then "order" when the cells are sorted. The state's "cells-order" says whether the
    rows are shown in that order or by number.
    """

    def __init__(self, element, worker, state, store):
        super().__init__(element, worker, state, store)
        self._button = element.querySelector("#cell-order-sort")
        self._bar = element.querySelector(".progress progress")
        self._stage = element.querySelector(".progress output")
        self._quality = element.querySelector(".quality")
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._asked = True  # has the reader, or a change, asked for an order?
        self._sorting = False
        self._signs = None  # what the cells are multiplied by, once that is known
        self._flipping = None  # when they began to change their signs
        self._waiting = []  # intermediate orders that were not shown yet, oldest first
        self._shown = self._next = 0  # when the last frame was drawn, and when the next order is due
        self._kl = None
        self._frames = draw.frames(self._frame)
        self._networks = None  # which network's cells were sorted last
        # When the rows set out for the other order, how far they are, and how far they were turned over then.
        self._travel = None
        self._turned = 0  # how far the cells are turned over to their signs, 0 to 1
        self._families = Families(element.querySelector(".families"), worker, state)
        worker.watch(self._loaded)

    # --- what the reader does

    def press(self):
        """Sort, or cancel the sorting."""
        self._asked = not self._sorting
        self.state.set("cells-order", "sorted")
        self.changed()

    def new_sample(self):
        """Choose the next seed."""
        self.state.set("cell-order-seed", (self.state["cell-order-seed"] + 1) % SEEDS)

    # --- what happens

    def _state_changed(self, name):
        super()._state_changed(name)
        if name in INPUTS:
            self._asked = True
            self.changed()
        elif name == "cells-order":
            self._switch()
        elif name == "cells-scale":
            self.heatmap.rescale(self.state["cells-scale"] == "cell")

    @property
    def _by_number(self):
        return self.state["cells-order"] == "number"

    def _switch(self):
        """Have the rows travel to the order that the reader chose."""
        if self._sorting or (not self._by_number and (self._asked or self.state["order"] is None)):
            self.changed()  # which sorts, or stops that
        elif self.state["order"] is not None:
            self._show_order()

    def _show_order(self):
        state, view = self.state, self.heatmap.view
        self._waiting = []
        self._flipping = None
        self.heatmap.ordered = BY_NUMBER if self._by_number else BY_LIKENESS
        self._families.see(not self._by_number)
        if self._reduced_motion.matches or not self.active:
            self._arrive()
            return
        if self._by_number:
            view.aimAtNumbers()
        else:
            view.aim(state["order"])
        self._travel = (js.performance.now(), 0, self._turned)
        self._frames.ask()

    def _loaded(self):
        """Forget the order: another network has other cells."""
        if self._networks in (None, self.worker.networks):
            return
        self._networks = None
        self._waiting = []
        self._flipping = self._signs = self._travel = None
        self._asked = True
        self._families.forget()
        self._turned = 0
        self._quality.hidden = True
        self._stage.value = "Not sorted yet."
        self.state.set("order", None)
        self.state.set("signs", None)
        self.heatmap.ordered = BY_NUMBER
        self.heatmap.view.unsort()

    async def work(self, wanted):
        """Show the line and, if that was asked for, sort its cells."""
        loaded = await super().work(wanted)
        if not loaded or self.store.line is None or self._by_number:
            return loaded
        if not self._asked:
            return await self._families.name(wanted)
        self._show_sorting(True)
        try:
            value = await self._sort(wanted)
        finally:
            self._show_sorting(False)
        if value is None:
            self._go_back()
            return False
        self._asked = False
        self._finish(value)
        self._families.cut(value, self._lines())
        return await self._families.name(wanted)

    def _lines(self):
        return [name for name in (INK, MODEL) if self.state["line." + name]]

    async def _sort(self, wanted):
        state = self.state
        arguments = {
            "lines": self._lines(),
            "metric": state["cell-order-metric"],
            "perplexity": state["cell-order-perplexity"],
            "seed": state["cell-order-seed"],
        }
        self._waiting = []
        self._travel = self._kl = None
        self._families.see(False)
        self._networks = self.worker.networks
        try:
            return await self.worker.run_task(
                "cell_order.sort", arguments, self._show_progress, wanted, priority_lock.FAR
            )
        except WorkerLost:
            self._go_back()
            raise
        except Exception:
            self._asked = False
            self._go_back()
            raise

    def _show_progress(self, progress):
        if hasattr(progress, "signs"):
            if self._signs is None and not self._reduced_motion.matches:
                self._flipping = js.performance.now()
                self._shown = self._flipping
                self._frames.ask()
            elif self._signs is not None and not self._reduced_motion.matches:
                self._turned = 1
                self.heatmap.view.turnPart(progress.signs, 1)
            self._signs = progress.signs
            return
        self._show_stage(progress)
        if progress.stage == "places" and not self._reduced_motion.matches:
            self._waiting.append(progress.order)
            self._frames.ask()

    def _show_stage(self, progress):
        text = STAGES[progress.stage]
        if progress.stage == "places":
            if hasattr(progress, "kl"):
                self._kl = progress.kl
            text += f": iteration {progress.done:,}, divergence {number(self._kl)} nats"
            self._bar.removeAttribute("value")
        else:
            self._bar.value = progress.done / max(1, progress.total)
        self._stage.value = text

    def _finish(self, value):
        self._signs = value.signs
        if self._reduced_motion.matches or not self.active:
            self._jump(value.order, value.signs)
        else:
            self._waiting.append(value.order)
            self._frames.ask()
        self.heatmap.ordered = BY_LIKENESS
        self.heatmap.show()
        self._show_quality(value)
        self.state.set("signs", value.signs)
        self.state.set("order", value.order)

    def _go_back(self):
        """Show the order from before this sorting."""
        self._waiting = []
        if self.state["order"] is not None:
            self._stage.value = "Not sorted to the end: this is the order from before."
            self._jump(self.state["order"], self.state["signs"])
            if self._by_number:
                self._show_order()
        else:
            self._stage.value = "Not sorted to the end: these are the cells by their numbers."
            self._signs = None
            self._flipping = None
            self._turned = 0
            self.heatmap.view.unsort()
            self.heatmap.show()

    # --- the rows on their way

    def _jump(self, order, signs):
        self._waiting = []
        self._flipping = None
        self._turned = 1
        self.heatmap.view.sort(order, signs)
        self.heatmap.show()

    def _frame(self, now):
        """Move the rows a step; return whether there is another."""
        view = self.heatmap.view
        if self._travel:
            return self._go_on(now)
        if self._signs is None:
            return False
        if not self.active and not self._sorting and self.state["order"] is not None:
            self._jump(self.state["order"], self.state["signs"])
            return False
        passed, self._shown = min(100, max(0, now - self._shown)), now
        if self._flipping is not None:
            part = min(1, max(0, now - self._flipping) / FLIP_MS)
            self._turned = part * part * (3 - 2 * part)
            view.turnPart(self._signs, self._turned)
            if part < 1:
                return True
            self._flipping = None
            self.heatmap.show()
        if self._waiting and now >= self._next:
            # However many orders wait, they are shown within seconds.
            skipped = max(1, len(self._waiting) // MAX_SNAPSHOTS)
            view.aim(self._waiting[skipped - 1])
            self._waiting = self._waiting[skipped:]
            self._next = now + SNAPSHOT_MS
        moving = view.move(1 - math.exp(-passed / MOVE_MS))
        return moving or len(self._waiting) > 0

    def _go_on(self, now):
        """Move the rows a step of the way from one order to the other; return whether there is another."""
        view, (since, before, turned) = self.heatmap.view, self._travel
        part = min(1, max(0, now - since) / TRAVEL_MS)
        eased = part * part * (3 - 2 * part)
        if part < 1 and self.active:
            self._turned = turned + ((0 if self._by_number else 1) - turned) * eased
            view.turnPart(self.state["signs"], self._turned)
            view.move((eased - before) / (1 - before))
            self._travel = (since, eased, turned)
            return True
        self._arrive()
        return False

    def _arrive(self):
        """Show the order that the reader chose at once."""
        view, self._travel = self.heatmap.view, None
        self._turned = 0 if self._by_number else 1
        if self._by_number:
            view.unsort()
        else:
            view.sort(self.state["order"], self.state["signs"])
        self.heatmap.show()

    # --- in words

    def _show_sorting(self, sorting):
        self._sorting = sorting
        again = self.state["order"] is not None
        self._button.textContent = "Cancel" if sorting else "Sort again" if again else "Sort"
        self.element.dataset.sorting = "true" if sorting else "false"

    def _show_quality(self, value):
        self._button.textContent = "Sort again"
        self._stage.value = (
            f"Settled after {value.iterations:,} iterations, at a divergence of {number(value.kl)} nats."
        )
        if value.perplexity < self.state["cell-order-perplexity"]:
            self._stage.value += f" So few cells allow no perplexity above {value.perplexity:.0f}."
        place = self._quality
        place.hidden = value.before.length == 0
        if place.hidden:
            return
        k, cells = value.neighbours, value.order.length
        shown = {
            "k": str(k),
            "trust-before": number(value.before[0]),
            "trust-after": number(value.after[0]),
            "kept-before": percent(value.before[1]),
            "kept-after": percent(value.after[1]),
            "kept-chance": percent(k / (cells - 1)),
        }
        for name in shown:
            place.querySelector(f"[data-readout={name}]").textContent = shown[name]
