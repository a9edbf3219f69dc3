"""Firefox and WebKit, where they are, each with the page open."""

import pytest

from ductus.model import Model
from ductus.weights import file as weight_file
from tests import run
from tests.conftest import ROOT
from tests.engines.firefox import Firefox
from tests.engines.sheet import Elsewhere
from tests.engines.webkit import WebKit

SIZE = (1280, 800)
ENGINES = {"firefox": (run.find_firefox, Firefox), "webkit": (run.find_webkit, WebKit)}


@pytest.fixture(scope="session")
def model():
    """The shipped network, in CPython."""
    return Model(weight_file.load(ROOT / "weights" / "ductus-500.jb64.gz"))


@pytest.fixture(scope="module", params=ENGINES)
def opened(request, site, tmp_path_factory):
    """The page in each engine in turn, for all tests of a module, and nothing in the console at their end."""
    find, start = ENGINES[request.param]
    programs = find()
    if not programs:
        pytest.skip(run.ENGINE_ADVICE[request.param])
    browser = start(programs, tmp_path_factory.mktemp(request.param), SIZE)
    try:
        browser.goto(site.url)
        yield Elsewhere(browser)
        assert browser.complaints() == []
    finally:
        browser.close()


@pytest.fixture
def sheet(opened):
    """The page with the network loaded, no ink, and nothing that moves by itself."""
    opened.ready()
    opened.reset()
    return opened
