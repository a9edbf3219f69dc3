"""Draw the icon's PNG files from its SVG, and the social preview from the page itself, in Chromium.

    .venv/bin/python -m icons.draw

The files are committed; a test compares the icons with what this draws.
"""

import sys
import threading
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parent
SIZES = {"ductus-180.png": 180, "ductus-192.png": 192, "ductus-512.png": 512}  # pixels a side; Apple's is the first
PREVIEW, PREVIEW_SIZE = "preview.png", (1200, 630)  # Open Graph's 1.91 : 1


def draw(browser: Browser, size: int) -> bytes:
    """Return the icon as a PNG of `size` by `size` pixels."""
    page = browser.new_page(viewport={"width": size, "height": size})
    try:
        page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{(FOLDER / 'ductus.svg').read_text()}")
        return page.screenshot()
    finally:
        page.close()


def preview(browser: Browser, url: str) -> bytes:
    """Return the top of the page at `url` as a PNG: the example word and one sample of continuations."""
    width, height = PREVIEW_SIZE
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    try:
        page.goto(url)
        page.locator("#example:enabled").click(timeout=120_000)
        page.locator("#steps").fill("100")
        page.locator("#continuation[data-shown]").wait_for(timeout=120_000)
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(5000)  # until the word is written and all continuations have their full length
        return page.screenshot()
    finally:
        page.close()


def main(program: str) -> None:
    """Draw all pictures with the Chromium at the path `program`; the page needs its runtime (serve.py fetches it)."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, size in SIZES.items():
            (FOLDER / name).write_bytes(draw(browser, size))
        with listen("127.0.0.1", 0, FOLDER.parent) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            (FOLDER / PREVIEW).write_bytes(preview(browser, server.url))
            server.shutdown()
        browser.close()


if __name__ == "__main__":
    sys.path.insert(0, str(FOLDER.parent / "py"))
    from serving.server import listen
    from tests.run import find_browser

    main(find_browser() or sys.exit("no Chromium was found; set CHROMIUM to its path"))
