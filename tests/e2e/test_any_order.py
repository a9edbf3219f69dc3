"""Whatever a reader does, in any order: the network continues the ink on the page.

Hypothesis drives the page in Chromium: strokes, pen down and up, undo, redo, clear, sliders, other window sizes, and
new visits with unusual addresses. The test keeps its own record of the ink; from the page's ink and controls, CPython
computes the model's expected input and its continuation.
"""

from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.e2e.reader import scribble

SIZES = [(1280, 800), (820, 1100), (400, 850), (1500, 900)]
# Model units, over the first steps: later ones multiply the rounding differences between WebAssembly and CPython.
TOLERANCE, STEPS = 1e-3, 5
VALUES = {"steps": [5, 20, 40], "temperature": [0.1, 0.5, 1.0], "samples": [1, 3, 5], "seed": [0, 7, 999_999]}
KERNELS = ["", "numpy", "simd", "SIMD", "constructor", "__proto__", "\0", "a" * 2000, "é&weights", "../kernel"]
WEIGHTS = [
    *("", "weights/ductus-500.jb64.gz", "weights/none.jb64", "index.html", "/", "..", "\0", "%00", "#", "a" * 3000),
    *("//example.org/n.jb64", "https://example.org/n.jb64", "http://[", "http://a@:99999/", "javascript:alert(1)"),
    *(
        "data:application/octet-stream,AAAA",
        "blob:null",
        "file:///etc/passwd",
        "\\\\example.org\\n",
        "é\ud83d\ude00 \n",
    ),
]
FRAGMENTS = ["", "#fig-1", "#ductus1=", "#ductus1=AAAA", "#ductus9=x", "#%", "#" + "A" * 20_000]

# Click a button and write a stroke, all before the next frame.
REPLACE = """([name, places]) => {
    document.getElementById(name).click();
    const canvas = document.querySelector("#continuation canvas.ink");
    const tell = (kind, [clientX, clientY]) => canvas.dispatchEvent(new PointerEvent(kind, {
        pointerId: 7, pointerType: "mouse", isPrimary: true, bubbles: true, cancelable: true, clientX, clientY,
        button: kind === "pointermove" ? -1 : 0, buttons: kind === "pointerup" ? 0 : 1,
    }));
    tell("pointerdown", places[0]);
    for (const place of places) tell("pointermove", place);
    tell("pointerup", places[places.length - 1]);
}"""

places = st.tuples(st.floats(0.1, 2.5), st.floats(-1.2, 0.3))
lines = st.one_of(
    st.builds(
        scribble, st.sampled_from([0.6, 1.5, 2.5]), st.integers(5, 40), st.tuples(st.floats(0.1, 1), st.just(0))
    ),
    st.lists(places, min_size=1, max_size=6).map(np.array),
)


class Reader(RuleBasedStateMachine):
    """The reader, and the expected state of the page; the test sets `sheet`, `model` and `url`."""

    sheet = model = url = None
    visits = 0

    def __init__(self):
        super().__init__()
        self.sheet.page.mouse.up()
        self.sheet.page.set_viewport_size(dict(zip(("width", "height"), SIZES[0], strict=True)))
        self.sheet.reset()
        self.strokes, self.count = [], 0  # all strokes, including undone ones, and how many are on the paper
        self.wiped, self.ahead = [], []  # the sheets that undo restores, and those that redo does
        self.down = self.writes = False  # whether the button is down, and whether it writes
        self.controls = self.sheet.setting()

    # --- what the reader does

    @precondition(lambda self: not self.down)
    @rule(line=lines)
    def draw(self, line):
        self.sheet.write(line)
        self.started()

    @precondition(lambda self: not self.down)
    @rule(line=lines)
    def press(self, line):
        self.sheet.write(line, lift=False)
        self.down = self.writes = True
        self.started()

    @precondition(lambda self: not self.down and self.count)
    @rule(name=st.sampled_from(["undo", "clear"]), line=lines)
    def write_at_once(self, name, line):
        """Replace a stroke before the page notices: the number of strokes is the same, but the last one differs."""
        self.sheet.page.evaluate(REPLACE, [name, self.sheet.places(line).tolist()])
        if name == "clear":
            self.wipe()
        else:
            self.count -= 1
        self.started()

    @precondition(lambda self: self.down)
    @rule(line=lines)
    def go_on(self, line):
        for place in self.sheet.places(line).tolist():
            self.sheet.page.mouse.move(*place)
        self.went_on()

    @precondition(lambda self: self.down)
    @rule()
    def lift(self):
        self.sheet.page.mouse.up()
        self.down = False
        self.went_on()
        self.writes = False

    @rule()
    def undo(self):
        self.press_button("undo")
        if self.writes:
            return
        if self.count:
            self.count -= 1
        elif self.wiped:
            self.ahead.append(self.strokes)
            self.strokes = self.wiped.pop()
            self.count = len(self.strokes)

    @rule()
    def redo(self):
        self.press_button("redo")
        if self.writes:
            return
        if self.count < len(self.strokes):
            self.count += 1
        elif self.ahead:
            self.wiped.append(self.strokes)
            self.strokes, self.count = self.ahead.pop(), 0

    @rule()
    def clear(self):
        self.press_button("clear")
        self.wipe()
        self.writes = False

    @rule(change=st.sampled_from([(name, value) for name in VALUES for value in VALUES[name]]))
    def slide(self, change):
        name, value = change
        self.sheet.set(name, value)
        self.controls[name] = value

    @rule(size=st.sampled_from(SIZES))
    def resize(self, size):
        self.sheet.page.set_viewport_size({"width": size[0], "height": size[1]})

    @precondition(lambda self: not self.down)
    @rule(kernel=st.sampled_from(KERNELS), weights=st.sampled_from(WEIGHTS), fragment=st.sampled_from(FRAGMENTS))
    def visit_again(self, kernel, weights, fragment):
        Reader.visits += 1  # otherwise only the fragment might change, and nothing would be loaded
        said = "".join(
            f"&{name}={quote(value, errors='surrogatepass')}"
            for name, value in (("kernel", kernel), ("weights", weights))
            if value
        )
        page = self.sheet.page
        page.goto(f"{self.url}?visit={self.visits}{said}{fragment}", wait_until="commit")
        page.wait_for_selector("#start-fresh", state="attached")
        self.sheet.until(page.locator("#start-fresh").is_enabled, "the saved ink to be restored")
        self.sheet.more()
        self.strokes = self.strokes[: self.count]
        self.wiped, self.ahead = [], []

    # --- invariants

    @invariant()
    def the_ink_is_what_was_written(self):
        assert [self.plain(stroke) for stroke in self.sheet.ink()] == self.strokes[: self.count]

    @rule()
    def the_network_goes_on_from_the_ink(self):
        sheet = self.sheet
        sheet.ready()
        assert sheet.setting() == self.controls
        undoable, redoable = self.count + len(self.wiped), len(self.strokes) - self.count + len(self.ahead)
        for name, there in (("undo", undoable), ("redo", redoable)):
            button = sheet.page.locator(f"#{name}")
            sheet.until(
                lambda button=button, there=there: button.is_enabled() == bool(there), f"{name} to be updated"
            )
        if not self.count:
            sheet.until(lambda: not len(sheet.painted("model")), "an empty sheet")
            return
        record = sheet.prediction(self.model)
        state = self.model.feed(sheet.expected_points(self.model), self.model.start())
        asked = (record[name] for name in ("samples", "steps", "temperature", "seed"))
        expected = self.model.continue_(state, *asked)
        np.testing.assert_allclose(record["offsets"][:, :STEPS], expected[:, :STEPS], atol=TOLERANCE)

    def teardown(self):
        """Check the final state of the page."""
        self.the_network_goes_on_from_the_ink()

    # --- helpers

    def press_button(self, name):
        """Click a button without the mouse, which may be writing; a disabled one does nothing."""
        self.sheet.page.locator(f"#{name}").evaluate("(button) => button.click()")

    def wipe(self):
        """Record that the sheet was cleared, so that undo restores it."""
        if self.count:
            self.wiped.append(self.strokes[: self.count])
            self.strokes, self.count, self.ahead = [], 0, []

    @staticmethod
    def plain(stroke):
        return stroke["xy"].tolist(), stroke["width"]

    def started(self):
        """Record a new stroke and discard the undone ones."""
        self.sheet.until(lambda: len(self.sheet.ink()) == self.count + 1, "the stroke")
        self.strokes = [*self.strokes[: self.count], self.plain(self.sheet.ink()[-1])]
        self.count += 1
        self.ahead = []

    def went_on(self):
        """Update the record of the open stroke, which may have grown at its end."""
        if self.writes:
            xy, width = self.plain(self.sheet.ink()[-1])
            before, _ = self.strokes[-1]
            assert xy[: len(before)] == before
            self.strokes[-1] = xy, width


@pytest.mark.timeout(3600)
def test_the_network_has_read_the_ink_that_is_there(loaded, model, site, request):
    """Run a few readers in CI, a hundred with --slow; only the latter are shrunk to a minimal failing example."""
    slow = request.config.getoption("slow")
    Reader.sheet, Reader.model, Reader.url = loaded, model, site.url
    phases = [Phase.generate, Phase.shrink] if slow else [Phase.generate]
    run_state_machine_as_test(
        Reader,
        settings=settings(
            max_examples=100 if slow else 3,
            stateful_step_count=12,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )
