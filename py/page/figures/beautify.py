"""Figure A2: what the reader writes on a small sheet, and the same with a part of the network's hand in it."""

from pyscript.js_modules import draw

from page.figures import lab_constants as c
from page.figures.figure import Figure
from page.ink.ink_editor import InkEditor
from page.worker_client import priority_lock


class Beautify(Figure):
    """The blend follows the pen: each piece of progress is drawn, and newer ink waits for it rather than end it."""

    def __init__(self, element, worker, state, pen):
        super().__init__(element, worker)
        self.state = state
        self.sheet = InkEditor(element, "beautify", worker, pen, self._inked, self._paint)
        self._pen = pen
        self._ink = (0, 0)  # how many strokes, and the id of the last: the same while a stroke grows
        self._epoch = 0  # changes when what is under way is of no more use
        self._blend = None  # Paths
        state.watch(self._state_changed)
        self._tell(None)

    def _inked(self):
        pen = self._pen
        ink = (pen.count, pen.id(pen.count - 1) if pen.count else 0)
        if ink != self._ink:
            if not (ink[0] == self._ink[0] + 1 and pen.open):  # undone, cleared, or put back
                self._epoch += 1
            self._ink = ink
        self.changed()

    def _state_changed(self, name):
        if name == "beautify-strength":
            self._epoch += 1
            self.changed()

    async def work(self, wanted):
        """Brings the blend up to date with the ink."""
        await self.sheet.sync.follow()
        if not self._pen.count:
            self._blend = None
            self._tell(None)
            self._paint()
            return True
        epoch = self._epoch
        arguments = {"sheet": "beautify", "strength": self.state["beautify-strength"]}
        value = await self.worker.work(
            "beautify.blend",
            arguments,
            self._news_piece,
            lambda: self.active and epoch == self._epoch,
            priority_lock.PEN,
        )
        if value is None:
            return False
        self._tell(value)
        return True

    def _news_piece(self, piece):
        self._blend = draw.paths(piece.places, 1)
        self._paint()

    def _paint(self):
        over = self.sheet.over
        over.clear()
        if self._blend:
            over.paths(self._blend, 0, 1, self._blend.points, c.BLEND_WIDTH, 1)

    def _tell(self, value):
        """The numbers, and the same in words."""
        said = {"apart": "\u2013", "yours": "\u2013", "blend": "\u2013"}
        label = "The blend of your ink and the network's hand: nothing yet."
        if value and value.count:
            said["apart"] = f"{value.apart:.2f} x-heights"
            for name in ("yours", "blend"):
                said[name] = f"{getattr(value, name):.2f} nats a point".replace("-", "\u2212")
            label = (
                f"The blend of your ink and the network's hand over {value.count} points: {said['apart']} from your "
                f"ink in the mean. Your ink costs the network {said['yours']}, the blend {said['blend']}."
            )
        for name in said:
            self.element.querySelector(f"[data-told={name}]").textContent = said[name]
        self.element.querySelector(".over").setAttribute("aria-label", label)
