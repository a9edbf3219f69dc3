"""A static host like GitHub Pages, on this machine: under a sub-path, with its types and headers instead of ours."""

import functools
import gzip
import http.server
import shutil
import subprocess
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

from tests.conftest import ROOT

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "application/javascript; charset=utf-8",
    ".mjs": "application/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".md": "text/markdown; charset=utf-8",
    ".zip": "application/zip",
    ".gz": "application/gzip",
    ".txt": "text/plain; charset=utf-8",
}
PACKED = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".wasm"}
# How a host can break a file: an error, a page of its own with status 200, half of it, nothing of it, the connection
# dropped in the middle, another type.
WAYS = ("404", "500", "html", "cut", "empty", "dropped", "type")


@functools.lru_cache(maxsize=64)
def compressed(data):
    """Return bytes as gzip."""
    return gzip.compress(data, 1)


class Host(http.server.ThreadingHTTPServer):
    """A server of a folder under /ductus/. It can go down and come back, and send wrong bytes.

    It answers while it is in `tests.support.servers.answering`.

    asked: (path, status) of each request; spoilt: {path: bytes} that it sends instead of the file's;
    fail_after: it goes down after this many more requests; held: {path: Event} to wait for before answering;
    declares_gz: it sends file.gz as if gzip were an encoding of the transfer, so that the browser unpacks it.
    broken: {path: one of WAYS}; types: {suffix: Content-Type, or None for no such header} other than TYPES;
    slashless: it sends the page for /ductus too, without a redirection; shared: other origins may read its files.
    """

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.down, self.asked, self.spoilt = folder, False, [], {}
        self.fail_after, self.held, self.broken, self.types = None, {}, {}, {}
        self.slashless, self.shared, self.declares_gz = False, True, False
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/ductus/"

    def asked_for(self, name):
        """Return how many times a file was sent."""
        return sum(path == name and status == HTTPStatus.OK for path, status in self.asked)

    def handle_error(self, *args):
        """Ignore errors: a browser may close the connection at any time."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    dropped = False

    def do_GET(self):
        if self.server.fail_after is not None:
            self.server.fail_after -= 1
            self.server.down = self.server.fail_after < 0
        if self.server.down:
            self.close_connection = True
            return
        path = unquote(self.path.partition("?")[0])
        if path == "/ductus" and self.server.slashless:
            path = "/ductus/"
        if not path.startswith("/ductus/"):
            self.send(HTTPStatus.NOT_FOUND, b"<h1>404</h1>", ".html")
            return
        name = path.removeprefix("/ductus/") or "index.html"
        file = self.server.folder / name
        found = ".." not in file.parts and file.is_file()
        status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
        self.server.asked.append((name, int(status)))
        if name in self.server.held:
            self.server.held[name].wait()
        if found:
            data = self.server.spoilt.get(name) or file.read_bytes()
            self.send_broken(data, file.suffix, self.server.broken.get(name))
        else:
            self.send(status, b"<h1>404</h1>", ".html")

    def send_broken(self, data, suffix, way):
        """Send a file in one of WAYS, or as it is."""
        match way:
            case "404" | "500":
                self.send(int(way), b"<!doctype html><h1>No</h1>", ".html")
            case "html":
                self.send(HTTPStatus.OK, b"<!doctype html><title>Home</title><h1>Home</h1>", ".html")
            case "cut":
                self.send(HTTPStatus.OK, data[: len(data) // 2], suffix)
            case "empty":
                self.send(HTTPStatus.OK, b"", suffix)
            case "dropped":
                self.dropped = True
                self.send(HTTPStatus.OK, data, suffix)
            case "type":
                self.send(HTTPStatus.OK, data, ".txt")
            case None:
                self.send(HTTPStatus.OK, data, suffix)

    def send(self, status, data, suffix):
        packed = suffix in PACKED and "gzip" in self.headers.get("Accept-Encoding", "")
        if packed:
            data = compressed(data)
        self.send_response(status)
        kind = (TYPES | self.server.types).get(suffix, "application/octet-stream")
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=600")
        if self.server.shared:
            self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Vary", "Accept-Encoding")
        if packed or (suffix == ".gz" and self.server.declares_gz):
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.dropped:
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        else:
            self.wfile.write(data)

    def version_string(self):
        return "GitHub.com"

    def log_message(self, *args):
        """Log nothing."""


def clone(target):
    """Copy the repository as in a new clone: the files that git tracks, and no runtime."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in names.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def publish_branch(target):
    """Publish a folder as Pages does: without .nojekyll, omit names that begin with a dot or an underscore."""
    if not (target / ".nojekyll").exists():
        hidden = [path for path in target.rglob("*") if path.name.startswith((".", "_"))]
        for path in hidden:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def play_cdn(context, parts, runtime: Path):
    """Answer requests to the CDN's folders with the local runtime and return the list that collects their paths."""
    asked = []

    def play(cdn, folder):
        def answer(route):
            path = route.request.url.removeprefix(cdn)
            asked.append(path)
            file = folder / path
            if not file.is_file():
                route.fulfill(status=404)
                return
            kind = TYPES.get(file.suffix, "application/octet-stream")
            headers = {"content-type": kind, "access-control-allow-origin": "*"}
            route.fulfill(body=file.read_bytes(), headers=headers)

        context.route(cdn + "**", answer)

    for name, part in parts.items():
        play(part["cdn"], runtime / f"{name}-{part['version']}")
    return asked
