"""Fetch the page's runtime (Pyodide, numpy, PyScript, MicroPython) into `runtime/`, once, and verify it.

`runtime.lock.json` names every file with its size and sha-256; the page reads the same file. Sources are
tried in turn, all against the same hashes: what is already there, the official CDN, then the package
clients npm and pip (clients.py), since on some machines package registries are all that answers.
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
PROBE_SECONDS = 4  # for a host's first sign of life: a machine that is offline should move on quickly
READ_SECONDS = 30
TRIES = 4  # a file, each going on where the one before stopped
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
    """Something the user can act on; the message says what."""


class SourceError(Exception):
    """A source did not give what was asked of it; the message says why."""


@dataclass(frozen=True)
class File:
    """One file of the runtime, as the lock states it."""

    part: str
    version: str
    path: str
    bytes: int
    sha256: str
    url: str  # at the CDN
    client: str  # the package client that has it: "npm" or "pip"
    requirement: str  # what that client is asked for
    member: str  # the file's name inside the package
    keep: tuple[str, ...]  # packages to keep of the official pyodide-lock.json; empty for any other file

    @property
    def place(self) -> PurePosixPath:
        """Relative to `runtime/`; the version in it lets browsers keep the file for good."""
        return PurePosixPath(f"{self.part}-{self.version}", self.path)

    @property
    def most(self) -> int:
        """Bytes that are read of it at most, as published, whatever a package claims."""
        return FULL_LOCK_BYTES if self.keep else self.bytes + 1

    def refine(self, data: bytes) -> bytes:
        """What the lock's hash is of: the bytes as published, or the trimmed pyodide-lock.json.

        A lock that lists wheels which are not there makes Pyodide report sha-256 errors on 404 pages.
        """
        if not self.keep:
            return data
        try:
            full = json.loads(data)
            packages = {name: full["packages"][name] for name in self.keep}
            trimmed = {"info": full["info"], "packages": packages}
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(f"{self.path} is not the list of packages that it should be") from error
        return (json.dumps(trimmed, indent=1, sort_keys=True) + "\n").encode()


def load_lock(root: Path) -> list[File]:
    """The files that `runtime.lock.json` in `root` names. Raises ServeError where it is damaged."""
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
        raise ServeError(f"{root / LOCK} is damaged ({error!r}); take it from the repository anew") from None
    return files


class Progress:
    """One line on a terminal that shows bytes done of bytes wanted; plain lines where it is no terminal."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.total, self.done = total, 0
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.shown = 0.0

    def add(self, count: int, label: str = "") -> None:
        """`count` more bytes have come."""
        self.show(self.done + count, label)

    def show(self, done: int, label: str = "") -> None:
        """`done` bytes are here in all."""
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
        """A line that stays."""
        self.stream.write(f"\r{text:<99}\n" if self.live else f"{text}\n")
        self.stream.flush()


class Store:
    """The folder `runtime/`. A file gets its name there only once its hash is right."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.partial = folder / ".partial"
        self.stamp = folder / "runtime.json"

    def has(self, file: File) -> bool:
        path = self.folder / file.place
        return path.is_file() and path.stat().st_size == file.bytes and sha256(path) == file.sha256

    def begin(self, file: File) -> Path:
        """Where the bytes gather; named by the hash, so that what an earlier start left is gone on with."""
        self.partial.mkdir(parents=True, exist_ok=True)
        return self.partial / file.sha256

    def put(self, file: File, data: bytes) -> None:
        """Keep `data` as `file`. Raises SourceError where it is not what the lock says."""
        self.begin(file).write_bytes(file.refine(data))
        self.commit(file)

    def commit(self, file: File) -> None:
        """Move what has gathered to its place, or drop it and raise SourceError where its hash is wrong."""
        gathered = self.begin(file)
        if gathered.stat().st_size != file.bytes or sha256(gathered) != file.sha256:
            gathered.unlink()
            raise SourceError(f"{file.path} does not have the sha-256 that {LOCK} states")
        place = self.folder / file.place
        place.parent.mkdir(parents=True, exist_ok=True)
        gathered.replace(place)

    def finish(self, files: list[File]) -> None:
        """Say that all is there: the page looks for this stamp, so it is written last."""
        shutil.rmtree(self.partial, ignore_errors=True)
        versions = json.dumps({file.part: file.version for file in files}) + "\n"
        if not self.stamp.is_file() or self.stamp.read_text(encoding="utf-8") != versions:
            new = self.stamp.with_suffix(".new")
            new.write_text(versions, encoding="utf-8")
            new.replace(self.stamp)


def sha256(path: Path) -> str:
    """The file's sha-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


Source = Callable[[list[File], Store, Progress], Iterator[str]]


def from_cdn(files: list[File], store: Store, progress: Progress) -> Iterator[str]:
    """Take `files` from the addresses in the lock; yields what went wrong, a sentence each."""
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
                store.put(file, read_all(file.url, file.most))
                progress.add(file.bytes, file.path)
            else:
                download_and_verify(file, store, progress)
        except SourceError as error:
            yield f"{host}: {error}"


def probe(url: str) -> str | None:
    """None where the URL's host answers anything over HTTP within PROBE_SECONDS, else what went wrong.

    In a thread, since looking up a name heeds no time-out.
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


def read_all(url: str, most: int) -> bytes:
    """A small file as a whole. Raises SourceError, also where it has more than `most` bytes."""
    try:
        with request(url, READ_SECONDS) as response:
            data = response.read(most + 1)
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(f"{url}: {error}") from error
    if len(data) > most:
        raise SourceError(f"{url} is larger than {most} bytes")
    return data


def download_and_verify(file: File, store: Store, progress: Progress) -> None:
    """Bring one file from the CDN to its place. Raises SourceError."""
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
            resumed = False  # what an earlier start left was spoilt: once more, from nothing


def download(file: File, gathered: Path, progress: Progress) -> None:
    """Bring `gathered` to the file's full length, going on after what it already holds.

    Raises SourceError; what has come by then stays in `gathered` for the next try or the next start.
    """
    problem, before = "", progress.done
    for _ in range(TRIES):
        start = gathered.stat().st_size if gathered.exists() else 0
        if start >= file.bytes:
            return  # whether these are the right bytes is for `Store.commit` to say
        try:
            with request(file.url, READ_SECONDS, start=start) as response:
                resumed = response.status == HTTPStatus.PARTIAL_CONTENT
                if resumed and not (response.headers["Content-Range"] or "").startswith(f"bytes {start}-"):
                    raise SourceError(f"{file.path}: the server answered another range than was asked for")
                with gathered.open("ab" if resumed else "wb") as out:
                    while out.tell() <= file.bytes and (chunk := response.read(CHUNK)):
                        out.write(chunk)
                        progress.show(before + out.tell(), file.path)
            problem = "ended early"
        except urllib.error.HTTPError as error:
            short = error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            reason = "shorter than it should be" if short else f"HTTP {error.code} {error.reason}"
            raise SourceError(f"{file.path}: {reason}") from error
        except NETWORK_ERRORS as error:
            problem = str(error) or type(error).__name__
    raise SourceError(f"{file.path}: {problem} ({TRIES} tries)")


def ensure(root: Path, sources: list[tuple[str, Source]]) -> None:
    """Make `root`/runtime complete and verified. Raises ServeError that names each source that failed."""
    files = load_lock(root)
    store = Store(root / "runtime")
    missing = [file for file in files if not store.has(file)]
    if missing:
        store.stamp.unlink(missing_ok=True)  # the page must not take a runtime with gaps for a whole one
        with exclusive(store.folder):
            fetch(files, store, sources)
    store.finish(files)


def fetch(files: list[File], store: Store, sources: list[tuple[str, Source]]) -> None:
    """Go through the sources until nothing is missing."""
    missing = [file for file in files if not store.has(file)]
    progress = Progress(sum(file.bytes for file in missing))
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
    """Let one process at a time fetch into `folder`, where the system has file locks of this kind."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows: two fetches at once end in a wrong hash and a new try, nothing worse
        yield
        return
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
