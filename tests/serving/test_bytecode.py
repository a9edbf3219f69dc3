"""Pyodide's library as bytecode: what is compiled, when it is used, and what happens if compiling fails."""

import hashlib
import io
import json
import os
import shutil
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from serving import bytecode
from serving.fetch import load_lock
from tests.conftest import Pyodide

ROOT = Path(__file__).resolve().parents[2]
LOCK = {"info": {}, "packages": {"numpy": {"file_name": "numpy-2.whl", "sha256": "old"}}}
FETCHED = {
    "pyodide.mjs": b"export default 1;",
    "python_stdlib.zip": b"library",
    "numpy-2.whl": b"numpy",
    "pyodide-lock.json": json.dumps(LOCK).encode(),
}
NODE = """#!{python}
import sys, time
from pathlib import Path
given, made, program, library = sys.argv[-4:]
Path({log!r}).open("a").write("run ")
assert (Path(program) / "ductus").is_dir() and "compile_library" in library
for name in ("python_stdlib.zip", "numpy-2.whl"):
    Path(made, name).write_bytes((Path(given) / name).read_bytes() + {made!r})
{then}
"""


@pytest.fixture
def root(tmp_path):
    """Return a repository with a small, fetched runtime."""
    part = {"version": "1.0", "cdn": "http://cdn.test/", "npm": {"requirement": "pyodide@1.0", "folder": ""}}
    part["files"] = [
        {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in FETCHED.items()
    ]
    other = part | {"files": []}
    (tmp_path / "runtime.lock.json").write_text(json.dumps({"parts": {"pyodide": part, "pyscript": other}}))
    (tmp_path / "runtime/pyodide-1.0").mkdir(parents=True)
    (tmp_path / "py/ductus").mkdir(parents=True)
    for name, data in FETCHED.items():
        (tmp_path / "runtime/pyodide-1.0" / name).write_bytes(data)
    return tmp_path


@pytest.fixture
def node(tmp_path, monkeypatch):
    """Return a function that installs a fake Node.js, with what it adds to archives and does, and returns its log."""
    log = tmp_path / "node.log"
    log.write_text("")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def play(made=b" compiled", then=""):
        text = NODE.format(python=sys.executable, log=str(log), made=made, then=then)
        (folder / "node").write_text(text)
        (folder / "node").chmod(0o755)
        return log

    return play


def places(root):
    return {file.path: root / "runtime" / file.place for file in bytecode.runtime(root)}


def fetched(root):
    return {name: root / "runtime/pyodide-1.0" / name for name in FETCHED}


def test_the_compiled_library_is_used_and_not_compiled_again(root, node):
    log, said = node(), []
    bytecode.compile_once(root, said.append)
    found = places(root)
    assert found["python_stdlib.zip"].read_bytes() == b"library compiled"
    assert found["pyodide.mjs"].read_bytes() == FETCHED["pyodide.mjs"]
    assert len({path.parent for path in found.values()}) == 1
    assert found["pyodide.mjs"].parent.name.startswith("pyodide-1.0-")
    digest = hashlib.sha256(b"numpy compiled").hexdigest()
    assert json.loads(found["pyodide-lock.json"].read_bytes())["packages"]["numpy"]["sha256"] == digest
    for file in bytecode.runtime(root):
        data = (root / "runtime" / file.place).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.bytes, file.sha256)
    for name, path in fetched(root).items():
        assert path.read_bytes() == FETCHED[name]
    bytecode.compile_once(root, said.append)
    assert log.read_text() == "run " and len(said) == 1 and "only once" in said[0]


def test_another_user_can_serve_the_files(root, node):
    node()
    bytecode.compile_once(root, [].append)
    for path in places(root).values():
        assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755


def test_without_node_the_page_uses_the_fetched_files(root, node):
    said = []
    bytecode.compile_once(root, said.append)
    assert places(root) == fetched(root)
    assert "more slowly" in said[-1] and "Node.js is not installed" in said[-1]


@pytest.mark.parametrize(
    ("then", "complaint"),
    [
        ('sys.exit("PythonError: no such module")', "PythonError: no such module"),
        ("sys.exit(3)", "could not do it (3)"),
        ("time.sleep(9)", "timed out"),
    ],
)
def test_a_failure_of_node_is_reported_and_leaves_nothing(root, node, monkeypatch, then, complaint):
    monkeypatch.setattr(bytecode, "NODE_SECONDS", 1)
    node(then=then)
    said = []
    bytecode.compile_once(root, said.append)
    assert complaint in said[-1]
    assert places(root) == fetched(root)
    assert sorted(path.name for path in (root / "runtime").iterdir()) == [".lock", "pyodide-1.0"]


def test_a_read_only_folder_is_reported(root, node, monkeypatch):
    node()
    said = []

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(root / "runtime"))

    monkeypatch.setattr(bytecode.tempfile, "mkdtemp", refuse)
    bytecode.compile_once(root, said.append)
    assert "Permission denied" in said[-1] and places(root) == fetched(root)


def spoil(path):
    path.unlink()  # the path may be a link to the fetched file
    path.write_bytes(b"?" * len(b"library compiled"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: spoil(folder / "python_stdlib.zip"),
        lambda folder: (folder / "numpy-2.whl").unlink(),
        shutil.rmtree,
        lambda folder: (folder.parent / bytecode.STAMP).write_text("{"),
        lambda folder: (folder.parent / bytecode.STAMP).write_text('{"source": []}'),
        lambda folder: (folder.parent / bytecode.STAMP).unlink(),
    ],
)
def test_a_damaged_file_is_compiled_again(root, node, damage):
    log = node()
    bytecode.compile_once(root, [].append)
    damage(places(root)["pyodide.mjs"].parent)
    bytecode.compile_once(root, [].append)
    assert log.read_text() == "run run "
    assert places(root)["python_stdlib.zip"].read_bytes() == b"library compiled"


def test_an_incomplete_folder_is_not_used(root, node):
    node()
    bytecode.compile_once(root, [].append)
    places(root)["numpy-2.whl"].unlink()
    assert places(root) == fetched(root)


def test_another_compiler_replaces_the_old_result(root, node, tmp_path, monkeypatch):
    node()
    bytecode.compile_once(root, [].append)
    old = places(root)["pyodide.mjs"].parent
    (root / "runtime/.compiling-killed").mkdir()
    for name in ("compile_library.py", "bytecode.py"):
        (tmp_path / name).write_text((bytecode.HERE / name).read_text() + "\n# changed")
    monkeypatch.setattr(bytecode, "HERE", tmp_path)
    assert places(root) == fetched(root)
    node(b" compiled otherwise")
    bytecode.compile_once(root, [].append)
    new = places(root)["pyodide.mjs"].parent
    assert new != old and not old.exists() and not (root / "runtime/.compiling-killed").exists()


def test_files_are_copied_if_the_system_has_no_links(root, node, monkeypatch):
    node()

    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    bytecode.compile_once(root, [].append)
    assert places(root)["pyodide.mjs"].read_bytes() == FETCHED["pyodide.mjs"]
    assert places(root)["pyodide.mjs"].parent != root / "runtime/pyodide-1.0"


# Each compiled module equals the fetched source compiled in the fetched Pyodide.
COMPARE = """
import io, marshal, zipfile
def compare(old, new, folder):
    found = []
    with zipfile.ZipFile(old) as sources, zipfile.ZipFile(new) as made:
        for name in made.namelist():
            if not name.endswith(".pyc"):
                assert made.read(name) == sources.read(name), name
                continue
            data = made.read(name)
            assert data[4:16] == bytes([1, 0, 0, 0]) + bytes(8), name
            source = sources.read(name[:-1])
            assert marshal.loads(data[16:]) == compile(source, folder + name[:-1], "exec", optimize=0), name
            found.append(name)
    return found
"""


def test_the_bytecode_is_that_of_the_source(new_page, site):
    files = {file.path: file for file in bytecode.runtime(ROOT) if file.part == "pyodide"}
    lock = {file.path: file for file in load_lock(ROOT) if file.part == "pyodide"}
    if files == lock:
        assert not shutil.which("node"), "Node.js is there, and yet Python's library was not compiled"
        pytest.skip("there is no Node.js that could have compiled Python's library")
    pyodide = Pyodide(new_page, site)
    wheel = next(name for name in files if name.startswith("numpy-"))
    for name in ("python_stdlib.zip", wheel):
        for kind, file in (("old", lock[name]), ("new", files[name])):
            pyodide.write(f"/{kind}-{name}", (ROOT / "runtime" / file.place).read_bytes())

    def compared(name, folder):
        return pyodide.run(f"{COMPARE}\ncompare('/old-{name}', '/new-{name}', {folder!r})")

    library = compared("python_stdlib.zip", "/lib/python314.zip/")
    numpy = compared(wheel, "/lib/python3.14/site-packages/")
    assert {"json/decoder.pyc", "asyncio/events.pyc", "html/entities.pyc", "_pyodide/_base.pyc"} <= set(library)
    assert {"numpy/__init__.pyc", "numpy/_core/multiarray.pyc", "numpy/lib/_index_tricks_impl.pyc"} <= set(numpy)
    names = zipfile.ZipFile(io.BytesIO((ROOT / "runtime" / files[wheel].place).read_bytes())).namelist()
    assert any(name.endswith("_generator.cpython-314-wasm32-emscripten.so") for name in names)
    assert files["python_stdlib.zip"].bytes + files[wheel].bytes < 1.01 * (
        lock["python_stdlib.zip"].bytes + lock[wheel].bytes
    )
