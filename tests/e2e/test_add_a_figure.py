"""CONTRIBUTING.md's example figure works in a browser when added to a copy of the repository as described there."""

import re
import shutil

import numpy as np
import pytest

from serving import source_lists
from tests.conftest import ROOT
from tests.e2e.reader import Sheet
from tests.support.servers import answering

EXAMPLE = re.compile(r"^`([\w./-]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
UNKNOWN = '<figure id="unknown" data-figure="unknown"><p class="error" hidden></p></figure>'


def example_files():
    """Return the files that CONTRIBUTING.md shows: {path: text}."""
    return dict(EXAMPLE.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))


@pytest.fixture
def site_with_example(tmp_path):
    """Yield a server over a copy of the site with the example, and with a figure that no module implements."""
    import serve
    from serving.site_files import TREES

    for name in sorted(TREES | {"weights"}):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "training"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    files = example_files()
    section = files.pop("index.html")
    page = tmp_path / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("</article>", f"{section}{UNKNOWN}</article>"))
    for name, text in files.items():
        assert not (tmp_path / name).exists(), f"{name} is in the repository already"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    source_lists.write(tmp_path)
    with answering(serve.listen("127.0.0.1", 0, tmp_path)) as server:
        yield server


def test_contributing_shows_a_file_for_each_layer():
    assert set(example_files()) == {
        "index.html",
        "css/figures/step_lengths.css",
        "py/worker/tasks/step_lengths.py",
        "py/page/figures/step_lengths.py",
        "js-shims/step_lengths/step_lengths.js",
    }


def test_the_example_of_contributing_works(new_page, site_with_example):
    page = new_page(permissions=[], viewport={"width": 1280, "height": 800})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site_with_example.url)
    sheet = Sheet(page)
    sheet.ready()
    page.locator("#step-lengths").scroll_into_view_if_needed()
    canvas = page.locator("#step-lengths canvas")

    def counted():
        return re.match(r"Lengths of (\d+) steps, up to (\d\.\d\d) x-heights", canvas.get_attribute("aria-label"))

    found = sheet.until(counted, "the example figure")
    line = page.locator("#mixture-step").get_attribute("max")  # another figure over the same line
    assert int(found[1]) == int(line) + 1 and 0 < float(found[2]) < 10
    assert canvas.evaluate("(canvas) => getComputedStyle(canvas).height") == "160px"  # from its own style sheet
    painted = canvas.evaluate(
        """(canvas) => {
            const {width, height} = canvas;
            const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
            return Array.from(data.filter((_, i) => i % 4 == 3));
        }"""
    )
    alpha = np.reshape(painted, (-1, canvas.evaluate("(canvas) => canvas.width")))
    assert alpha[-1].max() == 255 and alpha[0].max() > 0  # from bottom to top
    assert page.locator("#step-lengths .save summary").inner_text().startswith("Save as")
    # a figure that fails says so, and the others still work
    assert page.locator("#unknown .error").inner_text().startswith("This figure does not work")
    page.locator("#unknown .error button").click()
    report = page.locator("#unknown textarea")  # where the browser forbids the clipboard
    sheet.until(report.count, "the report")
    assert re.search("Figure: unknown(.|\n)*Error:(.|\n)*unknown(.|\n)*Browser: ", report.input_value())
    assert errors == []
