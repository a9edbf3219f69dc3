"""What breaks without each cell of the line: measured when the reader asks, and kept while the line stays."""

from page.figures import probing_words as words
from page.figures.figure import Figure
from page.ui import controls
from page.ui.format import number, percent
from page.worker_client import priority_lock

# Cells that are measured in one task: what it has found is kept if the reader cancels, or scrolls away.
CELLS = 125
# Of all progress, the part of single cells; the rest is for families and sets.
SINGLE = 0.8
SEED = 1
STILL = "What breaks without each cell?"


class Found:
    """What silencing cells changes: `effects` {measure: one value a cell}, and the worker's `verdicts` and `groups`.

    The verdict on what a cell tracks is 1 if it counts, -1 if nothing changes without the cell, otherwise 0.
    """

    def __init__(self, effects, verdicts, groups):
        self.effects, self.verdicts, self.groups = effects, verdicts, groups

    def cost(self, cell):
        """Return what silencing a cell costs, in nats a point."""
        return self.effects["position"][cell] + self.effects["lift"][cell]

    def verdict(self, kind, cell):
        """Return the verdict on what a cell tracks."""
        return getattr(self.verdicts, kind)[cell] if hasattr(self.verdicts, kind) else 0


class Ablation(Figure):
    """A button that starts and cancels the measuring, with its progress. It sets the state's "ablation"."""

    def __init__(self, element, worker, state, store):
        super().__init__(element, worker)
        self._state, self._store = state, store
        self._button, self._progress = controls.element("ablation-start"), element.querySelector("progress")
        self._said = element.querySelector(".ablated")
        self._asked = False
        self._kept = {}  # name of a line -> (the line, Found)
        controls.bind_buttons({"ablation-start": self._pressed})
        state.watch(self._state_changed)

    def _pressed(self):
        self._asked = not self._asked
        self.changed()

    def _state_changed(self, name):
        if name in ("line", "line.ink", "line.model"):
            line_name, _ = self._store.names()
            kept = self._kept.get(line_name)
            found = kept[1] if kept and kept[0] is self._state["line." + line_name] else None
            if found is None:
                self._asked = False
            self._state.set("ablation", found)
            self.changed()

    async def work(self, wanted):
        """Measure what the reader asked for, and show it."""
        name, _ = self._store.names()
        if name is None:
            return True
        if not self._asked or self._state["ablation"] is not None:
            self._show(name)
            return True
        line = self._state["line." + name]
        found = await self._measure(name, lambda: wanted() and self._asked)
        if found is None or line is not self._state["line." + name]:
            return False
        self._kept[name] = (line, found)
        self._asked = False
        self._state.set("ablation", found)
        self._show(name)
        return True

    async def _measure(self, name, wanted):
        units = self.worker.network.units
        effects = {measure: [] for measure in words.MEASURES}
        for first in range(0, units, CELLS):
            arguments = {"line": name, "first": first, "last": min(first + CELLS, units)}
            self._show_progress(SINGLE * first / units)
            found = await self._run("ablate", arguments, self._told(SINGLE / units, SINGLE * first / units), wanted)
            if found is None:
                return None
            for measure in words.MEASURES:
                effects[measure].extend(list(getattr(found, measure)))
        groups = await self._run("groups", {"line": name, "seed": SEED}, self._told(1 - SINGLE, SINGLE), wanted)
        verdicts = groups and await self._run("verdicts", {"line": name}, None, wanted)
        return Found(effects, verdicts, groups) if verdicts else None

    async def _run(self, task, arguments, progress, wanted):
        return await self.worker.run_task("intervention." + task, arguments, progress, wanted, priority_lock.FAR)

    def _told(self, scale, done):
        return lambda progress: self._show_progress(done + scale * progress.done)

    # --- showing

    def _show_progress(self, done):
        self._button.textContent = "Cancel"
        self._progress.hidden = False
        self._progress.value = done
        self._said.textContent = f"Silencing each cell over the line: {percent(done, 0)}"

    def _show(self, name):
        found = self._state["ablation"]
        self._progress.hidden = True
        self._button.hidden = found is not None
        self._button.textContent = STILL
        self._said.textContent = "" if found is None else _sentence(found)


def _sentence(found):
    """Return in words how few cells it takes, and what random ones and families cost."""
    smallest = found.groups.smallest
    count, random = smallest.cells.length, sorted(smallest.random)
    which = ", ".join([str(smallest.cells[i]) for i in range(min(count, 6))]) + ("\u2026" if count > 6 else "")
    text = f"Silencing {_cells(count)} ({which}) costs {number(smallest.nats)} nats a point; "
    text += f"{count} at random, {number(random[len(random) // 2])} (median of {len(random)} sets)."
    families = found.groups.families
    there = [kind for kind in words.NAMES if hasattr(families, kind)]
    told = [_family(words.TITLES[kind], getattr(families, kind)) for kind in there]
    return text + (" Whole families: " + ", ".join(told) + "." if told else "")


def _family(title, family):
    return f"{title} ({_cells(family.cells.length)}) {number(family.position + family.lift)}"


def _cells(count):
    return "1 cell" if count == 1 else f"{count} cells"


def create(element, context):
    """Make the button, its progress and what it says."""
    return Ablation(element, context.worker, context.state, context.probes)
