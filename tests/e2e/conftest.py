"""Fixtures of the browser tests: the page with the network loaded, new or shared, and the network in CPython."""

import gzip

import pytest

from ductus.model import Model
from ductus.weights import file as weight_file
from tests.conftest import ROOT
from tests.e2e.reader import Sheet
from tests.e2e.visit import Visit, without_python

WEIGHTS = ROOT / "weights" / "ductus-500.jb64.gz"


@pytest.fixture(scope="session")
def model():
    """Return the shipped network, in CPython."""
    return Model(weight_file.load(WEIGHTS))


@pytest.fixture(scope="session")
def weight_lines():
    """Return the shipped weight file's lines, unpacked."""
    return gzip.decompress(WEIGHTS.read_bytes()).split(b"\r\n")


@pytest.fixture
def open_sheet(new_page, site):
    """Yield a function that opens a new page and waits for its pens only; keywords go to the browser's context.

    `before`, if given, is called with the page before it navigates. The test fails if the page requested anything
    from another host, or if an error was not caught in it; `errors` holds those. A test that causes errors at
    unpredictable times, which cannot be caught, sets `throws`.
    """
    foreign, errors = [], []

    def open_page(before=None, **options):
        page = new_page(**{"viewport": {"width": 1280, "height": 800}, **options})
        page.context.on(
            "request",
            lambda request: request.url.startswith((site.url, "data:", "blob:")) or foreign.append(request.url),
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        if before:
            before(page)
        page.goto(site.url, wait_until="commit")
        page.wait_for_selector("#loading", state="attached")
        sheet = Sheet(page)
        sheet.until(lambda: sheet.loading()[1] != "Loading", "the pens, which write before anything else is ready")
        return sheet

    open_page.errors = errors
    open_page.throws = False
    yield open_page
    assert foreign == []
    assert open_page.throws or errors == []


@pytest.fixture
def visit(open_sheet):
    """Return a function that opens the page without Python; `script` runs in it before anything else."""

    def open_page(script="", before=None, **options):
        def prepare(page):
            without_python(page)
            if script:
                page.add_init_script(script)
            if before:
                before(page)

        return Visit(open_sheet(before=prepare, **options).page)

    return open_page


@pytest.fixture(scope="module")
def loaded(browser, site):
    """Yield a page that all tests of a module share, with the network loaded."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    foreign, errors = [], []
    context.on(
        "request", lambda request: request.url.startswith((site.url, "data:", "blob:")) or foreign.append(request.url)
    )
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site.url)
    sheet = Sheet(page)
    sheet.ready()
    sheet.open_all()
    yield sheet
    context.close()
    assert foreign == []
    assert errors == []


@pytest.fixture
def sheet(loaded):
    """Return the shared page, emptied and paused, its controls reset."""
    loaded.page.set_viewport_size({"width": 1280, "height": 800})
    loaded.reset()
    return loaded
