"""What the workbench shows of an intervention: fans and lines before and after, and a band of colour on the ink."""

from shims import cells

from page.ui.format import number, percent
from page.worker_client import priority_lock

# The targets of the gradient in the worker, and of what taking a stroke away changes, by the words of "inside-ink".
GRADIENTS = {"next": "point", "lift": "lift", "value": "cell"}
STROKES = {"stroke": "nats", "stroke-fan": "fan"}
OF = {"next": "the next point", "lift": "the chance of a lift", "value": "the value of cell"}
# Of the fans that are read again without each stroke: enough to rank strokes, and a second for thirty of them.
SAMPLES, STEPS = 20, 10
WRITTEN_STEPS = 140


class Pictures:
    """The canvases of the panel `element`, and the band on the ink of `view`, whose words go into `said`."""

    def __init__(self, element, view, said, worker, state):
        self._view, self._said, self._worker, self._state = view, said, worker, state
        self._ink = said.parentElement.querySelector(".trace")
        self._plain = self._ink.getAttribute("aria-label")
        self._fan_canvas = element.querySelector(".fan canvas")
        self._written = element.querySelector(".written")
        found = self._written.querySelectorAll("canvas")
        self._line_canvases = [found[0], found[1]]
        self._module = self._fan = None  # loaded on first use
        self._lines = []
        self._costs = None  # (line, interventions, before, after): the last costs
        self._tinted = None  # what the band shows

    async def _load(self):
        if self._module is None:
            self._module = await cells.comparison()
            self._fan = self._module.picture(self._fan_canvas)
            self._lines = [self._module.picture(canvas) for canvas in self._line_canvases]
        return self._module

    def _where(self, name, point):
        return {"line": name, "point": point, "seed": self._state["fans-seed"]}

    async def show_fans(self, line, name, point, text, wanted):
        """Draw the fans at a point before and under interventions; return what was found, None if cancelled."""
        state = self._state
        await self._load()
        arguments = self._where(name, point)
        arguments.update({"samples": state["fans-samples"], "steps": state["fans-steps"], "interventions": text})
        arguments["temperature"] = state["fans-temperature"]
        found = await self._worker.run_task("intervention.fans", arguments, None, wanted, priority_lock.NEAR)
        if found is not None:
            after = found.after if text else found.after.slice(0, 0)
            self._fan.fans(line.places, point, found.before, after, state["fans-samples"])
            self._fan_canvas.setAttribute("aria-label", _about_fans(found, point, text))
        return found

    async def costs(self, line, name, text, wanted):
        """Return (before, after), what each point of a line costs, in nats; None if cancelled."""
        if self._costs is None or self._costs[0] is not line or self._costs[1] != text:
            arguments = {"line": name, "interventions": text}
            found = await self._worker.run_task("intervention.nats", arguments, None, wanted, priority_lock.NEAR)
            if found is None:
                return None
            self._costs = (line, text, found.before, found.after)
        return self._costs[2:]

    async def write_on(self, line, name, point, text, wanted):
        """Draw the line written on from a point, before and under interventions; return whether that is done."""
        module = await self._load()
        arguments = self._where(name, point)
        arguments.update({"steps": WRITTEN_STEPS, "interventions": text, "temperature": self._state["temperature"]})
        found = await self._worker.run_task("intervention.write", arguments, None, wanted, priority_lock.NEAR)
        if found is None or module is None:
            return False
        self._written.hidden = False
        self._lines[0].line(line.places, point, found.before, found.after, False)
        self._lines[1].line(line.places, point, found.after, found.before, True)
        return True

    def hide_written(self):
        """Hide the lines that were written on: something else is chosen now."""
        self._written.hidden = True

    # --- the band on the ink

    async def show_band(self, line, name, point, text, wanted):
        """Colour the band as the state's "inside-ink" says; return whether that is done."""
        what, cell = self._state["inside-ink"], self._state["cell"]
        if what == "cell" or (what == "change" and not text) or (what != "change" and point == 0):
            self.clear()
            return True
        key = (line, what, text if what == "change" else point, cell if what == "value" else None)
        if key == self._tinted:
            return True
        module = await self._load()
        if what == "change":
            found = await self.costs(line, name, text, wanted)
            if found is None:
                return False
            values = module.difference(found[0], found[1])
            limit = module.greatest(values)
            words = f"The change along the ink: teal costs more, up to {number(limit)} nats a point; amber less."
        elif what in STROKES:
            values, words = await self._strokes(module, line, name, point, what, wanted)
        else:
            values, words = await self._gradient(module, name, point, what, cell, wanted)
        if values is None:
            return False
        self._view.tint(values, module.greatest(values) or 1)
        self._say(words)
        self._tinted = key
        return True

    def clear(self):
        """Show the ink in the colours of the chosen cell."""
        self._tinted = None
        self._view.tint(None, 1)
        self._say("")

    def _say(self, words):
        self._said.textContent = words
        self._said.hidden = not words
        self._ink.setAttribute("aria-label", "The line. " + words if words else self._plain)

    async def _gradient(self, module, name, point, what, cell, wanted):
        arguments = {"line": name, "point": point, "of": GRADIENTS[what], "cell": cell}
        found = await self._worker.run_task("intervention.gradient", arguments, None, wanted, priority_lock.NEAR)
        if found is None:
            return None, ""
        half, most = found.back[0], found.back[1]
        of = OF[what] + (f" {cell}" if what == "value" else "")
        words = f"Past ink that {of} hangs on, at point {point + 1}: half of the gradient lies in the last {half} "
        return module.sizes(found.by), words + f"points, 90 % in the last {most}. The shade is its root."

    async def _strokes(self, module, line, name, point, what, wanted):
        arguments = self._where(name, point)
        arguments.update({"samples": SAMPLES, "steps": STEPS})
        found = await self._worker.run_task("intervention.strokes", arguments, None, wanted, priority_lock.NEAR)
        if found is None:
            return None, ""
        values = getattr(found, STROKES[what])
        if not values.length:
            return module.spread(0, found.first, found.end, values), "There is no earlier stroke to take away."
        most = 0
        for i in range(values.length):
            if abs(values[i]) > abs(values[most]):
                most = i
        whose = "the next point" if what == "stroke" else "what the network would write"
        words = f"Earlier strokes taken away: {whose} at point {point + 1} changes most without stroke {most + 1}, "
        return module.spread(line.count, found.first, found.end, values), words + f"by {number(values[most])} nats."


def _about_fans(found, point, text):
    words = f"The fan at point {point + 1}: the chance of a lift is {percent(found.chances[0])}"
    return words + (f", with the change {percent(found.chances[1])}." if text else ".")
