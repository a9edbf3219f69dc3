"""The page in a browser that Playwright does not drive: scripts replace the locators and mouse of tests/e2e."""

import numpy as np

from tests.e2e.cells import Cells
from tests.e2e.reader import PAINTED

BOX = """(selector) => {
    const element = document.querySelector(selector);
    element.scrollIntoView({block: "center", behavior: "instant"});
    const {left, top, width, height} = element.getBoundingClientRect();
    return [left, top, width, height];
}"""
SET = """([name, value]) => {
    const control = document.getElementById(name);
    control.value = value;
    for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind, {bubbles: true}));
}"""


class Elsewhere(Cells):
    """The figures on a page; `page` is one of the drivers of this folder."""

    patience = 240  # on two busy cores WebKit has taken 84 seconds to load the network

    def box(self, selector):
        """Scroll an element into view and return its (left, top, width, height) in CSS pixels."""
        return self.page.evaluate(BOX, selector)

    def click(self, selector):
        """Click an element with the mouse."""
        left, top, width, height = self.box(selector)
        self.page.stroke([(left + width / 2, top + height / 2)])

    def set(self, name, value):
        self.page.evaluate(SET, [name, value])

    def seed(self, value):
        self.set("seed", value)

    def says(self, selector):
        """Return the text of an element."""
        return self.page.evaluate("(selector) => document.querySelector(selector).innerText", selector)

    def enabled(self, selector):
        return self.page.evaluate("(selector) => !document.querySelector(selector).disabled", selector)

    def playing(self):
        return self.says("#play") == "Pause"

    def pause(self, button="#play"):
        """Pause the figure that the button belongs to."""
        self.page.evaluate(
            """(selector) => {
                const button = document.querySelector(selector);
                if (button.innerText === "Pause") button.click();
            }""",
            button,
        )

    def reset(self):
        """Clear the ink and pause figures 1 and 2."""
        self.until(lambda: self.enabled("#play"), "the controls")
        self.page.evaluate("() => { if (document.getElementById('more-controls').hidden) more.click(); }")
        self.pause()
        self.pause("#generation-play")
        if self.ink():
            self.click("#clear")
        self.until(lambda: not self.ink() and not len(self.painted("model")), "an empty sheet")

    def corner(self):
        left, top, _, height = self.box("#continuation .mark")
        return left, top + height, height

    def write(self, *strokes):
        """Write strokes (n, 2), in x-heights, with the mouse."""
        for stroke in strokes:
            self.page.stroke(self.places(stroke).tolist())

    def painted(self, which):
        return self.pixels(f"#continuation canvas.{which}")

    def pixels(self, selector):
        """Return the painted pixels (n, 2) of a canvas, in CSS pixels from its corner."""
        source = f"() => ({PAINTED})(document.querySelector({selector!r}))"
        return np.reshape(self.page.evaluate(source), (-1, 2)) / self.page.evaluate("devicePixelRatio")
