"""The site in the browser's cache storage: offline, through updates, and where caching is not allowed.

Most tests use a small site of a few files with the real sw.js and offline.js; the last ones use the real site.
"""

import contextlib
import gzip
import json
import random
import re
import shutil
import threading
import time

import numpy as np
import pytest
from playwright.sync_api import Error as PlaywrightError

import serve
from serving import publish
from tests.conftest import ROOT
from tests.e2e.hosts import Host
from tests.e2e.reader import Sheet, scribble
from tests.support.servers import answering

PAGE = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; worker-src 'self' blob:;
    connect-src 'self'; img-src data:">
<meta name="site" content="repository">
<title>{}</title>
<link rel="icon" href="data:,">
<script type="module" src="js-shims/boot/start.js"></script>
<p><button data-load-again>Load everything again</button><output data-load-again-status></output></p>
<div id="update" role="status"></div>
"""
START = b'import "./again.js";\nimport { registerServiceWorker as keep } from "./offline.js";\nkeep();\n'
# Whether more.txt is cached: no other file has the same number of bytes.
HAS_MORE = """(async () => {
    const kept = await (await caches.open((await caches.keys())[0])).matchAll();
    return kept.some(({headers}) => headers.get("content-length") === "4");
})()"""
# The versions that a page has of its site: in its own text, in a file that it fetches, and in one that its worker
# fetches, which is created as PyScript creates its workers.
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
# The text that is written, and whether it is known what the ink says.
TYPED = "[continuation.dataset.text, document.getElementById('says').value !== '']"
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


def impatient(name, patience, less):
    """Return a script that waits for less time than it does otherwise, in ms."""
    text = (ROOT / name).read_text()
    line = "const PATIENCE_MS = {};"
    assert text.count(line.format(patience)) == 1
    return text.replace(line.format(patience), line.format(less)).encode()


def deploy(folder, words, **more):
    """Publish a version of the small site, with `words` in its files; keywords add files or replace them."""
    offline = impatient("js-shims/boot/offline.js", 3000, 100)
    files = {
        "index.html": publish.page(PAGE.format(words).encode(), "built", []),
        "js-shims/boot/offline.js": offline,
        "js-shims/boot/again.js": (ROOT / "js-shims" / "boot" / "again.js").read_bytes(),
        "js-shims/boot/start.js": START,
        "words.txt": words.encode(),
        "a folder/_same+.txt": b"the same in all versions",
        **more,
    }
    worker = publish.worker(impatient("sw.js", 10000, 2000), files)
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in {**files, "sw.js": worker}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return {publish.integrity(data) for data in files.values()}


def until(page, expression, expected, seconds=90):
    """Wait until an expression in the page has the expected value."""
    end = time.monotonic() + seconds
    while (value := attempt(page, expression)) != expected:
        assert time.monotonic() < end, f"{value} is not {expected}; {attempt(page, STATES)}"
        page.wait_for_timeout(50)


def until_asked(page, host, name):
    """Wait until a file was requested."""
    end = time.monotonic() + 30
    while not any(path == name for path, _ in host.asked):
        assert time.monotonic() < end, name
        page.wait_for_timeout(50)


def until_versions(page, expected, load=lambda: None):
    """Wait until the page has all of one version; `load` is called before each look.

    A new worker takes over once the browser has stopped the old one, which it does when the old one is idle, but
    not always while a debugger such as Playwright is attached. So the old one is stopped here. (Unless the new one
    was asked to take over, it still waits.)
    """
    debugger = page.context.new_cdp_session(page)
    debugger.send("ServiceWorker.enable")
    end = time.monotonic() + 90
    while (value := attempt(page, VERSIONS)) != [expected] * 3:
        assert time.monotonic() < end, f"{value} is not {expected}; {attempt(page, STATES)}"
        page.wait_for_timeout(2000)  # an old worker that receives requests is not idle
        debugger.send("ServiceWorker.stopAllWorkers")
        load()
    debugger.detach()


def attempt(page, expression):
    try:
        return page.evaluate(expression)
    except Exception as error:  # the page is being reloaded
        return error


def never(page, expression, value, seconds=2):
    """Check for a while that an expression does not get a value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert attempt(page, expression) != value
        page.wait_for_timeout(50)


def check_for_update(page):
    """Dispatch the event of a reader's return to the tab."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def come_back(page, host):
    """Open the site again, as a reader would, unless the page just reloads by itself."""
    with contextlib.suppress(PlaywrightError):
        page.goto(host.url)


def forget(page):
    """Empty the browser's HTTP cache, which would otherwise answer in place of the site's cache storage."""
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")


@pytest.fixture
def host(tmp_path):
    with answering(Host(tmp_path / "site")) as host:
        yield host


@pytest.fixture
def kept(new_page, host):
    """Return a page of version "one" that is loaded from the cache storage."""
    deploy(host.folder, "one")
    page = new_page()
    page.goto(host.url)
    until(page, STATES, [None, None, "activated"])
    assert page.evaluate("navigator.serviceWorker.controller") is None  # a first visit is not taken over
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
    check_for_update(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    assert host.asked_for("a folder/_same+.txt") == 1  # unchanged files are not fetched again
    kept.get_by_role("button", name="Reload").click()
    until_versions(kept, "two")
    until(kept, KEYS, {f"ductus {host.url}": sorted(new)})
    assert kept.evaluate(SEEN_BY_THE_READER) == ""


def test_a_reader_who_comes_back_to_the_page_hears_of_what_is_new(kept, host):
    looked = -1
    while looked != (looked := host.asked_for("sw.js")):  # the browser itself checks, a while after loading
        kept.wait_for_timeout(5000)
    deploy(host.folder, "two")
    never(kept, SEEN_BY_THE_READER, "A new version is ready: Reload", seconds=3)
    check_for_update(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")


def test_a_new_version_is_used_from_the_next_load_on(kept, host):
    deploy(host.folder, "two")
    check_for_update(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    host.down = True  # everything is cached
    forget(kept)
    kept.goto(host.url)
    until_versions(kept, "two")


def test_two_pages_of_one_site_never_have_different_versions(kept, host):
    other = kept.context.new_page()
    other.goto(host.url)
    deploy(host.folder, "two")
    check_for_update(kept)
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
    check_for_update(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    new = deploy(host.folder, "three")
    host.asked.clear()
    check_for_update(kept)
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
    check_for_update(kept)
    end = time.monotonic() + 30
    while not host.asked_for(spoilt):
        assert time.monotonic() < end
        kept.wait_for_timeout(50)
    never(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.reload()
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    host.spoilt.clear()
    check_for_update(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.reload()
    until_versions(kept, "two")


def test_a_new_version_of_which_a_file_is_missing_is_refused(kept, host):
    deploy(host.folder, "two")
    (host.folder / "words.txt").unlink()
    check_for_update(kept)
    never(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    assert kept.evaluate(VERSIONS) == ["one"] * 3


def test_a_network_that_fails_while_a_version_comes_does_no_harm(kept, host):
    deploy(host.folder, "two", **{f"{i}.txt": str(i).encode() for i in range(40)})
    host.fail_after = 15
    check_for_update(kept)
    never(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    assert host.down
    kept.reload()
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    host.fail_after, host.down = None, False
    check_for_update(kept)
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
    host.down = True  # it was put back
    forget(kept)
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    host.down = False
    kept.evaluate(throw_away)
    host.spoilt["words.txt"] = b"two"
    forget(kept)
    assert kept.evaluate(VERSIONS) == ["one", "TypeError: Failed to fetch", "TypeError: Failed to fetch"]


def test_other_sites_of_the_same_origin_are_left_alone(kept, host):
    kept.evaluate("caches.open('somebody else').then((store) => store.put('/x', new Response('x')))")
    deploy(host.folder, "two")
    check_for_update(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.get_by_role("button", name="Reload").click()
    until_versions(kept, "two")
    assert sorted(kept.evaluate("caches.keys()")) == [f"ductus {host.url}", "somebody else"]


def test_where_nothing_is_kept_any_more_readers_get_the_new_site_at_once(kept, host):
    """Change the host, as from the built site to the bare repository, or to serve.py on the same port."""
    (host.folder / "index.html").write_text(PAGE.format("bare"))
    (host.folder / "words.txt").write_text("bare")
    shutil.copy(ROOT / "sw.js", host.folder / "sw.js")
    forget(kept)
    kept.goto(host.url)
    until(kept, "document.title", "bare")  # without fetching: Chromium postpones its update check at each fetch
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


# --- files that are damaged, and versions that do not work

DAMAGE = """async ([store, hash]) => {
    const cache = await caches.open(store);
    for (const request of await cache.keys()) {
        if (!decodeURIComponent(request.url).endsWith(hash)) continue;
        const {headers} = await cache.match(request);
        await cache.put(request, new Response("damaged", {headers}));
    }
}"""


def damage(page, host, name):
    """Change the kept bytes of a file in the browser's cache storage."""
    data = (host.folder / name).read_bytes()
    page.evaluate(DAMAGE, [f"ductus {host.url}", publish.hashes(name, data)])


def verify(page):
    return page.evaluate("import('./js-shims/boot/again.js').then(({verify}) => verify())")


def test_a_damaged_copy_is_replaced_when_the_page_asks_for_it(kept, host):
    damage(kept, host, "words.txt")
    assert kept.evaluate(VERSIONS) == ["one", "damaged", "damaged"]  # not at every load
    host.asked.clear()
    assert verify(kept) == {"mended": ["words.txt"], "lost": []}
    assert host.asked_for("words.txt") <= 1 and not host.asked_for("a folder/_same+.txt")
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    assert verify(kept) == {"mended": [], "lost": []}


@pytest.mark.parametrize("name", ["index.html", "js-shims/boot/start.js", "js-shims/boot/offline.js"])
def test_damage_that_keeps_the_page_from_running_heals_at_the_next_load(kept, host, name):
    damage(kept, host, name)
    kept.goto(host.url)
    kept.goto(host.url)
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    runs = "import('./js-shims/boot/offline.js').then(() => document.scripts.length, String)"
    assert kept.evaluate(runs) == 1


def test_a_damaged_page_of_a_version_that_the_server_has_no_more_is_the_new_one(kept, host):
    damage(kept, host, "index.html")
    kept.goto(host.url)
    deploy(host.folder, "two")
    forget(kept)
    kept.goto(host.url)
    until_versions(kept, "two")


def test_a_broken_version_does_not_keep_its_mend_away(kept, host):
    deploy(host.folder, "broken", **{"js-shims/boot/start.js": b"this is no program"})
    check_for_update(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.goto(host.url)
    until_versions(kept, "broken")
    deploy(host.folder, "mended")
    forget(kept)
    until_versions(kept, "mended", load=lambda: come_back(kept, host))


def test_a_page_that_works_is_never_overtaken_for_one_that_does_not(kept, host):
    working = kept.context.new_page()
    working.goto(host.url)
    damage(kept, host, "js-shims/boot/start.js")
    kept.goto(host.url)  # does not run
    deploy(host.folder, "two")
    check_for_update(working)
    until(working, SEEN_BY_THE_READER, "A new version is ready: Reload")
    never(working, STATES, [None, None, "activated"], seconds=4)
    assert working.evaluate(VERSIONS) == ["one"] * 3


def test_a_page_of_which_another_version_answers_half_is_loaded_again(kept, host):
    slow = b"await new Promise((resolve) => setTimeout(resolve, 12000));\n"  # longer than the worker's patience
    deploy(host.folder, "slow", **{"js-shims/boot/start.js": slow + b'(await import("./offline.js"));\n'})
    check_for_update(kept)
    until(kept, SEEN_BY_THE_READER, "A new version is ready: Reload")
    kept.goto(host.url)
    until_versions(kept, "slow")
    deploy(host.folder, "two")
    forget(kept)
    kept.goto(host.url)
    kept.evaluate("navigator.serviceWorker.getRegistration().then((registration) => registration.update())")
    until_versions(kept, "two")


def test_an_install_that_is_killed_half_way_is_resumed(kept, host):
    deploy(host.folder, "two", **{"more.txt": b"more"})
    host.held["words.txt"] = threading.Event()
    host.asked.clear()
    check_for_update(kept)
    until_asked(kept, host, "words.txt")
    until(kept, HAS_MORE, True)
    debugger = kept.context.new_cdp_session(kept)
    debugger.send("ServiceWorker.enable")
    debugger.send("ServiceWorker.stopAllWorkers")
    host.held.pop("words.txt").set()
    until_versions(kept, "two", load=lambda: come_back(kept, host))
    assert host.asked_for("more.txt") == 1


# --- hosts and browsers that do not keep files as they are


def test_a_host_that_declares_gz_as_an_encoding_is_kept_like_any_other(new_page, host):
    host.declares_gz = True
    deploy(host.folder, "one", **{"network.gz": gzip.compress(b"the network")})
    page = new_page()
    page.goto(host.url)
    until(page, STATES, [None, None, "activated"])
    host.down = True
    forget(page)
    page.goto(host.url)
    assert page.evaluate(VERSIONS) == ["one"] * 3
    assert page.evaluate("fetch('network.gz').then((r) => r.text())") == "the network"


CHANGED = "Not kept for use offline: a folder/_same+.txt: the server sends other content. Close"


def test_a_host_that_changes_files_is_named_once_and_nothing_is_left_behind(new_page, host):
    deploy(host.folder, "one")
    host.spoilt["a folder/_same+.txt"] = b"something else"
    page = new_page()
    page.goto(host.url)
    until(page, SEEN_BY_THE_READER, CHANGED)
    page.get_by_role("button", name="Close").click()
    assert page.evaluate(SEEN_BY_THE_READER) == ""
    until(page, KEYS, {})
    host.asked.clear()
    page.goto(host.url)
    until_asked(page, host, "a folder/_same+.txt")
    never(page, SEEN_BY_THE_READER, CHANGED)
    assert host.asked_for("words.txt") == 0  # which would be useless
    host.spoilt.clear()
    page.goto(host.url)
    until(page, STATES, [None, None, "activated"])


def test_a_browser_without_room_is_named_and_keeps_its_room_for_ink(new_page, host):
    deploy(host.folder, "one", **{"big.bin": random.Random(1).randbytes(4_000_000)})
    page = new_page()
    page.goto(host.url + "nothing")
    debugger = page.context.new_cdp_session(page)
    debugger.send("Storage.overrideQuotaForOrigin", {"origin": host.url.split("/ductus")[0], "quotaSize": 1_000_000})
    page.goto(host.url)
    until(page, SEEN_BY_THE_READER, "Not kept for use offline: this browser has no room for it. Close")
    until(page, KEYS, {})
    assert page.evaluate(VERSIONS) == ["one"] * 3


# --- load everything again

INK = """() => new Promise((resolve) => {
    const opening = indexedDB.open("ink");
    opening.onupgradeneeded = () => opening.result.createObjectStore("ink").put("a line", 1);
    opening.onsuccess = () => {
        const {result} = opening;
        result.transaction("ink").objectStore("ink").get(1).onsuccess = ({target}) => {
            result.close();
            resolve([target.result, localStorage.ink ??= "a line"]);
        };
    };
})"""


def test_everything_is_loaded_again_past_all_copies_and_ink_stays(kept, host):
    assert kept.evaluate(INK) == ["a line"] * 2
    listed = {"index.html", "words.txt", "a folder/_same+.txt", "js-shims/boot/offline.js"}
    (host.folder / "SHA256SUMS").write_text("".join(f"{'0' * 64}  {name}\n" for name in sorted(listed)))
    damage(kept, host, "words.txt")
    host.asked.clear()
    kept.get_by_role("button", name="Load everything again").click()
    until(kept, "document.title + document.querySelector('output').textContent", "one")
    until(kept, STATES, [None, None, "activated"])
    assert all(host.asked_for(name) for name in listed)
    assert kept.evaluate(VERSIONS) == ["one"] * 3
    assert kept.evaluate(INK) == ["a line"] * 2
    host.down = True
    forget(kept)
    kept.goto(host.url)
    assert kept.evaluate(VERSIONS) == ["one"] * 3


def test_everything_stays_when_the_server_does_not_answer(kept, host):
    host.down = True
    forget(kept)
    kept.get_by_role("button", name="Load everything again").click()
    until(kept, "document.querySelector('output').textContent", "The server does not answer. Nothing was changed.")
    kept.goto(host.url)
    assert kept.evaluate(VERSIONS) == ["one"] * 3


# --- the real site


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Yield the real site, built and hosted."""
    folder = tmp_path_factory.mktemp("real") / "site"
    serve.build(ROOT, folder)
    with answering(Host(folder)) as host:
        yield host


def serious(message):
    """Return whether a console message is a complaint, other than that the browser found no newer sw.js."""
    return message.type in ("error", "warning") and not message.location["url"].endswith("/sw.js")


def test_a_visit_without_a_network(new_page, real, model):
    """Visit first normally, then with the host down, then with it up again; no other host gets a request."""
    real.held[WEIGHTS] = threading.Event()
    page = new_page(viewport={"width": 1280, "height": 800})
    requests, complaints = [], []
    page.context.on("request", lambda request: requests.append(request))
    page.context.on("console", lambda m: complaints.append(m.text) if serious(m) else None)
    page.context.on("weberror", lambda error: complaints.append(str(error.error)))
    page.goto(real.url)
    page.wait_for_timeout(5000)
    assert real.asked_for(WEIGHTS) == 1 and real.asked_for("sw.js") == 0  # the page's own files come first
    real.held.pop(WEIGHTS).set()
    Sheet(page).ready()
    assert real.asked_for("sw.js") == 0
    until(page, STATES, [None, None, "activated"], seconds=120)
    worker = (real.folder / "sw.js").read_text()
    listed = json.loads(re.search(r"const FILES = (\{.*?\});\n", worker, re.S)[1])
    for name in json.loads(re.search(r"const LATER = (\[.*?\]);", worker, re.S)[1]):
        del listed[name]  # networks that the page does not start with: nothing has asked for them
    assert {"runtime", "py", "weights", "js-shims", "icons"} <= {name.split("/")[0] for name in listed}
    (kept,) = page.evaluate(KEYS).values()
    assert kept == sorted(set(listed.values()))
    big = [name for name in listed if (real.folder / name).stat().st_size > 100_000]
    assert {name: real.asked_for(name) for name in big} == dict.fromkeys(big, 1)  # shared by page and cache
    sheet = Sheet(page)
    sheet.mode("text")  # what that takes is cached once it was used: the network, the reader and the hands
    sheet.write(scribble())
    page.fill("#text-field", "a text")
    written = lambda: page.evaluate(TYPED) == ["a text", True]  # noqa: E731
    sheet.until(written, "the text, in the hand of the ink")
    sheet.until(lambda: len(*page.evaluate(KEYS).values()) == len(kept) + 2, "both networks to be kept")
    sheet.mode("line")

    real.down = True
    forget(page)
    page.close()
    page = page.context.new_page()
    page.goto(real.url)
    sheet = Sheet(page)
    sheet.ready()
    sheet.pause()
    sheet.mode("line")
    sheet.write(scribble())
    sheet.prediction(model)
    sheet.mode("text")
    page.fill("#text-field", "a text")
    sheet.until(written, "the text, without a network")

    real.down = False
    real.asked.clear()
    page.reload()
    page.wait_for_timeout(5000)
    assert {name for name, _ in real.asked} <= {"sw.js"}
    assert complaints == []
    foreign = [r.url for r in requests if not r.url.startswith((real.url, "blob:", "data:"))]
    assert foreign == []
    assert any(r.service_worker for r in requests)  # the check includes its requests


def kept_visit(new_page, real):
    """Return the sheet of a page of the real site that this browser has kept."""
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto(real.url)
    Sheet(page).ready()
    until(page, STATES, [None, None, "activated"], seconds=120)
    return Sheet(page)


def test_a_damaged_network_is_replaced_while_the_page_says_so(new_page, real, model):
    sheet = kept_visit(new_page, real)
    page = sheet.page
    damage(page, real, WEIGHTS)
    page.reload()
    sheet.until(lambda: sheet.loading()[0] == "failed", "the failure")
    said = "document.querySelector('#loading [data-load-again-status]').textContent"
    until(page, said, "A damaged copy in this browser was replaced.")
    assert page.get_by_role("button", name="Load everything again").is_visible()
    sheet.write(scribble())
    written = sheet.ink()
    page.get_by_role("button", name="Try again").click()
    sheet.ready()
    sheet.pause()
    np.testing.assert_array_equal(sheet.ink()[0]["xy"], written[0]["xy"])
    sheet.prediction(model)


@pytest.mark.slow
def test_a_host_that_declares_gz_as_an_encoding_is_asked_once_at_later_visits(new_page, real):
    real.declares_gz = True
    try:
        sheet = kept_visit(new_page, real)
        real.asked.clear()
        forget(sheet.page)
        sheet.page.reload()
        sheet.ready()
        assert {name for name, _ in real.asked} <= {"sw.js"}
    finally:
        real.declares_gz = False


def test_serve_py_keeps_nothing(new_page, site):
    """Check that serve.py never shows outdated files to people who work on the page."""
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto(site.url)
    Sheet(page).ready()
    page.wait_for_timeout(5000)
    assert page.evaluate(STATES) is None
    assert page.evaluate(KEYS) == {}
