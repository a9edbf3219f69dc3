"""Saving: a saved file has what was shown, and loading it gives the same again."""

import base64
import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from tests.ductus.test_svg import SVG, beziers
from tests.ductus.test_svg_motion import motions
from tests.e2e.in_and_out import paged, with_ink
from tests.e2e.test_fans import Figure, small
from tests.worker.test_task_export import millimetres, segments


@pytest.fixture
def page(sheet):
    yield from paged(sheet)


@pytest.fixture
def written(page, model):
    return with_ink(page, model)


@pytest.mark.parametrize("form", ["InkML", "JSON"])
def test_ink_saved_and_dropped_again_is_the_same_ink(written, form):
    ink, before = written.sheet.ink(), written.line()
    name, data = written.save("continuation", form)
    assert name == f"ductus-ink-seed1.{form.lower()}"
    written.sheet.page.click("#clear")
    written.sheet.until(lambda: written.chip() != "your ink", "another line, as there is no ink")
    assert written.dropped((name, data)) == f"The figures show the ink of {name} now."
    Figure(written.sheet, "fans").show().settled(len(before))
    after = written.line()
    np.testing.assert_array_equal(after[:, 2], before[:, 2])
    # where a line begins on the paper is not part of it
    np.testing.assert_allclose(after[:, :2] - after[0, :2], before[:, :2] - before[0, :2], atol=2e-4)
    if form == "JSON":
        for stroke, there in zip(json.loads(data)["strokes"], ink, strict=True):
            np.testing.assert_allclose(stroke, there["xy"], atol=0.51e-5)


def test_ink_as_a_drawing_with_the_continuations(written, model):
    written.sheet.mode("many")
    record = written.sheet.prediction(model)
    _, data = written.save("continuation", "SVG")
    root = ElementTree.fromstring(data)
    paths = list(root.iter(SVG + "path"))
    assert len(paths) == 2 and not [e for e in root.iter() if e.get("fill", "none") != "none"]
    for path, stroke in zip(paths, written.sheet.ink(), strict=True):
        start, pieces = beziers(path.get("d"))
        np.testing.assert_allclose([start, pieces[-1, 3]], stroke["xy"][[0, -1]], atol=2e-3)
    size, view = millimetres(root)
    np.testing.assert_allclose(size, 3 * view[2:], atol=0.02)
    written.menu("continuation").locator("input").check()
    shown = written.sheet.shown()
    _, data = written.save("continuation", "SVG")
    _, as_json = written.save("continuation", "JSON")
    written.menu("continuation").locator("input").uncheck()
    assert written.sheet.shown() == shown  # paused: still the same set
    groups = {group.get("id"): group for group in ElementTree.fromstring(data).findall(SVG + "g")}
    assert set(groups) == {"ink", *(f"continuation-{i}" for i in range(5))}
    assert len({groups["ink"].get("stroke"), groups["continuation-0"].get("stroke")}) == 2
    continuations = json.loads(as_json)["continuations"]
    for some, offsets in zip(continuations, record["offsets"], strict=True):
        places = offsets[:, :2].cumsum(0) / model.units_per_x_height + record["pen"][:2]
        np.testing.assert_allclose(np.concatenate(some), places, atol=1e-4)


def test_ink_as_a_picture(written, model):
    written.sheet.prediction(model)
    written.page.wait_for_timeout(2500)  # until the sets shown while the pen moved have faded
    name, png = written.save("continuation", "PNG")
    box = written.page.locator("#continuation .paper").bounding_box()
    (width, height), colours = written.colours(png)
    assert (width, height) == (round(2 * box["width"]), round(2 * box["height"])) and name == "ductus-ink-seed1.png"
    assert next(iter(colours)) == (254, 254, 253)  # the paper, and nothing transparent
    assert colours[(13, 122, 113)] > 500 and colours[(176, 86, 10)] > 100  # the reader's ink, and the network's
    assert colours[(254, 254, 253)] > 0.6 * width * height


def test_a_picture_is_copied_or_the_menu_says_what_to_do_instead(written, model):
    written.sheet.prediction(model)
    context = written.page.context
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    menu = written.menu("continuation")
    says = lambda words: written.sheet.until(lambda: menu.locator("output").inner_text() == words, words)  # noqa: E731
    menu.get_by_role("button", name="Copy picture").click()
    says("Copied.")
    png = written.page.evaluate("""async () => {
        const [item] = await navigator.clipboard.read();
        const bytes = new Uint8Array(await (await item.getType("image/png")).arrayBuffer());
        return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    }""")
    box = written.page.locator("#continuation .paper").bounding_box()
    size, colours = written.colours(base64.b64decode(png))
    assert size == [round(2 * box["width"]), round(2 * box["height"])] and colours[(13, 122, 113)] > 500
    context.clear_permissions()
    written.page.evaluate("ClipboardItem = undefined")
    menu.get_by_role("button", name="Copy picture").click()
    says("This browser does not let the page copy pictures. Save it as PNG instead.")


def test_an_animated_drawing_writes_itself_in_the_time_of_the_line(written, model):
    written.sheet.prediction(model)
    name, data = written.save("continuation", "Animated SVG")
    assert name == "ductus-ink-seed1-animated.svg"
    points = len(written.sheet.expected_points(model))
    *_, (_, _, begin, duration, _) = motions(data)
    assert begin + duration == pytest.approx(points / 60, abs=1e-3)
    page = written.page.context.new_page()
    page.route("**/animated.svg", lambda route: route.fulfill(body=data, content_type="image/svg+xml"))
    page.goto(written.page.url.split("#")[0] + "animated.svg")
    page.evaluate("document.getAnimations().forEach((one) => one.pause())")
    shots = []
    for part in (0, 0.5, 1):
        page.evaluate(
            "(ms) => document.getAnimations().forEach((one) => { one.currentTime = ms; })", 1e3 * part * points / 60
        )
        shots.append(page.screenshot())
    page.emulate_media(reduced_motion="reduce")
    shots.append(page.screenshot())
    page.close()
    assert shots[0] != shots[1] != shots[2] and shots[0] != shots[2] == shots[3]


def test_missing_ink_is_reported(page):
    menu = page.menu("continuation")
    menu.get_by_role("button", name="SVG single lines").click()
    page.sheet.until(lambda: menu.locator("output").inner_text() == "There is no ink on the sheet yet.", "message")


def test_a_menu_by_keyboard(page):
    page.page.locator("#style").focus()
    page.page.keyboard.press("Tab")
    focused = "document.activeElement.ariaLabel || document.activeElement.textContent"
    assert page.page.evaluate(focused) == "Save as… Figure 1"
    page.page.keyboard.press("Enter")
    reached = []
    for _ in range(8):
        page.page.keyboard.press("Tab")
        reached.append(page.page.evaluate("document.activeElement.innerText.split('\\n')[0] || 'box'"))
        assert page.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    names = [name.split("  ")[0] for name in reached]
    assert [name.split(" ")[0] for name in names] == [
        "box",
        "SVG",
        "PNG",
        "Copy",
        "Animated",
        "InkML",
        "JSON",
        "Copy",
    ]
    page.page.keyboard.press("Escape")
    assert page.page.evaluate(focused) == "Save as… Figure 1"
    assert page.page.locator("#continuation details.save").get_attribute("open") is None
    page.menu("continuation")
    page.page.mouse.click(5, 5)  # outside the menu
    assert page.page.locator("#continuation details.save").get_attribute("open") is None


def test_fans_as_true_paths(written, model):
    fans = Figure(written.sheet, "fans")
    found = fans.settled(len(written.sheet.expected_points(model)))
    name, data = written.save("fans", "SVG")
    assert name == "ductus-fans-ink-seed7.svg"
    groups = {group.get("id"): group for group in ElementTree.fromstring(data).findall(SVG + "g")}
    pieces = np.concatenate([segments(path) for path in groups["fans"]])
    assert len(pieces) == (found["bins"] < 255).sum()
    ends = found["xy"][found["bins"] < 255]
    near = np.abs(pieces[:, None, 1] - ends[None]).max(-1)
    assert near.min(0).max() < 2e-3 and near.min(1).max() < 2e-3
    assert len(groups["line"]) == 2 and len(groups["lifts"]) == len(found["places"])
    _, line = written.save("fans", "JSON of the line")
    assert len(json.loads(line)) == len(found["places"])


def test_the_page_of_writing_comes_back_to_the_last_bit(page):
    page.page.locator("#generation").scroll_into_view_if_needed()
    rows = lambda: int(page.page.evaluate("generation.dataset.rows ?? 0"))  # noqa: E731
    page.page.locator("#generation-pace").fill("600")
    page.sheet.until(lambda: rows() >= 2, "two rows")
    page.page.click("#generation-play")
    name, data = page.save("generation", "JSON")
    seed = page.page.locator("#generation-seed").input_value()
    assert name == f"ductus-writing-seed{seed}.json"
    lines = json.loads(data)
    assert len(lines) >= 2
    page.dropped((name, data))
    points = np.float32(lines[0])
    small(Figure(page.sheet, "fans")).show().settled(len(points))
    np.testing.assert_allclose(page.line()[:, :2], points[:, :2].astype(float).cumsum(0) / 3.24, atol=1e-4)
    _, drawing = page.save("generation", "SVG")
    strokes = sum(int(np.sum(np.array(line)[:, 2])) for line in lines)
    assert strokes <= len(list(ElementTree.fromstring(drawing).iter(SVG + "path"))) <= strokes + len(lines)
    page.page.click("#fans-own")
    page.page.click("#generation-play")


@pytest.mark.parametrize("figure", ["generation", "fans", "cells", "mixture", "pca"])
def test_figures_as_pictures(page, figure):
    """Check that each has its paper's colour as background, many colours on it, and the size of the figure."""
    page.page.locator(f"#{figure} .controls").first.scroll_into_view_if_needed()
    page.page.evaluate("(id) => document.getElementById(id).scrollIntoView({block: 'center'})", figure)
    done = lambda: page.page.evaluate("(id) => +(document.getElementById(id).dataset.done ?? 0)", figure)  # noqa: E731
    if figure == "generation":
        page.sheet.until(lambda: int(page.page.evaluate("generation.dataset.rows ?? 0")), "a row")
    page.sheet.until(lambda: done() or figure in ("generation", "fans"), "the figure")
    page.page.wait_for_timeout(300)
    name, png = page.save(figure, "PNG")
    assert re.fullmatch(r"ductus-[a-z0-9-]+\.png", name)
    parts = page.page.locator("#cells [data-picture]" if figure == "cells" else f"#{figure} .stage")
    boxes = [part.bounding_box() for part in parts.all() if part.is_visible()]  # one below the other
    box = {"width": max(box["width"] for box in boxes), "height": sum(box["height"] for box in boxes)}
    size, colours = page.colours(png)
    times = 2 if figure == "generation" else 1
    np.testing.assert_allclose(size, [times * box["width"], times * box["height"]], atol=times)
    assert len(colours) > 20
    ground = {(254, 254, 253), (251, 250, 248)}  # the paper, the page
    assert ground & set(list(colours)[:3])


def test_the_long_line_is_the_first_draw_that_starts_right_of_the_ink(written, model):
    """Save the continuations and compare the first with CPython's twelve draws from the same seed."""
    written.sheet.prediction(model)
    menu = written.menu("continuation")
    menu.locator("input").check()
    _, data = written.save("continuation", "JSON")
    written.menu("continuation").locator("input").uncheck()
    found = [np.concatenate(strokes) for strokes in json.loads(data)["continuations"]]
    record = written.sheet.record()
    state = model.feed(record["points"], model.start())
    edge = max(stroke["xy"][:, 0].max() for stroke in written.sheet.ink())
    for draw in range(12):
        seed = [record["seed"], draw] if draw else record["seed"]
        path = model.continue_(state, 1, 140, record["temperature"], seed)[0]
        if record["pen"][0] + path[0, 0] / model.units_per_x_height > edge:
            break
    places = path[:, :2].cumsum(0) / model.units_per_x_height + record["pen"][:2]
    assert len(found) == 5 and len(found[0]) == 140
    np.testing.assert_allclose(found[0][:30], places[:30], atol=2e-3)  # later steps multiply what rounding changed
    assert {len(other) for other in found[1:]} == {30}
