"""The web server for the page: how it answers requests for the site's files.

Python >= 3.10, standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import gzip
import hashlib
import io
import ipaddress
import os
import re
import shutil
import socket
import sys
import threading
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from serving import publish
from serving.bytecode import runtime
from serving.fetch import ServeError
from serving.request_heads import HeadTooLong, RequestHeads
from serving.site_files import locate, tree_files

MIME = {
    "": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".py": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".c": "text/plain; charset=utf-8",
    ".cff": "text/plain; charset=utf-8",
    ".jb64": "text/plain; charset=us-ascii",
    ".zip": "application/zip",
}
COMPRESSIBLE = {".html", ".css", ".js", ".mjs", ".json", ".webmanifest", ".svg", ".wasm", ".py", ".md", ".c", ".jb64"}
CHUNK = 1 << 16
CHUNK_SECONDS = 20  # for a browser to accept a chunk: 3 kB/s
MAX_CONNECTIONS = 256  # at once; a browser opens six
WORKER_POLICY = "default-src 'none'; connect-src 'self'"
FRAMES = "frame-ancestors 'self'"  # a policy in the page itself cannot say it
MISDIRECTED = HTTPStatus.MISDIRECTED_REQUEST
DIGITS = re.compile(r"[0-9]+", re.ASCII)
AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:@/?#\[\]\\]*)(?::[0-9]*)?", re.ASCII | re.IGNORECASE)
QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


def version_tag(stat: os.stat_result) -> str:
    """Return what distinguishes two versions of a file, for the entity tag and the gzip cache."""
    return f"{stat.st_mtime_ns:x}-{stat.st_size:x}"


@functools.lru_cache(maxsize=256)
def gzipped(path: Path, tag: str) -> bytes:
    """Return the file compressed; `tag` changes when the file does, so the cache never returns a stale form."""
    return gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)


def precompress(root: Path) -> None:
    """Compress the runtime while the browser is still starting, so that the first visit does not wait for it."""
    for file in runtime(root):
        path = locate(root, f"/runtime/{file.place}")
        if path and path.suffix in COMPRESSIBLE:
            gzipped(path, version_tag(path.stat()))


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD for the files of the site, with validators, cache headers, gzip and the page's own policy."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # so that every response has a head
    timeout = CHUNK_SECONDS
    disable_nagle_algorithm = True  # otherwise a body waits 40 ms for its head to be acknowledged
    error_message_format = "%(code)d %(message)s\n"
    error_content_type = "text/plain; charset=utf-8"
    root: Path
    names: frozenset[str] | None  # the hosts to answer to; None: any
    rfile: RequestHeads

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = RequestHeads(self.connection)

    def handle_one_request(self) -> None:
        self.rfile.begin()
        try:
            super().handle_one_request()
        except HeadTooLong:  # in the first line; http.server itself handles the others
            self.command = self.requestline = self.request_version = ""
            self.close_connection = True
            self.plain(HTTPStatus.REQUEST_URI_TOO_LONG)

    def parse_request(self) -> bool:
        """Parse a head; answer and return False if it can be read in two ways, or is for another host."""
        if not super().parse_request():
            return False
        status = self.problem()
        if status is None:
            return True
        self.close_connection = True
        reason = "this server answers to other names; serve.py --allow-host NAME adds one"
        self.plain(status, body=self.command != "HEAD", reason=reason if status == MISDIRECTED else "")
        return False

    def problem(self) -> HTTPStatus | None:
        """Return the status that refuses a request because of its header fields, or None (RFC 9112 3.2, 5.1, 6.3)."""
        hosts, lengths = self.headers.get_all("Host", []), self.headers.get_all("Content-Length", [])
        if self.rfile.odd or len(hosts) > 1 or (not hosts and self.request_version >= "HTTP/1.1"):
            return HTTPStatus.BAD_REQUEST
        if len(lengths) > 1 or (
            lengths and (not DIGITS.fullmatch(lengths[0]) or "Transfer-Encoding" in self.headers)
        ):
            return HTTPStatus.BAD_REQUEST
        host = AUTHORITY.fullmatch(hosts[0].strip()) if hosts else None
        if hosts and not host:
            return HTTPStatus.BAD_REQUEST
        return None if not host or answers_to(self.names, host[1]) else MISDIRECTED

    def handle_expect_100(self) -> bool:
        return True  # a request body is not read

    def do_GET(self) -> None:
        self.answer(body=True)

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def refuse(self) -> None:
        self.close_connection = True  # a request body is not read
        self.plain(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"})

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = refuse

    def answer(self, body: bool) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a request body is not read, and must not be taken for a request
        path = locate(self.root, self.path)
        try:
            if path is not None:
                self.send_file(path, body)
            elif self.path == f"/{publish.SOURCES}":  # a file in a built site
                own = {str(path): (self.root / path).read_bytes() for path in tree_files(self.root, "py")}
                self.send_made(publish.sources(own), ".json", body)
            elif self.path == f"/{publish.STYLES}":
                own = {str(path): (self.root / path).read_bytes() for path in tree_files(self.root, "css")}
                html = (self.root / publish.PAGE).read_bytes()
                self.send_made(publish.styles(html, own), ".css", body)
            else:
                self.plain(HTTPStatus.NOT_FOUND, body=body)
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the browser closed the connection or stopped reading
        except OSError:
            self.plain(HTTPStatus.NOT_FOUND, body=body)
        except ServeError as error:
            print(f"serve.py: {error}", file=sys.stderr)
            self.plain(HTTPStatus.INTERNAL_SERVER_ERROR, body=body)

    def send_file(self, path: Path, body: bool) -> None:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            if path == self.root.resolve() / publish.PAGE:
                page = self.page(file.read())
                policy = "; ".join(filter(None, (publish.policy(page), FRAMES)))
                return self.send_made(page, ".html", body, stat.st_mtime, policy)
            suffix, tag = path.suffix.lower(), version_tag(stat)
            policy = WORKER_POLICY if path.name == publish.WORKER.name else None
            packed, headers = self.headers_of(suffix, tag, self.caching(path), stat.st_mtime, policy)
            if self.unchanged(headers["ETag"], stat.st_mtime):
                return self.head(HTTPStatus.NOT_MODIFIED, headers)
            data = gzipped(path, tag) if packed else None
            if packed:
                headers["Content-Encoding"] = "gzip"
            self.head(HTTPStatus.OK, {**headers, "Content-Length": stat.st_size if data is None else len(data)})
            if body:
                shutil.copyfileobj(file if data is None else io.BytesIO(data), self.wfile, CHUNK)

    def send_made(
        self, data: bytes, suffix: str, body: bool, modified: float | None = None, policy: str | None = None
    ) -> None:
        """Send generated content, which is no file of the folder."""
        packed, headers = self.headers_of(suffix, hashlib.sha256(data).hexdigest(), "no-cache", modified, policy)
        if self.unchanged(headers["ETag"], modified):
            return self.head(HTTPStatus.NOT_MODIFIED, headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
            data = gzip.compress(data, compresslevel=6, mtime=0)
        self.head(HTTPStatus.OK, {**headers, "Content-Length": len(data)})
        if body:
            self.wfile.write(data)

    def headers_of(
        self, suffix: str, tag: str, caching: str, modified: float | None, policy: str | None
    ) -> tuple[bool, dict]:
        """Return whether to compress a response, and its headers without those of the body."""
        packed = suffix in COMPRESSIBLE and accepts_gzip(self.headers.get("Accept-Encoding", ""))
        headers = {
            "Content-Type": MIME.get(suffix, "application/octet-stream"),
            "ETag": f'"{tag}{"-gz" if packed else ""}"',
            "Last-Modified": modified and self.date_time_string(int(modified)),
            "Cache-Control": caching,
            "Vary": "Accept-Encoding" if suffix in COMPRESSIBLE else None,
            "Content-Security-Policy": policy,
        }
        return packed, {name: value for name, value in headers.items() if value is not None}

    def page(self, html: bytes) -> bytes:
        """Return index.html as served: the repository's with the runtime beside it, or a built one as it is."""
        return publish.page(html, "served", runtime(self.root)) if publish.SITE.encode() in html else html

    def caching(self, path: Path) -> str:
        """Return Cache-Control: a runtime part has its version in its path; everything else is revalidated."""
        parts = path.relative_to(self.root.resolve()).parts
        versioned = parts[0] == "runtime" and len(parts) > 2
        return "public, max-age=31536000, immutable" if versioned else "no-cache"

    def unchanged(self, etag: str, modified: float | None) -> bool:
        """Return whether the browser's copy is current (RFC 9110 section 13: If-None-Match goes first)."""
        match = self.headers.get("If-None-Match")
        if match is not None:
            return match.strip() == "*" or etag in [m.strip().removeprefix("W/") for m in match.split(",")]
        try:
            since = parsedate_to_datetime(self.headers["If-Modified-Since"]).timestamp()
            return modified is not None and since >= int(modified)
        except (TypeError, ValueError, OverflowError):
            return False

    def head(self, status: HTTPStatus, headers: dict) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        super().end_headers()

    def plain(self, status: HTTPStatus, headers: dict | None = None, body: bool = True, reason: str = "") -> None:
        data = f"{status.value} {status.phrase}{reason and ': '}{reason}\n".encode()
        kind = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": len(data)}
        with contextlib.suppress(ConnectionError, TimeoutError):
            self.head(status, {**kind, "Cache-Control": "no-cache", **(headers or {})})
            if body:
                self.wfile.write(data)

    def version_string(self) -> str:
        return "ductus"

    def log_message(self, *args: object) -> None:
        """Log nothing, so that the address stays visible in the terminal."""


def accepts_gzip(header: str) -> bool:
    """Return whether an Accept-Encoding header allows gzip: named, and not with q=0."""
    for coding in header.lower().split(","):
        name, *parameters = (part.strip() for part in coding.split(";"))
        if name == "gzip" and len(parameters) <= 1:
            quality = QUALITY.fullmatch(parameters[0]) if parameters else None
            return not parameters or (quality is not None and float(quality[1]) > 0)
    return False


def answers_to(names: frozenset[str] | None, host: str) -> bool:
    """Return whether a server with these names is meant by a host of a request, as it stands in the Host header.

    Another site's name that its owner points to 127.0.0.1 is not: its pages would be of one origin with ours.
    """
    host = host.lower().removesuffix(".").strip("[]")
    return names is None or host in names or host.endswith(".localhost")


def loopback_names(address: str, host: str, more: Iterable[str]) -> frozenset[str] | None:
    """Return the names of a server at a loopback address, named `host` by the user; None at any other address."""
    if not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
        return None
    names = {"localhost", "127.0.0.1", "::1", address, host, *more}
    return frozenset(name.lower().removesuffix(".").strip("[]") for name in names)


class Server(ThreadingHTTPServer):
    """A server for one folder, on IPv4 or IPv6 according to the host.

    At a loopback address it answers to the names of this machine, and to those in `names`.
    """

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # on Windows this would let two servers share a port
    request_queue_size = 64

    def __init__(self, host: str, port: int, root: Path, names: Iterable[str] = ()) -> None:
        self.address_family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self.slots = threading.Semaphore(MAX_CONNECTIONS)
        own = {"root": root, "names": loopback_names(str(address[0]), host, names)}
        super().__init__((host, port), type("RootedHandler", (Handler,), own))

    @property
    def url(self) -> str:
        """The page's address for a browser on this machine."""
        host, port = map(str, self.server_address[:2])
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # what stands for all of a machine opens nowhere
        return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    def process_request(self, request: socket.socket, client_address: object) -> None:
        """Start a thread for the connection; close it without an answer if there are MAX_CONNECTIONS."""
        if self.slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket.socket, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.slots.release()

    def handle_error(self, request: socket.socket, client_address: object) -> None:
        error = sys.exc_info()[1]
        stopped = isinstance(error, OSError) and error.errno == errno.EBADF  # Ctrl-C as it was opening
        if not stopped and not isinstance(error, (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def listen(host: str, port: int | None, root: Path, names: Iterable[str] = ()) -> Server:
    """Return a server bound to `port` (0: any free one), or to the first free port from 8000 if it is None.

    `names` are further hosts to answer to, where a proxy passes requests on to a loopback address.
    Raises ServeError if the host is unknown or no port is available.
    """
    if port is not None and not 0 <= port <= 65535:
        raise ServeError(f"{port} is not a port; ports go from 0 to 65535")
    for candidate in range(8000, 8100) if port is None else [port]:
        try:
            return Server(host, candidate, root, names)
        except socket.gaierror:
            raise ServeError(f"there is no host named {host}") from None
        except PermissionError:
            raise ServeError(f"this user may not use port {candidate}") from None
        except OSError as error:
            if port is not None:
                raise ServeError(f"cannot serve on {host}, port {port}: {error.strerror}") from None
    raise ServeError(f"every port from 8000 to 8099 on {host} is in use; choose one with --port")
