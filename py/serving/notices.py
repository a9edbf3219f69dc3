"""What a built site says of the software of others in it: NOTICE, the texts of the licences and a list of all parts.

`licences/components.json` knows the licence and the source of every project, and which files of runtime.lock.json are
its own; versions come from the lock and from the files that it names. A wheel brings its own texts. The list is
`sbom.cdx.json`, in the form of CycloneDX 1.6; the same site always has the same one.
Python >= 3.10, standard library only.
"""

from __future__ import annotations

import fnmatch
import hashlib
import io
import json
import re
import textwrap
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from serving.bytecode import runtime
from serving.fetch import File, ServeError, load_lock

FOLDER = "licences"
COMPONENTS, NOTICE, SBOM = f"{FOLDER}/components.json", "NOTICE", "sbom.cdx.json"
WHEEL_TEXT = re.compile(r"(?:[^/]+\.dist-info/(?:licenses/)?)?((?:.*/)?[^/]*(?:LICEN[CS]E|COPYING|NOTICE)[^/]*)")
PYTHON = re.compile(r'__version__ = "([^"]+)"')
HEAD = """Ductus
Copyright (c) 2026 The Ductus contributors. MIT License: LICENSE.

This site contains software of others, each under its own licence. The folder licences/ has the texts,
sbom.cdx.json every file with its sha-256. A file is as its project published it unless a change is named.

The weights, weights/*.jb64.gz
    CC BY 4.0. weights/CARD.md says what they were trained on and whom to name.
"""
WIDTH = 110


@dataclass
class Component:
    """A project of others with the files that a site has of it: as published, and as shipped."""

    entry: dict
    version: str
    published: list[File] = field(default_factory=list)
    shipped: list[File] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        return self.entry["source"].format(version=self.version)

    @property
    def package(self) -> str:
        return self.entry["package"].format(version=self.version)

    @property
    def changes(self) -> str:
        """Return what is changed in it, in sentences; "" if nothing is."""
        said = [self.entry["changes"]] if "changes" in self.entry else []
        names = [new.path for old, new in self.changed() if not old.keep]
        if names:
            said.append(f"{', '.join(names)}: the Python modules in it are compiled to bytecode.")
        return " ".join(said)

    def changed(self) -> list[tuple[File, File]]:
        """Return the files that are shipped in another form than they were fetched: (fetched, shipped)."""
        return [(old, new) for old, new in zip(self.published, self.shipped, strict=True) if old.sha256 != new.sha256]


def made(root: Path, files: dict[str, bytes]) -> dict[str, bytes]:
    """Return NOTICE, the licences and the list of parts, {path: content}, for a site of `files`.

    Raises ServeError if a file of the runtime belongs to no known project, or a text is missing.
    """
    found, texts = components(root)
    sbom = json.dumps(bill(found, files), indent=1, ensure_ascii=False) + "\n"
    return {NOTICE: notice(found).encode(), SBOM: sbom.encode(), **texts}


def components(root: Path) -> tuple[list[Component], dict[str, bytes]]:
    """Return the projects of others that the runtime is of, and the texts of their licences, {path: content}."""
    try:
        entries = json.loads((root / COMPONENTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ServeError(f"{root / COMPONENTS} is missing or damaged; restore it from the repository") from error
    found: dict[str, Component] = {}
    texts: dict[str, bytes] = {}
    for old, new in zip(load_lock(root), runtime(root), strict=True):
        entry = owner(entries, old)
        if entry["name"] not in found:
            found[entry["name"]] = Component(entry, version(root, entry, old))
        component = found[entry["name"]]
        component.published.append(old)
        component.shipped.append(new)
        if old.path.endswith(".whl"):
            own = wheel_texts(root / "runtime" / old.place, f"{FOLDER}/{component.entry['name']}")
            if not own:
                raise ServeError(f"{old.path} has no text of a licence in it")
            component.texts += own
            texts |= own
    for component in found.values():
        listed = [*component.entry["texts"], *(name for _, name in component.entry["contains"].values())]
        for path in dict.fromkeys(f"{FOLDER}/{name}" for name in listed):
            try:
                texts[path] = (root / path).read_bytes()
            except OSError as error:
                raise ServeError(f"{root / path}, the text of a licence, is missing") from error
            component.texts.append(path)
    return list(found.values()), dict(sorted(texts.items()))


def owner(entries: list[dict], file: File) -> dict:
    """Return the one project that a file of the lock belongs to. Raises ServeError."""
    found = [e for e in entries if e["part"] == file.part and any(fnmatch.fnmatch(file.path, p) for p in e["files"])]
    if len(found) != 1:
        raise ServeError(f"{COMPONENTS} has to name one project whose file {file.part}: {file.path} is; add it there")
    return found[0]


def version(root: Path, entry: dict, file: File) -> str:
    """Return a project's version: the wheel's, Pyodide's Python's, or that of its part of the lock."""
    kind = entry.get("version")
    if kind == "wheel":
        return file.path.split("-")[1]
    if kind == "python":
        lock = next(other for other in load_lock(root) if other.part == file.part and other.keep)
        return json.loads((root / "runtime" / lock.place).read_text(encoding="utf-8"))["info"]["python"]
    return file.version


def wheel_texts(wheel: Path, folder: str) -> dict[str, bytes]:
    """Return the texts of licences in a wheel, its own and those of what it includes, {path under `folder`: text}."""
    texts = {}
    with zipfile.ZipFile(io.BytesIO(wheel.read_bytes())) as archive:
        for name in sorted(archive.namelist()):
            text = WHEEL_TEXT.fullmatch(name)
            if text and not name.endswith((".py", "/")):
                texts[f"{folder}/{text[1]}"] = archive.read(name)
    return texts


def notice(found: list[Component]) -> str:
    """Return NOTICE: every project with its version, licence, source, changes and texts."""
    text = HEAD
    for component in found:
        entry = component.entry
        parts = ", ".join(f"{name} ({licence})" for name, (licence, _) in entry["contains"].items())
        lines = [f"{entry['licence']}. {component.source}", entry.get("about", "")]
        lines += [component.changes and f"Changed: {component.changes}", parts and f"Contains {parts}."]
        text += f"\n{entry['name']} {component.version}\n"
        text += "".join(indented(line) + "\n" for line in (*lines, *component.texts) if line)
    return text


def indented(line: str) -> str:
    """Return a line in lines of WIDTH at most; addresses stay whole."""
    wrapper = textwrap.TextWrapper(WIDTH, " " * 4, " " * 4, break_long_words=False, break_on_hyphens=False)
    return wrapper.fill(line)


def bill(found: list[Component], files: dict[str, bytes]) -> dict:
    """Return the list of all parts of a site of `files` as CycloneDX 1.6, without a time or a random number."""
    init = files.get("py/ductus/__init__.py", b"").decode()
    own = {"type": "application", "bom-ref": "ductus", "name": "ductus", "licenses": licences("MIT")}
    known = PYTHON.search(init)
    if known:
        own["version"] = known[1]
    weights = [
        {
            "type": "machine-learning-model",
            "bom-ref": path,
            "name": path,
            "licenses": licences("CC-BY-4.0"),
            "hashes": hashes(hashlib.sha256(data).hexdigest()),
        }
        for path, data in sorted(files.items())
        if PurePosixPath(path).parent == PurePosixPath("weights") and ".jb64" in path
    ]
    parts = [described(component) for component in found]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own},
        "components": [*parts, *weights],
        "dependencies": [{"ref": "ductus", "dependsOn": [part["bom-ref"] for part in (*parts, *weights)]}],
    }


def described(component: Component) -> dict:
    """Return one project as CycloneDX has it, its files and what it contains within."""
    changed = {new.path: old for old, new in component.changed()}
    files = []
    for file in component.shipped:
        place = f"runtime/{file.place}"
        entry = {"type": "file", "bom-ref": place, "name": place, "hashes": hashes(file.sha256)}
        if file.path in changed:
            old = changed[file.path]
            before = {"type": "file", "name": f"runtime/{old.place}", "hashes": hashes(old.sha256)}
            entry["pedigree"] = {"ancestors": [before], "notes": component.changes}
        files.append(entry)
    inside = [
        {"type": "library", "bom-ref": f"{component.package}#{name}", "name": name, "licenses": licences(licence)}
        for name, (licence, _) in component.entry["contains"].items()
    ]
    return {
        "type": "library",
        "bom-ref": component.package,
        "name": component.entry["name"],
        "version": component.version,
        "purl": component.package,
        "licenses": licences(component.entry["licence"]),
        "externalReferences": [{"type": "vcs", "url": component.source}],
        "components": [*files, *inside],
    }


def licences(expression: str) -> list[dict]:
    """Return a licence as CycloneDX has it: an SPDX identifier or expression."""
    single = re.fullmatch(r"(?!LicenseRef-)[\w.-]+", expression)
    return [{"license": {"id": expression}}] if single else [{"expression": expression}]


def hashes(sha256: str) -> list[dict]:
    return [{"alg": "SHA-256", "content": sha256}]
