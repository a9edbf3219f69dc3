"""One file of the site is missing, damaged or of another type: the page works, or names it and says what to do."""

import fnmatch

import pytest

import serve
from tests.conftest import ROOT
from tests.e2e.broken import AT_ONCE, outcomes, requested
from tests.e2e.hosts import WAYS

# One file of each kind of loader.
KINDS = {
    "a classic script": "js-shims/boot/guard.js",
    "a module of the page": "js-shims/boot/runtime.js",
    "a module that Python imports": "js-shims/fans/fans.js",
    "PyScript": "runtime/pyscript-*/core.js",
    "MicroPython": "runtime/micropython-*/micropython.wasm",
    "a program that PyScript fetches": "py/worker/main.py",
    "the sources": "py/sources.json",
    "the worker's interpreter": "js-shims/boot/interpreter.js",
    "Pyodide's WebAssembly": "runtime/pyodide-*/pyodide.asm.wasm",
    "Pyodide's library": "runtime/pyodide-*/python_stdlib.zip",
    "a package": "runtime/pyodide-*/numpy-*.whl",
    "the styles": "css/ductus.css",
    "the network": "weights/ductus-500.jb64.gz",
    "a kernel": "js-shims/kernel/kernel-relaxed.wasm",
}
# What a host that answers with something else than this page decides, not the page.
HOSTS_OWN = [("index.html", way) for way in WAYS if way != "cut"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken") / "site"
    serve.build(ROOT, folder)
    return folder


def failures(found):
    return {case: outcome for case, outcome in found.items() if outcome not in ("works", "named")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_each_kind(browser, folder, kind):
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    (name,) = fnmatch.filter(names, KINDS[kind])
    # As many ways as fit into one round: each kind leaves out others; the test below has them all.
    first = list(KINDS).index(kind)
    ways = [WAYS[(first + i) % len(WAYS)] for i in range(AT_ONCE)]
    found = outcomes(browser, folder, [(name, way) for way in ways])
    assert failures(found) == {}
    if kind == "a kernel":
        assert set(found.values()) == {"works"}


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_every_file_that_a_visit_asks_for(browser, folder):
    """Break each file in turn; those that a visit does not ask for cannot keep it from working."""
    names = requested(browser, folder)
    assert len(names) > 50
    cases = [(name, way) for name in names for way in WAYS]
    found = outcomes(browser, folder, [case for case in cases if case not in HOSTS_OWN])
    assert failures(found) == {}
