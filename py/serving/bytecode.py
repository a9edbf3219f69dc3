"""Compile Pyodide's library to bytecode, beside the fetched Pyodide, so that visits need not compile it.

Pyodide itself compiles it (compile_library.py), once, after the fetch, in Node.js, which comes with npm. Without
Node.js the page uses Pyodide as it was fetched and starts more slowly.

The folder's name contains the hash of its contents, so browsers may cache it forever. Python >= 3.10, standard
library only.
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
# Node's arguments: the folders of Pyodide, of the result and of the program, and the text of compile_library.py.
SCRIPT = """
import { pathToFileURL } from "node:url";
const [given, made, program, library] = process.argv.slice(-4);
const { loadPyodide } = await import(pathToFileURL(`${given}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${given}/`, packages: ["numpy"], stdout() {} });
for (const [name, folder] of Object.entries({ given, made, program })) python.mountNodeFS(`/${name}`, folder);
try {
    python.runPython(library);
} catch (error) {
    console.error(error.message.trim().split("\\n").at(-1));
    process.exitCode = 1;
}
"""


class CompileError(Exception):
    """The library could not be compiled; the message says why."""


def runtime(root: Path) -> list[File]:
    """Return the runtime files that the page uses: those in the lock, Pyodide's compiled if possible."""
    files = load_lock(root)
    made = _made(root, files)
    return [made.get(file.path, file) if file.part == "pyodide" else file for file in files]


def compile_once(root: Path, say: Callable[[str], None]) -> None:
    """Compile the library unless a complete one of this runtime exists; report a failure with `say` and go on."""
    files = [file for file in load_lock(root) if file.part == "pyodide"]
    if not files or _whole(root, files):
        return
    try:
        with exclusive(root / "runtime"):
            if not _whole(root, files):  # another process may have done it meanwhile
                say("compiling Python's library, so that the page starts sooner (only once)")
                _compile(root, files)
    except (CompileError, OSError) as error:
        say(f"Python's library stays as it is, so the page will start more slowly: {error}")


def _whole(root: Path, files: list[File]) -> bool:
    """Return whether every compiled file exists and has its hash."""
    made = _made(root, files)
    return bool(made) and all(sha256(root / "runtime" / file.place) == file.sha256 for file in made.values())


def _source(files: list[File]) -> str:
    """Return a hash of all that the compiled library depends on: Pyodide and the compiling code."""
    texts = [(HERE / name).read_bytes() for name in ("compile_library.py", "bytecode.py")]
    hashes = "".join(file.sha256 for file in files if file.part == "pyodide").encode()
    return hashlib.sha256(b"\0".join([*texts, hashes])).hexdigest()


def _made(root: Path, files: list[File]) -> dict[str, File]:
    """Return the compiled files by the path of those they replace; none unless all exist with the right size."""
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
    """Write the folder with all of Pyodide's files, then its stamp. Raises CompileError or OSError."""
    folder = root / "runtime"
    given = folder / files[0].place.parts[0]
    for left in folder.glob(f"{STAGE}*"):  # left by a process that was killed
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
        raise CompileError("Node.js is not installed (it comes with npm)")
    library = (HERE / "compile_library.py").read_text(encoding="utf-8")
    command = [node, "--input-type=module", "-e", SCRIPT, "--", str(given), str(made), str(program), library]
    try:
        done = subprocess.run(command, capture_output=True, timeout=NODE_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CompileError(f"Node.js did not run it ({error})") from error
    if done.returncode:
        said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "Error" in line[:200]]
        raise CompileError(f"Node.js could not do it ({said[-1][:200] if said else done.returncode})")


def _link(old: Path, new: Path) -> None:
    """Link a file under another name; copy it if the file system has no links."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)


def _write_lock(given: Path, made: Path) -> None:
    """Write pyodide-lock.json with the new hashes of the wheels, which Pyodide checks."""
    place = made / "pyodide-lock.json"
    place.unlink()  # a link to the one that was fetched
    lock = json.loads((given / place.name).read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        package["sha256"] = sha256(made / package["file_name"])
    text = json.dumps(lock, indent=1, sort_keys=True) + "\n"
    place.write_text(text, encoding="utf-8")
