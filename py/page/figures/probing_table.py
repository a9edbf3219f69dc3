"""The table of what the cells track: a row per cell, a column per quantity, and a sparkline at the end."""

import js

from page.figures import probing_words as words
from page.ui.elements import make
from page.ui.format import number


class ProbingRow:
    """A row of the table; its elements stay while the cell that it shows changes."""

    def __init__(self, body):
        self.row = make("tr", body)
        self.rank = make("td", self.row, class_="rank")
        self.button = make("button", make("th", self.row, scope="row"), type="button")
        self.place = make("td", self.row, class_="place")
        self.numbers = {}
        for name in words.NAMES:
            self.numbers[name] = make("td", self.row, data_quantity=name)
        self.without = {}
        for name in words.MEASURES:
            self.without[name] = make("td", self.row, class_="without", data_measure=name)
        self.worst = make("td", self.row, class_="worst")
        self.other = make("td", self.row, class_="other")
        self.canvas = make("canvas", make("td", self.row, class_="curve"), role="img")


class ProbingTable:
    """The table's elements. Calls `chosen(cell)` when a row is clicked, and `sort(column)` when a head is."""

    def __init__(self, table, chosen, sort):
        self._table = table
        self._body = table.querySelector("tbody")
        self._lines = []
        self._cells = []
        heads = table.querySelectorAll("th[data-column]")
        self._heads = [heads[i] for i in range(heads.length)]
        for head in self._heads:
            self._bind(head, sort)

        def pressed(event):
            row = event.target.closest("tr")
            chosen(self._cells[row.sectionRowIndex])

        self._body.addEventListener("click", pressed)

    def _bind(self, head, sort):
        head.querySelector("button").addEventListener("click", lambda event: sort(head.dataset.column))

    def show(self, cells, values, others, claims, ablation, ranks, order, chosen, quantity):
        """Fill the table: rows for `cells`, with the `values` of this line, those of the other line, and the claims.

        These two, and the `ablation` of the line, may be None.
        `ranks` are the cells from the best at the quantity to the worst, `order` is the sorted order or None.
        """
        while len(self._lines) < len(cells):
            self._lines.append(ProbingRow(self._body))
        while len(self._lines) > len(cells):
            self._lines.pop().row.remove()
        self._cells = cells
        for row in range(len(cells)):
            line, cell = self._lines[row], cells[row]
            line.button.textContent = str(cell)
            line.rank.textContent = str(ranks.indexOf(cell) + 1)
            line.place.textContent = "" if order is None else str(order.indexOf(cell))
            for name in words.NAMES:
                self._number(line.numbers[name], name, values[name], cell, quantity)
            for name in words.MEASURES:
                effect = None if ablation is None else ablation.effects[name][cell]
                line.without[name].textContent = "" if effect is None else number(effect, words.DIGITS[name])
            worst = getattr(claims.worst, quantity) if claims and hasattr(claims.worst, quantity) else None
            self._number(line.worst, quantity, worst, cell, quantity)
            self._number(line.other, quantity, others and others[quantity], cell, quantity)
            line.canvas.setAttribute("aria-label", f"Cell {cell} over the line")
            if cell == chosen:
                line.row.setAttribute("aria-current", "true")
            else:
                line.row.removeAttribute("aria-current")

    def _number(self, place, name, numbers, cell, quantity):
        value = None if numbers is None else numbers[cell]
        shown, turned = (0, False) if value is None else words.turned(name, value)
        place.textContent = "" if value is None else number(shown) + (" \u2193" if turned else "")
        strength = 0 if value is None else words.strength(name, value)
        place.dataset.says = "much" if strength >= 0.6 else "some" if strength >= 0.3 else "little"
        low = value is not None and value < (0.5 if words.KINDS[name] == "AUC" else 0)
        place.dataset.sign = "low" if low else "high"
        place.classList.toggle("chosen", name == quantity)

    def show_heads(self, column, descending, quantity):
        """Mark the column by which the rows are sorted."""
        for head in self._heads:
            name = head.dataset.column
            head.classList.toggle("chosen", name == quantity)
            if name == column:
                head.setAttribute("aria-sort", "descending" if descending else "ascending")
            else:
                head.removeAttribute("aria-sort")

    def step(self, by):
        """Move the focus by this many rows."""
        buttons = [line.button for line in self._lines]
        focused = [i for i in range(len(buttons)) if buttons[i] == js.document.activeElement]
        if focused:
            buttons[min(max(focused[0] + by, 0), len(buttons) - 1)].focus()

    @property
    def body(self):
        """The element that the rows are in."""
        return self._body
