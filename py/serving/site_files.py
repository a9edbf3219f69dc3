"""Which files of a folder are the site, served or built.

Python >= 3.10, standard library only.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import unquote_to_bytes

from serving.bytecode import runtime

TOP_FILES = {
    "index.html",
    "sw.js",
    "manifest.webmanifest",
    "runtime.lock.json",
    "LICENSE",
    "CITATION.cff",
}
BUILT_FILES = {"NOTICE", "sbom.cdx.json"}
TREES = {"css", "py", "js-shims", "runtime"}


def belongs(path: PurePosixPath) -> bool:
    """Return whether a path relative to the repository is part of the site, served or built."""
    if any(part.startswith(".") or part == "__pycache__" for part in path.parts):
        return False
    match path.parts:
        case (name,):
            return name in TOP_FILES | BUILT_FILES
        case ("py", "serving", *_):  # runs before the page exists
            return False
        case ("licences", *_):
            return True
        case ("icons", name):
            return name.endswith((".svg", ".png"))
        case ("weights", name):
            return name in ("CARD.md", "claims.json", "hands.json", "styles.json") or name.endswith(
                (".jb64", ".jb64.gz")
            )
        case ("weights", "samples", name):
            return name.endswith(".svg")
        case (tree, *_):
            return tree in TREES
    return False


def locate(root: Path, target: str) -> Path | None:
    """Return the file that a request target names, or None if the site has no such file.

    Dot segments, backslashes, NUL, colons, names that Windows would shorten (they end in a dot or a space) and links
    that lead out of the site name no file.
    """
    raw = unquote_to_bytes(target.partition("#")[0].partition("?")[0])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.startswith("/") or any(c in text for c in "\\\0:"):
        return None
    parts = text[1:].split("/") if text != "/" else ["index.html"]
    if any(not part or part[-1] in ". " for part in parts):
        return None
    return site_file(root, PurePosixPath(*parts))


def site_file(root: Path, path: PurePosixPath) -> Path | None:
    """Return the real file behind a path of the site, or None if it is missing or links out of the site."""
    root = root.resolve()
    try:
        real = root.joinpath(path).resolve(strict=True)
        inside = PurePosixPath(real.relative_to(root).as_posix())
    except (OSError, RuntimeError, ValueError):  # missing, a loop of links, outside the repository
        return None
    return real if real.is_file() and belongs(path) and belongs(inside) else None


def site_files(root: Path) -> list[PurePosixPath]:
    """Return every file of the built site relative to `root`: the page's own and the runtime's."""
    own = [PurePosixPath(name) for name in sorted(TOP_FILES) if site_file(root, PurePosixPath(name))]
    for tree in sorted(TREES - {"runtime"} | {"icons", "weights"}):
        own += tree_files(root, tree)
    places = ["runtime.json", *(file.place for file in runtime(root))]
    return own + [PurePosixPath("runtime", place) for place in places]


def tree_files(root: Path, tree: str) -> list[PurePosixPath]:
    """Return every file of the site in one of its folders, relative to `root`."""
    found = (PurePosixPath(path.relative_to(root).as_posix()) for path in sorted((root / tree).rglob("*")))
    return [path for path in found if site_file(root, path)]
