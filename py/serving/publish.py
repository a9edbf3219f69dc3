"""What the files of the site are where they are published: as they are in the repository, save two, and one more.

index.html in the repository is made for a host that has the repository and nothing else: its
Content-Security-Policy names the CDN's folders, whence the runtime comes. Where the runtime lies beside the page,
which is wherever serve.py serves or builds it, no host has to be named, so none is.

py/sources.json is not in the repository: it holds the texts of all modules under py/, so that a visit asks for one
file and not for a hundred.

sw.js in the repository keeps nothing. In a built site it carries the list of the site's files with their hashes,
which is what makes a version: another list is another version, and one list never names two versions' files.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from serving.fetch import File, ServeError

PAGE, WORKER, SOURCES = PurePosixPath("index.html"), PurePosixPath("sw.js"), PurePosixPath("py/sources.json")
SCRIPTS = {"worker/main.py", "page/start.py"}  # which PyScript asks for by name
POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)(">)')
SITE = '<meta name="site" content="repository">'
FILES = "const FILES = {};\n"
HOST = re.compile(r"\s+https?://[^\s;]+")
# Of the runtime, the modules that the page imports, one of them because of the other.
MODULES = re.compile(r"pyscript-[^/]+/(core\.|core-|error-).*js|micropython-[^/]+/.*mjs")


def page(html: bytes, site: str, runtime: Sequence[File]) -> bytes:
    """index.html for a place with the `runtime` beside it; `site` is what that place is: "served" or "built".

    The page then says itself where the runtime is, and its head asks for the modules of it. Raises ServeError where
    the page has not just one policy and one word on the place.
    """
    text = html.decode("utf-8")
    if text.count(SITE) != 1 or len(POLICY.findall(text)) != 1:
        raise ServeError(f"index.html needs one Content-Security-Policy and one {SITE}")
    text = POLICY.sub(lambda found: found[1] + HOST.sub("", found[2]) + found[3], text)
    folders = dict.fromkeys(file.place.parts[0] for file in runtime)
    modules = [file.place for file in runtime if MODULES.fullmatch(str(file.place))]
    head = [SITE.replace("repository", site), f'<meta name="runtime" content="{" ".join(folders)}">']
    head += [f'<link rel="modulepreload" href="runtime/{place}">' for place in modules]
    return text.replace(SITE, "\n".join(head)).encode()


def sources(files: dict[str, bytes]) -> bytes:
    """py/sources.json: {path under py/: text} of every module among a site's files, as JSON."""
    names = [path for path in sorted(files) if path.startswith("py/") and path.endswith(".py")]
    texts = {path[3:]: files[path].decode("utf-8") for path in names if path[3:] not in SCRIPTS}
    return (json.dumps(texts, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def policy(html: bytes) -> str | None:
    """The page's Content-Security-Policy in one line, as a header has it; None where there is none."""
    found = POLICY.search(html.decode("utf-8", "replace"))
    return " ".join(found[2].split()) if found else None


def worker(script: bytes, files: dict[str, bytes]) -> bytes:
    """sw.js with the list of a site's files: {path: sha-256}, in the form that fetch() can check by itself.

    Raises ServeError where the script has no place for the list.
    """
    text = script.decode("utf-8")
    if text.count(FILES) != 1:
        raise ServeError(f"sw.js needs one line {FILES.strip()}")
    listing = json.dumps({path: integrity(files[path]) for path in sorted(files)}, indent=1)
    return text.replace(FILES, FILES.replace("{}", listing)).encode()


def integrity(data: bytes) -> str:
    """The sha-256 of some bytes as Subresource Integrity writes it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(data).digest()).decode()}"
