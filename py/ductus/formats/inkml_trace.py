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


class TraceFormat(NamedTuple):
    """The channels of a trace: the indices of X and Y, and their directions."""

    x: int = 0
    y: int = 1
    min_values: int = 2  # per point
    max_values: int = 2  # with the intermittent channels
    signs: tuple[float, float] = (1.0, 1.0)


class Channel:
    """The decoder of one channel of a trace (section 3.2.1)."""

    def __init__(self):
        self.order, self.number = "!", 0.0  # the last prefix and number
        self.value, self.speed = None, 0.0

    def read(self, number: float) -> float:
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

    def repeat(self) -> float:
        """Read the wildcard: the last number again, with the last prefix."""
        if self.value is None:
            raise InkError("it begins with a wildcard")
        return self.read(self.number)


def read_points(text: str, form: TraceFormat) -> list[tuple[float, float]]:
    """Return the places (x, y) of a trace's text, which has no spaces around it.

    A point whose X or Y was not reported (?) is left out. Raises InkError that names the invalid point.
    """
    channels = {form.x: Channel(), form.y: Channel()}
    ignored = Channel()  # stands for all other channels
    points, values, position = [], [], 0

    def close() -> None:
        if len(values) < form.min_values:
            raise InkError(f"it has {len(values)} values where its format has {form.min_values}")
        x, y = values[form.x], values[form.y]
        if x is not None and y is not None:
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
            if len(values) == form.max_values:
                raise InkError(f"it has more values than the {form.max_values} of its format")
            channel = channels.get(len(values), ignored)
            if kind == "order":
                channel.order = token[0]
            elif channel is ignored:
                values.append(None)
            elif kind == "same":
                values.append(channel.repeat())
            elif kind == "other":
                if token[0] != "?":
                    raise InkError(f"{token[0]} is not a coordinate")
                values.append(None)
            else:
                values.append(channel.read(_number(token[0], kind)))
        if position < len(text):
            raise InkError(f"unexpected {text[position]!r}")
        if kind == "order":
            raise InkError("no value after its prefix")
        if kind not in (None, "comma"):  # a comma may follow the last point
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
