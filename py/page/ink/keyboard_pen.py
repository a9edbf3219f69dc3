"""A pen that is led with keys: it writes with the sheet's own pen, from a place that is shown and said."""

import js

from page.constants import KEY_FAR, KEY_FINE, KEY_MARGIN, KEY_STEP
from page.ui.announcer import Announcer

# Where a key leads: the corners are those of a number pad, for whoever presses one key at a time.
WAYS = {
    "arrowleft": (-1, 0),
    "arrowright": (1, 0),
    "arrowup": (0, -1),
    "arrowdown": (0, 1),
    "home": (-1, -1),
    "pageup": (1, -1),
    "end": (-1, 1),
    "pagedown": (1, 1),
}
FORCE = 0.5  # what a mouse says


class KeyboardPen:
    """Leads `pen` (see pen.js) while `paper` has the focus; `touched(None)` is called when it comes down.

    It is awake once the focus has come by key, or when one of its keys was pressed: whoever has written with a mouse
    still scrolls the page with the arrows. Its place is in x-heights, as the ink's.
    """

    def __init__(self, paper, pen, touched):
        self._paper, self._pen, self._touched = paper, pen, touched
        self._awake = self._pointing = False
        self._x = self._y = 0.0
        self._pan = 0.0
        self._own = 0  # the id of the stroke that it writes; 0: none
        self._ink = (0, 0)  # how many strokes, and the id of the last, when the place was found
        self._held = {}  # keys of WAYS that are down
        self._cross = js.document.createElement("i")
        self._cross.className = "cross-hairs"
        self._cross.hidden = True
        paper.querySelector(".mark").append(self._cross)
        status = js.document.createElement("output")
        status.className = "unseen"
        paper.append(status)
        self._spoken = Announcer(status)
        paper.addEventListener("keydown", self._pressed)
        paper.addEventListener("keyup", lambda event: self._held.pop(event.key.lower(), None))
        paper.addEventListener("focus", self._focused)
        paper.addEventListener("blur", self._left)
        paper.addEventListener("pointerdown", self._pointed, True)  # before the pen hears of it, and takes the focus
        paper.addEventListener("pointerup", self._let_go)
        paper.addEventListener("pointercancel", self._let_go)

    def slide(self, pan):
        """The sheet was drawn aside: `pan` lies at the start of the line, in x-heights."""
        self._pan = pan
        self._go(self._x, self._y)

    # --- awake or not

    def _pointed(self, event):
        self._pointing = True
        self._sleep()

    def _let_go(self, event):
        self._pointing = False

    def _focused(self, event):
        if event.target == self._paper and not self._pointing:
            self._wake()
            self._tell()

    def _left(self, event):
        self._pointing = False
        self._lift()
        self._sleep()

    def _wake(self):
        self._awake = True
        self._find()
        self._show()

    def _sleep(self):
        self._awake = False
        self._held = {}
        self._spoken.hush()
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
        elif self._awake and key == "escape":
            event.preventDefault()
            self._escape()
        elif self._awake and key in WAYS:
            event.preventDefault()
            self._held[key] = True
            self._move(KEY_FAR if event.shiftKey else KEY_FINE if event.altKey else KEY_STEP)

    def _toggle(self):
        if not self._awake:
            self._wake()  # where it is, is to be seen before it writes there
        elif self._down:
            self._lift()
        else:
            self._find()
            self._touched(None)
            self._pen.begin(self._x, self._y, FORCE)
            self._own = self._pen.id(self._pen.count - 1)
        self._show()
        self._tell()

    def _escape(self):
        if self._down:
            self._own = 0
            self._pen.drop()
            self._spoken.say("Stroke taken back.")
            self._find()
            self._show()
        else:
            self._sleep()
            self._spoken.say("Pen put away.")

    def _move(self, far):
        if not self._down:
            self._find()
        across = down = 0
        for key in self._held:
            across += WAYS[key][0]
            down += WAYS[key][1]
        sign = lambda way: (way > 0) - (way < 0)  # noqa: E731  two keys to one side are no faster than one
        self._go(self._x + far * sign(across), self._y + far * sign(down))
        if self._down:
            self._pen.extend(self._x, self._y, None)
        self._tell()

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

    def _find(self):
        """Where ink has come or gone otherwise, to its end; where there is none, to the start of the line."""
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
        """To a place, or as near to it as is on the sheet."""
        surface = self._pen.surface
        scale = surface.scale
        if not scale:
            return  # not laid out
        left = self._pan - surface.left / scale + KEY_MARGIN
        right = self._pan + surface.reach - KEY_MARGIN
        top = KEY_MARGIN - surface.baseline / scale
        bottom = (surface.canvas.clientHeight - surface.baseline) / scale - KEY_MARGIN
        self._x, self._y = min(max(x, left), right), min(max(y, top), bottom)
        self._show()

    # --- seen and heard

    def _show(self):
        cross = self._cross
        cross.hidden = not self._awake
        cross.classList.toggle("down", self._down)
        cross.style.setProperty("--x", f"{self._x - self._pan:.4f}")
        cross.style.setProperty("--y", f"{self._y:.4f}")

    def _tell(self):
        height = f"{abs(self._y):.1f} {'below' if self._y > 0 else 'above'} the baseline"
        if abs(self._y) < 0.05:
            height = "on the baseline"
        state = "down" if self._down else "up"
        along = f"{self._x:.1f}" if self._x >= 0 else f"minus {-self._x:.1f}"
        self._spoken.say(f"Pen {state}, {along} x-heights along, {height}.")
