"""The kernel that the page runs on, and its name on the page."""

import struct
from pathlib import Path

import pytest

from tests.e2e.reader import Sheet, scribble

KERNELS = Path(__file__).resolve().parents[2] / "js-shims" / "kernel"


def arithmetic(page):
    """Return the backend that the page names once the network is loaded."""
    Sheet(page).until(lambda: page.evaluate("document.querySelector('#loading').dataset.state") == "done", "loading")
    shown = page.locator("[data-model=kernel]")
    Sheet(page).until(lambda: shown.text_content() != "numpy", "the kernel's name")
    return shown.text_content()


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


BROKEN = {
    "missing": lambda route, data: route.fulfill(status=404),
    "a web page": lambda route, data: route.fulfill(body="<h1>Home</h1>", content_type="text/html"),
    "half": lambda route, data: route.fulfill(body=data[: len(data) // 2], content_type="application/wasm"),
    "empty": lambda route, data: route.fulfill(body=b"", content_type="application/wasm"),
    "dropped": lambda route, data: route.abort(),
}
# CI leaves out two that are noticed in the same way as half a file.
EACH_WAY = [pytest.param(way, marks=pytest.mark.slow) if way in ("a web page", "empty") else way for way in BROKEN]
SAYS = {"missing": "kernel-relaxed.wasm: the server answered 404", "dropped": "kernel-relaxed.wasm did not come from"}


@pytest.mark.parametrize("way", EACH_WAY)
def test_without_its_fastest_kernel_the_page_goes_on_and_says_so(page, site, way):
    data = (KERNELS / "kernel-relaxed.wasm").read_bytes()
    page.route("**/kernel-relaxed.wasm", lambda route: BROKEN[way](route, data))
    page.goto(site.url)
    shown = arithmetic(page)
    assert shown.startswith("WebAssembly SIMD (plain); ")
    assert SAYS.get(way, "kernel-relaxed.wasm came damaged from the server") in shown


def test_without_any_kernel_numpy_goes_on_and_says_so(page, site):
    page.route("**/kernel-*.wasm", lambda route: route.fulfill(status=404))
    page.goto(site.url)
    said = [f"kernel-{name}.wasm: the server answered 404" for name in ("relaxed", "simd")]
    assert arithmetic(page) == "; ".join(["numpy einsum", *said])
    sheet = Sheet(page)
    sheet.write(scribble(0.5, 8))
    sheet.until(sheet.shown, "a prediction")


def test_a_kernel_that_is_wrong_is_not_used_and_is_named(page, site):
    """Use the relaxed build with one constant changed: it loads and runs, but its tanh is wrong."""
    good = (KERNELS / "kernel-relaxed.wasm").read_bytes()
    bad = good.replace(struct.pack("<f", -60.0), struct.pack("<f", -1.0))
    assert bad != good
    page.route("**/kernel-relaxed.wasm", lambda route: route.fulfill(body=bad, content_type="application/wasm"))
    page.goto(site.url)
    shown = arithmetic(page)
    assert shown.startswith("WebAssembly SIMD (plain); WebAssembly SIMD (relaxed): a step of")
    assert shown.endswith("disagrees with numpy")
