"""The network's page: rows below each other, a pen that moves along them, and paper that scrolls under it.

Lengths are in x-heights; a row is 24 long.
"""

from shims import rows

from page.figures.row import Row

# Rows kept ready ahead of the pen, so that it never waits.
ROWS_AHEAD = 2
# Where rows lie: their left edge, the first baseline, and from one to the next, as on ruled paper ...
ROW_LEFT = 1.0
ROW_TOP = 3.0
ROW_PITCH = 3.4
# ... except for rows that reach higher than this, or leave less than this gap to the row above.
ROW_ABOVE = 2.4
ROW_GAP = 0.2
# Below the last row: its least depth, and the page's margin.
ROW_BELOW = 0.8
PAGE_MARGIN = 0.7
# A row fades when its baseline comes this near to the top of the page, and leaves when it is there.
FADE_BELOW = 2.4
# A lift, and the way to the next row, in points of the pen's time.
LIFT_POINTS = 3
RETURN_POINTS = 24
# The line's width, a little thinner than the ink, but at least this many CSS pixels: on a phone an x-height has 13.
LINE_WIDTH, MIN_LINE_PIXELS = 0.045, 1.2
# The pen: a ring about twice as wide as the line, drawn with a hairline.
TIP_RADIUS, TIP_WIDTH = 0.1, 0.021
# The page scrolls two thirds of its way in this time.
SCROLL_MS = 260


class Paper:
    """The rows on the page and those to come; `place` is the element over it that holds the rows' buttons.

    `finished(row)` is called when a row has all its points, and sets its button; `lacking()` when too few rows are
    ready ahead of the pen; `emptied()` when the canvas has to be drawn again.
    """

    def __init__(self, canvas, place, finished, lacking, emptied):
        self._place = place
        self._page = rows.page(canvas, emptied)
        self._finished, self._lacking = finished, lacking
        self.clear()

    def clear(self):
        """Empty the page; the next row is the first."""
        self._coming = []  # rows that the worker has written, and the page not yet
        self.count = 0  # rows begun
        self._written = 0.0  # points of the last row that are on the paper
        self._air = 0.0  # how long the pen stays in the air, in points
        self._scroll = 0.0  # how far the page has moved up, in x-heights
        self.turn()

    def turn(self):
        """Turn to the next page, an empty one."""
        self.rows = []  # on the page; the last may be half written
        self.full = False  # with reduced motion: does no other row fit on the page?
        self._place.replaceChildren()

    def bring(self, written):
        """Add a row to write, after those that are waiting."""
        self._coming.append(written)

    @property
    def brought(self):
        """How many rows were added since the page was cleared."""
        return self.count + len(self._coming)

    @property
    def empty(self):
        """Is no row on the page, and none to come?"""
        return not self._coming and not self.rows

    @property
    def lacks(self):
        """Are too few rows ready ahead of the pen?"""
        return len(self._coming) < ROWS_AHEAD

    @property
    def written(self):
        """The rows on the page: of each the points, a flat Float32Array of dx, dy, lift, and the baseline's y."""
        found = []
        for row in self.rows:
            count = row.written.count if row.button else int(self._written)
            if count:
                found.append((row.written.points.subarray(0, 3 * count), row.y))
        return found

    # --- writing

    def _place_row(self):
        """Put the next row on the page."""
        written = self._coming.pop(0)
        self.count += 1
        if self.rows:
            row = Row(written, self.rows[-1].next_baseline(written, ROW_PITCH, ROW_GAP), self.count)
        else:
            row = Row(written, ROW_TOP + max(written.above - ROW_ABOVE, 0), self.count)
        self.rows.append(row)
        self._written, self._air = 0.0, 0.0
        if self.lacks:
            self._lacking()

    def _finish_row(self):
        row = self.rows[-1]
        self._written = row.written.count
        self._finished(row)

    def advance(self, points):
        """Move the pen on by a number of points."""
        while points > 0:
            if not self.rows or self.rows[-1].button:
                if not self._coming:
                    return
                self._place_row()
                self._air = RETURN_POINTS if self.count > 1 else 0
            flying = min(points, self._air)
            self._air -= flying
            points -= flying
            written = self.rows[-1].written
            while points > 0 and not self._air and self._written < written.count:
                drawn = min(points, int(self._written) + 1 - self._written)
                self._written += drawn
                points -= drawn
                last = int(self._written) - 1
                if self._written == last + 1 and written.places[3 * last + 2]:
                    self._air = LIFT_POINTS
            if self._written >= written.count:
                self._finish_row()

    def _bottom(self):
        row = self.rows[-1]
        return row.y + max(row.written.below, ROW_BELOW) + PAGE_MARGIN

    def fill(self):
        """Put as many whole rows on the page as fit: with reduced motion."""
        while self._coming and not self.full:
            self._place_row()
            if len(self.rows) > 1 and self._bottom() > self._page.tall:
                self._coming.insert(0, self.rows.pop().written)
                self.count -= 1
                self.full = True
            else:
                self._finish_row()
        self._written = self.rows[-1].written.count if self.rows else 0
        self._scroll = 0.0

    def follow(self, elapsed):
        """Scroll after the pen for `elapsed` ms; return whether there is more to scroll."""
        if not self.rows:
            return False
        goal = max(0, self._bottom() - self._page.tall)
        self._scroll += (goal - self._scroll) * min(1, elapsed / SCROLL_MS)
        if goal - self._scroll < 0.01:
            self._scroll = goal
        while self.rows and self.rows[0].y < self._scroll:  # it has faded
            gone = self.rows.pop(0)
            if gone.button:
                gone.button.remove()
        return self._scroll < goal

    # --- drawing

    def draw(self):
        """Draw the page."""
        page = self._page
        page.clear()
        if not page.scale:
            return  # it is hidden
        width = max(LINE_WIDTH, MIN_LINE_PIXELS / page.scale)
        self._place.style.setProperty("--scroll", f"{self._scroll:.3f}")
        for row in self.rows:
            y = row.y - self._scroll
            alpha = min(1, max(0, y / FADE_BELOW))
            last = row is self.rows[-1]
            count = int(self._written) if last else row.written.count
            if count:
                page.row(row.paths, ROW_LEFT, y, count, width, alpha)
                if last and not row.button:
                    page.tip(row.paths, ROW_LEFT, y, count, TIP_RADIUS, TIP_WIDTH)
