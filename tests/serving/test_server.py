"""The server, what it refuses, the command line, and the built site."""

import base64
import contextlib
import gzip
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import serve
from serving import publish
from serving import server as serving
from serving.fetch import ServeError, load_lock
from serving.site_files import site_files
from tests.support.servers import answering

ROOT = Path(__file__).resolve().parents[2]
SECRET = b"must not be served"
POLICY = "default-src 'none'; script-src 'self' https://cdn.test/a@1/; connect-src 'self'\n  https://cdn.test/a@1/"
STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'"
HEADER = STRICT + "; frame-ancestors 'self'"
PAGE = (
    """<!doctype html>
<meta http-equiv="Content-Security-Policy" content="{}">
<meta name="site" content="{}">
<link rel="stylesheet" href="css/base.css">
<p>text</p>
<link rel="stylesheet" href="css/figures/fans.css">
"""
    + "<p>text</p>" * 100
)
ENGINE = {
    "name": "Engine",
    "part": "engine",
    "files": ["*"],
    "licence": "MIT",
    "source": "https://engine.test/",
    "package": "pkg:npm/engine@{version}",
    "texts": ["Engine.txt"],
    "contains": {},
}
FILES = {
    "index.html": PAGE.format(POLICY, "repository").encode(),
    "css/base.css": b"p { color: red }",
    "css/figures/fans.css": b"p { color: green }",
    "sw.js": b"// keeps\nconst FILES = {};\nkeep(FILES);\n",
    "manifest.webmanifest": b"{}",
    "icons/icon.svg": b"<svg/>",
    "icons/icon.png": b"PNG",
    "LICENSE": b"MIT",
    "CITATION.cff": b"cff",
    "py/ductus/model.py": b"pass",
    "py/data.json": b"{}",
    "js-shims/ink/pen.js": b"export {}",
    "js-shims/kernel/kernel.wasm": b"\0asm",
    "js-shims/picture.svg": b"<svg/>",
    "weights/net.jb64": b"W10." * 50,
    "weights/net.jb64.gz": gzip.compress(b"W10."),
    "weights/CARD.md": b"# card",
    "weights/styles.json": b"{}",
    "weights/hands.json": b"{}",
    "weights/samples/a.svg": b"<svg/>",
    "runtime/runtime.json": b"{}",
    "runtime/engine-1.0/engine.mjs": b"export default 1;" * 100,
    "runtime/engine-1.0/some.zip": b"PK",
    "licences/components.json": json.dumps([ENGINE]).encode(),
    "licences/Engine.txt": b"MIT",
}
HIDDEN = [
    ".git/config",
    ".venv/pyvenv.cfg",
    ".gitignore",
    "serve.py",
    "tests/run.py",
    "py/.hidden",
    "py/__pycache__/model.pyc",
    "runtime/.partial/half",
    "weights/training/net.jb64",
    "weights/samples/a.txt",
    "py/serving/server.py",
    "weights/notes.txt",
    "icons/draw.py",
]
# The published page and worker differ from the repository, and all sources and all stylesheets are also in one file.
PLACES = '<meta name="runtime" content="engine-1.0">\n<link rel="stylesheet" href="css/ductus.css">\n<p>'
SOURCES = b'{"ductus/model.py":"pass"}\n'
STYLES_END = b":root { --styles-end: 1; }\n"  # shows guard.js that the file came whole
STYLES = b"p { color: red }p { color: green }" + STYLES_END
SHEETS = ("css/base.css", "css/figures/fans.css")


def published(site):
    page = PAGE.format(STRICT, site)
    for path in SHEETS:
        page = page.replace(f'<link rel="stylesheet" href="{path}">\n', "")
    page = page.replace("<p>", PLACES, 1).encode()
    return FILES | {"index.html": page, "py/sources.json": SOURCES, "css/ductus.css": STYLES}


SERVED = published("served")
MADE = {"NOTICE", "sbom.cdx.json"}  # in a built site only, and not in the list for offline use
BUILT = {path: data for path, data in published("built").items() if path not in {*SHEETS, "licences/components.json"}}


@pytest.fixture
def root(tmp_path):
    """Return a small repository, with files in and around it that must not be served."""
    root = tmp_path / "repository"
    for name, data in [*FILES.items(), *((name, SECRET) for name in HIDDEN), ("../outside.py", SECRET)]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    part = {"version": "1.0", "cdn": "http://x.test/", "npm": {"requirement": "engine@1.0", "folder": ""}}
    part["files"] = [
        {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in ((path.name, path.read_bytes()) for path in sorted((root / "runtime/engine-1.0").iterdir()))
    ]
    (root / "runtime.lock.json").write_text(json.dumps({"parts": {"engine": part}}))
    return root


@contextlib.contextmanager
def serving_of(root):
    """Yield a function that sends one request to a server over `root`, with the target unchanged."""

    def ask(target, method="GET", **headers):
        connection = http.client.HTTPConnection(*server.server_address, timeout=10)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        headers = {"Host": "localhost", **headers}
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        response.data = response.read()
        connection.close()
        return response

    with answering(serve.listen("127.0.0.1", 0, root)) as server:
        yield ask


@pytest.fixture
def ask(root):
    """Yield a function that sends a request to a server over the small repository."""
    with serving_of(root) as ask:
        yield ask


def lock(root):
    return (root / "runtime.lock.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("sw.js", "text/javascript; charset=utf-8"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("icons/icon.png", "image/png"),
        ("css/base.css", "text/css; charset=utf-8"),
        ("runtime.lock.json", "application/json"),
        ("py/ductus/model.py", "text/plain; charset=utf-8"),
        ("js-shims/ink/pen.js", "text/javascript; charset=utf-8"),
        ("js-shims/picture.svg", "image/svg+xml"),
        ("js-shims/kernel/kernel.wasm", "application/wasm"),
        ("runtime/engine-1.0/engine.mjs", "text/javascript; charset=utf-8"),
        ("LICENSE", "text/plain; charset=utf-8"),
        ("licences/Engine.txt", "text/plain; charset=utf-8"),
        ("runtime/engine-1.0/some.zip", "application/zip"),
        ("weights/net.jb64", "text/plain; charset=us-ascii"),
        ("weights/net.jb64.gz", "application/octet-stream"),
        ("weights/CARD.md", "text/plain; charset=utf-8"),
    ],
)
def test_files_come_whole_with_their_type(ask, root, name, kind):
    answer = ask(f"/{name}")
    assert (answer.status, answer.data) == (200, (SERVED | {"runtime.lock.json": lock(root)})[name])
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Encoding"] is None
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_root_is_the_page_and_a_query_changes_nothing(ask):
    assert ask("/").data == ask("/?a=/../b").data == ask("/index.html#x").data == SERVED["index.html"]


def test_names_may_be_percent_encoded(ask):
    assert ask("/%70y/ductus/mod%65l.py").data == FILES["py/ductus/model.py"]


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_not_the_site_is_not_served(ask, name):
    answer = ask(f"/{name}")
    assert answer.status == 404 and SECRET not in answer.data


@pytest.mark.parametrize(
    "target",
    [
        "/../outside.py",
        "/py/../../outside.py",
        "/py/ductus/../model.py",
        "/py/./ductus/model.py",
        "/%2e%2e/outside.py",
        "/py/%2e%2e/%2E%2E/outside.py",
        "/py/..%2f..%2foutside.py",
        "/py/%252e%252e/serve.py",
        "/..%5coutside.py",
        "/py\\..\\serve.py",
        "/py%5c..%5cserve.py",
        "/py/ductus/model.py%00",
        "/py/%00/ductus/model.py",
        "/py//ductus/model.py",
        "//etc/passwd",
        "/py/ductus/model.py/",
        "/py/ductus/model.py::$DATA",
        "/C:/py",
        "/index.html.",
        "/index.html%20",
        "/index.html%2e",
        "/py/ductus./model.py",
        "/py/...../model.py",
        "/py/CON",
        "/NUL",
        "/INDEX~1.HTM",
        "/%5c%5cserver%5cshare",
        "/py/%c0%ae%c0%ae/serve.py",
        "/py/%e2%88%95serve.py",
        "/py/ductus/model.py%0d%0aSet-Cookie:%20a=b",
        "/%ff%fe",
        "/%",
        "py/ductus/model.py",
        "http://x.test/index.html",
        "*",
        "/" + "a" * 5000,
        "/py/" + "a" * 300,
    ],
)
def test_no_path_escapes(ask, target):
    answer = ask(target)
    assert answer.status == 404
    assert answer.data == b"404 Not Found\n"


@pytest.mark.parametrize("name", ["a\\b.py", "a:b.py"])
def test_what_would_be_a_path_on_another_system_names_nothing(ask, root, name):
    (root / "py" / name).write_bytes(SECRET)
    assert ask(f"/py/{name}").status == 404


@pytest.mark.parametrize("folder", ["/py", "/py/", "/py/ductus/", "/weights/", "/runtime", "/runtime/engine-1.0/"])
def test_folders_are_not_listed(ask, folder):
    assert ask(folder).status == 404


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("py/out.py", "../../outside.py"),
        ("py/git", "../.git"),
        ("py/code.py", "../serve.py"),
        ("py/loop.py", "loop.py"),
        ("weights/big.jb64", "training/net.jb64"),
        ("py/nothing.py", "missing.py"),
    ],
)
def test_links_out_of_the_site_are_refused(ask, root, link, target):
    (root / link).symlink_to(target)
    assert ask(f"/{link}").status == 404
    assert ask(f"/{link}/config").status == 404
    assert Path(link) not in [Path(path) for path in site_files(root)]


def test_a_link_within_the_site_works(ask, root):
    (root / "weights/latest.jb64").symlink_to("net.jb64")
    assert ask("/weights/latest.jb64").data == FILES["weights/net.jb64"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_get_and_head(ask, method):
    answer = ask("/index.html", method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert ask("/index.html", "BREW").status == 501


def test_head_is_get_without_a_body(ask):
    for target in ("/index.html", "/missing"):
        got, head = ask(target), ask(target, "HEAD")
        assert head.data == b"" and head.status == got.status
        assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.data))


def test_gzip_if_accepted_and_useful(ask):
    packed = ask("/index.html", Accept_Encoding="br, gzip")
    assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(SERVED["index.html"])
    assert gzip.decompress(packed.data) == SERVED["index.html"]
    assert ask("/js-shims/kernel/kernel.wasm", Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"
    for already in ("/runtime/engine-1.0/some.zip", "/weights/net.jb64.gz"):
        assert ask(already, Accept_Encoding="gzip").headers["Content-Encoding"] is None


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip; q=1.0", True),
        ("gzip ; q=0.001 , br", True),
        (", ,gzip", True),
        ("gzip;q=0.000", False),
        ("gzip;q=2", False),
        ("gzip;q=", False),
        ("gzip;level=9;q=1", False),
        ("*", False),
        ("gzip;q=0", False),
        ("gzip;q=0.0, br", False),
        ("xgzip, gzipx", False),
        ("", False),
    ],
)
def test_accept_encoding(header, allowed):
    assert serving.accepts_gzip(header) is allowed


def test_a_changed_file_is_never_served_from_the_gzip_cache(ask, root):
    first = ask("/css/base.css", Accept_Encoding="gzip")
    (root / "css/base.css").write_bytes(b"p { color: blue }")
    second = ask("/css/base.css", Accept_Encoding="gzip")
    assert gzip.decompress(second.data) == b"p { color: blue }"
    assert first.headers["ETag"] != second.headers["ETag"]


def test_an_unchanged_file_is_not_sent_twice(ask, root):
    first = ask("/index.html")
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert first.headers["Cache-Control"] == "no-cache"
    for validator in ({"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}, {"If_Modified_Since": date}):
        again = ask("/index.html", **validator)
        assert (again.status, again.data, again.headers["ETag"]) == (304, b"", tag)
    # The tag overrides the date; the compressed form has its own tag; invalid validators are ignored.
    assert ask("/index.html", If_None_Match='"x"', If_Modified_Since=date).status == 200
    assert ask("/index.html", If_None_Match=tag, Accept_Encoding="gzip").status == 200
    assert ask("/index.html", If_Modified_Since="yesterday").status == 200
    (root / "index.html").write_bytes(FILES["index.html"] + b"new")
    os.utime(root / "index.html", (2e9, 2e9))
    assert ask("/index.html", If_None_Match=tag).data == SERVED["index.html"] + b"new"
    assert ask("/index.html", If_Modified_Since=date).data == SERVED["index.html"] + b"new"


def test_the_runtime_is_cached_forever_but_not_its_stamp(ask):
    assert "immutable" in ask("/runtime/engine-1.0/engine.mjs").headers["Cache-Control"]
    assert ask("/runtime/runtime.json").headers["Cache-Control"] == "no-cache"
    assert ask("/runtime/engine-1.0/missing.mjs").headers["Cache-Control"] == "no-cache"


def test_every_answer_stays_with_its_own_origin(ask):
    """Check that another site can neither embed what this server sends nor frame the page."""
    for target, method in (("/", "GET"), ("/sw.js", "HEAD"), ("/missing", "GET"), ("/", "POST"), ("/", "BREW")):
        answer = ask(target, method)
        assert answer.headers.get_all("Cross-Origin-Resource-Policy") == ["same-origin"]
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert "frame-ancestors" not in ask("/").data.decode()  # a static host decides that for itself


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:1", "[::1]:8000", "ductus.localhost", "127.0.0.1."],
)
def test_this_machine_has_several_names(ask, host):
    assert ask("/", Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:8000",
        "localhost.evil.test",
        "evillocalhost",
        "127.0.0.1.evil.test",
        "10.0.0.1",
        "",
        ".",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_name_that_only_points_here_is_refused(ask, host, method):
    """Check that a site whose name was made to point to 127.0.0.1 cannot read the page (DNS rebinding)."""
    answer = ask("/", method, Host=host)
    assert answer.status == 421 and answer.headers["Connection"] != "keep-alive"
    assert answer.data == b"" if method == "HEAD" else b"--allow-host NAME" in answer.data


@pytest.mark.parametrize(
    ("name", "expected"),
    [("proxy.test", True), ("PROXY.TEST.", True), ("b.test", True), ("a.proxy.test", False), ("mine", True)],
)
def test_a_proxys_name_can_be_allowed(name, expected):
    names = serving.loopback_names("127.0.0.1", "mine", ["Proxy.test", "b.test"])
    assert serving.answers_to(names, name) is expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_address_for_all_networks_is_shown_as_one_that_opens(root, host):
    if host == "::" and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with answering(serve.listen(host, 0, root)) as server:
        place = urlsplit(server.url)
        assert place.hostname in ("127.0.0.1", "::1")
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
        connection.request("GET", "/", headers={"Host": "any.test"})  # opened to all networks on purpose
        assert connection.getresponse().status == 200
        connection.close()


def test_ports():
    with serve.listen("127.0.0.1", 0, ROOT) as server:
        port = server.server_address[1]
        with pytest.raises(ServeError, match=f"cannot serve on 127.0.0.1, port {port}: Address already in use"):
            serve.listen("127.0.0.1", port, ROOT)
    with pytest.raises(ServeError, match="no host named"):
        serve.listen("no such host", 0, ROOT)
    for port in (-1, 65536):
        with pytest.raises(ServeError, match="is not a port"):
            serve.listen("127.0.0.1", port, ROOT)


def test_the_first_free_port_from_8000():
    with serve.listen("127.0.0.1", None, ROOT) as first, serve.listen("127.0.0.1", None, ROOT) as second:
        assert 8000 <= first.server_address[1] < second.server_address[1] < 8100


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_ipv6(root):
    with serve.listen("::1", 0, root) as server:
        assert re.fullmatch(r"http://\[::1\]:\d+/", server.url)


def start(*arguments):
    """Run serve.py as a separate program."""
    return subprocess.Popen(
        [sys.executable, "serve.py", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test runner may ignore interrupts, which a child process inherits.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_program_serves_until_it_is_stopped(stop):
    with start("--no-open", "--port", "0") as program:
        address = re.search(r"127\.0\.0\.1:(\d+)", program.stdout.readline())
        connection = http.client.HTTPConnection("127.0.0.1", int(address[1]), timeout=10)
        connection.request("GET", "/runtime.lock.json")
        assert connection.getresponse().read() == (ROOT / "runtime.lock.json").read_bytes()
        program.send_signal(stop)
        out, err = program.communicate(timeout=10)
    assert (program.returncode, out.strip(), err) == (0, "stopped", "")


def test_the_program_answers_to_a_host_that_it_was_told(tmp_path):
    with start("--no-open", "--port", "0", "--allow-host", "proxy.test") as program:
        port = int(re.search(r"127\.0\.0\.1:(\d+)", program.stdout.readline())[1])
        for host, status in (("proxy.test", 200), ("other.test", 421)):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("HEAD", "/runtime.lock.json", headers={"Host": host})
            assert connection.getresponse().status == status
            connection.close()
        program.terminate()
    for wrong in ("https://proxy.test/", "proxy.test:80", "a b", ""):
        with start("--allow-host", wrong) as program:
            assert "--allow-host" in program.communicate(timeout=30)[1]
        assert program.returncode == 2


def test_a_port_in_use_is_reported():
    with socket.create_server(("127.0.0.1", 0)) as taken, start("--port", str(taken.getsockname()[1])) as program:
        out, err = program.communicate(timeout=30)
    assert program.returncode == 1 and out == ""
    assert re.fullmatch(r"serve\.py: cannot serve on 127\.0\.0\.1, port \d+: Address already in use\n", err)


def test_a_folder_that_cannot_be_written_is_reported(root, monkeypatch, capsys):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied", str(root / "runtime"))

    monkeypatch.setattr(serve, "ensure", refuse)
    assert serve.main(["--fetch-only"]) == 1
    assert capsys.readouterr().err == f"serve.py: {root / 'runtime'}: Permission denied\n"


def test_a_browser_is_opened_only_where_there_is_a_screen(monkeypatch):
    opened = threading.Event()
    monkeypatch.setattr(serve.webbrowser, "open", lambda url: opened.set())
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    serve.open_browser("http://x.test/")
    assert not opened.wait(0.2)
    monkeypatch.setenv("DISPLAY", ":0")
    serve.open_browser("http://x.test/")
    assert opened.wait(5)


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_built_site_is_what_is_served(root, ask, tmp_path):
    total = serve.build(root, tmp_path / "out/site")
    built = contents(tmp_path / "out/site")
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out/site"]
    sums = built.pop("SHA256SUMS").decode()
    assert built.pop(".nojekyll") == b"" and built.pop(".ductus-build").startswith(b"#")
    assert set(built) == {*BUILT, *MADE, "runtime.lock.json"}
    assert total == sum(map(len, built.values()))
    assert built["index.html"] == BUILT["index.html"]
    for name in built.keys() - {"index.html", "sw.js", *MADE}:
        assert ask(f"/{name}").data == built[name]
    assert sums.splitlines() == [
        f"{hashlib.sha256(built[line[66:]]).hexdigest()}  {line[66:]}" for line in sums.splitlines()
    ]
    assert len(sums.splitlines()) == len(built)


def listed(worker):
    """Return the list of files in a built sw.js."""
    return json.loads(re.search(r"const FILES = (\{.*?\});\n", worker.decode(), re.S)[1])


def test_the_built_worker_lists_every_other_file_with_its_hash(root, tmp_path):
    serve.build(root, tmp_path / "site")
    built = contents(tmp_path / "site")
    others = built.keys() - {"sw.js", "SHA256SUMS", ".nojekyll", ".ductus-build", "licences/Engine.txt", *MADE}
    assert {name: hashes.split(" ")[0] for name, hashes in listed(built["sw.js"]).items()} == {
        name: f"sha256-{base64.b64encode(hashlib.sha256(built[name]).digest()).decode()}" for name in others
    }
    assert built["sw.js"].startswith(b"// keeps\n") and built["sw.js"].endswith(b"};\nkeep(FILES);\n")


def test_the_built_worker_knows_what_is_inside_a_gz(root, tmp_path):
    (root / "weights" / "net.jb64.gz").write_bytes(gzip.compress(b"a network", mtime=0))
    (root / "weights" / "odd.jb64.gz").write_bytes(b"no gzip")
    serve.build(root, tmp_path / "site")
    built = contents(tmp_path / "site")
    found = listed(built["sw.js"])
    packed = publish.integrity(built["weights/net.jb64.gz"])
    assert found["weights/net.jb64.gz"] == f"{packed} {publish.integrity(b'a network')}"
    assert found["weights/odd.jb64.gz"] == publish.integrity(b"no gzip")


def test_networks_that_the_page_does_not_start_with_are_cached_later():
    page = (ROOT / "js-shims" / "boot" / "boot.js").read_bytes()
    files = {"js-shims/boot/boot.js": page, "weights/styles.json": b"{}", "weights/ductus-500.jb64.gz": b"first"}
    later = {"weights/ductus-text-500.jb64.gz": b"text", "weights/old/net.jb64": b"old"}
    script = publish.worker((ROOT / "sw.js").read_bytes(), files | later).decode()
    assert json.loads(re.search(r"const LATER = (\[.*?\]);", script, re.S)[1]) == sorted(later)
    assert set(listed(script.encode())) == {*files, *later}


def test_the_served_worker_keeps_nothing(ask):
    assert listed(ask("/sw.js").data) == {}


def test_the_page_names_no_host_where_the_runtime_is_beside_it(ask, root, tmp_path):
    assert ask("/").headers["Content-Security-Policy"] == HEADER
    assert ask("/").data == SERVED["index.html"]
    assert ask("/sw.js").headers["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"
    assert ask("/py/ductus/model.py").headers["Content-Security-Policy"] is None


def test_the_sources_in_one_file_are_current(ask, root):
    first = ask("/py/sources.json", Accept_Encoding="gzip")
    assert gzip.decompress(first.data) == SOURCES and first.headers["Content-Type"] == "application/json"
    assert ask("/py/sources.json", Accept_Encoding="gzip", If_None_Match=first.headers["ETag"]).status == 304
    assert ask("/py/sources.json", method="HEAD").data == b""
    (root / "py/worker").mkdir()
    (root / "py/worker/main.py").write_text("import ductus")  # PyScript requests it by name
    (root / "py/ductus/model.py").write_text("changed")
    (root / "py/secret.py").symlink_to(root.parent / "outside.py")
    again = ask("/py/sources.json", If_None_Match=first.headers["ETag"])
    assert json.loads(again.data) == {"ductus/model.py": "changed"}


def test_the_stylesheets_in_one_file_are_current(ask, root):
    first = ask("/css/ductus.css")
    assert first.data == STYLES and first.headers["Content-Type"] == "text/css; charset=utf-8"
    (root / "css/figures/fans.css").write_bytes(b"p { color: blue }")
    again = ask("/css/ductus.css", If_None_Match=first.headers["ETag"])
    assert again.data == b"p { color: red }p { color: blue }" + STYLES_END


def test_a_missing_stylesheet_is_named(ask, root, tmp_path, capsys):
    (root / "css/figures/fans.css").unlink()
    with pytest.raises(ServeError, match=r"links css/figures/fans\.css, which does not exist"):
        serve.build(root, tmp_path / "site")
    assert ask("/css/ductus.css").status == 500 and "fans.css" in capsys.readouterr().err


def test_every_stylesheet_is_linked_once():
    linked = publish.stylesheets((ROOT / "index.html").read_bytes())
    embedded = "css/embed.css"  # a figure shown alone asks for it
    assert embedded in (ROOT / "js-shims" / "boot" / "embed.js").read_text()
    assert sorted([*linked, embedded]) == sorted(
        path.relative_to(ROOT).as_posix() for path in (ROOT / "css").rglob("*.css")
    )
    html = publish.page((ROOT / "index.html").read_bytes(), "served", []).decode()
    assert html.count('rel="stylesheet"') == 1


def test_a_built_page_knows_its_address_if_it_was_given(root, tmp_path):
    (root / "index.html").write_bytes((ROOT / "index.html").read_bytes())
    for path in publish.stylesheets((ROOT / "index.html").read_bytes()):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"")
    for url, expected in (("", "./"), ("https://a.test/b", "https://a.test/b/")):
        serve.build(root, tmp_path / "site", url and serve.site_url(url))
        html = (tmp_path / "site/index.html").read_text()
        assert f'<link rel="canonical" href="{expected}">' in html
        assert f'<meta property="og:image" content="{expected.removeprefix("./")}icons/preview.png">' in html
    for wrong in ("a.test", "javascript:alert(1)", 'https://a.test/"><script>', "https://a.test/?b"):
        with pytest.raises(ValueError):
            serve.site_url(wrong)


def test_a_published_page_preloads_existing_modules():
    html = publish.page((ROOT / "index.html").read_bytes(), "served", load_lock(ROOT)).decode()
    asked = re.findall(r'<link rel="modulepreload" href="(runtime/[^"]+)">', html)
    places = [f"runtime/{file.place}" for file in load_lock(ROOT)]
    assert len(asked) == 4 and set(asked) <= set(places)
    folders = re.search(r'<meta name="runtime" content="([^"]+)">', html)[1].split()
    assert {place.split("/")[1] for place in places} == set(folders)


def test_a_built_page_is_served_as_it_is(root, tmp_path):
    serve.build(root, tmp_path / "site")
    with serving_of(tmp_path / "site") as ask:
        assert ask("/").data == BUILT["index.html"]
        assert ask("/").headers["Content-Security-Policy"] == HEADER
        assert listed(ask("/sw.js").data)


@pytest.mark.parametrize(
    ("name", "damaged", "message"),
    [
        ("index.html", PAGE.format(POLICY, "elsewhere"), "needs one Content-Security-Policy and one <meta"),
        ("index.html", '<meta name="site" content="repository">', "needs one Content-Security-Policy and one <meta"),
        ("sw.js", "const FILES = [];\n", "sw.js needs one line"),
    ],
)
def test_what_cannot_be_published_is_reported(root, ask, tmp_path, name, damaged, message, capsys):
    (root / name).write_text(damaged)
    with pytest.raises(ServeError, match=message):
        serve.build(root, tmp_path / "site")
    assert not (tmp_path / "site").exists()
    if '"repository"' in damaged:
        assert ask("/").status == 500
        assert message in capsys.readouterr().err


def test_the_repository_page_allows_the_runtimes_own_folders_and_no_other_host():
    allowed = publish.policy((ROOT / "index.html").read_bytes())
    parts = json.loads(lock(ROOT))["parts"].items()
    folders = [
        part["cdn"] for name, part in parts if name not in ("serif", "sans")
    ]  # fonts: only from beside the page
    assert re.findall(r"https?://\S+?(?=[;\s]|$)", allowed) == folders * 2
    strict = publish.policy(publish.page((ROOT / "index.html").read_bytes(), "built", []))
    directives = dict(directive.strip().split(" ", 1) for directive in strict.split(";"))
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == "'none'"
    words = {word for directive in directives.values() for word in directive.split()}
    assert words == {"'none'", "'self'", "'unsafe-eval'", "'wasm-unsafe-eval'", "blob:", "data:"}
    assert directives["style-src"] == directives["connect-src"] == directives["font-src"] == "'self'"
    assert [name for name, value in directives.items() if "data:" in value] == ["img-src"]


@pytest.mark.parametrize("place", [".", "py", "py/new", "js-shims/x"])
def test_a_build_into_the_sources_is_refused(root, place):
    before = contents(root)
    with pytest.raises(ServeError, match="part of the sources"):
        serve.build(root, root / place)
    assert contents(root) == before


@pytest.mark.parametrize("name", ["index.html", "sw.js", "LICENSE", "weights"])
def test_an_incomplete_site_is_not_built(root, tmp_path, name):
    shutil.rmtree(root / name) if (root / name).is_dir() else (root / name).unlink()
    with pytest.raises(ServeError, match=f"missing: {name}"):
        serve.build(root, tmp_path / "site")
    assert not (tmp_path / "site").exists()
