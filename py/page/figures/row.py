"""A row of written text, below the one before."""

from shims import draw


class Row:
    """A row that the worker has written, with its baseline at `y`, in x-heights from the top of the page."""

    def __init__(self, written, y, number=0):
        self.written = written  # {points, places, count, above, below} of the worker
        self.y = y
        self.number = number  # from 1
        self.paths = draw.paths(written.places, 1)
        self.button = None

    def next_baseline(self, written, pitch, gap):
        """Return the baseline of the row below: `pitch` lower, or more where less than `gap` would be between."""
        return self.y + max(pitch, self.written.below + written.above + gap)
