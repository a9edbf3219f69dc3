"""Figure 1: write, and be carried on. Continuations run from the pen's last point, several at once; old ones fade."""

import asyncio

import js
from pyscript.js_modules import boot, draw

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
    """The figure. It watches the pen and the state, asks the link for continuations, and draws them.

    Its element says in data-shown how many full sets of continuations it has shown, for whoever waits for the next.
    """

    def __init__(self, figure, state, worker, pen, status):
        self.state = state
        self.worker = worker
        self.pen = pen
        self._figure = figure
        self._spoken = Announcer(status, ANNOUNCE_EVERY)
        self._canvas = figure.querySelector("canvas.model")
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._on_screen = True
        self._news = asyncio.Event()  # something happened that a new set of continuations may follow from
        self._version = 0  # of ink and settings: a set is for one version
        self._full = self._hurried = -1  # the versions that the last full set and the last hurried set were for
        self._inked_at = 0  # when the ink last changed
        self._set = None  # the set on show: (paths, when it began to be shown, is it to be written?)
        self._trails = []  # (paths, when it began to fade), oldest first
        self._shown = 0
        self._frames = draw.frames(self._paint)

        word = figure.querySelectorAll(".ghost path")
        ours = {"canvas": "canvas.model", "word": word, "prefix": "", "keys_in": figure}
        self.sheet = InkEditor(figure, "continuation", worker, pen, self._inked, self._paint, **ours)
        state.watch(self._state_changed)
        worker.watch(self._changed)
        self._observer = js.IntersectionObserver.new(self._seen)
        self._observer.observe(figure)
        js.document.addEventListener("visibilitychange", lambda event: self._news.set())

    @property
    def shown(self):
        """The set on show: its table, a Float32Array (samples, points, 3) of x, y and lift, and how many samples."""
        paths = self._set and self._set[0]
        return (paths.table, paths.samples) if paths else (js.Float32Array.new(0), 0)

    # --- what the reader does

    def toggle(self):
        """Play or pause: whether new sets are rolled of themselves."""
        self.state.set("playing", not self.state["playing"])

    def new_sample(self):
        """The next seed."""
        self.state.set("seed", (self.state["seed"] + 1) % SEEDS)

    # --- what happens

    def _seen(self, entries, observer):
        self._on_screen = entries[entries.length - 1].isIntersecting
        self.state.set("continuation-seen", self._on_screen)
        self._news.set()

    def _changed(self):
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
        """Follows the ink for ever: one set of continuations after the other, each for the newest ink."""
        try:
            await self.worker.ready.wait()
            while True:
                rolled = await self._next()
                if self._active():
                    try:
                        await self._continue(rolled)
                    except WorkerLost:
                        self._changed()  # the same for the worker that comes next
        except Exception as error:
            boot.fail(f"The network has stopped: {message(error)}. {boot.RELOAD}")

    async def _continue(self, rolled):
        if rolled:
            self.new_sample()
        version, ink = self._version, self.sheet.last_ink
        await self.sheet.sync.follow()
        if not self.pen.count:
            self._full = version
            return
        state, hurried = self.state, self._hurry() > 0
        # A hurried set is for ink of a moment ago: it may have grown since, but it must still be that ink.
        wanted = (lambda: ink == self.sheet.last_ink) if hurried else (lambda: version == self._version)
        samples, steps = state["samples"], state["steps"]
        if hurried:
            steps = min(steps, HURRIED_STEPS)
        table = await self.sheet.sync.predict(samples, steps, state["temperature"], state["seed"], wanted)
        if table is None:
            return
        self._show(draw.paths(table, samples), hurried, rolled)
        if hurried:
            self._hurried = version
        else:
            self._full = version

    def _active(self):
        return self._on_screen and not js.document.hidden

    def _hurry(self):
        """How much longer the pen counts as moving, in ms; 0 if it rests."""
        return max(0, self._inked_at + REST - js.performance.now()) if self.pen.open else 0

    async def _next(self):
        """Returns when there may be something to do; True if that is to roll another set, for this one stood long."""
        patience = None  # how long to wait for progress, in ms; None: for ever
        rolls = False
        if self._active():
            if self._version != self._full:
                patience = self._hurry() if self._version == self._hurried else 0
            elif self._set and self.state["playing"] and not self.pen.open:
                patience, rolls = self._stands(), True
        try:
            if patience is None:
                await self._news.wait()
            else:
                await asyncio.wait_for_ms(self._news.wait(), int(patience) + 1)
        except asyncio.TimeoutError:
            return rolls
        self._news.clear()
        return False

    def _stands(self):
        """How long the set on show is still to stand, in ms."""
        paths, begun, written = self._set
        until = begun + STAND + (min(paths.points / PACE, WRITTEN_WITHIN) if written else 0)
        return max(0, until - js.performance.now())

    # --- drawing

    def _show(self, paths, hurried, rolled):
        now = js.performance.now()
        if self._set and not self._reduced_motion.matches:
            old, begun, _ = self._set
            if rolled or now - begun > TRAIL_EVERY:
                self._trails = self._trails[1 - TRAILS :]
                self._trails.append((old, now))
        self._set = (paths, now, rolled and not self._reduced_motion.matches)
        if not hurried:
            self._shown += 1
            self.state.set("predicted", True)
            self._figure.dataset.shown = str(self._shown)
            self._announce(rolled)
        self._frames.ask()

    def _announce(self, rolled):
        state = self.state
        some = "1 continuation" if state["samples"] == 1 else f"{state['samples']} continuations"
        text = f"{some} of {state['steps']} steps, variation {state['temperature']:.2f}, seed {state['seed']}."
        self._canvas.setAttribute("aria-label", "What the network would write next: " + text)
        if not rolled:  # sets that come of themselves are no progress: one would hear nothing else
            self._spoken.say(text)

    def _paint(self, now=None):
        """Draws everything as it stands; True if it will look different in a moment."""
        now = js.performance.now() if now is None else now
        surface = self.sheet.overlay
        surface.clear()
        self._trails = [trail for trail in self._trails if now - trail[1] < FADE]
        for paths, begun in self._trails:
            alpha = FADE_ALPHA * (1 - max(0, now - begun) / FADE)
            surface.paths(paths, 0, paths.samples, paths.points, OTHER_WIDTH, alpha)
        if not self._set:
            return bool(self._trails)
        paths, begun, written = self._set
        count = paths.points
        if written:
            pace = max(PACE, count / WRITTEN_WITHIN)
            count = min(count, 1 + int(max(0, now - begun) * pace))
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
