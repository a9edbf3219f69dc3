"""The appendix figures: their canvases and texts show what CPython computes for the same ink."""

import numpy as np
import pytest

from ductus import cooperative
from ductus.analysis import pca
from ductus.generation.beautify import Beautifier
from ductus.generation.line_wrap import write_slices
from ductus.ink import to_points
from ductus.resample import resample
from tests.conftest import ARTEFACTS
from tests.e2e import asked
from tests.e2e.cells import Cells
from tests.e2e.reader import PAINTED, scribble
from worker.tasks import mixture
from worker.workspace import Workspace

FIGURES = ("mixture", "beautify", "priming", "pca")
# What the mixture's shim has drawn most recently.
COMPONENTS = """async () => {
    const {shown} = await import("./js-shims/mixture/mixture.js");
    const {step, scene, data, scape} = shown.get("mixture");
    const {x, y, reach, scale} = scene;
    const plain = (array) => Array.from(array);
    return {step, x, y, reach, scale, count: data?.count, mixtures: data?.mixtures,
        data: data && Object.fromEntries(
            ["weights", "ellipses", "pens", "lifts", "nats", "views"].map((name) => [name, plain(data[name])])),
        scape: scape && {heights: plain(scape.heights), box: plain(scape.box),
            columns: scape.columns, rows: scape.rows}};
}"""
# The colours (RGBA) at some places, in device pixels, on a canvas.
COLOURS = """(canvas, places) => places.map(([x, y]) =>
    Array.from(canvas.getContext("2d").getImageData(Math.round(x), Math.round(y), 1, 1).data))"""
FINISHED = """async ([name, count]) => {
    const pen = (await import("./js-shims/boot/boot.js"))[name];
    return pen.count === count && !pen.open;
}"""
STROKES = """async (name) => {
    const pen = (await import("./js-shims/boot/boot.js"))[name];
    return pen.strokes.slice(0, pen.count).map(({xy}) => xy);
}"""


class Lab(Cells):
    """The appendix figures on a page."""

    def text(self, figure, name):
        """Return a readout's text."""
        return self.page.locator(f"#{figure} [data-readout={name}]").inner_text()

    def number(self, figure, name):
        """Return the number at the start of a readout."""
        return float(self.text(figure, name).split()[0].replace("\u2212", "-"))

    def at(self, figure):
        """Scroll to a figure."""
        self.reveal(figure)
        self.page.evaluate("(name) => document.getElementById(name).scrollIntoView()", figure)
        self.page.wait_for_timeout(150)

    def draw(self, figure, *strokes, lift=True):
        """Write strokes (n, 2), in x-heights, on a figure's own sheet with the mouse."""
        box = self.page.locator(f"#{figure} .mark").bounding_box()
        for number, stroke in enumerate(strokes):
            first, *rest = (stroke * box["height"] + [box["x"], box["y"] + box["height"]]).tolist()
            self.page.mouse.move(*first)
            self.page.mouse.down()
            for place in rest:
                self.page.mouse.move(*place)
            if lift or number < len(strokes) - 1:
                self.page.mouse.up()

    def strokes(self, pen):
        """Return the strokes on a figure's own sheet."""
        return [np.reshape(xy, (-1, 2)) for xy in self.page.evaluate(STROKES, pen)]

    def components(self):
        """Return what the mixture's shim shows of the components."""
        return self.page.evaluate(COMPONENTS)

    def step_to(self, step):
        """Move the mixture's slider and wait until that step is shown."""
        self.page.locator("#mixture-step").fill(str(step))
        self.until(lambda: self.components()["step"] == step, f"step {step}")
        self.page.wait_for_timeout(900)  # until the view has moved there
        return self.components()


def places_of(strokes, clock):
    """Return strokes (n, 2) as places (N, 3) of x, y and lift, by the pen clock."""
    resampled = [resample(stroke, clock) for stroke in strokes]
    points = to_points(resampled)
    return np.column_stack([np.concatenate(resampled), points[:, 2]])


@pytest.fixture(scope="module")
def lab(loaded, model):
    """Return the page with a scribble on the first sheet as the line in use, and that line in CPython."""
    page = Lab(loaded.page)
    page.page.set_viewport_size({"width": 1280, "height": 900})
    page.pause()
    page.write(scribble(3.0, 60), scribble(1.2, 30, (4.2, 0.1)))
    page.at("pca")
    page.page.locator("#pca-line").select_option("ink")
    workspace = Workspace(model)
    workspace.from_strokes("ink", [stroke["xy"] for stroke in page.ink()])
    page.workspace, page.line = workspace, workspace.line("ink")
    return page


@pytest.fixture(scope="module")
def along(lab):
    """Return the mixtures along that line from CPython, once the page shows its own."""
    lab.at("mixture")
    lab.until(lambda: lab.components()["count"] == len(lab.line), "the mixtures")
    assert lab.page.locator("#mixture-play").inner_text() == "Play"
    return cooperative.run(mixture.along(lab.workspace, "ink"))


# --- A1


def test_the_components_are_those_of_the_model(lab, along):
    shown = lab.components()
    for name, values in shown["data"].items():
        expected = along[name]
        found = np.reshape(values, expected.shape)
        if name == "ellipses":  # the angle of a circle is arbitrary, and a component without weight is invisible
            heavy = along["weights"] > 0.01
            np.testing.assert_allclose(found[heavy][:, :4], expected[heavy][:, :4], rtol=0.02, atol=2e-3)
        else:
            np.testing.assert_allclose(found, expected, rtol=0.02, atol=0.02)


def test_a_step_is_shown_marked_and_described(lab, along):
    step = int(np.flatnonzero(lab.line.points[:, 2])[0]) + 1  # after the first lift
    shown = lab.step_to(step)
    np.testing.assert_allclose([shown["x"], shown["y"], shown["reach"]], along["views"][step], rtol=0.02, atol=0.02)
    assert lab.text("mixture", "point") == f"{step + 1} of {len(lab.line)}"
    assert lab.number("mixture", "nats") == pytest.approx(along["nats"][step], abs=0.05)
    below = np.mean(along["nats"] < along["nats"][step])
    said = "as expected" if below <= 0.6 else "a little unexpected" if below <= 0.9 else "a surprise"
    assert lab.text("mixture", "surprise") == said
    assert lab.number("mixture", "lift") == pytest.approx(100 * along["lifts"][step], abs=1)
    assert lab.number("mixture", "weight") == pytest.approx(100 * along["weights"][step].max(), abs=1.5)
    label = lab.page.locator("#mixture .scene canvas").get_attribute("aria-label")
    assert f"Point {step + 1} of {len(lab.line)}: 20 components" in label and lab.text("mixture", "nats") in label
    # the ring lies where the pen went next, and has the text's colour
    canvas = lab.page.locator("#mixture .scene canvas")
    size = canvas.evaluate("(canvas) => [canvas.width, canvas.height]")
    middle = (lab.line.places[step, :2] - [shown["x"], shown["y"]]) * shown["scale"] + np.array(size) / 2
    around = middle + 7 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    colours = np.array(canvas.evaluate(COLOURS, around.tolist()))
    # (thin, and rarely on whole pixels, but darker than any amber, whose red is 176)
    assert (colours[:, 3] > 200).all() and (colours[:, :3] < 170).all()


def test_the_landscape_is_the_density(lab, along):
    lab.page.locator("input[name=mixtures-show][value=landscape]").check(force=True)
    step = int(np.flatnonzero(lab.line.points[:, 2])[0]) + 1
    lab.step_to(step)
    shown = lab.until(
        lambda: (shown := lab.components())["scape"] and shown["scape"]["columns"] == 200 and shown, "the landscape"
    )
    scape = shown["scape"]
    box = dict(zip(("left", "top", "right", "bottom"), scape["box"], strict=True))
    grid = {"columns": scape["columns"], "rows": scape["rows"]}
    expected = cooperative.run(mixture.landscape(lab.workspace, "ink", step, **box, **grid))["heights"]
    found = np.reshape(scape["heights"], expected.shape)
    near = expected > -12
    assert near.sum() > 100
    np.testing.assert_allclose(found[near], expected[near], atol=0.25)
    # away from the ink, higher density is painted more strongly
    canvas = lab.page.locator("#mixture .scene canvas")
    size = np.array(canvas.evaluate("(canvas) => [canvas.width, canvas.height]"))
    x = box["left"] + (box["right"] - box["left"]) * (np.arange(200) + 0.5) / 200
    y = box["top"] + (box["bottom"] - box["top"]) * (np.arange(100) + 0.5) / 100
    grid = np.stack(np.meshgrid(x, y), axis=-1)  # (rows, columns, 2)
    far = np.hypot(*(grid[..., None, :] - lab.line.places[:, :2]).transpose(3, 0, 1, 2)).min(axis=-1) > 0.25
    heights = []
    for low, high in ((-1.3, -0.2), (-4.3, -3.2), (-8.8, -7.7), (-14.8, -13.7)):
        inside = far & (expected > low) & (expected < high)
        place = np.array([grid[inside][inside.sum() // 2]]) if inside.any() else None
        if place is not None:
            pixel = (place - [shown["x"], shown["y"]]) * shown["scale"] + size / 2
            heights.append(canvas.evaluate(COLOURS, pixel.tolist())[0][3])
    assert len(heights) >= 2 and heights == sorted(heights, reverse=True) and heights[0] > heights[-1] + 20
    lab.page.locator("input[name=mixtures-show][value=ellipses]").check(force=True)
    lab.until(lambda: not lab.components()["scape"], "only the ellipses")


def test_keys_and_the_small_line_choose_a_point_for_all_figures(lab, along):
    lab.step_to(20)
    lab.page.locator("#mixture .stage").focus()
    for key, step in (("ArrowRight", 21), ("PageDown", 31), ("ArrowLeft", 30), ("PageUp", 20), ("End", None)):
        lab.page.keyboard.press(key)
        step = len(lab.line) - 1 if step is None else step
        assert lab.text("mixture", "point").startswith(f"{step + 1} of")
    lab.page.keyboard.press("Home")
    box = lab.page.locator("#mixture .overview").bounding_box()
    lab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    step = lab.components()["step"]
    assert 5 < step < len(lab.line) - 5
    lab.at("pca")
    words = f"before point {step + 1} of {len(lab.line)}"
    readout = lab.page.locator("#pca .readout")
    lab.until(lambda: words in readout.inner_text(), "the point in figure A4")


def test_it_plays_and_stays_paused(lab, along):
    lab.at("mixture")
    lab.page.locator("#mixture .stage").focus()
    lab.page.keyboard.press("Home")
    lab.page.click("#mixture-play")
    assert lab.page.locator("#mixture-play").inner_text() == "Pause"
    lab.until(lambda: lab.components()["step"] >= 2, "two steps")
    lab.page.click("#mixture-play")
    step = lab.components()["step"]
    lab.page.evaluate("scrollTo(0, 0)")
    lab.page.wait_for_timeout(300)
    lab.at("mixture")
    lab.page.wait_for_timeout(600)
    assert lab.components()["step"] == step


# --- A2


def expected_blend(lab, model, strength):
    places = places_of(lab.strokes("beautifyPen"), model.clock)
    return places, cooperative.run(Beautifier(model, strength).blend_slices(places))


def painted_over(lab):
    """Return the blend's pixels (n, 2), in x-heights."""
    found = np.reshape(lab.page.locator("#beautify .overlay").evaluate(PAINTED), (-1, 2))
    ratio = lab.page.evaluate("devicePixelRatio")
    mark = lab.page.locator("#beautify .mark").bounding_box()
    canvas = lab.page.locator("#beautify .overlay").bounding_box()
    corner = np.array([mark["x"] - canvas["x"], mark["y"] + mark["height"] - canvas["y"]])
    return (found / ratio - corner) / mark["height"], mark["height"]


def farthest(some, others):
    """Return the largest distance from any of `some` (n, 2) to the nearest of `others` (m, 2)."""
    return max(np.hypot(*(others - one).T).min() for one in some)


def test_the_blend_is_the_librarys(lab, model):
    lab.at("beautify")
    lab.draw("beautify", scribble(2.5, 40), scribble(1.0, 20, (3.6, 0.0)))
    for strength in (0.5, 0.9):
        lab.set("beautify-strength", strength)
        places, blend = expected_blend(lab, model, strength)
        lab.until(
            lambda blend=blend: (
                "nats" in lab.text("beautify", "blend")
                and abs(lab.number("beautify", "blend") - blend.nats.mean()) < 0.02
            ),
            f"the blend at {strength}",
        )
        apart = np.hypot(*(blend.places - places)[:, :2].T).mean()
        assert lab.number("beautify", "apart") == pytest.approx(apart, abs=0.01)
        pixels, scale = painted_over(lab)
        curve = np.concatenate(
            [
                np.linspace(a[:2], b[:2], 12)
                for a, b in zip(blend.places[:-1], blend.places[1:], strict=True)
                if not a[2]
            ]
        )
        assert farthest(blend.places[:, :2], pixels) < 3 / scale
        assert farthest(pixels[::7], curve) < 4 / scale
    plain = cooperative.run(Beautifier(model, 0.0).blend_slices(places))
    assert lab.number("beautify", "yours") == pytest.approx(plain.nats.mean(), abs=0.02)
    lab.set("beautify-strength", 0.5)


def test_the_blend_follows_the_pen_and_goes_with_the_ink(lab, model):
    lab.at("beautify")
    lab.page.click("#beautify-clear")
    lab.until(lambda: len(painted_over(lab)[0]) == 0, "an empty sheet")
    lab.draw("beautify", scribble(2.5, 40), lift=False)
    lab.until(lambda: len(painted_over(lab)[0]) > 50, "the blend while the pen is down")
    assert painted_over(lab)[0][:, 0].max() > 2.0
    lab.page.mouse.up()
    lab.page.keyboard.press("Control+z")
    lab.until(lambda: len(painted_over(lab)[0]) == 0, "no blend without ink")
    assert lab.text("beautify", "blend") == "\u2013"
    lab.page.keyboard.press("e")
    lab.until(lambda: lab.page.evaluate(FINISHED, ["beautifyPen", 3]), "the example")
    lab.until(lambda: lab.page.locator("#beautify-undo").is_enabled(), "undo")
    lab.until(lambda: "nats" in lab.text("beautify", "blend"), "its numbers")
    _, blend = expected_blend(lab, model, 0.5)
    lab.until(lambda: abs(lab.number("beautify", "blend") - blend.nats.mean()) < 0.03, "the whole example")
    # the text says that the blend is likelier: check it
    assert lab.number("beautify", "blend") < lab.number("beautify", "yours")


# --- A3


def test_the_hand_is_carried_on_and_measured(lab, model):
    lab.at("priming")
    lab.draw("priming", scribble(6.0, 90), scribble(1.5, 30, (6.6, 0.0)))
    lab.until(lambda: "°" in lab.page.locator("[data-measure=slant] .yours").inner_text(), "the measures")
    given = {"sheet": "priming", "points": 500, "temperature": 0.5, "seed": 1}
    _, value = asked.run(lab.page, "priming.measure", **given)
    yours, primed, plain = (asked.array(value[name], -1) for name in ("yours", "primed", "plain"))
    cell = lambda name: lab.page.locator(f"[data-measure=slant] .{name}")  # noqa: E731
    assert cell("yours").inner_text() == f"{yours[0]:.0f}°".replace("-", "\u2212")
    assert cell("primed").inner_text() == f"{primed[0]:.0f}° ± {primed[4]:.0f}°".replace("-", "\u2212")
    nearer = "primed" if abs(primed[0] - yours[0]) < abs(plain[0] - yours[0]) else "plain"
    assert "closer" in cell(nearer).get_attribute("class")
    # the rows are those that CPython writes, until rounding makes two free runs diverge
    progress, _ = asked.run(lab.page, "priming.write", width=23.0, **given)
    places = places_of(lab.strokes("primingPen"), model.clock)
    points = np.diff(places * [model.units_per_x_height, model.units_per_x_height, 1], axis=0, prepend=0)
    points[0, :2], points[:, 2] = 0, places[:, 2]
    begins = {1: model.feed(points, model.start()), 0: model.start()}
    for primed, state in begins.items():
        row = next(row for row in write_slices(model, state, 0.5, 1, 23.0) if row)
        first = next(row for row in progress if row["primed"] == primed)
        found = np.diff(asked.array(first["places"], -1, 3)[:30, :2], axis=0)
        np.testing.assert_allclose(found, np.diff(row.places[:30, :2], axis=0), atol=0.02)
    # the painted ink has as many rows, and is as wide
    for name, number in (("primed", 1), ("plain", 0)):
        label = lab.page.locator(f".panel.{name} canvas").get_attribute("aria-label")
        rows = [asked.array(row["places"], -1, 3) for row in progress if row["primed"] == number]
        assert label.endswith(f"{sum(map(len, rows))} points in {len(rows)} rows")
        lab.until(lambda name=name, rows=rows: reaches(lab, name, rows), f"the panel {name}")


def reaches(lab, name, rows):
    """Return whether the ink in a panel is as wide as its rows."""
    canvas = lab.page.locator(f".panel.{name} canvas")
    found = np.reshape(canvas.evaluate(PAINTED), (-1, 2))
    scale = canvas.evaluate("(canvas) => canvas.width") / 24
    wide = max(row[:, 0].max() for row in rows) + 0.5
    return len(found) and abs(found[:, 0].max() / scale - wide) < 0.15


def test_another_seed_writes_another_line(lab):
    lab.at("priming")
    done = lab.page.evaluate("priming.dataset.done")
    lab.page.click("#priming-new-sample")
    assert lab.page.locator("#priming-seed").input_value() == "2"
    lab.until(lambda: lab.page.evaluate("priming.dataset.done") != done, "the next lines")
    lab.page.click("#priming-clear")
    label = lab.page.locator("[data-measure=slant] .yours")
    lab.until(lambda: label.inner_text() == "\u2013", "no measures without ink")


# --- A4


def test_the_principal_components_are_the_librarys(lab, model):
    lab.at("pca")
    lab.until(lambda: lab.page.evaluate("pca.dataset.component") is not None, "the components")
    lab.until(lambda: len(lab.shown_in("pca")["values"]) == len(lab.line), "those of the ink")
    cells = model.cells(lab.line.points)
    found = pca.fit(cells, 24)
    shown = lab.shown_in("pca")
    expected = found.scores / found.deviation
    np.testing.assert_allclose(shown["values"][:, :8], expected[:, :8], atol=0.05)
    lab.assert_painted("pca", shown["values"], [0, 11, len(expected) - 1], per_cell=False)
    needed = [pca.components_needed(found.share, part) for part in (0.71, 0.85, 0.93, 0.99)]
    sentences = lab.page.locator("#pca .needed li").all_inner_texts()
    assert [int(text.split()[0]) for text in sentences] == needed
    lab.page.locator("#pca .field").focus()
    lab.page.keyboard.press("Home")
    for _ in range(2):
        lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("ArrowRight")
    readout = lab.page.locator("#pca .readout").inner_text()
    assert f"Component 3, {100 * found.share[2]:.1f} % of all movement" in readout and "before point 2 of" in readout
    value = float(readout.split()[0].replace("\u2212", "-"))
    assert value == pytest.approx(expected[1, 2], abs=0.06)
    heaviest = np.argsort(-np.abs(found.vectors[2]), kind="stable")[:3]
    buttons = lab.page.locator("#pca .heaviest button")
    assert [int(text.split()[0]) for text in buttons.all_inner_texts()[:3]] == heaviest.tolist()
    buttons.first.click()
    assert buttons.first.get_attribute("aria-pressed") == "true"
    lab.see("cells")
    assert lab.readout("cells")[1] == heaviest[0]


# --- all of them


@pytest.mark.parametrize("width", [320, 390, 820])
def test_nothing_sticks_out(lab, width):
    lab.page.set_viewport_size({"width": width, "height": 800})
    for figure in FIGURES:
        lab.at(figure)  # figures out of view are not laid out again
        lab.page.wait_for_timeout(300)
        out = lab.page.evaluate(
            """([name, width]) => Array.from(document.querySelectorAll(`#${name} *`))
                .filter((e) => !e.closest(".visually-hidden, .example, .scroller"))
                .filter((e) => e.getBoundingClientRect().right > width + 0.5)
                .map((e) => `${name} ${e.tagName}.${e.className}`)""",
            [figure, width],
        )
        assert out == []
    lab.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.slow
def test_pictures_for_the_eye(lab):
    """Save pictures in tests/artefacts, for visual inspection."""
    for figure in ("beautify", "priming"):
        lab.at(figure)
        lab.page.click(f"#{figure}-example")
        lab.page.wait_for_timeout(6000)
    for width, theme in ((1440, "light"), (820, "light"), (390, "dark")):
        lab.page.set_viewport_size({"width": width, "height": 900})
        lab.page.emulate_media(color_scheme=theme)
        for figure in FIGURES:
            lab.at(figure)
            lab.page.wait_for_timeout(700)
            lab.page.locator(f"#{figure}").screenshot(path=ARTEFACTS / f"{figure}-{width}-{theme}.png")
    lab.page.emulate_media(color_scheme="light")
    lab.page.set_viewport_size({"width": 1280, "height": 900})
