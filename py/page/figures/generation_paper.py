"""Figure 2's page: rows one below the other, a pen that goes along them, and the paper that moves up under it."""

from pyscript.js_modules import draw, rows

from page import constants as c
from page.figures import generation_constants as k


class Row:
    """A row of the page: what the worker told of it, where it lies, and its button once it is finished."""

    def __init__(self, told, number, y):
        self.told = told
        self.number = number  # from 1
        self.y = y  # of its baseline, in x-heights from the top of all that was written
        self.paths = draw.paths(told.places, 1)
        self.button = None


class Paper:
    """What stands on the page, and what is to come; `place` is the element over it that holds the rows' buttons.

    `finished(row)` is called when a row has all its points, and gives it its button; `lacking()` when too few rows
    are ready ahead of the pen; `emptied()` when the canvas has to be drawn again.
    """

    def __init__(self, canvas, place, finished, lacking, emptied):
        self._place = place
        self._page = rows.page(canvas, emptied)
        self._finished, self._lacking = finished, lacking
        self.clear()

    def clear(self):
        """An empty page, to be written from the first row on."""
        self._coming = []  # rows that the worker has written and the page not yet
        self.count = 0  # rows begun
        self._written = 0.0  # points of the last row that are on the paper
        self._air = 0.0  # how long the pen is still in the air, in points
        self._scroll = 0.0  # how far the page has moved up, in x-heights
        self.turn()

    def turn(self):
        """The next page: what stands on this one is gone."""
        self.rows = []  # on the page; the last may be half written
        self.full = False  # with less motion: does no other row fit on the page?
        self._place.replaceChildren()

    def bring(self, told):
        """Gives the page a row to write, after those that it has."""
        self._coming.append(told)

    @property
    def brought(self):
        """How many rows it was given since it was empty."""
        return self.count + len(self._coming)

    @property
    def empty(self):
        """Does nothing stand on it, and is nothing to come?"""
        return not self._coming and not self.rows

    @property
    def lacks(self):
        """Are there too few rows ahead of the pen?"""
        return len(self._coming) < k.ROWS_AHEAD

    @property
    def written(self):
        """The rows on the page: of each its points, a flat Float32Array of dx, dy, lift, and its baseline's y."""
        found = []
        for row in self.rows:
            count = row.told.count if row.button else int(self._written)
            if count:
                found.append((row.told.points.subarray(0, 3 * count), row.y))
        return found

    # --- writing

    def _place_row(self):
        """Takes the next row onto the page."""
        told = self._coming.pop(0)
        y = k.ROW_TOP + max(told.above - k.ROW_ABOVE, 0)
        if self.rows:
            before = self.rows[-1]
            y = before.y + max(k.ROW_PITCH, before.told.below + told.above + k.ROW_AIR)
        self.count += 1
        self.rows.append(Row(told, self.count, y))
        self._written, self._air = 0.0, 0.0
        if self.lacks:
            self._lacking()

    def _finish_row(self):
        row = self.rows[-1]
        self._written = row.told.count
        self._finished(row)

    def advance(self, points):
        """The pen makes so many points' way."""
        while points > 0:
            if not self.rows or self.rows[-1].button:
                if not self._coming:
                    return
                self._place_row()
                self._air = k.TURN_POINTS if self.count > 1 else 0
            flying = min(points, self._air)
            self._air -= flying
            points -= flying
            told = self.rows[-1].told
            while points > 0 and not self._air and self._written < told.count:
                drawn = min(points, int(self._written) + 1 - self._written)
                self._written += drawn
                points -= drawn
                last = int(self._written) - 1
                if self._written == last + 1 and told.places[3 * last + 2]:
                    self._air = k.LIFT_POINTS
            if self._written >= told.count:
                self._finish_row()

    def _bottom(self):
        row = self.rows[-1]
        return row.y + max(row.told.below, k.ROW_BELOW) + k.ROW_FOOT

    def fill(self):
        """With less motion: whole rows at once, as many as fit on the page."""
        while self._coming and not self.full:
            self._place_row()
            if len(self.rows) > 1 and self._bottom() > self._page.tall:
                self._coming.insert(0, self.rows.pop().told)
                self.count -= 1
                self.full = True
            else:
                self._finish_row()
        self._written = self.rows[-1].told.count if self.rows else 0
        self._scroll = 0.0

    def follow(self, elapsed):
        """Moves the page up after the pen, for so many milliseconds; True if it has not caught up yet."""
        if not self.rows:
            return False
        goal = max(0, self._bottom() - self._page.tall)
        self._scroll += (goal - self._scroll) * min(1, elapsed / k.SCROLL)
        if goal - self._scroll < 0.01:
            self._scroll = goal
        while self.rows and self.rows[0].y + self.rows[0].told.below < self._scroll:
            gone = self.rows.pop(0)
            if gone.button:
                gone.button.remove()
        return self._scroll < goal

    # --- drawing

    def draw(self):
        """Draws the page as it stands."""
        page = self._page
        page.clear()
        width = max(c.FIRST_WIDTH, k.THINNEST / page.scale)
        self._place.style.setProperty("--scroll", f"{self._scroll:.3f}")
        for row in self.rows:
            y = row.y - self._scroll
            alpha = min(1, max(0, y / k.ROW_FADES))
            last = row is self.rows[-1]
            count = int(self._written) if last else row.told.count
            if count:
                page.row(row.paths, k.ROW_LEFT, y, count, width, alpha)
                if last and not row.button:
                    page.tip(row.paths, k.ROW_LEFT, y, count, k.TIP_RADIUS, c.OTHER_WIDTH)
