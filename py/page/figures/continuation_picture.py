"""What figure 1 draws over the ink: one long line at a pen's pace, short lines, and older ones that fade."""

import js
from shims import draw

# Widths, in x-heights: the first line is a little thinner than the ink, the others are hairlines beside it.
FIRST_WIDTH = 0.045
OTHER_WIDTH = 0.021
OTHER_ALPHA = 0.75  # on the paper this still has a contrast of 3
BESIDE_ALPHA = 0.4  # of hairlines beside a long line, which says what they say
# A long line is written at a pen's pace, in steps per ms; so is a new set, but the longest within this time, in ms.
PACE = 0.06
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


class Picture:
    """The lines on show. `still()` returns whether nothing may move; times are `performance.now()`, in ms.

    The long line grows while it is drawn (`lead`); the short ones come at once (`show`).
    """

    def __init__(self, still):
        self._still = still
        self.clear()

    def clear(self):
        """Forget all lines at once: they belong to ink that is no longer there."""
        self.set = None  # the short lines: (paths, start time, are they drawn as if written?)
        self.long = None  # the long line: Paths of one sample
        self._long_from = 0  # when it began
        self._begins = True  # is the next piece the first of another long line?
        self._trails = []  # (paths, start time of the fading), oldest first

    @property
    def paths(self):
        """All lines on show, Float32Arrays (points, 3) of x, y and lift."""
        found = [self.long.table] if self.long else []
        if self.set:
            table, size = self.set[0].table, 3 * self.set[0].points
            first = 1 if self.long else 0
            found += [table.slice(i * size, (i + 1) * size) for i in range(first, self.set[0].samples)]
        return found

    def stands(self):
        """Return how much longer the lines on show stay before others are drawn, in ms."""
        paths, started, written = self.set
        until = started + STAND + (min(paths.points / PACE, WRITTEN_WITHIN) if written else 0)
        if self.long:
            until = max(until, self._long_from + self.long.points / PACE + STAND)
        return max(0, until - js.performance.now())

    def show(self, paths, written):
        """Show short lines; `written` at a pen's pace."""
        now = js.performance.now()
        if self.set and (written or now - self.set[1] > TRAIL_EVERY):
            self._leave(self.set[0], now)
        self.set = (paths, now, written and not self._still())

    def next_lead(self):
        """Have the next piece begin another long line; the old one stays until it is there."""
        self._begins = True

    def end_lead(self):
        """Let the long line fade: the pen goes on."""
        if self.long:
            self._leave(self.long, js.performance.now())
        self.long = None

    def lead(self, piece):
        """Add a piece of the long line."""
        if self._begins:
            self.end_lead()
            self._begins, self._long_from = False, js.performance.now()
        self.long = draw.longerPath(self.long, piece.places)

    def _leave(self, paths, now):
        if not self._still():
            self._trails = self._trails[1 - TRAILS :]
            self._trails.append((paths, now))

    def paint(self, surface, now):
        """Draw everything; return True if it is still moving."""
        self._trails = [trail for trail in self._trails if now - trail[1] < FADE]
        for paths, started in self._trails:
            alpha = FADE_ALPHA * (1 - max(0, now - started) / FADE)
            surface.paths(paths, 0, paths.samples, paths.points, OTHER_WIDTH, alpha)
        moving = bool(self._trails)
        if self.set:
            paths, started, written = self.set
            count = paths.points
            if written:
                pace = max(PACE, count / WRITTEN_WITHIN)
                count = min(count, 1 + int(max(0, now - started) * pace))
            surface.paths(paths, 1, paths.samples, count, OTHER_WIDTH, BESIDE_ALPHA if self.long else OTHER_ALPHA)
            if not self.long:
                surface.paths(paths, 0, 1, count, FIRST_WIDTH, 1)
            moving = moving or count < paths.points
        if self.long:
            count = self.long.points
            if not self._still():
                count = min(count, 2 + int(max(0, now - self._long_from) * PACE))
            surface.paths(self.long, 0, 1, count, FIRST_WIDTH, 1)
            moving = moving or count < self.long.points
        return moving


def lead_note(found, draws):
    """Return which of the draws the long line is, "" if it is the first one."""
    if draws == 1 or (found.draw == 0 and found.right):
        return ""
    if not found.right:
        return f"None of {draws} draws starts right of your ink: this is the first."
    return f"Draw {found.draw + 1} of {draws}: the first that starts right of your ink."
