"""The page on plain static hosts: the built site, and the bare repository with the runtime from the CDN."""

import json
import re

import numpy as np
import pytest

import serve
from tests.conftest import ROOT
from tests.e2e.hosts import Host, clone, play_cdn, publish_branch
from tests.e2e.reader import Sheet, scribble

PARTS = json.loads((ROOT / "runtime.lock.json").read_text())["parts"]
TOLERANCE = 1e-4  # model units, between WebAssembly and this machine


@pytest.fixture
def visit(new_page):
    """Yield a function that opens an address and writes a stroke there; fail if the console shows any error."""
    complaints = []

    def visit(url, before):
        page = new_page(viewport={"width": 1280, "height": 800})
        page.context.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.context.on("weberror", lambda error: complaints.append(str(error.error)))
        before(page)
        page.goto(url)
        return Sheet(page)

    yield visit
    assert complaints == []


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
    with Host(tmp_path / "site") as host:
        requests = []
        sheet = visit(host.url, lambda page: page.context.on("request", lambda r: requests.append(r.url)))
        predicts(sheet, model)
        assert [url for url in requests if not url.startswith((host.url, "blob:", "data:"))] == []
        assert {status for _, status in host.asked} == {200}


def test_the_bare_repository_with_the_runtime_from_the_cdn(visit, tmp_path, model):
    clone(tmp_path)
    publish_branch(tmp_path)
    assert not (tmp_path / "runtime").exists()
    with Host(tmp_path) as host:
        public = f"http://pages.localhost:{host.port}/ductus/"  # a host name other than the local machine's
        asked, requests = [], []

        def before(page):
            asked.append(play_cdn(page.context, PARTS, ROOT / "runtime"))
            page.context.on("request", lambda request: requests.append(request.url))

        predicts(visit(public, before), model)
        assert {"pyodide.asm.wasm", "core.js", "micropython.wasm"} <= set(asked[0])
        allowed = (public, "blob:", "data:", *(part["cdn"] for part in PARTS.values()))
        assert [url for url in requests if not url.startswith(allowed)] == []
        assert {status for _, status in host.asked} == {200}
        assert host.asked_for("sw.js") == 0


def test_the_repository_on_ones_own_machine_uses_the_runtime_beside_it(visit, tmp_path, model):
    clone(tmp_path)
    (tmp_path / "runtime").symlink_to(ROOT / "runtime")
    with Host(tmp_path) as host:
        requests = []
        predicts(visit(host.url, lambda page: page.context.on("request", lambda r: requests.append(r.url))), model)
        assert [url for url in requests if not url.startswith((host.url, "blob:", "data:"))] == []


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
