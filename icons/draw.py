"""Draw the icon's PNG files from its SVG, in Chromium, for those who install the page or put it on a home screen.

    .venv/bin/python -m icons.draw

The files are committed; a test compares them with what this draws.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parent
SIZES = {"ductus-180.png": 180, "ductus-192.png": 192, "ductus-512.png": 512}  # pixels a side; Apple's is the first


def draw(browser: Browser, size: int) -> bytes:
    """The icon as a PNG of `size` by `size` pixels."""
    page = browser.new_page(viewport={"width": size, "height": size})
    try:
        page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{(FOLDER / 'ductus.svg').read_text()}")
        return page.screenshot()
    finally:
        page.close()


def main(program: str) -> None:
    """Draw all sizes with the Chromium at the path `program`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, size in SIZES.items():
            (FOLDER / name).write_bytes(draw(browser, size))
        browser.close()


if __name__ == "__main__":
    from tests.run import find_browser

    main(find_browser() or sys.exit("no Chromium was found; set CHROMIUM to its path"))
