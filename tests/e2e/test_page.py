"""The page as a whole: keyboard, names of controls, every width, both themes, and nothing inline."""

import ast
import re

import pytest

from tests.conftest import ROOT
from tests.e2e.reader import scribble

# What lies to the right of the page's edge, and is not meant to be scrolled.
STICKING_OUT = """(width) => Array.from(document.querySelectorAll("main *, header *, footer *"))
    .filter((e) => !e.closest(".ghost, .visually-hidden, .strip, .scroller, pre"))
    .filter((e) => e.getBoundingClientRect().right > width + 0.5)
    .map((e) => e.tagName + "." + e.className)"""

CONTROLS = {
    "mode-line": "One line",
    "undo": "Undo",
    "clear": "Clear",
    "temperature": "Variation",
    "share": "Share",
    "full-screen": "Full screen",
    "more": "More controls",
    "try-slant": "slant it",
    "try-print": "PRINT",
    "try-face": "draw a face",
    "play": "Play",
    "example": "Example",
    "redo": "Redo",
    "start-fresh": "Start fresh",
    "seed": "Seed",
    "new-sample": "New sample",
    "line-steps": "Long line",
    "steps": "Short lines",
    "samples": "Number of lines",
    "lead": "Long line",
    "style": "Style",
}
ROLES = {"mode-line": "radio", "seed": "spinbutton", "lead": "combobox", "style": "combobox"}
ROLES |= dict.fromkeys(("steps", "line-steps", "temperature", "samples"), "slider")


def test_every_control_has_a_name_and_is_reached_with_the_tab_key(sheet):
    sheet.write(scribble(1.0, 20), scribble(1.0, 20, (2.0, 0)))
    sheet.page.click("#undo")
    sheet.until(sheet.page.locator("#redo").is_enabled, "redo to be enabled")
    sheet.until(sheet.page.locator("#style").is_enabled, "the styles")
    for name, label in CONTROLS.items():
        assert sheet.page.get_by_role(ROLES.get(name, "button"), name=label).first.get_attribute("id") == name
    sheet.page.locator(".skip").focus()
    reached = []
    for _ in range(len(CONTROLS) + 3):
        sheet.page.keyboard.press("Tab")
        reached.append(sheet.page.evaluate("document.activeElement.id || document.activeElement.className"))
        ring = sheet.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid", reached[-1]
    assert reached == ["theme", "help-button", "paper", *CONTROLS]


def test_keys_do_what_the_caption_says(sheet):
    sheet.write(scribble(1.0, 20), scribble(1.0, 20, (2.0, 0)))
    press = sheet.page.keyboard.press  # writing has focused the sheet
    press("Control+z")
    assert len(sheet.ink()) == 1
    press("Control+Shift+Z")
    assert len(sheet.ink()) == 2
    press("Control+z")
    press("Control+y")
    assert len(sheet.ink()) == 2
    press("a")
    assert sheet.setting()["seed"] == 2
    press(" ")
    sheet.until(sheet.playing, "play")
    press(" ")
    sheet.until(lambda: not sheet.playing(), "pause")
    press("e")
    sheet.until(lambda: len(sheet.ink()) == 3, "the example")
    assert sheet.page.evaluate("scrollY") == 0


def test_keys_leave_the_controls_alone(sheet):
    sheet.write(scribble(1.0, 20))
    sheet.page.locator("#seed").focus()
    sheet.page.keyboard.press("End")
    for key in ("a", "e", "Control+z", " "):
        sheet.page.keyboard.press(key)
    assert len(sheet.ink()) == 1 and sheet.setting()["seed"] == 1 and not sheet.playing()
    sheet.page.locator("#play").focus()
    sheet.page.keyboard.press(" ")  # handled by the button only, not by the figure too
    sheet.until(sheet.playing, "play")
    sheet.pause()
    sheet.page.locator("#steps").focus()
    sheet.page.keyboard.press("ArrowRight")
    assert sheet.setting()["steps"] == 35


def test_an_invalid_seed_changes_nothing(sheet, model):
    sheet.write(scribble())
    first = sheet.prediction(model)
    for text in ("", "-3", "1.5", "1e9"):
        sheet.page.locator("#seed").fill(text)
    sheet.page.locator("#play").focus()
    assert sheet.setting()["seed"] == 1
    assert sheet.prediction(model)["seed"] == first["seed"]


def test_pictures_have_text_alternatives(sheet, model):
    sheet.write(scribble())
    sheet.prediction(model)
    sheet.set("samples", 1)
    sheet.set("temperature", 0.75)
    sheet.prediction(model)
    label = sheet.page.locator("#continuation canvas.model")
    sheet.until(
        lambda: "1 continuation of 140 steps, variation 0.75" in label.get_attribute("aria-label"), "the label"
    )
    assert sheet.page.locator("#continuation-status").inner_text().startswith(("5 continuations", "1 continuation"))
    assert sheet.page.locator("#temperature").get_attribute("aria-valuetext") == "0.75"


def test_the_text_names_the_network_that_is_loaded(sheet, model):
    said = sheet.page.evaluate("""() => {
        const places = document.querySelectorAll("[data-model]");
        return Object.fromEntries(Array.from(places, (e) => [e.dataset.model, e.innerText]));
    }""")
    assert said["units"] == str(model.units) and said["mixtures"] == str(model.components)
    assert said["parameters"] == f"{model.weights.parameters:,}"
    assert said["name"] == model.weights.metadata["name"]


def test_less_motion_means_none(open_sheet, model):
    sheet = open_sheet(reduced_motion="reduce")
    sheet.ready()
    assert not sheet.playing()
    sheet.more()
    sheet.page.click("#example")
    sheet.until(lambda: len(sheet.ink()) == 3, "the example at once")
    sheet.prediction(model)
    first = sheet.painted("model")
    sheet.page.wait_for_timeout(2500)
    assert sheet.setting()["seed"] == 1
    assert len(sheet.painted("model")) == len(first)
    sheet.page.click("#new-sample")
    sheet.prediction(model)
    at_once = sheet.until(lambda: {len(sheet.painted("model"))} - {len(first)}, "the next set")
    sheet.page.wait_for_timeout(500)
    assert {len(sheet.painted("model"))} == at_once  # neither written step by step nor faded in


@pytest.mark.parametrize("width", [360, 390, 820, 1280, 1920])
def test_nothing_sticks_out_at_any_width(sheet, width):
    sheet.page.set_viewport_size({"width": width, "height": 800})
    assert sheet.page.evaluate("document.documentElement.scrollWidth") == width
    # Canvases take their new size in the frame after the page's.
    sheet.until(lambda: not sheet.page.evaluate(STICKING_OUT, width), "everything to fit")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_told_apart(sheet, theme):
    """Check WCAG contrast: 3 for marks, 4.5 for text, each on its background."""
    sheet.page.emulate_media(color_scheme=theme)
    colours = sheet.page.evaluate("""() => {
        const style = getComputedStyle(document.documentElement);
        const probe = document.body.appendChild(document.createElement("i"));
        const rgb = (name) => {
            probe.style.color = `var(--${name})`;
            return getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number);
        };
        const names = ["page", "paper", "text", "muted", "ink", "model", "focus", "bad"];
        const found = Object.fromEntries(names.map((name) => [name, rgb(name)]));
        probe.remove();
        return found;
    }""")
    sheet.page.emulate_media(color_scheme="light")

    def luminance(name):
        linear = [v / 3294.6 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in colours[name][:3]]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, other):
        low, high = sorted([luminance(one), luminance(other)])
        return (high + 0.05) / (low + 0.05)

    for ground in ("page", "paper"):
        for mark, least in {"ink": 3, "model": 3, "focus": 3, "text": 4.5, "muted": 4.5, "bad": 4.5}.items():
            assert contrast(mark, ground) >= least, (mark, ground)


def test_nothing_is_inline():
    """Check that the page has no inline script, style or handler: the content security policy allows none."""
    page = (ROOT / "index.html").read_text()
    assert not re.search(r"<style|style=|\son\w+=|javascript:", page)
    for script in re.findall(r"<script[^>]*>.*?</script>", page, re.S):
        assert re.fullmatch(r'<script( type="module")? src="[\w./-]+"( async)?></script>', script)
    for shim in (ROOT / "js-shims").rglob("*.js"):
        assert "innerHTML" not in shim.read_text()
    assert "Math.random" not in "".join(path.read_text() for path in (ROOT / "js-shims").rglob("*.js"))


def imported(path, known):
    """Return the modules of `known` that a Python file imports, and those that they import, as paths below py/."""
    found, todo = set(), [path]
    while todo:
        for node in ast.walk(ast.parse((ROOT / "py" / todo.pop()).read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                for file in (name.replace(".", "/") + ".py", name.replace(".", "/") + "/__init__.py"):
                    if file in known and file not in found:
                        found.add(file)
                        todo.append(file)
    return found


@pytest.mark.parametrize(("which", "program"), [("PAGE", "page/start.py"), ("WORKER", "worker/main.py")])
def test_the_lists_hold_all_that_the_programs_import(loaded, which, program):
    listed = loaded.page.evaluate("async (which) => (await import('./js-shims/boot/sources.js'))[which]", which)
    files = {str(path.relative_to(ROOT / "py")) for path in (ROOT / "py").rglob("*.py")}
    tasks = sorted(file for file in files if file.startswith("worker/tasks/")) if which == "WORKER" else []
    wanted = set().union(
        *(imported(file, files) | ({file} if file != program else set()) for file in [program, *tasks])
    )
    assert len(listed) == len(set(listed)) and wanted <= set(listed)
