"""The principal components of the cells over the line in use."""

from shims import cells, scree_plot

from page.figures.cells_figure import LINE, describe_source
from page.figures.cells_heatmap import bind_grid
from page.figures.figure import Figure
from page.files import exports
from page.files.save_menu import Menu
from page.ui import controls
from page.ui.announcer import Announcer
from page.ui.format import for_speech, number, percent

# Rows: at this number a row is 20 CSS pixels high; in the lines tried they hold 95 % of the variance.
MAX_COMPONENTS = 24
# The value of the strongest colour, in standard deviations.
COLOUR_LIMIT = 3


class PCA(Figure):
    """Rows are components, columns the points of the line; the state's "step" is the chosen point.

    The element's data-component is the chosen component.
    """

    def __init__(self, element, worker, state):
        super().__init__(element, worker)
        self.state = state
        self._columns = cells.columns()
        self.view = cells.view(element, self._columns, COLOUR_LIMIT, 0, self._pointed)
        self._scree_plot = scree_plot.screePlot(element)
        self._line = self._value = None
        self._component = 0
        self._buttons = element.querySelectorAll(".heaviest button")
        for i in range(self._buttons.length):
            self._bind(i)
        keys = {
            "arrowleft": lambda: self._go(self._step - 1),
            "arrowright": lambda: self._go(self._step + 1),
            "home": lambda: self._go(0),
            "end": lambda: self._go(self._columns.count - 1),
            "arrowup": lambda: self._climb(-1),
            "arrowdown": lambda: self._climb(1),
        }
        field = element.querySelector(".field")
        controls.bind_keys(field, keys)
        field.addEventListener("focus", lambda event: self._announce())
        bind_grid(
            element.querySelector(".grid"),
            lambda right, down: self.view.beside(self._component, right, down),
            self._choose,
            self._announce,
        )
        self._announcer = Announcer(element.querySelector("[role=status]"))
        state.watch(self._state_changed)

    @property
    def _step(self):
        return max(0, min(self.state["step"], self._columns.count - 1))

    def _bind(self, i):
        def pressed(event):
            value = self._value
            if value is not None:
                self.state.set("cell", value.cells[value.heaviest * self._component + i])

        self._buttons[i].addEventListener("click", pressed)

    def _state_changed(self, name):
        if name in LINE and self.state["line." + self.state["line"]] is not self._line:
            self.changed()
        elif name in ("step", "cell"):
            self._show()

    def _seen(self, entries, observer):
        super()._seen(entries, observer)
        self.view.see(self._near)
        self._show()

    # --- choosing

    def _go(self, step):
        self.state.set("step", max(0, min(step, self._columns.count - 1)))
        self._announce()

    def _climb(self, by):
        self._choose(self._component + by)
        self._announce()

    def _choose(self, component):
        if self._value is not None:
            self._component = max(0, min(component, self._value.kept - 1))
            self._show()

    def _pointed(self, what, kind, column, row):
        if kind == "out" or self._value is None:
            self.view.say("", 0, 0)
        elif what == "ink":
            self.state.set("step", column)
        elif kind == "choose":
            self.view.say("", 0, 0)
            if what == "map":
                self.state.set("step", column)
            self._choose(row)
        else:
            at = column if what == "map" else self._step
            text = f"component {row + 1}: {number(self._columns.at(at, row))}"
            self.view.say(f"point {at + 1}, {text}" if what == "map" else text, column if what == "map" else -1, row)

    # --- working

    async def work(self, wanted):
        """Fetch and show the components of the chosen line."""
        name = self.state["line"]
        line = self.state["line." + name]
        if line is None:
            return True
        value = await self.worker.run_task("pca.fit", {"line": name, "most": MAX_COMPONENTS}, wanted=wanted)
        if value is None or value.count != line.count:
            return False
        self._line, self._value = line, value
        self._component = min(self._component, value.kept - 1)
        self.view.line(line.places)
        self._columns.begin(value.kept, value.count)
        self._columns.put(0, value.scores)
        self._scree_plot.show(self.view, value.share, value.parts, value.needed)
        items = self.element.querySelectorAll(".needed li")
        for i in range(items.length):
            some = value.needed[i]
            what = "component holds" if some == 1 else "components hold"
            items[i].textContent = f"{some} {what} {percent(value.parts[i], 0)}"
        self._show()
        return True

    # --- showing

    def _show(self):
        """Show what is chosen, on the canvases and in words."""
        value = self._value
        if value is None or not self._near:
            return
        component, step = self._component, self._step
        self.view.choose(component, step, f"component {component + 1}", str(step + 1))
        self._scree_plot.choose(component)
        self.element.dataset.component = str(component)
        now = number(self._columns.at(step, component))
        share = percent(value.share[component])
        self.element.querySelector(".readout b").textContent = now
        spans = self.element.querySelectorAll(".readout span")
        spans[0].textContent = f"Component {component + 1}, {share} of all movement"
        spans[1].textContent = f"before point {step + 1:,} of {value.count:,}"
        heaviest = []
        for i in range(self._buttons.length):
            self._buttons[i].hidden = i >= value.heaviest
        for i in range(value.heaviest):
            at = value.heaviest * component + i
            cell, weight = value.cells[at], number(value.weights[at])
            heaviest.append(f"{cell} ({weight})")
            button = self._buttons[i]
            button.firstElementChild.textContent = str(cell)
            button.lastElementChild.textContent = weight
            button.setAttribute("aria-pressed", "true" if cell == self.state["cell"] else "false")
        least, greatest = [number(some, 1) for some in self.view.range(component)]
        names = ", ".join(heaviest)
        self.element.querySelector(".image").setAttribute(
            "aria-label",
            f"The {value.kept} largest principal components over {value.count} points of "
            f"{describe_source(self._line)}. Component {component + 1}, with {share} of all movement, runs from "
            f"{least} to {greatest} standard deviations; before point {step + 1} it is at {now}. The cells of most "
            f"weight in it are {names}.",
        )

    def _announce(self):
        if self._value is None:
            return
        component, step = self._component, self._step
        share = percent(self._value.share[component]) + " of all movement"
        now = for_speech(number(self._columns.at(step, component)))
        self._announcer.say(
            f"Component {component + 1}, {share}, point {step + 1} of {self._value.count}: {now} standard deviations."
        )


def create(element, context):
    """Make figure A4."""
    state = context.state
    Menu(element, exports.pictures(element, lambda: "components-" + exports.line_in_use(state)))
    return PCA(element, context.worker, state)
