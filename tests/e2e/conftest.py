"""Fixtures of the browser tests: the page with the network loaded, fresh or shared, and the network in CPython."""

import gzip

import pytest

from ductus.model import Model
from ductus.weights import file as weight_file
from tests.conftest import ROOT
from tests.e2e.reader import Sheet

WEIGHTS = ROOT / "weights" / "ductus-500.jb64.gz"


@pytest.fixture(scope="session")
def model():
    """The shipped network, in CPython."""
    return Model(weight_file.load(WEIGHTS))


@pytest.fixture(scope="session")
def weight_lines():
    """The shipped weight file's lines, unpacked."""
    return gzip.decompress(WEIGHTS.read_bytes()).split(b"\r\n")


@pytest.fixture
def open_sheet(new_page, site):
    """A function that opens the page afresh and waits for its pens alone; keywords go to the browser's context.

    `before`, if given, is called with the page before it goes anywhere. The test fails if the page asked another
    host for anything, or if an error that nobody caught was thrown in it; `errors` holds those. A test that breaks
    what throws at a time of its own, and nobody can catch, sets `throws`.
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
        sheet.until(lambda: sheet.loading()[1] != "Loading", "the pens, which write before anything else is there")
        return sheet

    open_page.errors = errors
    open_page.throws = False
    yield open_page
    assert foreign == []
    assert open_page.throws or errors == []


@pytest.fixture(scope="module")
def loaded(browser, site):
    """A page that all tests of a module share, with the network loaded."""
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
    yield sheet
    context.close()
    assert foreign == []
    assert errors == []


@pytest.fixture
def sheet(loaded):
    """The shared page, made empty, paused, its controls as at the start."""
    loaded.page.set_viewport_size({"width": 1280, "height": 800})
    loaded.reset()
    return loaded
