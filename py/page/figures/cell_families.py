"""The families of the sorted cells: a bracket beside the rows of each, with what its cells track."""

from page.figures import probing_words as words
from page.ui.elements import make
from page.ui.format import number
from page.worker_client import priority_lock

NAMELESS = "mixed"


class Families:
    """The list `place`, which is as high as all rows of the heatmap beside it."""

    def __init__(self, place, worker, state):
        self._place, self._worker, self._state = place, worker, state
        self._cut = None  # (order, cuts, lines) that have no names yet

    def cut(self, value, lines):
        """Take the pieces of an order that the worker has found over `lines`."""
        self._cut = (value.order, value.cuts, lines)
        self._place.replaceChildren()
        self._state.set("families", [])

    def forget(self):
        """Show no families: there is no order."""
        self._cut = None
        self._place.replaceChildren()
        self._state.set("families", [])

    def see(self, seen):
        """Show the brackets, or not while rows are elsewhere."""
        self._place.classList.toggle("elsewhere", not seen)

    async def name(self, wanted):
        """Have the pieces named and show them; return whether that is done."""
        if self._cut is None:
            return True
        cut = self._cut
        order, cuts, lines = cut
        arguments = {"lines": lines, "order": order, "cuts": cuts}
        found = await self._worker.run_task("cell_order.name_families", arguments, None, wanted, priority_lock.FAR)
        if found is None:
            return False
        if cut is not self._cut:
            return True  # the order of other ink, or of another network
        self._cut = None
        self._place.replaceChildren()
        for i in range(found.first.length):
            self._add(found, i, order.length)
        self.see(True)
        self._state.set("families", [_family(found, order, i) for i in range(found.first.length)])
        return True

    def _add(self, found, i, cells):
        first, end, name = found.first[i], found.end[i], found.names[i]
        about = f"{end - first} cells, rows {first + 1} to {end}"
        if name:
            excess, strength = number(found.excess[i], 1), number(found.strength[i])
            about += f": {excess} times as many of the best at this as by chance; their median is {strength}"
        item = make("li", self._place, title=about)
        make("span", item, words.TITLES[name] if name else NAMELESS)
        make("span", item, ": " + about, class_="visually-hidden")
        item.style.top = f"{100 * first / cells:.3f}%"
        item.style.height = f"{100 * (end - first) / cells:.3f}%"
        item.classList.toggle("nameless", not name)


def _family(found, order, i):
    """Return (name, rows, cells) of a family; its name is that of what its cells track, or NAMELESS."""
    first, end, name = found.first[i], found.end[i], found.names[i]
    return words.TITLES[name] if name else NAMELESS, (first, end - 1), [order[row] for row in range(first, end)]
