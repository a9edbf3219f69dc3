"""What is kept between two visits, as text: the ink of a sheet, the settings. Before it is parsed, none is trusted.

Ink: a first line that names the format and its version, then two lines for each stroke: x, y, x, y ... in x-heights,
and the widths of the pen at those points, all as JavaScript writes numbers. So ink comes back to the last bit.

Settings: such a first line, then a line for each: its name, a space, its value.

Plain Python, for CPython and MicroPython alike.
"""

INK = "ductus ink 1"
SETTINGS = "ductus settings 1"
# Sixty lines of writing with a mouse. MicroPython has little memory: to a page just opened a text of 1.2 million
# characters was too much, and what can be kept must come back.
MOST_CHARACTERS = 600_000
# As many as that will hold, at 40 characters each; more are not even tried.
MOST_POINTS = 15_000
# The way of the pen in all, as |dx| + |dy|, in x-heights: the pen clock would make a hundred thousand points of it.
# Far places take few characters, so else a text could stop the network. Links have the same bound.
LONGEST_WAY = 20_000
# A page has some thirty settings.
MOST_SETTINGS, LONGEST = 200, 80
# No sheet is as wide, in x-heights, and no pen as broad.
FARTHEST, BROADEST = 1e5, 10.0


class StoreError(ValueError):
    """What was kept is nothing that this page can read; the message says where it goes wrong."""


def render(strokes):
    """The text of strokes, each a pair of texts: its coordinates and its widths, with spaces between the numbers."""
    lines = [INK]
    for stroke in strokes:
        lines.extend(stroke)
    return "\n".join(lines)


def parse(text):
    """The strokes of such a text, as `render` takes them, each number checked. Raises StoreError."""
    lines = _lines(text, INK, MOST_CHARACTERS)
    if len(lines) % 2:
        raise StoreError("its last stroke has no widths")
    strokes, way = [], 0
    for i in range(0, len(lines), 2):
        xy, widths = _numbers(lines[i], FARTHEST), _numbers(lines[i + 1], BROADEST)
        if xy is None or widths is None:
            raise StoreError(f"stroke {i // 2}: not all of it are numbers, or a number is out of bounds")
        if len(xy) != 2 * len(widths):
            raise StoreError(f"stroke {i // 2}: {len(xy)} coordinates and {len(widths)} widths")
        if min(widths) <= 0:
            raise StoreError(f"stroke {i // 2}: a width is no width")
        way += sum([abs(xy[j] - xy[j - 2]) for j in range(2, len(xy))])
        if way > LONGEST_WAY:
            raise StoreError(f"stroke {i // 2}: the ink is more than {LONGEST_WAY:,} x-heights long")
        strokes.append((lines[i], lines[i + 1]))
    return strokes


def render_settings(values):
    """The text of settings, {name: int, float, bool or a word}."""
    lines = [SETTINGS]
    for name in sorted(values):
        value = values[name]
        lines.append(f"{name} {int(value) if isinstance(value, bool) else value}")
    return "\n".join(lines)


def parse_settings(text, readers):
    """The settings of such a text: {name: value} of those that are in `readers`, which make a value of a word.

    Figures come and go: what this page has no reader for is left out, and what is not there keeps its value. A reader
    raises ValueError for what is no value of its setting. Raises StoreError.
    """
    values, seen = {}, []
    lines = _lines(text, SETTINGS, MOST_SETTINGS * LONGEST)
    if len(lines) > MOST_SETTINGS:
        raise StoreError(f"it has more than {MOST_SETTINGS} settings")
    for i in range(len(lines)):
        name, space, word = lines[i].partition(" ")
        if not (name and space and word) or " " in word:
            raise StoreError(f"line {i + 2}: not a name and a value")
        if name in seen:
            raise StoreError(f"line {i + 2}: {name[:LONGEST]} is there twice")
        seen.append(name)
        if name in readers:
            try:
                values[name] = readers[name](word)
            except ValueError:
                raise StoreError(f"line {i + 2}: {word[:LONGEST]!r} is no value of {name}") from None
    return values


def number(read, least, most):
    """A reader of numbers, by `read` (int or float), from the least to the most."""

    def take(word):
        value = read(word)
        if not least <= value <= most:  # as is not a number, too
            raise ValueError
        return value

    return take


def one_of(words):
    """A reader of words that are among these."""

    def take(word):
        if word not in words:
            raise ValueError
        return word

    return take


def truth(word):
    """A reader of yes and no."""
    return one_of("01")(word) == "1"


def _lines(text, form, most):
    """The lines after the first, which has to be `form`, a name and its version."""
    if len(text) > most:
        raise StoreError(f"it is longer than {most} characters")
    lines = text.split("\n")
    if lines[0] != form:
        name, _, version = form.rpartition(" ")
        found, _, later = lines[0].rpartition(" ")
        if found == name and later.isdigit() and len(later) < 6 and int(later) > int(version):
            raise StoreError(f"it was written by a later version of this page ({lines[0]})")
        raise StoreError("it is in another format, or too long")
    return lines[1:]


def _numbers(text, most):
    """The numbers of a text, None if there is anything else in it or one that is not within -most and most."""
    try:
        numbers = [float(word) for word in text.split(" ")]
    except ValueError:
        return None
    for some in numbers:
        if not -most <= some <= most:  # as is not a number, too
            return None
    return numbers
