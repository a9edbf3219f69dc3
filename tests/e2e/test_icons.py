"""The page can be installed: a manifest that the browser accepts, and icons that are drawn from the SVG."""

import json
import struct

import numpy as np
import pytest

from icons.draw import FOLDER, PREVIEW_SIZE, SIZES, draw
from tests.conftest import ROOT

PIXELS = """async (url) => {
    const picture = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const {data, width, height} = context.getImageData(0, 0, picture.width, picture.height);
    return [width, height, Array.from(data, (value) => String.fromCharCode(value)).join("")];
}"""


def pixels(page, url):
    """Return a picture's pixels (height, width, 4)."""
    width, height, values = page.evaluate(PIXELS, url)
    return np.reshape(np.frombuffer(values.encode("latin-1"), np.uint8), (height, width, 4)).astype(float)


def size(png):
    """Return width and height, from a PNG's first chunk."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("name", SIZES)
def test_the_pngs_are_drawn_from_the_svg(new_page, browser, site, name, tmp_path):
    committed = (FOLDER / name).read_bytes()
    assert size(committed) == (SIZES[name], SIZES[name]) and len(committed) < 20_000
    page = new_page()
    page.goto(site.url + "icons/ductus.svg")
    page.route("**/drawn.png", lambda route: route.fulfill(body=draw(browser, SIZES[name]), content_type="image/png"))
    there, drawn = (pixels(page, site.url + path) for path in (f"icons/{name}", "drawn.png"))
    assert np.abs(there - drawn).mean() < 1  # of 255: browsers antialias edges differently
    assert (there[..., 3] == 255).all()  # no transparency: systems show them on any colour


def test_the_page_names_a_preview_picture_of_the_size_that_it_says(new_page, site):
    page = new_page()
    page.goto(site.url, wait_until="commit")
    page.wait_for_selector("body", state="attached")  # the head is read
    tags = dict(
        page.eval_on_selector_all(
            'meta[property^="og:"]', "(all) => all.map((m) => [m.attributes.property.value, m.content])"
        )
    )
    picture = (ROOT / tags["og:image"]).read_bytes()
    assert size(picture) == PREVIEW_SIZE == (int(tags["og:image:width"]), int(tags["og:image:height"]))
    assert len(picture) <= 200_000 and tags["og:image:alt"]
    assert tags["og:title"] == page.title()


def test_all_that_matters_lies_within_a_maskable_icons_safe_circle(new_page, site):
    page = new_page()
    page.goto(site.url + "icons/ductus.svg")
    picture = pixels(page, site.url + "icons/ductus-512.png")
    y, x = np.nonzero(np.abs(picture - picture[0, 0]).max(axis=-1) > 8)
    assert len(x) > 10_000
    assert np.hypot(x - 255.5, y - 255.5).max() < 0.4 * 512  # the W3C's manifest: a radius of 40 %


def test_the_manifest_is_one_that_can_be_installed_from(new_page, site):
    page = new_page()
    page.goto(site.url, wait_until="commit")
    page.wait_for_selector("#update", state="attached")
    seen = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert seen["errors"] == []
    manifest = json.loads(seen["data"])
    assert manifest == json.loads((ROOT / "manifest.webmanifest").read_text())
    assert manifest["start_url"] == manifest["scope"] == "./"  # under any path
    assert manifest["display"] == "standalone" and manifest["name"] and manifest["short_name"]
    for icon in manifest["icons"]:
        data = page.request.get(site.url + icon["src"])
        assert data.ok and data.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            assert icon["sizes"] == "{}x{}".format(*size(data.body()))
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert "maskable" in {icon["purpose"] for icon in manifest["icons"]}
