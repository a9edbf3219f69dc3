"""Runs in Pyodide, under Node, for compiled.py: the library that a visit imports, as bytecode.

Pyodide's standard library and numpy come as source, which every visit compiles anew: that is a third of what a
reader waits for. Compiled here, by the very Python that will run it, it is only read.
"""

from __future__ import annotations

import importlib
import io
import sys
import zipfile
from importlib import util
from pathlib import Path

STANDARD = "/lib/python313.zip/"
# What the page's worker imports besides: PyScript's own package does.
ALSO = ("html",)
# What has no use in a worker: it compiles, links, tests or takes apart programs, or needs processes, a terminal or
# another server. A visit is to cost no more bytes than before.
UNUSED = (".pyi", ".pxd", ".h", ".c", ".a", ".ini")
UNUSED_PLACES = (
    *("numpy/f2py/", "numpy/_core/include/", "numpy/_core/lib/", "multiprocessing/", "_pyrepl/", "pydoc", "pdb.py"),
    *("doctest.py", "unittest/", "numpy/testing/", "numpy/conftest.py", "pickletools.py", "xmlrpc/", "wsgiref/"),
    *("imaplib.py", "smtplib.py", "mailbox.py"),
)
_WHENCE = b"\0" * 8  # in place of the source's hash, which is not there to be compared


def imported(program: Path) -> set[str]:
    """Imports numpy and the worker's program; the files that this took of Python's library and of numpy."""
    sys.path.insert(0, str(program))
    names = ["numpy", "numpy.random", *ALSO]
    for package in ("ductus", "jobs"):
        names += [f"{package}.{path.stem}" for path in program.glob(f"{package}/[a-z]*.py")]
    for name in names:
        importlib.import_module(name)
    specs = [getattr(module, "__spec__", None) for module in sys.modules.values()]
    return {spec.origin for spec in specs if spec and spec.origin}


def bytecode(source: bytes, name: str) -> bytes:
    """A .pyc file that is taken as it is, whatever source there was.

    With its docstrings: some modules do not work without theirs, or without those of others.
    """
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    return bytes(importlib._bootstrap_external._code_to_hash_pyc(code, _WHENCE, checked=False))


def repacked(archive: bytes, wanted: set[str], folder: str) -> bytes:
    """A ZIP archive with the modules that are `wanted`, as they lie in a folder, compiled in place of their source.

    The rest is as it was, but for what nobody could use.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            name = entry.filename
            if entry.is_dir() or name.endswith(UNUSED) or name.startswith(UNUSED_PLACES):
                continue
            data = old.read(entry)
            if name.endswith(".py") and folder + name in wanted:
                name, data = f"{name}c", bytecode(data, folder + name)
            # Without a date, and packed alike, the same comes out every time.
            new.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
    return made.getvalue()


def compile_library(given: Path, made: Path, program: Path) -> None:
    """Reads Pyodide's own archives in `given` and writes those with bytecode into `made`, under the same names."""
    wanted = imported(program)
    site = f"{Path(util.find_spec('numpy').origin).parents[1]}/"
    for name, folder in (("python_stdlib.zip", STANDARD), (next(given.glob("numpy-*.whl")).name, site)):
        (made / name).write_bytes(repacked((given / name).read_bytes(), wanted, folder))


sys.dont_write_bytecode = True  # the program's folder is the repository's
compile_library(Path("/given"), Path("/made"), Path("/program"))
