"""Figure 2: it writes by itself. A page fills row by row at a hand's pace; each finished row can be taken apart."""

import asyncio

import js
from pyscript.ffi import to_js
from pyscript.js_modules import draw

from page import constants as c
from page.figures import generation_constants as k
from page.figures.figure import Figure
from page.figures.generation_paper import Paper
from page.ink import lines
from page.ui import controls
from page.worker_client import priority_lock


class Writes(Figure):
    """What stands on the page follows from the seed, the style and the variation; pace and pauses change nothing.

    The element says in data-rows how many rows are finished.
    """

    def __init__(self, element, worker, state, lines, status):
        self._canvas = element.querySelector("canvas")
        self._stage = element.querySelector(".stage")
        self._place = element.querySelector(".takes")
        self._paper = Paper(self._canvas, self._place, self._row_finished, self.changed, self._emptied)
        self._frames = draw.frames(self._paint)
        self._less_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._state, self._lines, self._status = state, lines, status
        self._task = None  # the worker's, which writes for these settings:
        self._settings = None
        self._loads = 0  # the network's that this job is for
        self._had = 0  # rows that the job is still to write once more
        self._last = None  # when the frame before was drawn
        self._taken = None  # number of the row that is taken apart
        self._taking = False  # is it this figure that puts a line in place?
        self._choice = None  # the task that does, where the reader asked for it
        self._began = False  # was the first row taken apart?
        super().__init__(element, worker)
        state.watch(self._state_changed)
        controls.bind_buttons({"generation-play": self.toggle, "generation-new-sample": self.another})
        keys = {" ": self.toggle, "a": self.another}
        keys["arrowdown"], keys["arrowup"] = lambda: self.step(1), lambda: self.step(-1)
        controls.bind_keys(self._stage, keys)
        self._less_motion.addEventListener("change", self._motion_changed)
        self._show_playing()

    @property
    def written(self):
        """What stands on the page, for files of it."""
        return self._paper.written

    # --- what the reader does

    def toggle(self):
        """Writes on or pauses; with less motion, the next page."""
        if self._less_motion.matches:
            self._paper.turn()
            self._frames.ask()
        else:
            self._state.set("generation-playing", not self._state["generation-playing"])

    def another(self):
        """The next seed."""
        self._state.set("generation-seed", (self._state["generation-seed"] + 1) % c.SEEDS)

    def step(self, by):
        """Moves the focus to the next finished row, or the one before."""
        buttons = [row.button for row in self._paper.rows if row.button]
        if not buttons:
            return
        focused = [i for i in range(len(buttons)) if buttons[i] == js.document.activeElement]
        place = focused[0] + by if focused else (len(buttons) - 1 if by < 0 else 0)
        buttons[min(max(place, 0), len(buttons) - 1)].focus()

    # --- what happens

    @property
    def active(self):
        """On screen; and before that, once, for the line that the figures below begin with."""
        if not self._began and not js.document.hidden:
            # The pen comes first: whoever has written already sees that carried on before anything else is done.
            return self._state["predicted"] or not self._state["ink"][0] or not self._state["continuation-seen"]
        return self._on_screen()

    def _on_screen(self):
        return self._near and not js.document.hidden

    def _seen(self, entries, observer):
        super()._seen(entries, observer)
        self._frames.ask()

    def _state_changed(self, name):
        if name in ("generation-seed", "generation-style", "generation-temperature"):
            self.changed()
        elif name == "generation-playing":
            self._last = None
            self._show_playing()
            self._frames.ask()
        elif name in ("predicted", "ink", "continuation-seen"):
            self._news.set()
        elif name == "line.model" and not self._taking:
            self._mark(None)  # another line was put in its place

    def _motion_changed(self, event):
        self._paper.full = False
        self._last = None
        self._show_playing()
        self._frames.ask()

    def _show_playing(self):
        """The button says what it would do."""
        playing = "Pause" if self._state["generation-playing"] else "Play"
        controls.element("generation-play").textContent = "Next page" if self._less_motion.matches else playing

    def _keys(self):
        state = self._state
        return (
            self.worker.networks,
            state["generation-style"],
            state["generation-temperature"],
            state["generation-seed"],
        )

    async def work(self, wanted):
        """Has rows written until there are enough ahead of the pen; begins anew where the settings have changed."""
        while wanted() and (self._stale() or self._lacks()):
            if self._stale():
                await self._begin()
                continue
            part = await self.worker.call(priority_lock.FAR, "poll_task", self._task)
            if part.gone:  # given up for newer jobs: what it wrote is written again
                await self._begin()
                continue
            for told in part.progress:
                if self._had:
                    self._had -= 1
                    continue
                self._paper.bring(told)
                if not self._began:
                    self._began = True
                    await self._take(told, 1)
            self._frames.ask()
        return wanted()

    def _stale(self):
        """Is the job for other settings, or did it die with its worker?"""
        return self._keys() != self._settings or self._loads != self.worker.loads

    async def _begin(self):
        """Has the worker write from the beginning; what it wrote for the same settings already stays on the page."""
        loads, settings = self.worker.loads, self._keys()
        if self._task is not None and self._loads == loads:
            await self.worker.call(priority_lock.FAR, "cancel_task", self._task)
        network, style, temperature, seed = settings
        arguments = to_js({"style": style, "temperature": temperature, "seed": seed})
        self._task = await self.worker.call(priority_lock.FAR, "start_task", "generation.write", arguments)
        self._loads = loads
        self._had = self._paper.brought
        if settings == self._settings:
            return
        if self._settings and self._settings[0] != network:
            self._began = False  # the line that is taken apart is another network's
        self._settings = settings
        self._paper.clear()
        self._had = 0
        self._last = None
        self.element.dataset.rows = "0"
        self._mark(None)
        self._frames.ask()

    def _lacks(self):
        """Is there to be another row now?"""
        if not self._near:
            return self._paper.empty
        return self._paper.lacks

    # --- a line to take apart

    def _offer(self, row):
        """Puts a button over a finished row."""
        button = js.document.createElement("button")
        button.type = "button"
        button.className = "take"
        button.style.setProperty("--y", str(row.y))
        button.dataset.points = str(row.told.count)
        shown = js.document.createElement("span")
        button.append(shown)
        row.button = button
        self._label(row)

        def chosen(event):
            self._choice = asyncio.create_task(self._take(row.told, row.number))

        button.addEventListener("click", chosen)
        self._place.append(button)

    def _label(self, row):
        taken = row.number == self._taken
        row.button.setAttribute("aria-pressed", "true" if taken else "false")
        row.button.setAttribute("aria-label", f"Line {row.number}, {row.told.count} points: take it apart")
        row.button.firstChild.textContent = "taken apart below" if taken else "Take this line apart"

    async def _take(self, told, number):
        self._taking = True
        trouble = await self._lines.put(lines.MODEL, told.points, "network")
        self._taking = False
        self.trouble(trouble)
        if not trouble:
            self._mark(number)

    def _mark(self, number):
        self._taken = number
        for row in self._paper.rows:
            if row.button:
                self._label(row)
        self._status.hidden = number is None
        if number is not None:
            self._status.firstElementChild.textContent = f"Line {number}"

    # --- writing

    def _row_finished(self, row):
        self._offer(row)
        self.element.dataset.rows = str(self._paper.count)
        self._describe()

    def _describe(self):
        state = self._state
        rows = self._paper.rows
        points = sum([row.told.count for row in rows])
        text = f"{len(rows)} lines, {points} points, seed {state['generation-seed']}"
        text += f", variation {state['generation-temperature']:.2f}"
        self._canvas.setAttribute("aria-label", "Written by the network: " + text)

    def _emptied(self):
        """The canvas is empty or has another size: what stands is drawn at once, for a picture may be taken of it."""
        self._paper.draw()
        self._frames.ask()

    def _paint(self, now=None):
        """Draws the page as it stands, and lets the pen go on; True if it will look different in a moment."""
        now = js.performance.now() if now is None else now
        moves = False
        if self._on_screen():
            moves = self._move(now)
        self._paper.draw()
        return moves

    def _move(self, now):
        if self._less_motion.matches:
            self._paper.fill()
            return False
        elapsed = 0 if self._last is None else min(max(0, now - self._last), k.LONGEST_FRAME)
        self._last = now
        playing = self._state["generation-playing"]
        if playing:
            self._paper.advance(elapsed * self._state["generation-pace"] / 1000)
        catching_up = self._paper.follow(elapsed)
        return playing or catching_up
