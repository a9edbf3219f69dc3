"""The built-in example: a word drawn by us, kept as splines in the page, written with the reader's own pen."""

import asyncio

import js

from page.constants import EXAMPLE_GAP, EXAMPLE_SPEED, EXAMPLE_STEP

UNITS = 100  # of the drawing, to an x-height
PRESSURE = 0.5  # what a mouse says


class Example:
    """Writes the splines `paths` (SVG path elements, one a stroke) with `pen`, as a hand would, or all at once."""

    def __init__(self, pen, paths):
        self._pen = pen
        self._paths = paths
        self._task = None

    def start(self, at_once):
        """Writes the word at the start of the line; `at_once`: without taking a hand's time."""
        self.stop()
        self._task = asyncio.create_task(self._write(at_once))

    def stop(self):
        """Lifts the pen where it is, if it is writing the example."""
        if self._task is None:
            return
        self._task.cancel()
        self._task = None
        if self._pen.open and not self._pen.writing:
            self._pen.end()

    def strokes(self):
        """The word's strokes as a pen would have given them, each a Float64Array of x, y, x, y ... in x-heights."""
        return [self._stroke(self._paths[i]) for i in range(self._paths.length)]

    def _stroke(self, path):
        length = path.getTotalLength() / UNITS
        count = int(length / EXAMPLE_STEP) + 1
        xy = js.Float64Array.new(2 * (count + 1))
        for i in range(count + 1):
            place = path.getPointAtLength(min(i * EXAMPLE_STEP, length) * UNITS)
            xy[2 * i], xy[2 * i + 1] = place.x / UNITS, place.y / UNITS
        return xy

    async def _write(self, at_once):
        for i in range(self._paths.length):
            path = self._paths[i]
            length = path.getTotalLength() / UNITS
            count = int(length / EXAMPLE_STEP) + 1
            self._put(path, 0, self._pen.begin)
            written, begun = 0, js.performance.now()
            while written < count:
                if not at_once:
                    await asyncio.sleep(0.012)
                due = count if at_once else (js.performance.now() - begun) * EXAMPLE_SPEED / EXAMPLE_STEP
                while written < min(due, count):
                    written += 1
                    self._put(path, min(written * EXAMPLE_STEP, length), self._pen.extend)
            self._pen.end()
            if not at_once:
                await asyncio.sleep(EXAMPLE_GAP / 1000)
        self._task = None

    def _put(self, path, along, write):
        place = path.getPointAtLength(along * UNITS)
        write(place.x / UNITS, place.y / UNITS, PRESSURE)
