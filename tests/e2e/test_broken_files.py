"""One file of the site is missing, damaged or of another type: the page works, or names it and says what to do."""

import fnmatch

import pytest

import serve
from tests.conftest import ROOT
from tests.e2e.broken import outcomes, requested
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
WAYS_EACH = 2  # of each kind others; the slow test below has them all
# What a host that answers with something else than this page decides, not the page.
HOSTS_OWN = [("index.html", way) for way in WAYS if way != "cut"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken") / "site"
    serve.build(ROOT, folder)
    return folder


def failures(found):
    return {case: outcome for case, outcome in found.items() if outcome not in ("works", "named")}


@pytest.mark.parametrize("kinds", list(zip(list(KINDS)[::2], list(KINDS)[1::2], strict=True)), ids=" and ".join)
def test_a_file_of_each_kind(browser, folder, kinds):
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    cases = []
    for kind in kinds:
        (name,) = fnmatch.filter(names, KINDS[kind])
        first = list(KINDS).index(kind)
        cases += [(name, WAYS[(first + i) % len(WAYS)]) for i in range(WAYS_EACH)]
    found = outcomes(browser, folder, cases)
    assert failures(found) == {}
    if "a kernel" in kinds:
        assert {outcome for (name, _), outcome in found.items() if "kernel" in name} == {"works"}


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_every_file_that_a_visit_asks_for(browser, folder):
    """Break each file in turn; those that a visit does not ask for cannot keep it from working."""
    names = requested(browser, folder)
    assert len(names) > 50
    cases = [(name, way) for name in names for way in WAYS]
    found = outcomes(browser, folder, [case for case in cases if case not in HOSTS_OWN])
    assert failures(found) == {}
