"""One step: the mixture of Gaussians around the pen, step by step along the line in use."""

import math

import js
from shims import draw, mixture

from page.figures.figure import Figure
from page.files import exports
from page.files.save_menu import Menu
from page.ui import controls
from page.ui.announcer import Announcer
from page.ui.format import for_speech, number, percent
from page.worker_client import priority_lock

# The first step takes this long, in ms: time to see the mixture, then where the pen went, then it going there.
FIRST_STEP_MS = 2200
# Each step takes this part of the time of the one before ...
STEP_FACTOR = 0.8
# ... but never less: fast enough for a line in half a minute, slow enough to see components come and go.
LAST_STEP_MS = 70
# A shorter step is not shown in phases: they would only flicker.
MIN_PHASED_STEP_MS = 350
# The phases: until RISE the components appear, from TRUTH on the true place is shown, from MOVE on the pen moves.
RISE, TRUTH, MOVE = 0.15, 0.45, 0.72
# The view goes two thirds of its way in this time.
VIEW_MS = 180
# What a point is called of which at most this share of the line's points cost less.
SURPRISES = ((0.6, "as expected"), (0.9, "a little unexpected"))
# Points that Page Up and Page Down pass over.
PAGE_POINTS = 10
# Fields of a landscape, across and down: there is little time while it plays, and more when it stands.
COARSE, FINE = (56, 28), (200, 100)


class Mixture(Figure):
    """Shows one step of a line, or plays one after the other; the state's "step" links it with other figures.

    The state's "step" is set when the reader pauses or chooses a step, not while it plays.
    """

    def __init__(self, element, worker, state):
        super().__init__(element, worker)
        self.state = state
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._view = mixture.view(element, self._repaint, self._pointed)
        self._frames = draw.frames(self._frame)
        self._line = None  # the line of the state that is shown
        self._data = None  # the mixtures along it
        self._words = ""  # the step in words
        self._step = 0
        self._playing = False
        self._played = 0  # steps since Play was pressed
        self._begun = self._drew = 0  # when this step began, and when it was drawn last
        self._land = None  # the landscape on show: (step, columns)
        self._slider = element.querySelector("#mixture-step")
        self._slider.addEventListener("input", lambda event: self._choose(int(self._slider.value)))
        self._announcer = Announcer(element.querySelector("[role=status]"))
        self._kinds = element.querySelectorAll("input[name=mixtures-show]")
        for i in range(self._kinds.length):
            self._kinds[i].addEventListener("change", self._kind_chosen)
        controls.bind_buttons({"mixture-play": self.toggle})
        keys = {
            " ": self.toggle,
            "arrowleft": lambda: self._choose(self._step - 1),
            "arrowright": lambda: self._choose(self._step + 1),
            "pageup": lambda: self._choose(self._step - PAGE_POINTS),
            "pagedown": lambda: self._choose(self._step + PAGE_POINTS),
            "home": lambda: self._choose(0),
            "end": lambda: self._choose(self._count - 1),
        }
        controls.bind_keys(element.querySelector(".stage"), keys)
        self._reduced_motion.addEventListener("change", self._motion_changed)
        state.watch(self._state_changed)
        self._show_playing()
        self._take_line()

    # --- what the reader does

    def toggle(self):
        """Play or pause; at the end, play from the beginning."""
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
        if self._words and js.document.activeElement != self._slider:  # which announces it itself
            self._announcer.say(for_speech(self._words))

    def _pointed(self, step):
        self._choose(step)

    def _motion_changed(self, event):
        """Pause when the reader turns reduced motion on."""
        if self._reduced_motion.matches and self._playing:
            self.toggle()

    def _kind_chosen(self, event):
        self.changed()
        self._frames.ask()

    # --- what happens

    @property
    def _count(self):
        return self._line.count if self._line else 0

    def _kind(self, name):
        """Return whether these are shown, "ellipses" or "landscape"; the choice "both" shows both."""
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
        self._view.begin(line.places, self.state["line"] == "ink")
        self._slider.max = str(line.count - 1)
        self._slider.disabled = False
        self._step = min(
            self.state["step"] or line.count, line.count - 1
        )  # at the end of the ink, until one is chosen
        self._played = 0
        self._slider.value = str(self._step)
        self.changed()

    def _go(self, step):
        self._step = step
        self._begun = js.performance.now()
        self._slider.value = str(step)
        self._show_numbers()
        if self._kind("landscape"):
            self.changed()
        self._frames.ask()

    # --- working

    async def work(self, wanted):
        """Fetch the mixtures along the line, once; then the landscape of the step, if it is shown."""
        line = self._line
        if line is None:
            return True
        if self._data is None:
            name = self.state["line"]
            current = lambda: self.active and self._line is line  # noqa: E731  a later step needs it too
            data = await self.worker.run_task("mixture.along", {"line": name}, wanted=current)
            if data is None or data.count != line.count:
                return False
            self._data = data
            self._view.setMixtures(data)
            self._begun = js.performance.now()
            self._show_numbers()
            self._frames.ask()
        if self._kind("landscape"):
            await self._landscape()
        else:
            self._view.clearLandscape()
            self._land = None
        return wanted()

    async def _landscape(self):
        step, line = self._step, self._line
        columns, rows = COARSE if self._playing else FINE
        if self._land == (step, columns):
            return
        box = self._view.boxAt(step)
        arguments = {"line": self.state["line"], "point": step, "columns": columns, "rows": rows}
        for i, side in enumerate(("left", "top", "right", "bottom")):
            arguments[side] = box[i]
        current = lambda: self.active and self._line is line  # noqa: E731  while it plays: a step late is still shown
        priority = priority_lock.FAR if self._playing else priority_lock.NEAR
        value = await self.worker.run_task("mixture.landscape", arguments, wanted=current, priority=priority)
        if value is None or self._line is not line:
            return
        self._view.setLandscape(value.heights, value.columns, value.rows, box)
        self._land = (step, columns)
        self._frames.ask()

    # --- showing

    def _show_playing(self):
        controls.element("mixture-play").textContent = "Pause" if self._playing else "Play"

    def _show_numbers(self):
        """Show the step as numbers and in words."""
        data, step = self._data, self._step
        if data is None:
            return
        weights = data.weights.subarray(data.mixtures * step, data.mixtures * (step + 1))
        most = max([weights[k] for k in range(data.mixtures)])
        lift, nats = data.lifts[step], data.nats[step]
        shown = {
            "point": f"{step + 1} of {data.count}",
            "weight": _share(most),
            "lift": _share(lift),
            "nats": number(nats) + " nats",
            "surprise": _surprise(nats, data.nats),
        }
        for name in shown:
            self.element.querySelector(f"[data-readout={name}]").textContent = shown[name]
        self._slider.setAttribute("aria-valuetext", f"point {shown['point']}")
        self._words = (
            f"Point {shown['point']}: {data.mixtures} components around the pen, the heaviest with {shown['weight']} "
            f"of the weight; chance of a lift {shown['lift']}; the point that came was {shown['surprise']}: "
            f"it cost {shown['nats']}."
        )
        self.element.querySelector(".scene canvas").setAttribute("aria-label", self._words)
        self.element.dataset.step = str(step)

    def _repaint(self):
        self._frames.ask()

    def _frame(self, now):
        """Draw the step; return whether to draw again with the next frame."""
        if self._data is None:
            return False
        gone = 1 if self._reduced_motion.matches else 1 - math.exp((self._drew - now) / VIEW_MS)
        self._drew = now
        if not (self._playing and self.active):
            return not self._paint(True, 1, 0, gone) and self.active
        dwell = max(LAST_STEP_MS, FIRST_STEP_MS * STEP_FACTOR**self._played)
        part = (now - self._begun) / dwell
        if part >= 1:
            if self._step == self._count - 1:
                self.toggle()
                return False
            self._played += 1
            self._go(self._step + 1)
            part = 0
        if dwell < MIN_PHASED_STEP_MS or self._reduced_motion.matches:
            self._paint(True, 1, 0, gone)
        else:
            moved = max(0, (part - MOVE) / (1 - MOVE))
            eased = moved * moved * (3 - 2 * moved)
            self._paint(part > TRUTH, min(1, max(0, part / RISE)), eased, gone)
        return True

    def _paint(self, truth, strength, moved, gone):
        return self._view.paint(self._step, strength, truth, moved, self._kind("ellipses"), gone)

    def _seen(self, entries, observer):
        super()._seen(entries, observer)
        self._begun = js.performance.now()
        self._frames.ask()


def _share(part):
    return percent(part, 0 if part >= 0.0995 else 1)


def _surprise(nats, line):
    """Return in words how surprising a point was: by the share of the line's points that cost less."""
    below = sum([line[i] < nats for i in range(line.length)]) / line.length
    for share, words in SURPRISES:
        if below <= share:
            return words
    return "a surprise"


def create(element, context):
    """Make the figure."""
    state = context.state

    def name():
        return f"mixture-{exports.line_in_use(state)}-point{state['step'] + 1}"

    Menu(element, exports.pictures(element, name))
    return Mixture(element, context.worker, state)
