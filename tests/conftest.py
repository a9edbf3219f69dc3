"""Fixtures for all tests: the served site, a Chromium, a page in it, and Pyodide inside that.

Playwright's sync interface keeps an event loop on the main thread for the whole session, so no test may
call asyncio.run there once `browser` is in use.
"""

import base64
import importlib.util
import inspect
import json
import os
import re
import textwrap
import warnings
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from tests.run import BROWSER_ADVICE, find_browser
from tests.support.servers import answering

ROOT = Path(__file__).resolve().parent.parent
ARTEFACTS = ROOT / "tests" / "artefacts"
BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MARKERS = {
    "training": "needs PyTorch; runs with --training",
    "slow": "takes longer than CI should bear; runs with --slow",
}

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser):
    for name, help_text in MARKERS.items():
        parser.addoption(f"--{name}", action="store_true", help=f"also run tests marked {name}: {help_text}")
    parser.addoption("--fuzz-examples", type=int, help="cases for each fuzzed parser, new ones in every run")


def pytest_configure(config):
    for name, help_text in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {help_text}")
    cases = config.getoption("fuzz_examples")
    fuzz = {"max_examples": cases, "derandomize": False, "database": None} if cases else {"max_examples": 200}
    hypothesis.settings.register_profile("fuzz", hypothesis.settings.default, **fuzz)
    if config.getoption("training") and not importlib.util.find_spec("torch"):
        raise pytest.UsageError("--training needs PyTorch: python3 tests/run.py --training installs it")


def pytest_ignore_collect(collection_path, config):
    """Ignore files that import torch at the top unless --training is given: without torch they cannot be imported."""
    inside = collection_path == ROOT / "tests" / "training" / "with_torch"
    return True if inside and not config.getoption("training") else None


def pytest_collection_modifyitems(config, items):
    for name, help_text in MARKERS.items():
        if not config.getoption(name):
            for item in items:
                if item.get_closest_marker(name):
                    item.add_marker(pytest.mark.skip(reason=help_text))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Store the test's outcome for the teardown of its fixtures."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call":
        item.stash[FAILED] = report.failed


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def site():
    """Yield serve.py's own server over the repository, on a free port: `site.url` ends in a slash."""
    import serve

    with answering(serve.listen("127.0.0.1", 0, ROOT)) as server:
        yield server


@pytest.fixture(scope="session")
def built_site(tmp_path_factory):
    """Yield serve.py's server over the folder that `--build` writes: `built_site.root` is the folder."""
    import serve

    folder = tmp_path_factory.mktemp("built") / "site"
    serve.build(serve.ROOT, folder)
    with answering(serve.listen("127.0.0.1", 0, folder)) as server:
        server.root = folder
        yield server


@pytest.fixture(scope="session")
def playwright():
    """Yield Playwright's sync interface."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright):
    """Yield one Chromium for the whole session; contexts in it are cheap and isolated."""
    path = find_browser()
    assert path, BROWSER_ADVICE
    browser = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def new_page(browser, request):
    """Yield a function that opens a page in a new context; keywords go to `browser.new_context`.

    If the test fails, a screenshot of each page is saved in tests/artefacts.
    """
    contexts = []

    def open_page(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        return context.new_page()

    yield open_page
    name = re.sub(r"\W+", "-", request.node.nodeid).strip("-")
    for number, context in enumerate(contexts):
        if request.node.stash.get(FAILED, False):
            for page in context.pages:
                page.screenshot(path=ARTEFACTS / f"failed-{name}-{number}.png")
        context.close()


@pytest.fixture
def page(new_page, site):
    """Yield a fresh page, 1280 x 800. The test fails if it sent a request to another host."""
    page = new_page(viewport={"width": 1280, "height": 800})
    foreign = []

    def note(request):
        if not request.url.startswith((site.url, "data:", "blob:", "about:")):
            foreign.append(request.url)

    page.context.on("request", note)
    yield page
    assert foreign == []


class Pyodide:
    """Pyodide with numpy and py/ductus, as in the page, in a separate page in Chromium."""

    START = """async (folder) => {
        const {loadPyodide} = await import(folder + "pyodide.mjs");
        globalThis.pyodide = await loadPyodide({indexURL: folder});
        await pyodide.loadPackage("numpy");
    }"""
    WRITE = """([path, text]) => {
        const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        pyodide.FS.mkdirTree(path.replace(/[/][^/]*$/, "") || "/");
        pyodide.FS.writeFile(path, bytes);
    }"""
    RUN = """async (source) => {
        const globals = pyodide.toPy({});
        try {
            return await pyodide.runPythonAsync(source, {globals});
        } finally {
            globals.destroy();
        }
    }"""

    def __init__(self, new_page, site, headers=None):
        self.new_page = new_page  # a function that opens an empty page in Chromium
        self.site = site
        self.answer = {"body": "<!doctype html>", "headers": {"Content-Type": "text/html", **(headers or {})}}
        self.files = {}
        for path in sorted((ROOT / "py" / "ductus").rglob("*.py")):
            self.files[f"/ductus-py/{path.relative_to(ROOT / 'py').as_posix()}"] = path.read_bytes()
        self._start()

    def _start(self):
        self.page = self.new_page()
        blank = self.site.url + "blank.html"
        self.page.route(blank, lambda route: route.fulfill(**self.answer))
        self.page.goto(blank)
        lock = json.loads((ROOT / "runtime.lock.json").read_text())
        self.page.evaluate(self.START, f"{self.site.url}runtime/pyodide-{lock['parts']['pyodide']['version']}/")
        for path, data in self.files.items():
            self._write(path, data)
        self.page.evaluate(self.RUN, "import sys; sys.path.insert(0, '/ductus-py')")

    def _write(self, path, data):
        self.page.evaluate(self.WRITE, [path, base64.b64encode(data).decode()])

    def write(self, path, data):
        """Write a file to Pyodide's file system."""
        self.files[path] = data
        self._write(path, data)

    def run(self, source):
        """Run Python statements and return the value of the last expression, through JSON.

        An exception there is a playwright Error here, with Python's own traceback in its message. Chromium's process
        may crash under many parallel tests through no fault of ours: then it is retried once, in a new process.
        """
        wrapped = f"import json, pyodide.code\njson.dumps(pyodide.code.eval_code({source!r}, dict()))"
        try:
            return json.loads(self.page.evaluate(self.RUN, wrapped))
        except PlaywrightError as error:
            if "crashed" not in error.message:
                raise
        warnings.warn("Chromium's process crashed with Pyodide in it; it was started again", stacklevel=2)
        self._start()
        return json.loads(self.page.evaluate(self.RUN, wrapped))

    def call(self, function, *arguments):
        """Run a function of a test module there, from its source; arguments and result are passed as JSON.

        The function must import everything that it uses.
        """
        source = textwrap.dedent(inspect.getsource(function))
        values = json.dumps(arguments)
        return self.run(f"{source}\nimport json\n{function.__name__}(*json.loads({values!r}))")


@pytest.fixture(scope="session")
def pyodide(browser, site):
    """Yield Pyodide in Chromium: `.run(source)`, `.call(function, *arguments)`, `.write(path, data)`."""
    context = browser.new_context()
    yield Pyodide(context.new_page, site)
    context.close()
