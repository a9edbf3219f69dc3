"""A card: a quantity, the cell that tracks it best, its curve, and how well, on this line and on others."""

from page.figures import probing_words as words
from page.ui.elements import make
from page.ui.format import NOTHING, number


class Card:
    """A button in `place`; calls `chosen(kind)` when it is pressed."""

    def __init__(self, place, kind, chosen):
        self.cell = None  # none yet
        self._kind = kind
        self._button = make("button", place, type="button", class_="card", data_quantity=kind, aria_pressed="false")
        head = make("span", self._button, class_="card-head")
        make("b", head, words.TITLES[kind])
        self._who = make("span", head, class_="who")
        self._canvas = make("canvas", self._button, aria_hidden="true")
        numbers = make("span", self._button, class_="numbers")
        make("i", numbers, words.KINDS[kind])
        self._here, self._worst = make("span", numbers, class_="here"), make("span", numbers, class_="worst")
        self._without = make("span", self._button, class_="without")
        self._head, self._note = head, make("span", self._button, class_="note")
        self._button.disabled = True
        self._button.addEventListener("click", lambda event: chosen(kind))

    def hide(self):
        """Show no cell: this line does not tell."""
        self.cell = None
        self._button.disabled = True
        self._canvas.remove()  # the curves are those of the cards with a cell
        self._who.textContent = self._note.textContent = self._without.textContent = ""
        self._here.textContent = NOTHING
        self._worst.textContent = ""

    def show(self, cell, values, claims, ablation):
        """Show a cell with its statistic on this line, one of `values` or None, and on the worst of the others.

        `ablation` is what the line loses without cells, None if that is not known.
        """
        kind, self.cell = self._kind, cell
        self._button.disabled = False
        self._head.after(self._canvas)
        self._who.textContent = str(cell)
        here = None if values is None else values[cell]
        worst = getattr(claims.worst, kind)[cell] if claims and hasattr(claims.worst, kind) else None
        usual = here if worst is None else worst
        if worst is not None and getattr(claims.least, kind)[cell] < 0:
            usual = -worst if words.KINDS[kind] != "AUC" else 1 - worst  # on the worst line it is the other way round
        low = usual is not None and words.turned(kind, usual)[1]
        self._note.textContent = words.LOW[kind] if low else ""
        self._without.textContent = ""
        if ablation:
            self._without.textContent = f"{number(ablation.cost(cell), 3)} nats worse without"
            if ablation.verdict(kind, cell) < 0:
                self._note.textContent = words.UNUSED[kind]
        self._here.textContent = (self._said(here, low) if here is not None else NOTHING) + " here"
        self._worst.textContent = "" if worst is None else self._said(worst, low) + " at worst elsewhere"

    def _said(self, value, low):
        return number(1 - value if low else value)

    def mark(self, chosen):
        """Show whether its cell is the chosen one."""
        pressed = self.cell is not None and self.cell == chosen
        self._button.setAttribute("aria-pressed", "true" if pressed else "false")
