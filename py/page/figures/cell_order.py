"""Figure 6: the same cells sorted. Rows that are alike travel until they lie side by side."""

import math

import js
from pyscript.js_modules import draw

from page.constants import SEEDS, SNAPSHOT, SNAPSHOTS, TRAVEL, TURN
from page.figures.cells import CellFigure
from page.figures.cells_heatmap import number
from page.ink.lines import INK, MODEL
from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost

INPUTS = ("line.ink", "line.model", "cell-order-metric", "cell-order-perplexity", "cell-order-seed")
STAGES = {
    "distances": "Measuring how unlike the cells are",
    "affinities": "Finding each cell\u2019s neighbours",
    "quality": "Ranking them",
    "places": "Settling",
}


class Sorted(CellFigure):
    """Figure 6. It sorts when first seen and when what goes into it has changed; the reader can cancel that.

    The state's "signs" and then "order" are set when the cells are sorted.
    """

    def __init__(self, element, worker, state, store):
        super().__init__(element, worker, state, store)
        self._button = element.querySelector("#cell-order-sort")
        self._bar = element.querySelector(".progress progress")
        self._stage = element.querySelector(".progress output")
        self._quality = element.querySelector(".quality")
        self._less_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._asked = True  # is the order to be found (anew)?
        self._sorting = False
        self._signs = None  # what the cells are multiplied by, once that is known
        self._turning = None  # when they began to turn over
        self._ahead = []  # orders on the way that were not shown yet, the oldest first
        self._shown = self._next = 0  # when the last frame was, and when the next order is due
        self._kl = None
        self._frames = draw.frames(self._frame)
        self._networks = None  # which network's cells were sorted last
        worker.watch(self._loaded)

    # --- what the reader does

    def press(self):
        """Sorts; or cancels that."""
        self._asked = not self._sorting
        self.changed()

    def another(self):
        """The next seed."""
        self.state.set("cell-order-seed", (self.state["cell-order-seed"] + 1) % SEEDS)

    # --- what happens

    def _state_changed(self, name):
        super()._state_changed(name)
        if name in INPUTS:
            self._asked = True
            self.changed()

    def _loaded(self):
        """Another network has other cells: there is no order of them yet."""
        if self._networks in (None, self.worker.networks):
            return
        self._networks = None
        self._ahead = []
        self._turning = self._signs = None
        self._asked = True
        self._quality.hidden = True
        self._stage.value = "Not sorted yet."
        self.state.set("order", None)
        self.state.set("signs", None)
        self.heatmap.ordered = "in the order of their numbers"
        self.heatmap.view.unsort()

    async def work(self, wanted):
        """Shows the line and, if that was asked for, sorts its cells."""
        loaded = await super().work(wanted)
        if not loaded or not self._asked or self.store.line is None:
            return loaded
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
        return True

    async def _sort(self, wanted):
        state = self.state
        arguments = {
            "lines": [name for name in (INK, MODEL) if state["line." + name]],
            "metric": state["cell-order-metric"],
            "perplexity": state["cell-order-perplexity"],
            "seed": state["cell-order-seed"],
        }
        self._ahead = []
        self._kl = None
        self._networks = self.worker.networks
        try:
            return await self.worker.work("cell_order.sort", arguments, self._take, wanted, priority_lock.FAR)
        except WorkerLost:
            self._go_back()
            raise
        except Exception:
            self._asked = False
            self._go_back()
            raise

    def _take(self, progress):
        if hasattr(progress, "signs"):
            if self._signs is None and not self._less_motion.matches:
                self._turning = js.performance.now()
                self._shown = self._turning
                self._frames.ask()
            elif self._signs is not None and not self._less_motion.matches:
                self.heatmap.view.turnPart(progress.signs, 1)
            self._signs = progress.signs
            return
        self._tell(progress)
        if progress.stage == "places" and not self._less_motion.matches:
            self._ahead.append(progress.order)
            self._go()

    def _tell(self, progress):
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
        if self._less_motion.matches or not self.active:
            self._jump(value.order, value.signs)
        else:
            self._ahead.append(value.order)
            self._go()
        self.heatmap.ordered = "sorted so that like cells lie together"
        self.heatmap.show()
        self._show_quality(value)
        self.state.set("signs", value.signs)
        self.state.set("order", value.order)

    def _go_back(self):
        """To the order that there was before this one was begun."""
        self._ahead = []
        if self.state["order"] is not None:
            self._stage.value = "Not sorted to the end: this is the order from before."
            self._jump(self.state["order"], self.state["signs"])
        else:
            self._stage.value = "Not sorted to the end: these are the cells by their numbers."
            self._signs = None
            self._turning = None
            self.heatmap.view.unsort()
            self.heatmap.show()

    # --- the rows on their way

    def _go(self):
        self._frames.ask()

    def _jump(self, order, signs):
        self._ahead = []
        self._turning = None
        self.heatmap.view.sort(order, signs)
        self.heatmap.show()

    def _frame(self, now):
        """A step of the way; True if there is another."""
        view = self.heatmap.view
        if self._signs is None:
            return False
        if not self.active and not self._sorting and self.state["order"] is not None:
            self._jump(self.state["order"], self.state["signs"])
            return False
        passed, self._shown = min(100, max(0, now - self._shown)), now
        if self._turning is not None:
            part = min(1, max(0, now - self._turning) / TURN)
            view.turnPart(self._signs, part * part * (3 - 2 * part))
            if part < 1:
                return True
            self._turning = None
            self.heatmap.show()
        if self._ahead and now >= self._next:
            # However many there are to come, they are shown within some seconds.
            skipped = max(1, len(self._ahead) // SNAPSHOTS)
            view.aim(self._ahead[skipped - 1])
            self._ahead = self._ahead[skipped:]
            self._next = now + SNAPSHOT
        moving = view.move(1 - math.exp(-passed / TRAVEL))
        return moving or len(self._ahead) > 0

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
            self._stage.value += f" So few cells allow of no perplexity above {value.perplexity:.0f}."
        place = self._quality
        place.hidden = value.before.length == 0
        if place.hidden:
            return
        k, cells = value.neighbours, value.order.length
        shown = {
            "k": str(k),
            "trust-before": number(value.before[0]),
            "trust-after": number(value.after[0]),
            "kept-before": number(100 * value.before[1], 1) + " %",
            "kept-after": number(100 * value.after[1], 1) + " %",
            "kept-chance": number(100 * k / (cells - 1), 1) + " %",
        }
        for name in shown:
            place.querySelector(f"[data-show={name}]").textContent = shown[name]
