"""One figure in a frame of another page: alone, loaded when it is seen, sandboxed; where it cannot be, in words."""

import json
import re

import pytest

import serve
from tests.conftest import ROOT
from tests.e2e.hosts import Host
from tests.e2e.reader import Sheet
from tests.e2e.visit import without_python
from tests.support.servers import answering

# Elements of the page that take part in the layout and are no part of an element, by their ids or tags.
OTHERS = """(id) => Array.from(document.querySelectorAll("main *, body > header, body > footer, body > nav"))
    .filter((e) => e.checkVisibility() && e.getClientRects().length && !e.closest("#loading, .views, #" + id))
    .filter((e) => !e.querySelector("#" + id)).map((e) => e.id || e.tagName)"""
FIGURES = """Array.from(document.querySelectorAll("figure[data-figure]"))
    .filter((e) => e.checkVisibility()).map((e) => e.id)"""
OTHER_NAMES = {"one-step": "mixture", "forks": "fans", "by-itself": "generation", "inside": "cells"}
OTHER_NAMES |= {"IT WRITES BY ITSELF": "generation", "One step": "mixture", "CELLS-LIVE": "cells-live"}
SAVING = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"
PYTHON = re.compile(r"pyodide\.asm|\.zip$|\.whl$|micropython\.wasm|\.jb64")  # what Python and the network are made of
MEGABYTES = int(re.search(r"MEGABYTES = (\d+)", (ROOT / "js-shims/boot/embed.js").read_text())[1])


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder of the built site."""
    folder = tmp_path_factory.mktemp("embed") / "site"
    serve.build(ROOT, folder)
    return folder


def framed(new_page, host, outer, style=""):
    """Return (sheet, frame): a page of another host with a sandboxed frame for a figure."""
    (outer.folder / "index.html").write_text(
        f'<!doctype html><div style="{style}"></div>'
        f'<iframe sandbox="allow-scripts" src="{host.url}?figure=Forks" width="1000" height="700"></iframe>'
    )
    sheet = Sheet(new_page(viewport={"width": 1100, "height": 800}))
    sheet.page.goto(outer.url)
    (frame,) = sheet.page.frames[1:]
    frame.wait_for_selector(".embedded-head")
    return sheet, frame


def test_a_sandboxed_frame_shows_its_figure_once_it_is_seen(new_page, built, tmp_path):
    with answering(Host(built)) as host, answering(Host(tmp_path)) as outer:
        sheet, frame = framed(new_page, host, outer, "height: 3000px")
        frame.wait_for_function("matchMedia('all').matches && guard && document.readyState === 'complete'")
        assert not [name for name, _ in host.asked if PYTHON.search(name)]
        sheet.page.locator("iframe").scroll_into_view_if_needed()
        done = "Number(document.querySelector('#fans').dataset.done ?? 0)"
        sheet.until(lambda: frame.evaluate(done), "the fans in the frame")
        assert frame.evaluate("self.origin") == "null"
        assert frame.evaluate(OTHERS, "fans") == []
        assert "ways in which the network might have gone on" in frame.locator("#fans figcaption").inner_text()
        assert frame.locator(".embedded-head a").evaluate("(a) => a.href") == host.url + "#forks"
        assert host.asked_for("js-shims/kernel/pool_worker.js")


def test_a_host_that_does_not_share_its_files_is_named_in_the_frame(new_page, built, tmp_path):
    with answering(Host(built)) as host, answering(Host(tmp_path)) as outer:
        host.shared = False
        sheet, frame = framed(new_page, host, outer)
        place = frame.locator("#loading output")
        sheet.until(lambda: "Access-Control-Allow-Origin: *" in place.inner_text(), "the reason")
        assert place.is_visible() and "in a tab of its own" in place.inner_text()


def test_a_browser_that_saves_data_is_asked_first(new_page, site):
    page = new_page(viewport={"width": 900, "height": 700})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    without_python(page)
    page.add_init_script(SAVING)
    page.goto(site.url + "?figure=continuation")
    button = page.get_by_role("button", name=f"Load ({MEGABYTES} MB)")
    button.wait_for()
    page.keyboard.press("Shift")
    page.mouse.click(400, 300)
    assert not [url for url in asked if PYTHON.search(url)]
    button.click()
    Sheet(page).until(lambda: [url for url in asked if "pyodide.asm" in url], "Python to be requested")
    assert not button.count()


def test_every_figure_has_a_name_and_an_unknown_one_says_which_there_are(new_page, site):
    page = new_page(viewport={"width": 1000, "height": 700})
    page.route("**/*.{wasm,zip,whl,gz}", lambda route: None)
    page.goto(site.url + "?figure=nonsense")
    assert "There is no figure “nonsense”" in page.locator(".embedded-none").inner_text()
    assert page.locator(".embedded-head a").evaluate("(a) => a.href") == site.url
    names = page.locator(".embedded-none a").all_inner_texts()
    ids = re.findall(r'<figure id="([\w-]+)"', (ROOT / "index.html").read_text())
    assert set(names) == {*ids, "one-step", "forks", "by-itself", "inside"}
    for name in [*names, *OTHER_NAMES]:
        page.goto(f"{site.url}?figure={name}", wait_until="domcontentloaded")
        page.locator("html[data-embedded=shown]").wait_for()
        *around, shown = page.evaluate(FIGURES)
        assert shown == OTHER_NAMES.get(name, name)
        assert around == (["cells"] if shown == "probing" else [])  # the table of all cells is a part of theirs
        assert page.evaluate(OTHERS, shown) == []


def test_the_bar_of_a_figure_gives_the_line_to_paste(sheet):
    page = sheet.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#fans .figure-bar").get_by_role("button", name="Embed").click()
    sheet.until(lambda: page.locator("#fans .figure-bar > output").inner_text() == "Copied.", "the line")
    line = page.evaluate("navigator.clipboard.readText()")
    address = json.dumps(page.url.split("?")[0].split("#")[0] + "?figure=fans")
    assert line.startswith(f"<iframe src={address}") and 'title="Forks, a figure of Ductus"' in line
