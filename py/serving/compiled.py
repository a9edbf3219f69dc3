"""Pyodide with its library as bytecode, beside the one that was fetched: a visit need not compile it.

Pyodide itself compiles it (library.py), once, after the fetch, in Node.js, which comes with npm. Where there is none
the page takes Pyodide as it was fetched, and starts more slowly.

The folder's name has the hash of what is in it, so browsers may keep it for good. Python >= 3.10, standard library
only.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from serving.fetch import File, exclusive, load_lock, sha256

STAMP, STAGE = "compiled.json", ".compiling-"
HERE = Path(__file__).resolve().parent
NODE_SECONDS = 300
# Node's arguments are the folders of Pyodide, of what is made and of the program, and the text of library.py.
SCRIPT = """
import { pathToFileURL } from "node:url";
const [given, made, program, library] = process.argv.slice(-4);
const { loadPyodide } = await import(pathToFileURL(`${given}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${given}/`, packages: ["numpy"], stdout() {} });
for (const [name, folder] of Object.entries({ given, made, program })) python.mountNodeFS(`/${name}`, folder);
python.runPython(library);
"""


class NotCompiled(Exception):
    """The library could not be compiled; the message says why."""


def runtime(root: Path) -> list[File]:
    """The files of the runtime that the page takes: those that the lock names, or Pyodide's compiled."""
    files = load_lock(root)
    made = _made(root, files)
    return [made.get(file.path, file) if file.part == "pyodide" else file for file in files]


def compile_once(root: Path, say: Callable[[str], None]) -> None:
    """Have the library compiled, unless it is, whole and of this runtime; where that fails it is said and let be."""
    files = [file for file in load_lock(root) if file.part == "pyodide"]
    if not files or _whole(root, files):
        return
    try:
        with exclusive(root / "runtime"):
            if not _whole(root, files):  # another process may have been at it
                say("compiling Python's library, so that the page starts sooner (only once)")
                _compile(root, files)
    except (NotCompiled, OSError) as error:
        say(f"Python's library stays as it is, so the page will start more slowly: {error}")


def _whole(root: Path, files: list[File]) -> bool:
    """Is every compiled file there, and what it was when it was made?"""
    made = _made(root, files)
    return bool(made) and all(sha256(root / "runtime" / file.place) == file.sha256 for file in made.values())


def _source(files: list[File]) -> str:
    """What the compiled library depends on, as a hash: Pyodide, and what says how it is compiled."""
    texts = [(HERE / name).read_bytes() for name in ("library.py", "compiled.py")]
    hashes = "".join(file.sha256 for file in files if file.part == "pyodide").encode()
    return hashlib.sha256(b"\0".join([*texts, hashes])).hexdigest()


def _made(root: Path, files: list[File]) -> dict[str, File]:
    """The compiled files by the path of those that they stand for; none unless all are there, of their size."""
    folder = root / "runtime"
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        if stamp["source"] != _source(files):
            return {}
        made = {}
        for file in files:
            if file.part == "pyodide":
                size, digest = stamp["files"][file.path]
                made[file.path] = dataclasses.replace(file, version=stamp["version"], bytes=size, sha256=digest)
        whole = all((folder / file.place).stat().st_size == file.bytes for file in made.values())
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return made if whole else {}


def _compile(root: Path, files: list[File]) -> None:
    """Write the folder with all of Pyodide's files, and the stamp that says so. Raises NotCompiled or OSError."""
    folder = root / "runtime"
    given = folder / files[0].place.parts[0]
    for left in folder.glob(f"{STAGE}*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=folder))
    try:
        _run_node(given, stage, root / "py")
        for path in stage.iterdir():
            path.chmod(0o644)
        for file in files:
            if not (stage / file.path).exists():
                _link(given / file.path, stage / file.path)
        _write_lock(given, stage)
        made = {file.path: [(stage / file.path).stat().st_size, sha256(stage / file.path)] for file in files}
        digest = hashlib.sha256(json.dumps(made).encode()).hexdigest()[:12]
        version = f"{files[0].version}-{digest}"
        target = folder / f"{files[0].part}-{version}"
        shutil.rmtree(target, ignore_errors=True)
        stage.chmod(0o755)  # mkdtemp makes it private
        stage.rename(target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    stamp = {"source": _source(files), "version": version, "files": made}
    new = folder / f"{STAMP}.new"
    new.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    new.replace(folder / STAMP)
    for old in folder.glob(f"{files[0].part}-{files[0].version}-*"):
        if old != target:
            shutil.rmtree(old, ignore_errors=True)


def _run_node(given: Path, made: Path, program: Path) -> None:
    node = shutil.which("node")
    if not node:
        raise NotCompiled("Node.js is not installed (it comes with npm)")
    library = (HERE / "library.py").read_text(encoding="utf-8")
    command = [node, "--input-type=module", "-e", SCRIPT, "--", str(given), str(made), str(program), library]
    try:
        done = subprocess.run(command, capture_output=True, timeout=NODE_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotCompiled(f"Node.js did not run it ({error})") from error
    if done.returncode:
        said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "Error" in line[:200]]
        raise NotCompiled(f"Node.js could not do it ({said[-1][:200] if said else done.returncode})")


def _link(old: Path, new: Path) -> None:
    """The same file under another name, or a copy of it where the file system has no links."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)


def _write_lock(given: Path, made: Path) -> None:
    """pyodide-lock.json with the hashes of the wheels as they are now: Pyodide compares them."""
    place = made / "pyodide-lock.json"
    place.unlink()  # a link to the one that was fetched
    lock = json.loads((given / place.name).read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        package["sha256"] = sha256(made / package["file_name"])
    text = json.dumps(lock, indent=1, sort_keys=True) + "\n"
    place.write_text(text, encoding="utf-8")
