"""Interventions as text, as `ductus.intervention` and a link have them: checked, taken apart, put together, said.

Plain Python, for CPython and MicroPython alike. What a network or a line cannot have, the worker says.
"""

from shared.limits import MAX_CELLS, MAX_LINE_POINTS

ACTIONS = ("silence", "clamp", "flip", "freeze")
DONE = {"silence": "silenced", "clamp": "clamped to", "flip": "flipped", "freeze": "frozen"}
NONE = "none"  # no intervention: a value in a link cannot be empty
MAX_TEXT, MAX_COUNT = 2000, 12
# The value of `clamp`: no cell comes near.
MAX_VALUE = 100


def split(text):
    """Return the interventions of a text, each by itself; [] for none."""
    return [] if text == NONE else text.split(";")


def join(parts):
    """Return the text of several interventions. Raises ValueError if they are too many."""
    return check(";".join(parts) if parts else NONE)


def check(text):
    """Return a text. Raises ValueError that says which part of it is none."""
    parts = split(text)
    if len(text) > MAX_TEXT or len(parts) > MAX_COUNT:
        raise ValueError(f"at most {MAX_COUNT} changes fit, of {MAX_TEXT:,} characters together")
    for one in parts:
        parse(one)
    return text


def parse(text):
    """Return (ranges, action, value or None, first point): ranges are pairs of cells, the last included.

    Raises ValueError.
    """
    cells, colon, rest = text.partition(":")
    rest, at, start = rest.partition("@")
    action, equals, value = rest.partition("=")
    if not colon or action not in ACTIONS or bool(equals) != (action == "clamp"):
        raise ValueError(f"{text[:40]!r} does not say which cells to change, and how")
    ranges = []
    for part in cells.split(","):
        first, dash, last = part.partition("-")
        pair = (_whole(first, MAX_CELLS), _whole(last if dash else first, MAX_CELLS))
        if pair[0] > pair[1]:
            raise ValueError(f"{part[:40]!r} ends before it begins")
        ranges.append(pair)
    number = float(value) if equals else None
    if number is not None and not -MAX_VALUE <= number <= MAX_VALUE:
        raise ValueError(f"{value[:40]!r} is beyond \u00b1{MAX_VALUE}")
    return ranges, action, number, _whole(start, MAX_LINE_POINTS) if at else 0


def _whole(text, limit):
    if not (text.isdigit() and len(text) < 7 and int(text) < limit):
        raise ValueError(f"{text[:40]!r} is not a number below {limit:,}")
    return int(text)


def render(cells, action, value, start):
    """Return the text of one intervention on a list of cells; `value` is that of `clamp`."""
    ranges = []
    for cell in sorted(cells):
        if ranges and cell == ranges[-1][1] + 1:
            ranges[-1][1] = cell
        else:
            ranges.append([cell, cell])
    text = ",".join([str(first) if first == last else f"{first}-{last}" for first, last in ranges])
    text += ":" + action + (f"={value}" if action == "clamp" else "")
    return text + (f"@{start}" if start else "")


def describe(text):
    """Return one intervention in words, as "cell 407 silenced from point 121"."""
    ranges, action, value, start = parse(text)
    count = sum([last - first + 1 for first, last in ranges])
    who = f"cell {ranges[0][0]}" if count == 1 else f"{count} cells"
    if len(ranges) == 1 and count > 1:
        who = f"cells {ranges[0][0]} to {ranges[0][1]}"
    words = f"{who} {DONE[action]}" + (f" {value:g}".replace("-", "\u2212") if action == "clamp" else "")
    return words + (f" from point {start + 1}" if start else "")
