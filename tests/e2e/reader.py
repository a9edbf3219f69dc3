"""A reader of the page: opens it in Chromium, writes on the sheet with real pointer events, checks the result."""

import time

import numpy as np

from ductus import ink
from ductus.resample import resample

PATIENCE_S = 120  # Pyodide starts in five seconds on an idle machine, and in a minute on a busy one

RECORD = """async () => {
    const worker = (await document.querySelector("script[name=ductus]").xworker.ready).sync;
    const record = await worker.last_prediction("continuation");
    for (const name of ["points", "offsets", "pen"]) if (record) record[name] = Array.from(record[name]);
    return record;
}"""
INK = """async () => {
    const {pen} = await import("./js-shims/boot/boot.js");
    return pen.strokes.slice(0, pen.count).map(({xy, width, open}) => ({xy, width, open}));
}"""
# Make the sheet as it was before anything was written on it.
FORGET = """async () => {
    const {pen} = await import("./js-shims/boot/boot.js");
    pen.wiped = [];
    pen.clear();
}"""
PAINTED = """(canvas) => {
    const {width, height} = canvas;
    const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
    const found = [];
    for (let i = 0; i < width * height; i++) if (data[4 * i + 3] > 40) found.push(i % width, Math.floor(i / width));
    return found;
}"""

REVEAL = """(name) => {
    for (let one = document.getElementById(name); one; one = one.parentElement) {
        if (one.tagName === "DETAILS") one.open = true;
        if (one.id === "more-controls" && one.hidden) document.getElementById("more").click();
        document.querySelector(`[name=inside-view][value="${one.id}"]`)?.click();
    }
}"""
# A page that is still being parsed has no such element yet.
LOADING = """(() => {
    const loading = document.querySelector("#loading");
    return [loading?.dataset.state ?? "loading", loading?.querySelector("output").value ?? ""];
})()"""


class Sheet:
    """The figure on an open page: write on it, and read the result."""

    patience = PATIENCE_S

    def __init__(self, page):
        self.page = page

    # --- waiting

    def until(self, done, what):
        """Poll until `done()` is true (the content security policy does not allow waiting inside the page)."""
        end = time.monotonic() + self.patience
        while not (result := done()):
            assert time.monotonic() < end, f"timed out waiting for {what}; loading: {self.loading()}"
            self.page.wait_for_timeout(30)
        return result

    def loading(self):
        """Return (state, text) of the page's loading message."""
        return self.page.evaluate(LOADING)

    def ready(self):
        """Wait until the network is loaded."""
        self.until(lambda: self.loading()[0] != "loading", "the network")
        assert self.loading()[0] == "done", self.loading()

    def playing(self):
        """Return whether new sets are drawn automatically."""
        return self.page.locator("#play").inner_text() == "Pause"

    def pause(self):
        """Stop drawing new sets automatically."""
        if self.playing():
            self.page.locator("#play").evaluate("(button) => button.click()")  # the mouse may be writing

    def more(self):
        """Show all controls of figure 1."""
        self.page.evaluate("""() => {
            const more = document.getElementById("more");
            if (more.ariaExpanded !== "true") more.click();
        }""")

    def mode(self, name):
        """Choose what the network writes: "line", "many" or "fill"."""
        self.page.locator(f"input[name=mode][value={name}]").check()

    def reset(self):
        """Reset the sheet and its controls to the state of a newly opened page, but paused and without history."""
        self.pause()
        self.more()
        self.page.click("#clear")
        self.page.evaluate(FORGET)
        for name in ("line-steps", "steps", "temperature", "samples"):
            self.set(name, self.page.evaluate("(name) => document.getElementById(name).defaultValue", name))
        self.seed(1)
        self.page.select_option("#style", "-1")
        self.page.select_option("#lead", "right")
        if not self.page.locator("input[name=mode][value=line]").is_checked():
            self.mode("line")  # which writes the example
            self.until(lambda: self.ink(), "the example")
            self.page.click("#clear")
            self.page.evaluate(FORGET)
        self.until(lambda: not self.ink() and not len(self.painted("model")), "an empty sheet")

    # --- closed parts

    def reveal(self, name):
        """Open all that hides the element with this id, as a reader would: sections, disclosures, views."""
        self.page.evaluate(REVEAL, name)

    def open_all(self):
        """Open the sections of the Lab, the drawers, and every figure's controls that are used less.

        The panel that changes cells stays closed: it pushes the heatmap out of view.
        """
        parts = ".lab-section, .more-controls, .drawer:not(.late)"
        self.page.evaluate(
            "(parts) => { for (const one of document.querySelectorAll(parts)) one.open = true; }", parts
        )

    # --- writing and controls

    def corner(self):
        """Return where the line of writing starts on the screen, and the pixels per x-height."""
        self.page.evaluate("scrollTo(0, 0)")
        box = self.page.locator("#continuation .mark").bounding_box()
        return box["x"], box["y"] + box["height"], box["height"]

    def places(self, xy):
        """Return screen positions (n, 2) of positions in x-heights."""
        x, y, scale = self.corner()
        return np.asarray(xy) * scale + [x, y]

    def write(self, *strokes, lift=True):
        """Write strokes (n, 2), in x-heights, with the mouse; `lift` False leaves the button down at the end."""
        for number, stroke in enumerate(strokes):
            first, *rest = self.places(stroke).tolist()
            self.page.mouse.move(*first)
            self.page.mouse.down()
            for place in rest:
                self.page.mouse.move(*place)
            if lift or number < len(strokes) - 1:
                self.page.mouse.up()

    def pointer(self, kind, x, y, pointer_type, pointer_id=7, at="canvas.ink", **more):
        """Dispatch one constructed PointerEvent at a position in x-heights."""
        (result,) = self.pointers([(kind, x, y, {"pointerType": pointer_type, "pointerId": pointer_id, **more})], at)
        return result

    def pointers(self, events, at="canvas.ink"):
        """Dispatch constructed PointerEvents (kind, x, y, options) at once: no wait of the test lies between them."""
        corner = self.places([[x, y] for _, x, y, _ in events]).tolist()
        given = [
            [
                kind,
                {"clientX": left, "clientY": top, "bubbles": True, "cancelable": True, "isPrimary": True, **options},
            ]
            for (kind, _, _, options), (left, top) in zip(events, corner, strict=True)
        ]
        return self.page.evaluate(
            """([at, events]) => {
                const target = document.querySelector(at);
                return events.map(([kind, options]) => target.dispatchEvent(new PointerEvent(kind, options)));
            }""",
            [f"#continuation {at}", given],
        )

    def set(self, name, value):
        """Move a slider as the reader would."""
        self.reveal(name)
        self.page.locator(f"#{name}").fill(str(value))

    def seed(self, value):
        """Type a seed."""
        self.page.locator("#seed").fill(str(value))

    # --- the state of the page

    def ink(self):
        """Return the strokes on the paper, each {xy (n, 2), width (n,), open}."""
        return [s | {"xy": np.reshape(s["xy"], (-1, 2))} for s in self.page.evaluate(INK)]

    def record(self):
        """Return worker.record: the last finished prediction and its inputs; None if there was none."""
        record = self.page.evaluate(RECORD)
        if record:
            record["points"] = np.reshape(record["points"], (-1, 3))
            record["offsets"] = np.reshape(record["offsets"], (record["samples"], record["steps"], 3))
        return record

    def shown(self):
        """Return how many full sets of continuations the figure has shown."""
        return int(self.page.evaluate("continuation.dataset.shown ?? 0"))

    def setting(self):
        """Return the controls' values: {name: number}."""
        names = ["steps", "temperature", "samples", "seed"]
        return dict(
            zip(names, self.page.evaluate("(names) => names.map((n) => +window[n].value)", names), strict=True)
        )

    def painted(self, which):
        """Return the painted pixels (n, 2) of a canvas, "ink" or "model", in CSS pixels from its corner."""
        ratio = self.page.evaluate("devicePixelRatio")
        return np.reshape(self.page.locator(f"#continuation canvas.{which}").evaluate(PAINTED), (-1, 2)) / ratio

    def expected_points(self, model):
        """Return the ink on the paper as the model's expected input, computed here: (N, 3) in model units."""
        strokes = self.ink()
        points = ink.to_points([resample(stroke["xy"], model.clock) for stroke in strokes])
        points[-1, 2] = not strokes[-1]["open"]
        return points * [model.units_per_x_height, model.units_per_x_height, 1]

    def prediction(self, model):
        """Wait for the full set that matches the current ink and settings and return its record."""

        def current():
            record = self.record()
            if not record or any(record[name] != value for name, value in self.setting().items()):
                return None
            expected = self.expected_points(model)
            same = record["points"].shape == expected.shape and np.allclose(record["points"], expected, atol=1e-6)
            return record if same else None

        return self.until(current, "the prediction for this ink and these settings")


def scribble(length=4.0, points=90, start=(0.3, 0.0)):
    """Return a stroke (n, 2) like a row of cursive e's, in x-heights."""
    t = np.linspace(0, length, points)
    return np.stack([t + 0.22 * np.sin(7 * t), -0.5 + 0.5 * np.cos(7 * t)], axis=1) + start
