"""The reader's ink between two visits: kept in the browser's own storage, and nowhere else.

The format is text: a first line that names it, then two lines for each stroke: x, y, x, y ... in x-heights, and the
widths of the pen at those points, all as JavaScript writes numbers. So ink comes back to the last bit.
"""

import js

FORMAT = "ductus ink 1"
# Browsers keep 5 MB for all pages of a site; this is some two hundred lines of writing.
MOST_CHARACTERS = 2_000_000
# No sheet is as wide, in x-heights, and no pen as broad.
FARTHEST, BROADEST = 1e5, 10.0


class StoreError(ValueError):
    """What was kept is no ink; the message says where it goes wrong."""


def render(strokes):
    """The text of strokes, each a pair of texts: its coordinates and its widths, with spaces between the numbers."""
    lines = [FORMAT]
    for stroke in strokes:
        lines.extend(stroke)
    return "\n".join(lines)


def parse(text):
    """The strokes of such a text, as `render` takes them, each number checked. Raises StoreError."""
    if len(text) > MOST_CHARACTERS:
        raise StoreError(f"it is longer than {MOST_CHARACTERS} characters")
    lines = text.split("\n")
    if lines[0] != FORMAT:
        raise StoreError("it is in another format")
    if len(lines) % 2 == 0:
        raise StoreError("its last stroke has no widths")
    strokes = []
    for i in range(1, len(lines), 2):
        xy, widths = _numbers(lines[i], FARTHEST), _numbers(lines[i + 1], BROADEST)
        if xy is None or widths is None:
            raise StoreError(f"stroke {i // 2}: not all of it are numbers, or a number is out of bounds")
        if len(xy) != 2 * len(widths):
            raise StoreError(f"stroke {i // 2}: {len(xy)} coordinates and {len(widths)} widths")
        if min(widths) <= 0:
            raise StoreError(f"stroke {i // 2}: a width is no width")
        strokes.append((lines[i], lines[i + 1]))
    return strokes


def _numbers(text, most):
    """The numbers of a text, None if there is anything else in it or one that is not within -most and most."""
    try:
        numbers = [float(word) for word in text.split(" ")]
    except ValueError:
        return None
    for number in numbers:
        if not -most <= number <= most:  # as is not a number, too
            return None
    return numbers


class Store:
    """Keeps the ink of `pen` whenever the state's "ink" changes; `say` is called with what goes wrong, or ""."""

    def __init__(self, pen, state, say):
        self._pen = pen
        self._say = say
        self._key = FORMAT + " " + js.location.pathname  # one host may hold several pages
        self._texts = {}  # of finished strokes, by their id
        state.watch(self._changed)

    def restore(self):
        """Puts the ink of the last visit on the sheet, unless something was written there already."""
        if self._pen.made:
            return
        try:
            text = js.localStorage.getItem(self._key)
            strokes = [self._numbers(stroke) for stroke in parse(text)] if text else []
        except Exception:
            return  # a sheet that cannot be read is an empty one; the next ink takes its place
        for xy, widths in strokes:
            self._pen.lay(xy, widths)

    def _numbers(self, stroke):
        return [js.JSON.parse("[" + part.replace(" ", ",") + "]") for part in stroke]

    def _changed(self, name):
        if name == "ink" and not self._pen.open:
            self._keep()

    def _keep(self):
        pen = self._pen
        ids = [pen.id(number) for number in range(pen.count)]
        self._texts = {ids[i]: self._texts.get(ids[i]) or self._text(i) for i in range(len(ids))}
        text = render([self._texts[name] for name in ids])
        try:
            if not ids:
                js.localStorage.removeItem(self._key)
            elif len(text) > MOST_CHARACTERS:
                self._say("The sheet holds more than can be kept: what you wrote last will not be there next time.")
                return
            else:
                js.localStorage.setItem(self._key, text)
        except Exception:
            self._say("This browser does not let the page keep your ink: it will not be there next time.")
            return
        self._say("")

    def _text(self, number):
        stroke = self._pen.strokes[number]
        return (stroke.xy.join(" "), stroke.width.join(" "))
