"""The page on plain static hosts: the built site, and the bare repository with the runtime from the CDN."""

import json
import re

import numpy as np
import pytest

import serve
from tests.conftest import ROOT
from tests.e2e.hosts import Host, clone, play_cdn, publish_branch
from tests.e2e.reader import Sheet, scribble
from tests.support.servers import answering

PARTS = json.loads((ROOT / "runtime.lock.json").read_text())["parts"]
OUTCOME = """() => {
    const loading = document.querySelector("#loading");
    return loading?.dataset.state === "done" || /in a tab of its own/.test(loading?.innerText);
}"""
TOLERANCE = 1e-4  # model units, between WebAssembly and this machine


@pytest.fixture
def visit(new_page):
    """Yield a function that opens an address and writes a stroke there; fail if the console shows any error."""
    found = []

    def visit(url, before):
        page = new_page(viewport={"width": 1280, "height": 800})
        page.context.on("console", lambda m: found.append(m.text) if m.type in ("error", "warning") else None)
        page.context.on("weberror", lambda error: found.append(str(error.error)))
        before(page)
        page.goto(url)
        return Sheet(page)

    visit.complaints = None  # a pattern of those that are expected
    yield visit
    assert [text for text in found if not (visit.complaints and visit.complaints.search(text))] == []


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder of the built site."""
    folder = tmp_path_factory.mktemp("hosting") / "site"
    serve.build(ROOT, folder)
    return folder


def predicts(sheet, model):
    """Write ink and check that its prediction is what CPython computes from the same ink and seed."""
    sheet.ready()
    sheet.pause()
    sheet.write(scribble())
    record = sheet.prediction(model)
    names = ["samples", "steps", "temperature", "seed"]
    expected = model.continue_(model.feed(record["points"], model.start()), *(record[name] for name in names))
    np.testing.assert_allclose(record["offsets"], expected, atol=TOLERANCE)


def test_the_built_site_under_a_sub_path(visit, tmp_path, model):
    serve.build(ROOT, tmp_path / "site")
    with answering(Host(tmp_path / "site")) as host:
        requests = []
        sheet = visit(host.url, lambda page: page.context.on("request", lambda r: requests.append(r.url)))
        predicts(sheet, model)
        assert [url for url in requests if not url.startswith((host.url, "blob:", "data:"))] == []
        assert {status for _, status in host.asked} == {200}


def test_the_bare_repository_with_the_runtime_from_the_cdn(visit, tmp_path, model):
    clone(tmp_path)
    publish_branch(tmp_path)
    assert not (tmp_path / "runtime").exists()
    with answering(Host(tmp_path)) as host:
        public = f"http://pages.localhost:{host.port}/ductus/"  # a host name other than the local machine's
        asked, requests = [], []

        def before(page):
            asked.append(play_cdn(page.context, PARTS, ROOT / "runtime"))
            page.context.on("request", lambda request: requests.append(request.url))

        sheet = visit(public, before)
        predicts(sheet, model)
        assert {"pyodide.asm.wasm", "core.js", "micropython.wasm"} <= set(asked[0])
        allowed = (public, "blob:", "data:", *(part["cdn"] for part in PARTS.values()))
        assert [url for url in requests if not url.startswith(allowed)] == []
        assert {status for _, status in host.asked} == {200}
        # guard.js reads sw.js where nothing has come for 15 seconds, as on a busy machine; nobody registers it
        assert sheet.page.evaluate("navigator.serviceWorker.getRegistration()") is None


def test_the_repository_on_ones_own_machine_uses_the_runtime_beside_it(visit, tmp_path, model):
    clone(tmp_path)
    (tmp_path / "runtime").symlink_to(ROOT / "runtime")
    with answering(Host(tmp_path)) as host:
        requests = []
        predicts(visit(host.url, lambda page: page.context.on("request", lambda r: requests.append(r.url))), model)
        assert [url for url in requests if not url.startswith((host.url, "blob:", "data:"))] == []


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("application/octet-stream", marks=pytest.mark.slow),
        pytest.param("application/wasm; charset=utf-8", marks=pytest.mark.slow),
        None,
    ],
    ids=["octets", "charset", "none"],
)
def test_webassembly_of_any_type_starts(visit, built, model, kind):
    with answering(Host(built)) as host:
        host.types[".wasm"] = kind
        visit.complaints = re.compile("wasm streaming compile failed|falling back to ArrayBuffer")  # MicroPython's
        predicts(visit(host.url, lambda page: None), model)


def says(sheet, *words):
    """Wait until the page says these words."""
    text = lambda: sheet.page.locator("body").inner_text()  # noqa: E731
    sheet.until(lambda: all(word in text() for word in words), " ".join(words))


def test_a_page_opened_from_the_disk_says_what_to_run(new_page, tmp_path):
    clone(tmp_path)
    sheet = Sheet(new_page(viewport={"width": 1280, "height": 800}))
    sheet.page.goto((tmp_path / "index.html").as_uri())
    says(sheet, "python3 serve.py", "Browsers do not run this page from a file")
    assert sheet.loading()[0] == "failed"


def test_an_address_without_its_slash_is_named(new_page, built):
    """All files of the page are elsewhere then: only its own text can say so."""
    with answering(Host(built)) as host:
        host.slashless = True
        sheet = Sheet(new_page(viewport={"width": 1280, "height": 800}))
        sheet.page.goto(host.url.removesuffix("/"))
        says(sheet, "at the end of its address, a slash")


def test_without_javascript_the_page_says_what_it_needs(new_page, built):
    with answering(Host(built)) as host:
        page = new_page(viewport={"width": 1280, "height": 800}, java_script_enabled=False)
        page.goto(host.url)
        place = page.locator("#loading")
        assert "JavaScript and WebAssembly: allow them" in place.inner_text()
        assert not place.locator("output").is_visible() and not place.locator(".hint").is_visible()


@pytest.mark.parametrize("shared", [True, False])
def test_in_a_sandboxed_frame_the_page_works_or_says_why(new_page, built, tmp_path, shared):
    """A frame without an origin may fetch modules only from hosts that allow every origin, as Pages does."""
    with answering(Host(built)) as host, answering(Host(tmp_path)) as outer:
        host.shared = shared
        frame = f'<iframe sandbox="allow-scripts" src="{host.url}" width="1200" height="700"></iframe>'
        (tmp_path / "index.html").write_text(f"<!doctype html>{frame}")
        page = new_page(viewport={"width": 1280, "height": 800})
        page.goto(outer.url)
        Sheet(page).until(
            lambda: any(frame.evaluate(OUTCOME) for frame in page.frames if frame.url == host.url), "the frame"
        )


def test_a_host_that_calls_scripts_text_is_named(new_page, built):
    with answering(Host(built)) as host:
        host.types[".js"] = "text/plain"
        sheet = Sheet(new_page(viewport={"width": 1280, "height": 800}))
        sheet.page.goto(host.url)
        says(sheet, 'its type is "text/plain", not JavaScript')


def test_half_of_the_page_itself_says_so(new_page, built):
    with answering(Host(built)) as host:
        host.broken["index.html"] = "cut"
        sheet = Sheet(new_page(viewport={"width": 1280, "height": 800}))
        sheet.page.goto(host.url)
        says(sheet, "At fault: index.html (it came incomplete)")


def test_what_jekyll_would_drop_is_not_dropped(tmp_path):
    """Check that a branch on Pages would lose the packages' __init__.py without .nojekyll."""
    clone(tmp_path)
    publish_branch(tmp_path)
    assert (tmp_path / "py" / "ductus" / "__init__.py").exists()
    (tmp_path / ".nojekyll").unlink()
    publish_branch(tmp_path)
    assert not (tmp_path / "py" / "ductus" / "__init__.py").exists()


def test_every_action_is_pinned_by_its_commit():
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        uses = re.findall(r"uses: *(.+)", path.read_text())
        own = [action for action in uses if action.startswith("./")]
        pinned = [a for a in uses if re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", a)]
        assert uses and sorted(own + pinned) == sorted(uses), path.name


def test_the_workflow_builds_and_deploys_with_no_more_rights_than_that():
    text = (ROOT / ".github" / "workflows" / "pages.yml").read_text()
    build, deploy = text.split("\n  deploy:\n")
    assert "actions/deploy-pages" in deploy and "actions/upload-pages-artifact" in build
    assert "python3 serve.py --build site\n" in build and re.search(r"path: site\n", build)
    assert re.search(r"^permissions:\n  contents: read\n", build, re.M)
    assert re.search(r"permissions:\n +pages: write\n +id-token: write\n", deploy)
    assert text.count("write") == 2 and "secrets" not in text and "pull_request" not in text
