"""A pen moved with keys: it writes with the sheet's own pen, from a place that is shown and announced."""

import js

from page.ui.announcer import Announcer

# What an arrow moves it by, in x-heights: ten steps per x-height are fine enough for a letter, and a held key writes
# about three x-heights a second.
KEY_STEP = 0.1
# With Shift, from letter to letter; with Alt, for the details of one.
KEY_FAR, KEY_FINE = 0.5, 0.02
# It stays this far from the sheet's edge, so that it can be seen.
KEY_MARGIN = 0.1
# The direction of each key. The corners are those of a number pad, for readers who press one key at a time.
DIRECTIONS = {
    "arrowleft": (-1, 0),
    "arrowright": (1, 0),
    "arrowup": (0, -1),
    "arrowdown": (0, 1),
    "home": (-1, -1),
    "pageup": (1, -1),
    "end": (-1, 1),
    "pagedown": (1, 1),
}
PRESSURE = 0.5  # a mouse's


class KeyboardPen:
    """Moves `pen` (see pen.js) while `paper` has the focus; calls `touched(None)` when it comes down.

    It is active once the focus has come by key, or one of its keys was pressed: after writing with a mouse, arrows
    still scroll the page. Its position is in x-heights, like the ink.
    """

    def __init__(self, paper, pen, touched):
        self._paper, self._pen, self._touched = paper, pen, touched
        self._active = self._pointing = False
        self._x = self._y = 0.0
        self._pan = 0.0
        self._own = 0  # the id of the stroke that it is writing; 0: none
        self._ink = (0, 0)  # how many strokes there were, and the id of the last, when it last moved to the ink
        self._held = {}  # keys of DIRECTIONS that are down
        self._cross = js.document.createElement("i")
        self._cross.className = "crosshair"
        self._cross.hidden = True
        paper.querySelector(".mark").append(self._cross)
        status = js.document.createElement("output")
        status.className = "visually-hidden"
        paper.append(status)
        self._announcer = Announcer(status)
        paper.addEventListener("keydown", self._pressed)
        paper.addEventListener("keyup", lambda event: self._held.pop(event.key.lower(), None))
        paper.addEventListener("focus", self._focused)
        paper.addEventListener("blur", self._left)
        paper.addEventListener("pointerdown", self._pointed, True)  # before the pen gets the event, and focuses
        paper.addEventListener("pointerup", self._released)
        paper.addEventListener("pointercancel", self._released)

    def slide(self, pan):
        """Stay on the sheet after it has scrolled: `pan` is the place at the start of the line, in x-heights."""
        self._pan = pan
        self._go(self._x, self._y)

    # --- active or not

    def _pointed(self, event):
        self._pointing = True
        self._deactivate()

    def _released(self, event):
        self._pointing = False

    def _focused(self, event):
        if event.target == self._paper and not self._pointing:
            self._activate()
            self._announce()

    def _left(self, event):
        self._pointing = False
        self._lift()
        self._deactivate()

    def _activate(self):
        self._active = True
        self._go_to_ink()
        self._show()

    def _deactivate(self):
        self._active = False
        self._held = {}
        self._announcer.cancel()
        self._show()

    # --- the keys

    def _pressed(self, event):
        if event.target != self._paper or event.ctrlKey or event.metaKey:
            return
        key = event.key.lower()
        if key in ("enter", "d"):
            if not (event.altKey or event.repeat):
                event.preventDefault()
                self._toggle()
        elif self._active and key == "escape":
            event.preventDefault()
            self._escape()
        elif self._active and key in DIRECTIONS:
            event.preventDefault()
            self._held[key] = True
            self._move(KEY_FAR if event.shiftKey else KEY_FINE if event.altKey else KEY_STEP)

    def _toggle(self):
        if not self._active:
            self._activate()  # the reader sees where it is before it writes there
        elif self._down:
            self._lift()
        else:
            self._go_to_ink()
            self._touched(None)
            self._pen.begin(self._x, self._y, PRESSURE)
            self._own = self._pen.id(self._pen.count - 1)
        self._show()
        self._announce()

    def _escape(self):
        if self._down:
            self._own = 0
            self._pen.drop()
            self._announcer.say("Stroke taken back.")
            self._go_to_ink()
            self._show()
        else:
            self._deactivate()
            self._announcer.say("Pen put away.")

    def _move(self, distance):
        if not self._down:
            self._go_to_ink()
        across = down = 0
        for key in self._held:
            across += DIRECTIONS[key][0]
            down += DIRECTIONS[key][1]
        sign = lambda amount: (amount > 0) - (amount < 0)  # noqa: E731  two keys to one side are no faster than one
        self._go(self._x + distance * sign(across), self._y + distance * sign(down))
        if self._down:
            self._pen.extend(self._x, self._y, None)
        self._announce()

    # --- the pen

    @property
    def _down(self):
        pen = self._pen
        return self._own != 0 and pen.open and pen.id(pen.count - 1) == self._own

    def _lift(self):
        if self._down:
            self._pen.end()
            self._ink = (self._pen.count, self._own)
        self._own = 0

    def _go_to_ink(self):
        """Move to the end of the ink if it has changed by other means; to the start of the line if there is none."""
        pen = self._pen
        ink = (pen.count, pen.id(pen.count - 1) if pen.count else 0)
        if ink == self._ink:
            return
        self._ink = ink
        if pen.count:
            xy = pen.strokes[pen.count - 1].xy
            self._go(xy[xy.length - 2], xy[xy.length - 1])
        else:
            self._go(0.0, 0.0)

    def _go(self, x, y):
        """Move to a place, or as near to it as the sheet allows."""
        surface = self._pen.surface
        scale = surface.scale
        if not scale:
            return  # the page has no layout yet
        left = self._pan - surface.left / scale + KEY_MARGIN
        right = self._pan + surface.reach - KEY_MARGIN
        top = KEY_MARGIN - surface.baseline / scale
        bottom = (surface.canvas.clientHeight - surface.baseline) / scale - KEY_MARGIN
        self._x, self._y = min(max(x, left), right), min(max(y, top), bottom)
        self._show()

    # --- shown and announced

    def _show(self):
        cross = self._cross
        cross.hidden = not self._active
        cross.classList.toggle("down", self._down)
        cross.style.setProperty("--x", f"{self._x - self._pan:.4f}")
        cross.style.setProperty("--y", f"{self._y:.4f}")

    def _announce(self):
        height = f"{abs(self._y):.1f} {'below' if self._y > 0 else 'above'} the baseline"
        if abs(self._y) < 0.05:
            height = "on the baseline"
        state = "down" if self._down else "up"
        along = f"{self._x:.1f}" if self._x >= 0 else f"minus {-self._x:.1f}"
        self._announcer.say(f"Pen {state}, {along} x-heights along, {height}.")
