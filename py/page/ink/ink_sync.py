"""Keeps the ink of a sheet in the worker the same as the pen's, and asks for its continuations."""

from page.worker_client import priority_lock

# Draws of which one becomes the long line: see `InkSession.lead`.
LEAD_DRAWS = 12


class InkSync:
    """The ink of `pen` (see pen.js) on the worker's sheet with this name."""

    def __init__(self, worker, pen, sheet):
        self.worker = worker
        self.pen = pen
        self.sheet = sheet
        self.style = -1  # the number of the style that comes before the ink; -1: none
        self._forget()

    def _forget(self):
        self._loads = self.worker.loads
        self._applied = -1  # the style that the worker has before the ink
        self._ids = []  # the strokes that the worker has, undone ones included
        self._count = 0  # the number of them that are not undone
        self._sent = 0  # points of the last one
        self._open = False  # does the worker take that one to be unfinished?

    async def follow(self):
        """Bring the worker's ink up to date: send what is new, undo what was undone or dropped."""
        while await self._follow_one():
            pass

    async def _follow_one(self):
        if self._loads != self.worker.loads:
            self._forget()
        if self._applied != self.style:
            style = self.style
            arguments = {"sheet": self.sheet, "style": style}
            await self.worker.run_task("styles.apply", arguments, priority=priority_lock.PEN)
            self._applied = style
            return True
        pen = self.pen
        same = min(pen.count, len(self._ids))  # strokes that both have: if an id matches, so do all before it
        while same and pen.id(same - 1) != self._ids[same - 1]:
            same -= 1
        if same != self._count:
            if self._open:  # the worker drops an unfinished stroke, and cannot redo it
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

    async def lead(self, steps, temperature, seed, draws, progress, wanted):
        """Have one long line drawn after the worker's ink; `progress` is called with its pieces as they are drawn.

        Return {draw, right} (see py/worker/ink_session.py), or None as `predict`.
        """
        arguments = {"sheet": self.sheet, "steps": steps, "temperature": temperature, "seed": seed, "draws": draws}
        return await self.worker.run_task("continuation.lead", arguments, progress, wanted, priority_lock.PEN)

    async def predict(self, samples, steps, temperature, seed, wanted):
        """Return continuations of the worker's ink, a Float32Array (samples, 1 + steps, 3), or None.

        None means that the ink has changed meanwhile, or that `wanted()` no longer held.
        """
        part = await self.worker.call(priority_lock.PEN, "predict", self.sheet, samples, steps, temperature, seed)
        value = await self.worker.await_task(part.task, part, None, wanted, priority_lock.PEN)
        return value and value.paths
