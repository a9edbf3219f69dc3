"""Figures 3 and 4: the fans over a line are those that CPython computes from the same line, seed and settings."""

import json

import numpy as np
import pytest

from ductus.formats import io
from tests.conftest import ARTEFACTS
from tests.ductus.test_iam import render
from tests.ductus.test_x_height import garlands
from tests.e2e.reader import scribble

TOLERANCE = 1e-4  # x-heights, between WebAssembly and this machine
HINT = "Tap the line to look at one point."  # the shared page has a touch screen

FANS = """async (id) => {
    const {views} = await import("./js-shims/fans/fans.js");
    const {samples, steps, fans, origins, places, chosen, strip, length, width, zoom, x0, y0} = views.get(id);
    const box = strip.querySelector(".long").getBoundingClientRect();
    return {
        samples, steps, chosen, zoom, x0, y0, scrolls: length > width, left: box.left, top: box.top,
        origins: Array.from(origins), places: Array.from(places), count: fans.filter(() => true).length,
        xy: fans.map(({xy}) => Array.from(xy)), bins: fans.map(({bins}) => Array.from(bins)),
        lifts: fans.map(({lift}) => lift),
    };
}"""
PAINTED = """(figure) => Array.from(figure.querySelectorAll(".tiles canvas")).flatMap((canvas) => {
    const {width, height} = canvas;
    const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
    const left = parseFloat(canvas.style.left);
    const found = [];
    for (let i = 0; i < width * height; i++)
        if (data[4 * i + 3] > 30)
            found.push(left + (i % width) / devicePixelRatio, Math.floor(i / width) / devicePixelRatio);
    return found;
})"""


# Note the points of fans as they arrive.
WATCH = """async (id) => {
    const view = (await import("./js-shims/fans/fans.js")).views.get(id);
    const add = view.add;
    window.arrived = [];
    view.add = (points, ...more) => {
        arrived.push(...points);
        add.call(view, points, ...more);
    };
}"""
# The strongest of the two colours that are painted, and how far fans are drawn.
LOOK = """async (id) => {
    const {tiles, strengths} = (await import("./js-shims/fans/fans.js")).views.get(id);
    const {base, offset, layers} = tiles.tones;
    return [layers.map((table) => base.map((value, k) => offset[k] + value * table.at(k - 3))), strengths.length];
}"""
COMPLETE = """async (id) => (await import("./js-shims/fans/fans.js")).views.get(id).tiles.complete"""


class Figure:
    """Figure 3 or 4 on the page, with small settings: 10 paths of 3 steps."""

    def __init__(self, sheet, name):
        self.sheet, self.page, self.name = sheet, sheet.page, name
        self.element = sheet.page.locator(f"#{name}")
        self.strip = self.element.locator(".strip")

    def show(self):
        """Scroll to the figure, which draws only while it is in view."""
        self.strip.evaluate("(strip) => strip.scrollIntoView({block: 'center'})")
        return self

    def done(self):
        return int(self.element.evaluate("(figure) => figure.dataset.done ?? 0"))

    def settled(self, count=None):
        """Wait until every point (of `count`) has its fan and return the figure's state."""

        def there():
            found = self.page.evaluate(FANS, self.name)
            points = len(found["places"]) // 3
            whole = points and found["count"] == points and (count is None or points == count)
            return found if whole and not self.element.locator(".progress").is_visible() else None

        found = self.sheet.until(there, f"the fans of {self.name}")
        for name, shape in {"origins": (-1, 2), "places": (-1, 3)}.items():
            found[name] = np.reshape(found[name], shape)
        points = len(found["places"])
        found["xy"] = np.reshape(found["xy"], (points, found["samples"], found["steps"], 2))
        found["bins"] = np.reshape(found["bins"], (points, found["samples"], found["steps"]))
        return found

    def readout(self):
        return self.element.locator(".point-readout").inner_text()

    def painted(self):
        """Wait until all is on the screen; return the painted pixels (n, 2) of the sheet."""
        self.sheet.until(lambda: self.page.evaluate(COMPLETE, self.name), "the painting")
        return np.reshape(self.element.evaluate(PAINTED), (-1, 2))

    def place(self, found, point):
        """Return the screen position where a point's fan begins."""
        x, y = found["origins"][point]
        return found["left"] + (x - found["x0"]) * found["zoom"], found["top"] + (y - found["y0"]) * found["zoom"]


def small(figure):
    for name, value in {"samples": 10, "steps": 3, "temperature": 0.5}.items():
        figure.sheet.set(f"{figure.name}-{name}", value)
    figure.sheet.page.locator(f"#{figure.name}-seed").fill("7")
    return figure


@pytest.fixture
def ink_fans(sheet):
    return small(Figure(sheet, "fans"))


def expected_fans(model, points, start, samples=10, steps=3, seed=7):
    """Return the library's fans: xy (N, S, K, 2) in x-heights, and lifts (N, S, K)."""
    fan = model.fan(points, samples, steps, 0.5, seed)
    places = points[:, :2].cumsum(0) / model.units_per_x_height + start
    origins = np.concatenate([[start], places[:-1]])
    return (
        fan[..., :2].cumsum(axis=2) / model.units_per_x_height + origins[:, None, None],
        fan[..., 2],
        places,
        origins,
    )


def test_fans_over_ink_are_what_cpython_computes(sheet, ink_fans, model):
    sheet.write(scribble(1.6, 40), np.array([[0.5, -1.7]]), scribble(0.9, 25, (2.2, 0.0)))
    sheet.page.evaluate(WATCH, ink_fans.name)
    points = sheet.expected_points(model)
    found = ink_fans.show().settled(len(points))
    arrived = np.array(sheet.page.evaluate("arrived"))
    coarse = arrived[-len(points) :]
    assert (np.diff([sum(point % stride > 0 for stride in (8, 4, 2)) for point in coarse]) >= 0).all()
    start = sheet.ink()[0]["xy"][0]
    xy, lifts, places, origins = expected_fans(model, points, start)
    np.testing.assert_allclose(found["places"][:, :2], places, atol=1e-5)
    np.testing.assert_allclose(found["origins"], origins, atol=1e-5)
    np.testing.assert_allclose(found["xy"], xy, atol=TOLERANCE)
    chances = 1 / (1 + np.exp(-model.head(model.line_states(points)).lift.astype(float)))
    np.testing.assert_allclose(found["lifts"], chances, atol=1e-5)
    # colours: left or right of the actual path; nothing after a lift
    after = np.minimum(np.arange(len(points))[:, None] + np.arange(3), len(points) - 1)  # (N, K)
    true = (places[after] - origins[:, None])[:, None]  # (N, 1, K, 2)
    ways = xy - origins[:, None, None]
    angle = np.arctan2(
        true[..., 0] * ways[..., 1] - true[..., 1] * ways[..., 0], (true * ways).sum(axis=-1)
    )  # y down: positive to the right
    shown = (
        np.concatenate([np.ones((len(points), 10, 1)), 1 - np.minimum(lifts.cumsum(-1), 1)[..., :-1]], axis=-1) > 0
    )
    np.testing.assert_array_equal(found["bins"] == 255, ~shown)
    clear = shown & (np.abs(angle) > 0.01)
    np.testing.assert_array_equal(found["bins"][clear] >= 6, angle[clear] > 0)
    strong = clear & (np.abs(angle) > np.pi / 2)
    assert strong.sum() > 5 and np.isin(found["bins"][strong], (0, 11)).all()


def test_the_canvas_shows_these_fans(sheet, ink_fans, model):
    """Check that every first step ends on paint, and that all paint lies on a path or a ring."""
    sheet.write(scribble(1.2, 30))
    found = ink_fans.show().settled(len(sheet.expected_points(model)))
    painted = ink_fans.painted()
    corner, zoom = np.array([found["x0"], found["y0"]]), found["zoom"]
    ends = ((found["xy"][:, :, 0] - corner) * zoom).reshape(-1, 2)
    distance = [np.hypot(*(painted - end).T).min() for end in ends[::3]]
    assert max(distance) < 2
    nodes = np.concatenate([np.repeat(found["origins"][:, None, None], 10, axis=1), found["xy"]], axis=2)
    seen = found["bins"] != 255
    pieces = np.stack([nodes[:, :, :-1][seen], nodes[:, :, 1:][seen]], axis=1)  # (n, 2, 2)
    fine = pieces[:, :1] + (pieces[:, 1:] - pieces[:, :1]) * np.linspace(0, 1, 12)[:, None]
    fine = ((fine.reshape(-1, 2) - corner) * zoom)[None]
    radius = (0.12 * zoom) + 2  # of the largest ring
    some = painted[:: max(1, len(painted) // 300)]
    assert max(np.hypot(*(fine[0] - pixel).T).min() for pixel in some) < radius


def sentence(model, points, start, point, whose="you", samples=10, steps=3, seed=7):
    """Return what the figure says of a point: which way most of its paths went, and the chance of a lift."""
    state = model.feed(points[:point], model.start())
    paths = model.continue_(state, samples, steps, 0.5, [seed, point]).astype(float)
    places = np.concatenate([[start], start + points[:, :2].cumsum(0) / model.units_per_x_height])
    last = [int(np.argmax(path[:, 2] > 0)) if path[:, 2].any() else steps - 1 for path in paths]
    ends = (
        np.array([path[: k + 1, :2].sum(0) for path, k in zip(paths, last, strict=True)]) / model.units_per_x_height
    )
    true = places[np.minimum(point + np.array(last) + 1, len(points))] - places[point]
    left = true[:, 0] * ends[:, 1] - true[:, 1] * ends[:, 0] < 0
    along = np.hypot(*(ends - true).T) < 0.1
    counts = {"left of": (left & ~along).sum(), "right of": (~left & ~along).sum(), "along with": along.sum()}
    most = max(counts, key=counts.get)
    chance = 1 / (1 + np.exp(-float(model.head(state).lift[0])))
    lift = "below 0.1" if chance < 0.001 else f"{100 * chance:.{1 if chance < 0.01 else 0}f}"
    return f"{counts[most]} of {samples} went {most} {whose}; {lift} % chance of lifting."


def test_a_point_is_looked_at_by_keys(sheet, ink_fans, model):
    sheet.write(scribble(1.6, 40))
    points, start = sheet.expected_points(model), sheet.ink()[0]["xy"][0]
    ink_fans.show().settled(len(points))
    ink_fans.strip.focus()
    press = sheet.page.keyboard.press
    for keys, point in ((["Home"], 0), (["ArrowRight"] * 3, 3), (["PageDown", "ArrowLeft"], 12), (["End"], -1)):
        for key in keys:
            press(key)
        point %= len(points)
        words = f"Point {point + 1} of {len(points)}. {sentence(model, points, start, point)}"
        sheet.until(lambda words=words: ink_fans.readout() == words, words)
        assert sheet.page.evaluate(FANS, ink_fans.name)["chosen"] == point
    magnifier = ink_fans.element.locator("canvas.magnifier")
    assert not magnifier.is_visible()
    sheet.reveal("fans-density")
    sheet.page.check("#fans-density")
    score = model.score(points)
    nats = [f"{score.position[-1]:.2f}".replace("-", "\u2212"), f"{score.lift[-1]:.2f}"]
    costs = f" The point that came cost {nats[0]} nats for its place and {nats[1]} for its lift."
    assert ink_fans.readout() == words + costs and magnifier.is_visible()
    aloud = ink_fans.readout().replace("\u2212", "minus ")
    sheet.until(lambda: ink_fans.element.locator("[role=status]").inner_text() == aloud, "the announcement")
    sheet.page.uncheck("#fans-density")
    assert ink_fans.readout() == words and not magnifier.is_visible()
    ink_fans.strip.focus()
    press("Escape")
    assert ink_fans.readout() == HINT


def test_a_point_is_looked_at_by_mouse_and_finger(sheet, ink_fans, model):
    """The fan is drawn again in place, alone and longer."""
    sheet.write(scribble(1.6, 40))
    points, start = sheet.expected_points(model), sheet.ink()[0]["xy"][0]
    found = ink_fans.show().settled(len(points))
    sheet.page.mouse.move(*ink_fans.place(found, 5))
    sheet.until(lambda: "lifting" in ink_fans.readout(), "the sentence")
    assert ink_fans.readout().endswith(sentence(model, points, start, 5))
    assert sheet.page.evaluate(FANS, "fans")["chosen"] == 5
    one = ink_fans.element.locator("canvas.one")
    shown = np.reshape(one.evaluate(PAINTED.replace('figure.querySelectorAll(".tiles canvas")', "[figure]")), (-1, 2))
    paths = model.continue_(model.feed(points[:5], model.start()), 10, 30, 0.5, [7, 5])
    ends = [path[: int(np.argmax(path[:, 2])) + 1 if path[:, 2].any() else 12, :2].sum(0) for path in paths]
    places = found["origins"][5] + np.array(ends) / model.units_per_x_height
    places = (places - [found["x0"], found["y0"]]) * found["zoom"]
    height = one.evaluate("(canvas) => canvas.clientHeight")
    on_the_sheet = [place for place in places if 2 < place[1] < height - 2]
    assert len(on_the_sheet) > 5
    for place in on_the_sheet:
        assert np.hypot(*(shown - place).T).min() < 2  # beyond the three steps of the others
    sheet.page.mouse.move(5, 5)
    assert ink_fans.readout() == HINT
    sheet.page.touchscreen.tap(*ink_fans.place(found, 9))
    sheet.until(lambda: ink_fans.readout().startswith("Point 10 of"), "the tapped point")
    sheet.page.touchscreen.tap(found["left"] + 4, found["top"] + 4)
    sheet.until(lambda: ink_fans.readout() == HINT, "all fans")


def test_only_what_changed_is_drawn_again(sheet, ink_fans, model):
    """Scrolling, the theme, and a length within what was computed compute nothing again."""
    sheet.write(scribble(1.2, 30))
    count = len(sheet.expected_points(model))
    first = ink_fans.show().settled(count)
    done, painted = sheet.until(ink_fans.done, "the fans"), len(ink_fans.painted())
    page = sheet.page
    page.evaluate(WATCH, ink_fans.name)
    page.evaluate("scrollTo(0, 0)")
    ink_fans.show()
    colours, steps = page.evaluate(LOOK, ink_fans.name)
    page.emulate_media(color_scheme="dark")
    sheet.until(lambda: page.evaluate(LOOK, ink_fans.name)[0] != colours, "the other colours")
    page.emulate_media(color_scheme="light")
    sheet.set("fans-steps", 2)
    sheet.until(lambda: ink_fans.done() > done, "shorter fans")
    assert len(ink_fans.painted()) < painted and page.evaluate(LOOK, ink_fans.name) == [colours, 2] and steps == 3
    assert page.evaluate("arrived") == []
    label = ink_fans.element.locator(".long").get_attribute("aria-label")
    assert "10 ways of 2 steps" in label
    sheet.set("fans-steps", 4)
    longer = sheet.until(lambda: (f := ink_fans.settled(count))["steps"] == 4 and f, "longer fans")
    np.testing.assert_allclose(longer["xy"][:, :, :3], first["xy"], atol=TOLERANCE)
    page.click("#fans-new-sample")
    other = sheet.until(
        lambda: np.abs((f := ink_fans.settled(count))["xy"] - longer["xy"]).max() > 0.01 and f, "seed"
    )
    assert page.locator("#fans-seed").input_value() == "8"
    np.testing.assert_allclose(other["lifts"], longer["lifts"], atol=1e-6)


def test_the_straight_line(sheet, model):
    fans = small(Figure(sheet, "fans"))
    sheet.page.select_option("#fans-line", "straight")
    found = fans.show().settled(100)
    points = np.tile([0.5, 0, 0], (100, 1))
    xy, *_ = expected_fans(model, points, np.zeros(2))
    np.testing.assert_allclose(found["xy"], xy, atol=TOLERANCE)
    label = fans.element.locator(".long").get_attribute("aria-label")
    assert label.startswith("A line of 100 points; from each of them 10 ways of 3 steps")
    sheet.page.select_option("#fans-line", "model")


def load(figure, name, data):
    figure.page.set_input_files(f"#{figure.name}-file", {"name": name, "mimeType": "text/plain", "buffer": data})


def test_files_of_ones_own(sheet, ink_fans, model):
    xml = render([np.round(40 * stroke) for stroke in garlands(9)])
    (points,) = io.load(xml, model.units_per_x_height, raw=True, clock=model.clock, name="a.xml")
    load(ink_fans, "a.xml", xml)
    found = ink_fans.show().settled(len(points))
    np.testing.assert_allclose(found["places"][:, :2], points[:, :2].cumsum(0) / model.units_per_x_height, atol=1e-4)
    assert ink_fans.element.locator(".source").inner_text().strip() == "This is ink from a.xml."

    load(ink_fans, "b.inkml", b"<ink><trace>1 2, 3</trace></ink>")
    error = ink_fans.element.locator(".error.file")
    sheet.until(error.is_visible, "the error message")
    assert error.inner_text() == "b.inkml: trace 0: point 1: it has 1 values where its format has 2"
    assert len(ink_fans.settled()["places"]) == len(points)

    rng = np.random.default_rng(1)
    lines = [np.round([[*xy, 0] for xy in rng.normal(size=(n, 2))], 3).tolist() for n in (30, 20)]
    load(ink_fans, "c.json", json.dumps(lines).encode())
    ink_fans.settled(30)
    assert not error.is_visible()
    sheet.page.select_option("#fans-which", "1")
    ink_fans.settled(20)
    sheet.page.click("#fans-own")
    chip = lambda: ink_fans.element.locator(".chip").evaluate("(one) => one.selectedOptions[0].textContent")  # noqa: E731
    sheet.until(lambda: chip() == "the example word", "the example")
    sheet.write(scribble(1.2, 30))
    ink_fans.show().settled(len(sheet.expected_points(model)))
    assert chip() == "your ink"


def test_a_line_longer_than_the_sheet(sheet, ink_fans, model):
    """Scroll the strip sideways, by keys and in the overview; the page does not scroll."""
    points = np.round(model.write(300, 0.5, 2), 3)
    load(ink_fans, "long.json", json.dumps([[float(x), float(y), int(lift)] for x, y, lift in points]).encode())
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    found = ink_fans.show().settled(300)
    assert found["scrolls"] and sheet.page.evaluate("document.documentElement.scrollWidth") == 390
    scrolled = lambda: ink_fans.strip.evaluate("(strip) => strip.scrollLeft")  # noqa: E731
    assert scrolled() == 0
    ink_fans.strip.focus()
    sheet.page.keyboard.press("End")
    at_end = sheet.until(scrolled, "the end of the line")
    x, _ = ink_fans.place(sheet.page.evaluate(FANS, "fans") | {"origins": found["origins"]}, 299)
    assert 20 < x < 370
    box = ink_fans.element.locator(".overview").bounding_box()
    sheet.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 20)
    assert 0 < scrolled() < at_end
    tiles = ink_fans.element.locator(".tiles canvas")
    assert tiles.count() < 8  # only tiles in or near the view are kept
    sheet.page.screenshot(path=ARTEFACTS / "fans-phone.png")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_left_and_right_are_told_apart_by_every_eye(sheet, theme):
    """Check the scale's ends: 3:1 against the paper, and distinct from each other for colour-blind readers too."""
    sheet.page.emulate_media(color_scheme=theme)
    low, high, paper = sheet.page.evaluate("""() => ["low", "high", "paper"].map((name) => {
        const probe = document.body.appendChild(document.createElement("i"));
        probe.style.color = `var(--${name})`;
        const rgb = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
        probe.remove();
        return rgb;
    })""")
    sheet.page.emulate_media(color_scheme="light")
    linear = [
        np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in np.array([low, high, paper]) / 255
    ]
    luminance = [c @ [0.2126, 0.7152, 0.0722] + 0.05 for c in linear]
    for end in (0, 1):
        assert max(luminance[end], luminance[2]) / min(luminance[end], luminance[2]) >= 3
    # Machado, Oliveira, Fernandes (2009), severity 1.0
    for kind in (
        np.eye(3),
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ):
        one, other = (lab(np.clip(np.array(kind) @ c, 0, 1)) for c in linear[:2])
        assert np.hypot(*(one - other)[1:]) > 25  # by hue only, because the lightness is about the same


def lab(rgb):
    """Return CIE L*a*b* of linear sRGB."""
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    t = np.array(matrix) @ rgb / [0.9505, 1, 1.089]
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
