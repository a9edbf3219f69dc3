"""Figure 1, the first screen: the reader writes, and the network continues, in one of four modes.

One line: a long one at a pen's pace, and short ones beside it. Many: only short ones. Fill: rows on the whole page.
Text: a text that the reader types, in the hand of their ink.
Before the reader writes, a demonstration does.
"""

import asyncio

import js
from shims import boot, draw

from page.figures.continuation_demo import Demonstration
from page.figures.continuation_fill import Fill
from page.figures.continuation_picture import Picture, lead_note
from page.figures.continuation_text import TypedText
from page.figures.continuation_text_panel import TextPanel
from page.figures.continuation_tools import make_tools
from page.figures.figure import show_stopped
from page.ink.ink_editor import InkEditor
from page.ink.ink_sync import LEAD_DRAWS
from page.settings import SEEDS
from page.ui import controls
from page.ui.announcer import Announcer
from page.worker_client.worker_client import WorkerLost, message

# Steps of a continuation while the pen moves: they fit in two slices of the worker, so the lines stay at the pen.
HURRIED_STEPS = 8
# The pen counts as moving until it has rested this long, in ms: longer than a frame and a late event.
REST = 90
# The least time between two announcements of new continuations, in ms: a reader who draws hears other things too.
ANNOUNCE_EVERY = 4000


class Continuation:
    """The figure: watches the pen and the state, asks the worker for continuations, and draws them.

    Its element has in data-shown the number of full sets of continuations that it has shown, for tests and scripts.
    """

    def __init__(self, figure, state, worker, pen, lines, status):
        self.state = state
        self.worker = worker
        self.pen = pen
        self._figure = figure
        self._announcer = Announcer(status, ANNOUNCE_EVERY)
        self._canvas = figure.querySelector("canvas.model")
        self._note = controls.element("lead-note")
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._on_screen = True
        self._news = asyncio.Event()  # something happened that may require new continuations
        self._version = 0  # of ink and settings; each set belongs to one
        self._full = self._hurried = -1  # the versions of the last full and the last hurried set
        self._stopped = None  # `worker.requests` when the worker died at this, which is not repeated by itself
        self._inked_at = 0  # when the ink last changed
        self._shown = 0
        self._frames = draw.frames(self._paint)
        self.picture = Picture(lambda: self._reduced_motion.matches)
        self.drawn = lambda: None  # called when lines were added to the picture

        word = figure.querySelectorAll(".ghost path")
        ours = {"canvas": "canvas.model", "word": word, "prefix": "", "keys_in": figure}
        self.sheet = InkEditor(figure, "continuation", worker, pen, self._inked, self._paint, **ours)
        surface = self.sheet.overlay
        self._fill = Fill(figure, surface, self._frames)
        self._writing = TypedText(figure, state, worker, pen, surface, self._frames)
        self.panel = TextPanel(figure, state, worker, pen, lines, self._writing, self._text_changed)
        self.demonstration = Demonstration(figure, worker, self.sheet.example, surface, self._frames)
        self.demonstration.changed, self.demonstration.done = self._show_playing, self._demonstrated
        self._figure.dataset.mode = self.state["mode"]
        state.watch(self._state_changed)
        worker.watch(self._reloaded)
        self._observer = js.IntersectionObserver.new(self._seen)
        self._observer.observe(figure)
        js.document.addEventListener("visibilitychange", self._visibility_changed)

    @property
    def shown(self):
        """The lines on show, Float32Arrays (points, 3) of x, y and lift."""
        if self.state["mode"] == "text":
            return self._writing.paths
        return (self._fill if self.state["mode"] == "fill" else self.picture).paths

    # --- what the reader does

    def toggle(self):
        """Play or pause: the demonstration, or should new sets appear by themselves?"""
        if self.demonstration.moving or self.demonstration.paused:
            self.demonstration.toggle()
        else:
            self.state.set("playing", not self.state["playing"])

    def new_sample(self):
        """Draw a new sample: take the next seed."""
        self.state.set("seed", (self.state["seed"] + 1) % SEEDS)

    def choose_mode(self, mode):
        """Continue in another way; an empty sheet gets the example, so that there is something to continue."""
        self.state.set("mode", mode)
        if mode == "text":
            self.demonstration.end()
        elif not self.pen.count:
            self.demonstration.end()
            self.sheet.write_example()

    # --- what happens

    def _seen(self, entries, observer):
        self._on_screen = self.demonstration.on_screen = entries[entries.length - 1].isIntersecting
        self.state.set("continuation-seen", self._on_screen)
        self._news.set()
        self._frames.ask()

    def _visibility_changed(self, event):
        self._news.set()
        self._frames.ask()

    def _reloaded(self):
        if self._stopped != self.worker.requests:
            self._changed()

    def _text_changed(self):
        if self.state["mode"] == "text":
            self.demonstration.end()
            self._changed()

    def _changed(self):
        self._stopped = None
        self._version += 1
        self._news.set()

    def _state_changed(self, name):
        if name == "playing":
            self._show_playing()
            self._news.set()
        elif name == "style":
            self.sheet.sync.style = self.state["style"]
            self._changed()
        elif name == "mode":
            self._figure.dataset.mode = self.state["mode"]
            for surface in (self.pen.surface, self.sheet.overlay):
                surface.refit()  # now: what is written next depends on the size of the sheet
            self._forget()
            self.sheet.scroll.reset()
            self._changed()
        elif name in ("seed", "samples", "steps", "line-steps", "temperature", "lead"):
            self._changed()

    def _inked(self, grown):
        if self.pen.count:
            self.demonstration.end()
        if not grown:  # the continuations on show belong to ink that is no longer there
            self._forget()
        elif self.pen.open:
            self.picture.end_lead()
            self._fill.clear()
        self._inked_at = js.performance.now()
        if not self.pen.open:
            self.panel.inked()
            self.state.set("ink", self.sheet.last_ink)
            self.drawn()
        self._changed()

    def _forget(self):
        self.picture.clear()
        self._fill.clear()
        self._note.textContent = ""
        self._frames.ask()

    def _demonstrated(self, path):
        self.state.set("demonstration", path.table if path else False)

    # --- predicting

    async def run(self):
        """Show continuations for ever, each set for the newest ink."""
        demonstration = asyncio.create_task(self.demonstration.run())
        try:
            await self.worker.ready.wait()
            while True:
                automatic = await self._next()
                if self._active():
                    try:
                        await self._continue(automatic)
                    except WorkerLost as lost:
                        if lost.blamed:
                            self._stop(lost)
                        else:
                            self._changed()  # again, with the next worker
        except Exception as error:
            demonstration.cancel()
            boot.fail(f"The network has stopped: {message(error)}. {boot.RELOAD}")

    async def _continue(self, automatic):
        if automatic:
            self.new_sample()
        version, ink = self._version, self.sheet.last_ink
        await self.sheet.sync.follow()
        if self.state["mode"] == "text":
            if await self._write_text(lambda: version == self._version):
                self._finished(version, automatic, f"{len(self._writing.text)} characters")
            return
        if not self.pen.count:
            self._full = version
            return
        state, hurried = self.state, self._hurry() > 0
        # A hurried set is for slightly older ink: that may have grown since, but all of it must still be there.
        wanted = (lambda: ink == self.sheet.last_ink) if hurried else (lambda: version == self._version)
        mode = state["mode"]
        if mode == "fill" and not self.pen.open:
            if await self._write_rows(wanted):
                self._finished(version, automatic, self._fill.words())
            return
        if mode == "line" and not (hurried or self.pen.open) and not await self._write_lead(wanted):
            return
        samples, steps = state["samples"], state["steps"]
        if hurried:
            steps = min(steps, HURRIED_STEPS)
        table = await self.sheet.sync.predict(samples, steps, state["temperature"], state["seed"], wanted)
        if table is None:
            return
        self.picture.show(draw.paths(table, samples), automatic)
        self._figure.querySelector(".error").hidden = True
        self._frames.ask()
        if hurried:
            self._hurried = version
            return
        some = "1 continuation" if samples == 1 else f"{samples} continuations"
        if self.picture.long:
            some += f" of {state['line-steps']} steps" + ("" if samples == 1 else ", all but the first")
        self._finished(version, automatic, some if self.picture.long and samples == 1 else f"{some} of {steps} steps")

    async def _write_lead(self, wanted):
        """Have the long line drawn; return whether it was finished."""
        state = self.state
        self.picture.next_lead()

        def add(piece):
            self.picture.lead(piece)
            self._frames.ask()

        draws = LEAD_DRAWS if state["lead"] == "right" else 1
        settings = state["line-steps"], state["temperature"], state["seed"]
        found = await self.sheet.sync.lead(*settings, draws, add, wanted)
        if found is None:
            return False
        self._note.textContent = lead_note(found, draws)
        return True

    async def _write_text(self, wanted):
        """Have the text written, unless the hand that it is in is just being shown."""
        return bool(self.pen.open) or await self._writing.write(self.panel.field.value, wanted)

    async def _write_rows(self, wanted):
        state = self.state
        arguments = {"sheet": "continuation", "temperature": state["temperature"], "seed": state["seed"]}
        bottom = max([self.pen.bottom(number) for number in range(self.pen.count)])
        return await self._fill.write(self.worker, arguments, bottom, wanted)

    def _finished(self, version, automatic, what):
        """Count and announce a full set."""
        self._full = version
        self._shown += 1
        self.state.set("predicted", True)
        self._figure.dataset.shown = str(self._shown)
        text = f"{what}, variation {self.state['temperature']:.2f}, seed {self.state['seed']}."
        self._canvas.setAttribute("aria-label", "What the network would write next: " + text)
        if not automatic:  # automatic samples would be announced without end
            self._announcer.say(text)
        self.drawn()

    def _stop(self, lost):
        self._stopped = self.worker.requests
        show_stopped(self._figure, self.worker, lost, self._changed)

    def _active(self):
        return self._stopped is None and self._on_screen and not js.document.hidden

    def _hurry(self):
        """Return how much longer the pen counts as moving, in ms; 0 if it rests."""
        return max(0, self._inked_at + REST - js.performance.now()) if self.pen.open else 0

    async def _next(self):
        """Wait until there may be something to do; return True if it is time for a new sample."""
        timeout = None  # in ms; None: for ever
        new_sample = False
        if self._active():
            if self._version != self._full:
                timeout = self._hurry() if self._version == self._hurried else 0
            elif self.picture.set and self.state["playing"] and not self.pen.open:
                timeout, new_sample = self.picture.stands(), True
        try:
            if timeout is None:
                await self._news.wait()
            else:
                await asyncio.wait_for_ms(self._news.wait(), int(timeout) + 1)  # pyright: ignore[reportAttributeAccessIssue]  MicroPython
        except asyncio.TimeoutError:
            return new_sample
        self._news.clear()
        return False

    # --- showing

    def _show_playing(self):
        moving = self.state["playing"] or self.demonstration.moving
        controls.element("play").textContent = "Pause" if moving else "Play"

    def _paint(self, now=None):
        """Draw everything; return True if it is still moving."""
        now = js.performance.now() if now is None else now
        surface = self.sheet.overlay
        surface.clear()
        if self.state["mode"] == "text":
            return self._writing.paint(surface, now)
        if not self.pen.count:
            return self.demonstration.paint(now)
        return (self._fill if self.state["mode"] == "fill" and not self.pen.open else self.picture).paint(
            surface, now
        )


def create(element, context):
    """Make figure 1, with its buttons, keys and menu."""
    status = controls.element("continuation-status")
    figure = Continuation(element, context.state, context.worker, boot.pen, context.lines, status)
    context.add_sheet("continuation", figure.sheet)
    context.load_hand = figure.panel.load_hand
    context.text_panel = figure.panel
    make_tools(element, figure, context)
    return figure
