"""A link that holds all of a picture: ink, seeds, settings, the chosen cell, in the fragment of the page's address.

The text is `ductus1=` and then digits of base64url, 6 bits each. A number takes as few of them as it needs, the
lowest 5 bits first; the sixth bit says that more follow (a varint, as in the maps of JavaScript's sources). What may
be negative is folded: 0, -1, 1, -2 become 0, 1, 2, 3. In order:

    CHECK digits   a checksum of all that follow: half a link, or one that was tampered with, is told from a whole one
    the network    the first 32 bits of its weights' SHA-256
    the settings   in the order of SETTINGS, each by its place among the values that it may have
    cell, step     those that are chosen
    the ink        how many strokes; for each how many points, its width (twice, and one more where it changes), the
                   place of its first point from the last of the stroke before; of every other point the difference of
                   its offset to the offset before, as a hand seldom turns; then, where the width changes, its
                   differences

Coordinates are whole numbers of 1 / GRID x-height, widths of 1 / WIDTHS. A mouse's point takes 2.2 characters;
deflate on top of that would save a sixth, and cost a parser of its own, so there is none.

Plain Python, for CPython and MicroPython alike.
"""

from page import settings as page_settings
from page.storage import storage_format
from shared.limits import MAX_CELLS, MAX_LINE_POINTS

VERSION = "ductus1="
# A link this long comes through a mail and most chats whole; it holds some 7,000 points, eight rows of writing with a
# mouse. Beyond it a file serves better.
MOST_CHARACTERS = 16_000
# A fifth of a CSS pixel where the x-height is 55 of them, which no hand and no mouse can tell.
GRID = 256
# The width of a mouse's line, 0.052 x-heights, is on this grid, and so every pen's.
WIDTHS = 1000
# As far, as broad and as long as ink that is kept.
FARTHEST, BROADEST, LONGEST = (
    int(storage_format.FARTHEST) * GRID,
    int(storage_format.BROADEST) * WIDTHS,
    storage_format.LONGEST_WAY * GRID,
)
# Of the checksum, in digits.
CHECK = 4
CELLS, STEPS = MAX_CELLS, MAX_LINE_POINTS

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUES = {_DIGITS[i]: i for i in range(64)}
_LONGEST = 7  # digits of a number: 35 bits

# name in the page's state -> its values, as `page.settings` declares them. The order is the format's.
SETTINGS = tuple(
    (setting.name, setting.grid)
    for setting in page_settings.SETTINGS
    if setting.linked and setting.name not in ("cell", "step")
)


class PermalinkError(ValueError):
    """A text that is no link of ours, or a picture that no link can hold; the message says where it goes wrong."""


def is_link(fragment):
    """Is this fragment, without its #, meant to be such a link, of whatever version?"""
    name, sign, _ = fragment.partition("=")
    return bool(sign) and name.startswith("ductus") and name[6:].isdigit()


def on_grid(xy, widths):
    """A stroke on the grid: lists of whole numbers (x, y, x, y ... and widths), but no point twice in a row.

    Raises PermalinkError for what lies farther out than FARTHEST.
    """
    places, broad = [], []
    for i in range(len(widths)):
        x, y = _whole(xy[2 * i] * GRID, FARTHEST), _whole(xy[2 * i + 1] * GRID, FARTHEST)
        if not places or (x, y) != (places[-2], places[-1]):
            places.append(x)
            places.append(y)
            broad.append(min(max(1, _whole(widths[i] * WIDTHS, BROADEST)), BROADEST))
    return places, broad


def texts(stroke):
    """A stroke on the grid as kept.py has it, and as JavaScript writes its numbers: (coordinates, widths)."""
    xy, widths = stroke
    places = " ".join([_decimal(number * (10**8 // GRID), 8) for number in xy])
    return places, " ".join([_decimal(number, 3) for number in widths])


def _decimal(number, places):
    """number / 10**places exactly, as JavaScript writes it: no float of Python's is printed on the way."""
    whole, rest = divmod(abs(number), 10**places)
    digits = str(rest)
    digits = ("0" * (places - len(digits)) + digits).rstrip("0")
    sign = "-" if number < 0 else ""
    return sign + str(whole) + ("." + digits if digits else "")


def _whole(number, most):
    if not -most <= number <= most:  # as is not a number, too
        raise PermalinkError("there is ink farther out than a link can say")
    return int(number + 0.5) if number >= 0 else -int(0.5 - number)


def render(network, settings, cell, step, strokes):
    """The fragment, without its #, of a picture: {name: value} of SETTINGS and strokes as `on_grid` gives them.

    `network` is the SHA-256 of its weights in hexadecimal. Raises PermalinkError if it would be too long, or for a
    value that no control has.
    """
    writer = _Writer()
    writer.put(int(network[:8], 16))
    for name, values in SETTINGS:
        writer.put(_index(name, values, settings[name]))
    writer.put(min(cell, CELLS - 1))
    writer.put(min(step, STEPS - 1))
    writer.put(len(strokes))
    x = y = path = 0
    for xy, widths in strokes:
        changes = min(widths) != max(widths)
        writer.put(len(widths))
        writer.put(2 * widths[0] + changes)
        dx = dy = 0
        for i in range(len(widths)):
            before = x, y, dx, dy
            x, y = xy[2 * i], xy[2 * i + 1]
            dx, dy = x - before[0], y - before[1]
            writer.fold(dx - before[2])
            writer.fold(dy - before[3])
            if not i:
                dx = dy = 0
            path += abs(dx) + abs(dy)
        for i in range(1, len(widths) if changes else 0):
            writer.fold(widths[i] - widths[i - 1])
    if path > LONGEST:
        raise PermalinkError(f"this ink is more than {LONGEST // GRID:,} x-heights long: save it as a file instead")
    text = VERSION + writer.text()
    if len(text) > MOST_CHARACTERS:
        raise PermalinkError(
            f"this ink would make a link of {len(text):,} characters, and {MOST_CHARACTERS:,} are the most that can "
            "be relied on to arrive: save it as a file instead, or take some of it away"
        )
    return text


def _index(name, values, value):
    if isinstance(values[0], str):
        if value in values:
            return values.index(value)
    else:
        lowest, step, count, divisor = values
        place = (value * divisor - lowest) / step
        if 0 <= place < count and abs(place - _whole(place, count)) < 1e-6:
            return _whole(place, count)
    raise PermalinkError(f"{name} is {value}, which none of its values is")


class _Writer:
    def __init__(self):
        self._digits = []

    def put(self, number):
        """A number from 0 up."""
        while number > 31:
            self._digits.append(32 + number % 32)
            number //= 32
        self._digits.append(number)

    def fold(self, number):
        """A number that may be negative."""
        self.put(2 * number if number >= 0 else -2 * number - 1)

    def text(self):
        """All digits, with the checksum before them."""
        return _sum(self._digits) + "".join([_DIGITS[digit] for digit in self._digits])


def _sum(digits):
    """The checksum of digits, from 0 to 63 each: CHECK digits as text."""
    total = len(digits)
    for digit in digits:
        total = (31 * total + digit + 1) % 64**CHECK
    return "".join([_DIGITS[total // 64**i % 64] for i in range(CHECK)])


def parse(fragment):
    """What such a fragment says: {network, settings, cell, step, strokes}, as `render` takes them.

    `network` is the first 8 digits of the hash. Raises PermalinkError that names the place.
    """
    if len(fragment) > MOST_CHARACTERS:
        raise PermalinkError(f"it has more than {MOST_CHARACTERS:,} characters")
    if not is_link(fragment):
        raise PermalinkError(f"it does not begin with {VERSION}")
    if not fragment.startswith(VERSION):
        raise PermalinkError(
            f"it is of another version of this page, {fragment.partition('=')[0]}, and not {VERSION[:-1]}"
        )
    reader = _Reader(fragment[len(VERSION) :])
    network = f"{reader.take('the network', 2**32):08x}"
    settings = {}
    for name, values in SETTINGS:
        if isinstance(values[0], str):
            settings[name] = values[reader.take(name, len(values))]
        else:
            lowest, step, count, divisor = values
            value = lowest + step * reader.take(name, count)
            settings[name] = value if divisor == 1 else value / divisor
    cell, step = reader.take("the cell", CELLS), reader.take("the step", STEPS)
    strokes, place = [], (0, 0)
    for number in range(reader.take("the number of strokes", MOST_CHARACTERS)):
        strokes.append(_stroke(reader, f"stroke {number}", place))
        place = tuple(strokes[-1][0][-2:])
    reader.end()
    return {"network": network, "settings": settings, "cell": cell, "step": step, "strokes": strokes}


def _stroke(reader, name, place):
    """A stroke that begins after this place (x, y): (xy, widths)."""
    count = reader.take(name + ", its number of points", MOST_CHARACTERS)
    if not 0 < 2 * count <= reader.left:  # a point takes two digits at least
        raise PermalinkError(f"{name}: {count} points, where {reader.left} characters are left")
    width, changes = divmod(reader.take(name + ", its width", 2 * BROADEST + 2), 2)
    xy, widths = [], [width]
    x, y = place
    dx = dy = 0
    for i in range(count):
        dx += reader.fold(f"{name}, point {i}")
        dy += reader.fold(f"{name}, point {i}")
        x += dx
        y += dy
        if not (-FARTHEST <= x <= FARTHEST and -FARTHEST <= y <= FARTHEST):
            raise PermalinkError(f"{name}, point {i}: it is farther out than {FARTHEST // GRID:,} x-heights")
        xy.append(x)
        xy.append(y)
        if not i:
            dx = dy = 0
        reader.path += abs(dx) + abs(dy)
        if reader.path > LONGEST:
            raise PermalinkError(f"{name}, point {i}: its ink is more than {LONGEST // GRID:,} x-heights long")
    for i in range(1, count):
        widths.append(widths[-1] + (reader.fold(f"{name}, width {i}") if changes else 0))
    if not 0 < min(widths) <= max(widths) <= BROADEST:
        raise PermalinkError(f"{name}: a width is no width")
    return xy, widths


class _Reader:
    """Takes number after number. Raises PermalinkError for a text that has a wrong character or checksum."""

    def __init__(self, text):
        digits = []
        for i in range(len(text)):
            digit = _VALUES.get(text[i])
            if digit is None:
                raise PermalinkError(f"character {len(VERSION) + i}: {text[i]!r} does not belong into a link")
            digits.append(digit)
        self._digits, self._at = digits[CHECK:], 0
        self.path = 0  # the way of the pen so far
        if len(digits) < CHECK or _sum(self._digits) != text[:CHECK]:
            raise PermalinkError("its checksum is another: part of it is missing, or was changed on the way")

    @property
    def left(self):
        """How many digits are left."""
        return len(self._digits) - self._at

    def take(self, name, count):
        """The next number, of which there are `count`, from 0 up."""
        number, shift = 0, 1
        for _ in range(_LONGEST):
            if self._at == len(self._digits):
                raise PermalinkError(f"{name}: the link ends before it")
            digit = self._digits[self._at]
            self._at += 1
            number += digit % 32 * shift
            shift *= 32
            if digit < 32:
                break
        else:
            raise PermalinkError(f"{name}: a number of more than {_LONGEST} digits")
        if number >= count:
            raise PermalinkError(f"{name}: {number} is not among its {count:,} values")
        return number

    def fold(self, name):
        """The next number, one that may be negative."""
        number = self.take(name, 2**35)
        return number // 2 if number % 2 == 0 else -(number + 1) // 2

    def end(self):
        """Raises PermalinkError unless that was all."""
        if self.left:
            raise PermalinkError(f"{self.left} characters follow on its end")
