"""Fetch the page's runtime (Pyodide, numpy, PyScript, MicroPython) into `runtime/`, once, and verify it.

`runtime.lock.json` names every file with its size and sha-256; the page reads the same file. Sources are tried in
turn, all against the same hashes: what is already there, the official CDN, then the package clients npm and pip
(package_clients.py), because on some machines only package registries answer.
Python >= 3.10, standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import shutil
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import TextIO
from urllib.parse import urlsplit

LOCK = "runtime.lock.json"
PROBE_SECONDS = 4  # for a host's first answer: a machine that is offline should move on quickly
READ_SECONDS = 30
TRIES = 4  # for each file; each resumes where the one before stopped
CHUNK = 1 << 16
FULL_LOCK_BYTES = 1 << 22  # the official pyodide-lock.json has 110 KB
NETWORK_ERRORS = (
    urllib.error.URLError,
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
    http.client.HTTPException,
)


class ServeError(Exception):
    """A problem that the user can solve; the message says how."""


class SourceError(Exception):
    """A source did not deliver a file; the message says why."""


@dataclass(frozen=True)
class File:
    """One file of the runtime, as the lock describes it."""

    part: str
    version: str
    path: str
    bytes: int
    sha256: str
    url: str  # at the CDN
    client: str  # the package client that can fetch it: "npm" or "pip"
    requirement: str  # what that client fetches
    member: str  # the file's name inside the package
    keep: tuple[str, ...]  # packages to keep of the official pyodide-lock.json; empty for any other file

    @property
    def place(self) -> PurePosixPath:
        """The path relative to `runtime/`; it contains the version, so browsers may cache the file forever."""
        return PurePosixPath(f"{self.part}-{self.version}", self.path)

    @property
    def max_bytes(self) -> int:
        """The most bytes to read of it, as published, whatever size a package claims."""
        return FULL_LOCK_BYTES if self.keep else self.bytes + 1

    def refine(self, data: bytes) -> bytes:
        """Return what the lock's hash is for: the bytes as published, or the trimmed pyodide-lock.json.

        Untrimmed, it lists wheels that are not here, and Pyodide would report sha-256 errors on 404 pages.
        """
        if not self.keep:
            return data
        try:
            full = json.loads(data)
            packages = {name: full["packages"][name] for name in self.keep}
            trimmed = {"info": full["info"], "packages": packages}
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(f"{self.path} is not a list of packages") from error
        return (json.dumps(trimmed, indent=1, sort_keys=True) + "\n").encode()


def load_lock(root: Path) -> list[File]:
    """Return the files that `runtime.lock.json` in `root` names. Raises ServeError if it is missing or damaged."""
    try:
        parts = json.loads((root / LOCK).read_text(encoding="utf-8"))["parts"]
        files = []
        for name, part in parts.items():
            for entry in part["files"]:
                client = entry.get("client", "npm")
                file = File(
                    part=name,
                    version=part["version"],
                    path=entry["path"],
                    bytes=int(entry["bytes"]),
                    sha256=entry["sha256"],
                    url=part["cdn"] + entry["path"],
                    client=client,
                    requirement=part[client]["requirement"],
                    member=part[client]["folder"] + entry["path"],
                    keep=tuple(entry.get("keep", ())),
                )
                if ".." in file.place.parts or file.place.is_absolute() or len(file.sha256) != 64:
                    raise ValueError(file.path)
                files.append(file)
    except FileNotFoundError:
        raise ServeError(f"{root / LOCK} is missing; it is part of the repository") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServeError(f"{root / LOCK} is damaged ({error!r}); restore it from the repository") from None
    return files


class FetchProgress:
    """A progress bar on a terminal; plain lines elsewhere. Counts bytes."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.total, self.done = total, 0
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.shown = 0.0

    def add(self, count: int, label: str = "") -> None:
        """Count `count` more bytes."""
        self.show(self.done + count, label)

    def show(self, done: int, label: str = "") -> None:
        """Show that `done` bytes are here in total."""
        self.done = done
        now = time.monotonic()
        if self.live and (now - self.shown > 0.1 or self.done >= self.total):
            self.shown = now
            filled = round(24 * min(1.0, self.done / max(1, self.total)))
            bar = "#" * filled + "-" * (24 - filled)
            text = f"[{bar}] {self.done / 1e6:5.1f} of {self.total / 1e6:.1f} MB  {label}"
            self.stream.write(f"\r{text[:99]:<99}")
            self.stream.flush()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.stream.write(f"\r{text:<99}\n" if self.live else f"{text}\n")
        self.stream.flush()


class RuntimeStore:
    """The folder `runtime/`. A file gets its final name only when its hash is right."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.partial = folder / ".partial"
        self.stamp = folder / "runtime.json"

    def has(self, file: File) -> bool:
        path = self.folder / file.place
        return path.is_file() and path.stat().st_size == file.bytes and sha256(path) == file.sha256

    def begin(self, file: File) -> Path:
        """Return the path of the partial file; it is named by the hash, so that a later start can resume it."""
        self.partial.mkdir(parents=True, exist_ok=True)
        return self.partial / file.sha256

    def put(self, file: File, data: bytes) -> None:
        """Store `data` as `file`. Raises SourceError if its hash is not the lock's."""
        self.begin(file).write_bytes(file.refine(data))
        self.commit(file)

    def commit(self, file: File) -> None:
        """Move the partial file to its place. If its hash is wrong, delete it and raise SourceError."""
        partial = self.begin(file)
        if partial.stat().st_size != file.bytes or sha256(partial) != file.sha256:
            partial.unlink()
            raise SourceError(f"{file.path} does not have the sha-256 in {LOCK}")
        place = self.folder / file.place
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(place)

    def finish(self, files: list[File]) -> None:
        """Write the stamp that says that all is complete, last: the page looks for it."""
        shutil.rmtree(self.partial, ignore_errors=True)
        versions = json.dumps({file.part: file.version for file in files}) + "\n"
        if not self.stamp.is_file() or self.stamp.read_text(encoding="utf-8") != versions:
            new = self.stamp.with_suffix(".new")
            new.write_text(versions, encoding="utf-8")
            new.replace(self.stamp)


def sha256(path: Path) -> str:
    """Return the file's sha-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


Source = Callable[[list[File], RuntimeStore, FetchProgress], Iterator[str]]


def from_cdn(files: list[File], store: RuntimeStore, progress: FetchProgress) -> Iterator[str]:
    """Take `files` from the addresses in the lock; yield each problem as text."""
    dead: dict[str, str | None] = {}
    for file in files:
        host = urlsplit(file.url).netloc
        if host not in dead:
            dead[host] = probe(file.url)
            if dead[host]:
                yield f"{host}: {dead[host]}"
        if dead[host]:
            continue
        try:
            if file.keep:
                store.put(file, read_all(file.url, file.max_bytes))
                progress.add(file.bytes, file.path)
            else:
                download_and_verify(file, store, progress)
        except SourceError as error:
            yield f"{host}: {error}"


def probe(url: str) -> str | None:
    """Return None if the URL's host answers over HTTP within PROBE_SECONDS, otherwise the problem.

    Runs in a thread, because a name look-up has no timeout.
    """
    outcome: list[str | None] = []

    def ask() -> None:
        try:
            with request(url, PROBE_SECONDS, method="HEAD"):
                outcome.append(None)
        except urllib.error.HTTPError:
            outcome.append(None)
        except (OSError, http.client.HTTPException) as error:
            outcome.append(f"no connection ({getattr(error, 'reason', None) or error})")

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS + 1)
    return outcome[0] if outcome else f"no answer within {PROBE_SECONDS} seconds"


def request(url: str, timeout: float, method: str = "GET", start: int = 0) -> http.client.HTTPResponse:
    headers = {"User-Agent": "ductus"} | ({"Range": f"bytes={start}-"} if start else {})
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers, method=method), timeout=timeout)


def read_all(url: str, max_bytes: int) -> bytes:
    """Return a small file. Raises SourceError, also if it has more than `max_bytes`."""
    try:
        with request(url, READ_SECONDS) as response:
            data = response.read(max_bytes + 1)
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(f"{url}: {error}") from error
    if len(data) > max_bytes:
        raise SourceError(f"{url} is larger than {max_bytes} bytes")
    return data


def download_and_verify(file: File, store: RuntimeStore, progress: FetchProgress) -> None:
    """Download one file from the CDN to its place. Raises SourceError."""
    before = progress.done
    resumed = store.begin(file).exists()
    while True:
        progress.show(before, file.path)
        download(file, store.begin(file), progress)
        try:
            return store.commit(file)
        except SourceError:
            if not resumed:
                raise
            resumed = False  # the partial file of an earlier start was damaged: try again from nothing


def download(file: File, partial: Path, progress: FetchProgress) -> None:
    """Download to `partial` until it has the file's full length, resuming after what it already holds.

    Raises SourceError; what has arrived stays in `partial` for the next try or the next start.
    """
    problem, before = "", progress.done
    for _ in range(TRIES):
        start = partial.stat().st_size if partial.exists() else 0
        if start >= file.bytes:
            return  # `RuntimeStore.commit` checks the bytes
        try:
            with request(file.url, READ_SECONDS, start=start) as response:
                resumed = response.status == HTTPStatus.PARTIAL_CONTENT
                if resumed and not (response.headers["Content-Range"] or "").startswith(f"bytes {start}-"):
                    raise SourceError(f"{file.path}: the server sent a different range than requested")
                with partial.open("ab" if resumed else "wb") as out:
                    while out.tell() <= file.bytes and (chunk := response.read(CHUNK)):
                        out.write(chunk)
                        progress.show(before + out.tell(), file.path)
            problem = "ended early"
        except urllib.error.HTTPError as error:
            short = error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            reason = "shorter than expected" if short else f"HTTP {error.code} {error.reason}"
            raise SourceError(f"{file.path}: {reason}") from error
        except NETWORK_ERRORS as error:
            problem = str(error) or type(error).__name__
    raise SourceError(f"{file.path}: {problem} ({TRIES} tries)")


def ensure(root: Path, sources: list[tuple[str, Source]]) -> None:
    """Fetch what `root`/runtime lacks and verify it. Raises ServeError that names each source that failed."""
    files = load_lock(root)
    store = RuntimeStore(root / "runtime")
    missing = [file for file in files if not store.has(file)]
    if missing:
        store.stamp.unlink(missing_ok=True)  # the page must not use an incomplete runtime
        with exclusive(store.folder):
            fetch(files, store, sources)
    store.finish(files)


def fetch(files: list[File], store: RuntimeStore, sources: list[tuple[str, Source]]) -> None:
    """Try the sources in turn until nothing is missing."""
    missing = [file for file in files if not store.has(file)]
    progress = FetchProgress(sum(file.bytes for file in missing))
    progress.say(f"fetching the runtime: {len(missing)} files, {progress.total / 1e6:.1f} MB (only once)")
    problems = []
    for name, source in sources:
        for problem in source(missing, store, progress) if missing else ():
            problems.append(f"  {name}: {problem}")
        missing = [file for file in missing if not store.has(file)]
        progress.show(progress.total - sum(file.bytes for file in missing), name)
    if missing:
        names = ", ".join(file.path for file in missing)
        raise ServeError("\n".join(["the runtime could not be fetched.", *problems, f"  still missing: {names}"]))
    progress.say("the runtime is complete, and every file has the right sha-256")


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold a lock so that one process at a time fetches into `folder`, if the system has such file locks."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows: two fetches at once at worst end in a wrong hash and another try
        yield
        return
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
