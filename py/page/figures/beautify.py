"""Beautify: the reader's ink on a small sheet, blended with the network's hand."""

from shims import boot, draw

from page.figures.figure import Figure
from page.files import exports
from page.files.save_menu import Menu
from page.ink.ink_editor import InkEditor
from page.ui.format import NOTHING, number
from page.worker_client import priority_lock

# As wide as the ink, in x-heights.
BLEND_WIDTH = 0.052


class Beautify(Figure):
    """The blend follows the pen: all progress is drawn; newer ink waits for the blend under way."""

    def __init__(self, element, worker, state, pen):
        super().__init__(element, worker)
        self.state = state
        self.sheet = InkEditor(element, "beautify", worker, pen, self._inked, self._paint)
        self._pen = pen
        self._epoch = 0  # changes when the blend under way is of no use any more
        self._blend = None  # Paths
        state.watch(self._state_changed)
        self._show_numbers(None)

    def _inked(self, grown):
        if not grown:  # undone, cleared, or put back
            self._epoch += 1
        self.changed()

    def _state_changed(self, name):
        if name == "beautify-strength":
            self._epoch += 1
            self.changed()

    async def work(self, wanted):
        """Bring the blend up to date with the ink."""
        await self.sheet.sync.follow()
        if not self._pen.count:
            self._blend = None
            self._show_numbers(None)
            self._paint()
            return True
        epoch = self._epoch
        arguments = {"sheet": "beautify", "strength": self.state["beautify-strength"]}
        value = await self.worker.run_task(
            "beautify.blend",
            arguments,
            self._show_progress,
            lambda: self.active and epoch == self._epoch,
            priority_lock.PEN,
        )
        if value is None:
            return False
        self._show_numbers(value)
        return True

    def _show_progress(self, progress):
        self._blend = draw.paths(progress.places, 1)
        self._paint()

    def _paint(self):
        over = self.sheet.overlay
        over.clear()
        if self._blend:
            over.paths(self._blend, 0, 1, self._blend.points, BLEND_WIDTH, 1)

    def _show_numbers(self, value):
        """Show the costs and the distance, as numbers and in words."""
        shown = dict.fromkeys(("apart", "yours", "blend"), NOTHING)
        label = "The blend of your ink and the network's hand: nothing yet."
        if value and value.count:
            shown["apart"] = f"{value.apart:.2f} x-heights"
            for name in ("yours", "blend"):
                shown[name] = number(getattr(value, name)) + " nats per point"
            label = (
                f"The blend of your ink and the network's hand over {value.count} points: {shown['apart']} from your "
                f"ink on average. Your ink costs the network {shown['yours']}, the blend {shown['blend']}."
            )
        for name in shown:
            self.element.querySelector(f"[data-readout={name}]").textContent = shown[name]
        self.element.querySelector(".overlay").setAttribute("aria-label", label)


def create(element, context):
    """Make figure A2."""
    figure = Beautify(element, context.worker, context.state, boot.beautifyPen)
    context.add_sheet("beautify", figure.sheet)
    Menu(element, exports.pictures(element, lambda: "beautified"))
    return figure
