"""Figure 1: write, and be carried on. Continuations run from the pen's last point, several at once; old ones fade."""

import asyncio

import js
from pyscript.js_modules import boot, draw

from page import constants as c
from page.ink.auto_scroll import Sheet
from page.ink.example import Example
from page.ink.ink_sync import InkSync
from page.ink.keyboard_pen import KeyboardPen
from page.ui.announcer import Announcer
from page.worker_client.worker_client import WorkerLost, message


class Writing:
    """The figure. It watches the pen and the state, asks the link for continuations, and draws them.

    Its element says in data-shown how many full sets of continuations it has shown, for whoever waits for the next.
    """

    def __init__(self, figure, state, worker, pen, status):
        self.state = state
        self.worker = worker
        self.pen = pen
        self.sync = InkSync(worker, pen, "continuation")
        self._figure = figure
        self._spoken = Announcer(status, c.ANNOUNCE_EVERY)
        self._canvas = figure.querySelector("canvas.model")
        self._surface = draw.surface(self._canvas, figure.querySelector(".mark"), self._paint)
        self._less_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        keys = KeyboardPen(figure.querySelector(".paper"), pen, self._touched)
        self._sheet = Sheet(self.pen, [self.pen.surface, self._surface, keys], self._still)
        self.word = Example(self.pen, figure.querySelectorAll(".ghost path"))

        self._on_screen = True
        self._news = asyncio.Event()  # something happened that a new set of continuations may follow from
        self._version = 0  # of ink and settings: a set is for one version
        self._full = self._hurried = -1  # the versions that the last full set and the last hurried set were for
        self._inked = 0  # when the ink last grew
        self._ink = (0, 0)  # how many strokes, and the id of the last: the same while a stroke grows
        self._set = None  # the set on show: (paths, when it began to be shown, is it to be written?)
        self._trails = []  # (paths, when it began to fade), oldest first
        self._shown = 0
        self._frames = draw.frames(self._paint)

        self.pen.changed = self._pen_changed
        state.watch(self._state_changed)
        worker.watch(self._changed)
        self._observer = js.IntersectionObserver.new(self._seen)
        self._observer.observe(figure)
        js.window.addEventListener("resize", lambda event: self._sheet.settle())
        js.document.addEventListener("visibilitychange", lambda event: self._news.set())
        figure.querySelector(".paper").addEventListener("pointerdown", self._touched)

    @property
    def shown(self):
        """The set on show: its table, a Float32Array (samples, points, 3) of x, y and lift, and how many samples."""
        paths = self._set and self._set[0]
        return (paths.table, paths.samples) if paths else (js.Float32Array.new(0), 0)

    # --- what the reader does

    def toggle(self):
        """Play or pause: whether new sets are rolled of themselves."""
        self.state.set("playing", not self.state["playing"])

    def another(self):
        """The next seed."""
        self.state.set("seed", (self.state["seed"] + 1) % c.SEEDS)

    def undo(self):
        """Takes the last stroke back."""
        self.word.stop()
        self.pen.undo()

    def redo(self):
        """Puts the stroke back that was taken back last."""
        self.word.stop()
        self.pen.redo()

    def clear(self):
        """An empty sheet, and a model that has seen nothing."""
        self.word.stop()
        self.pen.clear()
        self._sheet.home()

    def example(self):
        """Writes the example word on an empty sheet."""
        self.clear()
        self.word.start(self._still())

    def _touched(self, event):
        self.word.stop()
        self._sheet.stop()

    # --- what happens

    def _still(self):
        return self._less_motion.matches

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
            self.sync.style = self.state["style"]
            self._changed()
        elif name in ("seed", "samples", "steps", "temperature"):
            self._changed()

    def _pen_changed(self):
        pen = self.pen
        ink = (pen.count, pen.id(pen.count - 1) if pen.count else 0)
        if ink != self._ink:
            went_on = ink[0] == self._ink[0] + 1 and pen.open
            self._ink = ink
            if not went_on:  # what is on show belongs to ink that is no longer there
                self._set, self._trails = None, []
                self._frames.ask()
        self._inked = js.performance.now()
        self._figure.classList.toggle("written", pen.count > 0)
        self.state.set("undoable", pen.count > 0)
        self.state.set("redoable", pen.redoable > 0)
        if not pen.open:
            self.state.set("ink", ink)
            self._sheet.settle()
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
            self.another()
        version, ink = self._version, self._ink
        await self.sync.follow()
        if not self.pen.count:
            self._full = version
            return
        state, hurried = self.state, self._hurry() > 0
        # A hurried set is for ink of a moment ago: it may have grown since, but it must still be that ink.
        wanted = (lambda: ink == self._ink) if hurried else (lambda: version == self._version)
        samples, steps = state["samples"], state["steps"]
        if hurried:
            steps = min(steps, c.HURRIED_STEPS)
        table = await self.sync.predict(samples, steps, state["temperature"], state["seed"], wanted)
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
        return max(0, self._inked + c.REST - js.performance.now()) if self.pen.open else 0

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
        until = begun + c.STAND + (min(paths.points / c.PACE, c.WRITTEN_WITHIN) if written else 0)
        return max(0, until - js.performance.now())

    # --- drawing

    def _show(self, paths, hurried, rolled):
        now = js.performance.now()
        if self._set and not self._still():
            old, begun, _ = self._set
            if rolled or now - begun > c.TRAIL_EVERY:
                self._trails = self._trails[1 - c.TRAILS :]
                self._trails.append((old, now))
        self._set = (paths, now, rolled and not self._still())
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
        surface = self._surface
        surface.clear()
        self._trails = [trail for trail in self._trails if now - trail[1] < c.FADE]
        for paths, begun in self._trails:
            alpha = c.FADE_ALPHA * (1 - max(0, now - begun) / c.FADE)
            surface.paths(paths, 0, paths.samples, paths.points, c.OTHER_WIDTH, alpha)
        if not self._set:
            return bool(self._trails)
        paths, begun, written = self._set
        count = paths.points
        if written:
            pace = max(c.PACE, count / c.WRITTEN_WITHIN)
            count = min(count, 1 + int(max(0, now - begun) * pace))
        surface.paths(paths, 1, paths.samples, count, c.OTHER_WIDTH, c.OTHER_ALPHA)
        surface.paths(paths, 0, 1, count, c.FIRST_WIDTH, 1)
        return bool(self._trails) or count < paths.points
