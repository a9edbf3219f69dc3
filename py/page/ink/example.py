"""The built-in example: a word drawn for this page, stored as splines in it, written with the reader's own pen."""

import asyncio

import js

UNITS = 100  # of the drawing, per x-height
PRESSURE = 0.5  # a mouse's
# Speed of the pen, in x-heights per millisecond: the word takes about two seconds.
EXAMPLE_SPEED = 0.014
# Distance between its points, in x-heights: closer than the pen clock's.
EXAMPLE_STEP = 0.04
# Time in the air between two strokes.
EXAMPLE_GAP_MS = 180


class Example:
    """Writes the splines `paths` (SVG path elements, one per stroke) with `pen`, at a hand's pace or all at once."""

    def __init__(self, pen, paths):
        self._pen = pen
        self._word = paths
        self._task = None

    def start(self, at_once, paths=None, slant=0):
        """Write the word, or other paths, at the start of the line; `at_once` without a hand's pace.

        `slant` leans them to the right, in x-heights per x-height.
        """
        self.stop()
        self._task = asyncio.create_task(self._write(at_once, paths or self._word, slant))

    def stop(self):
        """Lift the pen where it is, if it is writing the example."""
        if self._task is None:
            return
        self._task.cancel()
        self._task = None
        if self._pen.open and not self._pen.writing:
            self._pen.end()

    def strokes(self):
        """Return the word's strokes as a pen would give them: Float64Arrays of x, y, x, y, ... in x-heights."""
        return [self._stroke(self._word[i]) for i in range(self._word.length)]

    def _stroke(self, path):
        length, count = _measure(path)
        xy = js.Float64Array.new(2 * (count + 1))
        for i in range(count + 1):
            xy[2 * i], xy[2 * i + 1] = _place(path, min(i * EXAMPLE_STEP, length), 0)
        return xy

    async def _write(self, at_once, paths, slant):
        for i in range(paths.length):
            path = paths[i]
            length, count = _measure(path)
            self._pen.begin(*_place(path, 0, slant), PRESSURE)
            written, started = 0, js.performance.now()
            while written < count:
                if not at_once:
                    await asyncio.sleep(0.012)
                due = count if at_once else (js.performance.now() - started) * EXAMPLE_SPEED / EXAMPLE_STEP
                while written < min(due, count):
                    written += 1
                    self._pen.extend(*_place(path, min(written * EXAMPLE_STEP, length), slant), PRESSURE)
            self._pen.end()
            if not at_once:
                await asyncio.sleep(EXAMPLE_GAP_MS / 1000)
        self._task = None


def _place(path, along, slant):
    """Return the place (x, y) after a length along a path, in x-heights, leaning by `slant`."""
    point = path.getPointAtLength(along * UNITS)
    return (point.x - slant * point.y) / UNITS, point.y / UNITS


def _measure(path):
    """Return a path's length in x-heights and the number of steps along it."""
    length = path.getTotalLength() / UNITS
    return length, int(length / EXAMPLE_STEP) + 1
