"""Keeps a sheet in the worker like the ink of a pen, and asks how it goes on."""

from page.worker_client import priority_lock


class InkSync:
    """The ink of `pen` (a Pen of pen.js) on the worker's sheet of this name."""

    def __init__(self, worker, pen, sheet):
        self.worker = worker
        self.pen = pen
        self.sheet = sheet
        self.style = -1  # the number of the style that the ink is read in; -1: in none, from nothing
        self._forget()

    def _forget(self):
        self._loads = self.worker.loads
        self._begun = -1  # the style that the worker reads the ink in
        self._ids = []  # the strokes that the worker has, undone ones included
        self._count = 0  # how many of them are on its paper
        self._sent = 0  # how many points of the last one on its paper
        self._open = False  # is that one still being written, for all the worker knows?

    async def follow(self):
        """Makes the worker's ink the pen's: what is new is sent, what was undone or dropped is taken back."""
        while await self._follow_one():
            pass

    async def _follow_one(self):
        if self._loads != self.worker.loads:
            self._forget()
        if self._begun != self.style:
            style = self.style
            await self.worker.work("styles.apply", {"sheet": self.sheet, "style": style}, rank=priority_lock.PEN)
            self._begun = style
            return True
        pen = self.pen
        same = min(pen.count, len(self._ids))  # strokes that both have: an id in its place vouches for all before it
        while same and pen.id(same - 1) != self._ids[same - 1]:
            same -= 1
        if same != self._count:
            if self._open:  # the worker drops a stroke that is not finished, rather than keep it for a redo
                self._ids = self._ids[: self._count - 1]
            self._count, self._open = same, False
            await self.worker.call(priority_lock.PEN, "set_stroke_count", self.sheet, same)
            return True
        last = self._count - 1
        if self._open:
            return await self._send(last, self._sent)
        if pen.count > self._count:
            self._ids = self._ids[: self._count]
            self._ids.append(pen.id(self._count))
            self._count += 1
            return await self._send(self._count - 1, 0)
        return False

    async def _send(self, stroke, sent):
        xy = self.pen.points(stroke, sent)
        self._open = self.pen.isOpen(stroke)
        if not xy.length and self._open:
            return False
        self._sent = sent + xy.length // 2
        await self.worker.call(priority_lock.PEN, "add_ink", self.sheet, stroke, xy, not self._open)
        return True

    async def predict(self, samples, steps, temperature, seed, wanted):
        """Continuations of the worker's ink, a Float32Array (samples, 1 + steps, 3), or None.

        None if they went stale on the way, or `wanted()` no longer said so.
        """
        part = await self.worker.call(priority_lock.PEN, "predict", self.sheet, samples, steps, temperature, seed)
        value = await self.worker.finish(part.task, part, None, wanted, priority_lock.PEN)
        return value and value.paths
