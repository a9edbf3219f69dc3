"""Make the README's moving picture of the first screen, from the page itself, in Chromium:

    python3 -m tests.pictures.first_screen

It writes tests/pictures/first-screen.webp, about seven seconds. The page's clock is stepped from frame to frame, so a
slow machine makes the same picture as a fast one.
"""

import base64
import struct
import sys
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

from tests.support.servers import answering

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "py")]  # where pytest finds them too

import serve  # noqa: E402
from tests.conftest import BROWSER_FLAGS  # noqa: E402
from tests.e2e.reader import Sheet  # noqa: E402
from tests.run import find_browser  # noqa: E402

PICTURE = ROOT / "tests" / "pictures" / "first-screen.webp"
WIDTH, HEIGHT, SCALE = 1200, 765, 2 / 3
FRAME_MS = 50
WORD_S, LINE_S = 1.75, 4.4  # the example word, and what the network writes after it
LAST_MS = 1800  # how long the last frame stands
FONTS_S = 7  # the page fetches its fonts some seconds after the network

# The word waits for the camera: every animation of the page stands still at its beginning.
HOLD = """() => document.getAnimations().forEach((one) => { one.pause(); one.currentTime = 0; })"""
SEEK = """(ms) => document.getAnimations().forEach((one) => {
    const end = one.effect.getComputedTiming().endTime;
    if (ms < end) one.currentTime = ms;
    else one.finish();
})"""
# Compare pictures, each with the one before, and encode what has changed: [x, y, width, height, WebP] each.
ENCODE = """async ([before, after]) => {
    const pixels = async (png) => {
        const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes]));
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
    };
    const now = await pixels(after);
    const old = before && new Uint32Array((await pixels(before)).data.buffer);
    const all = new Uint32Array(now.data.buffer);
    let [left, top, right, bottom] = old ? [now.width, now.height, 0, 0] : [0, 0, now.width, now.height];
    for (let i = 0; old && i < all.length; i++) {
        if (all[i] === old[i]) continue;
        const [x, y] = [i % now.width, Math.floor(i / now.width)];
        [left, top] = [Math.min(left, x), Math.min(top, y)];
        [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
    }
    if (right <= left) return null;
    left -= left % 2; // the format has even places only
    top -= top % 2;
    const part = new OffscreenCanvas(right - left, bottom - top);
    part.getContext("2d").putImageData(now, -left, -top);
    const blob = await part.convertToBlob({type: "image/webp", quality: 1}); // which is lossless
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return [left, top, part.width, part.height, btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""))];
}"""


class Frame(NamedTuple):
    """What a frame changes: its place and size in pixels, a still WebP, and how long it stands in ms."""

    x: int
    y: int
    width: int
    height: int
    still: bytes
    ms: int


def animated(frames: list[Frame]) -> bytes:
    """Return an animated WebP of frames, the first of which covers all (RFC 9649); it repeats without end."""
    first = frames[0]
    head = struct.pack("<I", 0x02) + _three(first.width - 1) + _three(first.height - 1)
    chunks = [_chunk(b"VP8X", head), _chunk(b"ANIM", struct.pack("<IH", 0xFFFFFFFF, 0))]
    for frame in frames:
        place = [frame.x // 2, frame.y // 2, frame.width - 1, frame.height - 1, frame.ms]
        kept = b"\x02"  # over what was there, without blending
        chunks.append(_chunk(b"ANMF", b"".join(map(_three, place)) + kept + _image(frame.still)))
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _image(still: bytes) -> bytes:
    """Return the chunk with the picture of a still WebP."""
    at = 12
    while still[at : at + 4] not in (b"VP8L", b"VP8 "):
        at += 8 + (struct.unpack_from("<I", still, at + 4)[0] + 1) // 2 * 2
    size = struct.unpack_from("<I", still, at + 4)[0]
    return _chunk(still[at : at + 4], still[at + 8 : at + 8 + size])


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")


def film(page: Page, url: str) -> list[bytes]:
    """Return PNGs of the first screen, one every FRAME_MS: the word, and then the network's line."""
    page.clock.install()
    page.goto(url)
    page.evaluate(HOLD)
    Sheet(page).ready()
    page.wait_for_timeout(1000 * FONTS_S)
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    shots = []
    for ms in range(0, int(1000 * WORD_S), FRAME_MS):
        page.evaluate(SEEK, ms)
        shots.append(page.screenshot())
    page.evaluate(SEEK, 1e9)
    for _ in range(int(1000 * LINE_S) // FRAME_MS):
        page.clock.run_for(FRAME_MS)
        shots.append(page.screenshot())
    return shots


def main() -> None:
    """Write the picture."""
    with sync_playwright() as playwright, answering(serve.listen("127.0.0.1", 0, ROOT)) as server:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE)
        shots = [base64.b64encode(shot).decode() for shot in film(page, server.url)]
        page.close()
        blank = browser.new_page()
        frames: list[Frame] = []
        for before, after in zip([None, *shots], shots, strict=False):
            changed = blank.evaluate(ENCODE, [before, after])
            if changed:
                *place, still = changed
                frames.append(Frame(*place, base64.b64decode(still), FRAME_MS))
            else:  # the same picture stands longer
                frames[-1] = frames[-1]._replace(ms=frames[-1].ms + FRAME_MS)
        frames[-1] = frames[-1]._replace(ms=frames[-1].ms + LAST_MS)
        PICTURE.write_bytes(animated(frames))
        browser.close()
    seconds = sum(frame.ms for frame in frames) / 1000
    print(f"{PICTURE.relative_to(ROOT)}: {len(frames)} frames, {seconds:.1f} s, {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
