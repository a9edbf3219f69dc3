"""Figure A1: the mixture of Gaussians around the pen, as the pen goes along the line in use, step by step."""

import math

import js
from pyscript.js_modules import draw, mixture

from page.figures import lab_constants as c
from page.figures.figure import Figure
from page.ui import controls
from page.ui.announcer import Announcer
from page.worker_client import priority_lock


class Mixtures(Figure):
    """Shows one step of a line, or plays them one after the other; the state's "step" links it with other figures.

    While it plays it goes its own way; the state hears of the step when the reader stops it or chooses one.
    """

    def __init__(self, element, worker, state):
        super().__init__(element, worker)
        self.state = state
        self._still = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._drawn = mixture.hills(element, self._repaint, self._pointed)
        self._frames = draw.frames(self._frame)
        self._line = None  # the line of the state that is shown
        self._data = None  # its mixtures
        self._told = ""  # the step in words
        self._step = 0
        self._playing = not self._still.matches
        self._played = 0  # steps since Play was pressed
        self._begun = self._drew = 0  # when this step was begun, and when it was drawn last
        self._land = None  # which landscape is there: (step, columns)
        self._slider = element.querySelector("#mixture-step")
        self._slider.addEventListener("input", lambda event: self._choose(int(self._slider.value)))
        self._spoken = Announcer(element.querySelector("[role=status]"))
        self._kinds = element.querySelectorAll("input[name=mixtures-show]")
        for i in range(self._kinds.length):
            self._kinds[i].addEventListener("change", self._kind_chosen)
        controls.bind_buttons({"mixture-play": self.toggle})
        keys = {
            " ": self.toggle,
            "arrowleft": lambda: self._choose(self._step - 1),
            "arrowright": lambda: self._choose(self._step + 1),
            "pageup": lambda: self._choose(self._step - c.LEAP),
            "pagedown": lambda: self._choose(self._step + c.LEAP),
            "home": lambda: self._choose(0),
            "end": lambda: self._choose(self._count - 1),
        }
        controls.bind_keys(element.querySelector(".stage"), keys)
        self._still.addEventListener("change", self._motion_changed)
        state.watch(self._state_changed)
        self._show_playing()
        self._take_line()

    # --- what the reader does

    def toggle(self):
        """Play or pause; from the end, from the beginning again."""
        self._playing = not self._playing
        if self._playing and self._step == self._count - 1:
            self._go(0)
        self._played = 0
        self._begun = js.performance.now()
        if not self._playing:
            self.state.set("step", self._step)
        self._show_playing()
        self.changed()  # another landscape may be due
        self._frames.ask()

    def _choose(self, step):
        if not self._count:
            return
        self._playing = False
        self._show_playing()
        self._go(min(max(step, 0), self._count - 1))
        self.state.set("step", self._step)
        if self._told and js.document.activeElement != self._slider:  # which says it itself
            self._spoken.say(self._told.replace("\u2212", "minus "))

    def _pointed(self, step):
        self._choose(step)

    def _motion_changed(self, event):
        """Whoever wants less motion, from now on, wants less of this too."""
        if self._still.matches and self._playing:
            self.toggle()

    def _kind_chosen(self, event):
        self.changed()
        self._frames.ask()

    # --- what happens

    @property
    def _count(self):
        return self._line.count if self._line else 0

    def _kind(self, name):
        """Are these shown? "ellipses" or "landscape"; there is a choice that shows both."""
        for i in range(self._kinds.length):
            if self._kinds[i].checked:
                return self._kinds[i].value in (name, "both")
        return False

    def _state_changed(self, name):
        state = self.state
        if name == "line" or name == "line." + state["line"]:
            self._take_line()
        elif name == "step" and not self._playing and state["step"] != self._step and self._count:
            self._go(min(state["step"], self._count - 1))

    def _take_line(self):
        line = self.state["line." + self.state["line"]]
        if line is None:
            return
        self._line, self._data, self._land = line, None, None
        self._drawn.begin(line.places, self.state["line"] == "ink")
        self._slider.max = str(line.count - 1)
        self._slider.disabled = False
        step = min(self.state["step"], line.count - 1)
        self._step = step or (0 if self._playing else self._first_stroke())
        self._played = 0
        self._slider.value = str(self._step)
        self.changed()

    def _first_stroke(self):
        """The second stroke's first point, for a figure that stands still: where the network has most to ponder."""
        line = self._line
        for i in range(line.count - 1):
            if line.places[3 * i + 2] > 0.5:
                return i + 1
        return 0

    def _go(self, step):
        self._step = step
        self._begun = js.performance.now()
        self._slider.value = str(step)
        self._tell()
        if self._kind("landscape"):
            self.changed()
        self._frames.ask()

    # --- working

    async def work(self, wanted):
        """The mixtures of the line, once; then the landscape of the step on show, if it is to be shown."""
        line = self._line
        if line is None:
            return True
        if self._data is None:
            name = self.state["line"]
            current = lambda: self.active and self._line is line  # noqa: E731  a step further it is still wanted
            data = await self.worker.work("mixture.along", {"line": name}, wanted=current)
            if data is None or data.count != line.count:
                return False
            self._data = data
            self._drawn.take(data)
            self._begun = js.performance.now()
            self._tell()
            self._frames.ask()
        if self._kind("landscape"):
            await self._landscape()
        else:
            self._drawn.level()
            self._land = None
        return wanted()

    async def _landscape(self):
        step, line = self._step, self._line
        columns, rows = c.COARSE if self._playing else c.FINE
        if self._land == (step, columns):
            return
        box = self._drawn.sight(step)
        arguments = {"line": self.state["line"], "point": step, "columns": columns, "rows": rows}
        for i, side in enumerate(("left", "top", "right", "bottom")):
            arguments[side] = box[i]
        current = lambda: self.active and self._line is line  # noqa: E731  while it plays: a step late is still shown
        rank = priority_lock.FAR if self._playing else priority_lock.NEAR
        value = await self.worker.work("mixture.landscape", arguments, wanted=current, rank=rank)
        if value is None or self._line is not line:
            return
        self._drawn.land(value.heights, value.columns, value.rows, box)
        self._land = (step, columns)
        self._frames.ask()

    # --- showing

    def _show_playing(self):
        controls.element("mixture-play").textContent = "Pause" if self._playing else "Play"

    def _tell(self):
        """The numbers of the step, and the same in words."""
        data, step = self._data, self._step
        if data is None:
            return
        weights = data.weights.subarray(data.mixtures * step, data.mixtures * (step + 1))
        most = max([weights[k] for k in range(data.mixtures)])
        lift, nats = data.lifts[step], data.nats[step]
        said = {
            "point": f"{step + 1} of {data.count}",
            "weight": percent(most),
            "lift": percent(lift),
            "nats": f"{nats:.2f} nats".replace("-", "\u2212"),
        }
        for name in said:
            self.element.querySelector(f"[data-told={name}]").textContent = said[name]
        self._slider.setAttribute("aria-valuetext", f"point {said['point']}")
        self._told = (
            f"Point {said['point']}: {data.mixtures} hills around the pen, the heaviest with {said['weight']} of the "
            f"weight; chance of a lift {said['lift']}; the point that came cost {said['nats']}."
        )
        self.element.querySelector(".scene canvas").setAttribute("aria-label", self._told)
        self.element.dataset.step = str(step)

    def _repaint(self):
        self._frames.ask()

    def _frame(self, now):
        """Draws the step as it stands; True if it will look different in a moment."""
        if self._data is None:
            return False
        gone = 1 if self._still.matches else 1 - math.exp((self._drew - now) / c.VIEW)
        self._drew = now
        if not (self._playing and self.active):
            return not self._paint(True, 1, 0, gone) and self.active
        dwell = max(c.STEP_LAST, c.STEP_FIRST * c.STEP_FASTER**self._played)
        part = (now - self._begun) / dwell
        if part >= 1:
            if self._step == self._count - 1:
                self.toggle()
                return False
            self._played += 1
            self._go(self._step + 1)
            part = 0
        if dwell < c.STEP_TOLD or self._still.matches:
            self._paint(True, 1, 0, gone)
        else:
            moved = max(0, (part - c.MOVE) / (1 - c.MOVE))
            eased = moved * moved * (3 - 2 * moved)
            self._paint(part > c.TRUTH, min(1, max(0, part / c.RISE)), eased, gone)
        return True

    def _paint(self, truth, strength, moved, gone):
        return self._drawn.paint(self._step, strength, truth, moved, self._kind("ellipses"), gone)

    def _seen(self, entries, observer):
        super()._seen(entries, observer)
        self._begun = js.performance.now()
        self._frames.ask()


def percent(part):
    """A share from 0 to 1 in words."""
    return f"{100 * part:.0f} %" if part >= 0.0995 else f"{100 * part:.1f} %"
