"""Figures 3 and 4: all the ways a line could have gone, from each of its points, and one point looked at closely."""

import asyncio

import js
from pyscript.js_modules import fans as shim

from page.constants import SEEDS
from page.figures import fan_constants as c
from page.figures.figure import Figure
from page.ui import controls
from page.ui.announcer import Announcer
from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost, message


class Fans(Figure):
    """Fans over the line of this name ("model" or "ink") in the state.

    Where a name in the state is given as `choice`, and its value is "straight", a straight line takes its place. The
    settings are in the state under the figure's id: its samples, steps, temperature and seed.
    """

    def __init__(self, element, worker, state, name, choice=None):
        super().__init__(element, worker)
        self._state = state
        self._own, self._choice = name, choice
        self._prefix = element.id + "-"
        self._view = shim.view(element, self._moved)
        self._strip = element.querySelector(".strip")
        self._picture = element.querySelector(".long")
        self._readout = element.querySelector(".said")
        self._hint = self._readout.textContent
        self._spoken = Announcer(element.querySelector("[role=status]"))
        self._progress = element.querySelector(".going")
        self._waiting = element.querySelector(".waiting")
        self._settings = None  # what the fans that are shown were drawn with
        self._line = None  # the line that is shown, as the state has it
        self._name = name  # and what the worker calls it
        self._straight = None
        self._chosen, self._held = -1, False  # the point looked at; held: until the reader lets go of it
        self._asked = asyncio.Event()  # a point is to be looked at
        self._begun = 0
        state.watch(self._state_changed)
        self._bind()

    def _bind(self):
        listen = self._strip.addEventListener
        listen("pointermove", self._hovered)
        listen("pointerleave", self._left)
        listen("click", self._clicked)
        controls.bind_keys(
            self._strip,
            {
                "arrowright": lambda: self._step(1),
                "arrowleft": lambda: self._step(-1),
                "pagedown": lambda: self._step(c.LEAP),
                "pageup": lambda: self._step(-c.LEAP),
                "home": lambda: self._go(0),
                "end": lambda: self._go(c.LONGEST),
                "escape": self._let_go,
            },
        )

    # --- the fans

    @property
    def name(self):
        """What the worker calls the line that is shown."""
        return self._name

    @property
    def whole(self):
        """The fans that are drawn, and how they look: see fans.js."""
        return self._view.whole

    def another(self):
        """The next seed."""
        name = self._prefix + "seed"
        self._state.set(name, (self._state[name] + 1) % SEEDS)

    def _state_changed(self, name):
        if name == "line." + self._own or name.startswith(self._prefix):
            self.changed()

    def _moved(self):
        """Another part of the line has come into view: what is still to do begins there."""
        if self._line is not None and self._view.done < self._line.count:
            self.changed()

    async def run(self):
        """Draws the fans for ever, and looks at points."""
        await asyncio.gather(super().run(), self._look_closer())

    async def work(self, wanted):
        """Draws all the fans that are missing, the nearest first."""
        line = await self._take_line()
        self._waiting.hidden = line is not None
        if line is None:
            self._view.clear()
            self._line = None
            return True
        self._set_up(line)
        if self._view.done < line.count and not await self._draw(line, wanted):
            return False
        self._show_progress(False)
        self._label()
        return True

    async def _take_line(self):
        if self._choice is None or self._state[self._choice] != "straight":
            self._name = self._own
            return self._state["line." + self._own]
        self._name = "straight"
        if self._straight is None or self._straight[0] != self.worker.loads:
            points = js.Float32Array.new(3 * c.STRAIGHT_POINTS)
            for i in range(c.STRAIGHT_POINTS):
                points[3 * i] = c.STRAIGHT_STEP
            arguments = {"line": "straight", "points": points}
            line = await self.worker.work("lines.from_points", arguments, rank=priority_lock.NEAR)
            self._straight = (self.worker.loads, line)
        return self._straight[1]

    def _set_up(self, line):
        """The view shows this line, and no fans but those that are drawn with the settings as they are."""
        state, prefix = self._state, self._prefix
        settings = [state[prefix + name] for name in ("samples", "steps", "temperature", "seed")]
        settings.append(self.worker.loads)
        if settings != self._settings:
            self._settings = settings
            samples, steps = settings[:2]
            first = min(c.MOST_STRENGTH, c.STRENGTH * (c.STRENGTH_WAYS / samples) ** 0.5)
            strengths = _floats([first * (steps - step) / steps for step in range(steps)])
            self._view.begin(samples, steps, strengths, first * c.IN_THE_AIR, _floats(_shades()))
        if line is not self._line:
            self._let_go()
            self._line = line
            self._view.line(line.places, line.start[0], line.start[1])

    async def _draw(self, line, wanted):
        samples, steps, temperature, seed, _ = self._settings
        left, right = self._view.span
        focus = left
        if self._chosen >= 0:
            focus = self._view.origins[2 * self._chosen]
        arguments = {
            "line": self._name,
            "samples": samples,
            "steps": steps,
            "temperature": temperature,
            "seed": seed,
            "left": left,
            "right": right,
            "focus": focus,
            "known": self._view.known(),
        }
        if self._progress.hidden:
            self._begun = js.performance.now()
        value = await self.worker.work("fans.sample", arguments, self._add, wanted)
        if value is None:
            return False
        self._view.settle()
        return True

    def _add(self, progress):
        self._view.add(progress.points, progress.xy, progress.bins, progress.lifts)
        self._label()
        if js.performance.now() - self._begun > c.PATIENCE:
            self._show_progress(True)

    def _show_progress(self, going):
        self._progress.hidden = not going
        if going:
            done, count = self._view.done, self._line.count
            self._progress.querySelector("progress").value = done / count
            self._progress.querySelector("output").value = f"{done} of {count} fans"

    def _label(self):
        samples, steps = self._settings[:2]
        count, done, lifting = self._line.count, self._view.done, self._view.lifting(c.LIKELY)
        where = "each" if done == count else f"{done}, so far,"
        self._picture.setAttribute(
            "aria-label",
            f"A line of {count} points; from {where} of them {samples} ways of {steps} steps in which the network "
            f"would have gone on. At {lifting} of them it gave a lift more than one chance in ten.",
        )

    # --- one point

    def _hovered(self, event):
        if event.pointerType == "touch" or event.buttons or self._line is None:
            return
        if self._held and not (event.movementX or event.movementY):
            return  # the strip has moved under a mouse that lies still, while keys lead the choice
        point = self._view.near(event.clientX, event.clientY, c.REACH)
        if point >= 0:
            self._choose(point, False)
        elif not self._held:
            self._let_go()

    def _left(self, event):
        if not self._held:
            self._let_go()

    def _clicked(self, event):
        if self._line is None or self._strip.classList.contains("dragged"):
            return
        point = self._view.near(event.clientX, event.clientY, c.REACH)
        if point >= 0:
            self._choose(point, True)
        else:
            self._let_go()

    def _step(self, by):
        """Steps along the line; the first step is to the first point in view."""
        if self._chosen >= 0:
            self._go(self._chosen + by)
        elif self._line is not None:
            self._go(self._view.first_in_view)

    def _go(self, point):
        if self._line is not None:
            point = max(0, min(self._line.count - 1, point))
            self._view.reveal(point)
            self._choose(point, True)

    def _choose(self, point, held):
        self._held = held
        if point == self._chosen:
            return
        self._chosen = point
        self._view.choose(point, None)
        self._tell(f"Point {point + 1} of {self._line.count}.")
        if self._state["line"] == self._name:
            self._state.set("step", point)
        self._asked.set()
        if not self._view.has(point):
            self.changed()  # so that it comes next

    def _let_go(self):
        self._held = False
        if self._chosen >= 0:
            self._chosen = -1
            self._view.choose(-1, None)
            self._tell(self._hint, False)

    async def _look_closer(self):
        await self.worker.ready.wait()
        while True:
            await self._asked.wait()
            self._asked.clear()
            if self._chosen >= 0:
                await self._look(self._chosen)

    async def _look(self, point):
        line = self._line
        arguments = {"line": self._name, "point": point}
        try:
            seen = await self.worker.work(
                "fans.inspect",
                arguments,
                wanted=lambda: point == self._chosen and line is self._line,
                rank=priority_lock.NEAR,
            )
        except WorkerLost:
            self._asked.set()  # again, once there is a worker again
            return
        except Exception as error:
            self.trouble(message(error))
            return
        if seen is None or point != self._chosen or line is not self._line:
            return
        # A weight's root, for the eye tells small opacities apart no better than their ratios.
        strengths = [weight**0.5 if weight > c.WEAKEST else 0 for weight in seen.weights]
        look = js.Object.new()
        look.ellipses = seen.ellipses
        look.strengths = _floats(strengths)
        self._view.choose(point, look)
        self._tell(
            f"Point {point + 1} of {line.count}. Chance of a lift: {_percent(seen.lift)}. The point that came cost "
            f"{_nats(seen.position_nats)} nats for its place and {_nats(seen.lift_nats)} for its lift."
        )

    def _tell(self, text, aloud=True):
        """Shows a sentence at once, and has it said unless it is no progress."""
        self._readout.textContent = text
        if aloud:
            self._spoken.say(text.replace("\u2212", "minus "))
        else:
            self._spoken.hush()


def _shades():
    """The place on the diverging scale, from -1 to 1, of each bin of angles."""
    middles = [(2 * i + 1) / c.BINS - 1 for i in range(c.BINS)]
    return [(1 if x > 0 else -1) * (c.PALEST + (1 - c.PALEST) * abs(x)) for x in middles]


def _floats(numbers):
    array = js.Float32Array.new(len(numbers))
    for i, number in enumerate(numbers):
        array[i] = number
    return array


def _percent(chance):
    if chance < 0.001:
        return "below 0.1 %"
    return f"{100 * chance:.1f} %"


def _nats(number):
    return f"{number:.2f}".replace("-", "\u2212")
