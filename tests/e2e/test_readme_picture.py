"""The README's moving picture: small, and decoded by a browser into frames that move."""

import base64
import itertools

import pytest

from tests.pictures import first_screen

MAX_BYTES = 800_000
# Of every frame its size, its time in microseconds, and its pixels' hash.
DECODE = """async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const decoder = new ImageDecoder({data: bytes, type: "image/webp"});
    await decoder.tracks.ready;
    const found = [];
    for (let frameIndex = 0; frameIndex < decoder.tracks.selectedTrack.frameCount; frameIndex++) {
        const {image} = await decoder.decode({frameIndex});
        const pixels = new Uint8Array(image.allocationSize());
        await image.copyTo(pixels);
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", pixels)).join(" ");
        found.push([image.displayWidth, image.displayHeight, image.duration, hash]);
        image.close();
    }
    return [found, decoder.tracks.selectedTrack.repetitionCount];
}"""


@pytest.fixture
def empty_page(new_page, site):
    """Yield an empty page that decodes pictures."""
    page = new_page()
    blank = site.url + "blank.html"
    page.route(blank, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(blank)
    return page


def test_it_is_small_and_moves(empty_page):
    data = first_screen.PICTURE.read_bytes()
    assert len(data) <= MAX_BYTES
    frames, repetitions = empty_page.evaluate(DECODE, base64.b64encode(data).decode())
    widths, heights, times, hashes = zip(*frames, strict=True)
    assert set(widths) == {800} and len(set(heights)) == 1
    assert len(frames) > 20 and all(one != other for one, other in itertools.pairwise(hashes))
    assert 6e6 <= sum(times) <= 9e6 and repetitions == float("inf")


def test_frames_are_laid_where_they_belong(empty_page):
    """Assemble two small frames, the second over a corner of the first, and compare the pixels."""
    shots = empty_page.evaluate("""async () => {
        const shots = [];
        for (const colour of ["red", "blue"]) {
            const canvas = new OffscreenCanvas(9, 7);
            const context = canvas.getContext("2d");
            context.fillStyle = "red";
            context.fillRect(0, 0, 9, 7);
            context.fillStyle = colour;
            context.fillRect(5, 3, 4, 2);
            const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
            shots.push(btoa(String.fromCharCode(...bytes)));
        }
        return shots;
    }""")
    frames = []
    for before, after in [(None, shots[0]), (shots[0], shots[1])]:
        *place, still = empty_page.evaluate(first_screen.ENCODE, [before, after])
        frames.append(first_screen.Frame(*place, base64.b64decode(still), 100))
    assert frames[1][:4] == (4, 2, 5, 3)  # from even places on
    picture = base64.b64encode(first_screen.animated(frames)).decode()
    still = """async (png) => {
        const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
        const decoder = new ImageDecoder({data: bytes, type: "image/png"});
        const {image} = await decoder.decode();
        const pixels = new Uint8Array(image.allocationSize());
        await image.copyTo(pixels);
        return new Uint8Array(await crypto.subtle.digest("SHA-256", pixels)).join(" ");
    }"""
    found, _ = empty_page.evaluate(DECODE, picture)
    assert [hash_ for *_, hash_ in found] == [empty_page.evaluate(still, shot) for shot in shots]
