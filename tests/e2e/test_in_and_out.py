"""In and out: what is saved comes back, what is dropped is read or refused in words, a link shows the same picture,
and all figures follow a network of the reader's own."""

import base64
import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from desk import completed
from ductus import weightfile
from ductus.model import Model
from page import permalink
from tests.e2e.reader import scribble
from tests.e2e.test_fans import Figure, small
from tests.networks import random_weights
from tests.test_jobs_export import millimetres, segments
from tests.test_svg import SVG, beziers

STROKES = (scribble(1.6, 40), scribble(0.9, 25, (2.4, 0.0)))

# A picture in a file: its size, and how many pixels have each of its colours, the commonest first.
COLOURS = """async (data) => {
    const image = new Image();
    image.src = "data:image/png;base64," + data;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    const found = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 400);
    const colours = found.map(([c, count]) => [c & 255, (c >> 8) & 255, (c >> 16) & 255, count]);
    return {size: [image.width, image.height], colours};
}"""
# Something dragged over the page and, if `falls`, dropped there: is the place to drop it shown meanwhile, and after?
DRAG = """([files, where, falls]) => {
    const carried = new DataTransfer();
    for (const [name, data] of files) {
        carried.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
    }
    const target = document.querySelector(where);
    const send = (kind, more) =>
        target.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: carried, ...more}));
    const shown = () => document.querySelector("#drop").checkVisibility();
    const seen = [];
    send("dragenter", {});
    seen.push(shown());
    send("dragleave", {relatedTarget: document.body});
    const kept = !send("dragover", {}); // else the browser would open the file
    seen.push(shown() && kept);
    if (falls) send("drop", {});
    else send("dragleave", {relatedTarget: null});
    seen.push(shown());
    return seen;
}"""
HEAT = """async () => {
    const {views} = await import("./js-shims/heat.js");
    const view = (name) => {
        const {columns, look, map, cell} = views.get(name);
        return {units: columns.units, count: columns.count, length: columns.length, rows: look.units, cell,
                order: Array.from(look.order), row: map.row};
    };
    return Object.fromEntries(["cells", "sorted", "live", "components"].map((name) => [name, view(name)]));
}"""


class Page:
    """The shared page: menus, downloads, drops, what is said."""

    def __init__(self, sheet):
        self.sheet, self.page = sheet, sheet.page

    def menu(self, figure):
        """Opens the figure's menu."""
        menu = self.page.locator(f"#{figure} details.save")
        if menu.get_attribute("open") is None:
            menu.locator("summary").click()
        return menu

    def save(self, figure, what):
        """Presses a button of the figure's menu: the file's name and its bytes."""
        menu = self.menu(figure)
        with self.page.expect_download(timeout=120_000) as info:
            menu.locator("button", has=self.page.locator("b", has_text=re.compile(f"^{what}$"))).click()
        name = info.value.suggested_filename
        self.sheet.until(lambda: f"Saved as {name}" in menu.locator("output").inner_text(), "what was saved")
        menu.locator("summary").click()
        return name, info.value.path().read_bytes()

    def drop(self, *files, where="#text p", falls=True):
        """Drags files, (name, bytes) each, over the page: when the place to drop them was shown."""
        carried = [[name, base64.b64encode(data).decode()] for name, data in files]
        return self.page.evaluate(DRAG, [carried, where, falls])

    def dropped(self, *files, **where):
        """Drops files: what is said of them."""
        if self.page.locator("#dropped").is_visible():
            self.page.click("#dropped button")
        assert self.drop(*files, **where) == [True, True, False]
        return self.sheet.until(lambda: self.page.locator("#dropped output").inner_text(), "words about the file")

    def colours(self, png):
        """A picture's size, and {colour: pixels}."""
        found = self.page.evaluate(COLOURS, base64.b64encode(png).decode())
        return found["size"], {tuple(colour): count for *colour, count in found["colours"]}

    def line(self):
        """The points (N, 3), in x-heights and lifts, of the line that figure 4 shows."""
        places = self.page.evaluate(
            """async () => Array.from((await import("./js-shims/fans.js")).views.get("ink-fans").places)"""
        )
        return np.reshape(places, (-1, 3))


@pytest.fixture
def page(sheet):
    yield Page(sheet)
    sheet.page.evaluate("document.querySelectorAll('details.save[open] summary').forEach((one) => one.click())")
    if sheet.page.locator("#dropped").is_visible():
        sheet.page.click("#dropped button")
    if sheet.page.locator("#own-weights button").is_visible():
        sheet.page.click("#own-weights button")
        sheet.until(sheet.page.locator("#style").is_enabled, "the page's own network")


@pytest.fixture
def written(page, model):
    """The page with two strokes on the sheet, and figure 4 over them."""
    page.sheet.write(*STROKES)
    small(Figure(page.sheet, "ink-fans")).show().settled(len(page.sheet.expected_points(model)))
    page.sheet.corner()  # back to figure 1, which predicts only where it is seen
    return page


@pytest.mark.parametrize("form", ["InkML", "JSON"])
def test_ink_saved_and_dropped_again_is_the_same_ink(written, form):
    ink, before = written.sheet.ink(), written.line()
    name, data = written.save("writing", form)
    assert name == f"ductus-ink-seed1.{form.lower()}"
    written.sheet.page.click("#clear")
    written.sheet.until(lambda: "example" in written.page.locator(".source").inner_text(), "the example's line")
    assert written.dropped((name, data)) == f"Figure 4 shows the ink of {name} now."
    Figure(written.sheet, "ink-fans").show().settled(len(before))
    after = written.line()
    np.testing.assert_array_equal(after[:, 2], before[:, 2])
    # where a line begins on the paper is no part of it
    np.testing.assert_allclose(after[:, :2] - after[0, :2], before[:, :2] - before[0, :2], atol=2e-4)
    if form == "JSON":
        for stroke, there in zip(json.loads(data)["strokes"], ink, strict=True):
            np.testing.assert_allclose(stroke, there["xy"], atol=0.51e-5)


def test_ink_as_a_drawing_with_the_continuations(written, model):
    record = written.sheet.prediction(model)
    _, data = written.save("writing", "SVG")
    root = ElementTree.fromstring(data)
    paths = list(root.iter(SVG + "path"))
    assert len(paths) == 2 and not [e for e in root.iter() if e.get("fill", "none") != "none"]
    for path, stroke in zip(paths, written.sheet.ink(), strict=True):
        start, pieces = beziers(path.get("d"))
        np.testing.assert_allclose([start, pieces[-1, 3]], stroke["xy"][[0, -1]], atol=2e-3)
    size, view = millimetres(root)
    np.testing.assert_allclose(size, 3 * view[2:], atol=0.02)
    written.menu("writing").locator("input").check()
    shown = written.sheet.shown()
    _, data = written.save("writing", "SVG")
    _, as_json = written.save("writing", "JSON")
    written.menu("writing").locator("input").uncheck()
    assert written.sheet.shown() == shown  # paused: it is still that set
    groups = {group.get("id"): group for group in ElementTree.fromstring(data).findall(SVG + "g")}
    assert set(groups) == {"ink", *(f"continuation-{i}" for i in range(5))}
    assert len({groups["ink"].get("stroke"), groups["continuation-0"].get("stroke")}) == 2
    continuations = json.loads(as_json)["continuations"]
    for some, offsets in zip(continuations, record["offsets"], strict=True):
        places = offsets[:, :2].cumsum(0) / model.units_per_x_height + record["pen"][:2]
        np.testing.assert_allclose(np.concatenate(some), places, atol=1e-4)


def test_ink_as_a_picture(written, model):
    written.sheet.prediction(model)
    written.page.wait_for_timeout(2500)  # what was shown while the pen moved has faded
    name, png = written.save("writing", "PNG")
    box = written.page.locator("#writing .paper").bounding_box()
    (width, height), colours = written.colours(png)
    assert (width, height) == (round(2 * box["width"]), round(2 * box["height"])) and name == "ductus-ink-seed1.png"
    assert next(iter(colours)) == (255, 253, 248)  # the paper, and nothing that can be seen through
    assert colours[(13, 122, 113)] > 500 and colours[(176, 86, 10)] > 100  # the reader's hand, and the network's
    assert colours[(255, 253, 248)] > 0.6 * width * height


def test_no_ink_is_said(page):
    menu = page.menu("writing")
    menu.locator("button", has_text="SVG").click()
    page.sheet.until(lambda: menu.locator("output").inner_text() == "There is no ink on the sheet yet.", "the words")


def test_a_menu_by_keyboard(page):
    page.page.locator("#style").focus()
    page.page.keyboard.press("Tab")
    focused = "document.activeElement.ariaLabel || document.activeElement.textContent"
    assert page.page.evaluate(focused) == "Save as… Figure 1"
    page.page.keyboard.press("Enter")
    reached = []
    for _ in range(6):
        page.page.keyboard.press("Tab")
        reached.append(page.page.evaluate("document.activeElement.innerText.split('\\n')[0] || 'box'"))
        assert page.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    names = [name.split("  ")[0] for name in reached]
    assert [name.split(" ")[0] for name in names] == ["box", "SVG", "PNG", "InkML", "JSON", "Copy"]
    page.page.keyboard.press("Escape")
    assert page.page.evaluate(focused) == "Save as… Figure 1"
    assert page.page.locator("#writing details.save").get_attribute("open") is None
    page.menu("writing")
    page.page.mouse.click(5, 5)  # elsewhere
    assert page.page.locator("#writing details.save").get_attribute("open") is None


def test_fans_as_true_paths(written):
    fans = Figure(written.sheet, "ink-fans")
    found = fans.settled()
    name, data = written.save("ink-fans", "SVG")
    assert name == "ductus-fans-ink-seed7.svg"
    groups = {group.get("id"): group for group in ElementTree.fromstring(data).findall(SVG + "g")}
    pieces = np.concatenate([segments(path) for path in groups["fans"]])
    assert len(pieces) == (found["bins"] < 255).sum()
    ends = found["xy"][found["bins"] < 255]
    near = np.abs(pieces[:, None, 1] - ends[None]).max(-1)
    assert near.min(0).max() < 2e-3 and near.min(1).max() < 2e-3
    assert len(groups["line"]) == 2 and len(groups["lifts"]) == len(found["places"])
    _, line = written.save("ink-fans", "JSON of the line")
    assert len(json.loads(line)) == len(found["places"])


def test_the_page_of_writing_comes_back_to_the_last_bit(page):
    page.page.locator("#writes").scroll_into_view_if_needed()
    rows = lambda: int(page.page.evaluate("writes.dataset.rows ?? 0"))  # noqa: E731
    page.page.locator("#writes-pace").fill("600")
    page.sheet.until(lambda: rows() >= 2, "two rows")
    page.page.click("#writes-play")
    name, data = page.save("writes", "JSON")
    seed = page.page.locator("#writes-seed").input_value()
    assert name == f"ductus-writing-seed{seed}.json"
    lines = json.loads(data)
    assert len(lines) >= 2
    page.dropped((name, data))
    points = np.float32(lines[0])
    small(Figure(page.sheet, "ink-fans")).show().settled(len(points))
    np.testing.assert_allclose(page.line()[:, :2], points[:, :2].astype(float).cumsum(0) / 3.24, atol=1e-4)
    _, drawing = page.save("writes", "SVG")
    strokes = sum(int(np.sum(np.array(line)[:, 2])) for line in lines)
    assert strokes <= len(list(ElementTree.fromstring(drawing).iter(SVG + "path"))) <= strokes + len(lines)
    page.page.click("#ink-fans-own")
    page.page.click("#writes-play")


@pytest.mark.parametrize("figure", ["writes", "fans", "cells", "mixtures", "components"])
def test_figures_as_pictures(page, figure):
    """Each has its paper's colour as ground, many colours on it, and the size of the figure."""
    page.page.locator(f"#{figure} .controls").first.scroll_into_view_if_needed()
    page.page.evaluate("(id) => document.getElementById(id).scrollIntoView({block: 'center'})", figure)
    done = lambda: page.page.evaluate("(id) => +(document.getElementById(id).dataset.done ?? 0)", figure)  # noqa: E731
    if figure == "writes":
        page.sheet.until(lambda: int(page.page.evaluate("writes.dataset.rows ?? 0")), "a row")
    page.sheet.until(lambda: done() or figure in ("writes", "fans"), "the figure")
    page.page.wait_for_timeout(300)
    name, png = page.save(figure, "PNG")
    assert re.fullmatch(r"ductus-[a-z0-9-]+\.png", name)
    box = page.page.locator(f"#{figure} .stage").bounding_box()
    size, colours = page.colours(png)
    times = 2 if figure == "writes" else 1
    np.testing.assert_allclose(size, [times * box["width"], times * box["height"]], atol=times)
    assert len(colours) > 20
    ground = {(255, 253, 248), (246, 243, 236)}  # the paper, the desk
    assert ground & set(list(colours)[:3])


# --- in


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n", "photo.png is neither ink (InkML, JSON, or a line of IAM-OnDB) nor"),
        ("a.inkml", b"<ink><trace>1 2, 3</trace></ink>", "a.inkml: trace 0: point 1: it has 1 values where"),
        ("b.json", b'{"no": 1}', 'b.json: the object has no "strokes"'),
        ("big.json", b"[" + 3_000_000 * b" " + b"]", "big.json is larger than 2 MB"),
        ("bad.jb64", b"W1si" + b"nonsense", "bad.jb64 was not loaded: "),
        ("model.json", b'[["AAAA"], "AAAA"]', "model.json was not loaded: not a list of five arrays"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_file_that_is_none_changes_nothing(page, name, data, words):
    before = page.line()
    units = page.page.evaluate(HEAT)["cells"]["units"]
    assert words in page.dropped((name, data))
    np.testing.assert_array_equal(page.line(), before)
    assert page.page.evaluate(HEAT)["cells"]["units"] == units
    if "loaded" in words:
        assert "ductus-500 is still in use" in page.page.locator("#dropped output").inner_text()


def test_of_several_files_the_first_is_taken(page):
    ink = b"<ink><trace>0 0, 10 10, 20 0, 30 10</trace></ink>"
    words = page.dropped(("a.inkml", ink), ("b.inkml", ink), where="#writing canvas.ink")
    assert words == "Of the 2 files the first was taken. Figure 4 shows the ink of a.inkml now."
    page.page.click("#dropped button")
    assert not page.page.locator("#dropped").is_visible()
    assert page.drop(("a.inkml", ink), falls=False) == [True, True, False]  # carried away again
    page.page.click("#ink-fans-own")


# --- links


def link(page):
    """Copies the link: the address."""
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    menu = page.menu("writing")
    page.page.evaluate("navigator.clipboard.writeText('')")
    menu.locator("button", has_text="Copy link").click()
    page.sheet.until(lambda: menu.locator("output").inner_text().startswith("Copied:"), "the link")
    menu.locator("summary").click()
    return page.page.evaluate("navigator.clipboard.readText()")


def same(one, other):
    """Do two records tell of the very same prediction?"""
    arrays = all(np.array_equal(one[name], other[name]) for name in ("points", "offsets", "pen"))
    return arrays and all(one[name] == other[name] for name in ("samples", "steps", "temperature", "seed"))


def chosen(sheet, cell):
    """Looks at figure 5, which shows what is chosen only when it is seen."""
    sheet.page.evaluate("document.querySelector('#cells').scrollIntoView()")
    sheet.until(lambda: sheet.page.locator("#cells-cell").input_value() == cell, "the chosen cell")


def open_link(page, address):
    page.page.evaluate("(hash) => { location.hash = hash; }", address.split("#")[1])
    page.sheet.until(lambda: "#ductus" not in page.page.url, "the link to be opened")


def test_a_link_shows_the_very_same_picture(written, model):
    page, sheet = written, written.sheet
    for name, value in {"temperature": 0.35, "samples": 3, "steps": 25}.items():
        sheet.set(name, value)
    sheet.seed(77)
    page.page.select_option("#sorted-metric", "plain")
    page.page.evaluate("document.querySelector('#cells').scrollIntoView()")
    page.page.locator("#cells-cell").fill("93")
    sheet.write(scribble(0.4, 12, (4.0, 0.0)))
    page.page.click("#undo")
    free = sheet.ink()
    address = link(page)
    assert len(address) < 1000 and permalink.is_link(address.split("#")[1])
    ink, record = sheet.ink(), sheet.prediction(model)
    for before, after in zip(free, ink, strict=True):  # on the grid now, and nobody sees it
        assert len(after["xy"]) <= len(before["xy"])
        np.testing.assert_array_equal(after["xy"] * permalink.GRID % 1, 0)
        gaps = np.abs(after["xy"][:, None] - before["xy"][None]).max(-1)
        assert gaps.min(0).max() <= 0.5 / permalink.GRID + 1e-9
    page.page.click("#redo")  # what was undone can still be had back
    assert len(sheet.ink()) == 3
    page.page.click("#undo")
    assert link(page) == address  # and rounding once is rounding for good

    page.page.click("#clear")
    mine = scribble(1.1, 33, (0.5, 0.0))
    sheet.write(mine)
    mine = sheet.ink()
    sheet.set("temperature", 0.8)
    sheet.seed(5)
    page.page.select_option("#sorted-metric", "blurred")
    page.page.locator("#cells-cell").fill("7")
    page.page.locator("#play").focus()  # a field that has the focus stays as it was typed
    sheet.corner()
    page.page.wait_for_timeout(1500)  # until that is kept
    open_link(page, address)
    found = sheet.prediction(model)
    assert same(found, record)
    assert all(
        np.array_equal(a["xy"], b["xy"]) and a["width"] == b["width"] for a, b in zip(ink, sheet.ink(), strict=True)
    )
    assert page.page.locator("#sorted-metric").input_value() == "plain"
    chosen(sheet, "93")

    page.page.click("#bring-back")  # the reader's own, to the last bit
    sheet.until(lambda: len(sheet.ink()) == 1, "the reader's own ink")
    np.testing.assert_array_equal(sheet.ink()[0]["xy"], mine[0]["xy"])
    assert sheet.ink()[0]["width"] == mine[0]["width"] and sheet.setting()["temperature"] == 0.8


def test_links_one_after_the_other_lose_no_ink(page, model):
    page.page.click("#start-fresh")
    sheet = page.sheet
    sheet.until(lambda: not sheet.ink(), "an empty sheet")
    sheet.pause()
    sheet.write(STROKES[0])
    one = link(page)
    page.page.click("#clear")
    sheet.write(STROKES[1])
    other = link(page)
    page.page.click("#clear")
    sheet.write(scribble(0.5, 15))
    mine = sheet.ink()
    page.page.wait_for_timeout(500)
    for address in (one, other):  # the first was left as it was: it need not be kept, and what is aside stays there
        open_link(page, address)
        sheet.until(lambda: len(sheet.ink()) == 1, "the ink of the link")
    page.page.click("#bring-back")
    sheet.until(lambda: np.array_equal(sheet.ink()[0]["xy"], mine[0]["xy"]), "the reader's own ink")
    page.page.click("#bring-back")
    sheet.write(scribble(0.3, 9, (3, 0)))  # now the ink of the link is the reader's, too
    page.page.wait_for_timeout(500)
    before = sheet.ink()
    page.page.evaluate("(hash) => { location.hash = hash; }", one.split("#")[1])
    said = page.page.locator("#dropped output")
    sheet.until(lambda: "no third place" in said.inner_text(), "the refusal")
    assert len(sheet.ink()) == len(before) == 2
    page.page.evaluate("history.replaceState(null, '', location.pathname)")


def test_a_link_that_is_none_is_refused_in_words(page):
    page.sheet.write(STROKES[0])
    said = page.page.locator("#dropped output")
    for fragment, words in {
        "ductus1=ABC": "its checksum is another: part of it is missing",
        "ductus9=ABC": "another version of this page",
        "ductus1=AB%20C": "does not belong into a link",
    }.items():
        page.page.evaluate("(hash) => { location.hash = hash; }", fragment)
        page.sheet.until(lambda words=words: words in said.inner_text(), words)
        assert len(page.sheet.ink()) == 1
    page.page.evaluate("history.replaceState(null, '', location.pathname)")


def test_too_much_ink_for_a_link_is_said(page):
    rng = np.random.default_rng(0)
    page.page.evaluate(
        """async (xy) => (await import("./js-shims/boot.js")).pen.lay(xy, Array(xy.length / 2).fill(0.052))""",
        (rng.integers(-200, 200, (5000, 2)).cumsum(0) / 200).ravel().tolist(),
    )
    menu = page.menu("writing")
    menu.locator("button", has_text="Copy link").click()
    words = "are the most that can be relied on to arrive: save it as a file instead"
    page.sheet.until(lambda: words in menu.locator("output").inner_text(), "the words")


def made_elsewhere(network, **changed):
    """A link and what it holds: the ink, and the settings by their controls."""
    ink = [permalink.on_grid(stroke.ravel().tolist(), [0.052] * len(stroke)) for stroke in STROKES]
    settings = {name: values[0] if isinstance(values[0], str) else None for name, values in permalink.SETTINGS}
    for name, values in permalink.SETTINGS:
        if settings[name] is None:
            settings[name] = values[0] / values[3] if values[3] > 1 else max(values[0], 0)
    settings |= {
        "style": -1,
        "writes-style": -1,
        "steps": 25,
        "samples": 3,
        "temperature": 0.35,
        "seed": 77,
    } | changed
    return permalink.render(network, settings, 93, 11, ink), ink, settings


def predicted(model, record):
    """The offsets that CPython makes of a record's ink, settings and seed."""
    state = model.feed(record["points"], model.start())
    return model.continue_(state, *(record[name] for name in ("samples", "steps", "temperature", "seed")))


def going_to(address, before=lambda page: None):
    """For `open_sheet`: goes to this address in the place of the site's."""

    def go(page):
        before(page)
        goto = page.goto
        page.goto = lambda url, **how: goto(address, **how)

    return go


def test_a_link_opened_on_a_first_visit(open_sheet, site, model):
    """In another browser: the same ink, the same paths. And an address that names a network elsewhere is refused."""
    asked = []
    fragment, ink, settings = made_elsewhere(model.weights.metadata["sha256"])
    address = f"{site.url}?weights=https://example.org/n.jb64"
    listen = lambda page: page.on("request", lambda request: asked.append(request.url))  # noqa: E731
    sheet = open_sheet(before=going_to(f"{address}#{fragment}", listen))
    sheet.ready()
    said = sheet.page.locator("#own-weights output")
    words = "asks for a network from https://example.org. Only files of this page"
    sheet.until(lambda: words in said.inner_text(), "the refusal")
    record = sheet.prediction(model)
    assert record["steps"] == 25 and record["temperature"] == 0.35
    np.testing.assert_allclose(record["offsets"], predicted(model, record), atol=2e-3)
    for (xy, widths), there in zip(ink, sheet.ink(), strict=True):
        np.testing.assert_array_equal(there["xy"].ravel(), np.array(xy) / permalink.GRID)
        assert there["width"] == [width / permalink.WIDTHS for width in widths]
    assert sheet.page.url == address
    for name in ("fans-seed", "sorted-perplexity", "writes-temperature", "ink-fans-samples"):
        assert float(sheet.page.locator(f"#{name}").input_value()) == settings[name]
    chosen(sheet, "93")
    assert not [url for url in asked if url.startswith("https://example.org")]
    assert not sheet.page.locator("#dropped").is_visible()  # nothing is wrong with the link, nor its network


# --- a network of one's own


def article_file(units, mixtures, seed=0):
    """A network as the article of 2016 wrote it down."""
    rng = np.random.default_rng(seed)

    def row(count):
        return base64.b64encode(np.clip(rng.normal(127, 25, count), 0, 254).astype(np.uint8)).decode()

    head, gates = 1 + 6 * mixtures, 4 * units
    rows = lambda count, width: [row(width) for _ in range(count)]  # noqa: E731
    return json.dumps([rows(units, head), row(head), rows(3, gates), rows(units, gates), row(gates)]).encode()


def weight_file(units, mixtures, **metadata):
    spread = 0.3 / max(1, units / 100) ** 0.5
    weights = random_weights(units, mixtures, seed=units, spread=spread, name=f"random {units}", **metadata)
    return b"".join(weightfile.encode(weights.quantise()))


NETWORKS = {
    "seven.jb64": (7, 1, weight_file(7, 1)),
    "hundred.jb64": (100, 5, weight_file(100, 5, units_per_x_height=3.1)),
    "model.json": (50, 20, article_file(50, 20)),
    "large.jb64": (640, 33, weight_file(640, 33)),
}


def follows(page, figure, units, mixtures, points):
    """Waits until a figure shows a network of this shape over so many points."""
    until, element = page.sheet.until, page.page.locator(f"#{figure}")
    heat = lambda: page.page.evaluate(HEAT)[figure]  # noqa: E731
    if figure in ("cells", "sorted"):
        until(lambda: (heat()["units"], heat()["count"]) == (units, points), figure)
        assert heat()["rows"] == units and sorted(heat()["order"]) == list(range(units))
    if figure == "sorted":
        until(lambda: element.locator(".progress output").inner_text().startswith("Settled"), "an order")
    if figure == "tracks":
        until(lambda: f"Of all {units} cells" in element.locator(".found").inner_text(), "the table")
    if figure == "components":
        until(lambda: heat()["units"] == min(24, units, points), "components")
        assert element.locator(".heaviest button:visible").count() == min(8, units)
    if figure == "mixtures":
        label = element.locator(".scene canvas")
        until(lambda: f" {mixtures} hills around" in label.get_attribute("aria-label"), "the hills")
    if figure == "ink-fans":
        small(Figure(page.sheet, figure)).settled(points)


@pytest.mark.parametrize("name", NETWORKS)
def test_all_figures_follow_a_network_of_ones_own(page, name):
    units, mixtures, data = NETWORKS[name]
    sheet = page.sheet
    sheet.write(*STROKES)
    page.page.locator("#cells-cell").fill("6")
    sheet.corner()  # figure 1 predicts only where it is seen
    ink = sheet.ink()
    words = page.dropped((name, data))
    assert words.startswith(f"{name} is in use: ") and f", {units} cells and {mixtures} hill" in words
    assert "its file does not say" in words  # for no network here has a pen clock
    own = Model(completed(weightfile.load(data)))
    record = sheet.prediction(own)  # the ink was fed to it
    for before, after in zip(ink, sheet.ink(), strict=True):
        np.testing.assert_array_equal(before["xy"], after["xy"])
    np.testing.assert_allclose(record["offsets"], predicted(own, record), atol=2e-3, rtol=1e-3)
    said = page.page.evaluate(
        "() => [...document.querySelectorAll('[data-model]')].map((e) => [e.dataset.model, e.textContent])"
    )
    assert {value for key, value in said if key == "units"} == {str(units)}
    assert {value for key, value in said if key == "mixtures"} == {str(mixtures)}
    assert not page.page.locator("#style").is_visible() and not page.page.locator("#writes-style").is_visible()
    page.page.select_option("#cells-line", "ink")
    for figure in ("cells", "sorted", "tracks", "mixtures", "components", "ink-fans"):
        page.page.evaluate("(id) => document.getElementById(id).scrollIntoView({block: 'center'})", figure)
        follows(page, figure, units, mixtures, len(record["points"]))
        trouble = page.page.locator(f"#{figure} .trouble:visible")
        assert not trouble.count(), trouble.all_inner_texts()
    assert page.page.locator("#cells-cell").get_attribute("max") == str(units - 1)
    cells = np.array(own.cells(record["points"]))
    drawn = page.page.evaluate("""async () => {
        const {columns} = (await import("./js-shims/heat.js")).views.get("cells");
        return Array.from({length: columns.units}, (_, cell) => columns.at(columns.count - 1, cell));
    }""")
    np.testing.assert_allclose(drawn, cells[-1], atol=1e-3)
    page.page.select_option("#cells-line", "model")


def test_back_to_the_network_of_the_page(page, model):
    """Prediction, styles and the text are as at first."""
    page.dropped(("hundred.jb64", NETWORKS["hundred.jb64"][2]))
    assert page.page.locator("[data-model=units]").first.inner_text() == "100"
    page.sheet.write(*STROKES)
    back = page.page.locator("#own-weights button")
    back.click()
    said = page.page.locator("#own-weights output")
    page.sheet.until(lambda: said.inner_text() == "The network that came with the page is in use.", "the network")
    page.sheet.corner()
    record = page.sheet.prediction(model)
    np.testing.assert_allclose(record["offsets"], predicted(model, record), atol=2e-3)
    assert not back.is_visible()
    assert page.page.locator("#style").is_enabled() and page.page.locator("#style option").count() > 2
    assert page.page.locator("[data-model=units]").first.inner_text() == "500"


def test_a_network_that_the_address_names(open_sheet, site):
    """Of the page's own site it is loaded; and a link made with another network says that it was."""
    _, _, data = NETWORKS["hundred.jb64"]
    serve = lambda page: page.route("**/own/hundred.jb64", lambda route: route.fulfill(body=data))  # noqa: E731
    fragment, *_ = made_elsewhere("00c0ffee" * 8)
    sheet = open_sheet(before=going_to(f"{site.url}?weights=own/hundred.jb64#{fragment}", serve))
    sheet.ready()
    said = sheet.page.locator("#own-weights output")
    sheet.until(lambda: "hundred.jb64 is in use: random 100, 100 cells" in said.inner_text(), "the network")
    own = Model(completed(weightfile.load(data)))
    record = sheet.prediction(own)
    np.testing.assert_allclose(record["offsets"], predicted(own, record), atol=2e-3, rtol=1e-3)
    assert "This link was made with another network" in sheet.page.locator("#dropped output").inner_text()
