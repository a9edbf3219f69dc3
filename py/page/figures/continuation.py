"""Figure 1: the reader writes, and the network continues. Several continuations start at the pen; old ones fade."""

import asyncio

import js
from shims import boot, draw

from page.figures.figure import show_stopped
from page.files import exports
from page.files.save_menu import Menu, make_checkbox
from page.ink.ink_editor import InkEditor
from page.settings import SEEDS
from page.ui import controls
from page.ui.announcer import Announcer
from page.worker_client.worker_client import WorkerLost, message

# Steps of a continuation while the pen moves: they fit in two slices of the worker, so the lines stay at the pen.
HURRIED_STEPS = 8
# The pen counts as moving until it has rested this long, in ms: longer than a frame and a late event.
REST = 90
# Widths, in x-heights: the first line is a little thinner than the ink, the others are hairlines beside it.
FIRST_WIDTH = 0.045
OTHER_WIDTH = 0.021
OTHER_ALPHA = 0.75  # on the paper this still has a contrast of 3
# A set is written at a hand's pace, in steps per ms, but even the longest within this time, in ms.
PACE = 0.05
WRITTEN_WITHIN = 1600
# How long a finished set stands before the next is sampled, in ms: time to look at it.
STAND = 1500
# How long an old set takes to fade, in ms, and its opacity at first.
FADE = 2200
FADE_ALPHA = 0.34
# At most this many old sets: more would be a blur, and each costs a frame's time.
TRAILS = 5
# While the pen moves, sets follow each other every few frames; at most one in this time, in ms, leaves a trail.
TRAIL_EVERY = 160
# The least time between two announcements of new continuations, in ms: a reader who draws hears other things too.
ANNOUNCE_EVERY = 4000


class Continuation:
    """The figure: watches the pen and the state, asks the worker for continuations, and draws them.

    Its element has in data-shown the number of full sets of continuations that it has shown, for tests and scripts.
    """

    def __init__(self, figure, state, worker, pen, status):
        self.state = state
        self.worker = worker
        self.pen = pen
        self._figure = figure
        self._announcer = Announcer(status, ANNOUNCE_EVERY)
        self._canvas = figure.querySelector("canvas.model")
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._on_screen = True
        self._news = asyncio.Event()  # something happened that may require new continuations
        self._version = 0  # of ink and settings; each set belongs to one
        self._full = self._hurried = -1  # the versions of the last full and the last hurried set
        self._stopped = None  # `worker.requests` when the worker died at this, which is not repeated by itself
        self._inked_at = 0  # when the ink last changed
        self._set = None  # the set on show: (paths, start time, is it drawn as if written?)
        self._trails = []  # (paths, start time of the fading), oldest first
        self._shown = 0
        self._frames = draw.frames(self._paint)

        word = figure.querySelectorAll(".ghost path")
        ours = {"canvas": "canvas.model", "word": word, "prefix": "", "keys_in": figure}
        self.sheet = InkEditor(figure, "continuation", worker, pen, self._inked, self._paint, **ours)
        state.watch(self._state_changed)
        worker.watch(self._reloaded)
        self._observer = js.IntersectionObserver.new(self._seen)
        self._observer.observe(figure)
        js.document.addEventListener("visibilitychange", lambda event: self._news.set())

    @property
    def shown(self):
        """The set on show: a Float32Array (samples, points, 3) of x, y and lift, and the number of samples."""
        paths = self._set and self._set[0]
        return (paths.table, paths.samples) if paths else (js.Float32Array.new(0), 0)

    # --- what the reader does

    def toggle(self):
        """Play or pause: should new sets appear by themselves?"""
        self.state.set("playing", not self.state["playing"])

    def new_sample(self):
        """Draw a new sample: take the next seed."""
        self.state.set("seed", (self.state["seed"] + 1) % SEEDS)

    # --- what happens

    def _seen(self, entries, observer):
        self._on_screen = entries[entries.length - 1].isIntersecting
        self.state.set("continuation-seen", self._on_screen)
        self._news.set()

    def _reloaded(self):
        if self._stopped != self.worker.requests:
            self._changed()

    def _changed(self):
        self._stopped = None
        self._version += 1
        self._news.set()

    def _state_changed(self, name):
        if name == "playing":
            self._news.set()
        elif name == "style":
            self.sheet.sync.style = self.state["style"]
            self._changed()
        elif name in ("seed", "samples", "steps", "temperature"):
            self._changed()

    def _inked(self, grown):
        if not grown:  # the continuations on show belong to ink that is no longer there
            self._set, self._trails = None, []
            self._frames.ask()
        self._inked_at = js.performance.now()
        if not self.pen.open:
            self.state.set("ink", self.sheet.last_ink)
        self._changed()

    # --- predicting

    async def run(self):
        """Show continuations for ever, each set for the newest ink."""
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
            boot.fail(f"The network has stopped: {message(error)}. {boot.RELOAD}")

    async def _continue(self, automatic):
        if automatic:
            self.new_sample()
        version, ink = self._version, self.sheet.last_ink
        await self.sheet.sync.follow()
        if not self.pen.count:
            self._full = version
            return
        state, hurried = self.state, self._hurry() > 0
        # A hurried set is for slightly older ink: that may have grown since, but all of it must still be there.
        wanted = (lambda: ink == self.sheet.last_ink) if hurried else (lambda: version == self._version)
        samples, steps = state["samples"], state["steps"]
        if hurried:
            steps = min(steps, HURRIED_STEPS)
        table = await self.sheet.sync.predict(samples, steps, state["temperature"], state["seed"], wanted)
        if table is None:
            return
        self._show(draw.paths(table, samples), hurried, automatic)
        if hurried:
            self._hurried = version
        else:
            self._full = version

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
            elif self._set and self.state["playing"] and not self.pen.open:
                timeout, new_sample = self._stands(), True
        try:
            if timeout is None:
                await self._news.wait()
            else:
                await asyncio.wait_for_ms(self._news.wait(), int(timeout) + 1)  # pyright: ignore[reportAttributeAccessIssue]  MicroPython
        except asyncio.TimeoutError:
            return new_sample
        self._news.clear()
        return False

    def _stands(self):
        """Return how much longer the set on show stays, in ms."""
        paths, started, written = self._set
        until = started + STAND + (min(paths.points / PACE, WRITTEN_WITHIN) if written else 0)
        return max(0, until - js.performance.now())

    # --- drawing

    def _show(self, paths, hurried, automatic):
        now = js.performance.now()
        if self._set and not self._reduced_motion.matches:
            old, started, _ = self._set
            if automatic or now - started > TRAIL_EVERY:
                self._trails = self._trails[1 - TRAILS :]
                self._trails.append((old, now))
        self._set = (paths, now, automatic and not self._reduced_motion.matches)
        self._figure.querySelector(".error").hidden = True
        if not hurried:
            self._shown += 1
            self.state.set("predicted", True)
            self._figure.dataset.shown = str(self._shown)
            self._announce(automatic)
        self._frames.ask()

    def _announce(self, automatic):
        state = self.state
        some = "1 continuation" if state["samples"] == 1 else f"{state['samples']} continuations"
        text = f"{some} of {state['steps']} steps, variation {state['temperature']:.2f}, seed {state['seed']}."
        self._canvas.setAttribute("aria-label", "What the network would write next: " + text)
        if not automatic:  # automatic samples would be announced without end
            self._announcer.say(text)

    def _paint(self, now=None):
        """Draw everything; return True if it is still moving."""
        now = js.performance.now() if now is None else now
        surface = self.sheet.overlay
        surface.clear()
        self._trails = [trail for trail in self._trails if now - trail[1] < FADE]
        for paths, started in self._trails:
            alpha = FADE_ALPHA * (1 - max(0, now - started) / FADE)
            surface.paths(paths, 0, paths.samples, paths.points, OTHER_WIDTH, alpha)
        if not self._set:
            return bool(self._trails)
        paths, started, written = self._set
        count = paths.points
        if written:
            pace = max(PACE, count / WRITTEN_WITHIN)
            count = min(count, 1 + int(max(0, now - started) * pace))
        surface.paths(paths, 1, paths.samples, count, OTHER_WIDTH, OTHER_ALPHA)
        surface.paths(paths, 0, 1, count, FIRST_WIDTH, 1)
        return bool(self._trails) or count < paths.points


def create(element, context):
    """Make figure 1, with its buttons, keys and menu."""
    worker, state = context.worker, context.state
    figure = Continuation(element, state, worker, boot.pen, controls.element("continuation-status"))
    context.add_sheet("continuation", figure.sheet)
    controls.bind_buttons({"play": figure.toggle, "new-sample": figure.new_sample})
    controls.bind_keys(element, {" ": figure.toggle, "a": figure.new_sample})

    def show_playing(name):
        if name == "playing":
            controls.element("play").textContent = "Pause" if state["playing"] else "Play"

    def name():
        return f"ink-seed{state['seed']}"

    async def save_ink(form):
        if not boot.pen.count:
            return "There is no ink on the sheet yet."
        paths, samples = figure.shown if along.checked else (js.Float32Array.new(0), 0)
        arguments = {
            "strokes": [boot.pen.points(number, 0) for number in range(boot.pen.count)],
            "paths": paths,
            "samples": samples,
            "form": form,
            "colours": [exports.colour("#continuation canvas.ink"), exports.colour("#continuation canvas.model")],
            "title": f"Ink, written on the page of Ductus, seed {state['seed']}",
        }
        return await exports.write_file(worker, "export.ink", form, arguments, name())

    state.watch(show_playing)
    show_playing("playing")
    svg, inkml, json = exports.ink_formats(save_ink)
    picture = exports.picture(element, name, exports.FINE)
    link = ("Copy link", "ink and settings in an address", lambda: context.copy_link())
    label, along = make_checkbox("with the continuations")
    Menu(element, [svg, picture, inkml, json, link]).choices.prepend(label)
    return figure
