"""Forks: fans of sampled continuations from every point of a line, and one point enlarged."""

import asyncio

import js
from shims import fans as shim

from page.figures import fans_look
from page.figures.cells_figure import LINE
from page.figures.fans_files import offer_files
from page.figures.figure import Figure, show_stopped
from page.files.ink_source import InkSource
from page.ink.lines import MODEL
from page.settings import SEEDS
from page.ui import controls
from page.ui.announcer import Announcer
from page.ui.format import for_speech
from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost, message
from shared.limits import MAX_LINE_POINTS

# The pointer selects a fan from this far away, in x-heights: a finger's breadth.
REACH = 1.0
# Points that Page Up and Page Down pass over: about a letter.
PAGE_POINTS = 10
# The advice on touch screens, which have no arrow keys.
TAP = "Tap the line to look at one point."
# A wait longer than this, in ms, is shown with a progress bar.
PATIENCE_MS = 1000


class Fans(Figure):
    """Fans over the line of `store`, the LineColumns, or over a straight one where the setting "fans-line" says so.

    The figure's settings have its id as prefix: samples, steps, temperature and seed.
    """

    def __init__(self, element, worker, state, store):
        super().__init__(element, worker)
        self._state, self._store = state, store
        self._prefix = element.id + "-"
        self._view = shim.view(element, self._moved)
        self._strip = element.querySelector(".strip")
        self._picture = element.querySelector(".long")
        self._readout = element.querySelector(".point-readout")
        if js.matchMedia("(pointer: coarse)").matches:
            self._readout.textContent = TAP
        self._hint = self._readout.textContent
        self._announcer = Announcer(element.querySelector("[role=status]"))
        self._progress = element.querySelector(".progress")
        self._waiting = element.querySelector(".waiting")
        self._settings = None  # with which the fans on show were computed
        self._steps = 0  # as far as they were computed
        self._shown = None  # as far as they are drawn, and how many: what their look depends on
        self._line = None  # the line on show, as the state has it
        self._name = state["line"]  # the worker's name of it
        self._straight = None
        self._knows = element.querySelector("#fans-knows")  # with the text or without
        self._chosen, self._held = -1, False  # the point that is looked at; held: until the reader lets it go
        self._details = None  # what the worker says of it
        self._asked = asyncio.Event()  # a point was chosen
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
                "pagedown": lambda: self._step(PAGE_POINTS),
                "pageup": lambda: self._step(-PAGE_POINTS),
                "home": lambda: self._go(0),
                "end": lambda: self._go(MAX_LINE_POINTS),
                "escape": self._let_go,
            },
        )

    # --- the fans

    @property
    def name(self):
        """The worker's name of the line on show."""
        return self._name

    @property
    def with_text(self):
        """Whether the fans are those of the network that knows the text of the line."""
        return self._typed() and self._state[self._prefix + "text"] == "with"

    def _typed(self):
        """Is the line a text that this worker's network for texts wrote?"""
        line = self._state["line." + MODEL]
        return self._name == MODEL and line is not None and line.source == "text" and line.loads == self.worker.loads

    @property
    def whole(self):
        """The fans that are drawn, and their look: see fans.js."""
        return self._view.whole

    def new_sample(self):
        """Choose the next seed."""
        name = self._prefix + "seed"
        self._state.set(name, (self._state[name] + 1) % SEEDS)

    def _state_changed(self, name):
        if name == self._prefix + "density":
            self._show_point()
        elif name in LINE or name.startswith(self._prefix):
            self.changed()
            self._asked.set()  # the chosen point may have another fan

    def _moved(self):
        """Draw the missing fans in view first: the reader has scrolled."""
        if self._line is not None and self._view.done < self._line.count:
            self.refine()

    async def run(self):
        """Draw fans, and look at points, for as long as the page is open."""
        await asyncio.gather(super().run(), self._look_at_points())

    async def work(self, wanted):
        """Draw all missing fans, coarse to fine."""
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
        if self._state["fans-line"] != "straight":
            self._name = self._store.name()
            return self._store.wanted()
        self._name = "straight"
        if self._straight is None or self._straight[0] != self.worker.loads:
            arguments = {"line": "straight", "points": fans_look.straight_line()}
            line = await self.worker.run_task("lines.from_points", arguments, priority=priority_lock.NEAR)
            self._straight = (self.worker.loads, line)
        return self._straight[1]

    def _set_up(self, line):
        """Have the view show this line, with the fans that were computed with the current settings."""
        samples, steps, temperature, seed, text = self._drawing()
        settings = [samples, temperature, seed, self.worker.loads, text]
        self._knows.hidden = not self._typed()
        if settings != self._settings or steps > self._steps:
            self._settings, self._steps, self._shown = settings, steps, None
            self._view.begin(samples, steps)
        if self._shown != [samples, steps]:
            self._shown = [samples, steps]
            strengths, in_the_air = fans_look.strengths(samples, steps)
            self._view.look(strengths, in_the_air, fans_look.weights(), fans_look.shades(), fans_look.LIKELY_LIFT)
        if line is not self._line:
            self._let_go()
            self._line = line
            self._view.line(line.places, line.start[0], line.start[1])

    def _drawing(self):
        """Return the settings: samples, steps, temperature, seed; with the text or without."""
        settings = [self._state[self._prefix + name] for name in ("samples", "steps", "temperature", "seed")]
        settings.append(self.with_text)
        return settings

    async def _draw(self, line, wanted):
        samples, temperature, seed, _, text = self._settings
        left, right = self._view.span
        focus = left
        if self._chosen >= 0:
            focus = self._view.origins[2 * self._chosen]
        arguments = {"line": self._name, "samples": samples, "steps": self._steps, "text": text}
        arguments.update({"temperature": temperature, "seed": seed})
        arguments.update({"left": left, "right": right, "focus": focus, "known": self._view.known()})
        if self._progress.hidden:
            self._begun = js.performance.now()
        value = await self.worker.run_task("fans.sample", arguments, self._add, wanted)
        return value is not None

    def _add(self, progress):
        self._view.add(progress.points, progress.xy, progress.bins, progress.lifts)
        if js.performance.now() - self._begun > PATIENCE_MS:
            self._show_progress(True)

    def _show_progress(self, going):
        self._progress.hidden = not going
        if going:
            done, count = self._view.done, self._line.count
            self._progress.querySelector("progress").value = done / count
            self._progress.querySelector("output").value = f"{done} of {count} fans"
            self._label()

    def _label(self):
        samples, steps = self._shown
        count, done, lifting = self._line.count, self._view.done, self._view.lifting(fans_look.LIKELY_LIFT)
        where = "each" if done == count else f"{done}, so far,"
        who = "the network that knows the text" if self.with_text else "the network"
        self._picture.setAttribute(
            "aria-label",
            f"A line of {count} points; from {where} of them {samples} ways of {steps} steps in which {who} "
            f"would have gone on. At {lifting} of them it gave a lift more than one chance in five.",
        )

    # --- one point

    def _hovered(self, event):
        if event.pointerType == "touch" or event.buttons or self._line is None:
            return
        if self._held and not (event.movementX or event.movementY):
            return  # the strip has moved under a mouse at rest, while keys move the choice
        point = self._view.near(event.clientX, event.clientY, REACH)
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
        point = self._view.near(event.clientX, event.clientY, REACH)
        if point >= 0:
            self._choose(point, True)
        else:
            self._let_go()

    def _step(self, by):
        """Step along the line; the first step is to the first point in view."""
        if self._chosen >= 0:
            self._go(self._chosen + by)
        elif self._line is not None:
            self._go(self._view.firstInView)

    def _go(self, point):
        if self._line is not None:
            point = max(0, min(self._line.count - 1, point))
            self._view.reveal(point)
            self._choose(point, True)

    def _choose(self, point, held):
        self._held = held
        if point == self._chosen:
            return
        self._chosen, self._details = point, None
        self._view.choose(point, None)
        self._show_words(f"Point {point + 1} of {self._line.count}.")
        if self._state["line"] == self._name:
            self._state.set("step", point)
        self._asked.set()

    def _let_go(self):
        self._held = False
        if self._chosen >= 0:
            self._chosen, self._details = -1, None
            self._view.choose(-1, None)
            self._show_words(self._hint, False)

    async def _look_at_points(self):
        await self.worker.ready.wait()
        while True:
            await self._asked.wait()
            self._asked.clear()
            if self._chosen >= 0:
                await self._inspect(self._chosen)

    async def _inspect(self, point):
        line, drawing = self._line, self._drawing()
        samples, steps, temperature, seed, text = drawing
        arguments = {"line": self._name, "point": point, "samples": samples, "steps": steps, "text": text}
        arguments["typed"] = self._typed()
        arguments.update({"temperature": temperature, "seed": seed, "reach": fans_look.REACH})

        def wanted():
            return point == self._chosen and line is self._line and drawing == self._drawing()

        try:
            seen = await self.worker.run_task("fans.inspect", arguments, wanted=wanted, priority=priority_lock.NEAR)
        except WorkerLost as lost:
            if lost.blamed:
                show_stopped(self.element, self.worker, lost, self._asked.set)
            else:
                self._asked.set()  # the next worker gets it
            return
        except Exception as error:
            self.show_error(message(error))
            return
        if seen is not None and wanted():
            self._details = seen
            self._show_point()

    def _show_point(self):
        """Show what is known of the chosen point."""
        if self._chosen < 0 or self._details is None:
            return
        density = self._state[self._prefix + "density"]
        self._view.choose(self._chosen, fans_look.details(self._details, density))
        words = [f"Point {self._chosen + 1} of {self._line.count}."]
        words.append(fans_look.describe(self._details, "you" if self._name == "ink" else "the line"))
        if density:
            words.append(fans_look.costs(self._details))
        if hasattr(self._details, "with_text"):
            words.append(fans_look.compare(self._details))
        self._show_words(" ".join(words))

    def _show_words(self, text, aloud=True):
        """Show a sentence, and announce it if `aloud`."""
        self._readout.textContent = text
        if aloud:
            self._announcer.say(for_speech(text))
        else:
            self._announcer.cancel()


def create(element, context):
    """Make the figure of the fans, which also loads ink from files."""
    state = context.state
    figure = Fans(element, context.worker, state, context.columns)
    source = InkSource(element, state, context.lines, context.line_choice)
    controls.bind_buttons({"fans-new-sample": figure.new_sample, "fans-own": source.own_ink})
    context.load_ink = source.load
    offer_files(figure, context)
    return figure
