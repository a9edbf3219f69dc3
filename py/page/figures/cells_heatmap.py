"""The parts that the figures of the cells share: heatmap, squares of all cells at one point, ink, and the choice."""

from shims import cells

from page.figures.cells_columns import HEAT_LIMIT
from page.ui import controls
from page.ui.announcer import Announcer
from page.ui.elements import make
from page.ui.format import for_speech, number

# Cells that Page Up and Page Down pass over.
PAGE_CELLS = 10


def bind_grid(grid, beside, choose, announce):
    """Bind the arrow keys on the squares of all cells: `beside(right, down)` returns the neighbour to `choose`."""

    def to(right, down):
        def go():
            choose(beside(right, down))
            announce()

        return go

    ways = {"arrowleft": (-1, 0), "arrowright": (1, 0), "arrowup": (0, -1), "arrowdown": (0, 1)}
    controls.bind_keys(grid, {key: to(*ways[key]) for key in ways})
    grid.addEventListener("focus", lambda event: announce())


class Heatmap:
    """Shows `columns` in a figure's element, bound to the state's "cell" and to the state's value named `step`.

    Rows are cells in some order; pointers and keys choose a cell and a point, which other figures then show too.
    """

    def __init__(self, element, state, columns, step, wide=0):
        self.about: str | None = ""  # what the line is called
        self.goes_on = False  # is the last column the state after the last point?
        self.ordered = "in the order of their numbers"
        self._columns, self._state, self._step = columns, state, step
        self._value = element.querySelector(".readout b")
        self._who, self._when = element.querySelectorAll(".readout span")
        self._image = element.querySelector(".image")
        self._grid = element.querySelector(".grid canvas")
        self._announcer = Announcer(element.querySelector("[role=status]"))
        self._input = element.querySelector("input[data-cell]")
        self._key = element.querySelector(".key canvas")
        self._seen = False
        self.view = cells.view(element, columns, HEAT_LIMIT, wide, self._pointed)
        self.rescale(state["cells-scale"] == "cell")
        state.watch(self._changed)
        field = element.querySelector(".field")
        self._anchor = None  # the row at which a range of rows begins
        self._extends = False  # is Shift held?
        self._range = make("div", element.querySelector(".map"), class_="row-range", hidden="")
        field.addEventListener("keydown", self._keyed)
        field.addEventListener("focus", self._focused)
        controls.bind_keys(
            field,
            {
                "arrowleft": lambda: self._go(self.step - 1),
                "arrowright": lambda: self._go(self.step + 1),
                "home": lambda: self._go(0),
                "end": lambda: self._go(self._columns.length - 1),
                "arrowup": lambda: self._climb(-1),
                "arrowdown": lambda: self._climb(1),
                "pageup": lambda: self._climb(-PAGE_CELLS),
                "pagedown": lambda: self._climb(PAGE_CELLS),
            },
        )
        bind_grid(
            element.querySelector(".grid"),
            lambda right, down: self.view.beside(self.cell, right, down),
            lambda cell: state.set("cell", cell),
            self._announce,
        )
        if self._input:
            self._input.addEventListener("input", self._typed)
            self._input.addEventListener("blur", lambda event: self.show())

    @property
    def step(self):
        """The chosen point, or the last one if there are fewer."""
        return max(0, min(self._state[self._step], self._columns.length - 1))

    @property
    def cell(self):
        """The chosen cell, or the last one if there are fewer."""
        return max(0, min(self._state["cell"], self._columns.units - 1))

    def rescale(self, per_cell):
        """Colour each cell on a scale up to its own peak, or all up to HEAT_LIMIT."""
        self._per_cell = per_cell
        self.view.rescale(per_cell)
        self.show()

    def see(self, seen):
        """Draw only while the figure is on the screen."""
        self._seen = seen
        if seen:
            self.show()
        self.view.see(seen)

    def show(self):
        """Show what is chosen, on the canvases and in words."""
        columns = self._columns
        if not self._seen or not columns.units:
            return
        cell, step = self.cell, self.step
        now = self.goes_on and step == columns.count - 1
        self.view.choose(cell, step, f"cell {cell}", "now" if now else str(step + 1))
        if self._input and not self._input.matches(":focus"):
            self._input.value = str(cell)
            self._input.max = str(columns.units - 1)
        if step >= columns.count:  # not there yet
            self._value.textContent = "\u2026"
            self._who.textContent = self._when.textContent = ""
            return
        value = number(self.view.value(step, cell))
        self._value.textContent = value
        turned = ", sign turned" if self.view.display.signs[cell] < 0 else ""
        self._who.textContent = f"Cell {cell}{turned}"
        points = columns.length - self.goes_on
        when = f"after the last of {points:,} points" if now else f"before point {step + 1:,} of {points:,}"
        self._when.textContent = when
        least, greatest = [number(some, 1) for some in self.view.range(cell)]
        self._image.setAttribute(
            "aria-label",
            f"{columns.units} cells, {self.ordered}, over {points} points of {self.about}. "
            f"Cell {cell}{turned} runs from {least} to {greatest}; {when} it is {value}.",
        )
        limit = number(self.view.limit(cell)) if self._per_cell else str(HEAT_LIMIT)
        whose = f"the scale of cell {cell}" if self._per_cell else "the scale of all cells"
        self._key.setAttribute(
            "aria-label",
            f"{whose}: the strongest amber is \u2212{limit} or less, the strongest teal {limit} or more, paper is 0.",
        )
        self._grid.setAttribute("aria-label", f"All {columns.units} cells {when}, {self.ordered}.")

    # --- choosing

    def _changed(self, name):
        if name in ("cell", self._step):
            self.show()
        elif name == "rows":
            self._show_range()
        elif name == "grid":
            self.view.bend(self._state["grid"] == "hilbert")

    def _go(self, step):
        self._state.set(self._step, max(0, min(step, self._columns.length - 1)))
        self._announce()

    def _climb(self, rows):
        row = max(0, min(self.view.rowOf(self.cell) + rows, self._columns.units - 1))
        self._extend_to(row, self._extends)
        self._state.set("cell", self.view.cellIn(row))
        self._announce()

    def _keyed(self, event):
        self._extends = event.shiftKey

    def _extend_to(self, row, extends):
        """Choose the range of rows from where the choice was to `row`; none unless it `extends`."""
        if not extends:
            self._anchor = None
            self._state.set("rows", None)
            return
        if self._anchor is None:
            self._anchor = self.view.rowOf(self.cell)
        self._state.set("rows", (min(self._anchor, row), max(self._anchor, row)))

    def _show_range(self):
        chosen, units = self._state["rows"], self._columns.units
        self._range.hidden = chosen is None or not units
        if not self._range.hidden:
            self._range.style.setProperty("--first", str(chosen[0] / units))
            self._range.style.setProperty("--count", str((chosen[1] + 1 - chosen[0]) / units))

    def _announce(self):
        columns, cell, step = self._columns, self.cell, self.step
        if not columns.units:
            return
        points = columns.length - self.goes_on
        when = f"point {step + 1} of {points}"
        if self.goes_on and step == columns.count - 1:
            when = f"after the last of {points} points"
        value = for_speech(number(self.view.value(step, cell))) if step < columns.count else "not known yet"
        turned = ", sign turned" if self.view.display.signs[cell] < 0 else ""
        where = f", row {self.view.rowOf(cell) + 1} of {columns.units}" if self.view.cellIn(cell) != cell else ""
        self._announcer.say(f"Cell {cell}{turned}{where}, {when}: {value}.")

    def _focused(self, event):
        if event.target == event.currentTarget:
            self._announce()

    def _typed(self, event):
        if self._input.value.isdigit() and self._input.checkValidity():
            self._state.set("cell", int(self._input.value))

    def _pointed(self, what, kind, column, row):
        """Handle the pointer: `kind` is "over", "choose", "extend" (with Shift) or "out".

        `what` is "map", "grid" or "ink".
        """
        if kind == "out":
            self.view.say("", 0, 0)
            return
        if what == "ink":
            self._state.set(self._step, column)
            return
        cell = self.view.cellIn(row)
        if kind in ("choose", "extend"):
            self.view.say("", 0, 0)
            self._extend_to(row, kind == "extend")
            self._state.set("cell", cell)
            if what == "map":
                self._state.set(self._step, column)
            return
        at = column if what == "map" else self.step
        text = f"cell {cell}: {number(self.view.value(at, cell))}"
        if what == "map":
            text = f"point {at + 1}, " + text
        self.view.say(text, column if what == "map" else -1, row)
