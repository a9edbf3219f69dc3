"""Fetching the runtime: every source is simulated on this machine, so no test needs a network."""

import hashlib
import io
import json
import re
import socket
import subprocess
import sys
import tarfile
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from serving import fetch as fetching
from serving import package_clients
from serving.fetch import ServeError, from_cdn
from tests.support.servers import answering

ROOT = Path(__file__).resolve().parents[2]
NPM_PACKAGE, WHEEL = "engine@1.0", "carrier==2.0"
FULL_LOCK = {
    "info": {"python": "3.13.2"},
    "packages": {name: {"file_name": f"{name}.whl"} for name in ("numpy", "scipy", "micropip")},
}
CONTENT = {
    "engine.mjs": b"export default 1;\n" * 4000,
    "engine.wasm": bytes(range(256)) * 1500,
    "pyodide-lock.json": json.dumps(FULL_LOCK).encode(),
    "numpy.whl": b"wheel bytes " * 30_000,
}


@pytest.fixture
def cdn():
    """Yield a web server with the runtime's files that can misbehave on demand; it records the requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200)
            self.end_headers()

        def do_GET(self):
            name = self.path.rsplit("/", 1)[-1]
            server.asked.append((name, self.headers.get("Range")))
            data = server.content.get(name)
            if data is None:
                self.send_error(404)
                return
            start = 0
            span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "") if server.ranges else None
            if span and int(span[1]) >= len(data):
                self.send_error(416)
                return
            stop = len(data)
            if span:
                start = int(span[1])
                stop = min(stop, int(span[2] or stop) + 1)
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(stop - start))
            self.end_headers()
            cut = server.cut.pop(name, [])
            end = start + cut.pop(0) if cut else stop
            if cut:
                server.cut[name] = cut
            self.wfile.write(data[start : min(stop, end)])
            server.sent += min(stop, end) - start

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.content, server.asked, server.cut, server.ranges, server.sent = dict(CONTENT), [], {}, True, 0
    server.url = f"http://127.0.0.1:{server.server_address[1]}/"
    server.handle_error = lambda *args: None  # a client may close the connection early
    with answering(server):
        yield server


@pytest.fixture
def root(tmp_path, cdn):
    """Return a repository with only a lock file for CONTENT."""
    trimmed = {"info": FULL_LOCK["info"], "packages": {"numpy": FULL_LOCK["packages"]["numpy"]}}
    finished = CONTENT | {"pyodide-lock.json": (json.dumps(trimmed, indent=1, sort_keys=True) + "\n").encode()}
    files = [
        {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in finished.items()
    ]
    files[2]["keep"] = ["numpy"]
    files[3]["client"] = "pip"
    part = {
        "version": "1.0",
        "cdn": cdn.url,
        "npm": {"requirement": NPM_PACKAGE, "folder": "package/"},
        "pip": {"requirement": WHEEL, "folder": "carrier/files/"},
        "files": files,
    }
    (tmp_path / "runtime.lock.json").write_text(json.dumps({"parts": {"engine": part}}))
    return tmp_path


def fetch(root, *sources):
    fetching.ensure(root, list(sources) or [("CDN", from_cdn)])


def found(root):
    """Return the names of the runtime's files that a page could load."""
    files = (root / "runtime").rglob("*")
    return sorted(p.name for p in files if p.is_file() and ".partial" not in p.parts and p.name != ".lock")


def test_everything_from_the_cdn(root, cdn):
    fetch(root)
    assert found(root) == sorted([*CONTENT, "runtime.json"])
    assert json.loads((root / "runtime/runtime.json").read_text()) == {"engine": "1.0"}
    assert (root / "runtime/engine-1.0/engine.wasm").read_bytes() == CONTENT["engine.wasm"]
    kept = json.loads((root / "runtime/engine-1.0/pyodide-lock.json").read_text())["packages"]
    assert list(kept) == ["numpy"]
    assert not (root / "runtime/.partial").exists()


def test_a_second_start_asks_nobody(root, cdn):
    fetch(root)
    cdn.asked.clear()
    fetch(root, ("none", None))
    assert cdn.asked == []


def test_only_a_damaged_file_is_fetched_again(root, cdn):
    fetch(root)
    cdn.asked.clear()
    damaged = root / "runtime/engine-1.0/engine.mjs"
    damaged.write_bytes(damaged.read_bytes()[::-1])
    fetch(root)
    assert damaged.read_bytes() == CONTENT["engine.mjs"]
    assert [name for name, _ in cdn.asked] == ["engine.mjs"]


def test_an_interrupted_answer_is_resumed(root, cdn):
    cdn.cut["engine.wasm"] = [100_000, 50_000]
    fetch(root)
    spans = [span for name, span in cdn.asked if name == "engine.wasm"]
    assert spans == [None, "bytes=100000-", "bytes=150000-"]
    assert (root / "runtime/engine-1.0/engine.wasm").read_bytes() == CONTENT["engine.wasm"]


def test_a_server_without_ranges_is_read_from_the_start_again(root, cdn):
    cdn.ranges = False
    cdn.cut["engine.wasm"] = [100_000]
    fetch(root)
    assert (root / "runtime/engine-1.0/engine.wasm").read_bytes() == CONTENT["engine.wasm"]


def test_an_interrupted_fetch_leaves_no_half_runtime_and_is_resumed(root, cdn, monkeypatch):
    cdn.cut["engine.wasm"] = [100_000]

    def interrupt(self, done, label=""):
        if label == "engine.wasm" and done > len(CONTENT["engine.mjs"]) + 150_000:
            raise KeyboardInterrupt

    monkeypatch.setattr(fetching.FetchProgress, "show", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch(root)
    assert found(root) == ["engine.mjs"]  # complete and verified, but without a stamp, so the page does not use it
    gathered = sum(p.stat().st_size for p in (root / "runtime/.partial").iterdir())
    assert 0 < gathered < len(CONTENT["engine.wasm"])
    monkeypatch.undo()
    cdn.asked.clear()
    fetch(root)
    assert ("engine.wasm", f"bytes={gathered}-") in cdn.asked
    assert "engine.mjs" not in [name for name, _ in cdn.asked]
    assert found(root) == sorted([*CONTENT, "runtime.json"])


def test_a_damaged_partial_file_is_fetched_again(root, cdn):
    file = next(f for f in fetching.load_lock(root) if f.path == "engine.wasm")
    store = fetching.RuntimeStore(root / "runtime")
    for leftover in (b"\0" * 1000, b"\0" * file.bytes, b"\0" * (file.bytes + 1)):
        store.begin(file).write_bytes(leftover)
        fetch(root)
        assert (root / "runtime/engine-1.0/engine.wasm").read_bytes() == CONTENT["engine.wasm"]
        (root / "runtime/engine-1.0/engine.wasm").unlink()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"engine.mjs": CONTENT["engine.mjs"][:-1] + b"!"}, "engine.mjs does not have the sha-256"),
        ({"engine.mjs": CONTENT["engine.mjs"] + b"!"}, "engine.mjs does not have the sha-256"),
        ({"engine.mjs": CONTENT["engine.mjs"][:-1]}, "shorter than expected"),
        ({"engine.mjs": None}, "engine.mjs: HTTP 404"),
        ({"pyodide-lock.json": b"<html>"}, "pyodide-lock.json is not a list of packages"),
        ({"pyodide-lock.json": b'{"info": 1, "packages": {}}'}, "pyodide-lock.json is not a list of packages"),
    ],
)
def test_a_wrong_file_is_named_and_never_kept(root, cdn, wrong, message):
    cdn.content |= wrong
    with pytest.raises(ServeError, match=message) as caught:
        fetch(root)
    (name,) = wrong
    assert str(caught.value).endswith(f"still missing: {name}")
    assert found(root) == sorted(set(CONTENT) - {name})  # and no stamp


def test_an_official_lock_without_bounds_is_not_read_to_its_end(root, cdn, monkeypatch):
    monkeypatch.setattr(fetching, "FULL_LOCK_BYTES", 100)
    with pytest.raises(ServeError, match="larger than 100 bytes"):
        fetch(root)


def test_a_dead_host_is_asked_once_and_not_for_every_file(root, cdn):
    lock = (root / "runtime.lock.json").read_text()
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    (root / "runtime.lock.json").write_text(lock.replace(cdn.url, f"http://127.0.0.1:{port}/"))
    with pytest.raises(ServeError) as caught:
        fetch(root)
    assert str(caught.value).count(f"127.0.0.1:{port}: no connection") == 1
    assert str(caught.value).count("\n") == 2  # no message per file


def test_a_silent_host_is_given_up(monkeypatch):
    monkeypatch.setattr(fetching, "PROBE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert fetching.probe(f"http://127.0.0.1:{silent.getsockname()[1]}/x") is not None


def test_the_stamp_of_an_earlier_version_is_removed(root, cdn):
    fetch(root)
    lock = json.loads((root / "runtime.lock.json").read_text())
    lock["parts"]["engine"]["version"] = "1.1"
    (root / "runtime.lock.json").write_text(json.dumps(lock))
    cdn.content["engine.wasm"] = None
    with pytest.raises(ServeError):
        fetch(root)
    assert not (root / "runtime/runtime.json").exists()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", b"[]", b'{"parts": {"a": {"version": "1"}}}', b"\xff", b'{"parts": [1]}'],
)
def test_a_damaged_lock_is_reported(tmp_path, damage):
    (tmp_path / "runtime.lock.json").write_bytes(damage)
    with pytest.raises(ServeError, match=r"runtime\.lock\.json is damaged"):
        fetch(tmp_path)


def test_a_lock_cannot_name_a_place_outside(root):
    lock = (root / "runtime.lock.json").read_text()
    (root / "runtime.lock.json").write_text(lock.replace("engine.mjs", "../../engine.mjs"))
    with pytest.raises(ServeError, match="damaged"):
        fetch(root)


@pytest.fixture
def clients(tmp_path, monkeypatch):
    """Return the only folder on the path, with an `npm` that packs CONTENT."""
    folder = tmp_path / "bin"
    folder.mkdir()
    tarball = tmp_path / "engine.tgz"
    with tarfile.open(tarball, "w:gz") as tar:
        for name, data in CONTENT.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    npm = folder / "npm"
    npm.write_text(f'#!/bin/sh\n/bin/cp {tarball} engine-1.0.tgz\necho "$@" > {tmp_path}/npm-arguments\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """Return a folder where pip finds `carrier`, a large wheel that contains numpy.whl."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel = folder / "carrier-2.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("carrier/ballast", b"\0" * 6_000_000)
        archive.writestr("carrier/files/numpy.whl", CONTENT["numpy.whl"])
        archive.writestr("carrier/more-ballast", b"\0" * 6_000_000)
        archive.writestr("carrier-2.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("carrier-2.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: carrier\nVersion: 2.0\n")
        archive.writestr("carrier-2.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return wheel


NPM, PIP = ("npm", package_clients.from_npm), ("pip", package_clients.from_pip)


def test_the_package_clients_fetch_what_the_cdn_lacks(root, cdn, clients, wheels):
    cdn.content.clear()
    fetch(root, ("CDN", from_cdn), NPM, PIP)
    assert found(root) == sorted([*CONTENT, "runtime.json"])
    arguments = (root / "npm-arguments").read_text().split()
    assert arguments[0] == "pack" and arguments[-1] == NPM_PACKAGE and "--ignore-scripts" in arguments


def test_if_all_fail_each_source_is_named_with_its_reason(root, cdn, clients, wheels):
    cdn.content.clear()
    (clients / "npm").write_text("#!/bin/sh\necho 'npm error code E404' >&2\nexit 1\n")
    wheels.unlink()
    with pytest.raises(ServeError) as caught:
        fetch(root, ("CDN", from_cdn), NPM, PIP)
    lines = str(caught.value).splitlines()
    assert lines[0] == "the runtime could not be fetched."
    assert [line for line in lines if re.fullmatch(r"  CDN: 127\.0\.0\.1:\d+: engine\.mjs: HTTP 404 Not Found", line)]
    assert f"  npm: {NPM_PACKAGE}: npm error code E404" in lines
    assert [line for line in lines if line.startswith(f"  pip: {WHEEL}: ERROR: ") and "carrier" in line]
    assert lines[-1] == f"  still missing: {', '.join(CONTENT)}"


def test_a_missing_client_is_reported(root, clients, monkeypatch):
    (clients / "npm").unlink()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ServeError) as caught:
        fetch(root, NPM, PIP)
    assert "npm is not installed" in str(caught.value)
    assert "pip is not installed" in str(caught.value)


@pytest.mark.parametrize("tarball", [b"", b"no tarball", None])
def test_an_unexpected_package_is_reported(root, clients, tmp_path, tarball):
    if tarball is None:  # a tarball in which the file is missing
        with tarfile.open(tmp_path / "engine.tgz", "w:gz"):
            pass
    else:
        (tmp_path / "engine.tgz").write_bytes(tarball)
    with pytest.raises(ServeError, match=r"npm: engine@1\.0: not the package that was expected"):
        fetch(root, NPM)


@pytest.fixture
def remote_wheel(cdn, wheels, tmp_path, monkeypatch):
    """Return the same wheel on the web server, and a pip that reports its address."""
    cdn.content["carrier.whl"] = wheels.read_bytes()
    report = json.dumps({"install": [{"download_info": {"url": f"{cdn.url}carrier.whl"}}]})
    pip = tmp_path / "pip"
    pip.write_text(f"#!/bin/sh\ncase \"$1\" in install) echo '{report}';; config) echo;; *) echo pip 24;; esac\n")
    pip.chmod(0o755)
    monkeypatch.setattr(package_clients, "find_pip", lambda: [str(pip)])
    return cdn


def test_only_the_member_of_a_large_wheel_is_read(root, clients, remote_wheel):
    fetch(root, NPM, PIP)
    assert found(root) == sorted([*CONTENT, "runtime.json"])
    assert remote_wheel.sent < len(CONTENT["numpy.whl"]) + 3 * package_clients.READ_AHEAD
    assert remote_wheel.sent < len(remote_wheel.content["carrier.whl"]) / 8


@pytest.mark.parametrize("fault", ["no ranges", "cut", "gone", "no zip"])
def test_a_wheel_that_cannot_be_read(root, clients, remote_wheel, fault):
    if fault == "no ranges":
        remote_wheel.ranges = False
    elif fault == "cut":
        remote_wheel.cut["carrier.whl"] = [1, 10]
    elif fault == "gone":
        del remote_wheel.content["carrier.whl"]
    else:
        remote_wheel.content["carrier.whl"] = b"\0" * 1_000_000
    with pytest.raises(ServeError, match=r"pip: carrier==2\.0: \S"):
        fetch(root, NPM, PIP)
    assert remote_wheel.sent < 2_000_000


def test_pips_settings_and_credentials():
    listing = (
        ":env:.cert='/env.pem'\nglobal.cert='/file.pem'\nuser.proxy='http://p:1'\n"
        "global.index-url='https://me:s%20ecret@packages.test/simple'\n"
    )
    settings = package_clients.pip_settings(listing)
    assert settings["cert"] == "/env.pem" and settings["proxy"] == "http://p:1"
    assert package_clients.credentials(settings, "packages.test") == package_clients.basic("me", "s ecret")
    assert package_clients.credentials(settings, "other.test") is None


def test_credentials_from_netrc(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine packages.test login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    assert package_clients.credentials({}, "packages.test") == package_clients.basic("me", "secret")


def test_progress_counts_bytes_on_a_terminal():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    progress = fetching.FetchProgress(4_000_000, terminal)
    progress.add(1_000_000, "first")
    progress.add(3_000_000, "last")
    assert "1.0 of 4.0 MB  first" in terminal.getvalue()
    assert "[########################]   4.0 of 4.0 MB  last" in terminal.getvalue()
    assert "\n" not in terminal.getvalue()


def test_the_committed_lock_is_consistent():
    parts = json.loads((ROOT / "runtime.lock.json").read_text())["parts"]
    assert set(parts) == {"pyodide", "pyscript", "micropython", "serif", "sans"}
    for part in parts.values():
        assert part["version"] in part["cdn"] and part["cdn"].endswith("/")
        assert part["npm"]["requirement"].endswith(f"@{part['version']}")
    files = fetching.load_lock(ROOT)
    assert len({file.place for file in files}) == len(files)


def test_the_fetched_runtime_is_whole_and_its_lock_names_only_what_is_there():
    subprocess.run([sys.executable, "serve.py", "--fetch-only"], cwd=ROOT, check=True)
    (lock,) = (file for file in fetching.load_lock(ROOT) if file.keep)
    folder = (ROOT / "runtime" / lock.place).parent
    packages = json.loads((folder / "pyodide-lock.json").read_text())["packages"]
    assert sorted(packages) == ["micropip", "numpy", "packaging"]
    for package in packages.values():
        assert fetching.sha256(folder / package["file_name"]) == package["sha256"]
