"""Which kernel the page runs on, and that it says so."""

import struct
from pathlib import Path

import pytest

from tests.e2e.reader import Sheet, scribble

KERNELS = Path(__file__).resolve().parents[2] / "js-shims" / "kernel"


def arithmetic(page):
    """The backend that the page names once the network is there."""
    Sheet(page).until(lambda: page.evaluate("document.querySelector('#loading').dataset.state") == "done", "loading")
    said = page.locator("[data-model=kernel]")
    Sheet(page).until(lambda: said.text_content() != "numpy", "the kernel's name")
    return said.text_content()


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        ("", "WebAssembly SIMD (relaxed)"),
        ("?kernel=simd", "WebAssembly SIMD (plain)"),
        ("?kernel=numpy", "numpy einsum"),
    ],
)
def test_the_page_runs_what_it_is_asked_for_and_says_so(page, site, asked, runs):
    page.goto(site.url + asked)
    assert arithmetic(page) == runs
    sheet = Sheet(page)
    sheet.write(scribble(0.5, 8))
    sheet.until(sheet.shown, "a prediction")


def test_a_kernel_that_is_wrong_is_not_used_and_is_named(page, site):
    """The relaxed build with one constant changed: it loads and runs, and its tanh is wrong."""
    good = (KERNELS / "kernel-relaxed.wasm").read_bytes()
    bad = good.replace(struct.pack("<f", -60.0), struct.pack("<f", -1.0))
    assert bad != good
    page.route("**/kernel-relaxed.wasm", lambda route: route.fulfill(body=bad, content_type="application/wasm"))
    page.goto(site.url)
    said = arithmetic(page)
    assert said.startswith("WebAssembly SIMD (plain); WebAssembly SIMD (relaxed): a step of")
    assert said.endswith("disagrees with numpy")
