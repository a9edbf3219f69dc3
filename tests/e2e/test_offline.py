"""The site in the browser's keeping: without a network, through updates, and where it may not be kept.

Most tests use a small site of a few files with the real sw.js and offline.js; the last ones, the real site.
"""

import json
import re
import shutil
import threading
import time

import pytest

import serve
from serving import publish
from tests.conftest import ROOT
from tests.e2e.hosts import Host
from tests.e2e.reader import Sheet, scribble

PAGE = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; worker-src 'self' blob:;
    connect-src 'self'; img-src data:">
<meta name="site" content="repository">
<title>{}</title>
<link rel="icon" href="data:,">
<script type="module" src="js-shims/boot/start.js"></script>
<div id="update" role="status"></div>
"""
# What a page has of its site: the version in its own text, in a file that it fetches, and in one that a worker of its
# own fetches, made as PyScript makes them.
VERSIONS = """async () => {
    const words = async (name) => (await fetch(name)).text().catch(String);
    const source = `onmessage = ({data}) => fetch(data).then((r) => r.text(), String).then(postMessage)`;
    const worker = new Worker(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
    const answer = new Promise((resolve) => worker.onmessage = ({data}) => resolve(data));
    worker.postMessage(new URL("words.txt", location).href);
    const seen = [document.title, await words("words.txt").catch(String), await answer];
    worker.terminate();
    return seen;
}"""
STATES = """async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    if (!registration) return null;
    const {installing, waiting, active} = registration;
    return [installing, waiting, active].map((worker) => worker?.state ?? null);
}"""
KEYS = """async () => {
    const found = {};
    for (const name of await caches.keys()) {
        const requests = await (await caches.open(name)).keys();
        found[name] = requests.map(({url}) => decodeURIComponent(url.split("/").pop())).sort();
    }
    return found;
}"""
WEIGHTS = "weights/ductus-500.jb64.gz"
SEEN_BY_THE_READER = "document.querySelector('#update').innerText"


def deploy(folder, words, **more):
    """Publishes a version of the small site, with `words` in its files; keywords add files or replace them."""
    offline = (ROOT / "js-shims" / "boot" / "offline.js").read_text()
    assert offline.count("const PATIENCE_MS = 3000;") == 1
    files = {
        "index.html": publish.page(PAGE.format(words).encode(), "built", []),
        "js-shims/boot/offline.js": offline.replace("const PATIENCE_MS = 3000;", "const PATIENCE_MS = 100;").encode(),
        "js-shims/boot/start.js": b'import { registerServiceWorker as keep } from "./offline.js";\nkeep();\n',
        "words.txt": words.encode(),
        "a folder/_same+.txt": b"the same in all versions",
        **more,
    }
    worker = publish.worker((ROOT / "sw.js").read_bytes(), files)
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in {**files, "sw.js": worker}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return {publish.integrity(data) for data in files.values()}


def until(page, expression, expected, seconds=90):
    """Waits until an expression in the page has a value."""
    end = time.monotonic() + seconds
    while (value := attempt(page, expression)) != expected:
        assert time.monotonic() < end, f"{value} is not {expected}; {attempt(page, STATES)}"
        page.wait_for_timeout(50)


def until_versions(page, expected):
    """Waits until the page has all of one version.

    A new worker that takes over waits until the browser has stopped the old one, which it does when that is idle; but
    not always where a debugger watches the worker, as Playwright does. So the old one is stopped here. (Where nobody
    has asked for the new one to take over, it goes on to wait nevertheless.)
    """
    debugger = page.context.new_cdp_session(page)
    debugger.send("ServiceWorker.enable")
    end = time.monotonic() + 90
    while (value := attempt(page, VERSIONS)) != [expected] * 3:
        assert time.monotonic() < end, f"{value} is not {expected}; {attempt(page, STATES)}"
        page.wait_for_timeout(2000)  # an old worker that is asked for files is not idle
        debugger.send("ServiceWorker.stopAllWorkers")
    debugger.detach()


def attempt(page, expression):
    try:
        return page.evaluate(expression)
    except Exception as error:  # the page is being loaded again
        return error


def never(page, expression, value, seconds=2):
    """Watches for a while that an expression does not get a value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert attempt(page, expression) != value
        page.wait_for_timeout(50)


def look_for_news(page):
    """What the browser does when the reader comes back to the tab."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def forget(page):
    """Empties the browser's own cache, which would otherwise stand in for the site's keeping."""
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")


@pytest.fixture
def host(tmp_path):
    with Host(tmp_path / "site") as host:
        yield host
        host.shutdown()


@pytest.fixture
def kept(new_page, host):
    """A page of version "one" that comes out of the browser's keeping."""
    deploy(host.folder, "one")
    page = new_page()
    page.goto(host.url)
    until(page, STATES, [None, None, "activated"])
    assert page.evaluate("navigator.serviceWorker.controller") is None  # a first visit stays what it was
    page.goto(host.url)
    assert page.evaluate("navigator.serviceWorker.controller.state") == "activated"
    return page


def test_every_file_is_kept_by_its_hash(kept, host):
    assert kept.evaluate(KEYS) == {f"ductus {host.url}": sorted(deploy(host.folder, "one"))}


def test_without_a_network_everything_is_there(kept, host):
    host.down = True
    forget(kept)
    page = kept.context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(host.url + "index.html?a=b#c")
    assert page.evaluate(VERSIONS) == ["one"] * 3
    page.goto(host.url)
    assert page.evaluate(VERSIONS) == ["one"] * 3
    assert page.evaluate("fetch('a folder/_same+.txt').then((r) => r.text())") == "the same in all versions"
    head = "fetch('words.txt').then((r) => [r.status, r.headers.get('content-length'), r.redirected])"
    assert page.evaluate(head) == [200, "3", False]
    assert complaints == []


def test_what_is_not_on_the_list_is_asked_of_the_host(kept, host):
    (host.folder / "mine.txt").write_text("my own weights")
    assert kept.evaluate("fetch('mine.txt').then((r) => r.text())") == "my own weights"
    assert kept.evaluate("fetch('missing.txt').then((r) => r.status)") == 404
    assert kept.evaluate("fetch('words.txt', {method: 'POST'}).then((r) => r.status)") == 501


def test_the_kept_files_cost_the_host_nothing(kept, host):
    host.asked.clear()
    forget(kept)
    kept.reload()
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    assert {name for name, _ in host.asked} <= {"sw.js"}


def test_a_new_version_waits_beside_the_old_and_is_offered(kept, host):
    new = deploy(host.folder, "two")
    look_for_news(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    assert host.asked_for("a folder/_same+.txt") == 1  # what has not changed is not fetched again
    kept.get_by_role("button", name="Reload").click()
    until_versions(kept, "two")
    until(kept, KEYS, {f"ductus {host.url}": sorted(new)})
    assert kept.evaluate(SEEN_BY_THE_READER) == ""


def test_a_reader_who_comes_back_to_the_page_hears_of_what_is_new(kept, host):
    looked = -1
    while looked != (looked := host.asked_for("sw.js")):  # the browser itself looks, a while after loading
        kept.wait_for_timeout(5000)
    deploy(host.folder, "two")
    never(kept, SEEN_BY_THE_READER, "A new version is ready: Reload", seconds=3)
    look_for_news(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")


def test_a_new_version_is_used_from_the_next_load_on(kept, host):
    deploy(host.folder, "two")
    look_for_news(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    host.down = True  # all of it is here
    forget(kept)
    kept.goto(host.url)
    until_versions(kept, "two")


def test_two_pages_of_one_site_never_have_different_versions(kept, host):
    other = kept.context.new_page()
    other.goto(host.url)
    deploy(host.folder, "two")
    look_for_news(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.get_by_role("button", name="Reload").click()
    until(kept, f"{SEEN_BY_THE_READER}.includes('closed in all other tabs')", True)
    kept.reload()
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    assert kept.evaluate(VERSIONS) == other.evaluate(VERSIONS) == ["one"] * 3
    other.close()
    kept.get_by_role("button", name="Reload").click()
    until_versions(kept, "two")


def test_a_third_version_overtakes_a_second_that_waits(kept, host):
    deploy(host.folder, "two")
    look_for_news(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    new = deploy(host.folder, "three")
    host.asked.clear()
    look_for_news(kept)
    until(kept, STATES, [None, "installed", "activated"])
    end = time.monotonic() + 30
    while not host.asked_for("words.txt"):
        assert time.monotonic() < end
        kept.wait_for_timeout(50)
    until(kept, STATES, [None, "installed", "activated"])
    kept.get_by_role("button", name="Reload").click()
    until_versions(kept, "three")
    until(kept, KEYS, {f"ductus {host.url}": sorted(new)})


@pytest.mark.parametrize("spoilt", ["words.txt", "index.html"])
def test_a_new_version_with_a_wrong_file_is_refused_and_the_old_one_stays(kept, host, spoilt):
    deploy(host.folder, "two")
    host.spoilt[spoilt] = (host.folder / spoilt).read_bytes() + b" "
    host.asked.clear()
    look_for_news(kept)
    end = time.monotonic() + 30
    while not host.asked_for(spoilt):
        assert time.monotonic() < end
        kept.wait_for_timeout(50)
    never(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.reload()
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    host.spoilt.clear()
    look_for_news(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.reload()
    until_versions(kept, "two")


def test_a_new_version_of_which_a_file_is_missing_is_refused(kept, host):
    deploy(host.folder, "two")
    (host.folder / "words.txt").unlink()
    look_for_news(kept)
    never(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    assert kept.evaluate(VERSIONS) == ["one"] * 3


def test_a_network_that_fails_while_a_version_comes_does_no_harm(kept, host):
    deploy(host.folder, "two", **{f"{i}.txt": str(i).encode() for i in range(40)})
    host.fail_after = 15
    look_for_news(kept)
    never(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    assert host.down
    kept.reload()
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    host.fail_after, host.down = None, False
    look_for_news(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.reload()
    until_versions(kept, "two")


def test_a_first_visit_with_a_wrong_file_keeps_nothing_and_works(new_page, host):
    deploy(host.folder, "one")
    host.spoilt["a folder/_same+.txt"] = b"something else"
    page = new_page()
    page.goto(host.url)
    until(page, "navigator.serviceWorker.getRegistration().then((r) => r === undefined)", True)
    never(page, STATES, [None, None, "activated"], seconds=4)
    assert page.evaluate(VERSIONS) == ["one"] * 3


def test_a_file_that_the_browser_threw_away_is_replaced_by_the_same_or_by_none(kept, host):
    throw_away = f"""async () => {{
        const store = await caches.open("ductus {host.url}");
        for (const request of await store.keys()) {{
            if (decodeURIComponent(request.url).endsWith("{publish.integrity(b"one")}")) await store.delete(request);
        }}
    }}"""
    kept.evaluate(throw_away)
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    host.spoilt["words.txt"] = b"two"
    forget(kept)
    assert kept.evaluate(VERSIONS) == ["one", "TypeError: Failed to fetch", "TypeError: Failed to fetch"]


def test_other_sites_of_the_same_origin_are_left_alone(kept, host):
    kept.evaluate("caches.open('somebody else').then((store) => store.put('/x', new Response('x')))")
    deploy(host.folder, "two")
    look_for_news(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.get_by_role("button", name="Reload").click()
    until_versions(kept, "two")
    assert sorted(kept.evaluate("caches.keys()")) == [f"ductus {host.url}", "somebody else"]


def test_where_nothing_is_kept_any_more_readers_get_the_new_site_at_once(kept, host):
    """As after a change from the built site to the bare repository, or to serve.py on the same port."""
    (host.folder / "index.html").write_text(PAGE.format("bare"))
    (host.folder / "words.txt").write_text("bare")
    shutil.copy(ROOT / "sw.js", host.folder / "sw.js")
    forget(kept)
    kept.goto(host.url)
    until(
        kept, "document.title", "bare"
    )  # without fetching: Chromium puts its look for a new worker off at each fetch
    assert kept.evaluate(VERSIONS) == ["bare"] * 3
    until(kept, KEYS, {})
    until(kept, STATES, None)


BLOCKED = {
    "by the browser": {"service_workers": "block"},
    "because there are none": "Object.defineProperty(Navigator.prototype, 'serviceWorker', {get: () => undefined})",
    "by throwing": "Object.defineProperty(Navigator.prototype, 'serviceWorker', {get() { throw new Error(); }})",
    "by refusing": """for (const name of ["register", "getRegistration"]) {
        ServiceWorkerContainer.prototype[name] = () => Promise.reject(new DOMException("denied", "SecurityError"));
    }""",
}


@pytest.mark.parametrize("how", BLOCKED)
def test_the_page_is_the_same_where_service_workers_are_blocked(new_page, host, how):
    deploy(host.folder, "one")
    means = BLOCKED[how]
    page = new_page(**means) if isinstance(means, dict) else new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    if isinstance(means, str):
        page.add_init_script(means)
    page.goto(host.url)
    page.wait_for_timeout(1000)
    assert page.evaluate(VERSIONS) == ["one"] * 3
    assert errors == []
    assert host.asked_for("sw.js") == 0


# --- the real site


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The real site, built and hosted."""
    folder = tmp_path_factory.mktemp("real") / "site"
    serve.build(ROOT, folder)
    with Host(folder) as host:
        yield host
        host.shutdown()


def test_a_visit_without_a_network(new_page, real, model):
    """A first visit, a second with the host gone, a third with it back; no other host is asked for anything."""
    real.held[WEIGHTS] = threading.Event()
    page = new_page(viewport={"width": 1280, "height": 800})
    requests, complaints = [], []
    page.context.on("request", lambda request: requests.append(request))
    page.context.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.context.on("weberror", lambda error: complaints.append(str(error.error)))
    page.goto(real.url)
    page.wait_for_timeout(5000)
    assert real.asked_for(WEIGHTS) == 1 and real.asked_for("sw.js") == 0  # the page's own needs come first
    real.held.pop(WEIGHTS).set()
    Sheet(page).ready()
    assert real.asked_for("sw.js") == 0
    until(page, STATES, [None, None, "activated"], seconds=120)
    listed = json.loads(re.search(r"const FILES = (\{.*?\});\n", (real.folder / "sw.js").read_text(), re.S)[1])
    assert {"runtime", "py", "weights", "js-shims", "icons"} <= {name.split("/")[0] for name in listed}
    (kept,) = page.evaluate(KEYS).values()
    assert kept == sorted(set(listed.values()))
    big = [name for name in listed if (real.folder / name).stat().st_size > 100_000]
    assert {name: real.asked_for(name) for name in big} == dict.fromkeys(big, 1)  # once, for page and keeping alike

    real.down = True
    forget(page)
    page.close()
    page = page.context.new_page()
    page.goto(real.url)
    sheet = Sheet(page)
    sheet.ready()
    sheet.pause()
    sheet.write(scribble())
    sheet.prediction(model)

    real.down = False
    real.asked.clear()
    page.reload()
    page.wait_for_timeout(5000)
    assert {name for name, _ in real.asked} <= {"sw.js"}
    assert complaints == []
    foreign = [r.url for r in requests if not r.url.startswith((real.url, "blob:", "data:"))]
    assert foreign == []
    assert any(r.service_worker for r in requests)  # its requests were among those that were looked at


def test_serve_py_keeps_nothing(new_page, site):
    """People who work on the page never see yesterday's files."""
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto(site.url)
    Sheet(page).ready()
    page.wait_for_timeout(5000)
    assert page.evaluate(STATES) is None
    assert page.evaluate(KEYS) == {}
