"""Change cells: choose some, choose what to do to them, and see what the network would have written."""

from page import intervention_text
from page.figures.cells_figure import LINE
from page.figures.figure import Figure
from page.figures.intervention_picture import Pictures
from page.ui import controls
from page.ui.elements import make
from page.ui.format import number, percent
from page.worker_client.worker_client import WorkerLost, message

PICTURE = ("step", "interventions", "inside-ink", "fans-seed", "fans-samples", "fans-steps", "fans-temperature")
# Changes that can be undone.
MAX_PAST = 50


class Interventions(Figure):
    """The panel of the workbench. It sets and follows the state's "interventions"."""

    def __init__(self, element, context, view):
        super().__init__(element, context.worker)
        self._state, self._store, self._view = context.state, context.columns, view
        said = element.closest("#cells").querySelector(".ink-bar .tint")
        self._pictures = Pictures(element, view, said, context.worker, context.state)
        self._what, self._action = controls.element("intervene-what"), "silence"
        self._rows = element.querySelector(".rows")
        self._first, self._last = self._rows.querySelectorAll("input")
        self._value, self._here = controls.element("intervene-value"), controls.element("intervene-here")
        self._list = element.querySelector(".changes")
        self._said, self._refused = element.querySelector(".outcome"), element.querySelector(".refused")
        self._undo, self._reset = controls.element("intervene-undo"), controls.element("intervene-reset")
        self._past = []  # texts that undo brings back
        self._current = self._state["interventions"]
        self._undoing = self._typing = False
        self._writing = False  # has the reader asked for the lines?
        actions = {
            "intervene": self._apply,
            "intervene-undo": self.undo,
            "intervene-reset": lambda: self._set(intervention_text.NONE),
            "intervene-write": self._write,
        }
        controls.bind_buttons(actions)
        controls.bind_keys(element, {"ctrl+z": self.undo})
        radios = element.querySelectorAll("[name=intervene-action]")
        for i in range(radios.length):
            self._bind(radios[i])
        self._what.addEventListener("change", lambda event: self._show_fields())
        for field in (self._first, self._last):
            field.addEventListener("input", lambda event: self._typed())
        drawer = element.closest("details")
        drawer.addEventListener("toggle", lambda event: self._toggled(drawer.open))
        self._state.watch(self._state_changed)
        self._show_targets()
        self._show_fields()
        self._show_list()

    def _bind(self, radio):
        def chosen(event):
            self._action = radio.value
            self._show_fields()

        radio.addEventListener("change", chosen)

    # --- what the reader does

    def undo(self):
        """Bring back the interventions from before the last change of them."""
        if self._past:
            self._undoing = True
            self._state.set("interventions", self._past.pop())
            self._undoing = False
            self._show_list()

    def _apply(self):
        start = self._point() if self._here.checked else 0
        try:
            if self.worker.network is None:
                raise ValueError("the network is not there yet")
            cells = self._cells()
            value = self._value.value.strip()
            if self._action == "clamp" and not value:
                raise ValueError("a value to clamp to is missing")
            one = intervention_text.render(cells, self._action, value, start)
            parts = intervention_text.split(self._state["interventions"])
            parts.append(one)
            self._set(intervention_text.join(parts))
        except ValueError as error:
            self._refuse(str(error))

    def _cells(self):
        """Return the chosen cells. Raises ValueError if there are none."""
        what, state = self._what.value, self._state
        if what == "cell":
            return [min(state["cell"], self.worker.network.units - 1)]
        if what != "rows":
            return state["families"][int(what)][2]
        units = self.worker.network.units
        bounds = []
        for field in (self._first, self._last):
            if not (field.value.isdigit() and 1 <= int(field.value) <= units):
                raise ValueError(f"rows run from 1 to {units}")
            bounds.append(int(field.value) - 1)
        return [self._view.cellIn(row) for row in range(min(bounds), max(bounds) + 1)]

    def _remove(self, index):
        parts = intervention_text.split(self._state["interventions"])
        self._set(intervention_text.join(parts[:index] + parts[index + 1 :]))
        self._reset.focus()

    def _set(self, text):
        self._state.set("interventions", text)

    def _write(self):
        self._writing = True
        self.changed()

    def _typed(self):
        """Show on the heatmap which rows the fields name."""
        try:
            first, last = int(self._first.value) - 1, int(self._last.value) - 1
        except ValueError:
            return
        self._typing = True
        if min(first, last) >= 0 and max(first, last) < self.worker.network.units:
            self._state.set("rows", (min(first, last), max(first, last)))
        self._typing = False

    def _toggled(self, opened):
        if not opened:
            self._pictures.clear()
        elif self.worker.network:
            self.changed()

    # --- what happens

    def _state_changed(self, name):
        if name == "interventions":
            if not self._undoing:
                self._past = self._past[1 - MAX_PAST :]
                self._past.append(self._current)
            self._current = self._state["interventions"]
            self._show_list()
        elif name == "families":
            self._show_targets()
        elif name == "rows" and not self._typing:
            self._show_rows()
        elif name == "cell":
            self._show_targets()
        if name in PICTURE or name in LINE or (name == "cell" and self._state["inside-ink"] == "value"):
            if name != "inside-ink":
                self._writing = False
                self._pictures.hide_written()
            self.changed()

    def _point(self):
        line = self._store.wanted()
        return 0 if line is None else max(0, min(self._state["step"], line.count - 1))

    async def work(self, wanted):
        """Show fans and costs at the chosen point, before and after, and what colours the ink."""
        line, name = self._store.wanted(), self._store.name()
        if line is None:
            return True
        point, text = self._point(), self._state["interventions"].replace(intervention_text.NONE, "")
        try:
            found = await self._pictures.show_fans(line, name, point, text, wanted)
            costs = await self._pictures.costs(line, name, text, wanted) if found and text else None
            if found is None or (text and costs is None):
                return False
            if not await self._pictures.show_band(line, name, point, text, wanted):
                return False
            if self._writing and not await self._pictures.write_on(line, name, point, text, wanted):
                return False
        except WorkerLost:
            raise
        except Exception as error:
            self._pictures.clear()
            self._say("")
            self._refuse(message(error))
            return True
        self._refuse("")
        self._say(_outcome(found, costs, point) if text else "")
        return True

    # --- showing

    def _refuse(self, why):
        """Say why nothing was changed; "" if it was."""
        self._refused.textContent = f"Nothing was changed: {why}." if why else ""
        self._refused.hidden = not why

    def _say(self, words):
        if words != self._said.textContent:
            self._said.textContent = words

    def _show_targets(self):
        """List what can be changed: the chosen cell, the families, and rows."""
        chosen, families = self._what.value, self._state["families"]
        self._what.replaceChildren()
        make("option", self._what, f"cell {self._state['cell']}", value="cell")
        for i in range(len(families)):
            name, _, cells = families[i]
            make("option", self._what, f"{name}: {len(cells)} cells", value=str(i))
        make("option", self._what, "rows", value="rows")
        known = chosen in ("cell", "rows") or (chosen.isdigit() and int(chosen) < len(families))
        self._what.value = chosen if known else "cell"

    def _show_rows(self):
        if self._state["rows"] is None:
            self._what.value = "cell"
        else:
            first, last = self._state["rows"]
            self._first.value, self._last.value = str(first + 1), str(last + 1)
            self._what.value = "rows"
        self._show_fields()

    def _show_fields(self):
        self._rows.hidden = self._what.value != "rows"
        self._value.closest(".choice").hidden = self._action != "clamp"

    def _show_list(self):
        parts = intervention_text.split(self._current)
        self._list.replaceChildren()
        for i in range(len(parts)):
            self._add_chip(parts[i], i)
        self._undo.disabled = not self._past
        self._reset.disabled = not parts

    def _add_chip(self, part, index):
        words = intervention_text.describe(part)
        item = make("li", self._list, words)
        button = make("button", item, "\u00d7", type="button", aria_label=f"Remove: {words}")
        button.addEventListener("click", lambda event: self._remove(index))


def _outcome(found, costs, point):
    """Return in words what an intervention changes."""
    before, after = costs
    total = 0
    for i in range(before.length):
        total += after[i] - before[i]
    mean, here = total / max(1, before.length), found.nats[1] - found.nats[0]
    sign = "+" if mean >= 0 else ""
    words = f"Over the line: {sign}{number(mean, 3)} nats a point. Point {point + 1}: "
    words += f"{'+' if here >= 0 else ''}{number(here)} nats, the chance of a lift "
    return words + f"{percent(found.chances[0])} \u2192 {percent(found.chances[1])}."


def create(element, context):
    """Make the panel, in the workbench whose ink it colours."""
    return Interventions(element, context, context.cells_view)
