"""A permalink: a link that holds a whole picture, its ink, seeds and settings, in the fragment of the page's address.

The fragment is `ductus1=` and the base64url digits of a JSON text that js-shims/io/link_codec.js has deflated; the
checksum of zlib's format tells a damaged link from a whole one. The JSON is an object:

    network    the first 8 digits of the SHA-256 of its weights
    writer     the same of the network that wrote the text, if it shows one
    settings   {name: value as text}, those of SETTINGS
    ink        a list of strokes, each [places, widths]: whole numbers of 1 / GRID x-height, x, y, x, y, ..., and of
               1 / WIDTHS x-height. The first place counts from the last of the stroke before, the second from the
               first; of every other, the list has the difference between its offset and the one before, which is
               small, as a hand seldom turns. The widths are the first, and then the differences; if all widths are
               the same, only the first.

Plain Python, for CPython and MicroPython alike.
"""

import json

from page import settings
from page.storage import storage_format

VERSION = "ductus1="
# A link of this length survives mail and most chats; it holds about 7,000 points, eight rows written with a mouse.
# Beyond it a file serves better.
MAX_CHARACTERS = 16_000
# Of the JSON, while it is inflated: twice as much as a link of ordinary ink holds.
MAX_BYTES = 128 * 1024
# A fifth of a CSS pixel where the x-height is 55 of them: no hand and no mouse is that precise.
GRID = 256
# The width of a mouse's line, 0.052 x-heights, is on this grid, and so are most of a pen's.
WIDTHS = 1000
# The same bounds as for stored ink.
MAX_PLACE = int(storage_format.MAX_PLACE) * GRID
MAX_WIDTH = int(storage_format.MAX_WIDTH) * WIDTHS
MAX_PATH = storage_format.MAX_PATH * GRID

# The names of the settings that a link holds.
SETTINGS = [setting.name for setting in settings.SETTINGS if setting.linked]
HEX = "0123456789abcdef"


class PermalinkError(ValueError):
    """A text is not a valid link, or no link can hold this picture; the message says what is wrong."""


def is_link(fragment):
    """Return whether a fragment, without its #, is meant to be such a link, of any version."""
    name, sign, _ = fragment.partition("=")
    return bool(sign) and name.startswith("ductus") and name[6:].isdigit()


def fragment_of(digits):
    """Return the fragment, without its #, for these base64url digits. Raises PermalinkError if it is too long."""
    text = VERSION + digits
    if len(text) > MAX_CHARACTERS:
        raise PermalinkError(
            f"this ink would make a link of {len(text):,} characters, and {MAX_CHARACTERS:,} are the most that can "
            "be relied on to arrive: save it as a file instead, or remove some of it"
        )
    return text


def digits_of(fragment):
    """Return the base64url digits of a fragment. Raises PermalinkError if it is too long or of another version."""
    if len(fragment) > MAX_CHARACTERS:
        raise PermalinkError(f"it has more than {MAX_CHARACTERS:,} characters")
    if not is_link(fragment):
        raise PermalinkError(f"it does not begin with {VERSION}")
    if not fragment.startswith(VERSION):
        raise PermalinkError(
            f"it is for another version of this page, {fragment.partition('=')[0]} instead of {VERSION[:-1]}"
        )
    return fragment[len(VERSION) :]


# --- the ink's grid


def on_grid(xy, widths):
    """Return a stroke on the grid, without repeated points: lists of whole numbers (x, y, x, y, ... and widths).

    Raises PermalinkError for ink beyond MAX_PLACE.
    """
    places, broad = [], []
    for i in range(len(widths)):
        x, y = _whole(xy[2 * i] * GRID, MAX_PLACE), _whole(xy[2 * i + 1] * GRID, MAX_PLACE)
        if not places or (x, y) != (places[-2], places[-1]):
            places.append(x)
            places.append(y)
            broad.append(min(max(1, _whole(widths[i] * WIDTHS, MAX_WIDTH)), MAX_WIDTH))
    return places, broad


def texts(stroke):
    """Return a stroke on the grid as storage_format has it, in JavaScript's digits: (coordinates, widths)."""
    xy, widths = stroke
    places = " ".join([_decimal(number * (10**8 // GRID), 8) for number in xy])
    return places, " ".join([_decimal(number, 3) for number in widths])


def _decimal(number, places):
    """Return number / 10**places exactly, as JavaScript writes it: MicroPython would print a rounded float."""
    whole, rest = divmod(abs(number), 10**places)
    digits = str(rest)
    digits = ("0" * (places - len(digits)) + digits).rstrip("0")
    sign = "-" if number < 0 else ""
    return sign + str(whole) + ("." + digits if digits else "")


def _whole(number, limit):
    if not -limit <= number <= limit:  # nor is NaN
        raise PermalinkError("there is ink farther out than a link can hold")
    return int(number + 0.5) if number >= 0 else -int(0.5 - number)


# --- the JSON


def render(network, values, strokes, writer=""):
    """Return the JSON of a picture.

    `network` is the SHA-256 of its weights in hexadecimal, `writer` that of the network that wrote the text, "" for
    none; `values` are {name: value} of the settings, of which those in SETTINGS count; `strokes` are as `on_grid`
    returns them.
    Raises PermalinkError if the ink is too long.
    """
    ink, start = [], (0, 0)
    path = 0
    for xy, widths in strokes:
        places, offsets = _differences(xy, start)
        path += sum([abs(number) for number in offsets])
        broad = [widths[i] - (widths[i - 1] if i else 0) for i in range(len(widths))]
        ink.append([places, broad if any(broad[1:]) else broad[:1]])
        start = (xy[-2], xy[-1])
    if path > MAX_PATH:
        raise PermalinkError(f"this ink is more than {MAX_PATH // GRID:,} x-heights long: save it as a file instead")
    words = {name: storage_format.word(values[name]) for name in SETTINGS if name in values}
    picture = {"network": network[:8], "settings": words, "ink": ink}
    if writer:
        picture["writer"] = writer[:8]
    text = json.dumps(picture).replace(" ", "")
    if len(text) > MAX_BYTES or sum([len(widths) for _, widths in strokes]) > storage_format.MAX_POINTS:
        raise PermalinkError("this ink has more points than a link can hold: save it as a file instead")
    return text


def _differences(xy, start):
    """Return a stroke's places as the JSON has them, and the offsets between its points."""
    places, offsets = [], []
    x, y = start
    dx = dy = 0
    for i in range(0, len(xy), 2):
        new_dx, new_dy = xy[i] - x, xy[i + 1] - y
        places.append(new_dx - dx)
        places.append(new_dy - dy)
        x, y = xy[i], xy[i + 1]
        dx, dy = (new_dx, new_dy) if i else (0, 0)
        offsets.append(dx)
        offsets.append(dy)
    return places, offsets


def parse(text):
    """Return the picture of such a JSON: {network, writer, settings, strokes}, as `render` has them, all values text.

    Settings that this page does not know are left out. Raises PermalinkError that names the fault.
    """
    if len(text) > MAX_BYTES:
        raise PermalinkError(f"it holds more than {MAX_BYTES:,} characters")
    try:
        picture = json.loads(text)
    except (ValueError, RuntimeError, MemoryError):  # a RecursionError is a RuntimeError, and MicroPython has none
        raise PermalinkError("it holds no picture of this page") from None
    if not isinstance(picture, dict):
        raise PermalinkError("it holds no picture of this page")
    network, words, ink = [picture.get(name) for name in ("network", "settings", "ink")]
    writer = picture.get("writer", "")
    if not (_names(network) and (writer == "" or _names(writer))):
        raise PermalinkError("it does not name a network")
    if not (isinstance(words, dict) and isinstance(ink, list)):
        raise PermalinkError("its settings or its ink are missing")
    values = {name: _checked(name, words[name]) for name in SETTINGS if name in words}
    strokes, start, path, points = [], (0, 0), 0, 0
    for i in range(len(ink)):
        xy, widths, length = _stroke(f"stroke {i}", ink[i], start)
        path += length
        points += len(widths)
        if points > storage_format.MAX_POINTS:
            raise PermalinkError(f"stroke {i}: the ink has more than {storage_format.MAX_POINTS:,} points")
        if path > MAX_PATH:
            raise PermalinkError(f"stroke {i}: the ink is more than {MAX_PATH // GRID:,} x-heights long")
        strokes.append((xy, widths))
        start = (xy[-2], xy[-1])
    return {"network": network, "settings": values, "strokes": strokes, "writer": writer}


def _names(network):
    return isinstance(network, str) and len(network) == 8 and all(digit in HEX for digit in network)


def _checked(name, word):
    if not (
        isinstance(word, str)
        and 0 < len(word) <= (settings.MAX_WORD if name == "text" else storage_format.MAX_WORD)
        and len(word.split()) == 1
        and word.strip() == word
    ):
        raise PermalinkError(f"its value of {name} is invalid")
    return word


def _stroke(name, stroke, start):
    """Return the places and widths of a stroke that starts after this place (x, y), and the length of its path."""
    if not (isinstance(stroke, list) and len(stroke) == 2 and all(_are_whole(numbers) for numbers in stroke)):
        raise PermalinkError(f"{name}: it is not two lists of whole numbers")
    places, broad = stroke
    if len(places) % 2 or not places or len(broad) not in (1, len(places) // 2):
        raise PermalinkError(f"{name}: it has {len(places)} coordinates and {len(broad)} widths")
    xy, length = [], 0
    x, y = start
    dx = dy = 0
    for i in range(0, len(places), 2):
        dx += places[i]
        dy += places[i + 1]
        x += dx
        y += dy
        if not (-MAX_PLACE <= x <= MAX_PLACE and -MAX_PLACE <= y <= MAX_PLACE):
            raise PermalinkError(f"{name}, point {i // 2}: it is farther out than {MAX_PLACE // GRID:,} x-heights")
        xy.append(x)
        xy.append(y)
        if not i:
            dx = dy = 0
        length += abs(dx) + abs(dy)
    widths = broad[:1] * (len(xy) // 2)
    for i in range(1, len(broad)):
        widths[i] = widths[i - 1] + broad[i]
    if not 0 < min(widths) <= max(widths) <= MAX_WIDTH:
        raise PermalinkError(f"{name}: a width is out of bounds")
    return xy, widths, length


def _are_whole(numbers):
    return isinstance(numbers, list) and all(type(number) is int for number in numbers)
