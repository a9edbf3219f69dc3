"""A file dropped on the page is read, or refused in words."""

import numpy as np
import pytest

from tests.e2e.in_and_out import HEAT, paged


@pytest.fixture
def page(sheet):
    yield from paged(sheet)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n", "photo.png is neither ink (InkML, JSON, or a line of IAM-OnDB) nor"),
        ("a.inkml", b"<ink><trace>1 2, 3</trace></ink>", "a.inkml: trace 0: point 1: it has 1 values where"),
        ("b.json", b'{"no": 1}', 'b.json: the object has no "strokes"'),
        ("big.json", b"[" + 3_000_000 * b" " + b"]", "big.json is larger than 2 MB"),
        ("bad.jb64", b"W1si" + b"nonsense", "bad.jb64 was not loaded: "),
        ("model.json", b'[["AAAA"], "AAAA"]', "model.json was not loaded: not a list of five arrays"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_an_invalid_file_changes_nothing(page, name, data, words):
    before = page.line()
    units = page.page.evaluate(HEAT)["cells"]["units"]
    assert words in page.dropped((name, data))
    np.testing.assert_array_equal(page.line(), before)
    assert page.page.evaluate(HEAT)["cells"]["units"] == units
    if "loaded" in words:
        assert "ductus-500 is still in use" in page.page.locator("#dropped output").inner_text()


def test_only_the_first_of_several_files_is_loaded(page):
    ink = b"<ink><trace>0 0, 10 10, 20 0, 30 10</trace></ink>"
    words = page.dropped(("a.inkml", ink), ("b.inkml", ink), where="#continuation canvas.ink")
    assert words == "Only the first of the 2 files was loaded. Figure 4 shows the ink of a.inkml now."
    page.page.click("#dropped button")
    assert not page.page.locator("#dropped").is_visible()
    assert page.drop(("a.inkml", ink), falls=False) == [True, True, False]  # carried away again
    page.page.click("#ink-fans-own")
