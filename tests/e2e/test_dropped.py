"""A file dropped on the page is read, or rejected with a message."""

import gzip

import numpy as np
import pytest

from tests.ductus.test_x_height import garlands
from tests.e2e.in_and_out import HEAT, paged
from tests.e2e.test_fans import Figure, small


@pytest.fixture
def page(sheet):
    yield from paged(sheet)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n", "photo.png is neither ink (InkML, IAM-OnDB, SVG, "),
        ("a.inkml", b"<ink><trace>1 2, 3</trace></ink>", "a.inkml: trace 0: point 1: it has 1 values where"),
        ("b.json", b'{"no": 1}', "(its keys: 'no'); what is read is JSON ([[dx, dy, lift]"),
        ("a.gz", gzip.compress(b"<note/>", mtime=0), "a.gz: it is packed with gzip, XML with the root element"),
        ("dots.json", b'{"strokes":[' + b"[[0,0]]," * 200_000 + b"[[0,0]]]}", "it has 200,001 strokes, more"),
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
    assert words == "Only the first of the 2 files was loaded. The figures show the ink of a.inkml now."
    page.page.click("#dropped button")
    assert not page.page.locator("#dropped").is_visible()
    assert page.drop(("a.inkml", ink), falls=False) == [True, True, False]  # dragged away again
    page.page.click("#fans-own")


def traces(strokes):
    """InkML of strokes in x-heights, in a unit of 1/40."""
    return "".join(f"<trace>{','.join(f'{x:.0f} {y:.0f}' for x, y in 40 * stroke)}</trace>" for stroke in strokes)


ROWS = traces([stroke + np.array([0, 4 * row]) for row in range(2) for stroke in garlands(3 + row)])


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_a_page_of_another_program_is_lines_of_a_size_that_can_be_set(page, pack):
    """InkML as Word saves it: .xml, in UTF-16, two lines in one list of traces, no size."""
    words = page.dropped(("page.xml", pack(f"<ink>{ROWS}</ink>".encode("utf-16"))))
    assert words == "The figures show the first of the 2 lines of page.xml now."
    small(Figure(page.sheet, "fans")).show()  # it is drawn when it is seen
    page.sheet.until(lambda: page.line()[:, 2].sum() == 3, "the first line")
    width = np.ptp(page.line()[:, 0])
    assert width == pytest.approx(6, rel=0.3)  # in x-heights
    page.page.select_option("#fans-size", "2")
    page.sheet.until(lambda: np.ptp(page.line()[:, 0]) == pytest.approx(2 * width, rel=0.02), "larger letters")
    page.page.select_option("#fans-which", "1")
    page.sheet.until(lambda: page.line()[:, 2].sum() == 4, "the second line")
    assert page.page.input_value("#fans-size") == "2"
    page.page.click("#fans-own")
    page.sheet.until(page.page.locator("#fans-size").is_hidden, "the sheet's own ink")


def test_a_line_too_long_at_its_guessed_size_can_be_made_smaller(page):
    small(Figure(page.sheet, "fans")).show()
    before = page.line()
    words = page.dropped(("long.inkml", f"<ink>{traces(garlands(300))}</ink>".encode()))
    assert "long.inkml: line 1, stroke" in words and "more than 4,000 points" in words
    np.testing.assert_array_equal(page.line(), before)
    page.page.select_option("#fans-size", "0.25")
    page.sheet.until(lambda: page.line()[:, 2].sum() == 300, "the line at a quarter of its size")
    page.page.click("#fans-own")
