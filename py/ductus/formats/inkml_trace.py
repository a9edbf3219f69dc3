"""The text of one InkML trace: explicit values of its channels, or differences (Recommendation, section 3.2.1)."""

from __future__ import annotations

import re
from typing import NamedTuple

from ductus.ink import InkError

_TOKEN = re.compile(
    r"""(?P<gap>\s+)|(?P<comma>,)|(?P<order>[!'"])|(?P<same>\*)|(?P<other>[TF?])|(?P<hex>[-+]?\#[0-9A-Fa-f]+)
    |(?P<number>[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)""",
    re.VERBOSE,
)


class Format(NamedTuple):
    """What the numbers of a trace are: where X and Y stand among them, and which way they point."""

    x: int = 0
    y: int = 1
    least: int = 2  # values that every point has
    most: int = 2  # with the intermittent ones
    signs: tuple[float, float] = (1.0, 1.0)


class Channel:
    """One channel of a trace, value after value (section 3.2.1)."""

    def __init__(self):
        self.order, self.number = "!", 0.0  # how the last number was meant, and the number
        self.value, self.speed = None, 0.0

    def take(self, number: float) -> float:
        self.number = number
        if self.value is None:
            if self.order != "!":
                raise InkError("it begins with a difference")
            self.value = number
        elif self.order == "!":
            self.value, self.speed = number, number - self.value
        else:
            self.speed = number if self.order == "'" else self.speed + number
            self.value += self.speed
        return self.value

    def same(self) -> float:
        """The wildcard: the value stays, or goes on changing as it did."""
        if self.value is None:
            raise InkError("it begins with a wildcard")
        return self.take(self.number)


def read_points(text: str, form: Format) -> list[tuple[float, float]]:
    """The places (x, y) of a trace's text, which has no spaces around it.

    A point whose X or Y was not reported (?) is left out.  Raises InkError that says which point is wrong.
    """
    channels = {form.x: Channel(), form.y: Channel()}
    unread = Channel()  # swallows what other channels say
    points, values, position = [], [], 0

    def close() -> None:
        if len(values) < form.least:
            raise InkError(f"it has {len(values)} values where its format has {form.least}")
        x, y = values[form.x], values[form.y]
        if x is not None and y is not None:  # a point whose place was not reported is no point
            points.append((x * form.signs[0], y * form.signs[1]))
        values.clear()

    kind = None
    try:
        for token in _TOKEN.finditer(text):
            if token.start() != position:
                break
            position = token.end()
            if token.lastgroup == "gap":
                continue
            if kind == "order" and token.lastgroup in ("order", "comma"):
                raise InkError(f"no value between its prefix and {token[0]!r}")
            kind = token.lastgroup
            if kind == "comma":
                close()
                continue
            if len(values) == form.most:
                raise InkError(f"it has more values than the {form.most} of its format")
            channel = channels.get(len(values), unread)
            if kind == "order":
                channel.order = token[0]
            elif channel is unread:
                values.append(None)
            elif kind == "same":
                values.append(channel.same())
            elif kind == "other":
                if token[0] != "?":
                    raise InkError(f"{token[0]} is no coordinate")
                values.append(None)
            else:
                values.append(channel.take(_number(token[0], kind)))
        if position < len(text):
            raise InkError(f"unexpected {text[position]!r}")
        if kind == "order":
            raise InkError("no value behind its prefix")
        if kind not in (None, "comma"):  # a comma may stand behind the last point
            close()
    except InkError as error:
        raise InkError(f"point {len(points)}: {error}") from None
    return points


def _number(text: str, kind: str) -> float:
    if kind == "number":
        return float(text)
    digits = text.replace("#", "")
    if len(digits) > 200:
        raise InkError("a number is too large")
    return float(int(digits, 16))
