"""The storage format: what is saved between two visits, as text, with checks for whatever a browser may hold instead.

Ink: a first line that names the format and its version, then two lines for each stroke: x, y, x, y ... in x-heights,
and the widths of the pen at those points, all as JavaScript writes numbers. So ink comes back to the last bit.

Settings: a first line of the same kind, then a line for each: its name, a space, its value.

Plain Python, for CPython and MicroPython alike.
"""

INK = "ductus ink 1"
SETTINGS = "ductus settings 1"
# Sixty lines of writing with a mouse. MicroPython has little memory: a page just opened could not read a text of 1.2
# million characters, and what was saved must come back.
MAX_CHARACTERS = 600_000
# As many as fit, at 40 characters each; more are not even tried.
MAX_POINTS = 15_000
# The length of the pen's path, as |dx| + |dy|, in x-heights: the pen clock would make 100,000 points of it. A distant
# place takes few characters, so a short text could otherwise stop the network. Links have the same bound.
MAX_PATH = 20_000
# A page has some thirty settings.
MAX_SETTINGS = 200
# Characters of one on average, and at most: cells that are changed are listed. Only a text is longer.
MAX_LINE, MAX_WORD = 80, 2000
# No sheet is as wide, in x-heights, and no pen as broad.
MAX_PLACE, MAX_WIDTH = 1e5, 10.0


class StorageError(ValueError):
    """A text is not in the storage format, or cannot be saved; the message says what is wrong."""


def render(strokes):
    """Return the text of strokes, each a pair of texts: its coordinates and its widths, separated by spaces."""
    lines = [INK]
    for stroke in strokes:
        lines.extend(stroke)
    return "\n".join(lines)


def parse(text):
    """Return the strokes of such a text, as `render` takes them, with every number checked. Raises StorageError."""
    lines = _lines(text, INK, MAX_CHARACTERS)
    if len(lines) % 2:
        raise StorageError("its last stroke has no widths")
    strokes, path = [], 0
    for i in range(0, len(lines), 2):
        xy, widths = _numbers(lines[i], MAX_PLACE), _numbers(lines[i + 1], MAX_WIDTH)
        if xy is None or widths is None:
            raise StorageError(f"stroke {i // 2}: it has something other than numbers, or a number out of bounds")
        if len(xy) != 2 * len(widths):
            raise StorageError(f"stroke {i // 2}: {len(xy)} coordinates and {len(widths)} widths")
        if min(widths) <= 0:
            raise StorageError(f"stroke {i // 2}: a width is out of bounds")
        path += sum([abs(xy[j] - xy[j - 2]) for j in range(2, len(xy))])
        if path > MAX_PATH:
            raise StorageError(f"stroke {i // 2}: the ink is more than {MAX_PATH:,} x-heights long")
        strokes.append((lines[i], lines[i + 1]))
    return strokes


def word(value):
    """Return the text of a setting's value: an int, a float, a bool or a word."""
    return str(int(value) if isinstance(value, bool) else value)


def render_settings(values):
    """Return the text of settings, {name: value}."""
    return "\n".join([SETTINGS] + [f"{name} {word(values[name])}" for name in sorted(values)])


def parse_settings(text, readers):
    """Return {name: value} of the settings in such a text that are in `readers`, which turn a word into a value.

    Figures come and go: settings that have no reader are left out, and those that are missing keep their value. A
    reader raises ValueError for an invalid word. Raises StorageError.
    """
    values, seen = {}, []
    lines = _lines(text, SETTINGS, MAX_SETTINGS * MAX_LINE)
    if len(lines) > MAX_SETTINGS:
        raise StorageError(f"it has more than {MAX_SETTINGS} settings")
    for i in range(len(lines)):
        name, space, value = lines[i].partition(" ")
        if not (name and space and value) or " " in value:
            raise StorageError(f"line {i + 2}: not a name and a value")
        if name in seen:
            raise StorageError(f"line {i + 2}: {name[:MAX_LINE]} is there twice")
        seen.append(name)
        if name in readers:
            try:
                values[name] = readers[name](value)
            except ValueError:
                raise StorageError(f"line {i + 2}: {value[:MAX_LINE]!r} is not a value of {name}") from None
    return values


def _lines(text, header, limit):
    """Return the lines after the first, which has to be `header`, a format's name and version."""
    if len(text) > limit:
        raise StorageError(f"it is longer than {limit} characters")
    lines = text.split("\n")
    if lines[0] != header:
        name, _, version = header.rpartition(" ")
        found, _, later = lines[0].rpartition(" ")
        if found == name and later.isdigit() and len(later) < 6 and int(later) > int(version):
            raise StorageError(f"it was written by a later version of this page ({lines[0]})")
        raise StorageError("it is in another format, or too long")
    return lines[1:]


def _numbers(text, limit):
    """Return the numbers of a text; None if it has anything else, or a number beyond the limit."""
    try:
        numbers = [float(number) for number in text.split(" ")]
    except ValueError:
        return None
    for some in numbers:
        if not -limit <= some <= limit:  # nor is NaN
            return None
    return numbers


def contains(text, part):
    """Return whether all strokes of a text are in another: new ones are at its end. None is no text."""
    return text is not None and part is not None and (text + "\n").startswith(part + "\n")
