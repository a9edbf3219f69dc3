"""The ink that shows what a cell does: it stays in view while a figure of the cells is, and links lead to it."""

import js

from page.ui import disclosure


def reveal():
    """Show the ink that the chosen cell colours, and scroll to it unless it is on the screen."""
    disclosure.reveal(js.document.getElementById("cells"))
    box = js.document.querySelector("#cells .ink-bar").getBoundingClientRect()
    if box.top < 0 or box.bottom > js.innerHeight:
        still = js.matchMedia("(prefers-reduced-motion: reduce)").matches
        options = js.JSON.parse('{"block": "start", "behavior": "' + ("auto" if still else "smooth") + '"}')
        js.document.getElementById("cells").scrollIntoView(options)
