"""Compile the library that a visit imports to bytecode. Runs in Pyodide, under Node.js, for bytecode.py.

Pyodide's standard library and numpy come as source, which every visit compiles: a third of the wait for the first
prediction. Here the same Python that will run it compiles it once.
"""

from __future__ import annotations

import importlib
import io
import sys
import zipfile
from pathlib import Path

STANDARD = "/lib/python314.zip/"
# Also imported in the worker, by PyScript's own package.
ALSO = ("html",)
# Of no use in a worker: they compile, link, test or inspect programs, or need processes, a terminal or a server.
# Without them a visit loads no more bytes than without bytecode.
UNUSED = (".pyi", ".pxd", ".h", ".c", ".a", ".ini")
UNUSED_PLACES = (
    *("numpy/f2py/", "numpy/_core/include/", "numpy/_core/lib/", "multiprocessing/", "_pyrepl/", "pydoc", "pdb.py"),
    *("doctest.py", "unittest/", "numpy/testing/", "numpy/conftest.py", "pickletools.py", "xmlrpc/", "wsgiref/"),
    *("imaplib.py", "smtplib.py", "mailbox.py", "ftplib.py", "optparse.py", "bdb.py", "difflib.py"),
    *("_pyio.py", "_pydatetime.py"),  # they stand in for modules in C, which are there
)
# Character sets that no file which the page reads is written in: of mainframes, of DOS, and those that need tables of
# their own. UTF, ISO 8859, those of Windows and ZIP's cp437 stay.
UNUSED_PLACES += tuple(
    f"encodings/{name}"
    for name in (
        *("big5", "cp0", "cp100", "cp102", "cp11", "cp2", "cp424", "cp5", "cp7", "cp8", "cp9", "euc_", "gb", "hp_"),
        *("hz", "iso2022", "johab", "koi8_t", "kz", "mac_", "mbcs", "oem", "palmos", "ptcp", "shift_jis", "tis_620"),
    )
)
_NO_HASH = b"\0" * 8  # in place of the source's hash, which is never checked


def imported(program: Path) -> set[str]:
    """Import numpy and the worker's program; return the paths of all files that this loaded."""
    sys.path.insert(0, str(program))
    names = ["numpy", "numpy.random", *ALSO]
    for package in ("ductus", "worker"):
        paths = sorted(path.relative_to(program) for path in (program / package).rglob("[a-z]*.py"))
        if package == "worker":
            paths.remove(Path("worker", "main.py"))  # PyScript runs it: it awaits outside functions
        names += [".".join(path.with_suffix("").parts) for path in paths]
    for name in names:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "pyscript":  # only the page has it; nothing else needs it
                raise
    specs = [getattr(module, "__spec__", None) for module in sys.modules.values()]
    return {spec.origin for spec in specs if spec and spec.origin}


def bytecode(source: bytes, name: str) -> bytes:
    """Return a .pyc file that Python uses without looking for the source.

    Docstrings stay: some modules need their own, or those of others.
    """
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    return bytes(importlib._bootstrap_external._code_to_hash_pyc(code, _NO_HASH, checked=False))  # pyright: ignore[reportAttributeAccessIssue]  not public


def repacked(archive: bytes, wanted: set[str], folder: str) -> bytes:
    """Return a ZIP archive in which the modules `wanted` (paths under `folder`) are compiled.

    The other files stay as they are, without those of no use (UNUSED).
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
            # Without dates the result is the same every time.
            new.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
    return made.getvalue()


def compile_library(given: Path, made: Path, program: Path) -> None:
    """Write Pyodide's archives in `given` with bytecode into `made`, under the same names."""
    wanted = imported(program)
    site = f"{Path(importlib.import_module('numpy').__path__[0]).parent}/"
    for name, folder in (("python_stdlib.zip", STANDARD), (next(given.glob("numpy-*.whl")).name, site)):
        (made / name).write_bytes(repacked((given / name).read_bytes(), wanted, folder))


sys.dont_write_bytecode = True  # the program is in the repository
compile_library(Path("/given"), Path("/made"), Path("/program"))
