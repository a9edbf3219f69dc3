"""Make the published form of the two files that differ from the repository, and of the one that is added.

index.html in the repository is for a host that has the repository and nothing else: its Content-Security-Policy names
the CDN's folders, from which the runtime comes. Where serve.py serves or builds the page, the runtime is beside it,
so no host is named.

py/sources.json is not in the repository: it holds the texts of all modules under py/, so that a visit requests one
file and not a hundred.

css/ductus.css is not in the repository either: it holds all stylesheets that index.html links, in that order. Links
in the body stop the parser until their files are there, and the page's programs wait for the parser.

sw.js in the repository caches nothing. In a built site it has the list of the site's files with their hashes. The
list defines a version: a different list is a different version, and one list never names files of two versions. A
second list names the networks that the page does not start with, which are cached when they are first used.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import urljoin

from serving.fetch import File, ServeError

PAGE, WORKER, SOURCES = PurePosixPath("index.html"), PurePosixPath("sw.js"), PurePosixPath("py/sources.json")
STYLES = PurePosixPath("css/ductus.css")
STYLES_END = b":root { --styles-end: 1; }\n"  # js-shims/boot/guard.js looks for it
ADDRESS = re.compile(r'(<link rel="canonical" href="|<meta property="og:image" content=")([^"]*)')
STYLE_LINK = re.compile(r'<link rel="stylesheet" href="(css/[^"]+)">\n')
SCRIPTS = {"worker/main.py", "page/start.py"}  # PyScript requests these by name
POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)(">)')
SITE = '<meta name="site" content="repository">'
FILES, LATER = "const FILES = {};\n", "const LATER = [];"
NETWORK = re.compile(r"weights/.*\.jb64(\.gz)?")
FIRST_NETWORK = re.compile(rb'const WEIGHTS = "([^"]+)";')  # in boot.js: the one that the page starts with
HOST = re.compile(r"\s+https?://[^\s;]+")
# The runtime's modules that the page imports, directly or through another.
MODULES = re.compile(r"pyscript-[^/]+/(core\.|core-|error-).*js|micropython-[^/]+/.*mjs")


def page(html: bytes, site: str, runtime: Sequence[File], address: str = "") -> bytes:
    """Return index.html for a site with the `runtime` beside it; `site` is "served" or "built".

    The page then says where the runtime is, and its head preloads the runtime's modules. `address` is the site's URL
    if it is known: it becomes the canonical link, and makes the address of the preview picture absolute. Raises
    ServeError unless the page has exactly one policy and one SITE element.
    """
    text = html.decode("utf-8")
    if text.count(SITE) != 1 or len(POLICY.findall(text)) != 1:
        raise ServeError(f"index.html needs one Content-Security-Policy and one {SITE}")
    text = POLICY.sub(lambda found: found[1] + HOST.sub("", found[2]) + found[3], text)
    folders = dict.fromkeys(file.place.parts[0] for file in runtime)
    modules = [file.place for file in runtime if MODULES.fullmatch(str(file.place))]
    head = [SITE.replace("repository", site), f'<meta name="runtime" content="{" ".join(folders)}">']
    head += [f'<link rel="modulepreload" href="runtime/{place}">' for place in modules]
    text = text.replace(SITE, "\n".join(head))
    text = STYLE_LINK.sub(f'<link rel="stylesheet" href="{STYLES}">\n', text, count=1)
    text = STYLE_LINK.sub(lambda found: found[0] if found[1] == str(STYLES) else "", text)
    return ADDRESS.sub(lambda found: found[1] + urljoin(address, found[2]), text).encode()


def stylesheets(html: bytes) -> list[str]:
    """Return the paths of the stylesheets that index.html links, in the order of the cascade."""
    return STYLE_LINK.findall(html.decode("utf-8"))


def styles(html: bytes, files: dict[str, bytes]) -> bytes:
    """Return css/ductus.css: all stylesheets that index.html links, and a mark by which the page knows the end.

    Raises ServeError if one of them is not among `files`, {path: content}.
    """
    missing = [path for path in stylesheets(html) if path not in files]
    if missing:
        raise ServeError(f"index.html links {missing[0]}, which does not exist")
    return b"".join(files[path] for path in stylesheets(html)) + STYLES_END


def sources(files: dict[str, bytes]) -> bytes:
    """Return py/sources.json: {path under py/: text} of every module among a site's files."""
    names = [path for path in sorted(files) if path.startswith("py/") and path.endswith(".py")]
    texts = {path[3:]: files[path].decode("utf-8") for path in names if path[3:] not in SCRIPTS}
    return (json.dumps(texts, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def policy(html: bytes) -> str | None:
    """Return the page's Content-Security-Policy as a header has it, in one line; None if there is none."""
    found = POLICY.search(html.decode("utf-8", "replace"))
    return " ".join(found[2].split()) if found else None


def worker(script: bytes, files: dict[str, bytes]) -> bytes:
    """Return sw.js with the lists of a site's files: {path: hashes} of all, and the paths of those to cache later.

    Raises ServeError if the script has no place for the first list.
    """
    text = script.decode("utf-8")
    if text.count(FILES) != 1:
        raise ServeError(f"sw.js needs one line {FILES.strip()}")
    listing = json.dumps({path: hashes(path, files[path]) for path in sorted(files)}, indent=1)
    later = json.dumps(later_networks(files), indent=1)
    return text.replace(FILES, FILES.replace("{}", listing)).replace(LATER, LATER.replace("[]", later)).encode()


def later_networks(files: dict[str, bytes]) -> list[str]:
    """Return the paths of the networks that the page does not start with; none where it names no first one."""
    first = FIRST_NETWORK.search(files.get("js-shims/boot/boot.js", b""))
    return [path for path in sorted(files) if first and NETWORK.fullmatch(path) and path != first[1].decode()]


def hashes(path: str, data: bytes) -> str:
    """Return the integrity of a file, and for path.gz also that of what is inside, separated by a space.

    Some hosts declare the gzip of such a file to be an encoding of the transfer; the browser then unpacks it.
    """
    found = [integrity(data)]
    if path.endswith(".gz"):
        with contextlib.suppress(OSError, EOFError, zlib.error):  # a gzip in name only
            found.append(integrity(gzip.decompress(data)))
    return " ".join(found)


def integrity(data: bytes) -> str:
    """Return the sha-256 of `data` as Subresource Integrity writes it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(data).digest()).decode()}"
