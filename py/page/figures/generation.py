"""A page: the network writes by itself. A page fills row by row; each finished row can be taken apart."""

import asyncio

import js
from jsffi import to_js
from shims import draw

from page.figures.figure import Figure
from page.figures.generation_paper import Paper
from page.files import exports
from page.files.save_menu import Menu
from page.ink import lines
from page.settings import SEEDS
from page.ui import controls
from page.worker_client import priority_lock

# A frame that comes later than this, in ms, was held up: the pen does not leap to make up for it.
MAX_FRAME_MS = 100


class Generation(Figure):
    """Seed, style and temperature determine what the page says; pace and pauses change nothing.

    The element's data-rows counts the finished rows.
    """

    def __init__(self, element, worker, state, lines, status):
        self._canvas = element.querySelector("canvas")
        self._stage = element.querySelector(".stage")
        self._place = element.querySelector(".row-buttons")
        self._paper = Paper(self._canvas, self._place, self._row_finished, self.changed, self._emptied)
        self._frames = draw.frames(self._paint)
        self._reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
        self._state, self._lines, self._status = state, lines, status
        self._task = None  # the worker's task, which writes for these settings:
        self._settings = None
        self._loads = 0  # of the network that this task is for
        self._skip = 0  # rows of the task that the page has already
        self._last = None  # when the last frame was drawn
        self._chosen = None  # number of the row that the other figures take apart
        self._choosing = False  # is this figure setting the line?
        self._choice = None  # the asyncio task that sets it when the reader asks
        self._began = False  # was the first row chosen?
        super().__init__(element, worker)
        state.watch(self._state_changed)
        controls.bind_buttons({"generation-play": self.toggle, "generation-new-sample": self.new_sample})
        keys = {" ": self.toggle, "a": self.new_sample}
        keys["arrowdown"], keys["arrowup"] = lambda: self.step(1), lambda: self.step(-1)
        controls.bind_keys(self._stage, keys)
        self._reduced_motion.addEventListener("change", self._motion_changed)
        self._show_playing()

    @property
    def written(self):
        """The rows on the page, to be saved: see Paper.written."""
        return self._paper.written

    # --- what the reader does

    def toggle(self):
        """Write on or pause; with reduced motion, turn to the next page."""
        if self._reduced_motion.matches:
            self._paper.turn()
            self._frames.ask()
        else:
            self._state.set("generation-playing", not self._state["generation-playing"])

    def new_sample(self):
        """Choose the next seed."""
        self._state.set("generation-seed", (self._state["generation-seed"] + 1) % SEEDS)

    def step(self, by):
        """Move the focus by this many finished rows."""
        buttons = [row.button for row in self._paper.rows if row.button]
        if not buttons:
            return
        focused = [i for i in range(len(buttons)) if buttons[i] == js.document.activeElement]
        place = focused[0] + by if focused else (len(buttons) - 1 if by < 0 else 0)
        buttons[min(max(place, 0), len(buttons) - 1)].focus()

    # --- what happens

    @property
    def active(self):
        """Is it on the screen? Before that it may write once, the line that the figures below begin with."""
        if not self._began and not js.document.hidden:
            # The pen comes first: ink that is there already is continued before anything else is done.
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
            self._wake.set()
        elif name == "line.model" and not self._choosing:
            self._mark(None)  # another line took its place

    def _motion_changed(self, event):
        self._paper.full = False
        self._last = None
        self._show_playing()
        self._frames.ask()

    def _show_playing(self):
        """Label the button with what it would do."""
        playing = "Pause" if self._state["generation-playing"] else "Play"
        controls.element("generation-play").textContent = "Next page" if self._reduced_motion.matches else playing

    def _keys(self):
        state = self._state
        return (
            self.worker.networks,
            state["generation-style"],
            state["generation-temperature"],
            state["generation-seed"],
        )

    async def work(self, wanted):
        """Have rows written until enough are ready ahead of the pen; start again when the settings have changed."""
        while wanted() and (self._stale() or self._lacks()):
            if self._stale():
                await self._begin()
                continue
            part = await self.worker.call(priority_lock.FAR, "poll_task", self._task)
            if part.gone:  # dropped for newer tasks: what it wrote is written again
                await self._begin()
                continue
            for written in part.progress:
                if self._skip:
                    self._skip -= 1
                    continue
                self._paper.bring(written)
                if not self._began:
                    self._began = True
                    await self._choose(written, 1)
            self._frames.ask()
        return wanted()

    def _stale(self):
        """Return whether the task is for other settings, or was lost with its worker."""
        return self._keys() != self._settings or self._loads != self.worker.loads

    async def _begin(self):
        """Start the worker's task from the beginning; rows written with the same settings stay on the page."""
        loads, settings = self.worker.loads, self._keys()
        if self._task is not None and self._loads == loads:
            await self.worker.call(priority_lock.FAR, "cancel_task", self._task)
        network, style, temperature, seed = settings
        arguments = to_js({"style": style, "temperature": temperature, "seed": seed})
        self._task = await self.worker.call(priority_lock.FAR, "start_task", "generation.write", arguments)
        self._loads = loads
        self._skip = self._paper.brought
        if settings == self._settings:
            return
        if self._settings and self._settings[0] != network:
            self._began = False  # the line that is taken apart is another network's
        self._settings = settings
        self._paper.clear()
        self._skip = 0
        self._last = None
        self.element.dataset.rows = "0"
        self._mark(None)
        self._frames.ask()

    def _lacks(self):
        """Return whether another row is needed now."""
        if not self._near:
            return self._paper.empty
        return self._paper.lacks

    # --- a line to take apart

    def _offer(self, row):
        """Put a button over a finished row."""
        button = js.document.createElement("button")
        button.type = "button"
        button.className = "row-button"
        button.style.setProperty("--y", str(row.y))
        button.dataset.points = str(row.written.count)
        shown = js.document.createElement("span")
        button.append(shown)
        row.button = button
        self._label(row)

        def chosen(event):
            self._choice = asyncio.create_task(self._choose(row.written, row.number))

        button.addEventListener("click", chosen)
        self._place.append(button)

    def _label(self, row):
        taken = row.number == self._chosen
        row.button.setAttribute("aria-pressed", "true" if taken else "false")
        row.button.setAttribute("aria-label", f"Line {row.number}, {row.written.count} points: take it apart")
        row.button.firstChild.textContent = "taken apart below" if taken else "Take this line apart"

    async def _choose(self, written, number):
        self._choosing = True
        error = await self._lines.put(lines.MODEL, written.points, "network")
        self._choosing = False
        self.show_error(error)
        if not error:
            self._mark(number)

    def _mark(self, number):
        self._chosen = number
        self._state.set("generation-row", number)
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
        points = sum([row.written.count for row in rows])
        text = f"{len(rows)} lines, {points} points, seed {state['generation-seed']}"
        text += f", variation {state['generation-temperature']:.2f}"
        self._canvas.setAttribute("aria-label", "Written by the network: " + text)

    def _emptied(self):
        """Draw again at once: the canvas is empty, and a picture may be taken of it."""
        self._paper.draw()
        self._frames.ask()

    def _paint(self, now=None):
        """Let the pen go on and draw the page; return whether to draw again with the next frame."""
        now = js.performance.now() if now is None else now
        moves = False
        if self._on_screen():
            moves = self._move(now)
        self._paper.draw()
        return moves

    def _move(self, now):
        if self._reduced_motion.matches:
            self._paper.fill()
            return False
        elapsed = 0 if self._last is None else min(max(0, now - self._last), MAX_FRAME_MS)
        self._last = now
        playing = self._state["generation-playing"]
        if playing:
            self._paper.advance(elapsed * self._state["generation-pace"] / 1000)
        catching_up = self._paper.follow(elapsed)
        return playing or catching_up


def create(element, context):
    """Make the figure."""
    worker, state = context.worker, context.state
    figure = Generation(element, worker, state, context.lines, controls.element("generation-status"))

    def name():
        return f"writing-seed{state['generation-seed']}"

    async def save_rows(form):
        seed, temperature = state["generation-seed"], state["generation-temperature"]
        arguments = {
            "rows": [{"points": points, "y": y} for points, y in figure.written],
            "form": form,
            "colour": exports.colour("#generation canvas.model"),
            "title": f"Written by the network from seed {seed} at {temperature:.2f}",
        }
        return await exports.write_file(worker, "export.rows", form, arguments, name())

    files = exports.ink_formats(save_rows)
    Menu(element, files[:1] + exports.pictures(element, name, exports.FINE) + files[1:])
    return figure
